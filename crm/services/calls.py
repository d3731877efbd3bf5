"""Calls read: lists by key, and one with its journal. The caller's transaction need not write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.calls import Call, CallEventRow, Recording
from crm.db.tickets import ticket_calls
from crm.domain.access import Actor
from crm.domain.errors import NotFoundError
from crm.domain.numbers import number_key
from crm.services import scope
from crm.services.paging import Order, Page, checked_limit, decode_cursor, encode_cursor

_ORDER = Order("-started_at", Call.started_at, Call.call_id, descending=True)


@dataclass(frozen=True)
class CallSummary:
    """A call as the contract shows it. ``ended_at`` None: it runs."""

    call_id: str
    caller_number: str | None
    dialled_number: str | None
    direction: str
    language: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    menu_path: tuple[str, ...]
    queue: str | None
    agent: str | None
    wait_time: float | None
    talk_time: float | None
    hold_time: float | None
    acw_time: float | None
    ticket_ids: tuple[int, ...]
    recording_ids: tuple[str, ...]
    customer_id: int | None
    ivr_done: bool
    flags: tuple[str, ...]


@dataclass(frozen=True)
class CallEventView:
    """A line of the call's journal (source ivr or dialplan)."""

    source: str
    seq: int
    at: datetime
    event: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class CallDetail:
    """One call and everything that happened in it, in the order of time."""

    summary: CallSummary
    events: tuple[CallEventView, ...]


def list_calls(
    session: Session,
    actor: Actor,
    *,
    caller_number: str | None = None,
    since: datetime | None = None,
    cursor: str | None = None,
    limit: int | None = None,
    region: str = "CN",
) -> Page[CallSummary]:
    """The calls that the actor may see, newest first. Raises InvalidInputError for a bad cursor or limit."""
    count = checked_limit(limit)
    query = select(Call).where(scope.calls_for(actor))
    if caller_number is not None:
        query = query.where(Call.caller_key == (number_key(caller_number, region) or ""))
    if since is not None:
        query = query.where(Call.started_at >= since)
    (stage,) = _ORDER.stages(decode_cursor(cursor, _ORDER.name, str) if cursor else None)
    rows = session.scalars(query.where(*stage.where).order_by(*stage.order).limit(count + 1)).all()
    shown = rows[:count]
    following = None
    if len(rows) > count:
        following = encode_cursor(_ORDER.name, shown[-1].started_at, shown[-1].call_id)
    return Page(_summaries(session, shown), following)


def get_call(session: Session, actor: Actor, call_id: str) -> CallDetail:
    """One call. Raises NotFoundError for what the actor may not see, as for what is not there."""
    call = session.scalars(select(Call).where(Call.call_id == call_id, scope.calls_for(actor))).first()
    if call is None:
        raise NotFoundError("there is no such call")
    rows = session.scalars(
        select(CallEventRow)
        .where(CallEventRow.call_id == call_id)
        .order_by(CallEventRow.at, CallEventRow.source, CallEventRow.seq)
    )
    events = tuple(CallEventView(r.source, r.seq, r.at, r.event, r.fields) for r in rows)
    return CallDetail(_summaries(session, [call])[0], events)


def _summaries(session: Session, calls: Sequence[Call]) -> tuple[CallSummary, ...]:
    ids = [call.call_id for call in calls]
    tickets: dict[str, list[int]] = {}
    recordings: dict[str, list[str]] = {}
    if ids:
        links = (
            select(ticket_calls.c.call_id, ticket_calls.c.ticket_id)
            .where(ticket_calls.c.call_id.in_(ids))
            .order_by(ticket_calls.c.ticket_id)
        )
        for call_id, ticket_id in session.execute(links):
            tickets.setdefault(call_id, []).append(ticket_id)
        kept = (
            select(Recording.call_id, Recording.id)
            .where(Recording.call_id.in_(ids))
            .order_by(Recording.kind.desc(), Recording.started_at, Recording.source_name)
        )
        for call_id, recording_id in session.execute(kept):
            recordings.setdefault(call_id, []).append(recording_id)
    return tuple(_summary(c, tickets.get(c.call_id, ()), recordings.get(c.call_id, ())) for c in calls)


def _summary(call: Call, ticket_ids: Sequence[int], recording_ids: Sequence[str]) -> CallSummary:
    return CallSummary(
        call_id=call.call_id,
        caller_number=call.caller_number,
        dialled_number=call.dialled_number,
        direction=call.direction,
        language=call.language,
        started_at=call.started_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        outcome=call.outcome,
        menu_path=tuple(call.menu_path),
        queue=call.queue,
        agent=call.agent,
        wait_time=call.wait_time,
        talk_time=call.talk_time,
        hold_time=call.hold_time,
        acw_time=call.acw_time,
        ticket_ids=tuple(ticket_ids),
        recording_ids=tuple(recording_ids),
        customer_id=call.customer_id,
        ivr_done=call.ivr_done,
        flags=tuple(call.flags),
    )
