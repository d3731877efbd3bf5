"""Tickets read: lists by key, and one with its events. The caller's transaction need not write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.intake import TicketIntake
from crm.db.tickets import Ticket, TicketEvent, TicketRecording, ticket_calls
from crm.domain.access import Actor
from crm.domain.errors import InvalidInputError, NotFoundError
from crm.domain.numbers import number_key
from crm.domain.tickets import Kind, Status
from crm.services import scope, ticket_rows
from crm.services.paging import Order, Page, checked_limit, decode_cursor, encode_cursor
from crm.services.ticket_rows import Wanted


class TicketSummary(NamedTuple):
    """A ticket as lists show it; the contract's fields. A tuple in the order of a list's columns: lists are long."""

    id: int
    number: str
    kind: str
    status: str
    level: int | None
    category: str | None
    severity: str | None
    priority: str
    customer_id: int | None
    caller_number: str | None
    channel: str
    received_at: datetime
    legal_due_at: datetime | None
    internal_due_at: datetime | None
    language: str
    flags: Sequence[str]
    version: int
    assignee: str | None
    call_ids: Sequence[str]
    recording_ids: Sequence[str]


@dataclass(frozen=True)
class EventView:
    """Something that happened to a ticket."""

    id: int
    at: datetime
    actor: str
    event: str
    from_status: str | None
    to_status: str | None
    reason: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class TicketDetail:
    """One ticket with its text and its events, oldest first."""

    summary: TicketSummary
    text: str
    customer_name: str
    events: tuple[EventView, ...]


@dataclass(frozen=True)
class TicketFilters:
    """What to look for; None: everything. ``caller_number`` in any form it is written in."""

    caller_number: str | None = None
    kind: Kind | None = None
    status: Status | None = None
    number: str | None = None
    customer_id: int | None = None
    assignee_id: int | None = None
    call_id: str | None = None


SORTS: Mapping[str, Order] = {
    "-received_at": Order("-received_at", Ticket.received_at, Ticket.id, descending=True),
    "received_at": Order("received_at", Ticket.received_at, Ticket.id, descending=False),
    "legal_due_at": Order("legal_due_at", Ticket.legal_due_at, Ticket.id, descending=False),
    "-legal_due_at": Order("-legal_due_at", Ticket.legal_due_at, Ticket.id, descending=True),
    "internal_due_at": Order("internal_due_at", Ticket.internal_due_at, Ticket.id, descending=False),
}
"""The orders that a list may have; ``-received_at`` unless asked for another."""


def list_tickets(
    session: Session,
    actor: Actor,
    filters: TicketFilters,
    *,
    sort: str = "-received_at",
    cursor: str | None = None,
    limit: int | None = None,
    region: str = "CN",
) -> Page[TicketSummary]:
    """The tickets that the actor may see. Raises InvalidInputError for a bad sort, cursor or limit."""
    if sort not in SORTS:
        raise InvalidInputError("sort", f"must be one of {', '.join(SORTS)}")
    order, count = SORTS[sort], checked_limit(limit)
    after = decode_cursor(cursor, order.name, int) if cursor else None
    key = (filters, region, order.name)
    wanted = Wanted(key, _conditions(filters, region), order, filters.kind, filters.status)
    rows = ticket_rows.rows(session, actor, wanted, after, count + 1)
    shown = rows[:count]
    following = None
    if len(rows) > count:
        following = encode_cursor(order.name, getattr(shown[-1], order.column.key), shown[-1].id)
    return Page(_of_rows(session, shown), following)


def _conditions(filters: TicketFilters, region: str) -> dict[str, ColumnElement[bool]]:
    conditions: dict[str, ColumnElement[bool]] = {}
    if filters.caller_number is not None:
        conditions["caller_key"] = Ticket.caller_key == (number_key(filters.caller_number, region) or "")
    if filters.call_id is not None:
        linked = select(ticket_calls.c.ticket_id).where(ticket_calls.c.call_id == filters.call_id)
        conditions["call_id"] = Ticket.id.in_(linked)
    for column, wanted in (
        (Ticket.kind, filters.kind),
        (Ticket.status, filters.status),
        (Ticket.number, filters.number),
        (Ticket.customer_id, filters.customer_id),
        (Ticket.assignee_id, filters.assignee_id),
    ):
        if wanted is not None:
            conditions[column.key] = column == wanted
    return conditions


def _of_rows(session: Session, rows: Sequence[Row[Any]]) -> tuple[TicketSummary, ...]:
    """Rows of a list as summaries: their calls and recordings came with them, or are asked for now."""
    if rows and len(rows[0]) == len(TicketSummary._fields):
        return tuple(map(TicketSummary._make, rows))
    calls, recordings = _linked(session, [row.id for row in rows])
    return tuple(TicketSummary._make((*row, tuple(calls[row.id]), tuple(recordings[row.id]))) for row in rows)


def summaries(session: Session, tickets: Sequence[Ticket]) -> tuple[TicketSummary, ...]:
    """Summaries of these tickets, with two queries however many there are."""
    calls, recordings = _linked(session, [ticket.id for ticket in tickets])
    return tuple(_summary(t, tuple(calls[t.id]), tuple(recordings[t.id])) for t in tickets)


def _linked(session: Session, ids: Sequence[int]) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """The calls and the recordings of these tickets, in their order."""
    calls: dict[int, list[str]] = {number: [] for number in ids}
    recordings: dict[int, list[str]] = {number: [] for number in ids}
    if ids:
        links = (
            select(ticket_calls.c.ticket_id, ticket_calls.c.call_id)
            .join(Call, Call.call_id == ticket_calls.c.call_id)
            .where(ticket_calls.c.ticket_id.in_(ids))
            .order_by(Call.started_at)
        )
        for ticket_id, call_id in session.execute(links):
            calls[ticket_id].append(call_id)
        kept = (
            select(TicketRecording.ticket_id, TicketRecording.recording_id)
            .where(TicketRecording.ticket_id.in_(ids))
            .order_by(TicketRecording.position, TicketRecording.recording_id)
        )
        for ticket_id, recording_id in session.execute(kept):
            recordings[ticket_id].append(recording_id)
    return calls, recordings


def _summary(ticket: Ticket, call_ids: Sequence[str], recording_ids: Sequence[str]) -> TicketSummary:
    own = (getattr(ticket, column.key) for column in ticket_rows.OWN_COLUMNS)
    assignee = ticket.assignee.username if ticket.assignee else None
    return TicketSummary._make((*own, assignee, call_ids, recording_ids))


def get_ticket(session: Session, actor: Actor, ticket_id: int) -> TicketDetail:
    """One ticket. Raises NotFoundError for what the actor may not see, as for what is not there."""
    return detail_of(session, load_ticket(session, actor, ticket_id))


def numbers_of(session: Session, actor: Actor, ticket_ids: Sequence[int]) -> dict[int, str]:
    """Ticket numbers by id, of those tickets that the actor may see."""
    shown = select(Ticket.id, Ticket.number).where(Ticket.id.in_(ticket_ids), scope.tickets_for(actor))
    return {row.id: row.number for row in session.execute(shown)}


def load_ticket(session: Session, actor: Actor, ticket_id: int) -> Ticket:
    """The row. Raises NotFoundError for what the actor may not see, as for what is not there."""
    found = session.scalars(select(Ticket).where(Ticket.id == ticket_id, scope.tickets_for(actor))).first()
    if found is None:
        raise NotFoundError("there is no such ticket")
    return found


def detail_of(session: Session, ticket: Ticket) -> TicketDetail:
    """What a row looks like from outside, with its events."""
    rows = session.scalars(select(TicketEvent).where(TicketEvent.ticket_id == ticket.id).order_by(TicketEvent.id))
    events = tuple(
        EventView(e.id, e.at, e.actor, e.event, e.from_status, e.to_status, e.reason, e.fields) for e in rows
    )
    name = (ticket.customer.name if ticket.customer else "") or _reporter(session, ticket)
    return TicketDetail(summaries(session, [ticket])[0], ticket.text, name, events)


def _reporter(session: Session, ticket: Ticket) -> str:
    """The name that was given when the matter was taken in: a customer's record has none until it is confirmed."""
    intake = session.get(TicketIntake, ticket.id)
    return intake.reporter_name if intake else ""
