"""The clock: who came and went by login, corrected by who leads him; and time that is excused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.shifts import ClockEvent, ExcusedTime
from crm.domain.access import Action, Actor
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.shifts import Span
from crm.services import attendance, shift_people
from crm.services.shift_people import write_down

COME, GO = "in", "out"
MAX_REASON = 200
MOST_BACK = timedelta(days=62)
MOST_EXCUSED = timedelta(days=1)
_NEAR = timedelta(hours=12)
"""Shifts no further from a coming or going than this are reckoned anew with it."""


def logged_in(session: Session, user_id: int, now: datetime) -> None:
    """Somebody logged in: he came. In the transaction of the login."""
    session.add(ClockEvent(user_id=user_id, at=now, kind=COME, source="login", made_at=now, made_by="system"))


def logged_out(session: Session, user_id: int, now: datetime) -> None:
    """Somebody said that he leaves."""
    session.add(ClockEvent(user_id=user_id, at=now, kind=GO, source="logout", made_at=now, made_by="system"))


def events_of(session: Session, user_id: int, span: Span) -> Sequence[ClockEvent]:
    """When somebody came and went."""
    query = select(ClockEvent).where(
        ClockEvent.user_id == user_id, ClockEvent.at >= span.begin, ClockEvent.at < span.end
    )
    return session.scalars(query.order_by(ClockEvent.at, ClockEvent.id)).all()


def correct(
    session: Session, actor: Actor, user_id: int, at: datetime, kind: str, reason: str, *, now: datetime
) -> None:
    """Add when somebody came or went, with a reason; never one's own. Raises as ``excuse`` does."""
    _may(session, actor, user_id)
    if kind not in {COME, GO}:
        raise InvalidInputError("kind", "must be in or out")
    if not now - MOST_BACK <= at <= now:
        raise InvalidInputError("at", "must lie in the last 62 days")
    session.add(
        ClockEvent(user_id=user_id, at=at, kind=kind, source="correction", made_at=now, made_by=actor.name,
                   reason=_reason(reason))
    )  # fmt: skip
    session.flush()
    write_down(
        session, actor.name, "clock_corrected", now=now, user_id=user_id, at=at, kind=kind, reason=reason.strip()
    )
    attendance.reckon_anew(session, user_id, Span(at - _NEAR, at + _NEAR), now)


def excuse(session: Session, actor: Actor, user_id: int, span: Span, reason: str, *, now: datetime) -> ExcusedTime:
    """Do not hold some time against somebody. Raises ForbiddenError, NotFoundError, InvalidInputError."""
    _may(session, actor, user_id)
    if span.begin < now - MOST_BACK or span.length > MOST_EXCUSED or span.begin > now + MOST_EXCUSED:
        raise InvalidInputError("starts_at", "must lie in the last 62 days, and be a day at most")
    row = ExcusedTime(
        user_id=user_id, starts_at=span.begin, ends_at=span.end, reason=_reason(reason), made_at=now, made_by=actor.name
    )
    session.add(row)
    session.flush()
    write_down(
        session, actor.name, "excused", now=now, user_id=user_id, excused=row.id, starts_at=span.begin,
        ends_at=span.end, reason=row.reason,
    )  # fmt: skip
    attendance.reckon_anew(session, user_id, span, now)
    return row


def lift(session: Session, actor: Actor, excused_id: int, *, now: datetime) -> None:
    """Take an excuse back. Raises ForbiddenError, NotFoundError, ConflictError."""
    row = session.get(ExcusedTime, excused_id)
    if row is None:
        raise NotFoundError("there is no such excused time")
    _may(session, actor, row.user_id)
    if row.lifted_at is not None:
        raise ConflictError("it was taken back already")
    row.lifted_at, row.lifted_by = now, actor.name
    session.flush()
    write_down(session, actor.name, "excuse_lifted", now=now, user_id=row.user_id, excused=row.id)
    attendance.reckon_anew(session, row.user_id, Span(row.starts_at, row.ends_at), now)


def excused_of(session: Session, user_id: int, span: Span) -> Sequence[ExcusedTime]:
    """Excused time that touches a span, lifted or not."""
    query = select(ExcusedTime).where(
        ExcusedTime.user_id == user_id, ExcusedTime.starts_at < span.end, ExcusedTime.ends_at > span.begin
    )
    return session.scalars(query.order_by(ExcusedTime.starts_at, ExcusedTime.id)).all()


def _may(session: Session, actor: Actor, user_id: int) -> None:
    if user_id == actor.user_id:
        raise ForbiddenError("nobody corrects his own time")
    shift_people.load(session, actor, user_id, Action.SHIFT_PLAN, locks=True)


def _reason(text: str) -> str:
    given = text.strip()
    if not 1 <= len(given) <= MAX_REASON:
        raise InvalidInputError("reason", f"must have 1 to {MAX_REASON} characters")
    return given
