"""What is wrong with a roster: for the people (rest, hours, leave) and for the callers (gaps), each named (pure).

The limits are the house's own numbers, settable; none is shown as law.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from crm.domain.shifts import Span

_WEEK = timedelta(days=7)


class Trouble(StrEnum):
    """What is wrong for a person."""

    OVERLAP = "overlap"
    """two shifts at the same time"""
    ON_LEAVE = "on_leave"
    """a shift while leave is granted"""
    SHORT_REST = "short_rest"
    """hours between two shifts, fewer than the least"""
    LONG_WEEK = "long_week"
    """hours in a week from Monday on, more than the most"""
    DAYS_IN_A_ROW = "days_in_a_row"
    NIGHTS_IN_A_ROW = "nights_in_a_row"


BLOCKING = frozenset({Trouble.OVERLAP, Trouble.ON_LEAVE})
"""What no roster may be published with. The rest may be, with a reason that is written down."""


@dataclass(frozen=True)
class Limits:
    """The house's numbers of work and rest."""

    rest_hours: int = 11
    week_hours: int = 44
    days_in_a_row: int = 6
    nights_in_a_row: int = 4


@dataclass(frozen=True)
class Duty:
    """A shift of a person, as the checks see it. ``day``: of its beginning, on the centre's calendar."""

    user_id: int
    day: date
    span: Span
    night: bool = False
    shift_id: int = 0


@dataclass(frozen=True)
class Finding:
    """One trouble. ``value`` against ``limit``: hours or days; both 0 where there is nothing to count."""

    trouble: Trouble
    user_id: int
    day: date
    value: float = 0
    limit: float = 0


def findings(duties: Iterable[Duty], leaves: Iterable[tuple[int, Span]], limits: Limits) -> tuple[Finding, ...]:
    """Everything that is wrong for the people, by person and day."""
    by_user: dict[int, list[Duty]] = defaultdict(list)
    away: dict[int, list[Span]] = defaultdict(list)
    for duty in duties:
        by_user[duty.user_id].append(duty)
    for user_id, span in leaves:
        away[user_id].append(span)
    found = [
        one
        for user_id, his in by_user.items()
        for one in _of_person(sorted(his, key=lambda duty: duty.span), away[user_id], limits)
    ]
    return tuple(sorted(found, key=lambda one: (one.day, one.user_id, one.trouble)))


def _of_person(duties: Sequence[Duty], away: Sequence[Span], limits: Limits) -> Iterator[Finding]:
    for duty in duties:
        if any(duty.span.meets(span) for span in away):
            yield Finding(Trouble.ON_LEAVE, duty.user_id, duty.day)
    yield from _between(duties, limits)
    yield from _weeks(duties, limits)
    yield from _in_a_row(duties, limits)


def _between(duties: Sequence[Duty], limits: Limits) -> Iterator[Finding]:
    latest: datetime | None = None
    for duty in duties:
        if latest is not None and duty.span.begin < latest:
            yield Finding(Trouble.OVERLAP, duty.user_id, duty.day)
        elif latest is not None:
            rest = (duty.span.begin - latest) / timedelta(hours=1)
            if rest < limits.rest_hours:
                yield Finding(Trouble.SHORT_REST, duty.user_id, duty.day, round(rest, 2), limits.rest_hours)
        latest = max(latest, duty.span.end) if latest is not None else duty.span.end


def _weeks(duties: Sequence[Duty], limits: Limits) -> Iterator[Finding]:
    hours: dict[date, float] = defaultdict(float)
    for duty in duties:
        hours[duty.day - timedelta(days=duty.day.weekday())] += duty.span.length / timedelta(hours=1)
    for monday, sum_of in hours.items():
        if sum_of > limits.week_hours:
            yield Finding(Trouble.LONG_WEEK, duties[0].user_id, monday, round(sum_of, 2), limits.week_hours)


