"""What a call was, folded from its journal and from the dialplan's facts (pure).

Two words are translated here and nowhere else: what Asterisk calls hold time in a queue is our *wait time*,
and what the network did with a call is its *outcome*.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from crm.domain.numbers import as_given
from ivr.callevents import CallEvent
from ivr.callevents import CallEventName as Name
from recordings.model import Fact, FactName, is_plausible

_EPOCH_IN_ID = re.compile(r"(?:\A|-)(\d{9,11})\.\d+\Z")
_LANGUAGE = re.compile(r"\A[a-z]{2,3}(-[A-Za-z]{2,4})?\Z")
MAX_PATH = 100
_ASKED_FOR_A_PERSON = frozenset({Name.QUEUE_ENTERED, Name.CALLBACK_OFFERED})
"""Out of hours a callback is offered before anybody waits: who hangs up then never stood in the queue."""


class Outcome(StrEnum):
    """What the hotline did with the call."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    TIMED_OUT = "timed_out"
    BUSY = "busy"
    FAILED = "failed"


@dataclass(frozen=True)
class CallFacts:
    """The columns of a call. ``talked``: seconds from answer to hang-up, as Asterisk counted them."""

    caller_number: str | None
    dialled_number: str | None
    language: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    outcome: Outcome | None
    menu_path: tuple[str, ...]
    queue: str | None
    wait_time: float | None
    talked: float | None
    ivr_done: bool
    given_number: str | None
    segment_starts: dict[int, datetime] = field(default_factory=dict)
    outbound: bool = False
    """an agent called: who was dialled is the customer"""
    reached: float | None = None
    """of a call out: seconds from the customer's answer to the end, by Asterisk's clock; None: nobody answered"""

    @property
    def customer_number(self) -> str | None:
        """The number of the other side, whoever called."""
        return self.dialled_number if self.outbound else self.caller_number or self.given_number


def fold(
    call_id: str,
    journal: Sequence[CallEvent],
    facts: Sequence[Fact],
    *,
    cut: bool = False,
    seen_at: datetime,
    default_language: str = "zh",
) -> CallFacts:
    """Fold a call. ``cut``: the exchange died under it; ``seen_at`` stands in where nobody wrote a start down."""
    started = _first(facts, FactName.STARTED)
    ended = _last(facts, FactName.ENDED)
    arrival = next((e for e in journal if e.event == Name.CALL_STARTED), None)
    started_at = _started_at(call_id, journal, started, seen_at)
    last_at = max([started_at, *(e.at for e in journal), *(f.at for f in facts)])
    over = ended is not None or cut
    talked = ended.seconds("billsec") if ended else None
    outbound = started is not None and started.fields.get("direction") == "outbound"
    picked_up = _first(facts, FactName.CUSTOMER_ANSWERED)
    given = [_number(e.fields.get("caller_number")) for e in journal if e.event == Name.NUMBER_GIVEN]
    return CallFacts(
        caller_number=_caller(arrival, started),
        dialled_number=_number(arrival.fields.get("dialled_number") if arrival else None)
        or _number(started.fields.get("dialled") if started else None),
        language=_language(journal, started, default_language),
        started_at=started_at,
        answered_at=_answered_at(started_at, picked_up, outbound=outbound, known=bool(started or arrival)),
        ended_at=(ended.at if ended else last_at) if over else None,
        outcome=_outcome(journal, facts, cut=ended is None, outbound=outbound) if over else None,
        menu_path=tuple(str(e.fields.get("option"))[:40] for e in journal if e.event == Name.OPTION_CHOSEN)[:MAX_PATH],
        queue=_queue(journal, facts),
        wait_time=_wait_time(facts, ended),
        talked=talked,
        ivr_done=bool(ended and ended.fields.get("ivr_done") == "1"),
        given_number=given[-1] if given else None,
        segment_starts=_segment_starts(journal, facts),
        outbound=outbound,
        reached=max(0.0, ((ended.at if ended else last_at) - picked_up.at).total_seconds()) if picked_up else None,
    )


def _first(facts: Sequence[Fact], name: FactName) -> Fact | None:
    return next((f for f in facts if f.event == name), None)


def _last(facts: Sequence[Fact], name: FactName) -> Fact | None:
    return next((f for f in reversed(facts) if f.event == name), None)


def _number(value: Any) -> str | None:
    return as_given(value) if isinstance(value, str) else None


