"""Which rows an actor may see: the rights of crm.domain.access as conditions of queries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, true, union
from sqlalchemy.orm import Session, aliased

from crm.db.calls import Call, Recording
from crm.db.contact_centre import CallLeg, Task
from crm.db.rights import ServedQueue
from crm.db.tickets import Ticket, TicketRecording, ticket_calls
from crm.domain.access import Action, Actor, Relation, reach
from crm.domain.tickets import ENDED, OFFICE_KINDS, Kind, Status
from crm.services import sections
from crm.services.live_customer import calls_of_live_customer, ids_of_live_customer, live_call

_KEPT = 2000
"""Conditions that are kept by who asks and for what: to build one takes longer than to ask it."""
_UNTRIAGED = frozenset({Status.REGISTERED, Status.ACKNOWLEDGED, Status.REOPENED})


@lru_cache(maxsize=_KEPT)
def tickets_for(actor: Actor, action: Action = Action.TICKET_READ) -> ColumnElement[bool]:
    """Tickets on which the actor may do this; never one that is about himself.

    His own are those assigned to him, made by him or taken from the customer by him, and those of tasks that he took.
    """
    enough = reach(actor.roles, action)
    if not enough:
        return false()
    if Relation.ANY in enough:
        return not_about(actor)
    parts = _parts_for(actor, enough)
    if action is Action.TICKET_READ and Relation.DEPARTMENT in enough and actor.user_id is not None:
        parts.append(Ticket.id.in_(sections.asked_to_sign(actor.user_id)))
    return and_(or_(false(), *parts), not_about(actor))


@dataclass(frozen=True)
class Belongs:
    """Where somebody belongs at this moment. ``live``: tickets of the caller he has; None: he has none on the line."""

    live: tuple[int, ...] | None = None
    section: sections.SectionPeople | None = None
    departments: tuple[int, ...] = ()


def belongs(session: Session, actor: Actor) -> Belongs:
    """Look up what his relations hang on, so that the conditions of his lists hold values."""
    enough = reach(actor.roles, Action.TICKET_READ)
    if actor.user_id is None or Relation.ANY in enough:
        return Belongs()
    live: tuple[int, ...] | None = None
    section: sections.SectionPeople | None = None
    departments: tuple[int, ...] = ()
    line = session.connection()
    if Relation.ON_CALL in enough and line.scalar(live_call(actor.user_id)) is not None:
        live = tuple(sorted(line.scalars(union(*ids_of_live_customer(actor.user_id))).all()))
    if Relation.SECTION in enough:
        section = sections.people_seen(session, actor.user_id)
    if Relation.DEPARTMENT in enough:
        departments = tuple(sorted(line.scalars(sections.department_of(actor.user_id)).all()))
    return Belongs(live, section, departments)


def ways_to_tickets(actor: Actor, where: Belongs, *, by_receipt: bool) -> list[ColumnElement[bool]]:
    """The ways in which the actor may read a ticket, each as a condition that an index can serve.

    Together (with ``not_about``) they say what ``tickets_for`` says. ``by_receipt``: in this order each kind has an
    index of its own.
    """
    enough = reach(actor.roles, Action.TICKET_READ)
    if Relation.ANY in enough or (Relation.SECTION in enough and actor.user_id is not None and where.section is None):
        return [true()]
    looked_up = {Relation.OWN, Relation.SECTION, Relation.DEPARTMENT, Relation.ON_CALL}
    ways = _parts_for(actor, enough - looked_up)
    if by_receipt and Relation.COMPLAINT in enough:
        ways = [*ways[1:], *(Ticket.kind == kind for kind in sorted(OFFICE_KINDS))]
    if actor.user_id is None:
        return ways or [false()]
    if Relation.OWN in enough:
        columns = (Ticket.assignee_id, Ticket.created_by_id, Ticket.first_agent_id)
        taken = select(Task.ticket_id).where(Task.user_id == actor.user_id, Task.ticket_id.is_not(None))
        ways += [*(column == actor.user_id for column in columns), Ticket.id.in_(taken)]
    if where.live is not None:
        ways.append(Ticket.id.in_(where.live))
    if where.section is not None:
        ways.append(where.section.tickets())
    if Relation.DEPARTMENT in enough:
        ways += [Ticket.department_id == one for one in where.departments]
        ways.append(Ticket.id.in_(sections.asked_to_sign(actor.user_id)))
    return ways or [false()]


def not_about(actor: Actor) -> ColumnElement[bool]:
    """Tickets that do not complain about the actor: what is said of somebody is not for him to read or to decide."""
    if actor.user_id is None:
        return true()
    return or_(Ticket.complained_about_id.is_(None), Ticket.complained_about_id != actor.user_id)


def _parts_for(actor: Actor, enough: frozenset[Relation]) -> list[ColumnElement[bool]]:
    parts: list[ColumnElement[bool]] = []
    if Relation.COMPLAINT in enough:
        parts.append(Ticket.kind.in_(sorted(OFFICE_KINDS)))
    if Relation.SAMPLED in enough:
        parts.append(and_(Ticket.kind == Kind.COMPLAINT, Ticket.status.in_([Status.CLOSED, Status.ARCHIVED])))
    if actor.user_id is None:
        return parts
    own = Ticket.id.in_(union(*_own(actor.user_id)))
    for relation, further in _OWN_ONLY.items():
        if relation in enough:
            parts.append(and_(own, further()))
    if Relation.ON_CALL in enough:
        parts.append(Ticket.id.in_(union(*ids_of_live_customer(actor.user_id))))
    if Relation.QUEUE in enough:
        parts.append(_waits_in_queue_of(actor.name))
    if Relation.SECTION in enough:
        parts.append(sections.tickets_of_section(actor.user_id))
    if Relation.DEPARTMENT in enough:
        parts.append(Ticket.department_id.in_(sections.department_of(actor.user_id)))
    return parts


_OWN_ONLY: Mapping[Relation, Callable[[], ColumnElement[bool]]] = {
    Relation.OWN: true,
    Relation.OWN_UNTRIAGED: lambda: Ticket.status.in_(sorted(_UNTRIAGED)),
    Relation.OWN_LEVEL_1: lambda: or_(Ticket.level == 1, and_(Ticket.level.is_(None), Ticket.kind != Kind.COMPLAINT)),
    Relation.OWN_ON_SPOT: lambda: Ticket.status == Status.ON_SPOT,
}
"""Relations that are his own tickets and something more about them."""


def _own(user_id: int) -> list[Select[Any]]:
    """Tickets that are few, found by an index each; joined by OR they would be looked for in the whole table."""
    other = aliased(Ticket)
    columns = (other.assignee_id, other.created_by_id, other.first_agent_id)
    taken = select(Task.ticket_id).where(Task.user_id == user_id, Task.ticket_id.is_not(None))
    return [*(select(other.id).where(column == user_id) for column in columns), taken]


def _waits_in_queue_of(agent: str) -> ColumnElement[bool]:
    served = select(ServedQueue.queue).where(ServedQueue.agent == agent)
    came = (
        select(1)
        .select_from(ticket_calls.join(Call, Call.call_id == ticket_calls.c.call_id))
        .where(ticket_calls.c.ticket_id == Ticket.id, Call.queue.in_(served))
        .correlate(Ticket)
    )
    return and_(Ticket.assignee_id.is_(None), Ticket.status.not_in(sorted(ENDED)), exists(came))


@lru_cache(maxsize=_KEPT)
def calls_for(actor: Actor, action: Action = Action.CALL_READ) -> ColumnElement[bool]:
    """Calls on which the actor may do this: those he took part in, and those of tickets that the action reaches.

    A call about him is not for him, unless it was his own.
    """
    enough = reach(actor.roles, action)
    if not enough:
        return false()
    his = [Call.agent == actor.name, Call.call_id.in_(_took_part(actor))]
    if Relation.ANY in enough:
        return or_(_call_not_about(actor), *his)
    parts = [*his, and_(_call_of_ticket(tickets_for(actor, action)), _call_not_about(actor))]
    if Relation.SECTION in enough and actor.user_id is not None:
        parts.append(and_(sections.calls_of_section(actor.user_id), _call_not_about(actor)))
    if Relation.ON_CALL in enough and actor.user_id is not None:
        parts.append(calls_of_live_customer(actor.user_id))
    return or_(*parts)


def _call_of_ticket(which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(
        select(1)
        .select_from(ticket_calls.join(Ticket, Ticket.id == ticket_calls.c.ticket_id))
        .where(ticket_calls.c.call_id == Call.call_id, which)
    )


def _about(actor: Actor) -> Select[Any]:
    other = aliased(Ticket)
    return select(other.id).where(other.complained_about_id == actor.user_id)


def _call_not_about(actor: Actor) -> ColumnElement[bool]:
    if actor.user_id is None:
        return true()
    about = select(ticket_calls.c.call_id).where(ticket_calls.c.ticket_id.in_(_about(actor)))
    return Call.call_id.not_in(about)


def _took_part(actor: Actor) -> Select[str]:
    """Calls in which he spoke, whoever had the caller at the end. Whoever listened in leads, and sees all anyway."""
    return select(CallLeg.call_id).where(CallLeg.agent == actor.name, CallLeg.answered_at.is_not(None))


@lru_cache(maxsize=_KEPT)
def recordings_for(actor: Actor, action: Action = Action.RECORDING_LISTEN) -> ColumnElement[bool]:
    """Recordings on which the actor may do this: of his own calls, and of tickets that the action reaches."""
    enough = reach(actor.roles, action)
    if not enough or enough == frozenset({Relation.ANONYMISED}):
        return false()
    his = _recording_of_call(or_(Call.agent == actor.name, Call.call_id.in_(_took_part(actor))))
    if Relation.ANY in enough:
        return or_(_recording_not_about(actor), his)
    parts = [_recording_of_ticket(tickets_for(actor, action))]
    if Relation.CASE in enough:
        parts.append(_recording_of_ticket(tickets_for(actor, Action.TICKET_READ)))
    if actor.user_id is not None and Relation.ON_CALL in enough:
        parts.append(_recording_of_call(calls_of_live_customer(actor.user_id)))
    if actor.user_id is not None and Relation.SECTION in enough:
        parts.append(_recording_of_call(sections.calls_of_section(actor.user_id)))
    reached = and_(or_(*parts), _recording_not_about(actor))
    return or_(reached, his) if Relation.OWN in enough else reached


def _recording_of_call(which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(select(1).where(Call.call_id == Recording.call_id, which))


def _recording_of_ticket(which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(
        select(1)
        .select_from(TicketRecording)
        .join(Ticket, Ticket.id == TicketRecording.ticket_id)
        .where(TicketRecording.recording_id == Recording.id, which)
    )


def _recording_not_about(actor: Actor) -> ColumnElement[bool]:
    if actor.user_id is None:
        return true()
    about = select(TicketRecording.recording_id).where(TicketRecording.ticket_id.in_(_about(actor)))
    return Recording.id.not_in(about)


def may_on_ticket(session: Session, actor: Actor, action: Action, ticket_id: int) -> bool:
    """Whether the actor may do this on this ticket."""
    return session.scalar(select(Ticket.id).where(Ticket.id == ticket_id, tickets_for(actor, action))) is not None