def _in_a_row(duties: Sequence[Duty], limits: Limits) -> Iterator[Finding]:
    """Told once for each row, on the day by which it grows too long."""
    days = sorted({duty.day for duty in duties})
    nights = sorted({duty.day for duty in duties if duty.night})
    for trouble, which, most in (
        (Trouble.DAYS_IN_A_ROW, days, limits.days_in_a_row),
        (Trouble.NIGHTS_IN_A_ROW, nights, limits.nights_in_a_row),
    ):
        for row in _rows(which):
            if len(row) > most:
                yield Finding(trouble, duties[0].user_id, row[most], len(row), most)


def _rows(days: Sequence[date]) -> Iterator[list[date]]:
    row = list(days[:1])
    for before, day in pairwise(days):
        if (day - before).days == 1:
            row.append(day)
        else:
            yield row
            row = [day]
    if row:
        yield row


@dataclass(frozen=True)
class Demand:
    """So many people are needed in a span. ``who``: those who can do it; None: everybody. ``key``: what for."""

    key: str
    span: Span
    least: int
    who: frozenset[int] | None = None


@dataclass(frozen=True)
class Gap:
    """A stretch in which too few are there. ``keys``: everything that lacks the same people at the same time."""

    span: Span
    have: int
    least: int
    keys: tuple[str, ...]

    @property
    def nobody(self) -> bool:
        """Whether nobody at all is there."""
        return self.have == 0


def gaps(demands: Iterable[Demand], working: Iterable[tuple[int, Span]]) -> tuple[Gap, ...]:
    """Every gap, as long as it is the same, the earliest first. Somebody who works twice at a time counts once."""
    stretches = list(working)
    stairs: dict[frozenset[int] | None, list[tuple[datetime, int]]] = {}
    found: dict[tuple[str, int, int], list[Span]] = defaultdict(list)
    for demand in sorted(demands, key=lambda one: (one.key, one.span)):
        steps = stairs.get(demand.who)
        if steps is None:
            steps = stairs[demand.who] = _stairs(stretches, demand.who)
        for span, have in _levels(steps, demand.span):
            if have < demand.least:
                _join(found[demand.key, have, demand.least], span)
    together: dict[tuple[Span, int, int], list[str]] = defaultdict(list)
    for (key, have, least), spans in found.items():
        for span in spans:
            together[span, have, least].append(key)
    named = (Gap(span, have, least, tuple(sorted(keys))) for (span, have, least), keys in together.items())
    return tuple(sorted(named, key=lambda gap: (gap.span, gap.keys)))


def _join(spans: list[Span], span: Span) -> None:
    """Add a span to those before it; one that goes on where the last ended makes it longer."""
    if spans and spans[-1].end >= span.begin:
        spans[-1] = Span(spans[-1].begin, max(spans[-1].end, span.end))
    else:
        spans.append(span)


def _stairs(stretches: Iterable[tuple[int, Span]], who: frozenset[int] | None) -> list[tuple[datetime, int]]:
    """How many different people work from each instant on."""
    changes: list[tuple[datetime, int, int]] = []
    for user_id, span in stretches:
        if who is None or user_id in who:
            changes += [(span.begin, 1, user_id), (span.end, -1, user_id)]
    times: dict[int, int] = defaultdict(int)
    steps: list[tuple[datetime, int]] = []
    there = 0
    for at, change, user_id in sorted(changes):
        before = times[user_id] > 0
        times[user_id] += change
        there += (times[user_id] > 0) - before
        if steps and steps[-1][0] == at:
            steps[-1] = (at, there)
        else:
            steps.append((at, there))
    return steps


def _levels(steps: Sequence[tuple[datetime, int]], span: Span) -> Iterator[tuple[Span, int]]:
    """The span in pieces, each with how many are there."""
    place, have = span.begin, 0
    for at, there in steps:
        if at >= span.end:
            break
        if at > place:
            yield Span(place, at), have
            place = at
        have = there
    yield Span(place, span.end), have


def fewest(working: Iterable[tuple[int, Span]], span: Span) -> int:
    """The least number of different people who work at the same time in a span."""
    near = [(user_id, one) for user_id, one in working if one.meets(span)]
    return min(have for _, have in _levels(_stairs(near, None), span))
