"""Days of the public calendar: working days, make-up days, ends of days, and notices as somebody types them."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.db.calendar import ChineseCalendar
from crm.domain.working_days import (
    DayKind,
    NoticedCalendar,
    NoticeError,
    calendar_end,
    end_of,
    notice_lines,
    read_notice,
    start_of,
    whole_days,
    working_end,
)

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = ChineseCalendar()


def at(text: str, zone: ZoneInfo = ZONE) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "last", "certain"),
    [
        ("2026-11-20T10:00", date(2026, 12, 1), True),  # a Friday: the next seven Mondays to Fridays
        ("2026-09-30T10:00", date(2026, 10, 15), True),  # over the National Day, with 10 October worked
        ("2026-02-14T10:00", date(2026, 3, 3), True),  # Spring Festival; 14 February itself is worked, and not counted
        ("2026-12-31T10:00", date(2027, 1, 11), False),  # nobody knows 2027: Mondays to Fridays, and it is said
    ],
)
def test_working_days_leave_out_holidays_and_count_make_up_days(start: str, last: date, certain: bool) -> None:
    due = working_end(at(start), 7, ZONE, CALENDAR)
    assert (due.at.astimezone(ZONE).date(), due.certain) == (last, certain)


def test_a_notice_makes_a_year_known() -> None:
    notice = read_notice(
        2027, "2027-01-01,放假,元旦\n2027-01-02,holiday,New Year\n2027-01-03,休\n2027-01-09,上班,元旦\n"
    )
    known = NoticedCalendar(CALENDAR, [notice])
    assert known.kind_of(date(2027, 1, 1)) is DayKind.HOLIDAY
    assert known.kind_of(date(2027, 1, 9)) is DayKind.MAKEUP
    assert known.kind_of(date(2027, 1, 10)) is DayKind.WEEKEND
    assert known.kind_of(date(2026, 10, 1)) is DayKind.HOLIDAY, "other years stay as the library has them"
    before, after = (calendar_end(at("2026-12-17T09:00"), 15, ZONE, one, rolls=True) for one in (CALENDAR, known))
    assert (before.at.astimezone(ZONE).date(), before.certain) == (date(2027, 1, 1), False)
    assert (after.at.astimezone(ZONE).date(), after.certain) == (date(2027, 1, 4), True)
    assert working_end(at("2026-12-31T10:00"), 7, ZONE, known).certain


def test_a_notice_is_read_back_as_it_was_written() -> None:
    text = "# 国务院办公厅通知\n\n2027-10-01，放假，国庆节\n2027-10-09\t班\t国庆节\n"
    notice = read_notice(2027, text)
    assert read_notice(2027, notice_lines(notice)) == notice


@pytest.mark.parametrize(
    ("lines", "line", "fault"),
    [
        ("2027-01-01", 1, "parts"),
        ("2027-13-01,放假", 1, "date"),
        ("2027-01-01,maybe", 1, "kind"),
        ("2027-01-01,放假\n2026-10-01,放假", 2, "year"),
        ("2027-01-01,放假\n2027-01-01,放假", 2, "twice"),
        ("2027-01-04,上班", 1, "makeup_on_workday"),
        ("2027-01-09,上班", 0, "no_holiday"),
        ("", 0, "no_holiday"),
        (f"2027-01-01,放假,{'x' * 41}", 1, "name"),
        ("\n".join(f"{date(2027, 1, 1) + timedelta(days=n)},放假" for n in range(121)), 0, "too_many"),
    ],
)
def test_a_notice_that_cannot_be_read_says_where_and_why(lines: str, line: int, fault: str) -> None:
    with pytest.raises(NoticeError) as raised:
        read_notice(2027, lines)
    assert (raised.value.line, raised.value.fault) == (line, fault)


@given(st.text())
def test_no_text_breaks_the_reader_of_notices(text: str) -> None:
    with contextlib.suppress(NoticeError):
        read_notice(2027, text)


@pytest.mark.parametrize("name", ["Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut"])
def test_a_day_ends_where_the_next_begins_whatever_the_clocks_do(name: str) -> None:
    zone, day = ZoneInfo(name), date(2018, 1, 1)
    while day < date(2019, 1, 1):
        last = end_of(day, zone)
        assert last.astimezone(zone).date() == day
        assert (last + timedelta(microseconds=1)).astimezone(zone).date() == day + timedelta(days=1)
        assert start_of(day, zone).astimezone(zone).date() == day
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("begin", "end", "days"),
    [
        ("2026-11-20T10:00", "2026-11-20T18:00", 0),
        ("2026-11-20T23:59", "2026-11-21T00:01", 0),  # a minute on each side of midnight saves no day
        ("2026-11-20T10:00", "2026-11-23T09:00", 2),
        ("2026-11-20T00:00", "2026-11-22T00:00", 2),
        ("2026-11-23T10:00", "2026-11-20T10:00", 0),  # a clock that was set back
    ],
)
def test_only_whole_days_are_left_out(begin: str, end: str, days: int) -> None:
    assert whole_days(at(begin), at(end), ZONE) == days


def test_instants_are_kept_in_utc() -> None:
    assert end_of(date(2026, 11, 20), ZONE) == datetime(2026, 11, 20, 15, 59, 59, 999999, tzinfo=UTC)
