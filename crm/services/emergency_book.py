"""What every part of emergencies stands on: the row that an actor may see, its log, and who is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from crm.db.emergencies import Emergency, EmergencyCall, EmergencyEvent, EmergencyTicket
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor, Relation, reach
from crm.domain.emergency import ACTIVE, Answer, Called, Duty, Progress, Seat, State, Trigger
from crm.domain.errors import ConflictError, ForbiddenError, NotFoundError
from crm.domain.notices import NoticeKind
from crm.services import audit, notices


def seen_by(actor: Actor, action: Action = Action.EMERGENCY_READ) -> ColumnElement[bool]:
    """Emergencies on which the actor may do this: all, or those in whose team he was called."""
    enough = reach(actor.roles, action)
    if Relation.ANY in enough:
        return true()
    return Emergency.id.in_(
        select(EmergencyCall.emergency_id).where(EmergencyCall.user_id == (actor.user_id if enough else None))
    )


def load(session: Session, actor: Actor, emergency_id: int, action: Action = Action.EMERGENCY_READ) -> Emergency:
    """The row. Raises NotFoundError for what he may not see, ForbiddenError for what he may see but not do."""
    wanted = select(Emergency).where(Emergency.id == emergency_id, seen_by(actor))
    if action is not Action.EMERGENCY_READ:
        wanted = wanted.with_for_update(of=Emergency)
    row = session.scalars(wanted).first()
    if row is None:
        raise NotFoundError("there is no such emergency")
    if action is not Action.EMERGENCY_READ:
        allowed = session.scalar(select(Emergency.id).where(Emergency.id == emergency_id, seen_by(actor, action)))
        if allowed is None:
            raise ForbiddenError("these roles do not do this in an emergency")
    return row


def still_open(row: Emergency, *states: State) -> None:
    """Raise ConflictError when it is over (or not in one of these states)."""
    if row.state not in (states or ACTIVE):
        raise ConflictError("this emergency is over, or at another point")


def log(session: Session, row: Emergency, event: str, *, actor: str, now: datetime, **detail: Any) -> None:
    """Write down what happened, in the emergency's log and in the audit chain."""
    row.version += 1
    session.add(EmergencyEvent(emergency_id=row.id, at=now, actor=actor, event=event, detail=detail))
    session.flush()
    audit.append(
        session, at=now, actor=actor, action=f"emergency.{event}", subject=f"emergency:{row.id}", detail=detail
    )


def seats_of(row: Emergency) -> tuple[Seat, ...]:
    """The team's seats as the rules know them."""
    return tuple(Seat(Duty(one.duty), tuple(int(user_id) for user_id in one.roster)) for one in row.seats)


def called_of(row: Emergency) -> Mapping[int, Called]:
    """Who was called so far."""
    return {
        one.user_id: Called(
            one.user_id, one.times, one.first_at, one.last_at, Answer(one.answer) if one.answer else None
        )
        for one in row.called
    }


def progress_of(row: Emergency) -> Progress:
    """How far it is, as the rules know it."""
    return Progress(
        Trigger(row.trigger), row.declared_at, row.team_complete_at, row.interim_at, row.last_bulletin_at,
        row.leak_reported_at, row.ended_at,
    )  # fmt: skip


def team_ids(row: Emergency) -> tuple[int, ...]:
    """Who was called and has not said no, and who declared it."""
    called = [one.user_id for one in row.called if one.answer != Answer.CANNOT]
    return tuple(dict.fromkeys([row.declared_by_id, *called]))


def tell(
    session: Session,
    row: Emergency,
    user_ids: Iterable[int],
    what: str,
    *,
    now: datetime,
    by: int | None = None,
) -> int:
    """Tell people of the house, each once. Gives how many were told."""
    told = 0
    kind = NoticeKind.EMERGENCY if what == "call_out" else NoticeKind.EMERGENCY_NEWS
    for user_id in dict.fromkeys(user_ids):
        made = notices.tell(
            session, user_id, kind, None, now, by=by, what=what, emergency_id=row.id, number=row.number,
            title=row.title, path=f"/emergencies/{row.id}",
        )  # fmt: skip
        told += made is not None
    return told


def ticket_ids(session: Session, emergency_id: int) -> Sequence[int]:
    """The matters that belong to it."""
    return session.scalars(select(EmergencyTicket.ticket_id).where(EmergencyTicket.emergency_id == emergency_id)).all()


def accused(session: Session, ticket_ids_: Iterable[int]) -> frozenset[int]:
    """People of the house whom these matters are about: they sit in no team that deals with them."""
    wanted = list(ticket_ids_)
    rows = session.scalars(
        select(Ticket.complained_about_id).where(Ticket.id.in_(wanted), Ticket.complained_about_id.is_not(None))
    )
    return frozenset(user_id for user_id in rows if user_id is not None)
