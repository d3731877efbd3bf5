"""Solutions: remedies and their costs, steps, what is missing, what the reply says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain import solutions
from crm.domain.errors import InvalidInputError
from crm.domain.solutions import REMEDIES, Measure, Missing, Plan, RemedyKind, Step, from_document, missing
from crm.services.case_facts import plain

REFUND = Measure(1, RemedyKind.ADJUSTMENT, "refund one charge", 128_000)
SORRY = Measure(2, RemedyKind.APOLOGY, "call and apologise")
BOOK = Step(1, 1, "book the refund", "2026-11-23T18:00:00+08:00", department="accounting")
CALL = Step(2, 2, "call the customer", "2026-11-23T12:00:00+08:00", user="carl")
WHOLE = Plan("refund and apologise", (REFUND, SORRY), (BOOK, CALL))


def test_a_plan_comes_back_as_it_was_kept() -> None:
    solutions.check(WHOLE)
    kept = plain(WHOLE.to_document())
    kept.pop("cost_fen")
    assert from_document(kept) == WHOLE
    assert missing(WHOLE) == ()


@given(st.lists(st.integers(min_value=1, max_value=10**9), max_size=8))
def test_the_cost_is_the_sum_to_the_fen(amounts: list[int]) -> None:
    measures = tuple(Measure(n, RemedyKind.COMPENSATION, "x", fen) for n, fen in enumerate(amounts, 1))
    assert Plan("x", measures).cost_fen == sum(amounts)


@pytest.mark.parametrize(
    ("plan", "lacks"),
    [
        (Plan(), (Missing.SUMMARY, Missing.MEASURES, Missing.COST)),
        (replace(WHOLE, summary=" "), (Missing.SUMMARY,)),
        (replace(WHOLE, steps=(BOOK,)), (Missing.STEPS,)),
        (Plan("sorry", (SORRY,), (CALL,)), (Missing.COST,)),
        (Plan("sorry", (SORRY,), (CALL,), no_cost=True), ()),
        (Plan("explain", (Measure(1, RemedyKind.EXPLANATION, "the rule"),), no_cost=True), ()),
    ],
)
def test_what_is_missing_is_named(plan: Plan, lacks: tuple[Missing, ...]) -> None:
    assert missing(plan) == lacks


@pytest.mark.parametrize(
    "plan",
    [
        replace(WHOLE, measures=(replace(REFUND, amount_fen=0), SORRY)),
        replace(WHOLE, measures=(replace(REFUND, amount_fen=-1), SORRY)),
        replace(WHOLE, measures=(REFUND, Measure(2, RemedyKind.EXPLANATION, "x", 5)), steps=()),
        replace(WHOLE, measures=(REFUND, replace(SORRY, text=" "))),
        replace(WHOLE, measures=(REFUND, replace(SORRY, id=1))),
        replace(WHOLE, no_cost=True),
        replace(WHOLE, steps=(replace(BOOK, measure=7),)),
        replace(WHOLE, steps=(replace(BOOK, user="carl"),)),
        replace(WHOLE, steps=(replace(BOOK, department=None),)),
        replace(WHOLE, steps=(replace(BOOK, due_at="soon"),)),
        replace(WHOLE, steps=(replace(BOOK, due_at="2026-11-23T18:00:00"),)),
        replace(WHOLE, steps=(BOOK, replace(CALL, id=1))),
        replace(WHOLE, summary="x" * 5001),
        replace(WHOLE, measures=tuple(replace(SORRY, id=n) for n in range(1, 14)), steps=()),
    ],
)
def test_what_makes_no_sense_is_refused(plan: Plan) -> None:
    with pytest.raises(InvalidInputError):
        solutions.check(plan)


def test_a_remedy_goes_with_its_steps() -> None:
    left = solutions.without_measure(WHOLE, 1)
    assert (left.measures, left.steps) == ((SORRY,), (CALL,))
    with pytest.raises(InvalidInputError, match="no such remedy"):
        solutions.without_measure(WHOLE, 9)


def test_the_seven_kinds_of_the_sources_are_there_in_both_languages() -> None:
    needed = {"adjustment", "fee_reduction", "apology", "process_change", "compensation", "special", "explanation"}
    assert needed <= {str(kind) for kind in REMEDIES}
    assert set(REMEDIES) == set(RemedyKind)
    assert all(remedy.name.zh and remedy.name.en for remedy in REMEDIES.values())


def test_the_reply_names_each_remedy_with_its_amount() -> None:
    zh = solutions.solution_text(WHOLE, "zh")
    assert "1. 账务调整：refund one charge（1,280.00元）" in zh.splitlines()
    assert (
        "1. Account adjustment: refund one charge (CNY 1,280.00)" in solutions.solution_text(WHOLE, "en").splitlines()
    )
