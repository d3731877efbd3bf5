"""What a customer sends after his matter was taken in: put to his ticket, and told to whoever works on it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.intake import Contribution
from crm.db.tickets import Ticket
from crm.domain.errors import InvalidInputError
from crm.domain.notices import NoticeKind
from crm.domain.redaction import redacted
from crm.domain.submissions import MAX_TEXT, normal
from crm.services import attachments, emergency_signals, notices
from crm.services.attachments import Source
from crm.services.submissions import SentFile
from crm.services.ticket_changes import record_event
from recordings.store import Store

TEXT, WITHDRAWAL = "text", "withdrawal"
MAX_A_DAY = 20
"""Words that one ticket gets in a day from outside; more is no news any more."""


@dataclass(frozen=True)
class ContributionView:
    """Something that the customer sent, as the pages show it."""

    id: int
    at: datetime
    channel: str
    kind: str
    author: str
    text: str


@dataclass(frozen=True)
class Said:
    """What is added. ``leave_out``: files of a kind that is not taken are named and left out, else all is refused."""

    text: str
    channel: str
    author: str
    files: Sequence[SentFile] = ()
    source: Source = "web"
    kind: str = TEXT
    mail_id: int | None = None
    leave_out: bool = False


def add(session: Session, store: Store, ticket: Ticket, said: Said, *, now: datetime) -> tuple[str, ...]:
    """Put it to the ticket, and tell who works on it; gives the names of files that were left out.

    Raises InvalidInputError: nothing was said, too much was, or a file is not taken.
    """
    text = redacted(normal(said.text))
    if not text and not said.files and said.kind != WITHDRAWAL:
        raise InvalidInputError("text", "is needed")
    if len(text) > MAX_TEXT:
        raise InvalidInputError("text", f"must have at most {MAX_TEXT} characters")
    row = Contribution(
        ticket_id=ticket.id, at=now, channel=said.channel, kind=said.kind, author=said.author, text=text,
        mail_id=said.mail_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    left = _keep(session, store, ticket, said, now)
    event = "withdrawal_asked" if said.kind == WITHDRAWAL else "customer_wrote"
    fields = {"channel": said.channel, "contribution_id": row.id, "left_out": left}
    record_event(session, ticket, event, actor=said.author, at=now, fields=fields)
    _tell(session, ticket, event, now)
    return tuple(left)


def _keep(session: Session, store: Store, ticket: Ticket, said: Said, now: datetime) -> list[str]:
    left = []
    for file in said.files:
        try:
            attachments.keep(
                session, store, io.BytesIO(file.content), file_name=file.name, by=said.author, now=now,
                ticket_id=ticket.id, source=said.source,
            )  # fmt: skip
        except InvalidInputError as error:
            if not said.leave_out:
                raise InvalidInputError("files", f"{file.name}: {error.message}") from error
            left.append(f"{file.name[:120]}: {error.message}")
    return left


def _tell(session: Session, ticket: Ticket, event: str, now: datetime) -> None:
    """Who works on it hears of it; when nobody does yet, those who lead."""
    who = {ticket.assignee_id, ticket.first_agent_id} - {None}
    for user_id in sorted(who) or emergency_signals.leads(session):  # type: ignore[type-var]  # None was taken out
        notices.tell(session, user_id, NoticeKind.NEW_MATERIAL, ticket.id, now, what=event)


def of_ticket(session: Session, ticket_id: int) -> tuple[ContributionView, ...]:
    """All of a ticket, oldest first. Rights were asked before."""
    rows = session.scalars(select(Contribution).where(Contribution.ticket_id == ticket_id).order_by(Contribution.id))
    return tuple(ContributionView(row.id, row.at, row.channel, row.kind, row.author, row.text) for row in rows)
