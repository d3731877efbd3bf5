"""What is to be known of a number of the house: meaning, unit, limits, and where it comes from (pure).

A number with a ``law`` can be made stricter, never looser. Numbers marked U (not verified) or P (the house's own)
are settings and are never shown as law. Money is in fen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Unit(StrEnum):
    """What a number counts."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WORKING_DAYS = "working_days"
    MONTHS = "months"
    YEARS = "years"
    PERCENT = "percent"
    FEN = "fen"
    PEOPLE = "people"
    TIMES = "times"
    CALLS = "calls"
    POINTS = "points"
    SHARE = "share"
    HUNDREDTHS = "hundredths"
    WEEKS = "weeks"
    PRIORITY = "priority"


class Mark(StrEnum):
    """How well a number is known to stand in a rule. Only V1 and V2 may be shown as law."""

    V1 = "V1"
    V2 = "V2"
    U = "U"
    P = "P"


class Law(StrEnum):
    """On which side of a number its law lies."""

    AT_MOST = "at_most"
    AT_LEAST = "at_least"


class Group(StrEnum):
    """The part of the page where a number stands."""

    LEGAL = "legal"
    TARGETS = "targets"
    WARNINGS = "warnings"
    APPROVAL = "approval"
    PRIORITY = "priority"
    CUSTOMERS = "customers"
    EMERGENCY = "emergency"
    ANALYSIS = "analysis"
    QUALITY = "quality"
    SHIFTS = "shifts"
    RETENTION = "retention"


@dataclass(frozen=True)
class Spec:
    """What is to be known of one number. ``law`` None: the house decides within ``low`` and ``high``."""

    name: str
    default: int
    group: Group
    unit: Unit
    title_zh: str
    title_en: str
    low: int
    high: int
    mark: Mark
    law: Law | None
    source: str

    @property
    def limits(self) -> tuple[int, int]:
        """The least and the most that may be set."""
        if self.law is Law.AT_MOST:
            return self.low, min(self.high, self.default)
        if self.law is Law.AT_LEAST:
            return max(self.low, self.default), self.high
        return self.low, self.high


def law(
    value: int,
    group: Group,
    unit: Unit,
    zh: str,
    en: str,
    side: Law,
    source: str,
    *,
    mark: Mark = Mark.V2,
    high: int = 366,
) -> Any:
    """A number of the law; ``side`` says on which side of it the house may go, for a least number up to ``high``."""
    most = value if side is Law.AT_MOST else high
    return field(default=value, metadata={"spec": (group, unit, zh, en, 1, most, mark, side, source)})


def house(
    value: int, group: Group, unit: Unit, zh: str, en: str, *, low: int = 1, high: int = 366, mark: Mark = Mark.P
) -> Any:
    """A number of the house."""
    return field(default=value, metadata={"spec": (group, unit, zh, en, low, high, mark, None, "")})
