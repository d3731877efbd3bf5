"""What the tickets of a call tell of an agent's work in it, for ``crm.domain.quality_records``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.people import User
from crm.db.tickets import Ticket, TicketEvent, ticket_calls
from crm.domain.access import SYSTEM
from crm.domain.quality_records import TicketRecord
from crm.domain.tickets import COMPLAINT_KINDS, Kind, Status

_ACCOUNT = frozenset({Kind.COMPLAINT, Kind.SERVICE, Kind.LOSS_REPORT})
_STATED = {"read_back": "read_back", "receipt_given": "told"}
_SET_RIGHT = ("category", "level", "severity")


@dataclass(frozen=True)
class Matters:
    """What a call is about, by its tickets."""

    account: bool
    complaint: bool
    loss: bool


def matters(session: Session, call_id: str) -> Matters:
    """What a call is about."""
    kinds = {ticket.kind for ticket in _tickets(session, call_id)}
    return Matters(not kinds.isdisjoint(_ACCOUNT), not kinds.isdisjoint(COMPLAINT_KINDS), Kind.LOSS_REPORT in kinds)


def of_call(session: Session, call: Call, user: User) -> list[TicketRecord]:
    """The tickets of a call that this agent took or made."""
    his = or_(Ticket.first_agent_id == user.id, Ticket.created_by_id == user.id)
    mine = session.scalars(
        select(Ticket)
        .join(ticket_calls, ticket_calls.c.ticket_id == Ticket.id)
        .where(ticket_calls.c.call_id == call.call_id, his, Ticket.status != Status.MERGED)
        .order_by(Ticket.id)
    ).unique()
    return [_record(session, ticket, user) for ticket in mine]


def _tickets(session: Session, call_id: str) -> list[Ticket]:
    query = select(Ticket).join(ticket_calls, ticket_calls.c.ticket_id == Ticket.id)
    return list(session.scalars(query.where(ticket_calls.c.call_id == call_id)).unique())


def _record(session: Session, ticket: Ticket, user: User) -> TicketRecord:
    events = session.scalars(
        select(TicketEvent)
        .where(
            TicketEvent.ticket_id == ticket.id,
            TicketEvent.event.in_(("classified", "regraded", "read_back", "receipt_given")),
        )
        .order_by(TicketEvent.id)
    ).all()
    complaint = ticket.kind in COMPLAINT_KINDS
    stated = {_STATED[one.event] for one in events if one.event in _STATED and one.actor == user.username}
    return TicketRecord(
        ticket.number,
        complaint,
        _missing(ticket, complaint=complaint),
        read_back=ticket.read_back_at is not None,
        told=ticket.told_at is not None,
        classed=ticket.category is not None and (ticket.level is not None or not complaint),
        corrected=_corrected(events, user.username),
        by_agent=tuple(sorted(stated)),
    )


def _missing(ticket: Ticket, *, complaint: bool) -> tuple[str, ...]:
    """What whoever reads the ticket would look for in vain."""
    spoken = bool(ticket.recordings)
    there = {
        "name": ticket.customer is not None and bool(ticket.customer.name),
        "contact": bool(ticket.caller_number),
        "text": bool(ticket.text.strip()) or spoken,
    }
    if complaint:
        there |= {"demand": bool(ticket.demand.strip()), "category": ticket.category is not None}
    return tuple(name for name, given in there.items() if not given)


def _corrected(events: Sequence[TicketEvent], agent: str) -> tuple[str, ...]:
    """What the agent had decided and somebody else decided otherwise later."""
    decided: dict[str, str] = {}
    wrong: list[str] = []
    for event in events:
        if event.event == "regraded" and event.actor != agent and "level" in decided:
            wrong.append("level")
        if event.event != "classified":
            continue
        for name in _SET_RIGHT:
            value = event.fields.get(name)
            if value is None:
                continue
            if event.actor == agent:
                decided[name] = str(value)
            elif event.actor != SYSTEM.name and name in decided and decided[name] != str(value):
                wrong.append(name)
    return tuple(dict.fromkeys(wrong))
