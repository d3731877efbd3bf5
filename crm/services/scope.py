"""Which rows an actor may see: the rights of crm.domain.access as conditions of queries."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, exists, false, or_, select, true, union
from sqlalchemy.orm import Session, aliased

from crm.db.calls import Call, Recording
from crm.db.contact_centre import CallLeg, Task
from crm.db.tickets import Ticket, TicketRecording, ticket_calls
from crm.domain.access import Action, Actor, Relation, reach
from crm.domain.tickets import OFFICE_KINDS
from crm.services.live_customer import calls_of_live_customer, ids_of_live_customer


def tickets_for(actor: Actor, action: Action = Action.TICKET_READ) -> ColumnElement[bool]:
    """Tickets on which the actor may do this. His own are also those of tasks that he has taken."""
    enough = reach(actor.roles, action)
    if Relation.ANY in enough:
        return true()
    parts: list[ColumnElement[bool]] = []
    if Relation.COMPLAINT in enough:
        parts.append(Ticket.kind.in_(sorted(OFFICE_KINDS)))
    ids = _ids_for(actor, enough)
    if ids:
        parts.append(Ticket.id.in_(union(*ids)))
    return or_(false(), *parts)


def _ids_for(actor: Actor, enough: frozenset[Relation]) -> list[Select[Any]]:
    """Tickets that are few, found by an index each; joined by OR they would be looked for in the whole table."""
    if actor.user_id is None:
        return []
    ids: list[Select[Any]] = []
    if Relation.OWN in enough:
        other = aliased(Ticket)
        ids += [select(other.id).where(column == actor.user_id) for column in (other.assignee_id, other.created_by_id)]
        ids.append(select(Task.ticket_id).where(Task.user_id == actor.user_id, Task.ticket_id.is_not(None)))
    if Relation.ON_CALL in enough:
        ids += ids_of_live_customer(actor.user_id)
    return ids


def calls_for(actor: Actor, action: Action = Action.CALL_READ) -> ColumnElement[bool]:
    """Calls on which the actor may do this: those he took part in, and those of tickets that the action reaches."""
    enough = reach(actor.roles, action)
    if Relation.ANY in enough:
        return true()
    if not enough:
        return false()
    of_ticket = exists(
        select(1)
        .select_from(ticket_calls.join(Ticket, Ticket.id == ticket_calls.c.ticket_id))
        .where(ticket_calls.c.call_id == Call.call_id, tickets_for(actor, action))
    )
    parts = [Call.agent == actor.name, Call.call_id.in_(_took_part(actor)), of_ticket]
    if Relation.ON_CALL in enough and actor.user_id is not None:
        parts.append(calls_of_live_customer(actor.user_id))
    return or_(*parts)


def _took_part(actor: Actor) -> Select[str]:
    """Calls in which he spoke, whoever had the caller at the end. Whoever listened in leads, and sees all anyway."""
    return select(CallLeg.call_id).where(CallLeg.agent == actor.name, CallLeg.answered_at.is_not(None))


def recordings_for(actor: Actor, action: Action = Action.RECORDING_LISTEN) -> ColumnElement[bool]:
    """Recordings on which the actor may do this: of his own calls, and of tickets that the action reaches."""
    enough = reach(actor.roles, action)
    if Relation.ANY in enough:
        return true()
    if not enough:
        return false()
    whose = [Call.agent == actor.name, Call.call_id.in_(_took_part(actor))]
    if Relation.ON_CALL in enough and actor.user_id is not None:
        whose.append(calls_of_live_customer(actor.user_id))
    of_call = exists(select(1).where(Call.call_id == Recording.call_id, or_(*whose)))
    of_ticket = exists(
        select(1)
        .select_from(TicketRecording)
        .join(Ticket, Ticket.id == TicketRecording.ticket_id)
        .where(TicketRecording.recording_id == Recording.id, tickets_for(actor, action))
    )
    return or_(of_call, of_ticket)


def may_on_ticket(session: Session, actor: Actor, action: Action, ticket_id: int) -> bool:
    """Whether the actor may do this on this ticket."""
    return session.scalar(select(Ticket.id).where(Ticket.id == ticket_id, tickets_for(actor, action))) is not None
