"""Complaints as facts: on the day of receipt, on the day when the legal term ends, on the day when they were closed.

What is told by whoever has it is his, so that handlers have figures of their own; a complaint about an agent that was
found right is that agent's. A merged complaint counts where it went.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from crm.db.aftercare import Visit
from crm.db.casefile import Investigation
from crm.db.intake import TicketLink
from crm.db.tickets import Ticket
from crm.domain.kpi_facts import NO_HOUR, Fact, Period, SourceRow
from crm.domain.tickets import Kind, Status
from crm.domain.visits import Outcome, VisitKind, VisitState

VALID = ("substantiated", "partly")
_REPEAT, _APART = "repeat", ("suggested", "apart")


def facts(session: Session, period: Period) -> Iterator[SourceRow]:
    """What complaints add to the period."""
    yield from _received(session, period)
    yield from _due(session, period)
    yield from _ended(session, period)


def _complaints(*columns: Any) -> Select[Any]:
    return select(Ticket.id, Ticket.assignee_id, *columns).where(
        Ticket.kind == Kind.COMPLAINT, Ticket.status != Status.MERGED
    )


def _received(session: Session, period: Period) -> Iterator[SourceRow]:
    repeat = exists(TicketLink.id).where(
        TicketLink.ticket_id == Ticket.id, TicketLink.kind == _REPEAT, TicketLink.state.not_in(_APART)
    )
    rows = session.execute(
        _complaints(
            Ticket.received_at,
            Ticket.closed_at,
            Ticket.complained_about_id,
            repeat.label("repeated"),
            Investigation.verdict,
        )
        .outerjoin(Investigation, Investigation.ticket_id == Ticket.id)
        .where(Ticket.received_at >= period.start, Ticket.received_at < period.end)
    )
    for ticket_id, handler, received_at, closed_at, accused, repeated, verdict in rows:
        day, hour, behind = period.day_of(received_at), period.hour_of(received_at), f"ticket:{ticket_id}"
        counts = {
            Fact.COMPLAINTS: 1,
            Fact.COMPLAINTS_CLOSED: int(closed_at is not None),
            Fact.COMPLAINTS_REPEATED: int(repeated),
        }
        yield SourceRow(day, counts, behind, handler, None, hour)
        if accused is not None and verdict in VALID:
            yield SourceRow(day, {Fact.COMPLAINTS_VALID: 1}, behind, accused, None, hour)


def _due(session: Session, period: Period) -> Iterator[SourceRow]:
    """Whose term ended or was met. One that ended otherwise before its term (withdrawn, say) was never due."""
    rows = session.execute(
        _complaints(Ticket.legal_due_at, Ticket.notified_at).where(
            Ticket.legal_due_at >= period.start,
            Ticket.legal_due_at < period.end,
            or_(Ticket.legal_due_at < period.now, Ticket.notified_at.is_not(None)),
            or_(Ticket.notified_at.is_not(None), Ticket.closed_at.is_(None), Ticket.closed_at > Ticket.legal_due_at),
        )
    )
    for ticket_id, handler, due_at, notified_at in rows:
        told = notified_at is not None and notified_at <= due_at
        counts = {Fact.DUE: 1, Fact.DUE_IN_TIME: int(told)}
        yield SourceRow(period.day_of(due_at), counts, f"ticket:{ticket_id}", handler, None, NO_HOUR)


def _ended(session: Session, period: Period) -> Iterator[SourceRow]:
    visit = exists(Visit.id).where(
        Visit.ticket_id == Ticket.id, Visit.kind == VisitKind.COMPLAINT, Visit.state == VisitState.DONE
    )
    rows = session.execute(
        _complaints(
            Ticket.closed_at,
            visit.label("visited"),
            visit.where(Visit.outcome.in_((Outcome.SATISFIED, Outcome.NOT_SATISFIED))).label("reached"),
            visit.where(Visit.outcome == Outcome.SATISFIED).label("satisfied"),
        ).where(Ticket.closed_at >= period.start, Ticket.closed_at < period.end)
    )
    for ticket_id, handler, closed_at, visited, reached, satisfied in rows:
        counts = {
            Fact.ENDED: 1,
            Fact.VISITED: int(visited),
            Fact.VISITED_REACHED: int(reached),
            Fact.VISITED_SATISFIED: int(satisfied),
        }
        yield SourceRow(period.day_of(closed_at), counts, f"ticket:{ticket_id}", handler, None, NO_HOUR)
