"""Asterisk's own queue_log beside our rows: the same calls, agents and seconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crm.db.calls import Call
from crm.db.contact_centre import CallLeg, QueueVisit

SLACK = 0.25
"""Seconds by which one of the two may be later: Asterisk writes its line when it gets to it, by whole seconds."""
_LEGS = {"CONNECT": "answered", "RINGNOANSWER": "missed", "RINGCANCELED": "abandoned"}


@dataclass(frozen=True)
class Line:
    """A line: ``epoch|call|queue|agent|event|data…``."""

    epoch: int
    call_id: str
    queue: str
    agent: str
    event: str
    data: tuple[str, ...]


@dataclass
class Logged:
    """What queue_log says of one call."""

    lines: list[Line] = field(default_factory=list)

    def of(self, *events: str) -> list[Line]:
        """Its lines of these events."""
        return [line for line in self.lines if line.event in events]


def read(text: str) -> dict[str, Logged]:
    """The log by call."""
    found: dict[str, Logged] = {}
    for row in text.splitlines():
        parts = row.split("|")
        if len(parts) >= 5 and parts[0].isdecimal() and parts[1] not in {"NONE", "MANAGER"}:
            line = Line(int(parts[0]), parts[1], parts[2], parts[3], parts[4], tuple(parts[5:]))
            found.setdefault(line.call_id, Logged()).lines.append(line)
    return found


def differences(logged: Logged, call: Call, visits: Sequence[QueueVisit], legs: Iterable[CallLeg]) -> list[str]:
    """Everything in which our rows are not what Asterisk wrote."""
    legs = sorted((leg for leg in legs if leg.kind == "queue"), key=lambda leg: leg.ended_at or leg.rang_at)
    return [*_waits(logged, call, visits), *_rings(logged, legs), *_talks(logged, legs)]


def _waits(logged: Logged, call: Call, visits: Sequence[QueueVisit]) -> list[str]:
    entered = logged.of("ENTERQUEUE")
    if not entered or len(visits) != 1:
        return [f"{len(entered)} entries into a queue are {len(visits)} waits"]
    (visit,) = visits
    wrong = []
    if not same_second(entered[0].epoch, visit.entered_at):
        wrong.append(f"entered at {entered[0].epoch}, not {visit.entered_at.timestamp():.3f}")
    connects, abandons = logged.of("CONNECT"), logged.of("ABANDON")
    outcome = "answered" if connects else "abandoned"
    if (visit.outcome, call.outcome) != (outcome, outcome):
        wrong.append(f"{outcome}, not {visit.outcome} and {call.outcome}")
    if (call.agent or None) != (connects[-1].agent if connects else None):
        wrong.append(f"answered by {connects[-1].agent if connects else None}, not {call.agent}")
    ends = connects or abandons
    if ends and (visit.left_at is None or not same_second(ends[-1].epoch, visit.left_at)):
        wrong.append(f"left at {ends[-1].epoch}, not {visit.left_at and visit.left_at.timestamp()}")
    if ends and visit.wait_time is not None and abs(visit.wait_time - (ends[-1].epoch - entered[0].epoch)) > 1 + SLACK:
        wrong.append(f"waited {ends[-1].epoch - entered[0].epoch} s, not {visit.wait_time:.3f} s")
    return wrong


def _rings(logged: Logged, legs: Sequence[CallLeg]) -> list[str]:
    rings = logged.of(*_LEGS)
    told = sorted((line.agent, _LEGS[line.event]) for line in rings)
    ours = sorted((leg.agent, "missed" if leg.outcome == "refused" else str(leg.outcome)) for leg in legs)
    if told != ours:
        return [f"phones rang {told}, not {ours}"]
    wrong = []
    for line in rings:
        figures = [one for leg in legs if leg.agent == line.agent for one in _ring_times(leg, legs)]
        seconds = int(line.data[2]) if line.event == "CONNECT" else int(line.data[0]) / 1000
        declined = line.event == "RINGNOANSWER" and seconds < 1  # app_queue counts no time for who declines
        if not declined and not any(abs(figure - seconds) <= 1 + SLACK for figure in figures):
            wrong.append(f"{line.agent}'s phone rang {seconds} s, not {figures}")
    return wrong


def _ring_times(leg: CallLeg, legs: Sequence[CallLeg]) -> list[float]:
    """How long a phone rang; and, as app_queue counts it, from when the phone rang that was declined just before."""
    times = [leg.ring_time] if leg.ring_time is not None else []
    began = leg.rang_at
    for other in sorted(legs, key=lambda one: one.rang_at, reverse=True):
        if other.outcome == "refused" and other.ended_at and 0 <= (began - other.ended_at).total_seconds() < 1.5:
            began = other.rang_at
            times += [(end - began).total_seconds() for end in (leg.answered_at or leg.ended_at,) if end]
    return times


def _talks(logged: Logged, legs: Sequence[CallLeg]) -> list[str]:
    wrong = []
    for line in logged.of("COMPLETECALLER", "COMPLETEAGENT"):
        spoke = [leg for leg in legs if leg.agent == line.agent and leg.talk_time is not None]
        seconds = int(line.data[1])
        whole = (spoke[-1].talk_time or 0) + (spoke[-1].hold_time or 0) if spoke else None
        if whole is None or abs(whole - seconds) > 1 + SLACK:
            wrong.append(f"{line.agent} talked {seconds} s, not {whole}")
        by = "caller" if line.event == "COMPLETECALLER" else "agent"
        if spoke and spoke[-1].ended_by != by:
            wrong.append(f"ended by the {by}, not the {spoke[-1].ended_by}")
    return wrong


def same_second(epoch: int, at: datetime) -> bool:
    """Whether an instant is in that second, give or take the slack."""
    return epoch - SLACK <= at.timestamp() <= epoch + 1 + SLACK
