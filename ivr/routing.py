"""Where a caller goes: which queue, before whom, and what he is told of the wait (pure).

The menu says what he asks for; the plan says which queue serves that, when it is open and where its callers go
otherwise; the exchange says how full it is; the CRM says who he is. A caller is never turned away: where nothing
is open he may wait, and is offered a callback at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ivr.routing_plan import Plan, Queue

HIGHEST_PRIORITY = 18
"""The dialplan's highest but one: 19 is for who goes back to the head of his queue."""
LONGEST_WAIT = 10
"""Minutes that are told; a longer wait is told as more than that."""
_FEW = 3
"""Calls that a queue must have served before its time of a call means anything."""
_BETWEEN = 20
"""Seconds that an agent needs between two calls."""


class CallerClass(StrEnum):
    """Who comes before whom among callers who ask for the same; a loss report comes before all of them."""

    ELDERLY = "elderly"
    VIP = "vip"
    ORDINARY = "ordinary"


PRIORITY = {CallerClass.ELDERLY: 6, CallerClass.VIP: 4, CallerClass.ORDINARY: 0}


class Reason(StrEnum):
    """Why a caller goes elsewhere than he asked."""

    NONE = ""
    CLOSED = "closed"
    BUSY = "busy"
    WAITED = "waited"


@dataclass(frozen=True)
class Profile:
    """What the CRM knows of a number."""

    vip: bool = False
    elderly: bool = False
    language: str | None = None

    @property
    def caller_class(self) -> CallerClass:
        """The class of the caller."""
        if self.elderly:
            return CallerClass.ELDERLY
        return CallerClass.VIP if self.vip else CallerClass.ORDINARY


@dataclass(frozen=True)
class QueueNow:
    """A queue of one language, as the exchange has it. ``agents``: with a phone, whatever they do; seconds."""

    waiting: int = 0
    available: int = 0
    agents: int = 0
    served: int = 0
    talk_time: int = 0


@dataclass(frozen=True)
class Route:
    """The queue that a caller enters, or stays in. ``closed``: nobody is at work there."""

    queue: str
    priority: int
    reason: Reason = Reason.NONE
    closed: bool = False


def counted(plan: Plan, business: str) -> tuple[str, ...]:
    """The queues whose callers and agents must be counted before ``enter``."""
    known = _by_name(plan)
    start = next((queue for queue in plan.queues if queue.business == business), None)
    return tuple(queue.name for queue in _way(known, start) if queue.overflow_ratio > 0 and queue.overflow_to)


def enter(
    plan: Plan, business: str, priority: int, caller: CallerClass, local: datetime, now: Mapping[str, QueueNow]
) -> Route:
    """For a caller who asks for a person. ``local``: the centre's clock; ``priority``: of what he asks for."""
    serving = [queue for queue in plan.queues if queue.business == business]
    if not serving:
        return Route(business, _rank(priority, caller, 0))
    start = next((queue for queue in serving if is_open(queue, local)), serving[0])
    queue, reason = start, Reason.NONE
    known, seen = _by_name(plan), {start.name}
    while (target := _onward(known, queue, local, now.get(queue.name))) and target[0].name not in seen:
        queue, reason = target
        seen.add(queue.name)
    closed = not is_open(queue, local)
    if closed:
        queue = start  # nobody is at work anywhere: his own queue is the one that opens for him
    return Route(queue.name, _rank(priority, caller, queue.priority), reason, closed)


def stay(plan: Plan, name: str, priority: int, here: int, local: datetime) -> Route:
    """For a caller who has waited ``here`` seconds in a queue: go on, or go elsewhere."""
    known = _by_name(plan)
    queue = known.get(name)
    if queue is None:
        return Route(name, priority)
    if not is_open(queue, local):
        duty = known.get(queue.closed_to)
        if duty is not None and is_open(duty, local):
            return Route(duty.name, priority, Reason.CLOSED)
        return Route(name, priority, closed=True)
    over = known.get(queue.overflow_to)
    if over is not None and queue.overflow_after and here >= queue.overflow_after and is_open(over, local):
        return Route(over.name, priority, Reason.WAITED)
    return Route(name, priority)


def is_open(queue: Queue, local: datetime) -> bool:
    """Whether a queue is served at this time; one without hours always is."""
    minute = local.hour * 60 + local.minute
    hours = queue.opening
    return not hours or any(one.weekday == local.weekday() and one.opens <= minute < one.closes for one in hours)


def callback_after(plan: Plan, name: str, default: int) -> int:
    """Seconds after which a caller in this queue is offered a callback."""
    queue = _by_name(plan).get(name)
    return queue.callback_after if queue else default


def expected_minutes(position: int | None, now: QueueNow) -> int | None:
    """How long a caller at this place will wait, in whole minutes from 1 on; None when nobody can say."""
    if position is None or position < 1 or now.agents < 1 or now.served < _FEW or now.talk_time < 1:
        return None
    return max(1, math.ceil(position * (now.talk_time + _BETWEEN) / now.agents / 60))


def _onward(
    known: Mapping[str, Queue], queue: Queue, local: datetime, now: QueueNow | None
) -> tuple[Queue, Reason] | None:
    """Where a new caller goes instead; None: he stays."""
    if not is_open(queue, local):
        duty = known.get(queue.closed_to)
        return (duty, Reason.CLOSED) if duty else None
    over = known.get(queue.overflow_to)
    if over is None or now is None or not queue.overflow_ratio or not is_open(over, local):
        return None
    full = now.waiting + 1 > queue.overflow_ratio * now.available
    return (over, Reason.BUSY) if full else None


def _way(known: Mapping[str, Queue], start: Queue | None) -> Iterator[Queue]:
    """A queue and all that its callers may come to."""
    ahead = [start] if start else []
    seen: set[str] = set()
    while ahead:
        queue = ahead.pop()
        if queue.name not in seen:
            seen.add(queue.name)
            yield queue
            ahead += [known[name] for name in (queue.overflow_to, queue.closed_to) if name in known]


def _rank(asked: int, caller: CallerClass, queue: int) -> int:
    return max(0, min(HIGHEST_PRIORITY, max(asked, PRIORITY[caller]) + (0 if asked else queue)))


def _by_name(plan: Plan) -> dict[str, Queue]:
    return {queue.name: queue for queue in plan.queues}
