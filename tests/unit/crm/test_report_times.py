"""When scheduled reports are made, and which days they cover."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.errors import InvalidInputError
from crm.domain.report_times import Span, covers, missed, next_after, rhythm

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
SUNDAY = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("span", "on_day", "at", "expected", "first", "last"),
    [
        ("day", 0, "08:00", "2026-11-23T00:00", "2026-11-22", "2026-11-22"),
        ("day", 0, "12:01", "2026-11-22T04:01", "2026-11-21", "2026-11-21"),
        ("week", 1, "08:00", "2026-11-23T00:00", "2026-11-16", "2026-11-22"),
        ("week", 7, "08:00", "2026-11-29T00:00", "2026-11-16", "2026-11-22"),
        ("month", 1, "08:00", "2026-12-01T00:00", "2026-11-01", "2026-11-30"),
        ("month", 31, "08:00", "2026-11-30T00:00", "2026-10-01", "2026-10-31"),
    ],
)
def test_a_report_comes_at_its_time_and_covers_what_is_over(
    span: str, on_day: int, at: str, expected: str, first: str, last: str
) -> None:
    due = next_after(rhythm(span, on_day, at), SUNDAY, SHANGHAI)
    assert due == datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert covers(Span(span), due, SHANGHAI) == (date.fromisoformat(first), date.fromisoformat(last))


def test_the_last_of_february_is_every_later_day_of_it() -> None:
    due = next_after(rhythm("month", 30, "08:00"), datetime(2027, 2, 1, tzinfo=UTC), SHANGHAI)
    assert due.astimezone(SHANGHAI).date() == date(2027, 2, 28)


def test_an_hour_that_clocks_skip_comes_once() -> None:
    daily = rhythm("day", 0, "02:30")
    before = datetime(2027, 3, 27, 12, 0, tzinfo=UTC)
    times = [next_after(daily, before, BERLIN)]
    times += [next_after(daily, times[-1], BERLIN)]
    assert [one.astimezone(BERLIN).date() for one in times] == [date(2027, 3, 28), date(2027, 3, 29)]


@pytest.mark.parametrize(
    ("span", "on_day", "at"),
    [("year", 1, "08:00"), ("day", 1, "08:00"), ("week", 0, "08:00"), ("week", 8, "08:00"), ("month", 32, "08:00"),
     ("day", 0, "24:00"), ("day", 0, "8:00"), ("day", 0, "08:00\n")],
)  # fmt: skip
def test_what_is_no_rhythm_is_refused(span: str, on_day: int, at: str) -> None:
    with pytest.raises(InvalidInputError):
        rhythm(span, on_day, at)


@given(st.sampled_from([("day", 0), ("week", 3), ("month", 31)]), st.integers(0, 100_000))
def test_the_next_time_always_lies_ahead_and_nothing_is_between(which: tuple[str, int], minutes: int) -> None:
    one, after = rhythm(*which, "07:15"), SUNDAY + timedelta(minutes=minutes)
    due = next_after(one, after, SHANGHAI)
    assert due > after
    assert next_after(one, due - timedelta(seconds=1), SHANGHAI) == due
    _first, last = covers(one.span, due, SHANGHAI)
    assert last < due.astimezone(SHANGHAI).date()


def test_after_a_long_stop_only_the_last_times_are_made_up_for() -> None:
    daily = rhythm("day", 0, "08:00")
    due = next_after(daily, SUNDAY, SHANGHAI)
    assert missed(daily, due, due, SHANGHAI, 7) == [due]
    found = missed(daily, due, due + timedelta(days=30), SHANGHAI, 7)
    assert found == [due + timedelta(days=day) for day in range(24, 31)]
