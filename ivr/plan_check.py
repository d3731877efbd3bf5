"""What is wrong with a routing plan, before it comes into force (pure)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from ivr.routing_plan import BUSINESSES, LANGUAGES, Plan, Queue

_NAME = re.compile(r"\A[a-z][a-z0-9_]{1,29}\Z")
_DAY = 24 * 60
_HIGHEST_PRIORITY = 18
"""The dialplan's highest but one: the highest is kept for who goes back to the head of his queue."""
RANGES = {
    "ring_time": (5, 120), "wrap_up_limit": (0, 3600), "service_level": (1, 3600), "callback_after": (0, 3600),
    "overflow_after": (0, 3600), "priority": (0, _HIGHEST_PRIORITY),
}  # fmt: skip
"""Whole numbers of a queue with the least and the greatest value; seconds, but for the priority."""


class Fault(StrEnum):
    """What can be wrong."""

    NO_QUEUE = "no_queue"
    """about: a business that no queue serves"""
    QUEUE_NAME = "queue_name"
    """about: a queue's name that is taken twice, or that the exchange cannot have"""
    UNKNOWN_BUSINESS = "unknown_business"
    """about: a queue or an agent; detail: the business"""
    UNKNOWN_QUEUE = "unknown_queue"
    """about: a queue; detail: where it overflows or sends who comes while it is closed"""
    LOOP = "loop"
    """about: a queue that overflows, or sends who comes while it is closed, to itself in the end"""
    NOBODY = "nobody"
    """about: a queue; detail: a language that nobody who serves it speaks, and nobody where it overflows"""
    UNKNOWN_AGENT = "unknown_agent"
    """about: an agent who is none, or who is named twice"""
    LEVEL = "level"
    """about: an agent; detail: the business whose level is not 1 to 9"""
    LANGUAGE = "language"
    """about: an agent; detail: a language that is not served"""
    OPENING = "opening"
    """about: a queue whose hours are none"""
    NUMBER = "number"
    """about: a queue; detail: the name of a number that is out of its range"""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong."""

    fault: Fault
    about: str
    detail: str = ""

    def __str__(self) -> str:
        """For a log or an API's answer."""
        return ": ".join(part for part in (self.fault.value, self.about, self.detail) if part)


def problems(plan: Plan, agents: Collection[str] | None = None) -> list[Problem]:
    """Everything that is wrong. ``agents``: who there is; None when that is not to be looked at."""
    return [*_queues(plan), *_ways(plan), *_members(plan, agents), *_unserved(plan)]


def _queues(plan: Plan) -> Iterator[Problem]:
    for business in BUSINESSES:
        if not any(queue.business == business for queue in plan.queues):
            yield Problem(Fault.NO_QUEUE, business)
    for name, count in Counter(queue.name for queue in plan.queues).items():
        if count > 1 or not _NAME.match(name):
            yield Problem(Fault.QUEUE_NAME, name)
    for queue in plan.queues:
        if queue.business not in BUSINESSES:
            yield Problem(Fault.UNKNOWN_BUSINESS, queue.name, queue.business)
        yield from _numbers(queue)


def _numbers(queue: Queue) -> Iterator[Problem]:
    for field, (least, most) in RANGES.items():
        if not least <= getattr(queue, field) <= most:
            yield Problem(Fault.NUMBER, queue.name, field)
    if not 0 <= queue.overflow_ratio <= 100:
        yield Problem(Fault.NUMBER, queue.name, "overflow_ratio")
    if any(not (0 <= one.weekday <= 6 and 0 <= one.opens < one.closes <= _DAY) for one in queue.opening):
        yield Problem(Fault.OPENING, queue.name)


def _ways(plan: Plan) -> Iterator[Problem]:
    """Where callers are sent on to: known queues, and never in a circle. Both kinds of way count together."""
    known = {queue.name: queue for queue in plan.queues}
    for queue in plan.queues:
        for target in _targets(queue):
            if target not in known:
                yield Problem(Fault.UNKNOWN_QUEUE, queue.name, target)
        if queue.name in _reached(known, queue):
            yield Problem(Fault.LOOP, queue.name)


def _targets(queue: Queue) -> list[str]:
    return [name for name in (queue.overflow_to, queue.closed_to) if name]


def _reached(known: dict[str, Queue], start: Queue) -> set[str]:
    reached: set[str] = set()
    ahead = _targets(start)
    while ahead:
        name = ahead.pop()
        if name in known and name not in reached:
            reached.add(name)
            ahead += _targets(known[name])
    return reached


def _members(plan: Plan, agents: Collection[str] | None) -> Iterator[Problem]:
    for agent, count in Counter(member.agent for member in plan.members).items():
        if count > 1 or (agents is not None and agent not in agents):
            yield Problem(Fault.UNKNOWN_AGENT, agent)
    for member in plan.members:
        for business, level in member.skills.items():
            if business not in BUSINESSES:
                yield Problem(Fault.UNKNOWN_BUSINESS, member.agent, business)
            elif not 1 <= level <= 9:
                yield Problem(Fault.LEVEL, member.agent, business)
        for language in member.languages:
            if language not in LANGUAGES:
                yield Problem(Fault.LANGUAGE, member.agent, language)


def _unserved(plan: Plan) -> Iterator[Problem]:
    known = {queue.name: queue for queue in plan.queues}
    for queue in plan.queues:
        businesses = {queue.business, *(known[name].business for name in _reached(known, queue))}
        for language in LANGUAGES:
            if not any(language in one.languages and not businesses.isdisjoint(one.skills) for one in plan.members):
                yield Problem(Fault.NOBODY, queue.name, language)
