"""When a scheduled report is made, and which days it covers (pure). Times are the centre's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from crm.domain.errors import InvalidInputError

_TIME = re.compile(r"\A([01]\d|2[0-3]):[0-5]\d\Z")
_DAY = timedelta(days=1)
LAST = 31
"""A day of the month that some months do not have is their last one."""


class Span(StrEnum):
    """How often, and what a report covers: the day, the week or the month before."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Rhythm:
    """``on_day``: of a week 1 (Monday) to 7, of a month 1 to 31, of a day 0."""

    span: Span
    on_day: int
    at_time: time


def rhythm(span: str, on_day: int, at_time: str) -> Rhythm:
    """A rhythm as a form gives it. Raises InvalidInputError."""
    if span not in set(Span):
        raise InvalidInputError("span", "must be day, week or month")
    if not _TIME.match(at_time):
        raise InvalidInputError("at_time", "must be a time, as 08:00")
    most = {Span.DAY: 0, Span.WEEK: 7, Span.MONTH: LAST}[Span(span)]
    if not (0 if most == 0 else 1) <= on_day <= most:
        raise InvalidInputError("on_day", "must be a day of the week (1 to 7) or of the month (1 to 31)")
    return Rhythm(Span(span), on_day, time.fromisoformat(at_time))


def next_after(one: Rhythm, after: datetime, zone: ZoneInfo) -> datetime:
    """The first time that lies after an instant. Where clocks skip it, it is as much later."""
    day = after.astimezone(zone).date() - _DAY
    while True:
        at = datetime.combine(day, one.at_time, tzinfo=zone).astimezone(UTC)
        if at > after and _falls_on(one, day):
            return at
        day += _DAY


def _falls_on(one: Rhythm, day: date) -> bool:
    if one.span is Span.DAY:
        return True
    if one.span is Span.WEEK:
        return day.isoweekday() == one.on_day
    return day.day == min(one.on_day, _last_of(day).day)


def _last_of(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1) - _DAY


def covers(span: Span, due: datetime, zone: ZoneInfo) -> tuple[date, date]:
    """The first and the last day that a report of this time covers: all of them are over."""
    today = due.astimezone(zone).date()
    if span is Span.DAY:
        return today - _DAY, today - _DAY
    if span is Span.WEEK:
        monday = today - timedelta(days=today.weekday() + 7)
        return monday, monday + timedelta(days=6)
    last = today.replace(day=1) - _DAY
    return last.replace(day=1), last


def missed(one: Rhythm, due: datetime, now: datetime, zone: ZoneInfo, most: int) -> list[datetime]:
    """The times from this one to now, of which at most the last ``most`` are made up for after a stop."""
    found = [due]
    while (following := next_after(one, found[-1], zone)) <= now:
        found.append(following)
        found = found[-most:]
    return found
