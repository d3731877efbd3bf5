"""Figures made from counts: alarms, Pareto, lines, forecasts, effects, topics, regions, cases."""

from __future__ import annotations

from datetime import date, timedelta
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain import axes, regions
from crm.domain.alarms import expectation, spike, tail
from crm.domain.analysis import (
    Grain,
    Verdict,
    bars,
    effect,
    grain_for,
    line,
    outlook,
    ratio,
    steps,
    vital_few,
)
from crm.domain.axes import Axis
from crm.domain.improvement import (
    MOVES,
    CaseText,
    State,
    case_problems,
    check_due,
    effect_windows,
    next_review,
    private_in,
    refusal,
)
from crm.domain.rules import DEFAULT_RULES as RULES
from crm.domain.topics import hot

MONDAY = date(2026, 11, 16)


def test_the_tail_of_a_poisson_is_the_one_in_the_tables() -> None:
    assert tail(0, 3, 3) == 1
    assert tail(1, 3, 3) == pytest.approx(1 - exp(-3))
    assert tail(10, 3, 3) == pytest.approx(0.0011025, rel=1e-3)
    assert tail(10, 3, 9) > tail(10, 3, 3)  # what scatters more is less surprising


@given(st.integers(0, 200), st.floats(0.25, 50), st.floats(1, 8))
def test_a_tail_is_a_chance(count: int, mean: float, spread: float) -> None:
    chance = tail(count, mean, mean * spread)
    assert 0 <= chance <= 1
    assert tail(count + 1, mean, mean * spread) <= chance + 1e-12


@pytest.mark.parametrize(
    ("observed", "before", "alarms"),
    [
        (12, [2, 3, 1, 2], True),
        (4, [0, 0, 0, 0], False),  # fewer than the least
        (5, [0, 0, 0, 0], True),
        (12, [2, 3], False),  # too little to compare with
        (12, [10, 12, 9, 13], False),
        (30, [2, 40, 1, 35], False),  # it scatters as much by itself
    ],
)
def test_when_a_count_is_a_spike(observed: int, before: list[int], alarms: bool) -> None:
    assert (spike(observed, before, RULES) is not None) is alarms


def test_chance_alone_hardly_alarms() -> None:
    mean, variance = expectation([4, 6, 5, 3, 5, 4, 6, 5])
    assert tail(14, mean, variance) < 1 / RULES.spike_odds < tail(10, mean, variance)


def test_bars_stand_in_their_order_with_shares_and_the_period_before() -> None:
    found = bars({"a": 6, "b": 3, "c": 1}, {"a": 4, "d": 2})
    assert [(bar.key, bar.count, bar.before) for bar in found] == [("a", 6, 4), ("b", 3, 0), ("c", 1, 0), ("d", 0, 2)]
    assert [round(bar.share, 2) for bar in found] == [0.6, 0.3, 0.1, 0.0]
    assert [round(bar.running, 2) for bar in found] == [0.6, 0.9, 1.0, 1.0]
    assert found[0].change == pytest.approx(0.5)
    assert found[1].change is None


def test_the_vital_few_make_four_fifths() -> None:
    ranked = bars({"fees": 50, "delay": 25, "attitude": 10, "outage": 10, "other": 5})
    assert [bar.key for bar in vital_few(ranked)] == ["fees", "delay", "attitude"]
    assert vital_few(bars({})) == ()


def test_nothing_of_nothing_is_no_share() -> None:
    assert ratio(1, 4) == 0.25
    assert ratio(0, 0) is None


@pytest.mark.parametrize(
    ("days", "grain", "points"), [(30, Grain.DAY, 31), (120, Grain.WEEK, 18), (800, Grain.MONTH, 27)]
)
def test_a_line_has_every_step(days: int, grain: Grain, points: int) -> None:
    last = MONDAY + timedelta(days=days)
    assert grain_for(MONDAY, last) is grain
    found = line({MONDAY: 2, last: 3, last + timedelta(days=1): 9}, MONDAY, last, grain)
    assert len(found) == len(steps(MONDAY, last, grain)) == points
    assert sum(count for _day, count in found) == 5


def test_a_forecast_follows_what_was_and_says_how_far_it_was_off() -> None:
    steady = outlook([20] * 12, MONDAY)
    assert [round(one.expected) for one in steady.weeks] == [20] * 4
    assert steady.error == 0
    rising = outlook(list(range(10, 34, 2)), MONDAY)
    assert rising.weeks[0].expected > 28
    assert rising.weeks[0].week == MONDAY
    assert rising.weeks[0].low < rising.weeks[0].expected < rising.weeks[0].high
    assert outlook([1] * 7, MONDAY) == outlook([], MONDAY)


