"""What a term is: its kinds, how it stands, and what it is worked out from (pure)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from crm.domain.clocks import Pause
from crm.domain.rules import Rules
from crm.domain.tickets import Kind
from crm.domain.working_days import DayCalendar


class TermKind(StrEnum):
    """What has to be done until the end of a term."""

    LEGAL = "legal"
    """decide and tell the customer, by law"""
    REVIEW = "review"
    """decide on a review"""
    TARGET = "target"
    """the same as LEGAL or REVIEW, as early as the house wants it; for other kinds the answer"""
    ACKNOWLEDGE = "acknowledge"
    FIRST_CONTACT = "first_contact"
    TRIAGE = "triage"
    TRANSFER = "transfer"
    DEPARTMENT = "department"
    FORM = "form"
    RETURN_VISIT = "return_visit"
    ARCHIVE = "archive"
    LEAK = "leak"
    """tell the central bank of a data leak, by law"""
    LEAK_TARGET = "leak_target"


class TermState(StrEnum):
    """How a term stands. An open one may be overdue; that depends on the time."""

    OPEN = "open"
    MET = "met"
    LATE = "late"
    """done, but after its end"""
    DROPPED = "dropped"
    """not wanted any more: extended, begun anew, withdrawn"""


BY_LAW = frozenset({TermKind.LEGAL, TermKind.LEAK})
PAUSED_KINDS = frozenset({TermKind.LEGAL, TermKind.REVIEW, TermKind.TARGET, TermKind.DEPARTMENT})
"""Terms that stand still while a matter is with an outside appraiser."""


@dataclass(frozen=True)
class Happening:
    """An event of a ticket."""

    at: datetime
    event: str
    to_status: str | None = None
    from_status: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """What a ticket is, as far as its terms depend on it. ``department_days``: the limit of its own department."""

    kind: Kind
    channel: str
    priority: str
    received_at: datetime
    level: int | None = None
    body: str = ""
    department_days: int | None = None


@dataclass(frozen=True)
class Book:
    """What terms are worked out with. ``rules_at``: the numbers that were in force at a time."""

    zone: ZoneInfo
    calendar: DayCalendar
    rules_at: Callable[[datetime], Rules]


@dataclass(frozen=True)
class Term:
    """One term. ``cycle`` grows when a clock begins anew, ``step`` with each extension (or assignment)."""

    kind: TermKind
    cycle: int
    step: int
    started_at: datetime
    due_at: datetime
    certain: bool = True
    state: TermState = TermState.OPEN
    ended_at: datetime | None = None
    paused_since: datetime | None = None

    @property
    def key(self) -> tuple[str, int, int]:
        """What it is found by."""
        return self.kind, self.cycle, self.step

    def overdue(self, now: datetime) -> bool:
        """Whether it should be done by now and is not. A term that stands still is not overdue by standing."""
        return self.state is TermState.OPEN and (self.paused_since or now) > self.due_at


@dataclass(frozen=True)
class Clock:
    """All terms of a ticket, and how it stands. ``asked``: the extension that is being asked for (30, 60)."""

    terms: tuple[Term, ...]
    step: int
    cycle: int
    paused_since: datetime | None
    asked: int | None
    approved: bool
    told: bool
    fixed: bool = False
    """a regulator's letter says until when"""
    body: str = ""
    """by whose rule the legal term runs: nobody's above us, or that of who forwarded it while it was new"""
    pauses: tuple[Pause, ...] = ()
    """of the clock that runs"""

    def current(self, kind: TermKind) -> Term | None:
        """The newest term of a kind that counts, done or not."""
        found = [term for term in self.terms if term.kind is kind and term.state is not TermState.DROPPED]
        return found[-1] if found else None
