"""The duty roster: who is called out for which seat of an emergency team, in which order, from when until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm.db.emergencies import DutyRosterEntry as Entry
from crm.db.people import User
from crm.domain.access import Action, Actor
from crm.domain.emergency import CORE, Duty
from crm.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.numbers import digits_of
from crm.services import audit

MOST_RANK = 9


@dataclass(frozen=True)
class EntryView:
    """One person on the roster."""

    id: int
    duty: str
    rank: int
    user_id: int
    username: str
    name: str
    number: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    now: bool
    """whether he would be called now"""


@dataclass(frozen=True)
class NewEntry:
    """Somebody to be put on the roster. Without times he is on it until he is taken off."""

    duty: str
    username: str
    rank: int
    number: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def entries(session: Session, *, now: datetime) -> tuple[EntryView, ...]:
    """The whole roster that is or will be in force."""
    rows = session.scalars(
        select(Entry)
        .where(Entry.removed_at.is_(None), or_(Entry.ends_at.is_(None), Entry.ends_at > now))
        .order_by(Entry.duty, Entry.rank, Entry.id)
    )
    order = list(Duty)
    return tuple(sorted((_view(row, now) for row in rows), key=lambda one: (order.index(Duty(one.duty)), one.rank)))


def _view(row: Entry, now: datetime) -> EntryView:
    name = row.user.display_name or row.user.username
    return EntryView(
        row.id, row.duty, row.rank, row.user_id, row.user.username, name, row.number, row.starts_at, row.ends_at,
        row.user.active and (row.starts_at is None or row.starts_at <= now),
    )  # fmt: skip


def on_duty(session: Session, duty: Duty, *, now: datetime) -> tuple[Entry, ...]:
    """Who is called for this seat now, the first to be called first; nobody twice."""
    rows = session.scalars(
        select(Entry)
        .join(User, User.id == Entry.user_id)
        .where(
            Entry.duty == duty,
            Entry.removed_at.is_(None),
            User.active,
            or_(Entry.starts_at.is_(None), Entry.starts_at <= now),
            or_(Entry.ends_at.is_(None), Entry.ends_at > now),
        )
        .order_by(Entry.rank, Entry.id)
    )
    found: dict[int, Entry] = {}
    for row in rows:
        found.setdefault(row.user_id, row)
    return tuple(found.values())


def number_of(session: Session, user_id: int, *, now: datetime) -> str | None:
    """Where somebody is reached while he is on duty."""
    return session.scalars(
        select(Entry.number)
        .where(
            Entry.user_id == user_id,
            Entry.removed_at.is_(None),
            Entry.number.is_not(None),
            or_(Entry.starts_at.is_(None), Entry.starts_at <= now),
            or_(Entry.ends_at.is_(None), Entry.ends_at > now),
        )
        .order_by(Entry.rank, Entry.id.desc())
        .limit(1)
    ).first()


def was_kept(session: Session) -> bool:
    """Whether anybody ever was on it."""
    return session.scalar(select(Entry.id).limit(1)) is not None


def gaps(session: Session, *, now: datetime) -> tuple[Duty, ...]:
    """Seats that every team has and for which nobody is on duty now."""
    return tuple(duty for duty in Duty if duty in CORE and not on_duty(session, duty, now=now))


def add(session: Session, actor: Actor, new: NewEntry, *, now: datetime) -> int:
    """Put somebody on the roster. Raises ForbiddenError, InvalidInputError."""
    _may(actor)
    if new.duty not in set(Duty):
        raise InvalidInputError("duty", f"must be one of {', '.join(Duty)}")
    if not 1 <= new.rank <= MOST_RANK:
        raise InvalidInputError("rank", f"must be 1 to {MOST_RANK}")
    user = session.scalars(select(User).where(User.username == new.username.strip(), User.active)).first()
    if user is None:
        raise InvalidInputError("username", "there is no such active user")
    number = digits_of(new.number) or None
    if new.number.strip() and (number is None or not 3 <= len(number) <= 20):
        raise InvalidInputError("number", "must have 3 to 20 digits")
    if new.ends_at is not None and (new.ends_at <= now or (new.starts_at is not None and new.ends_at <= new.starts_at)):
        raise InvalidInputError("ends_at", "must lie ahead, and after the beginning")
    row = Entry(
        duty=new.duty, user_id=user.id, rank=new.rank, number=number, starts_at=new.starts_at, ends_at=new.ends_at,
        made_at=now, made_by=actor.name,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.append(
        session,
        at=now,
        actor=actor.name,
        action="roster.added",
        subject=f"roster:{row.id}",
        detail={"duty": new.duty, "user": user.username, "rank": new.rank},
    )
    return row.id


def remove(session: Session, actor: Actor, entry_id: int, *, now: datetime) -> None:
    """Take somebody off; the row stays. Raises ForbiddenError, NotFoundError."""
    _may(actor)
    row = session.get(Entry, entry_id)
    if row is None or row.removed_at is not None:
        raise NotFoundError("there is no such entry of the roster")
    row.removed_at, row.removed_by = now, actor.name
    audit.append(
        session, at=now, actor=actor.name, action="roster.removed", subject=f"roster:{row.id}",
        detail={"duty": row.duty, "user": row.user.username},
    )  # fmt: skip


def _may(actor: Actor) -> None:
    if not actor.may(Action.ROSTER_EDIT):
        raise ForbiddenError("these roles do not change the duty roster")
