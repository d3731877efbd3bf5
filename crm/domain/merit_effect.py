"""Whether rewards and penalties work: people's figures before and after, beside those of people without any (pure).

Reference: domain KP-09. For each entry the months before it are held against the months after it; the month itself
counts in neither. The same months of people without any entry say what would have happened anyway: their mean change is
taken off. With few entries nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from math import comb

from crm.domain.merits import add_months

WINDOW = 3
"""Months before and after."""
LEAST = 6
"""Fewer changes than these say nothing."""
CHANCE = Fraction(1, 10)
_DAY = timedelta(days=1)

BETTER: dict[str, int] = {
    "quality_score": 1, "fatal_free": 1, "csat": 1, "handled_per_hour": 1, "valid_complaint_rate": -1,
    "adherence": 1,
}  # fmt: skip
"""Figure → 1 where more is better, -1 where less is."""


class Finding(StrEnum):
    """What can be said."""

    HELPED = "helped"
    UNCLEAR = "unclear"
    DID_NOT = "did_not"
    TOO_FEW = "too_few"


@dataclass(frozen=True)
class Window:
    """The days before and after an entry."""

    before: tuple[date, date]
    after: tuple[date, date]


def window(day: date, months: int = WINDOW) -> Window:
    """Whole months on both sides of an entry's month."""
    first = day.replace(day=1)
    next_one = add_months(first, 1)
    return Window(
        (add_months(first, -months), first - _DAY),
        (next_one, add_months(next_one, months) - _DAY),
    )


@dataclass(frozen=True)
class Effect:
    """The changes of one figure. ``change`` is the mean of people with an entry, ``others`` that of those without."""

    figure: str
    number: int
    change: Fraction | None
    others: Fraction | None
    better: int
    worse: int
    chance: Fraction | None
    """how likely so many better ones are if better and worse were equally likely"""
    finding: Finding

    @property
    def difference(self) -> Fraction | None:
        """The change beyond that of the others."""
        return None if self.change is None else self.change - (self.others or 0)


def effect(figure: str, changes: Sequence[tuple[Fraction, Fraction | None]]) -> Effect:
    """``changes``: of each entry, his change and the mean change of the others in the same months (None: none)."""
    if not changes:
        return Effect(figure, 0, None, None, 0, 0, None, Finding.TOO_FEW)
    number = len(changes)
    change = sum((one for one, _ in changes), Fraction(0)) / number
    known = [other for _, other in changes if other is not None]
    others = sum(known, Fraction(0)) / len(known) if known else None
    beyond = [(one - (other or 0)) * BETTER[figure] for one, other in changes]
    better, worse = sum(one > 0 for one in beyond), sum(one < 0 for one in beyond)
    chance = at_least(better, better + worse)
    return Effect(figure, number, change, others, better, worse, chance, _finding(number, better, worse, chance))


def at_least(better: int, number: int) -> Fraction:
    """The chance of so many heads or more in so many throws of a fair coin, exactly."""
    return Fraction(sum(comb(number, heads) for heads in range(better, number + 1)), 2**number)


def _finding(number: int, better: int, worse: int, chance: Fraction) -> Finding:
    if number < LEAST or better + worse < LEAST:
        return Finding.TOO_FEW
    if chance <= CHANCE:
        return Finding.HELPED
    return Finding.DID_NOT if better <= worse else Finding.UNCLEAR
