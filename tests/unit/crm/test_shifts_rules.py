"""Kinds and patterns of shifts, staggered breaks, and every trouble and gap of a roster by its name."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.domain.rosters import Demand, Duty, Gap, Limits, Trouble, findings, gaps
from crm.domain.shifts import (
    Activity,
    Break,
    BreakRules,
    Kind,
    KindFault,
    Part,
    Span,
    code_at,
    kind_faults,
    parts_of,
    span_of,
    unrolled,
    without,
    work_of,
)

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 11, 23)
BREAKS = (Break(Activity.REST, 120, 15), Break(Activity.MEAL, 240, 30), Break(Activity.REST, 375, 15))
EARLY = Kind("early", 7 * 60, 480, BREAKS)
LATE = Kind("late", 15 * 60, 480, BREAKS)
NIGHT = Kind("night", 23 * 60, 480, BREAKS)
KINDS = {kind.code: kind for kind in (EARLY, LATE, NIGHT)}
FOUR_TWO = ("early", "late", "night", "night", "", "")
FOUR_TEAMS = ("early", "early", "late", "late", "night", "night", "", "")


def at(hour: float, day: int = 0) -> datetime:
    """An hour of the week of ``MONDAY`` on the centre's clock."""
    return datetime(2026, 11, 23, tzinfo=ZONE) + timedelta(days=day, hours=hour)


def duties(pattern: tuple[str, ...], people: int, days: int, step: int = 1) -> list[Duty]:
    return [
        Duty(user, day, span_of(KINDS[code], day, ZONE), KINDS[code].is_night)
        for user in range(people)
        for day, code in unrolled(pattern, MONDAY, MONDAY + timedelta(days=days - 1), user * step)
    ]


def test_a_night_begins_on_its_day_and_ends_on_the_next() -> None:
    assert span_of(NIGHT, MONDAY, ZONE) == Span(at(23), at(31))
    assert [kind.is_night for kind in (EARLY, LATE, NIGHT)] == [False, False, True]


def test_a_night_in_which_the_clock_is_put_forward_is_an_hour_shorter() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert span_of(NIGHT, date(2026, 3, 28), berlin).length == timedelta(hours=7)
    assert span_of(NIGHT, date(2026, 10, 24), berlin).length == timedelta(hours=9)
    assert span_of(LATE, date(2026, 3, 28), berlin).length == timedelta(hours=8)


def test_a_pattern_comes_again_and_again() -> None:
    days = [code_at(FOUR_TWO, MONDAY, 4, MONDAY + timedelta(days=n)) for n in range(-2, 8)]
    assert days == ["night", "night", "", "", "early", "late", "night", "night", "", ""]


FAULTS = [
    (Kind("x", 420, 480, BREAKS), ()),
    (Kind("x", -1, 480, BREAKS), (KindFault.BEGINS,)),
    (Kind("x", 1440, 480, BREAKS), (KindFault.BEGINS,)),
    (Kind("x", 0, 800, (*BREAKS, Break(Activity.REST, 570, 15))), (KindFault.LENGTH,)),
    (Kind("x", 0, 480, ()), (KindFault.NO_MEAL, KindFault.TOO_LONG_WITHOUT)),
    (Kind("x", 0, 240, ()), ()),
    (Kind("x", 0, 480, (Break(Activity.MEAL, 240, 20),)), (KindFault.NO_MEAL,)),
    (Kind("x", 0, 480, (Break(Activity.MEAL, 120, 30), Break(Activity.REST, 140, 15))),
     (KindFault.BREAKS_OVERLAP, KindFault.TOO_LONG_WITHOUT)),
    (Kind("x", 0, 300, (Break(Activity.WORK, 100, 10),)), (KindFault.BREAK_KIND,)),
    (Kind("x", 0, 300, (Break(Activity.REST, 290, 10),)), (KindFault.BREAK_OUTSIDE, KindFault.TOO_LONG_WITHOUT)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "faults"), FAULTS)
def test_what_is_wrong_with_a_kind_of_shift_is_named(kind: Kind, faults: tuple[KindFault, ...]) -> None:
    assert kind_faults(kind, BreakRules()) == faults


def test_breaks_of_those_who_have_the_same_shift_do_not_fall_together() -> None:
    span = span_of(EARLY, MONDAY, ZONE)
    meals = [next(p.span for p in parts_of(EARLY, span, n) if p.activity is Activity.MEAL) for n in range(3)]
    assert meals[0] == Span(at(11), at(11.5))
    assert not any(one.meets(other) for one in meals for other in meals if one is not other)
    assert parts_of(EARLY, span, 5) == parts_of(EARLY, span, 0)


@given(st.integers(0, 30))
def test_staggered_breaks_stay_inside_and_apart(place: int) -> None:
    span = span_of(NIGHT, MONDAY, ZONE)
    parts = parts_of(NIGHT, span, place)
    work = work_of(span, parts)
    assert sum((one.length for one in work), timedelta()) == timedelta(minutes=420)
    assert len(work) == 4
    assert all(one.length >= timedelta(minutes=30) for one in work)


def test_what_is_left_without_some_of_it() -> None:
    whole = Span(at(7), at(15))
    assert without(whole, [Span(at(6), at(8)), Span(at(10), at(11)), Span(at(14), at(20))]) == (
        Span(at(8), at(10)), Span(at(11), at(14)),
    )  # fmt: skip
    assert without(whole, [Span(at(0), at(24))]) == ()
    assert work_of(whole, [Part(Activity.REST, Span(at(7), at(8)))]) == (Span(at(8), at(15)),)


