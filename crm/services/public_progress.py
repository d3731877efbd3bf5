"""What a customer may know of his own matter, with its number and the code of his receipt: the stages, no more."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.attachments import Attachment
from crm.db.intake import TicketIntake
from crm.db.tickets import Ticket, TicketEvent
from crm.domain.receipts import CODE_ALPHABET
from crm.domain.tickets import ENDED, STAGES, Status
from crm.services import contributions
from crm.services.contributions import ContributionView
from ivr import ticketnumbers


@dataclass(frozen=True)
class PublicProgress:
    """What the progress page shows."""

    number: str
    kind: str
    channel: str
    language: str
    received_at: datetime
    expected_at: datetime | None
    stage: str
    steps: Sequence[tuple[datetime, str]]
    """when each stage was reached, in order"""
    said: Sequence[ContributionView]
    files: Sequence[str]
    ended: bool


def find(session: Session, number: str, code: str) -> Ticket | None:
    """The ticket, for whoever knows its number and its code; None for anybody else, whichever is wrong."""
    given = "".join(char for char in code.upper() if char in CODE_ALPHABET)
    row = session.execute(
        select(Ticket, TicketIntake.progress_code)
        .join(TicketIntake, TicketIntake.ticket_id == Ticket.id)
        .where(Ticket.number == ticketnumbers.keyed(number))
    ).first()
    known = row.progress_code if row else "-" * len(given)
    same = hmac.compare_digest(known.encode(), given.encode())
    return row.Ticket if row is not None and same else None


def progress_of(session: Session, ticket_id: int) -> PublicProgress:
    """What he may know. A ticket that was merged is followed to the one that goes on."""
    ticket = session.get_one(Ticket, ticket_id)
    followed = session.get(Ticket, ticket.merged_into_id) if ticket.merged_into_id else None
    shown = followed or ticket
    intake = session.get(TicketIntake, ticket_id)
    files = session.scalars(
        select(Attachment.file_name)
        .where(Attachment.ticket_id == ticket_id, Attachment.added_by == "customer")
        .order_by(Attachment.added_at, Attachment.id)
    ).all()
    said = [one for one in contributions.of_ticket(session, ticket_id) if one.author == "customer"]
    return PublicProgress(
        number=ticket.number,
        kind=ticket.kind,
        channel=ticket.channel,
        language=ticket.language,
        received_at=ticket.received_at,
        expected_at=intake.expected_at if intake else None,
        stage=STAGES[Status(shown.status)],
        steps=_steps(session, shown),
        said=said,
        files=files,
        ended=shown.status in ENDED,
    )


def _steps(session: Session, ticket: Ticket) -> list[tuple[datetime, str]]:
    """When each stage was reached for the first time since it was last left for an earlier one."""
    rows = session.execute(
        select(TicketEvent.at, TicketEvent.to_status)
        .where(TicketEvent.ticket_id == ticket.id, TicketEvent.to_status.is_not(None))
        .order_by(TicketEvent.id)
    )
    steps: list[tuple[datetime, str]] = []
    for at, status in rows:
        stage = STAGES[Status(str(status))]
        if not steps or steps[-1][1] != stage:
            steps.append((at, stage))
    return steps
