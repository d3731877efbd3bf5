"""Sittings of several departments over the process: held regularly, with the figures of the period before them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.analysis import ProcessReview, TicketDay
from crm.db.departments import Department
from crm.domain.access import Action, Actor
from crm.domain.axes import Axis
from crm.domain.errors import ForbiddenError, InvalidInputError
from crm.domain.improvement import next_review
from crm.domain.notices import NoticeKind
from crm.domain.rules import Rules
from crm.services import audit, emergency_signals, notices, statistics
from crm.services.statistics import Slice

MAX_TEXT = 10_000
LEAST_DEPARTMENTS = 2


@dataclass(frozen=True)
class NewReview:
    """What is written down of a sitting."""

    held_on: date
    period_from: date
    period_to: date
    department_ids: tuple[int, ...]
    people: str
    findings: str
    decisions: str


def write(session: Session, actor: Actor, new: NewReview, *, now: datetime, today: date) -> int:
    """Write a sitting down, with the figures that were looked at. Raises ForbiddenError, InvalidInputError."""
    if not actor.may(Action.IMPROVE_PLAN):
        raise ForbiddenError("these roles do not write reviews down")
    if new.held_on > today or new.period_to > new.held_on or new.period_from > new.period_to:
        raise InvalidInputError("held_on", "the period lies before the sitting, and the sitting not ahead")
    known = set(session.scalars(select(Department.id).where(Department.id.in_(new.department_ids))))
    if len(known) < LEAST_DEPARTMENTS:
        raise InvalidInputError("departments", "at least two departments take part")
    for name, text in (("people", new.people), ("findings", new.findings), ("decisions", new.decisions)):
        if not 1 <= len(text.strip()) <= MAX_TEXT:
            raise InvalidInputError(name, f"must have 1 to {MAX_TEXT} characters")
    row = ProcessReview(
        held_on=new.held_on, period_from=new.period_from, period_to=new.period_to, departments=sorted(known),
        people=new.people.strip(), findings=new.findings.strip(), decisions=new.decisions.strip(),
        figures=_figures(session, Slice(new.period_from, new.period_to)), made_at=now, made_by=actor.name,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.append(
        session, at=now, actor=actor.name, action="review.held", subject=f"process_review:{row.id}",
        detail={"held_on": new.held_on.isoformat(), "departments": len(known)},
    )  # fmt: skip
    return row.id


def _figures(session: Session, part: Slice) -> dict[str, object]:
    sums = statistics.totals(session, part)
    return {
        "received": sums.received,
        "closed": sums.closed,
        "in_time_rate": sums.in_time_rate,
        "cost_fen": sums.cost_fen,
        "causes": [[bar.key, bar.count] for bar in statistics.causes(session, part)[0][:10]],
        "reasons": [[bar.key, bar.count] for bar in statistics.ranked(session, part, Axis.REASON)[:10]],
    }


def reviews(session: Session, actor: Actor, *, most: int = 20) -> Sequence[ProcessReview]:
    """The last sittings. Raises ForbiddenError."""
    if not actor.may(Action.ANALYSIS_READ):
        raise ForbiddenError("these roles do not read reviews")
    return session.scalars(select(ProcessReview).order_by(ProcessReview.held_on.desc()).limit(most)).all()


def due(session: Session, rules: Rules) -> date | None:
    """When the next sitting should be; None while there is nothing to look at."""
    last = session.scalar(select(func.max(ProcessReview.held_on)))
    first = session.scalar(select(func.min(TicketDay.day)))
    return None if first is None else next_review(last, first, rules.review_months)


def remind(session: Session, *, rules: Rules, today: date, now: datetime) -> bool:
    """Tell the leads on the day when a sitting is due, and every week after that."""
    when = due(session, rules)
    if when is None or today < when or (today - when).days % 7:
        return False
    for user_id in emergency_signals.leads(session):
        notices.tell(
            session, user_id, NoticeKind.REVIEW_DUE, None, now, due=when.isoformat(), path="/improvements/reviews"
        )
    return True
