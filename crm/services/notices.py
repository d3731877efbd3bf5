"""Notices to people of the house: what is theirs now, what waits for them. The row is the book, the bell only rings.

``tell`` works in the caller's writing transaction: who is told of something is told of what really happened. The
``live`` service rings the bells of those who have a page open (``crm.live.bell``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm.db.casefile import Notice
from crm.db.people import User
from crm.db.tickets import Ticket
from crm.domain.access import Actor
from crm.domain.notices import NoticeKind

SHOWN = 100
COUNTED = 99
"""More unread ones than this are not counted one by one."""
_SETTLED = timedelta(minutes=2)
"""After that no transaction can be open any more that wrote a row with a smaller id."""


@dataclass(frozen=True)
class NoticeView:
    """A notice as lists show it."""

    id: int
    kind: str
    ticket_id: int | None
    ticket_number: str | None
    at: datetime
    params: dict[str, Any]
    read: bool


@dataclass(frozen=True)
class Ring:
    """A notice that somebody's page may be told of now."""

    id: int
    username: str
    kind: str
    ticket_id: int | None
    ticket_number: str | None
    at: datetime
    unread: int


def tell(
    session: Session,
    user_id: int | None,
    kind: NoticeKind,
    ticket_id: int | None,
    now: datetime,
    *,
    by: int | None = None,
    **params: Any,
) -> int | None:
    """Tell somebody. Gives the notice's id; None when there is nobody to tell, or it is what he did himself."""
    if user_id is None or user_id == by:
        return None
    row = Notice(user_id=user_id, kind=kind, ticket_id=ticket_id, at=now, params=params)
    session.add(row)
    session.flush()
    return row.id


def unread(session: Session, user_id: int) -> int:
    """How many he has not seen, at most ``COUNTED`` + 1."""
    some = select(Notice.id).where(Notice.user_id == user_id, Notice.read_at.is_(None)).limit(COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def list_notices(session: Session, actor: Actor, *, only_unread: bool = False) -> tuple[NoticeView, ...]:
    """His notices, the newest first."""
    mine = [Notice.user_id == actor.user_id, *([Notice.read_at.is_(None)] if only_unread else [])]
    rows = session.execute(
        select(Notice, Ticket.number)
        .outerjoin(Ticket, Ticket.id == Notice.ticket_id)
        .where(*mine)
        .order_by(Notice.id.desc())
        .limit(SHOWN)
    )
    return tuple(
        NoticeView(row.id, row.kind, row.ticket_id, number, row.at, row.params, row.read_at is not None)
        for row, number in rows
    )


def mark_read(
    session: Session, actor: Actor, *, now: datetime, ids: Sequence[int] | None = None, ticket_id: int | None = None
) -> int:
    """He has seen them: these, those of a ticket, or all. Gives how many that were."""
    which = [Notice.user_id == actor.user_id, Notice.read_at.is_(None)]
    if ids is not None:
        which.append(Notice.id.in_(ids))
    if ticket_id is not None:
        which.append(Notice.ticket_id == ticket_id)
    changed = session.execute(
        update(Notice)
        .where(*which)
        .values(read_at=now)
        .returning(Notice.id)
        .execution_options(synchronize_session=False)
    )
    return len(changed.all())


def newest(session: Session) -> int:
    """The highest id so far."""
    return session.scalar(select(func.max(Notice.id))) or 0


def rings_after(session: Session, floor: int, *, most: int = 500) -> list[Ring]:
    """Notices with an id above this one, in their order."""
    rows = session.execute(
        select(Notice, User.username, Ticket.number)
        .join(User, User.id == Notice.user_id)
        .outerjoin(Ticket, Ticket.id == Notice.ticket_id)
        .where(Notice.id > floor)
        .order_by(Notice.id)
        .limit(most)
    ).all()
    counts = {user_id: unread(session, user_id) for user_id in {row.user_id for row, _, _ in rows}}
    return [
        Ring(row.id, username, row.kind, row.ticket_id, number, row.at, counts[row.user_id])
        for row, username, number in rows
    ]


def settled(rings: Sequence[Ring], floor: int, now: datetime) -> int:
    """The new floor: ids up to here are all known, since none of them can still be on its way into the database."""
    return max((ring.id for ring in rings if ring.at < now - _SETTLED), default=floor)
