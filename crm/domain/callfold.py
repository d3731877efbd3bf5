"""What happened in a call: queues that it waited in and phones that took part, folded from whatever told of it (pure).

The dialplan's facts are read as the same events that the exchange tells live. A fold is a join: the same events
twice, or in another order, give the same result, and the earliest word about the same moment counts. Facts alone
are enough for every figure but hold; events alone are enough while the call runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from crm.domain.callmarks import Marks, VisitOutcome, visits_of
from ivr.exchange import ExchangeEvent, LegKind
from ivr.exchange import ExchangeEventName as Name

SUPERVISING = frozenset({LegKind.LISTEN, LegKind.WHISPER, LegKind.BARGE})
"""Legs of who listens in: they are nobody's conversation with the caller."""
CONSULTED = frozenset({*SUPERVISING, LegKind.CONSULT, LegKind.INTERNAL})
"""Legs whose agent does not speak with the caller, unless he is given to him."""
_AT_ONCE = 0.1
"""Seconds within which a phone stopped ringing because the caller went."""
_TOGETHER = 1.0
"""Seconds within which a conversation and the call ended together."""
_RANG = (Name.AGENT_RINGING, Name.AGENT_CONNECTED, Name.AGENT_SEEN, Name.AGENT_LEFT)


class LegOutcome(StrEnum):
    """What became of a ringing phone (``CallLeg.outcome``)."""

    ANSWERED = "answered"
    MISSED = "missed"
    REFUSED = "refused"
    ABANDONED = "abandoned"


@dataclass(frozen=True)
class Leg:
    """The part of one phone. Times by Asterisk's clock; ``hold_time`` and ``talk_time`` in seconds once it is over."""

    leg: str
    agent: str
    kind: str
    queue: str | None
    rang_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str | None = None
    ended_by: str | None = None
    held_since: datetime | None = None
    ring_time: float | None = None
    talk_time: float | None = None
    hold_time: float | None = None
    phone: str | None = None

    @property
    def is_live(self) -> bool:
        """Whether it rings or talks."""
        return self.ended_at is None and self.outcome in {None, LegOutcome.ANSWERED}

    @property
    def is_up(self) -> bool:
        """Whether it talks."""
        return self.answered_at is not None and self.ended_at is None


@dataclass(frozen=True)
class Visit:
    """One wait in a queue, however often the caller was told his position in between."""

    queue: str
    entered_at: datetime
    left_at: datetime | None = None
    outcome: VisitOutcome | None = None
    priority: int = 0
    position: int | None = None

    @property
    def wait_time(self) -> float | None:
        """Seconds."""
        return (self.left_at - self.entered_at).total_seconds() if self.left_at else None


@dataclass(frozen=True)
class FoldedCall:
    """A call as far as it is known. ``agent``: who had the caller last."""

    visits: tuple[Visit, ...] = ()
    legs: tuple[Leg, ...] = ()
    ended_at: datetime | None = None
    agent: str | None = None
    queue: str | None = None
    caller_number: str | None = None
    english: bool = False
    wait_time: float | None = None
    talk_time: float | None = None
    hold_time: float | None = None

    @property
    def waiting(self) -> Visit | None:
        """The visit that lasts, if the caller waits."""
        return self.visits[-1] if self.visits and self.visits[-1].left_at is None else None


def fold(events: Iterable[ExchangeEvent]) -> FoldedCall:
    """Fold what is known of one call. Raises nothing: what makes no sense is passed over."""
    return fold_lines({event.to_line(): event for event in events})


