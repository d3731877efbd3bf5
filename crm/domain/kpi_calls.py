"""What a call adds to the key figures: how it left the menu, its waits, and each agent's conversation (pure).

A *wait* goes on from the first queue entry through every queue that the caller was passed to by overflow; it counts
in the queue where it ended, at the hour when it began. A *conversation* is all that one agent had with the caller in
one call, with the work afterwards; it counts once it is over, at the hour when it began.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crm.domain.callmarks import VisitOutcome
from crm.domain.calls import Outcome
from crm.domain.kpi_facts import SHORT_MS, Fact, Period, SourceRow, milliseconds
from ivr.exchange import LegKind

_WITH_CALLER = frozenset({LegKind.QUEUE, LegKind.TRANSFER, LegKind.CONFERENCE, LegKind.REJOIN, LegKind.OUTBOUND})
_LOST: Mapping[str, Fact] = {
    VisitOutcome.ABANDONED: Fact.ABANDONED,
    VisitOutcome.OVERFLOW: Fact.ABANDONED,  # he was passed on, and was gone before he stood in the next queue
    VisitOutcome.CALLBACK: Fact.TOOK_CALLBACK,
    VisitOutcome.MESSAGE: Fact.LEFT_MESSAGE,
}
_IN_TIME = ((Fact.IN_15, 15_000), (Fact.IN_20, 20_000))


@dataclass(frozen=True)
class WaitedIn:
    """One visit of a queue."""

    queue: str
    entered_at: datetime
    wait_time: float | None
    outcome: str | None


@dataclass(frozen=True)
class TookPart:
    """One phone of an agent. ``agent``: user name."""

    agent: str
    kind: str
    queue: str | None
    answered_at: datetime | None
    ended_at: datetime | None
    talk_time: float | None
    hold_time: float | None
    ended_by: str | None


@dataclass
class CallParts:
    """A call with its parts, visits and legs in their order. ``acw``: seconds of each work afterwards, by user name."""

    call_id: str
    direction: str
    outcome: str | None
    started_at: datetime
    ended_at: datetime | None
    answered_at: datetime | None
    queue: str | None
    agent: str | None
    visits: list[WaitedIn] = field(default_factory=list)
    legs: list[TookPart] = field(default_factory=list)
    acw: dict[str, list[float]] = field(default_factory=dict)


def rows_of(call: CallParts, users: Mapping[str, int], period: Period) -> Iterator[SourceRow]:
    """All that it adds within the period. ``users``: user name to id."""
    inbound = call.direction == "inbound"
    for at, queue, agent, counts in (*(_menu(call) if inbound else ()), *_waits(call), *_conversations(call)):
        day = period.day_of(at)
        if period.holds(day):
            yield SourceRow(
                day,
                counts,
                f"call:{call.call_id}",
                users.get(agent or ""),
                queue,
                period.hour_of(at),
                call.call_id,
            )


_Found = tuple[datetime, str | None, str | None, Mapping[Fact, int]]


def _menu(call: CallParts) -> Iterator[_Found]:
    alone = call.ended_at is not None and call.outcome == Outcome.ANSWERED and not call.visits and not call.legs
    yield call.started_at, None, None, {Fact.CALLS_IN: 1, Fact.CONTAINED: int(alone)}


def _waits(call: CallParts) -> Iterator[_Found]:
    first: datetime | None = None
    for number, visit in enumerate(call.visits):
        first = first or visit.entered_at
        is_last = number == len(call.visits) - 1
        if visit.outcome == VisitOutcome.OVERFLOW and not (is_last and call.ended_at):
            continue
        waited = _whole(visit.entered_at - first) + milliseconds(visit.wait_time)
        if visit.outcome == VisitOutcome.ANSWERED:
            yield first, visit.queue, _taker(call.legs, visit), _answered(waited)
        elif visit.outcome is not None and visit.outcome in _LOST:
            yield first, visit.queue, None, {_lost(visit.outcome, waited): 1}
        first = None


def _whole(span: timedelta) -> int:
    """Whole milliseconds, half of one rounded up."""
    return (span // timedelta(microseconds=1) + 500) // 1000


def _answered(waited: int) -> dict[Fact, int]:
    return {
        Fact.ANSWERED: 1,
        Fact.WAIT_MS: waited,
        **{fact: 1 for fact, limit in _IN_TIME if waited <= limit},
    }


def _lost(outcome: str, waited: int) -> Fact:
    fact = _LOST[outcome]
    return Fact.SHORT_ABANDONED if fact is Fact.ABANDONED and waited < SHORT_MS else fact


def _taker(legs: Sequence[TookPart], visit: WaitedIn) -> str | None:
    """Whose phone took him out of the queue."""
    taken = [
        (leg.answered_at, leg.agent)
        for leg in legs
        if leg.kind == LegKind.QUEUE and leg.answered_at and leg.answered_at >= visit.entered_at
    ]
    return min(taken)[1] if taken else None


def _conversations(call: CallParts) -> Iterator[_Found]:
    for agent, legs in _by_agent(call).items():
        if any(leg.ended_at is None for leg in legs):
            continue
        talk, hold = (sum(milliseconds(getattr(leg, name)) for leg in legs) for name in ("talk_time", "hold_time"))
        acw = sum(map(milliseconds, call.acw.get(agent, ())))
        queue = next((leg.queue for leg in legs if leg.queue), call.queue)
        at = min(leg.answered_at for leg in legs if leg.answered_at)
        if call.direction == "inbound":
            moved = int(any(leg.ended_by == "transfer" for leg in legs))
            yield at, queue, agent, {
                Fact.HANDLED: 1,
                Fact.TALK_MS: talk,
                Fact.HOLD_MS: hold,
                Fact.ACW_MS: acw,
                Fact.TRANSFERRED: moved,
            }  # fmt: skip
        else:
            yield at, None, agent, {
                Fact.OUTBOUND: int(call.answered_at is not None),
                Fact.OUTBOUND_MS: talk + hold + acw,
            }  # fmt: skip


def _by_agent(call: CallParts) -> dict[str, list[TookPart]]:
    """Answered legs in which an agent spoke with the caller. Who was only asked did not, unless he had him last."""
    found: dict[str, list[TookPart]] = {}
    for leg in call.legs:
        had_him = leg.kind in _WITH_CALLER or (leg.kind == LegKind.CONSULT and leg.agent == call.agent)
        if leg.answered_at and had_him:
            found.setdefault(leg.agent, []).append(leg)
    return found
