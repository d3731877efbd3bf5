"""Deadlines: calendar days in the centre's zone, off public holidays, and honest about unknown years."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm.db.calendar import ChineseCalendar
from crm.domain.clocks import internal_due, legal_due
from crm.domain.tickets import Kind
from crm.domain.working_days import DayKind

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = ChineseCalendar()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("received", "last_day", "certain"),
    [
        ("2026-11-22T09:00", date(2026, 12, 7), True),
        ("2026-11-22T23:59:59", date(2026, 12, 7), True),
        ("2026-11-22T00:00", date(2026, 12, 7), True),
        ("2026-11-20T12:00", date(2026, 12, 5), True),  # a plain Saturday is no public holiday
        ("2026-09-16T12:00", date(2026, 10, 8), True),  # National Day: 1 to 7 October
        ("2026-02-02T12:00", date(2026, 2, 24), True),  # Spring Festival
        ("2026-09-25T12:00", date(2026, 10, 10), True),  # a working Saturday
        ("2030-09-16T12:00", date(2030, 10, 1), False),  # nobody knows yet
    ],
)
def test_a_complaint_is_due_on_the_fifteenth_day(received: str, last_day: date, certain: bool) -> None:
    due = legal_due(Kind.COMPLAINT, at(received), ZONE, CALENDAR)
    assert due is not None
    local = due.at.astimezone(ZONE)
    assert (local.date(), due.certain) == (last_day, certain)
    assert local + timedelta(microseconds=1) == datetime.combine(
        last_day + timedelta(days=1), datetime.min.time(), ZONE
    )


def test_the_day_of_receipt_is_the_centres_day() -> None:
    late = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)  # half past midnight of the 22nd in Shanghai
    due = legal_due(Kind.COMPLAINT, late, ZONE, CALENDAR)
    assert due is not None
    assert due.at.astimezone(ZONE).date() == date(2026, 12, 7)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.COMPLAINT])
def test_other_kinds_have_no_legal_term(kind: Kind) -> None:
    assert legal_due(kind, at("2026-11-22T09:00"), ZONE, CALENDAR) is None


@pytest.mark.parametrize(
    ("kind", "priority", "span"),
    [
        (Kind.COMPLAINT, "P2", timedelta(days=3)),
        (Kind.COMPLAINT, "P1", timedelta(days=1)),
        (Kind.LOSS_REPORT, "P1", timedelta(hours=1)),
        (Kind.CALLBACK, "P3", timedelta(hours=24)),
        (Kind.INQUIRY, "P4", timedelta(days=10)),
    ],
)
def test_the_internal_target_follows_the_priority(kind: Kind, priority: str, span: timedelta) -> None:
    received = at("2026-09-30T09:00")
    assert internal_due(kind, priority, received) == received + span


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 10, 1), DayKind.HOLIDAY),
        (date(2026, 10, 10), DayKind.MAKEUP),
        (date(2026, 12, 5), DayKind.WEEKEND),
        (date(2026, 11, 20), DayKind.WORKDAY),
        (date(2031, 1, 1), DayKind.UNKNOWN),
    ],
)
def test_the_calendar_knows_its_days(day: date, kind: DayKind) -> None:
    assert CALENDAR.kind_of(day) is kind
