"""When a count is too high to be chance (pure).

What is expected of a day is the mean of the same weekdays before it. Days of complaints scatter more than chance
alone would have them, so the scatter that was seen widens what is still believed; the tail is that of a negative
binomial, which is a Poisson's where nothing was scattered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lgamma, log

from crm.domain.rules import Rules

WEEKS = 8
"""Same weekdays that the expectation is made from."""
LEAST_WEEKS = 3
"""With fewer nothing is expected, and nothing is alarming."""
_QUIETEST = 0.25
"""A day on which nothing ever happened is still expected to see a little: one complaint is no spike."""
_MOST_TERMS = 100_000


@dataclass(frozen=True)
class Spike:
    """A count that chance would hardly make. ``chance``: of a count as high or higher."""

    observed: int
    expected: float
    chance: float


def expectation(before: Sequence[int]) -> tuple[float, float]:
    """Mean and variance of what a day may bring, from the same weekdays before it."""
    mean = max(sum(before) / len(before), _QUIETEST)
    spread = sum((count - mean) ** 2 for count in before) / max(len(before) - 1, 1)
    return mean, max(spread, mean)


def tail(observed: int, mean: float, variance: float) -> float:
    """The chance of a count of ``observed`` or more."""
    if observed <= 0:
        return 1.0
    below, step = 0.0, 0
    while step < min(observed, _MOST_TERMS):
        below += exp(_log_chance(step, mean, variance))
        step += 1
    return max(0.0, 1.0 - below)


def _log_chance(count: int, mean: float, variance: float) -> float:
    if variance <= mean * 1.000_001:
        return count * log(mean) - mean - lgamma(count + 1)
    size = mean * mean / (variance - mean)
    share = size / (size + mean)
    return lgamma(count + size) - lgamma(size) - lgamma(count + 1) + size * log(share) + count * log(1 - share)


def spike(observed: int, before: Sequence[int], rules: Rules) -> Spike | None:
    """Whether a day's count is a spike. ``before``: counts of the same weekday, the latest first."""
    if observed < rules.spike_least or len(before) < LEAST_WEEKS:
        return None
    mean, variance = expectation(before[:WEEKS])
    chance = tail(observed, mean, variance)
    return Spike(observed, mean, chance) if observed > mean and chance < 1 / rules.spike_odds else None
