"""Figures of complaints made from counts: shares, Pareto, trends, a forecast, the effect of a change (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import erfc, sqrt


@dataclass(frozen=True)
class Bar:
    """One of several things that were counted. ``share`` and ``running``: of all, from 0 to 1."""

    key: str
    count: int
    share: float
    running: float
    before: int | None = None
    """the same in the period before"""

    @property
    def change(self) -> float | None:
        """How much more than before, as a part of it; None where nothing can be said."""
        return None if not self.before else (self.count - self.before) / self.before


def bars(counts: Mapping[str, int], before: Mapping[str, int] | None = None) -> tuple[Bar, ...]:
    """The most frequent first; ties by key. What was there before and is not now stands last, with nothing."""
    known = {key: counts.get(key, 0) for key in {*counts, *(before or {})}}
    total, running, found = sum(known.values()), 0, []
    for key, count in sorted(known.items(), key=lambda one: (-one[1], one[0])):
        running += count
        share = count / total if total else 0.0
        found.append(
            Bar(
                key,
                count,
                share,
                running / total if total else 0.0,
                (before or {}).get(key, 0) if before is not None else None,
            )
        )
    return tuple(found)


VITAL = 0.8


def vital_few(ranked: Sequence[Bar]) -> tuple[Bar, ...]:
    """The causes that together make four fifths: what to mend first (Pareto)."""
    found: list[Bar] = []
    for bar in ranked:
        if bar.count == 0 or (found and found[-1].running >= VITAL):
            break
        found.append(bar)
    return tuple(found)


def ratio(part: int, whole: int) -> float | None:
    """A share; None, shown as a dash, where there is nothing to share."""
    return part / whole if whole else None


class Grain(StrEnum):
    """How wide the steps of a line are."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def grain_for(first: date, last: date) -> Grain:
    """Steps that give a line of some ten to sixty points."""
    days = (last - first).days + 1
    if days <= 62:
        return Grain.DAY
    return Grain.WEEK if days <= 370 else Grain.MONTH


def step_of(day: date, grain: Grain) -> date:
    """The first day of the step that a day belongs to; weeks begin on Monday."""
    if grain is Grain.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if grain is Grain.MONTH else day


def steps(first: date, last: date, grain: Grain) -> tuple[date, ...]:
    """Every step from the first day to the last, those without anything too."""
    found, at = [], step_of(first, grain)
    while at <= last:
        found.append(at)
        if grain is Grain.DAY:
            at += timedelta(days=1)
        elif grain is Grain.WEEK:
            at += timedelta(days=7)
        else:
            at = (at + timedelta(days=32)).replace(day=1)
    return tuple(found)


def line(counts: Mapping[date, int], first: date, last: date, grain: Grain) -> tuple[tuple[date, int], ...]:
    """A line of counts over time."""
    sums = dict.fromkeys(steps(first, last, grain), 0)
    for day, count in counts.items():
        if first <= day <= last:
            sums[step_of(day, grain)] += count
    return tuple(sums.items())


@dataclass(frozen=True)
class Forecast:
    """What a coming week is expected to bring, and between which numbers nine weeks of ten should end."""

    week: date
    expected: float
    low: float
    high: float


@dataclass(frozen=True)
class Outlook:
    """A forecast, and how far the same way of forecasting was off in the weeks that are over."""

    weeks: tuple[Forecast, ...]
    error: float | None
    """mean absolute error of one week ahead, as a part of the mean; None: too little history"""


LEAST_HISTORY = 8
_NINE_OF_TEN = 1.645
_LEVEL, _TREND, _DAMPING = 0.4, 0.1, 0.8


def outlook(history: Sequence[int], first_week: date, ahead: int = 4) -> Outlook:
    """The weeks to come, by a level and a damped trend that follow the past weeks (oldest first)."""
    if len(history) < LEAST_HISTORY:
        return Outlook((), None)
    level, trend = float(history[0]), 0.0
    misses: list[float] = []
    for count in history[1:]:
        expected = max(0.0, level + _DAMPING * trend)
        misses.append(count - expected)
        before, level = level, _LEVEL * count + (1 - _LEVEL) * expected
        trend = _TREND * (level - before) + (1 - _TREND) * _DAMPING * trend
    judged = misses[LEAST_HISTORY // 2 :]
    spread = sqrt(sum(miss * miss for miss in judged) / len(judged))
    mean = sum(history) / len(history)
    return Outlook(
        tuple(_week(level, trend, spread, step, first_week) for step in range(1, ahead + 1)),
        sum(abs(miss) for miss in judged) / len(judged) / mean if mean else None,
    )


def _week(level: float, trend: float, spread: float, step: int, first_week: date) -> Forecast:
    expected = max(0.0, level + trend * sum(_DAMPING**power for power in range(1, step + 1)))
    wide = _NINE_OF_TEN * spread * sqrt(1 + (step - 1) * _LEVEL**2)
    week = first_week + timedelta(days=7 * (step - 1))
    return Forecast(week, expected, max(0.0, expected - wide), expected + wide)


class Verdict(StrEnum):
    """What an effect check found."""

    EFFECTIVE = "effective"
    UNCLEAR = "unclear"
    INEFFECTIVE = "ineffective"


@dataclass(frozen=True)
class Effect:
    """Complaints of a kind in as many weeks before a change and after it."""

    before: int
    after: int
    verdict: Verdict
    chance: float
    """of so few (or fewer) after it, had nothing changed"""


_BELIEVED = 0.05


def effect(before: int, after: int) -> Effect:
    """Whether a change helped, by the counts alone: fewer, and so few that chance is no likely reason.

    Had nothing changed, each complaint would lie before or after it like the sides of a coin.
    """
    whole = before + after
    chance = _coin_tail(after, whole)
    if after >= before:
        return Effect(before, after, Verdict.INEFFECTIVE if before else Verdict.UNCLEAR, chance)
    return Effect(before, after, Verdict.EFFECTIVE if chance < _BELIEVED else Verdict.UNCLEAR, chance)


def _coin_tail(most: int, tosses: int) -> float:
    """The chance of at most so many heads."""
    if tosses > 2_000:
        away = (most + 0.5 - tosses / 2) / sqrt(tosses / 4)
        return 0.5 * erfc(-away / sqrt(2))
    ways, total = 1, 0
    for heads in range(tosses + 1):
        if heads > most:
            break
        total += ways
        ways = ways * (tosses - heads) // (heads + 1)
    return float(total / 2**tosses)
