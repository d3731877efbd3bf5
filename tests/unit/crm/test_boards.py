"""Pictures of key figures: sums first, division last, and nothing invented where there is nothing."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.analysis import Grain
from crm.domain.boards import HEADLINES, OF_PEOPLE, OF_QUEUES, bins, heat, median_bin, over_time, weekdays_in
from crm.domain.kpi import FORMULAS, compute
from crm.domain.kpi_facts import Fact

MONDAY = date(2026, 11, 16)


def test_a_step_is_the_sum_of_its_days_and_not_the_mean_of_their_figures() -> None:
    days = {
        MONDAY: {Fact.ANSWERED: 1, Fact.IN_20: 1},
        MONDAY + timedelta(days=1): {Fact.ANSWERED: 9, Fact.IN_20: 0},
        MONDAY + timedelta(days=7): {Fact.ANSWERED: 5, Fact.IN_20: 5},
    }
    found = over_time(days, MONDAY, MONDAY + timedelta(days=20), Grain.WEEK)
    assert list(found) == [MONDAY, MONDAY + timedelta(days=7), MONDAY + timedelta(days=14)]
    assert compute("service_level_20", found[MONDAY]).value == Fraction(1, 10)
    assert compute("service_level_20", found[MONDAY + timedelta(days=14)]).value is None


def test_days_outside_count_nowhere() -> None:
    days = {MONDAY - timedelta(days=1): {Fact.ANSWERED: 7}, MONDAY: {Fact.ANSWERED: 1}}
    assert over_time(days, MONDAY, MONDAY, Grain.DAY) == {MONDAY: {Fact.ANSWERED: 1}}


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 400))
def test_weekdays_are_counted_as_they_would_be_one_by_one(first: date, more: int) -> None:
    last = first + timedelta(days=more)
    plain = [0] * 7
    for offset in range(more + 1):
        plain[(first + timedelta(days=offset)).weekday()] += 1
    assert weekdays_in(first, last) == tuple(plain)


def test_an_hour_of_a_weekday_is_the_mean_of_those_hours() -> None:
    hours = {(0, 9): {Fact.ANSWERED: 8, Fact.ABANDONED: 2, Fact.IN_20: 4}}
    cells = {(one.weekday, one.hour): one for one in heat(hours, MONDAY, MONDAY + timedelta(days=12))}
    assert len(cells) == 7 * 24
    assert cells[0, 9].offered == 5
    assert cells[0, 9].level.value == Fraction(4, 10)
    assert cells[0, 10].offered == 0
    assert cells[0, 10].level.value is None
    one_day = {(one.weekday, one.hour): one for one in heat({}, MONDAY, MONDAY)}
    assert one_day[1, 0].offered is None


def test_bins_run_up_to_all_of_them() -> None:
    found = bins((0, 10, 20), (1, 2, 1))
    assert [(one.low, one.high, one.running) for one in found] == [
        (0, 10, Fraction(1, 4)), (10, 20, Fraction(3, 4)), (20, None, Fraction(1)),
    ]  # fmt: skip
    assert median_bin(found) == found[1]
    assert median_bin(bins((0, 10), (0, 0))) is None
    with pytest.raises(ValueError, match="one edge"):
        bins((0, 10), (1,))


def test_boards_name_figures_that_there_are() -> None:
    assert {name for names in (*HEADLINES.values(), OF_QUEUES, OF_PEOPLE) for name in names} <= set(FORMULAS)
