"""Terms counted anew because a calendar came in: those that waited for it, and those whose last day it may move."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from crm.db.session import Database
from crm.db.tickets import Ticket
from crm.services import terms
from crm.services.ticket_changes import record_event

RECOUNT = "recount_terms"
_AT_ONCE = 50
_AROUND = timedelta(days=20)
"""A term near the turn of the year may roll over it."""


def after_calendar(database: Database, year: int, *, by: str, now: datetime) -> int:
    """Count anew, some tickets in each transaction; gives how many terms end on another day now."""
    begin = datetime(year, 1, 1, tzinfo=UTC) - _AROUND
    end = datetime(year + 1, 1, 1, tzinfo=UTC) + _AROUND

    def unrolled(session: Session, after: int) -> Sequence[Ticket]:
        return terms.unrolled_tickets(session, after=after, limit=_AT_ONCE)

    def within(session: Session, after: int) -> Sequence[Ticket]:
        return terms.open_due_between(session, begin, end, after=after, limit=_AT_ONCE)

    return sum(_each(database, some, year, by, now) for some in (unrolled, within))


def _each(
    database: Database, some: Callable[[Session, int], Sequence[Ticket]], year: int, by: str, now: datetime
) -> int:
    moved, after = 0, 0
    while True:
        with database.write() as session:
            tickets = some(session, after)
            for ticket in tickets:
                after = ticket.id
                before = ticket.legal_due_at
                if not terms.recount(session, ticket):
                    continue
                moved += 1
                fields = {"year": year, "before": _text(before), "now": _text(ticket.legal_due_at)}
                record_event(session, ticket, "terms_recounted", actor=by, at=now, fields=fields)
        if len(tickets) < _AT_ONCE:
            return moved


def _text(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
