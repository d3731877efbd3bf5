"""Coaching: from a deduction to a talk, a course and a retest; and whether the item got better afterwards (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from math import erfc, gcd, lcm, sqrt

MAX_TEXT = 4_000


class Way(StrEnum):
    """How somebody is helped."""

    TALK = "talk"
    """the two of them, with the recording"""
    LISTEN = "listen"
    """he listens to good calls of others"""
    COURSE = "course"
    DRILL = "drill"


class Retest(StrEnum):
    """How it is seen whether he can do it now."""

    CALL = "call"
    """a call of his that is scored afterwards"""
    EXAM = "exam"
    NONE = "none"


class State(StrEnum):
    """How far a coaching is."""

    PLANNED = "planned"
    HELD = "held"
    """done; the retest is to come"""
    PASSED = "passed"
    FAILED = "failed"
    """he cannot do it yet: there is another coaching, or a reason why none"""
    CANCELLED = "cancelled"


OPEN = frozenset({State.PLANNED, State.HELD})
MOVES: Mapping[str, tuple[frozenset[State], State]] = {
    "hold": (frozenset({State.PLANNED}), State.HELD),
    "pass": (frozenset({State.HELD}), State.PASSED),
    "fail": (frozenset({State.HELD}), State.FAILED),
    "cancel": (OPEN, State.CANCELLED),
}


class Refused(StrEnum):
    """Why a step is not taken."""

    UNKNOWN = "unknown"
    STATE = "state"
    TEXT = "text"
    """say what was done, agreed or found"""
    LONG = "long"
    SELF = "self"
    """nobody coaches himself"""
    RETEST = "retest"
    """the retest that was agreed has not been taken"""


def refused(move: str, state: State, *, text: str, by_agent: bool, retest: Retest, tested: bool) -> Refused | None:
    """Why a coaching cannot make this move; None when it can."""
    wanted = MOVES.get(move)
    if wanted is None:
        return Refused.UNKNOWN
    if by_agent:
        return Refused.SELF
    if state not in wanted[0]:
        return Refused.STATE
    if not 1 <= len(text.strip()) <= MAX_TEXT:
        return Refused.LONG if text.strip() else Refused.TEXT
    if move in {"pass", "fail"} and retest is not Retest.NONE and not tested:
        return Refused.RETEST
    return None


def windows(planned_on: date, held_on: date, weeks: int) -> tuple[tuple[date, date], tuple[date, date]]:
    """The weeks before it was planned and as many after it was held; what lies between is in neither."""
    span, day = timedelta(weeks=weeks), timedelta(days=1)
    return (planned_on - span, planned_on - day), (held_on + day, held_on + span)


class Verdict(StrEnum):
    """Whether it helped."""

    BETTER = "better"
    UNCLEAR = "unclear"
    """better, but chance alone would often do that"""
    NO_BETTER = "no_better"
    TOO_FEW = "too_few"


LEAST = 3
"""Evaluations on each side before anything is said."""
_BELIEVED = 0.05
_COUNTED = 60
"""More values than this are not counted out one by one."""


@dataclass(frozen=True)
class Effect:
    """An item in evaluations before and after: the mean share of its points that was given, and how many there are."""

    before: Fraction | None
    after: Fraction | None
    n_before: int
    n_after: int
    chance: float | None
    """that so good a side falls out by chance, had the coaching changed nothing"""
    verdict: Verdict


def effect(before: Sequence[Fraction], after: Sequence[Fraction]) -> Effect:
    """Compare the shares of an item's points that were given before and after."""
    means = [sum(side, Fraction()) / len(side) if side else None for side in (before, after)]
    early, late = means
    if early is None or late is None or min(len(before), len(after)) < LEAST:
        return Effect(early, late, len(before), len(after), None, Verdict.TOO_FEW)
    chance = by_chance(before, after)
    verdict = Verdict.BETTER if chance < _BELIEVED else Verdict.UNCLEAR
    return Effect(
        early, late, len(before), len(after), chance, verdict if late > early else Verdict.NO_BETTER
    )  # fmt: skip


def by_chance(before: Sequence[Fraction], after: Sequence[Fraction]) -> float:
    """The exact permutation test: of all ways to call so many of the values "after", how many are at least as good.

    With many values, the normal distribution of the same mean and spread.
    """
    values = [*before, *after]
    scale = lcm(*(value.denominator for value in values))
    whole = [int(value * scale) for value in values]
    unit = gcd(*whole) or 1
    numbers, size, target = [one // unit for one in whole], len(after), sum(whole[len(before) :]) // unit
    if len(numbers) > _COUNTED:
        return _normal(numbers, size, target)
    ways: list[dict[int, int]] = [{0: 1}, *({} for _ in range(size))]
    for number in numbers:
        for chosen in range(size, 0, -1):
            for total, count in ways[chosen - 1].items():
                ways[chosen][total + number] = ways[chosen].get(total + number, 0) + count
    good = sum(count for total, count in ways[size].items() if total >= target)
    return float(Fraction(good, sum(ways[size].values())))


def _normal(numbers: Sequence[int], size: int, target: int) -> float:
    count, total = len(numbers), sum(numbers)
    mean = size * total / count
    spread = sum((number - total / count) ** 2 for number in numbers) / (count - 1)
    deviation = sqrt(size * (count - size) / count * spread)
    return 0.5 * erfc((target - 0.5 - mean) / deviation / sqrt(2)) if deviation else 1.0
