"""Kinds of shifts, their breaks, and patterns that come again: from a code and a day to instants (pure).

Times of a shift are those of the centre's clock: a night over the change of the clocks is as long as the night is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

DAY_MINUTES = 1440
MOST_PATTERN_DAYS = 56
_MINUTE = timedelta(minutes=1)
_MOST_MOVE = 60
_EDGE = 30
"""Minutes: breaks are staggered by no more, and stay so far from the beginning and the end of a shift."""


class Activity(StrEnum):
    """What is planned for a stretch of a shift."""

    WORK = "work"
    """on the phone, or ready for it"""
    REST = "rest"
    MEAL = "meal"
    TRAINING = "training"
    MEETING = "meeting"
    BACK_OFFICE = "back_office"


BREAKS = (Activity.REST, Activity.MEAL)


@dataclass(frozen=True, order=True)
class Span:
    """From an instant until before another."""

    begin: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.begin >= self.end:
            raise ValueError("a span ends after it begins")

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.begin

    def meets(self, other: Span) -> bool:
        """Whether they share a moment."""
        return self.begin < other.end and other.begin < self.end

    def within(self, other: Span) -> Span | None:
        """The part that lies in the other, if any does."""
        begin, end = max(self.begin, other.begin), min(self.end, other.end)
        return Span(begin, end) if begin < end else None


@dataclass(frozen=True)
class Part:
    """A stretch of a shift that is not work on the phone."""

    activity: Activity
    span: Span


@dataclass(frozen=True)
class Break:
    """A break of a kind of shift: so many minutes after its beginning, so many minutes long."""

    kind: Activity
    after: int
    minutes: int


@dataclass(frozen=True)
class Kind:
    """A kind of shift. ``begins``: minute of the day; ``minutes``: its length, breaks included."""

    code: str
    begins: int
    minutes: int
    breaks: tuple[Break, ...] = ()

    @property
    def is_night(self) -> bool:
        """Whether it runs through the deep of the night (01:00 to 04:00 lies in it, wholly or partly)."""
        end = self.begins + self.minutes
        return any(self.begins < hour + 240 and hour + 60 < end for hour in (0, DAY_MINUTES))


class KindFault(StrEnum):
    """What is wrong with a kind of shift."""

    BEGINS = "begins"
    LENGTH = "length"
    BREAK_KIND = "break_kind"
    BREAK_OUTSIDE = "break_outside"
    BREAKS_OVERLAP = "breaks_overlap"
    NO_MEAL = "no_meal"
    TOO_LONG_WITHOUT = "too_long_without"


@dataclass(frozen=True)
class BreakRules:
    """The house's rules of breaks, in minutes."""

    longest_without: int = 240
    """work without any break, at most"""
    meal_from: int = 360
    """a shift from this length on has a meal"""
    meal_least: int = 30
    longest_shift: int = 720


def kind_faults(kind: Kind, rules: BreakRules) -> tuple[KindFault, ...]:
    """Everything that is wrong with it, in the order of the enumeration."""
    found = set()
    if not 0 <= kind.begins < DAY_MINUTES:
        found.add(KindFault.BEGINS)
    if not 30 <= kind.minutes <= rules.longest_shift:
        found.add(KindFault.LENGTH)
    breaks = sorted(kind.breaks, key=lambda one: one.after)
    if any(one.kind not in BREAKS or one.minutes < 1 for one in breaks):
        found.add(KindFault.BREAK_KIND)
    if any(one.after < 1 or one.after + one.minutes >= kind.minutes for one in breaks):
        found.add(KindFault.BREAK_OUTSIDE)
    place, longest = 0, 0
    for one in breaks:
        if one.after < place:
            found.add(KindFault.BREAKS_OVERLAP)
        longest = max(longest, one.after - place)
        place = one.after + one.minutes
    if max(longest, kind.minutes - place) > rules.longest_without:
        found.add(KindFault.TOO_LONG_WITHOUT)
    meals = [one for one in breaks if one.kind is Activity.MEAL and one.minutes >= rules.meal_least]
    if kind.minutes >= rules.meal_from and not meals:
        found.add(KindFault.NO_MEAL)
    return tuple(fault for fault in KindFault if fault in found)


def instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The instant of a minute that is counted from the beginning of a day, on the clock of a zone."""
    days, rest = divmod(minute, DAY_MINUTES)
    local = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), tzinfo=zone)
    return local.astimezone(UTC)


def span_of(kind: Kind, day: date, zone: ZoneInfo) -> Span:
    """When a shift of this kind is that begins on a day."""
    return Span(instant(day, kind.begins, zone), instant(day, kind.begins + kind.minutes, zone))


def parts_of(kind: Kind, span: Span, place: int = 0) -> tuple[Part, ...]:
    """The breaks of a shift. ``place``: the how-manieth he is of those who have the same; breaks are staggered by it.

    The first keeps the breaks of the kind, the next has them later by the longest break, the next earlier, and so on,
    as long as they stay apart and inside; who is beyond that begins with the first place again.
    """
    breaks = sorted(kind.breaks, key=lambda one: one.after)
    if not breaks:
        return ()
    moves = _moves(breaks, kind.minutes)
    move = moves[place % len(moves)]
    return tuple(
        Part(one.kind, Span(begin, begin + one.minutes * _MINUTE))
        for one in breaks
        for begin in (span.begin + (one.after + move) * _MINUTE,)
    )


def _moves(breaks: Sequence[Break], minutes: int) -> list[int]:
    """Minutes by which all breaks together may move, and stay away from the edges of the shift."""
    step = max(one.minutes for one in breaks)
    first, last = breaks[0].after, minutes - breaks[-1].after - breaks[-1].minutes
    wanted = [move for k in range(1, _MOST_MOVE // step + 1) for move in (k * step, -k * step)]
    return [0, *(move for move in wanted if first + move >= _EDGE and last - move >= _EDGE)]


def code_at(days: Sequence[str], begin: date, offset: int, day: date) -> str:
    """What a pattern has for a day when its day ``offset`` falls on ``begin``; empty: rest."""
    return days[((day - begin).days + offset) % len(days)]


def unrolled(days: Sequence[str], first: date, last: date, offset: int) -> Iterator[tuple[date, str]]:
    """The days of a pattern from the first to the last that have a shift."""
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        code = code_at(days, first, offset, day)
        if code:
            yield day, code


def work_of(span: Span, parts: Sequence[Part]) -> tuple[Span, ...]:
    """The stretches of a shift that are work on the phone."""
    found, place = [], span.begin
    for part in sorted(parts, key=lambda one: one.span.begin):
        if part.span.begin > place:
            found.append(Span(place, min(part.span.begin, span.end)))
        place = max(place, part.span.end)
    if place < span.end:
        found.append(Span(place, span.end))
    return tuple(found)


def without(span: Span, gone: Sequence[Span]) -> tuple[Span, ...]:
    """What is left of a span when others are taken out of it."""
    return work_of(span, [Part(Activity.REST, cut) for one in gone if (cut := one.within(span)) is not None])