def fold_lines(known: Mapping[str, ExchangeEvent]) -> FoldedCall:
    """The same, of events that are known by their lines, so that each is there once."""
    ordered = [event for _, event in sorted(known.items(), key=lambda one: (one[1].at, one[0]))]
    ended_at = _caller_ended(ordered)
    asked_by = {e.leg for e in ordered if e.event == Name.HANG_UP_ASKED}
    marks = Marks.of(ordered)
    end = _End(
        ended_at,
        next((str(e.fields["by"]) for e in ordered if e.fields.get("by") and e.event == Name.CALL_ENDED), None),
    )
    folded = [_leg(told, marks, end, asked_by) for told in _tellings(ordered)]
    legs = tuple(sorted(folded, key=lambda leg: (leg.rang_at, leg.leg)))
    joins = [e for e in ordered if e.event == Name.QUEUE_JOINED]
    visits = tuple(
        Visit(one.queue, one.entered_at, one.left_at, one.outcome, one.priority, one.position)
        for one in visits_of(marks, [(leg.answered_at, leg.queue) for leg in legs if leg.answered_at], ended_at)
    )
    spoke = [leg for leg in legs if leg.answered_at and (leg.kind not in CONSULTED or leg.leg in marks.given)]
    waits = [visit.wait_time for visit in visits if visit.wait_time is not None]
    return FoldedCall(
        visits=visits,
        legs=legs,
        ended_at=ended_at,
        agent=max(spoke, key=lambda leg: (leg.answered_at or leg.rang_at, leg.leg)).agent if spoke else None,
        queue=visits[-1].queue if visits else None,
        caller_number=next((e.fields.get("caller_number") for e in joins if e.fields.get("caller_number")), None),
        english=any(e.fields.get("english") is True for e in joins),
        wait_time=sum(waits) if waits else None,
        talk_time=_total(spoke, "talk_time"),
        hold_time=_total(spoke, "hold_time"),
    )


def ends_of(call_id: str, call: FoldedCall, at: datetime) -> list[ExchangeEvent]:
    """The ends that nobody wrote down of a call that is over: its exchange died under it."""
    ends = [
        ExchangeEvent(at, Name.CHANNEL_ENDED, call_id, leg.leg, {"agent": leg.agent})
        for leg in call.legs
        if leg.is_live
    ]
    return ends if call.ended_at else [*ends, ExchangeEvent(at, Name.CALL_ENDED, call_id, call_id)]


@dataclass
class _Telling:
    """All events of one leg, in the order of time."""

    leg: str
    events: list[ExchangeEvent]

    def first(self, *names: Name) -> ExchangeEvent | None:
        return next((e for e in self.events if e.event in names), None)

    def word(self, field: str) -> Any:
        """The first thing that is said about it."""
        return next((e.fields[field] for e in self.events if e.fields.get(field)), None)


def _tellings(ordered: Sequence[ExchangeEvent]) -> list[_Telling]:
    found: dict[str, _Telling] = {}
    for event in ordered:
        if event.leg:
            found.setdefault(event.leg, _Telling(event.leg, [])).events.append(event)
    return [telling for telling in found.values() if telling.first(*_RANG) and isinstance(telling.word("agent"), str)]


@dataclass(frozen=True)
class _End:
    """When the caller's own part ended, and by whom, if that was told."""

    at: datetime | None
    by: str | None

    def is_within(self, seconds: float, at: datetime) -> bool:
        """Whether something that ended then ended with it."""
        return self.at is not None and abs((self.at - at).total_seconds()) < seconds


def _leg(told: _Telling, marks: Marks, call: _End, asked_by: set[str]) -> Leg:
    ringing = told.first(*_RANG)
    assert ringing  # noqa: S101  (_tellings gives only such)
    answered = _answered_at(told)
    gone = told.first(Name.AGENT_LEFT, Name.CHANNEL_ENDED)
    missed = told.first(Name.AGENT_MISSED)
    ends = [one.at for one in (gone, missed if answered is None else None) if one]
    ended_at = min(ends, default=None)
    agent = str(told.word("agent"))
    held, held_since = _held(told, marks.parked_by(agent), answered, ended_at)
    ring_end = answered or (missed.at if missed else ended_at)
    talk = None
    if answered and ended_at:
        talk = max(0.0, (ended_at - answered).total_seconds() - held)
    return Leg(
        leg=told.leg,
        agent=agent,
        kind=str(told.word("kind") or LegKind.QUEUE),
        queue=told.word("queue"),
        rang_at=ringing.at,
        answered_at=answered,
        ended_at=ended_at,
        outcome=_outcome(told, answered, ended_at, call),
        ended_by=_ended_by(told, marks, agent, ended_at, call, asked_by) if answered and ended_at else None,
        held_since=held_since,
        ring_time=(ring_end - ringing.at).total_seconds() if ring_end else None,
        talk_time=talk,
        hold_time=held if talk is not None else None,
        phone=told.word("phone"),
    )


