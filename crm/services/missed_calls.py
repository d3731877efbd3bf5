"""Callers whom nobody spoke with: who hung up in a queue, or came while it was closed; each number once.

A caller who left a callback is not here but a task already. Who was called back since, or came through later, is
marked, so that nobody calls him again for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.contact_centre import OutboundCall, Task
from crm.db.people import User
from crm.domain.access import Action, Actor, Relation, reach
from crm.domain.calls import Outcome
from crm.domain.errors import ForbiddenError, InvalidInputError
from crm.domain.tasks import TaskKind, TaskState
from crm.services.outbound import ANSWERED, DIALLED
from crm.services.plan import is_open, plan_in_force, queues_served
from ivr.routing_plan import Plan

MAX_DAYS = 31
MAX_CALLS = 5_000


class Why(StrEnum):
    """What went wrong for the caller."""

    ABANDONED = "abandoned"
    OUT_OF_HOURS = "out_of_hours"


class Since(StrEnum):
    """What has happened since; the first that holds."""

    REACHED = "reached"
    """somebody called back and spoke with him"""
    CAME_THROUGH = "came_through"
    """he called again and an agent answered"""
    TRIED = "tried"
    """somebody called back; nobody answered, or it is not known yet"""
    PLANNED = "planned"
    """a callback of this number is somebody's task"""
    NOTHING = "nothing"


@dataclass(frozen=True)
class MissedCaller:
    """A number, or a single call without one, with the latest of its missed calls."""

    call_id: str
    number: str | None
    why: str
    at: datetime
    queue: str | None
    language: str
    waited: float | None
    calls: int
    customer_id: int | None
    since: str
    since_at: datetime | None
    since_by: str | None
    task_id: int | None


@dataclass(frozen=True)
class _Later:
    since: Since
    at: datetime | None = None
    by: str | None = None
    task_id: int | None = None


def list_missed(
    session: Session, actor: Actor, *, now: datetime, zone: ZoneInfo, days: int = 7, waiting_only: bool = False
) -> tuple[MissedCaller, ...]:
    """Missed callers of the last days, the latest first. Agents see those of queues that they serve."""
    if not 1 <= days <= MAX_DAYS:
        raise InvalidInputError("days", f"must be 1 to {MAX_DAYS}")
    plan = plan_in_force(session)
    latest: dict[str, tuple[Call, int]] = {}
    for call in session.scalars(_missed(actor, plan, now - timedelta(days=days))):
        name = call.caller_key or call.call_id
        newest, count = latest.get(name, (call, 0))
        latest[name] = (newest, count + 1)
    keys = {call.caller_key: call.ended_at or call.started_at for call, _ in latest.values() if call.caller_key}
    later = _what_followed(session, keys)
    found = (
        _missed_caller(call, count, later.get(call.caller_key or "", _Later(Since.NOTHING)), plan, zone)
        for call, count in latest.values()
    )
    return tuple(one for one in found if not waiting_only or one.since in {Since.NOTHING, Since.PLANNED})


def _missed(actor: Actor, plan: Plan | None, since: datetime) -> Select[Call]:
    left_callback = select(Task.call_id).where(Task.kind == TaskKind.CALLBACK, Task.ticket_id.is_not(None))
    return (
        select(Call)
        .where(
            Call.started_at >= since,
            Call.ended_at.is_not(None),
            Call.queue.is_not(None),
            Call.agent.is_(None),
            Call.outcome.in_((Outcome.ABANDONED, Outcome.TIMED_OUT, Outcome.FAILED)),
            Call.call_id.not_in(left_callback.where(Task.call_id.is_not(None))),
            _reachable(actor, plan),
        )
        .order_by(Call.started_at.desc(), Call.call_id.desc())
        .limit(MAX_CALLS)
    )


def _reachable(actor: Actor, plan: Plan | None) -> ColumnElement[bool]:
    enough = reach(actor.roles, Action.MISSED_READ)
    if not enough:
        raise ForbiddenError("these roles do not see missed callers")
    served = None if Relation.ANY in enough else queues_served(plan, actor.name)
    return true() if served is None else Call.queue.in_(sorted(served))


def _missed_caller(call: Call, count: int, later: _Later, plan: Plan | None, zone: ZoneInfo) -> MissedCaller:
    served = is_open(plan, call.queue, call.started_at.astimezone(zone))
    return MissedCaller(
        call_id=call.call_id,
        number=call.caller_number,
        why=Why.ABANDONED if served else Why.OUT_OF_HOURS,
        at=call.started_at,
        queue=call.queue,
        language=call.language,
        waited=call.wait_time,
        calls=count,
        customer_id=call.customer_id,
        since=later.since,
        since_at=later.at,
        since_by=later.by,
        task_id=later.task_id,
    )


def _what_followed(session: Session, missed: dict[str, datetime]) -> dict[str, _Later]:
    """For each number, the best that happened after its last missed call."""
    found: dict[str, _Later] = {}
    for key, later in (*_planned(session, missed), *_called(session, missed), *_came_through(session, missed)):
        best = found.get(key)
        if best is None or list(Since).index(later.since) < list(Since).index(best.since):
            found[key] = later
    return found


def _called(session: Session, missed: dict[str, datetime]) -> Iterable[tuple[str, _Later]]:
    rows = session.execute(
        select(OutboundCall, User.username)
        .join(User, User.id == OutboundCall.user_id)
        .where(OutboundCall.number_key.in_(missed), OutboundCall.state.in_((DIALLED, ANSWERED)))
        .order_by(OutboundCall.asked_at)
    )
    for row, user in rows:
        if row.asked_at >= missed[row.number_key]:
            since = Since.REACHED if row.state == ANSWERED else Since.TRIED
            yield row.number_key, _Later(since, row.asked_at, user, row.task_id)


def _came_through(session: Session, missed: dict[str, datetime]) -> Iterable[tuple[str, _Later]]:
    rows = session.execute(
        select(Call.caller_key, func.max(Call.started_at))
        .where(Call.caller_key.in_(missed), Call.agent.is_not(None))
        .group_by(Call.caller_key)
    )
    for key, at in rows:
        if key is not None and at >= missed[key]:
            yield key, _Later(Since.CAME_THROUGH, at)


def _planned(session: Session, missed: dict[str, datetime]) -> Iterable[tuple[str, _Later]]:
    rows = session.execute(
        select(Task, Call.caller_key)
        .join(Call, Call.call_id == Task.call_id)
        .where(Task.kind == TaskKind.CALLBACK, Task.state == TaskState.OPEN, Call.caller_key.in_(missed))
    )
    for task, key in rows:
        if key is not None:
            yield key, _Later(Since.PLANNED, task.due_at, None, task.id)
