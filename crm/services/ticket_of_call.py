"""A call and its ticket while the agent speaks: continue one that is there, or make a new one.

Whoever may read the call may do it, with a ticket that he may read. Everything in the caller's writing transaction.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor
from crm.domain.errors import ConflictError, ForbiddenError, NotFoundError
from crm.domain.numbers import digits_of
from crm.services import scope, ticket_changes
from crm.services.call_links import link, party_of
from crm.services.centre import Centre
from crm.services.live_customer import live_call
from crm.services.ticket_changes import NewTicket
from crm.services.tickets import TicketDetail, detail_of
from ivr import ticketnumbers


def continue_ticket(session: Session, actor: Actor, call_id: str, number: str, *, now: datetime) -> TicketDetail:
    """Put the call to a ticket that is there; again changes nothing. Raises NotFoundError, ConflictError."""
    if not actor.may(Action.TICKET_CREATE):
        raise ForbiddenError("these roles do not put calls to tickets")
    call = _call(session, actor, call_id)
    wanted = select(Ticket).where(Ticket.number == ticketnumbers.keyed(number), scope.tickets_for(actor))
    ticket = session.scalars(wanted).first()
    if ticket is None:
        raise NotFoundError("there is no such ticket")
    if all(one.call_id != call.call_id for one in ticket.calls):
        link(session, ticket, call.call_id, actor=actor.name, now=now)
    return detail_of(session, ticket)


def new_ticket(
    session: Session, actor: Actor, call_id: str, new: NewTicket, *, centre: Centre, now: datetime
) -> TicketDetail:
    """Make a ticket of the call; number, customer and language are the call's where they are not given."""
    call = _call(session, actor, call_id)
    party = party_of(session, call.call_id)
    number = party.number if 3 <= len(digits_of(party.number or "")) <= 20 else None
    filled = replace(
        new,
        caller_number=new.caller_number or number,
        customer_id=new.customer_id or (party.customer_id if new.caller_number is None else None),
        language=party.language,
    )
    made = ticket_changes.create_ticket(session, actor, filled, centre=centre, now=now)
    ticket = session.get_one(Ticket, made.summary.id)
    link(session, ticket, call.call_id, actor=actor.name, now=now)
    return detail_of(session, ticket)


def _call(session: Session, actor: Actor, call_id: str) -> Call:
    found = session.scalars(select(Call).where(Call.call_id == call_id, scope.calls_for(actor))).first()
    if found is None and _is_on(session, actor, call_id):
        raise ConflictError("this call is not written down yet; try again in a moment")
    if found is None:
        raise NotFoundError("there is no such call")
    return found


def _is_on(session: Session, actor: Actor, call_id: str) -> bool:
    return actor.user_id is not None and session.scalar(live_call(actor.user_id)) == call_id