def _answered_at(told: _Telling) -> datetime | None:
    times = [e.at for e in told.events if e.event == Name.AGENT_CONNECTED]
    times += [e.at for e in told.events if e.event == Name.AGENT_SEEN and e.fields.get("up") is True]
    return min(times, default=None)


def _outcome(told: _Telling, answered: datetime | None, ended_at: datetime | None, call: _End) -> str | None:
    if answered:
        return LegOutcome.ANSWERED
    if ended_at is None:
        return None
    missed = [e for e in told.events if e.event == Name.AGENT_MISSED]
    if any(e.fields.get("refused") is True for e in told.events):
        return LegOutcome.REFUSED
    if any(e.fields.get("cancelled") is False for e in missed):
        return LegOutcome.MISSED
    if any(e.fields.get("cancelled") is True for e in missed) or call.is_within(_AT_ONCE, ended_at):
        return LegOutcome.ABANDONED
    return LegOutcome.MISSED


def _ended_by(told: _Telling, marks: Marks, agent: str, ended_at: datetime, call: _End, asked_by: set[str]) -> str:
    reason = told.word("reason")
    if marks.moved_by(agent, ended_at) or reason == "transfer":
        return "transfer"
    if marks.lost_by(agent, ended_at):
        return "lost"
    if reason in {"caller", "agent"}:
        return str(reason)
    if told.leg in asked_by:
        return "agent"
    if call.at is not None and not call.is_within(_TOGETHER, ended_at):
        return "agent"  # the caller was still there
    return call.by or "caller"


def _held(
    told: _Telling,
    parked: Sequence[tuple[datetime, datetime | None]],
    answered: datetime | None,
    ended_at: datetime | None,
) -> tuple[float, datetime | None]:
    """Seconds on hold, and since when if it lasts: by the phone's own key, or while the agent asked a colleague."""
    if answered is None:
        return 0.0, None
    spans: list[tuple[datetime, datetime | None]] = []
    since: datetime | None = None
    for event in told.events:
        if event.event == Name.HELD:
            since = since or event.at
        elif event.event == Name.UNHELD and since:
            spans.append((since, event.at))
            since = None
    if since:
        spans.append((since, None))
    spans += [(start, end) for start, end in parked if start >= answered and (ended_at is None or start <= ended_at)]
    lasting = min((start for start, end in spans if end is None), default=None) if ended_at is None else None
    closed = [(max(start, answered), min(end or ended_at, ended_at) if ended_at else end) for start, end in spans]
    return _union([(start, end) for start, end in closed if end and end > start]), lasting


def _union(spans: Iterable[tuple[datetime, datetime]]) -> float:
    total, until = 0.0, None
    for start, end in sorted(spans):
        begin = start if until is None else max(start, until)
        if end > begin:
            total += (end - begin).total_seconds()
        until = end if until is None else max(until, end)
    return total


def _caller_ended(ordered: Sequence[ExchangeEvent]) -> datetime | None:
    ends = (e for e in ordered if e.event == Name.CALL_ENDED or (e.event == Name.CHANNEL_ENDED and e.leg == e.call_id))
    return next((e.at for e in ends if not e.fields.get("agent")), None)


def _total(legs: Sequence[Leg], field: str) -> float | None:
    figures = [getattr(leg, field) for leg in legs if getattr(leg, field) is not None]
    return sum(figures) if figures else None