@given(st.lists(st.integers(0, 500), min_size=8, max_size=60))
def test_a_forecast_is_never_less_than_nothing(history: list[int]) -> None:
    for one in outlook(history, MONDAY).weeks:
        assert 0 <= one.low <= one.expected <= one.high


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (40, 12, Verdict.EFFECTIVE),
        (5, 3, Verdict.UNCLEAR),
        (10, 12, Verdict.INEFFECTIVE),
        (0, 0, Verdict.UNCLEAR),
        (3000, 2000, Verdict.EFFECTIVE),
    ],
)
def test_whether_a_change_helped(before: int, after: int, verdict: Verdict) -> None:
    assert effect(before, after).verdict is verdict


def test_an_effect_is_looked_at_when_as_many_weeks_have_passed() -> None:
    before, after = effect_windows(MONDAY, 4)
    assert (before[1] - before[0]).days == (after[1] - after[0]).days == 27
    assert before[1] < MONDAY < after[0]
    assert check_due(MONDAY, 4) == after[1] + timedelta(days=1)


@pytest.mark.parametrize(
    ("move", "state", "owner", "text", "today", "why"),
    [
        ("finish", State.PLANNED, True, "done", MONDAY, None),
        ("finish", State.DONE, True, "done", MONDAY, "the plan is not at this point"),
        ("finish", State.WORKING, True, " ", MONDAY, "say what was done or found"),
        ("effective", State.DONE, True, "fewer", MONDAY, "who carried it out does not check its effect"),
        ("effective", State.DONE, False, "fewer", MONDAY - timedelta(days=1), "it is too early to check the effect"),
        ("effective", State.DONE, False, "fewer", MONDAY, None),
        ("vanish", State.DONE, False, "", MONDAY, "there is no move 'vanish'"),
    ],
)
def test_steps_of_a_plan(move: str, state: State, owner: bool, text: str, today: date, why: str | None) -> None:
    assert refusal(move, state, by_owner=owner, text=text, check_due=MONDAY, today=today) == why


def test_every_state_of_a_plan_is_reached() -> None:
    assert {State.PLANNED} | {target for _sources, target in MOVES.values()} == set(State)


def test_reviews_come_every_three_months() -> None:
    assert next_review(date(2026, 11, 30), MONDAY, 3) == date(2027, 2, 28)
    assert next_review(None, date(2026, 10, 5), 3) == date(2027, 1, 5)


def test_hot_words_are_found_without_a_dictionary() -> None:
    now = [
        "信用卡被重复扣款两次",
        "我的账户重复扣款了",
        "昨天又重复扣款",
        "app 登录报错",
        "charged an annual fee twice",
    ]
    before = ["年费太贵", "服务态度不好", "利率太高", "annual fee too high"] * 3
    words = [one.word for one in hot(now, before)]
    assert words[0] == "重复扣款"
    assert "复扣" not in words
    assert hot(now, now * 3) == ()
    assert hot([], before) == ()


@pytest.mark.parametrize(
    ("number", "region"),
    [
        ("075512345678", "44"), ("01062345678", "11"), ("8602112345678", "31"), ("089812345678", "46"),
        ("13800138000", None), ("8613800138000", None), ("12345", None), (None, None),
    ],
)  # fmt: skip
def test_a_landline_tells_its_region_and_a_mobile_does_not(number: str | None, region: str | None) -> None:
    assert regions.of_landline(number) == region


def test_every_axis_has_its_names() -> None:
    assert set(axes.TITLES) == set(Axis)
    assert axes.title(Axis.BUSINESS, "credit_card", "zh") == "信用卡"
    assert axes.title(Axis.LEVEL, "2", "zh") == "二级"
    assert axes.title(Axis.REGION, "44", "en") == "Guangdong"
    assert axes.title(Axis.CAUSE, "process.delay", "zh") == "处理超时"
    assert axes.title(Axis.REASON, "", "zh") == axes.title(Axis.LEVEL, "0", "zh") == "尚未填写"
    assert axes.title(Axis.OFFICE, "of another time", "en") == "of another time"


CASE = CaseText("年费争议", "客户反映未被告知年费。", "核对告知记录后退还。", "告知必须留痕。")


def test_a_case_that_names_nobody_may_be_read_by_all() -> None:
    assert case_problems(CASE) == ()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("客户电话13800138000", "a telephone number"),
        ("call 0755-12345678", "a telephone number"),
        ("证件110105199003071234", "an identity number"),
        ("卡号 6222 0202 0000 1234 567", "a card or account number"),
        ("zhang.san@example.com", "an e-mail address"),
        ("客户张小明说", "a name"),
    ],
)
def test_what_would_tell_who_it_was(text: str, what: str) -> None:
    assert what in private_in(text, ("张小明",))


def test_a_case_needs_all_its_parts() -> None:
    assert case_problems(CaseText("t", "", "h", "l")) == ("situation is missing",)
