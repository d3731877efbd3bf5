"""The handling order and what each level asks for."""

from __future__ import annotations

import pytest

from crm.domain import guards
from crm.domain.access import Role
from crm.domain.handling import (
    BY_HAND,
    Act,
    Lapse,
    Level,
    Step,
    chain_acts_due,
    first_acts_due,
    promises_in,
    reachable_steps,
    regrading_needs_signature,
    step_up,
    within_scope,
)
from crm.domain.moves import refusal
from crm.domain.recusal import Involved, may_score, recused
from crm.domain.tickets import Facts, Kind, Recusal, Status


def test_the_handling_order_goes_up_one_step_at_a_time() -> None:
    assert [step_up(step) for step in Step] == [
        Step.SECTION_MANAGER, Step.MAINTENANCE, Step.DEPUTY_GM, Step.GM, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("step", "vacant", "found"),
    [(Step.FIRST_AGENT, (), Step.SECTION_MANAGER), (Step.FIRST_AGENT, (1, 2), Step.DEPUTY_GM),
     (Step.DEPUTY_GM, (Step.GM,), None), (Step.GM, (), None)],
)  # fmt: skip
def test_a_step_where_nobody_stands_is_passed_over(step: Step, vacant: tuple[Step, ...], found: Step | None) -> None:
    assert reachable_steps(step, vacant) == found


@pytest.mark.parametrize(
    ("level", "first"),
    [(Level.GRUMBLING, (Act.EXPLAINED,)), (Level.SERVICE, (Act.APOLOGISED,)),
     (Level.SYSTEM, (Act.APOLOGISED, Act.PROMISED_CHECK)), (None, ())],
)  # fmt: skip
def test_each_level_has_its_first_act(level: Level | None, first: tuple[Act, ...]) -> None:
    assert first_acts_due(level, ()) == first
    assert first_acts_due(level, first) == ()


@pytest.mark.parametrize(
    ("level", "done", "due"),
    [
        (1, (), ()),
        (2, (), ((Act.REPORTED,), (Act.PENALTY_PROPOSED, Act.NO_PENALTY))),
        (2, (Act.REPORTED, Act.NO_PENALTY), ()),
        (2, (Act.REPORTED, Act.PENALTY_PROPOSED, Act.LOSS_VERIFIED), ((Act.CONSULTED,),)),
        (3, (Act.REPORTED,), ((Act.MEASURE_AGREED,),)),
        (3, (Act.REPORTED, Act.MEASURE_AGREED), ()),
    ],
)
def test_what_a_level_asks_for_before_the_answer(
    level: int, done: tuple[Act, ...], due: tuple[tuple[Act, ...], ...]
) -> None:
    assert chain_acts_due(level, done) == due


def test_only_a_lighter_grade_needs_a_second_signature() -> None:
    assert [(old, new) for old in (None, 1, 2, 3) for new in (1, 2, 3) if regrading_needs_signature(old, new)] == [
        (2, 1), (3, 1), (3, 2),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["我们一定赔偿您的损失", "I  PROMISE you", "We will refund it tomorrow"])
def test_a_promise_before_the_decision_is_seen(text: str) -> None:
    assert promises_in(text)


@pytest.mark.parametrize("text", ["待查明后回复您", "An answer follows when it has been checked", ""])
def test_what_promises_nothing_is_left_alone(text: str) -> None:
    assert promises_in(text) == ()


def test_what_happens_by_itself_is_not_written_by_hand() -> None:
    assert Act.RESULT_TOLD not in BY_HAND
    assert BY_HAND[Act.REPORTED] == {Role.CM}


def test_who_keeps_out_of_a_matter() -> None:
    people = Involved(Kind.COMPLAINT, frozenset({"dave"}), frozenset({"carl"}))
    assert recused(people) == {"dave": Recusal.COMPLAINED_ABOUT}
    review = Involved(Kind.REVIEW, frozenset({"dave"}), frozenset({"carl", "dave"}))
    assert recused(review) == {"dave": Recusal.COMPLAINED_ABOUT, "carl": Recusal.HANDLED_BEFORE}
    assert [may_score(name, people, {"amy"}) for name in ("dave", "amy", "quinn")] == [False, False, True]


@pytest.mark.parametrize(
    ("lapse", "level", "fits"),
    [(Lapse.NONE, 1, True), (Lapse.NONE, 2, False), (Lapse.NONE, 3, False), (Lapse.IMPOLITENESS, 2, True),
     (Lapse.DERELICTION, 3, True), (Lapse.MISTAKE, 1, True), (Lapse.LOSS_OF_CONTROL, 2, True)],
)  # fmt: skip
def test_without_a_lapse_it_is_no_more_than_grumbling(lapse: Lapse, level: int, fits: bool) -> None:
    assert within_scope(lapse, level) == fits
    facts = Facts(Kind.COMPLAINT, Status.ACKNOWLEDGED, given={"severity": "S3", "level": level, "lapse": lapse})
    assert (refusal("triage", facts, {Role.A1}) == guards.IN_SCOPE.why) == (not fits)
