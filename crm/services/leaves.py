"""Leave: asked for by who wants it, granted or refused by who plans for him, never by himself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.people import User
from crm.db.shifts import Leave, Shift
from crm.domain.access import Action, Actor
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.notices import NoticeKind
from crm.domain.shifts import Span
from crm.services import attendance, notices, shift_people
from crm.services.shift_people import write_down

MOST_LENGTH = timedelta(days=366)
MOST_BACK = timedelta(days=31)
MAX_REASON = 200
REQUESTS, MINE = "/shifts/requests", "/shifts/mine"


class LeaveKind(StrEnum):
    """Why somebody does not work."""

    ANNUAL = "annual"
    SICK = "sick"
    PERSONAL = "personal"
    COMPENSATORY = "compensatory"
    MARRIAGE = "marriage"
    PARENTAL = "parental"
    BEREAVEMENT = "bereavement"
    OTHER = "other"


@dataclass(frozen=True)
class LeaveForm:
    """What somebody asks for."""

    kind: str
    starts_at: datetime
    ends_at: datetime
    reason: str = ""


def ask(session: Session, actor: Actor, form: LeaveForm, *, now: datetime) -> Leave:
    """Ask for leave. Raises ForbiddenError, InvalidInputError, ConflictError."""
    if actor.user_id is None:
        raise ForbiddenError("only a person asks for leave")
    shift_people.load(session, actor, actor.user_id, Action.SHIFT_READ, locks=True)
    if form.kind not in set(LeaveKind):
        raise InvalidInputError("kind", f"must be one of {', '.join(LeaveKind)}")
    if not timedelta(0) < form.ends_at - form.starts_at <= MOST_LENGTH:
        raise InvalidInputError("ends_at", "must lie after the beginning, and within a year")
    if form.starts_at < now - MOST_BACK:
        raise InvalidInputError("starts_at", "lies too far back")
    if len(form.reason.strip()) > MAX_REASON:
        raise InvalidInputError("reason", f"must have at most {MAX_REASON} characters")
    clash = select(Leave.id).where(
        Leave.user_id == actor.user_id,
        Leave.state.in_(("asked", "granted")),
        Leave.starts_at < form.ends_at,
        Leave.ends_at > form.starts_at,
    )
    if session.scalar(clash) is not None:
        raise ConflictError("there is leave asked for or granted at that time already")
    row = Leave(
        user_id=actor.user_id, kind=form.kind, starts_at=form.starts_at, ends_at=form.ends_at,
        reason=form.reason.strip(), state="asked", asked_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    write_down(
        session, actor.name, "leave_asked", now=now, user_id=actor.user_id, leave=row.id, kind=row.kind,
        starts_at=row.starts_at, ends_at=row.ends_at,
    )  # fmt: skip
    for leader in shift_people.planners(session, actor.user_id):
        notices.tell(session, leader.id, NoticeKind.SHIFT_ASKED, None, now, by=actor.user_id, path=REQUESTS)
    return row


def decide(session: Session, actor: Actor, leave_id: int, *, grant: bool, note: str, now: datetime) -> Leave:
    """Grant or refuse. A refusal says why. Raises NotFoundError, ForbiddenError, ConflictError, InvalidInputError."""
    row = _load(session, leave_id)
    if row.user_id == actor.user_id:
        raise ForbiddenError("nobody decides on his own leave")
    shift_people.load(session, actor, row.user_id, Action.SHIFT_PLAN, locks=True)
    session.refresh(row)
    if row.state != "asked":
        raise ConflictError("somebody else has decided on this leave")
    if len(note.strip()) > MAX_REASON or (not grant and not note.strip()):
        raise InvalidInputError("note", "say why it is refused")
    row.state = "granted" if grant else "refused"
    row.decided_at, row.decided_by, row.note, row.version = now, actor.name, note.strip(), row.version + 1
    session.flush()
    write_down(session, actor.name, f"leave_{row.state}", now=now, user_id=row.user_id, leave=row.id)
    notices.tell(session, row.user_id, NoticeKind.SHIFT_ANSWERED, None, now, by=actor.user_id, path=MINE)
    attendance.reckon_anew(session, row.user_id, Span(row.starts_at, row.ends_at), now)
    return row


def withdraw(session: Session, actor: Actor, leave_id: int, *, now: datetime) -> Leave:
    """Take it back: what was asked for, or granted leave that has not begun. Raises NotFoundError, ConflictError."""
    row = _load(session, leave_id)
    if row.user_id != actor.user_id:
        raise NotFoundError("there is no such leave")
    shift_people.load(session, actor, row.user_id, Action.SHIFT_READ, locks=True)
    session.refresh(row)
    if row.state not in {"asked", "granted"}:
        raise ConflictError("this leave was decided on already")
    if row.state == "granted" and row.starts_at <= now:
        raise ConflictError("leave that has begun is not taken back")
    row.state, row.version = "withdrawn", row.version + 1
    session.flush()
    write_down(session, actor.name, "leave_withdrawn", now=now, user_id=row.user_id, leave=row.id)
    attendance.reckon_anew(session, row.user_id, Span(row.starts_at, row.ends_at), now)
    return row


def _load(session: Session, leave_id: int) -> Leave:
    row = session.get(Leave, leave_id)
    if row is None:
        raise NotFoundError("there is no such leave")
    return row


def of_person(session: Session, user_id: int, limit: int = 20) -> Sequence[Leave]:
    """Somebody's leave, the newest first."""
    query = select(Leave).where(Leave.user_id == user_id).order_by(Leave.starts_at.desc(), Leave.id.desc())
    return session.scalars(query.limit(limit)).all()


def waiting(session: Session, actor: Actor) -> Sequence[Leave]:
    """What the actor has to decide on, the next to begin first."""
    query = (
        select(Leave)
        .join(User, User.id == Leave.user_id)
        .where(
            Leave.state == "asked",
            Leave.user_id != (actor.user_id or 0),
            shift_people.within_reach(actor, Action.SHIFT_PLAN),
        )
        .order_by(Leave.starts_at, Leave.id)
    )
    return session.scalars(query).unique().all()


def shifts_during(session: Session, leave: Leave) -> Sequence[Shift]:
    """Published shifts that fall into it: somebody else has to be found for them."""
    query = select(Shift).where(
        Shift.user_id == leave.user_id,
        Shift.state == "published",
        Shift.starts_at < leave.ends_at,
        Shift.ends_at > leave.starts_at,
    )
    return session.scalars(query.order_by(Shift.starts_at)).all()
