"""What return visits bring: who was reached, who is satisfied, what came back; beside those who were not visited."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.aftercare import Visit
from crm.db.tickets import Ticket
from crm.domain.tickets import Kind
from crm.domain.visits import Effect, Outcome, VisitKind, VisitState
from crm.services import rules

_REACHED = (Outcome.SATISFIED.value, Outcome.NOT_SATISFIED.value)


def of_span(session: Session, *, days: int, now: datetime) -> Effect:
    """The effect of the visits that were due in the last so many days."""
    since = now - timedelta(days=days)
    due = [Visit.kind != VisitKind.SERVICE.value, Visit.due_at >= since, Visit.due_at <= now + timedelta(days=days)]
    made = session.execute(
        select(Visit.outcome, func.count(), func.avg(Visit.satisfaction))
        .where(*due, Visit.state == VisitState.DONE)
        .group_by(Visit.outcome)
    ).all()
    by_outcome = {outcome: count for outcome, count, _mean in made}
    mean = session.scalar(select(func.avg(Visit.satisfaction)).where(*due, Visit.satisfaction.is_not(None)))
    planned = session.scalar(select(func.count()).select_from(Visit).where(*due)) or 0
    overdue = (
        session.scalar(
            select(func.count()).select_from(Visit).where(Visit.state == VisitState.PLANNED, Visit.due_at < now)
        )
        or 0
    )
    visited, again_visited = _repeats(session, since, visited=True)
    unvisited, again_unvisited = _repeats(session, since, visited=False)
    return Effect(
        planned=planned,
        done=sum(by_outcome.values()),
        reached=sum(by_outcome.get(outcome, 0) for outcome in _REACHED),
        satisfied=by_outcome.get(Outcome.SATISFIED.value, 0),
        reopened=by_outcome.get(Outcome.NOT_SATISFIED.value, 0),
        overdue=overdue,
        mean_satisfaction=float(mean) if mean is not None else None,
        repeats_visited=again_visited,
        visited=visited,
        repeats_unvisited=again_unvisited,
        unvisited=unvisited,
    )


def _repeats(session: Session, since: datetime, *, visited: bool) -> tuple[int, int]:
    """Complaints that ended since then, and after how many of them the customer complained of the same class again."""
    span = timedelta(days=max(30, rules.current(session).repeat_days))
    reached = select(Visit.ticket_id).where(Visit.kind == VisitKind.COMPLAINT, Visit.outcome.in_(_REACHED))
    ended = (
        select(Ticket.id, Ticket.customer_id, Ticket.category, Ticket.closed_at)
        .where(
            Ticket.kind == Kind.COMPLAINT,
            Ticket.closed_at >= since,
            Ticket.customer_id.is_not(None),
            Ticket.id.in_(reached) if visited else Ticket.id.not_in(reached),
        )
        .order_by(Ticket.closed_at)
        .limit(5_000)
    )
    rows = session.execute(ended).all()
    customers = {row.customer_id for row in rows}
    later = session.execute(
        select(Ticket.customer_id, Ticket.category, Ticket.received_at).where(
            Ticket.kind == Kind.COMPLAINT, Ticket.received_at >= since, Ticket.customer_id.in_(customers)
        )
    ).all()
    again = sum(
        any(
            one.customer_id == row.customer_id
            and one.category == row.category
            and row.closed_at < one.received_at <= row.closed_at + span
            for one in later
        )
        for row in rows
    )
    return len(rows), again
