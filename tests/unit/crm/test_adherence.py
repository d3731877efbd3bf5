"""Planned activities against real states, exactly; who came and was late; and the calls of an hour to come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.domain.adherence import Breach, Clocked, Stretch, Verdict, adherence, attendance, keeps
from crm.domain.forecast import FADE, forecast_day, like_days, past_error
from crm.domain.shifts import Activity, Part, Span
from crm.domain.working_days import DayKind

ZONE = ZoneInfo("Asia/Shanghai")
MINUTE = 60_000


def at(hour: int, minute: int = 0, second: float = 0) -> datetime:
    return datetime(2026, 11, 23, tzinfo=ZONE) + timedelta(hours=hour, minutes=minute, seconds=second)


SHIFT = Span(at(9), at(17))
MEAL = Part(Activity.MEAL, Span(at(12), at(12, 30)))


def states(*rows: tuple[str, datetime, datetime] | tuple[str, datetime, datetime, str]) -> list[Stretch]:
    return [Stretch(row[0], row[3] if len(row) > 3 else "", Span(row[1], row[2])) for row in rows]


def test_the_worked_example() -> None:
    """8 h planned with a meal of 30 min. He came 12 min late, paused 6.5 s, ate 5 min too long, and left on time.

    Lost: 12 min 0 s + 6.5 s + 5 min 0 s = 1026.5 s of 28800 s; kept 27773.5 s, 96.44 %.
    """
    done = states(
        ("available", at(9, 12), at(10)),
        ("paused", at(10), at(10, 0, 6.5), "other"),
        ("on_call", at(10, 0, 6.5), at(12)),
        ("paused", at(12), at(12, 35), "meal"),
        ("available", at(12, 35), at(17)),
    )
    found = adherence(SHIFT, [MEAL], done)
    assert (found.planned, found.kept) == (28_800_000, 27_773_500)
    assert [(one.breach, one.span.length) for one in found.deviations] == [
        (Breach.ABSENT, timedelta(minutes=12)),
        (Breach.PAUSED, timedelta(seconds=6.5)),
        (Breach.PAUSED, timedelta(minutes=5)),
    ]
    assert found.lost(Breach.PAUSED) == 306_500


KEEPS = [
    (Activity.WORK, "available", "", True), (Activity.WORK, "ringing", "", True), (Activity.WORK, "wrap_up", "", True),
    (Activity.WORK, "paused", "back_office", False), (Activity.WORK, "offline", "", False),
    (Activity.MEAL, "paused", "other", True), (Activity.REST, "offline", "", True),
    (Activity.REST, "on_call", "", True), (Activity.REST, "available", "", False),
    (Activity.TRAINING, "paused", "training", True), (Activity.TRAINING, "paused", "meal", False),
    (Activity.MEETING, "offline", "", True), (Activity.MEETING, "on_call", "", False),
    (Activity.BACK_OFFICE, "paused", "back_office", True), (Activity.BACK_OFFICE, "offline", "", False),
]  # fmt: skip


@pytest.mark.parametrize(("planned", "state", "reason", "kept"), KEEPS)
def test_which_state_keeps_which_plan(planned: Activity, state: str, reason: str, kept: bool) -> None:
    assert keeps(planned, state, reason) is kept


def test_who_works_through_his_break_is_told_so() -> None:
    found = adherence(SHIFT, [MEAL], states(("available", at(9), at(17))))
    assert [(one.breach, one.planned) for one in found.deviations] == [(Breach.WORKED, Activity.MEAL)]
    assert found.planned - found.kept == 30 * MINUTE


def test_a_call_that_runs_into_the_break_is_not_held_against_him() -> None:
    done = states(("on_call", at(9), at(12, 20)), ("paused", at(12, 20), at(12, 30)), ("available", at(12, 30), at(17)))
    assert adherence(SHIFT, [MEAL], done).deviations == ()


@pytest.mark.parametrize(("late", "slack", "lost"), [(20, 0, 40), (20, 30, 0), (-15, 30, 0), (40, 30, 20)])
def test_a_break_somewhat_earlier_or_later_is_kept_within_the_slack(late: int, slack: int, lost: int) -> None:
    begin = at(12) + timedelta(minutes=late)
    end = begin + timedelta(minutes=30)
    done = states(("available", at(9), begin), ("paused", begin, end, "meal"), ("available", end, at(17)))
    found = adherence(SHIFT, [MEAL], done, slack=slack)
    assert found.planned - found.kept == lost * MINUTE


def test_breaks_never_move_over_one_another() -> None:
    parts = [Part(Activity.REST, Span(at(12), at(12, 15))), Part(Activity.REST, Span(at(12, 30), at(12, 45)))]
    done = states(
        ("available", at(9), at(12, 20)), ("paused", at(12, 20), at(12, 50)), ("available", at(12, 50), at(17))
    )
    found = adherence(SHIFT, parts, done, slack=30)
    breaks = [part.span for part in found.plan if part.activity is Activity.REST]
    assert breaks == [Span(at(12, 15), at(12, 30)), Span(at(12, 30), at(12, 45))]
    assert found.planned - found.kept == 10 * MINUTE


def test_leave_and_excused_time_are_neither_kept_nor_broken() -> None:
    done = states(("available", at(9), at(11)), ("available", at(13), at(17)))
    found = adherence(SHIFT, [MEAL], done, gone=[Span(at(11), at(13))])
    assert (found.planned, found.kept, found.deviations) == (6 * 60 * MINUTE, 6 * 60 * MINUTE, ())
    assert adherence(SHIFT, [MEAL], done, gone=[SHIFT]).planned == 0


def test_what_is_not_known_counts_as_absent() -> None:
    found = adherence(SHIFT, [], [])
    assert (found.planned, found.kept, found.lost(Breach.ABSENT)) == (480 * MINUTE, 0, 480 * MINUTE)


_NAMES = st.sampled_from(["available", "on_call", "wrap_up", "paused", "offline"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 599), _NAMES), max_size=12), st.integers(30, 400))
def test_it_is_the_sum_over_all_minutes(changes: list[tuple[int, str]], meal: int) -> None:
    """Counted anew, minute by minute, from an hour before the shift to an hour after it."""
    begin = at(8)
    marks = sorted(dict(changes).items())
    rows: list[Stretch] = []
    for number, (minute, name) in enumerate(marks):
        end = marks[number + 1][0] if number + 1 < len(marks) else 600
        span = Span(begin + timedelta(minutes=minute), begin + timedelta(minutes=end))
        rows.append(Stretch(name, "", span))
    part = Part(Activity.MEAL, Span(at(9, meal), at(9, meal + 30)))
    found = adherence(SHIFT, [part], rows)
    kept = 0
    for minute in range(60, 540):
        name = next((name for mark, name in reversed(marks) if mark <= minute), "offline")
        kept += keeps(Activity.MEAL if meal <= minute - 60 < meal + 30 else Activity.WORK, name, "")
    assert (found.planned, found.kept) == (480 * MINUTE, kept * MINUTE)
    assert found.kept + sum(one.span.length // timedelta(milliseconds=1) for one in found.deviations) == found.planned


def came(hour: int, minute: int = 0) -> Clocked:
    return Clocked(at(hour, minute), comes=True)


def went(hour: int, minute: int = 0) -> Clocked:
    return Clocked(at(hour, minute), comes=False)


ATTENDANCE: list[tuple[Sequence[Clocked], Sequence[Span], Sequence[Span], Verdict, int, int]] = [
    ([came(8, 50), went(17, 5)], [], [], Verdict.PRESENT, 0, 0),
    ([came(8, 50)], [], [], Verdict.PRESENT, 0, 0),
    ([came(9, 2), went(17)], [], [], Verdict.PRESENT, 2, 0),
    ([came(9, 20), went(17)], [], [], Verdict.LATE, 20, 0),
    ([came(9), went(16, 30)], [], [], Verdict.LEFT_EARLY, 0, 30),
    ([came(9), went(12), came(13), went(17)], [], [], Verdict.PRESENT, 0, 0),
    ([came(9), went(12), came(13)], [], [], Verdict.PRESENT, 0, 0),
    ([came(6)], [], [], Verdict.ABSENT, 480, 0),
    ([], [Span(at(5), at(17))], [], Verdict.PRESENT, 0, 0),
    ([], [Span(at(9, 30), at(17, 10))], [], Verdict.LATE, 30, 0),
    ([came(9)], [Span(at(9, 5), at(15))], [], Verdict.LEFT_EARLY, 0, 120),
    ([came(9), went(17)], [Span(at(9, 5), at(15))], [], Verdict.PRESENT, 0, 0),
    ([went(17, 5)], [Span(at(9), at(15))], [], Verdict.PRESENT, 0, 0),
    ([went(16)], [Span(at(9), at(15))], [], Verdict.LEFT_EARLY, 0, 60),
    ([], [], [SHIFT], Verdict.LEAVE, 0, 0),
    ([came(13, 1), went(17)], [], [Span(at(9), at(13))], Verdict.PRESENT, 1, 0),
    ([came(8, 55), went(13)], [], [Span(at(13), at(17))], Verdict.PRESENT, 0, 0),
]


@pytest.mark.parametrize(("signs", "there", "gone", "verdict", "late", "early"), ATTENDANCE)
def test_who_came_and_went_when(
    signs: Sequence[Clocked], there: Sequence[Span], gone: Sequence[Span], verdict: Verdict, late: int, early: int
) -> None:
    found = attendance(SHIFT, signs, there, gone, grace=2, before=60)
    assert (found.verdict, found.late, found.early) == (verdict, late * MINUTE, early * MINUTE)


def normal(day: date) -> DayKind:
    return DayKind.WEEKEND if day.weekday() >= 5 else DayKind.WORKDAY


def weeks(rate: int, count: int) -> dict[tuple[date, int], int]:
    first = date(2026, 9, 28)
    return {(first + timedelta(days=n), hour): rate + hour for n in range(count * 7) for hour in range(24)}


def test_weeks_that_are_alike_give_a_week_that_is_alike() -> None:
    hours = forecast_day(date(2026, 11, 23), weeks(10, 8), normal)
    assert [one.calls for one in hours] == pytest.approx([10 + hour for hour in range(24)])
    assert {(one.low, one.high, one.used) for one in hours[:1]} == {(10, 10, 8)}


def test_nearer_weeks_weigh_more_by_the_stated_factor() -> None:
    monday = date(2026, 11, 23)
    counts = {(monday - timedelta(weeks=1), 9): 20, (monday - timedelta(weeks=2), 9): 10}
    expected = (20 + FADE * 10) / (1 + FADE)
    assert forecast_day(monday, counts, normal)[9].calls == pytest.approx(expected)


def test_holidays_are_like_holidays_and_make_up_days_like_working_days() -> None:
    kinds = {date(2026, 10, day): DayKind.HOLIDAY for day in range(1, 8)} | {date(2026, 10, 10): DayKind.MAKEUP}
    known = [date(2026, 9, 7) + timedelta(days=n) for n in range(60)]

    def kind(day: date) -> DayKind:
        return kinds.get(day, normal(day))

    assert like_days(date(2026, 10, 5), known, kind) == tuple(date(2026, 10, day) for day in (4, 3, 2, 1))
    assert {one.weekday() for one in like_days(date(2026, 10, 1), known, kind)} == {6}
    assert {one.weekday() for one in like_days(date(2026, 10, 10), known, kind)} == {0, 1, 2, 3, 4}
    assert date(2026, 10, 5) not in like_days(date(2026, 10, 12), known, kind)
    assert date(2026, 10, 10) not in like_days(date(2026, 10, 17), known, kind)
    assert {one.weekday() for one in like_days(date(2026, 10, 31), known, lambda _: DayKind.UNKNOWN)} == {5}


def test_a_known_truth_is_found_again_and_the_error_is_told() -> None:
    """Calls drawn from known rates: the forecast comes near to the rates, and says how far off it was."""
    random = Random(7)
    truth = {(day, hour): 40 + 20 * (hour in range(9, 18)) - 25 * (day > 4) for day in range(7) for hour in range(24)}
    first = date(2026, 9, 21)
    counts = {}
    for n in range(63):
        day = first + timedelta(days=n)
        for hour in range(24):
            rate = truth[day.weekday(), hour]
            counts[day, hour] = max(0, round(random.gauss(rate, rate**0.5)))
    hours = forecast_day(date(2026, 11, 23), counts, normal)
    off = sum(abs((one.calls or 0) - truth[0, one.hour]) for one in hours) / sum(truth[0, hour] for hour in range(24))
    assert off < 0.08
    error = past_error([date(2026, 11, 16) + timedelta(days=n) for n in range(7)], counts, normal)
    assert error.days == 7
    assert error.wape is not None
    assert 0 < error.wape < 0.25
    assert error.bias is not None
    assert abs(error.bias) < 0.05


def test_nothing_known_is_no_forecast() -> None:
    hours = forecast_day(date(2026, 11, 23), {}, normal)
    assert {one.calls for one in hours} == {None}
    assert past_error([date(2026, 11, 16)], {}, normal).wape is None
