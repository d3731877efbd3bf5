"""The menu's question: how far is my complaint? Only the stage is told, and only to whom it concerns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.records import AuditEntry
from crm.db.tickets import Ticket
from crm.domain.numbers import last_four as last_four_of
from crm.domain.numbers import number_key
from crm.domain.tickets import STAGES, Status
from crm.services import audit
from ivr import ticketnumbers

MAX_REFUSALS = 5
WITHIN = timedelta(hours=1)
_REFUSED = "progress.refused"
_ASKED = "progress.asked"
"""Nothing was keyed yet: the question before the first guess, which counts as none."""


@dataclass(frozen=True)
class Progress:
    """``outcome``: told, not_found or not_authorised; ``stage`` only when it is told."""

    outcome: str
    stage: str | None = None


def progress_of(
    session: Session,
    number: str,
    caller_number: str | None,
    last_four: str | None,
    *,
    now: datetime,
    region: str = "CN",
) -> Progress:
    """Tell the stage to the registered number, or to who keys its last four digits. Needs a writing session.

    Four digits can be guessed: after ``MAX_REFUSALS`` wrong guesses at one ticket within an hour, only the
    registered number itself is told.
    """
    keyed = ticketnumbers.keyed(number)
    ticket = session.scalars(select(Ticket).where(Ticket.number == keyed)).first()
    if ticket is None:
        return Progress("not_found")
    registered = number_key(ticket.caller_number, region)
    if (registered is not None and registered == number_key(caller_number, region)) or _knows(
        session, ticket, last_four, now
    ):
        return Progress("told", STAGES[Status(ticket.status)])
    action = _REFUSED if last_four else _ASKED
    audit.append(session, at=now, actor="ivr", action=action, subject=f"ticket:{ticket.id}", detail={})
    return Progress("not_authorised")


def _knows(session: Session, ticket: Ticket, last_four: str | None, now: datetime) -> bool:
    if not last_four or last_four != last_four_of(ticket.caller_number):
        return False
    refusals = session.scalar(
        select(func.count())
        .select_from(AuditEntry)
        .where(
            AuditEntry.subject == f"ticket:{ticket.id}",
            AuditEntry.action == _REFUSED,
            AuditEntry.at > now - WITHIN,
        )
    )
    return (refusals or 0) < MAX_REFUSALS
