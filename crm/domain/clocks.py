"""Statutory and internal deadlines (pure). Reference: domain 3.2.

Calendar days, the day of receipt not counted; the term ends with the last instant of its last day in the
centre's zone; a last day that is a public holiday rolls to the first day after it. A year that the calendar
does not know gives the earlier, unrolled day, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from crm.domain.tickets import Kind


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


LEGAL_DAYS: Mapping[Kind, int] = {Kind.COMPLAINT: 15}
"""Kinds with a term set by law, in calendar days (Order 3/2020, a simple complaint)."""

_ANSWER: Mapping[str, timedelta] = {
    "P1": timedelta(days=1),
    "P2": timedelta(days=3),
    "P3": timedelta(days=5),
    "P4": timedelta(days=10),
}
_CONTACT: Mapping[str, timedelta] = {
    "P1": timedelta(hours=1),
    "P2": timedelta(hours=4),
    "P3": timedelta(hours=24),
    "P4": timedelta(hours=24),
}
_CONTACT_KINDS = frozenset({Kind.LOSS_REPORT, Kind.CALLBACK})
"""Kinds whose point is that somebody speaks with the customer soon."""


@dataclass(frozen=True)
class Due:
    """The end of a term. ``certain`` is false when the calendar did not know the last day's year."""

    at: datetime
    certain: bool = True


def legal_due(kind: Kind, received_at: datetime, zone: ZoneInfo, calendar: DayCalendar) -> Due | None:
    """The end of the term set by law, or None for a kind that has none."""
    days = LEGAL_DAYS.get(kind)
    if days is None:
        return None
    last = received_at.astimezone(zone).date() + timedelta(days=days)
    rolled = last
    while (kind_of_day := calendar.kind_of(rolled)) is DayKind.HOLIDAY:
        rolled += timedelta(days=1)
    if kind_of_day is DayKind.UNKNOWN:
        return Due(_end_of(last, zone), certain=False)
    return Due(_end_of(rolled, zone))


def internal_due(kind: Kind, priority: str, received_at: datetime) -> datetime:
    """The house's own target: first contact for what wants a call, the answer for the rest. Never rolled."""
    targets = _CONTACT if kind in _CONTACT_KINDS else _ANSWER
    return received_at + targets[priority]


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.max, tzinfo=zone).astimezone(UTC)