def _caller(arrival: CallEvent | None, started: Fact | None) -> str | None:
    if arrival is not None:
        return _number(arrival.fields.get("caller_number"))
    return _number(started.fields.get("caller")) if started else None


def _language(journal: Sequence[CallEvent], started: Fact | None, default: str) -> str:
    for event in reversed(journal):
        if event.event in {Name.LANGUAGE_CHOSEN, Name.CALL_STARTED}:
            told = event.fields.get("language")
            if isinstance(told, str) and _LANGUAGE.match(told):
                return told
    told = started.fields.get("language", "") if started else ""
    return told if _LANGUAGE.match(told) else default


def _started_at(call_id: str, journal: Sequence[CallEvent], started: Fact | None, seen_at: datetime) -> datetime:
    if started is not None:
        return started.at
    if journal:
        return min(e.at for e in journal)
    match = _EPOCH_IN_ID.search(call_id)
    if match:
        at = datetime.fromtimestamp(int(match[1]), UTC)
        if is_plausible(at):
            return at
    return seen_at


def _queue(journal: Sequence[CallEvent], facts: Sequence[Fact]) -> str | None:
    for event in reversed(journal):
        if event.event in _ASKED_FOR_A_PERSON and isinstance(event.fields.get("queue"), str):
            return str(event.fields["queue"])[:40]
    fact = _last(facts, FactName.QUEUE)
    return fact.fields.get("queue", "")[:40] or None if fact else None


def _wait_time(facts: Sequence[Fact], ended: Fact | None) -> float | None:
    """From the first entry into a queue to the last leaving of it, by Asterisk's clock."""
    entered = _first(facts, FactName.QUEUE)
    if entered is None:
        return None
    left = _last(facts, FactName.QUEUE_LEFT)
    last_entry = _last(facts, FactName.QUEUE)
    waiting = last_entry is not None and (left is None or last_entry.line > left.line)
    until = ended if waiting else left
    return max(0.0, (until.at - entered.at).total_seconds()) if until else None


def _outcome(journal: Sequence[CallEvent], facts: Sequence[Fact], *, cut: bool, outbound: bool) -> Outcome:
    if outbound:
        return _outcome_outside(facts)
    if cut:
        return Outcome.FAILED
    left = next((e for e in reversed(journal) if e.event == Name.QUEUE_LEFT), None)
    reason = left.fields.get("reason") if left else None
    if reason == "connected":
        return Outcome.ANSWERED
    if reason == "callback" or _first(facts, FactName.MESSAGE):
        return Outcome.TIMED_OUT
    queued = _first(facts, FactName.QUEUE) or any(e.event in _ASKED_FOR_A_PERSON for e in journal)
    return Outcome.ABANDONED if queued else Outcome.ANSWERED


def _answered_at(started_at: datetime, picked_up: Fact | None, *, outbound: bool, known: bool) -> datetime | None:
    """The hotline answers at once; a customer who is called answers when he does."""
    if outbound:
        return picked_up.at if picked_up else None
    return started_at if known else None


def _outcome_outside(facts: Sequence[Fact]) -> Outcome:
    """What became of a call that an agent made: nobody answered unless the dialplan says otherwise."""
    if _first(facts, FactName.CUSTOMER_ANSWERED):
        return Outcome.ANSWERED
    missed = _last(facts, FactName.NOT_REACHED)
    status = missed.fields.get("status") if missed else None
    return {"BUSY": Outcome.BUSY, "NOANSWER": Outcome.TIMED_OUT}.get(status or "", Outcome.FAILED)


def _segment_starts(journal: Sequence[CallEvent], facts: Sequence[Fact]) -> dict[int, datetime]:
    """When each stretch of the recorder began, as far as it was written down."""
    starts: dict[int, datetime] = {}
    for fact in facts:
        if fact.event == FactName.STARTED:
            starts[1] = fact.at
        segment = fact.fields.get("segment", "")
        if fact.event == FactName.FALLBACK and segment.isdecimal():
            starts.setdefault(int(segment), fact.at)
        if fact.event == FactName.CUSTOMER_ANSWERED and segment.isdecimal():
            starts[int(segment)] = fact.at  # an agent's call begins long before its recorder does
    for event in journal:
        number = event.fields.get("segment")
        if event.event == Name.RECORDING_RESUMED and isinstance(number, int):
            starts[number] = event.at
    return starts
