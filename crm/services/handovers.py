"""The hand-over log: what one shift leaves to the next, read by the next, and open things settled one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.contact_centre import Task
from crm.db.emergencies import Emergency
from crm.db.people import User
from crm.db.shifts import Handover, HandoverItem, HandoverRead, Shift
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor, reach
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.notices import NoticeKind
from crm.domain.tickets import ENDED, Kind
from crm.services import notices, rules, shift_people
from crm.services.scope import tickets_for
from crm.services.shift_people import write_down

MAX_TEXT = 4000
MAX_ITEM = 500
MOST_ITEMS = 20
SHOWN = 30
NEXT_WITHIN = timedelta(hours=24)
PATH = "/handovers/"


class Area(StrEnum):
    """What a thing is about."""

    CALLERS = "callers"
    CASES = "cases"
    SYSTEMS = "systems"
    PEOPLE = "people"
    NOTICES = "notices"


@dataclass(frozen=True)
class NewItem:
    """A thing that the next shift has to do or to know. ``ticket``: a number, or empty."""

    area: str
    text: str
    ticket: str = ""


def may_use(actor: Actor) -> bool:
    """Whether somebody is on shift at all, or leads those who are."""
    return actor.user_id is not None and bool(reach(actor.roles, Action.SHIFT_READ))


def write(session: Session, actor: Actor, text: str, items: Sequence[NewItem], *, now: datetime) -> Handover:
    """Leave something to the next shift. Raises ForbiddenError, InvalidInputError."""
    if actor.user_id is None or not may_use(actor):
        raise ForbiddenError("these roles hand no shift over")
    if not 1 <= len(text.strip()) <= MAX_TEXT:
        raise InvalidInputError("text", f"must have 1 to {MAX_TEXT} characters")
    if len(items) > MOST_ITEMS:
        raise InvalidInputError("items", f"at most {MOST_ITEMS}")
    row = Handover(
        at=now, by_id=actor.user_id, text=text.strip(), facts=_facts(session, now), next_at=next_shift(session, now),
        items=[_item(session, actor, one) for one in items],
    )  # fmt: skip
    session.add(row)
    session.flush()
    write_down(session, actor.name, "handed_over", now=now, user_id=actor.user_id, handover=row.id, next_at=row.next_at)
    return row


def _item(session: Session, actor: Actor, new: NewItem) -> HandoverItem:
    if new.area not in set(Area):
        raise InvalidInputError("area", f"must be one of {', '.join(Area)}")
    if not 1 <= len(new.text.strip()) <= MAX_ITEM:
        raise InvalidInputError("item", f"must have 1 to {MAX_ITEM} characters")
    ticket_id = None
    number = "".join(one for one in new.ticket if one.isdigit())
    if new.ticket.strip():
        ticket_id = session.scalar(select(Ticket.id).where(Ticket.number == number, tickets_for(actor)))
        if ticket_id is None:
            raise InvalidInputError("ticket", "there is no such ticket, or none that you may read")
    return HandoverItem(area=new.area, text=new.text.strip(), ticket_id=ticket_id, outcome="")


def next_shift(session: Session, now: datetime) -> datetime:
    """When the next shift of anybody begins; now, when none does within a day."""
    found = session.scalar(
        select(func.min(Shift.starts_at)).where(
            Shift.state == "published", Shift.starts_at > now, Shift.starts_at <= now + NEXT_WITHIN
        )
    )
    return found or now


def comes_next(session: Session, at: datetime) -> Sequence[User]:
    """Whose shift begins then."""
    return session.scalars(
        select(User)
        .join(Shift, Shift.user_id == User.id)
        .where(Shift.state == "published", Shift.starts_at == at)
        .order_by(User.username)
    ).all()


def _facts(session: Session, now: datetime) -> dict[str, Any]:
    """What stands open at this moment: figures only, nothing of a customer."""

    def count(query: Any) -> int:
        return session.scalar(select(func.count()).select_from(query.subquery())) or 0

    still = select(Ticket.id).where(Ticket.status.not_in(ENDED))
    return {
        "open_complaints": count(still.where(Ticket.kind == Kind.COMPLAINT)),
        "open_urgent": count(still.where(Ticket.priority == "P1")),
        "overdue": count(still.where(Ticket.legal_due_at < now)),
        "tasks_due": count(select(Task.id).where(Task.state == "open", Task.due_at <= now)),
        "callbacks": count(select(Task.id).where(Task.state == "open", Task.kind == "callback")),
        "emergencies": count(select(Emergency.id).where(Emergency.state == "open")),
    }


def latest(session: Session, actor: Actor, limit: int = SHOWN) -> Sequence[Handover]:
    """The last ones, the newest first. Raises ForbiddenError."""
    if not may_use(actor):
        raise ForbiddenError("these roles hand no shift over")
    return session.scalars(select(Handover).order_by(Handover.id.desc()).limit(limit)).unique().all()


def open_items(session: Session, actor: Actor) -> Sequence[HandoverItem]:
    """What nobody has settled yet, the oldest first. Raises ForbiddenError."""
    if not may_use(actor):
        raise ForbiddenError("these roles hand no shift over")
    return session.scalars(
        select(HandoverItem).where(HandoverItem.settled_at.is_(None)).order_by(HandoverItem.id)
    ).all()


def read(session: Session, actor: Actor, handover_id: int, *, now: datetime) -> None:
    """Take it over: he has read it. Nobody takes over from himself. Raises NotFoundError, ForbiddenError."""
    row = _load(session, actor, handover_id)
    if actor.user_id is None or row.by_id == actor.user_id:
        raise ForbiddenError("nobody takes a shift over from himself")
    if session.get(HandoverRead, (row.id, actor.user_id)) is not None:
        return
    session.add(HandoverRead(handover_id=row.id, user_id=actor.user_id, at=now))
    session.flush()
    write_down(session, actor.name, "taken_over", now=now, user_id=actor.user_id, handover=row.id)


def settle(session: Session, actor: Actor, item_id: int, outcome: str, *, now: datetime) -> None:
    """A thing is done, and what came of it. Raises NotFoundError, ConflictError, InvalidInputError."""
    item = session.get(HandoverItem, item_id)
    if item is None or not may_use(actor):
        raise NotFoundError("there is no such thing in the log")
    if item.settled_at is not None:
        raise ConflictError("somebody else has settled this")
    if not 1 <= len(outcome.strip()) <= MAX_ITEM:
        raise InvalidInputError("outcome", f"must have 1 to {MAX_ITEM} characters")
    item.settled_at, item.settled_by, item.outcome = now, actor.name, outcome.strip()
    session.flush()
    write_down(session, actor.name, "item_settled", now=now, user_id=actor.user_id, item=item.id)


def _load(session: Session, actor: Actor, handover_id: int) -> Handover:
    row = session.get(Handover, handover_id)
    if row is None or not may_use(actor):
        raise NotFoundError("there is no such hand-over")
    return row


def tell_unread(session: Session, now: datetime) -> int:
    """Tell who leads of what nobody has read in time; once each. Gives how many hand-overs that were."""
    late = now - timedelta(minutes=rules.current(session).handover_minutes)
    unread = (
        session.scalars(
            select(Handover).where(
                Handover.told_at.is_(None),
                Handover.next_at <= late,
                ~Handover.reads.any(),
                Handover.next_at > now - NEXT_WITHIN,
            )
        )
        .unique()
        .all()
    )
    for row in unread:
        row.told_at = now
        for leader in shift_people.planners(session, row.by_id):
            notices.tell(session, leader.id, NoticeKind.HANDOVER_UNREAD, None, now, path=PATH)
    return len(unread)
