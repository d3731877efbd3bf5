"""What is counted so that figures can be made of it: facts, as whole numbers, and the rows that sources give (pure).

A fact is a count or a sum of one kind. Time is in milliseconds, scores are in tenths of a point, so that sums are
exact in any order. Which fact comes from which source stands in ``SOURCE_OF``; what nobody counts yet is nowhere,
and a figure that needs it shows "–".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from math import floor
from zoneinfo import ZoneInfo

SHORT_MS = 5_000
"""Milliseconds: who hangs up sooner was not really waiting, and counts nowhere."""
NO_HOUR = -1
"""The hour of what belongs to a day only."""


class Source(StrEnum):
    """Where facts come from; each is counted anew by itself."""

    CALLS = "calls"
    REPEATS = "repeats"
    STATES = "states"
    TICKETS = "tickets"
    QUALITY = "quality"
    SURVEYS = "surveys"
    EXAMS = "exams"
    SHIFTS = "shifts"


class Fact(StrEnum):
    """What is counted. ``_ms`` are milliseconds, ``_tenths`` are tenths of a point (1000 is a hundred points)."""

    # calls: the menu
    CALLS_IN = "calls_in"
    CONTAINED = "contained"
    """calls that ended in the menu: nobody was asked for"""
    # calls: waits, from queue entry to their end, however many queues they went through by overflow
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    """hung up after the short limit"""
    SHORT_ABANDONED = "short_abandoned"
    TOOK_CALLBACK = "took_callback"
    LEFT_MESSAGE = "left_message"
    IN_15 = "in_15"
    """answered within 15 seconds"""
    IN_20 = "in_20"
    WAIT_MS = "wait_ms"
    """of the answered"""
    # calls: conversations of agents with callers
    HANDLED = "handled"
    TALK_MS = "talk_ms"
    HOLD_MS = "hold_ms"
    ACW_MS = "acw_ms"
    TRANSFERRED = "transferred"
    OUTBOUND = "outbound"
    """calls out that the customer answered"""
    OUTBOUND_MS = "outbound_ms"
    """their talk, hold and work afterwards"""
    # repeats
    SOLVED = "solved"
    """conversations that ended solved: their class was noted and no ticket was needed"""
    SOLVED_ONCE = "solved_once"
    """of these, without another call of the same customer about the same class within seven days"""
    # states of agents
    READY_MS = "ready_ms"
    """available, or with a phone that rings"""
    BUSY_MS = "busy_ms"
    """on a call or in the work after it"""
    PAUSED_MS = "paused_ms"
    # tickets
    COMPLAINTS = "complaints"
    """received"""
    COMPLAINTS_CLOSED = "complaints_closed"
    """of those received"""
    COMPLAINTS_REPEATED = "complaints_repeated"
    """of those received: about a matter that was complained of before"""
    COMPLAINTS_VALID = "complaints_valid"
    """about this agent, found to be right (wholly or partly)"""
    DUE = "due"
    """complaints whose legal term ends then, and has ended or is met"""
    DUE_IN_TIME = "due_in_time"
    ENDED = "ended"
    """complaints closed then"""
    VISITED = "visited"
    """of these, with a return visit made"""
    VISITED_REACHED = "visited_reached"
    """of these, with an answer"""
    VISITED_SATISFIED = "visited_satisfied"
    # quality
    SCORED = "scored"
    """evaluations that stand"""
    SCORE_TENTHS = "score_tenths"
    FATALS = "fatals"
    """of these, with a fatal item"""
    # surveys
    SURVEYS_OFFERED = "surveys_offered"
    SURVEYS_ANSWERED = "surveys_answered"
    SURVEYS_GOOD = "surveys_good"
    """4 or 5"""
    NPS_ANSWERED = "nps_answered"
    NPS_PROMOTERS = "nps_promoters"
    """9 or 10"""
    NPS_DETRACTORS = "nps_detractors"
    """0 to 6"""
    # exams
    EXAMS = "exams"
    """results that stand"""
    EXAM_TENTHS = "exam_tenths"
    """sum of the results, each out of a hundred points"""
    # shifts
    PLANNED_MS = "planned_ms"
    ADHERED_MS = "adhered_ms"
    """of the planned time: in the planned state"""
    PAID_MS = "paid_ms"
    SHIFTS_PLANNED = "shifts_planned"
    SHIFTS_KEPT = "shifts_kept"
    """begun in time and not left before the end"""


SOURCE_OF: Mapping[Source, tuple[Fact, ...]] = {
    Source.CALLS: (
        Fact.CALLS_IN,
        Fact.CONTAINED,
        Fact.ANSWERED,
        Fact.ABANDONED,
        Fact.SHORT_ABANDONED,
        Fact.TOOK_CALLBACK,
        Fact.LEFT_MESSAGE,
        Fact.IN_15,
        Fact.IN_20,
        Fact.WAIT_MS,
        Fact.HANDLED,
        Fact.TALK_MS,
        Fact.HOLD_MS,
        Fact.ACW_MS,
        Fact.TRANSFERRED,
        Fact.OUTBOUND,
        Fact.OUTBOUND_MS,
    ),
    Source.REPEATS: (Fact.SOLVED, Fact.SOLVED_ONCE),
    Source.STATES: (Fact.READY_MS, Fact.BUSY_MS, Fact.PAUSED_MS),
    Source.TICKETS: (
        Fact.COMPLAINTS,
        Fact.COMPLAINTS_CLOSED,
        Fact.COMPLAINTS_REPEATED,
        Fact.COMPLAINTS_VALID,
        Fact.DUE,
        Fact.DUE_IN_TIME,
        Fact.ENDED,
        Fact.VISITED,
        Fact.VISITED_REACHED,
        Fact.VISITED_SATISFIED,
    ),
    Source.QUALITY: (Fact.SCORED, Fact.SCORE_TENTHS, Fact.FATALS),
    Source.SURVEYS: (
        Fact.SURVEYS_OFFERED,
        Fact.SURVEYS_ANSWERED,
        Fact.SURVEYS_GOOD,
        Fact.NPS_ANSWERED,
        Fact.NPS_PROMOTERS,
        Fact.NPS_DETRACTORS,
    ),
    Source.EXAMS: (Fact.EXAMS, Fact.EXAM_TENTHS),
    Source.SHIFTS: (Fact.PLANNED_MS, Fact.ADHERED_MS, Fact.PAID_MS, Fact.SHIFTS_PLANNED, Fact.SHIFTS_KEPT),
}


@dataclass(frozen=True)
class Period:
    """Whole days in the centre's zone, from the first to the last. ``now``: when it is counted."""

    first: date
    last: date
    zone: ZoneInfo
    now: datetime

    @property
    def start(self) -> datetime:
        """The instant at which it begins."""
        return datetime.combine(self.first, time.min, tzinfo=self.zone)

    @property
    def end(self) -> datetime:
        """The instant before which it ends."""
        return datetime.combine(self.last + timedelta(days=1), time.min, tzinfo=self.zone)

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        return self.first <= day <= self.last

    def day_of(self, at: datetime) -> date:
        """The centre's day of an instant."""
        return at.astimezone(self.zone).date()

    def hour_of(self, at: datetime) -> int:
        """The centre's hour of an instant."""
        return at.astimezone(self.zone).hour


@dataclass(frozen=True)
class SourceRow:
    """One thing that counts: whose, when, what it adds, and what is behind it.

    ``behind``: where it can be looked at: ``call:ID``, ``ticket:ID``, ``evaluation:ID``, ``survey:ID``, ``exam:ID``,
    ``shift:ID``, or ``states:USER`` for an agent's states of that hour. ``user_id`` None: nobody's; ``queue`` None:
    of no queue.
    """

    day: date
    counts: Mapping[Fact, int]
    behind: str
    user_id: int | None = None
    queue: str | None = None
    hour: int = NO_HOUR
    call_id: str | None = None
    """the call that it is about, where there is one; of a ``call:`` row it is that call"""


REPEAT_DAYS = 7
"""Days within which another call about the same shows that the first one did not solve it."""


def milliseconds(seconds: float | None) -> int:
    """Seconds as whole milliseconds; half of one is rounded up."""
    return floor((seconds or 0.0) * 1000 + 0.5)
