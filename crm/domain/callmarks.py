"""The moments of a call that are not a leg's own: joining and leaving queues, being parked, being moved (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from ivr.exchange import ExchangeEvent
from ivr.exchange import ExchangeEventName as Name

_NEAR = timedelta(seconds=2)
_TURN = timedelta(seconds=90)
"""Between two rounds in one queue a caller is told his position, and may be asked something."""


class VisitOutcome(StrEnum):
    """How a wait ended (``QueueVisit.outcome``)."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    OVERFLOW = "overflow"
    CALLBACK = "callback"
    MESSAGE = "message"
    RETURNED = "returned"


_NOTED = {"callback": VisitOutcome.CALLBACK, "message": VisitOutcome.MESSAGE, "key": VisitOutcome.RETURNED}
"""What the menu says why a caller left, as an outcome."""


_QUEUEING = {
    Name.QUEUE_JOINED: "joined",
    Name.QUEUE_LEFT: "left",
    Name.QUEUE_ABANDONED: "abandoned",
    Name.QUEUE_NOTED: "noted",
}


@dataclass(frozen=True)
class Mark:
    """A caller joins or leaves a queue, or what became of his wait is told."""

    at: datetime
    what: str
    queue: str = ""
    priority: int = 0
    position: int | None = None


@dataclass
class Wait:
    """A visit that is being folded."""

    queue: str
    entered_at: datetime
    priority: int = 0
    position: int | None = None
    left_at: datetime | None = None
    outcome: VisitOutcome | None = None
    paused: bool = False
    """his round is over; he hears his position, and waits on"""


@dataclass
class Marks:
    """All marks of a call, in the order of time."""

    queueing: list[Mark] = field(default_factory=list)
    parked: list[tuple[datetime, str, str]] = field(default_factory=list)
    fetched: list[datetime] = field(default_factory=list)
    given: set[str] = field(default_factory=set)
    """legs that the caller was given to after he was parked"""
    moved: list[tuple[datetime, str]] = field(default_factory=list)
    _bridges: dict[str, set[str]] = field(default_factory=dict)
    """who is together in which bridge"""

    @classmethod
    def of(cls, ordered: Iterable[ExchangeEvent]) -> Marks:
        """Sort them out of a call's events."""
        marks = cls()
        for event in ordered:
            marks._take(event)
        return marks

    def _take(self, event: ExchangeEvent) -> None:
        fields = event.fields
        if event.event in _QUEUEING:
            self.queueing.append(_mark(event))
        if event.event in {Name.CALLER_CONNECTED, Name.QUEUE_JOINED}:
            self.fetched.append(event.at)
        if event.event == Name.CALLER_CONNECTED and event.leg:
            self.given.add(event.leg)
        elif event.event == Name.PARKED:
            self.parked.append((event.at, str(fields.get("why")), str(fields.get("by"))))
        elif event.event in {Name.BLIND_TRANSFERRED, Name.ATTENDED_TRANSFERRED}:
            self.moved.append((event.at, str(fields.get("agent"))))
        elif event.event in {Name.BRIDGED, Name.UNBRIDGED}:
            self._together(event)

    def _together(self, event: ExchangeEvent) -> None:
        """Whom the caller shares a bridge with has him, too: the live side sees it before the fact is written down."""
        legs = self._bridges.setdefault(str(event.fields.get("bridge")), set())
        if event.event == Name.UNBRIDGED:
            legs.discard(event.leg)
            return
        legs.add(event.leg)
        if event.call_id in legs:
            self.given |= legs - {event.call_id}

    def parked_by(self, agent: str) -> list[tuple[datetime, datetime | None]]:
        """Stretches in which the caller heard music while this agent asked a colleague."""
        starts = [at for at, why, by in self.parked if by == agent and why == "consult"]
        return [(at, min((one for one in self.fetched if one > at), default=None)) for at in starts]

    def moved_by(self, agent: str, at: datetime) -> bool:
        """Whether this agent sent the caller on about then."""
        return any(by == agent and abs(at - moved) < _NEAR for moved, by in self.moved)

    def lost_by(self, agent: str, at: datetime) -> bool:
        """Whether this agent's phone was lost about then."""
        return any(why == "lost" and by == agent and abs(at - parked) < _NEAR for parked, why, by in self.parked)


def _mark(event: ExchangeEvent) -> Mark:
    fields = event.fields
    what = str(fields.get("reason")) if event.event == Name.QUEUE_NOTED else _QUEUEING[Name(event.event)]
    priority, position = fields.get("priority"), fields.get("position")
    return Mark(
        event.at,
        what,
        str(fields.get("queue") or ""),
        priority if isinstance(priority, int) else 0,
        position if isinstance(position, int) else None,
    )


def visits_of(marks: Marks, answered: Sequence[tuple[datetime, str | None]], ended_at: datetime | None) -> list[Wait]:
    """The waits. ``answered``: when a leg was answered, and of which queue if it was rung by one."""
    waits: list[Wait] = []
    taken = [Mark(at, "answered", queue) for at, queue in answered if queue]
    for mark in sorted([*marks.queueing, *taken], key=lambda one: (one.at, one.what != "answered", one.what)):
        _step(waits, mark)
    if waits and ended_at and _still_waits(waits[-1]):
        waits[-1].left_at, waits[-1].outcome = max(ended_at, waits[-1].entered_at), VisitOutcome.ABANDONED
    return waits


def _still_waits(wait: Wait) -> bool:
    return wait.left_at is None or (wait.paused and wait.outcome is None)


def _step(waits: list[Wait], mark: Mark) -> None:
    last = waits[-1] if waits else None
    if mark.what == "joined":
        _join(waits, last, mark)
        return
    if last is None or (mark.queue and mark.queue != last.queue):
        return
    if mark.what == "answered":
        if _still_waits(last):
            last.left_at, last.outcome, last.paused = mark.at, VisitOutcome.ANSWERED, False
    elif mark.what == "abandoned":
        if _still_waits(last):
            last.left_at, last.outcome, last.paused = mark.at, VisitOutcome.ABANDONED, False
    elif mark.what in _NOTED:
        if last.outcome is None:
            last.left_at, last.outcome, last.paused = last.left_at or mark.at, _NOTED[mark.what], False
    elif last.left_at is None:
        last.left_at, last.paused = mark.at, True


def _join(waits: list[Wait], last: Wait | None, mark: Mark) -> None:
    if last is not None and _still_waits(last):
        if last.queue == mark.queue and (last.left_at is None or mark.at - last.left_at < _TURN):
            last.left_at, last.paused = None, False
            last.priority = max(last.priority, mark.priority)
            last.position = mark.position or last.position
            return
        last.left_at, last.outcome, last.paused = last.left_at or mark.at, VisitOutcome.OVERFLOW, False
    waits.append(Wait(mark.queue, mark.at, mark.priority, mark.position))
