"""How many calls an hour will bring, from the weeks before: a weighted mean of like hours (pure).

**Method.** The calls of an hour of a day are expected to be the mean of the same hour of the like days of the last
weeks (eight unless said otherwise), each week weighing ``FADE`` times the week after it. Like days are: for a Monday
to Friday, the same weekday where it was a working day; for a Saturday or Sunday, the same weekday where nobody worked;
for a public holiday, the holidays of that time, or its Sundays; for a working day that makes up for a holiday, all
working days. A day with no call at all is a day on which nothing was counted, and is left out. The range is from the
lowest to the highest of the hours that were used. How far such forecasts were off is measured on the days that have
passed: each is forecast from the weeks before it alone, and held against what came (``wape``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from crm.domain.working_days import DayKind, weekday_kind

HOURS = 24
WEEKS = 8
FADE = 0.8
_SUNDAY = 6
_RESTING = frozenset({DayKind.WEEKEND, DayKind.HOLIDAY})

Counts = Mapping[tuple[date, int], int]
"""Day and hour (0 to 23, on the centre's clock) → calls."""
KindOf = Callable[[date], DayKind]


@dataclass(frozen=True)
class HourForecast:
    """An hour to come. ``calls`` None: no like day is known."""

    day: date
    hour: int
    calls: float | None
    low: int
    high: int
    used: int
    """how many days it is a mean of"""


@dataclass(frozen=True)
class Error:
    """How far off forecasts were. ``wape``: sum of the differences over the sum of what came; None: nothing came."""

    wape: float | None
    bias: float | None
    """forecast less what came, over what came"""
    days: int


def like_days(day: date, known: Sequence[date], calendar: KindOf, weeks: int = WEEKS) -> tuple[date, ...]:
    """The days before that a day is expected to be like, the newest first."""
    first = day - timedelta(weeks=weeks)

    def kind_of(one: date) -> DayKind:
        known_as = calendar(one)
        return weekday_kind(one) if known_as is DayKind.UNKNOWN else known_as

    past = sorted((one for one in known if first <= one < day), reverse=True)
    kind = kind_of(day)
    if kind is DayKind.HOLIDAY:
        holidays = tuple(one for one in past if kind_of(one) is DayKind.HOLIDAY)
        return holidays or tuple(one for one in past if one.weekday() == _SUNDAY)
    if kind is DayKind.MAKEUP:
        return tuple(one for one in past if kind_of(one) not in _RESTING)
    rests = kind is DayKind.WEEKEND
    return tuple(
        one
        for one in past
        if one.weekday() == day.weekday()
        and kind_of(one) is not DayKind.HOLIDAY
        and (kind_of(one) in _RESTING) is rests
    )


def forecast_day(day: date, counts: Counts, kind_of: KindOf, weeks: int = WEEKS) -> tuple[HourForecast, ...]:
    """The 24 hours of a day."""
    known = sorted({one for (one, _hour), calls in counts.items() if calls > 0})
    days = like_days(day, known, kind_of, weeks)
    weights = [FADE ** (((day - one).days - 1) // 7) for one in days]
    return tuple(_hour(day, hour, counts, days, weights) for hour in range(HOURS))


def _hour(day: date, hour: int, counts: Counts, days: Sequence[date], weights: Sequence[float]) -> HourForecast:
    if not days:
        return HourForecast(day, hour, None, 0, 0, 0)
    values = [counts.get((one, hour), 0) for one in days]
    mean = sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)
    return HourForecast(day, hour, mean, min(values), max(values), len(values))


def past_error(days: Sequence[date], counts: Counts, kind_of: KindOf, weeks: int = WEEKS) -> Error:
    """How far forecasts of these past days would have been off."""
    off = came = expected = 0.0
    reckoned = 0
    for day in days:
        hours = forecast_day(day, {key: n for key, n in counts.items() if key[0] < day}, kind_of, weeks)
        if hours[0].calls is None or not any(counts.get((day, hour)) for hour in range(HOURS)):
            continue
        reckoned += 1
        for one in hours:
            real, guess = counts.get((day, one.hour), 0), one.calls or 0.0
            off, came, expected = off + abs(guess - real), came + real, expected + guess
    if not came:
        return Error(None, None, reckoned)
    return Error(off / came, (expected - came) / came, reckoned)
