"""A ticket that a call left behind → its row, once, whatever happens in between."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.tickets import Ticket, TicketRecording, ticket_calls
from crm.domain.access import SYSTEM
from crm.domain.intake import TicketIntent
from crm.domain.numbers import number_key
from crm.domain.tickets import Channel
from crm.services import callbacks, customers
from crm.services.centre import Centre
from crm.services.look_jobs import ask_for_look
from crm.services.numbers import next_number
from crm.services.ticket_changes import open_ticket, record_event

UNFINISHED = "unfinished"
RENUMBERED = "renumbered"
_CALL_POSITION = 100
"""Recordings of the whole call come after all messages."""


def write_ticket(
    session: Session,
    intent: TicketIntent,
    *,
    call: Call,
    caller_number: str | None,
    messages: Sequence[str],
    recordings: Sequence[str],
    centre: Centre,
    now: datetime,
) -> None:
    """Make the ticket, or bring the one that was made from the same to what is known now."""
    ticket = session.scalars(select(Ticket).where(Ticket.origin == intent.origin)).first()
    if ticket is None:
        ticket = _make(session, intent, call, caller_number, centre, now)
    elif UNFINISHED in ticket.flags and not intent.unfinished:
        ticket.flags = [flag for flag in ticket.flags if flag != UNFINISHED]
        ticket.version += 1
        record_event(session, ticket, "completed_late", actor=SYSTEM.name, at=now)
    if ticket.caller_number is None and caller_number is not None:
        _name_caller(session, ticket, call, caller_number, centre, now)
    there = {link.recording_id for link in ticket.recordings}
    wanted = [*enumerate(messages), *enumerate(recordings, _CALL_POSITION)]
    for position, recording_id in wanted:
        if recording_id not in there:
            ticket.recordings.append(TicketRecording(recording_id=recording_id, position=position))
    session.flush()
    callbacks.keep_place(session, ticket, call, centre=centre, now=now)


def _name_caller(
    session: Session, ticket: Ticket, call: Call, caller_number: str, centre: Centre, now: datetime
) -> None:
    """The number that a caller who withholds his own keyed later in the call, when the ticket was there already."""
    ticket.caller_number, ticket.caller_key = caller_number, number_key(caller_number, centre.region)
    if ticket.customer_id is None:
        customer = customers.find_or_make(session, caller_number, region=centre.region, now=now)
        ticket.customer_id = customer.id if customer else call.customer_id
    ticket.version += 1
    record_event(session, ticket, "caller_number_given", actor=SYSTEM.name, at=now, fields={"call_id": call.call_id})


def _make(
    session: Session,
    intent: TicketIntent,
    call: Call,
    caller_number: str | None,
    centre: Centre,
    now: datetime,
) -> Ticket:
    number = intent.number
    taken = number is None or session.scalars(select(Ticket.id).where(Ticket.number == number)).first() is not None
    ticket = open_ticket(
        session,
        number=next_number(session, centre, now) if taken or number is None else number,
        kind=intent.kind,
        priority=intent.priority,
        channel=Channel.PHONE,
        received_at=intent.received_at,
        centre=centre,
    )
    ticket.origin, ticket.language = intent.origin, call.language
    ticket.caller_number, ticket.caller_key = caller_number, number_key(caller_number, centre.region)
    customer = customers.find_or_make(session, caller_number, region=centre.region, now=now)
    ticket.customer_id = customer.id if customer else call.customer_id
    if intent.unfinished:
        ticket.flags = [*ticket.flags, UNFINISHED]
    if number is not None and taken:
        ticket.flags = [*ticket.flags, RENUMBERED]
    session.flush()
    session.execute(ticket_calls.insert().values(ticket_id=ticket.id, call_id=call.call_id))
    record_event(
        session,
        ticket,
        "registered_by_phone",
        actor=SYSTEM.name,
        at=now,
        to_status=ticket.status,
        fields={"call_id": call.call_id, "reserved_number": number},
    )
    ask_for_look(session, ticket.id, now)
    return ticket
