"""Days of the public calendar: holidays, make-up days, counting in calendar days and in working days (pure).

The calendar of a year is known when its notice was published. What falls into a year that nobody knows yet gives
the earlier day and says so: a term may end too early by that, never too late.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_SATURDAY = 5


class DayKind(StrEnum):
    """What a day is in the public calendar."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKEUP = "makeup"
    UNKNOWN = "unknown"


class DayCalendar(Protocol):
    """A public calendar."""

    def kind_of(self, day: date) -> DayKind:
        """What this day is."""


@dataclass(frozen=True)
class Due:
    """The end of a term. ``certain`` is false when the calendar did not know a year that decides about it."""

    at: datetime
    certain: bool = True


@dataclass(frozen=True)
class YearNotice:
    """The published calendar of a year: its holidays and its make-up days; every other day is as its weekday says."""

    year: int
    days: Mapping[date, tuple[DayKind, str]]

    def kind_of(self, day: date) -> DayKind:
        """What a day of this year is."""
        told = self.days.get(day)
        return told[0] if told else weekday_kind(day)


class NoticedCalendar:
    """A calendar with the notices that the house has entered; a year of theirs is theirs alone."""

    def __init__(self, base: DayCalendar, notices: Iterable[YearNotice]) -> None:
        self._base = base
        self._notices = {notice.year: notice for notice in notices}

    def kind_of(self, day: date) -> DayKind:
        """What this day is."""
        notice = self._notices.get(day.year)
        return notice.kind_of(day) if notice else self._base.kind_of(day)


def weekday_kind(day: date) -> DayKind:
    """What a day is when no notice says otherwise."""
    return DayKind.WEEKEND if day.weekday() >= _SATURDAY else DayKind.WORKDAY


def calendar_end(
    start: datetime, days: int, zone: ZoneInfo, calendar: DayCalendar, *, rolls: bool, left_out: int = 0
) -> Due:
    """The end of a term in calendar days, the day of its start not counted.

    ``rolls``: a last day that is a public holiday moves to the first day after it. ``left_out``: days that do not
    count, because the matter was with an outside appraiser.
    """
    last = start.astimezone(zone).date() + timedelta(days=days + left_out)
    if not rolls:
        return Due(end_of(last, zone))
    rolled = last
    while (kind := calendar.kind_of(rolled)) is DayKind.HOLIDAY:
        rolled += _DAY
    if kind is DayKind.UNKNOWN:
        return Due(end_of(last, zone), certain=False)
    return Due(end_of(rolled, zone))


def working_end(start: datetime, days: int, zone: ZoneInfo, calendar: DayCalendar) -> Due:
    """The end of a term in working days, the day of its start not counted. Make-up days are working days."""
    day, certain = start.astimezone(zone).date(), True
    while days > 0:
        day += _DAY
        kind = calendar.kind_of(day)
        if kind is DayKind.UNKNOWN:
            certain = False
            kind = weekday_kind(day)
        if kind in {DayKind.WORKDAY, DayKind.MAKEUP}:
            days -= 1
    return Due(end_of(day, zone), certain)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The last instant of a day. Where clocks are set at midnight, it is the last one that still has this date."""
    return datetime.combine(day, time.max, tzinfo=zone).replace(fold=1).astimezone(UTC)


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day."""
    return end_of(day - _DAY, zone) + timedelta(microseconds=1)


def whole_days(begin: datetime, end: datetime, zone: ZoneInfo) -> int:
    """Days that lie wholly between two instants. Pauses that are short do not add up to one."""
    first = begin.astimezone(zone).date()
    if start_of(first, zone) < begin:
        first += _DAY
    return max(0, (end.astimezone(zone).date() - first).days)


class NoticeError(ValueError):
    """A notice that cannot be read. ``line`` counts from one; ``fault`` is a word that pages explain."""

    def __init__(self, line: int, fault: str, text: str) -> None:
        super().__init__(f"line {line}: {fault}: {text}")
        self.line = line
        self.fault = fault
        self.text = text


_KINDS: Mapping[str, DayKind] = {
    "holiday": DayKind.HOLIDAY,
    "放假": DayKind.HOLIDAY,
    "休": DayKind.HOLIDAY,
    "makeup": DayKind.MAKEUP,
    "上班": DayKind.MAKEUP,
    "班": DayKind.MAKEUP,
}
_MOST = 120
_MAX_NAME = 40


def read_notice(year: int, text: str) -> YearNotice:
    """A notice from lines as ``2027-01-01,holiday,New Year`` (or 放假, 上班). Raises NoticeError for the first bad one.

    A year has holidays; one without any would make every term end too early, so it is refused.
    """
    days: dict[date, tuple[DayKind, str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        cleaned = line.strip().replace("，", ",").replace("\t", ",")
        if not cleaned or cleaned.startswith("#"):
            continue
        day, kind, name = _read_line(number, cleaned)
        if day.year != year:
            raise NoticeError(number, "year", cleaned)
        if day in days:
            raise NoticeError(number, "twice", cleaned)
        if kind is DayKind.MAKEUP and weekday_kind(day) is DayKind.WORKDAY:
            raise NoticeError(number, "makeup_on_workday", cleaned)
        days[day] = (kind, name)
    if not any(kind is DayKind.HOLIDAY for kind, _ in days.values()):
        raise NoticeError(0, "no_holiday", "")
    if len(days) > _MOST:
        raise NoticeError(0, "too_many", str(len(days)))
    return YearNotice(year, days)


def _read_line(number: int, line: str) -> tuple[date, DayKind, str]:
    parts = [part.strip() for part in line.split(",", 2)]
    if len(parts) < 2:
        raise NoticeError(number, "parts", line)
    try:
        day = date.fromisoformat(parts[0])
    except ValueError as error:
        raise NoticeError(number, "date", line) from error
    kind = _KINDS.get(parts[1].lower())
    if kind is None:
        raise NoticeError(number, "kind", line)
    name = parts[2] if len(parts) > 2 else ""
    if len(name) > _MAX_NAME or not (name.isprintable() or not name):
        raise NoticeError(number, "name", line)
    return day, kind, name


def notice_lines(notice: YearNotice) -> str:
    """The same as lines."""
    return "\n".join(f"{day.isoformat()},{kind},{name}" for day, (kind, name) in sorted(notice.days.items()))
