"""The rules of tests, plans and articles: what is drawn, what an answer is worth, when what is due."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain import exams, questions, training
from crm.domain.exams import Asked, Draw, NotEnoughError, PaperState, draw_sheet
from crm.domain.knowledge import Standing, date_problem, question_words, standing
from crm.domain.questions import QuestionKind, QuestionText, Topic, Wording
from crm.domain.training import AssignedKind, CourseMode, Person, Plan, PlanKind, PlanStep

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
BANK = tuple(
    Asked(number, 1, topic, number % 3 + 1, "single", 4, 2)
    for number, topic in enumerate(["law", "business", "process", "emotion"] * 5, 1)
)
MULTIPLE = QuestionText(
    QuestionKind.MULTIPLE, Topic.LAW, 2, 4,
    {"zh": Wording("哪些？", ("甲", "乙", "丙", "丁")), "en": Wording("Which?", ("a", "b", "c", "d"))},
    frozenset({0, 2}),
)  # fmt: skip


def test_the_same_seed_draws_the_same_sheet_whatever_the_order_of_the_bank() -> None:
    draws = [Draw("law", 0, "", 2), Draw("", 0, "", 5)]
    one, two = draw_sheet("s1", BANK, [3], draws), draw_sheet("s1", BANK[::-1], [3], draws)
    assert one == two
    assert one != draw_sheet("s2", BANK, [3], draws)
    assert [place.tenths for place in one] == [20] * 8


@given(st.text(max_size=12), st.integers(1, 6), st.integers(1, 4))
def test_no_question_is_on_a_sheet_twice_and_draws_keep_to_their_topic(seed: str, some: int, law: int) -> None:
    places = draw_sheet(seed, BANK, [2], [Draw("law", 0, "", law), Draw("", 0, "", some)])
    ids = [place.question for place in places]
    assert len(ids) == len(set(ids)) == 1 + law + some
    assert sum(BANK[one - 1].topic == "law" for one in ids) >= law
    assert all(sorted(place.order) == [0, 1, 2, 3] for place in places)


def test_over_many_seeds_each_question_and_each_order_is_as_likely() -> None:
    """Chi-squared with 4 and 23 degrees of freedom: the limits are those of one in a thousand."""
    laws = [one for one in BANK if one.topic == "law"]
    runs = 1200
    drawn = [draw_sheet(f"seed-{run}", BANK, [], [Draw("law", 0, "", 1)])[0] for run in range(runs)]
    for found, kinds, limit in (
        (Counter(place.question for place in drawn), len(laws), 18.47),
        (Counter(place.order for place in drawn), 24, 49.73),
    ):
        expected = runs / kinds
        squares = sum((found.get(one, 0) - expected) ** 2 for one in found) + (kinds - len(found)) * expected**2
        assert squares / expected < limit


def test_a_draw_that_the_bank_cannot_give_is_refused() -> None:
    for fixed, draws in (([99], []), ([], [Draw("law", 0, "", 6)]), ([], [Draw("", 0, "short", 1)])):
        with pytest.raises(NotEnoughError):
            draw_sheet("s", BANK, fixed, draws)


def test_true_comes_before_false_and_sheets_come_back_as_they_were_kept() -> None:
    bank = [Asked(1, 3, "law", 1, QuestionKind.TRUE_FALSE, 2, 1), Asked(2, 1, "law", 1, QuestionKind.SHORT, 0, 5)]
    places = draw_sheet("x", bank, [1, 2], [])
    assert {place.question: place.order for place in places} == {1: (0, 1), 2: ()}
    assert exams.places_of(exams.places_to_rows(places)) == places


@pytest.mark.parametrize(
    ("chosen", "whole", "half"),
    [({0, 2}, 40, 40), ({0}, 0, 20), ({0, 1}, 0, 0), ({0, 1, 2}, 0, 0), (set(), 0, 0), ({0, 1, 2, 3}, 0, 0)],
)
def test_what_several_options_are_worth(chosen: set[int], whole: int, half: int) -> None:
    assert questions.worth(MULTIPLE, chosen, half_for_part=False) == whole
    assert questions.worth(MULTIPLE, chosen, half_for_part=True) == half


def test_one_option_and_words() -> None:
    single = replace(MULTIPLE, kind=QuestionKind.SINGLE, right=frozenset({1}))
    assert [questions.worth(single, {one}, half_for_part=True) for one in (0, 1)] == [0, 40]
    short = QuestionText(QuestionKind.SHORT, Topic.LAW, 1, 5, MULTIPLE.wording)
    assert questions.worth(short, (), half_for_part=True) is None
    assert questions.from_document(questions.to_document(MULTIPLE)) == MULTIPLE
    assert questions.options_of("* a\nb\n＊c\n\nd") == (("a", "b", "c", "d"), frozenset({0, 2}))
    assert questions.options_of(questions.lines_of(("a", "b"), {1})) == (("a", "b"), frozenset({1}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"points": 0}, {"level": 4}, {"right": frozenset({0})}, {"right": frozenset({0, 4})}, {"wording": {}},
        {"kind": QuestionKind.SHORT}, {"kind": QuestionKind.SINGLE},
        {"wording": {**MULTIPLE.wording, "en": Wording("Which?", ("a", "b"))}},
        {"wording": {**MULTIPLE.wording, "en": Wording("Which?", ("a", "a", "c", "d"))}},
        {"wording": {**MULTIPLE.wording, "en": Wording(" ", ("a", "b", "c", "d"))}},
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_asked(wrong: dict[str, object]) -> None:
    assert questions.problems(MULTIPLE) == ()
    assert questions.problems(replace(MULTIPLE, **wrong))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "opens", "closes", "made", "counts", "assigned", "why"),
    [
        ("open", None, None, 0, True, True, None),
        ("open", None, None, 0, False, False, None),
        ("open", None, None, 0, True, False, "this test was not given to you"),
        ("open", None, None, 1, True, True, "every attempt is used"),
        ("closed", None, None, 0, True, True, "this test is not open"),
        ("open", 1, None, 0, True, True, "this test opens later"),
        ("open", None, 0, 0, True, True, "this test is closed"),
        ("open", 0, 1, 0, True, True, None),
    ],
)
def test_who_may_begin(
    state: str, opens: int | None, closes: int | None, made: int, counts: bool, assigned: bool, why: str | None
) -> None:
    at = [NOW + timedelta(hours=one) if one is not None else None for one in (opens, closes)]
    found = exams.why_not_begin(PaperState(state), NOW, *at, made=made, allowed=1, counts=counts, assigned=assigned)
    assert found == why


def test_the_end_of_a_sheet_is_the_servers_and_not_after_the_test() -> None:
    assert exams.end_of(NOW, 30, None) == NOW + timedelta(minutes=30)
    assert exams.end_of(NOW, 30, NOW + timedelta(minutes=9)) == NOW + timedelta(minutes=9)
    assert exams.seconds_left(NOW, NOW - timedelta(seconds=5)) == 0


@pytest.mark.parametrize(
    ("tenths", "of", "percent", "passes", "hundred"),
    [(600, 1000, 60, True, 600), (599, 1000, 60, False, 599), (17, 30, 56, True, 567), (0, 0, 1, False, 0)],
)
def test_what_a_result_is(tenths: int, of: int, percent: int, passes: bool, hundred: int) -> None:
    assert exams.passes(tenths, of, percent) is passes
    assert exams.out_of_a_hundred(tenths, of) == hundred


STEPS = (PlanStep(AssignedKind.COURSE, 1, 7), PlanStep(AssignedKind.EXAM, 2, 14))
INDUCTION = Plan(1, PlanKind.INDUCTION, frozenset({"A1"}), STEPS, date(2026, 11, 1))
PERIODIC = Plan(2, PlanKind.PERIODIC, frozenset({"A1"}), STEPS[:1], date(2026, 1, 31), 1)


def _person(came: date, role: str = "A1") -> Person:
    return Person(7, frozenset({role}), came)


def test_induction_is_for_who_came_since_and_late_steps_are_due_today() -> None:
    found = training.due_now(INDUCTION, [_person(date(2026, 11, 20))], TODAY)
    assert [(due.step.id, due.due_on) for due in found] == [(1, date(2026, 11, 27)), (2, date(2026, 12, 4))]
    assert training.due_now(INDUCTION, [_person(date(2026, 10, 31))], TODAY) == ()
    assert training.due_now(INDUCTION, [_person(date(2026, 11, 20), "QA")], TODAY) == ()
    late = training.due_now(INDUCTION, [_person(date(2026, 11, 2))], TODAY)
    assert [due.due_on for due in late] == [TODAY, TODAY]


@pytest.mark.parametrize(
    ("today", "begins"),
    [
        (date(2026, 1, 30), None), (date(2026, 1, 31), date(2026, 1, 31)), (date(2026, 2, 27), date(2026, 1, 31)),
        (date(2026, 2, 28), date(2026, 2, 28)), (date(2026, 3, 30), date(2026, 2, 28)),
        (date(2026, 3, 31), date(2026, 3, 31)), (date(2027, 3, 5), date(2027, 2, 28)),
    ],
)  # fmt: skip
def test_a_periodic_plan_comes_again_on_its_day_or_the_months_last(today: date, begins: date | None) -> None:
    assert training.beginning(PERIODIC, _person(date(2020, 1, 1)), today) == begins
    keys = {due.once for due in training.due_now(PERIODIC, [_person(date(2020, 1, 1))], today)}
    assert keys == ({f"plan:2:7:{begins}:course:1"} if begins else set())


@given(st.dates(date(2026, 2, 1), date(2031, 1, 1)), st.integers(1, 24))
def test_the_period_that_runs_holds_today(today: date, months: int) -> None:
    plan = replace(PERIODIC, months=months)
    begins = training.beginning(plan, _person(date(2020, 1, 1)), today)
    assert begins is not None
    whole = training._periods(plan, begins)
    assert begins <= today < training.months_later(plan.starts_on, whole + 1, months)


@pytest.mark.parametrize(
    "wrong",
    [{"roles": frozenset()}, {"steps": ()}, {"steps": STEPS + STEPS}, {"steps": (replace(STEPS[0], days=400),)}],
)
def test_a_plan_that_cannot_be_followed(wrong: dict[str, object]) -> None:
    assert training.plan_problem(INDUCTION) is None
    assert training.plan_problem(replace(INDUCTION, **wrong))  # type: ignore[arg-type]
    assert training.plan_problem(replace(PERIODIC, months=0))
    assert training.steps_of(training.steps_to_rows(STEPS)) == STEPS


@pytest.mark.parametrize(
    ("due", "last", "told"),
    [(3, None, False), (2, None, True), (0, None, True), (0, 0, False), (-1, -2, False), (-1, -3, True)],
)
def test_who_is_reminded(due: int, last: int | None, told: bool) -> None:
    days = [TODAY + timedelta(days=one) if one is not None else None for one in (due, last)]
    assert days[0] is not None
    assert training.reminds(TODAY, days[0], days[1]) is told


@pytest.mark.parametrize(
    ("mode", "paper", "came", "read", "passed", "done"),
    [
        ("class", False, True, False, False, True), ("class", False, False, True, False, False),
        ("class", True, True, False, False, False), ("online", False, False, True, False, True),
        ("case_study", True, False, True, True, True), ("online", True, False, False, True, False),
    ],
)  # fmt: skip
def test_when_a_course_is_done(mode: str, paper: bool, came: bool, read: bool, passed: bool, done: bool) -> None:
    assert training.finishes(CourseMode(mode), has_paper=paper, came=came, read=read, passed=passed) is done


@pytest.mark.parametrize(
    ("review", "expires", "found"),
    [
        (None, None, "holds"), (15, None, "holds"), (14, None, "soon"), (0, None, "due"), (-9, 0, "due"),
        (30, 3, "soon"), (30, -1, "expired"), (-1, -1, "expired"),
    ],
)  # fmt: skip
def test_how_far_a_text_can_be_relied_on(review: int | None, expires: int | None, found: str) -> None:
    days = [TODAY + timedelta(days=one) if one is not None else None for one in (review, expires)]
    assert standing(TODAY, *days) is Standing(found)


def test_days_of_a_text_and_other_words() -> None:
    assert date_problem(TODAY, TODAY + timedelta(days=731), None) is None
    assert date_problem(TODAY, TODAY + timedelta(days=732), None)
    assert date_problem(TODAY, TODAY + timedelta(days=9), TODAY)
    asked = question_words("怎么降额", [("降额", "调低额度"), ("别的", "无关")])
    assert {"降额", "调低", "额度"} <= set(asked)
    assert "无关" not in asked


@pytest.mark.parametrize(
    ("key", "thing"),
    [("course:3", ("course", 3)), ("drill:3", ("drill", 3)), ("course", None), ("poem:3", None), ("exam:x", None),
     ("exam:-1", None), ("exam:" + "9" * 30, None)],
)  # fmt: skip
def test_what_a_choice_on_a_form_names(key: str, thing: tuple[str, int] | None) -> None:
    assert training.thing_of(key) == thing