def test_a_span_that_goes_backwards_is_none() -> None:
    with pytest.raises(ValueError, match="ends after"):
        Span(at(2), at(2))


@pytest.mark.parametrize(("pattern", "people", "step"), [(FOUR_TWO, 6, 1), (FOUR_TEAMS, 4, 2)])
def test_four_on_two_off_and_four_teams_leave_no_gap_day_and_night(
    pattern: tuple[str, ...], people: int, step: int
) -> None:
    """The week from the second day on: on the first nobody has come from the night before."""
    week = Span(at(7), at(7, 14))
    made = duties(pattern, people, 14, step)
    assert gaps([Demand("all", week, 1)], [(one.user_id, one.span) for one in made]) == ()
    assert findings(made, [], Limits(week_hours=48)) == ()


def test_a_person_short_every_gap_is_named() -> None:
    made = duties(FOUR_TEAMS, 3, 8, 2)  # the fourth team is missing
    found = gaps([Demand("all", Span(at(7), at(7, 8)), 1)], [(one.user_id, one.span) for one in made])
    missing = [(7, 2), (7, 3), (15, 4), (15, 5), (23, 6), (23, 7)]
    assert found == tuple(Gap(Span(at(hour, day), at(hour + 8, day)), 0, 1, ("all",)) for hour, day in missing)
    assert all(gap.nobody for gap in found)


def test_gaps_of_several_lines_at_one_time_are_one() -> None:
    week = Span(at(8), at(18))
    english = frozenset({1})
    working = [(1, Span(at(8), at(12))), (2, Span(at(8), at(18))), (1, Span(at(13), at(18)))]
    demands = [Demand("cards/en", week, 1, english), Demand("loss/en", week, 1, english), Demand("loss", week, 1)]
    assert gaps(demands, working) == (Gap(Span(at(12), at(13)), 0, 1, ("cards/en", "loss/en")),)
    assert gaps([Demand("all", week, 2)], working) == (Gap(Span(at(12), at(13)), 1, 2, ("all",)),)


def test_who_works_twice_at_a_time_counts_once() -> None:
    working = [(1, Span(at(8), at(12))), (1, Span(at(10), at(14)))]
    assert gaps([Demand("all", Span(at(8), at(14)), 2)], working) == (Gap(Span(at(8), at(14)), 1, 2, ("all",)),)


_spans = st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda one: Span(at(one[0]), at(one[0] + one[1])))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), _spans), max_size=12), st.integers(1, 3))
def test_gaps_are_those_that_are_found_hour_by_hour(working: list[tuple[int, Span]], least: int) -> None:
    found = gaps([Demand("all", Span(at(0), at(72)), least)], working)
    for hour in range(72):
        moment = at(hour)
        have = len({user for user, span in working if span.begin <= moment < span.end})
        named = [gap for gap in found if gap.span.begin <= moment < gap.span.end]
        assert [gap.have for gap in named] == ([have] if have < least else [])


def _duty(hour: float, day: int, length: float = 8, user: int = 1, *, night: bool = False) -> Duty:
    return Duty(user, MONDAY + timedelta(days=day), Span(at(hour, day), at(hour + length, day)), night)


TROUBLES = [
    ([_duty(7, 0), _duty(14, 0)], (Trouble.OVERLAP,)),
    ([_duty(7, 0), _duty(15, 0)], (Trouble.SHORT_REST,)),
    ([_duty(15, 0), _duty(7, 1)], (Trouble.SHORT_REST,)),
    ([_duty(15, 0), _duty(10, 1)], ()),
    ([_duty(7, n) for n in range(5)], ()),
    ([_duty(7, n) for n in range(6)], (Trouble.LONG_WEEK,)),
    ([_duty(7, n, 4) for n in range(9)], (Trouble.DAYS_IN_A_ROW,)),
    ([_duty(23, n, 6, night=True) for n in range(5)], (Trouble.NIGHTS_IN_A_ROW,)),
    ([_duty(7, 0), _duty(7, 0, user=2)], ()),
]


@pytest.mark.parametrize(("made", "troubles"), TROUBLES)
def test_a_trouble_of_people_is_named(made: list[Duty], troubles: tuple[Trouble, ...]) -> None:
    assert tuple(one.trouble for one in findings(made, [], Limits())) == troubles


def test_a_trouble_says_how_much_and_how_much_there_may_be() -> None:
    (rest,) = findings([_duty(15, 0), _duty(7, 1)], [], Limits())
    assert (rest.user_id, rest.day, rest.value, rest.limit) == (1, MONDAY + timedelta(days=1), 8, 11)
    (week,) = findings([_duty(7, n) for n in range(6)], [], Limits())
    assert (week.day, week.value, week.limit) == (MONDAY, 48, 44)


def test_a_shift_while_leave_is_granted_is_told() -> None:
    leave = (1, Span(at(0, 1), at(0, 2)))
    found = findings([_duty(7, 0), _duty(7, 1), _duty(7, 1, user=2)], [leave], Limits())
    assert [(one.trouble, one.user_id, one.day.day) for one in found] == [(Trouble.ON_LEAVE, 1, 24)]


def test_instants_are_utc() -> None:
    assert span_of(EARLY, MONDAY, ZONE).begin == datetime(2026, 11, 22, 23, tzinfo=UTC)
