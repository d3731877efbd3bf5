"""Tickets changed: made and moved, each change an event and a link of the audit chain.

Every function works in the caller's writing transaction, which he commits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from crm.db.tickets import Ticket, TicketEvent
from crm.domain import clocks
from crm.domain.access import SYSTEM, Action, Actor
from crm.domain.errors import ForbiddenError, InvalidInputError
from crm.domain.numbers import digits_of, number_key
from crm.domain.redaction import redacted
from crm.domain.tickets import Channel, Kind, Status, priority_of
from crm.services import audit, customers, priorities, terms
from crm.services.centre import Centre
from crm.services.look_jobs import ask_for_look
from crm.services.numbers import next_number
from crm.services.tickets import TicketDetail, detail_of

MAX_TEXT = 20_000
_EARLIEST = timedelta(days=3660)
_CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class NewTicket:
    """What a new ticket is made from. ``received_at`` None: now."""

    kind: Kind
    channel: Channel
    text: str
    caller_number: str | None = None
    customer_id: int | None = None
    category: str | None = None
    severity: str | None = None
    received_at: datetime | None = None
    language: str = "zh"


def create_ticket(session: Session, actor: Actor, new: NewTicket, *, centre: Centre, now: datetime) -> TicketDetail:
    """Make a ticket that somebody typed in. Raises ForbiddenError, InvalidInputError, NotFoundError."""
    if not actor.may(Action.TICKET_CREATE):
        raise ForbiddenError("these roles do not make tickets")
    _check(new, now)
    received_at = new.received_at or now
    customer_id = new.customer_id
    if customer_id is not None:
        customers.get_customer(session, customer_id)
    else:
        made = customers.find_or_make(session, new.caller_number, region=centre.region, now=now)
        customer_id = made.id if made else None
    ticket = open_ticket(
        session,
        number=next_number(session, centre, now),
        kind=new.kind,
        priority=priority_of(new.kind, new.severity),
        channel=new.channel,
        received_at=received_at,
        centre=centre,
    )
    ticket.category, ticket.severity, ticket.text = new.category, new.severity, redacted(new.text)
    ticket.customer_id, ticket.language = customer_id, new.language
    ticket.caller_number = digits_of(new.caller_number or "") or None
    ticket.caller_key = number_key(new.caller_number, centre.region)
    ticket.created_by_id = ticket.first_agent_id = actor.user_id
    session.flush()
    record_event(session, ticket, "created", actor=actor.name, at=now, to_status=ticket.status)
    ask_for_look(session, ticket.id, now)
    return detail_of(session, ticket)


def _check(new: NewTicket, now: datetime) -> None:
    if not len(new.text.strip()) >= 1 or len(new.text) > MAX_TEXT:
        raise InvalidInputError("text", f"must have 1 to {MAX_TEXT} characters")
    if "\0" in new.text + (new.category or ""):
        raise InvalidInputError("text", "must not hold a NUL character")
    if new.severity not in {None, "S1", "S2", "S3", "S4"}:
        raise InvalidInputError("severity", "must be S1, S2, S3 or S4")
    if new.category is not None and not 1 <= len(new.category) <= 40:
        raise InvalidInputError("category", "must have 1 to 40 characters")
    if new.caller_number is not None and not 3 <= len(digits_of(new.caller_number)) <= 20:
        raise InvalidInputError("caller_number", "must have 3 to 20 digits")
    at = new.received_at
    if at is not None and (at.tzinfo is None or not now - _EARLIEST <= at <= now + _CLOCK_SKEW):
        raise InvalidInputError("received_at", "must be an instant within the last ten years")


def open_ticket(
    session: Session,
    *,
    number: str,
    kind: Kind,
    priority: str,
    channel: Channel,
    received_at: datetime,
    centre: Centre,
) -> Ticket:
    """A registered ticket with its clocks set; the caller fills in the rest and records the event."""
    due = clocks.legal_due(kind, received_at, centre.zone, centre.calendar)
    ticket = Ticket(
        number=number,
        kind=kind,
        status=Status.REGISTERED,
        priority=priority,
        channel=channel,
        received_at=received_at,
        legal_due_at=due.at if due else None,
        internal_due_at=clocks.internal_due(kind, priority, received_at),
        text="",
        language="zh",
        flags=[] if due is None or due.certain else ["due_unrolled"],
        version=1,
    )
    session.add(ticket)
    terms.open_clock(session, ticket, centre)
    return ticket


def record_event(
    session: Session,
    ticket: Ticket,
    event: str,
    *,
    actor: str,
    at: datetime,
    from_status: str | None = None,
    to_status: str | None = None,
    reason: str = "",
    fields: Mapping[str, Any] | None = None,
) -> None:
    """Write down what happened, in the ticket's events and in the audit chain."""
    _append(session, ticket, event, actor, at, from_status, to_status, reason, fields or {})
    raised = priorities.settle(session, ticket) if priorities.follows(event, to_status) else None
    if raised is not None:
        told = {"from": raised.before, "to": raised.after, "why": list(raised.why)}
        _append(session, ticket, "priority_raised", SYSTEM.name, at, None, None, "", told)
    if terms.follows(event, to_status):
        terms.refresh(session, ticket)


def _append(
    session: Session,
    ticket: Ticket,
    event: str,
    actor: str,
    at: datetime,
    from_status: str | None,
    to_status: str | None,
    reason: str,
    fields: Mapping[str, Any],
) -> None:
    session.flush()
    row = TicketEvent(
        ticket_id=ticket.id,
        at=at,
        actor=actor,
        event=event,
        from_status=from_status,
        to_status=to_status,
        reason=reason,
        fields=dict(fields),
    )
    audit.append_ticket_event(session, row)
