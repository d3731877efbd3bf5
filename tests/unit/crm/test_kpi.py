"""Each key figure on a worked example, with nothing to divide by, and what it says nothing about."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.kpi import FORMULAS, NEEDS, UNITS, Unit, compute, compute_all
from crm.domain.kpi_facts import SOURCE_OF, Fact, milliseconds
from crm.domain.kpi_targets import BENCHMARKS, SILENT, SOURCES_OF, TARGETS, Part, Target, silenced

F = Fact
EXAMPLES: dict[str, tuple[dict[Fact, int], Fraction | int, str]] = {
    "offered": ({F.ANSWERED: 3, F.ABANDONED: 1, F.TOOK_CALLBACK: 1, F.SHORT_ABANDONED: 9}, 5, "short ones are none"),
    "handled": ({F.HANDLED: 7}, 7, "conversations"),
    "handled_per_hour": (
        {F.HANDLED: 24, F.READY_MS: 2 * 3_600_000, F.BUSY_MS: 5 * 3_600_000, F.PAUSED_MS: 3_600_000},
        3,
        "24 in 8 hours",
    ),
    "answer_rate": ({F.ANSWERED: 94, F.ABANDONED: 6, F.SHORT_ABANDONED: 50}, Fraction(94, 100), "94 of 100"),
    "service_level_20": (
        {F.IN_20: 80, F.ANSWERED: 90, F.ABANDONED: 6, F.TOOK_CALLBACK: 3, F.LEFT_MESSAGE: 1},
        Fraction(80, 100),
        "of all offered, not of the answered",
    ),
    "service_level_15": ({F.IN_15: 45, F.IN_20: 60, F.ANSWERED: 90}, Fraction(1, 2), "15 and not 20 seconds"),
    "speed_of_answer": ({F.WAIT_MS: 30_000, F.ANSWERED: 2}, 15, "10 s and 20 s"),
    "abandonment": ({F.ABANDONED: 5, F.ANSWERED: 93, F.TOOK_CALLBACK: 2}, Fraction(5, 100), "5 of 100 offered"),
    "handle_time": ({F.TALK_MS: 180_000, F.HOLD_MS: 20_000, F.ACW_MS: 40_000, F.HANDLED: 1}, 240, "3 + 1/3 + 2/3 min"),
    "after_call_work": ({F.ACW_MS: 90_000, F.HANDLED: 2}, 45, "90 s over two"),
    "occupancy": (
        {F.TALK_MS: 4, F.HOLD_MS: 1, F.ACW_MS: 1, F.READY_MS: 2, F.PAUSED_MS: 100},
        Fraction(6, 8),
        "a pause is neither",
    ),
    "adherence": ({F.ADHERED_MS: 93, F.PLANNED_MS: 100}, Fraction(93, 100), "93 of 100 minutes"),
    "shrinkage": ({F.PAID_MS: 8, F.READY_MS: 2, F.BUSY_MS: 4}, Fraction(1, 4), "8 h paid, 6 on the phone"),
    "first_call_resolution": ({F.SOLVED_ONCE: 17, F.SOLVED: 20}, Fraction(85, 100), "three called again"),
    "transfer_rate": ({F.TRANSFERRED: 1, F.HANDLED: 8}, Fraction(1, 8), "one of eight"),
    "containment": ({F.CONTAINED: 3, F.CALLS_IN: 10}, Fraction(3, 10), "three needed nobody"),
    "csat": ({F.SURVEYS_GOOD: 9, F.SURVEYS_ANSWERED: 10, F.SURVEYS_OFFERED: 50}, Fraction(9, 10), "of the answered"),
    "survey_response": ({F.SURVEYS_ANSWERED: 10, F.SURVEYS_OFFERED: 50}, Fraction(1, 5), "of those offered"),
    "net_promoters": ({F.NPS_PROMOTERS: 5, F.NPS_DETRACTORS: 2, F.NPS_ANSWERED: 10}, 30, "50 % less 20 %"),
    "complaint_rate": ({F.COMPLAINTS: 3, F.CALLS_IN: 20_000}, Fraction(3, 2), "1.5 for 10,000"),
    "valid_complaint_rate": ({F.COMPLAINTS_VALID: 1, F.HANDLED: 2_000}, 5, "5 for 10,000"),
    "in_time": ({F.DUE_IN_TIME: 9, F.DUE: 10}, Fraction(9, 10), "the overdue one counts"),
    "closure": ({F.COMPLAINTS_CLOSED: 3, F.COMPLAINTS: 4}, Fraction(3, 4), "one is open"),
    "repeat_complaints": ({F.COMPLAINTS_REPEATED: 1, F.COMPLAINTS: 4}, Fraction(1, 4), "one of four"),
    "return_visits": ({F.VISITED: 4, F.ENDED: 5}, Fraction(4, 5), "one was not visited"),
    "complaint_satisfaction": ({F.VISITED_SATISFIED: 3, F.VISITED_REACHED: 4}, Fraction(3, 4), "of who answered"),
    "quality_score": ({F.SCORE_TENTHS: 1855, F.SCORED: 2}, Fraction(1855, 20), "95.5 and 90 points"),
    "fatal_free": ({F.FATALS: 1, F.SCORED: 100}, Fraction(99, 100), "one fatal of 100"),
    "knowledge_test": ({F.EXAM_TENTHS: 1700, F.EXAMS: 2}, 85, "80 and 90 points"),
    "attendance": ({F.SHIFTS_KEPT: 21, F.SHIFTS_PLANNED: 22}, Fraction(21, 22), "late once"),
}


def test_every_figure_has_a_worked_example_a_unit_and_a_definition() -> None:
    assert set(EXAMPLES) == set(FORMULAS) == set(UNITS) == set(SOURCES_OF)
    assert all((formula.__doc__ or "").strip() for formula in FORMULAS.values())


@pytest.mark.parametrize("name", EXAMPLES)
def test_worked_example(name: str) -> None:
    counts, value, _why = EXAMPLES[name]
    found = compute(name, counts)
    assert found.value == value
    assert found.nearly == pytest.approx(float(value))
    assert compute_all(counts)[name] == found


@pytest.mark.parametrize("name", sorted(set(FORMULAS) - {"offered", "handled"}))
def test_nothing_to_divide_by_is_no_value(name: str) -> None:
    assert compute(name, {}).value is None
    assert compute(name, {}).nearly is None


def test_more_time_on_the_phone_than_paid_is_no_shrinkage() -> None:
    assert compute("shrinkage", {F.PAID_MS: 8, F.READY_MS: 9}).value == 0


@given(st.dictionaries(st.sampled_from(Fact), st.integers(0, 10**9)))
def test_figures_of_any_counts_are_exact_fractions(counts: dict[Fact, int]) -> None:
    for name, figure in compute_all(counts).items():
        assert (figure.value is None) == (figure.denominator == 0), name
        if figure.unit is not Unit.NET and figure.value is not None and name != "fatal_free":
            assert figure.value >= 0


def test_every_fact_belongs_to_one_source_and_every_figure_takes_facts() -> None:
    listed = [fact for facts in SOURCE_OF.values() for fact in facts]
    assert sorted(listed) == sorted(Fact)
    assert all(needs for needs in NEEDS.values())


@pytest.mark.parametrize(("seconds", "whole"), [(None, 0), (0.0, 0), (15.0004, 15_000), (15.0005, 15_001), (0.25, 250)])
def test_seconds_become_whole_milliseconds(seconds: float | None, whole: int) -> None:
    assert milliseconds(seconds) == whole


def test_targets_and_benchmarks_are_of_figures() -> None:
    assert {*TARGETS, *BENCHMARKS} <= set(FORMULAS)
    assert TARGETS["occupancy"].is_met(Fraction(8, 10))
    assert not TARGETS["occupancy"].is_met(Fraction(86, 100))
    assert not TARGETS["answer_rate"].is_met(Fraction(9399, 10_000))
    assert Target().is_met(Fraction(-5))
    newest = [one for one in BENCHMARKS["answer_rate"] if one.publisher == "china_banking_association"][-1]
    assert (newest.year, newest.value) == (2024, Fraction(9418, 10_000))


def test_of_people_nothing_is_said_that_needs_those_who_gave_up() -> None:
    shown = silenced(compute_all({F.ANSWERED: 5, F.IN_20: 5, F.WAIT_MS: 10_000}), {Part.PEOPLE})
    assert shown["answer_rate"].value is None
    assert shown["speed_of_answer"].value == 2
    assert all(set(names) <= set(FORMULAS) for names in SILENT.values())
