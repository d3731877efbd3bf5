"""The questionnaire, which risk fits whom, mixes that make a whole; what came of an activity."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain import wealth
from crm.domain.activities import NEXT, GuestFacts, GuestState, effect
from crm.domain.errors import InvalidInputError
from crm.domain.feedback import SUBJECTS, About

ANSWERS = st.fixed_dictionaries({name: st.integers(0, len(worth) - 1) for name, worth in wealth.QUESTIONS.items()})


@pytest.mark.parametrize(
    ("change", "level"),
    [
        (dict.fromkeys(wealth.QUESTIONS, 0), "C1"),
        (dict.fromkeys(wealth.QUESTIONS, 3) | {"age": 0, "share": 0}, "C5"),
        (dict.fromkeys(wealth.QUESTIONS, 3) | {"age": 0, "share": 0, "loss": 0}, "C1"),
        (dict.fromkeys(wealth.QUESTIONS, 1), "C2"),
        (dict.fromkeys(wealth.QUESTIONS, 2), "C4"),
    ],
)
def test_answers_come_to_a_level(change: dict[str, int], level: str) -> None:
    assert wealth.assess(change).level == level


@pytest.mark.parametrize("bad", [None, -1, 9, "1", True])
def test_every_question_is_answered(bad: object) -> None:
    with pytest.raises(InvalidInputError):
        wealth.assess({**dict.fromkeys(wealth.QUESTIONS, 1), "loss": bad})


@given(ANSWERS)
def test_who_can_bear_no_loss_is_careful(answers: dict[str, int]) -> None:
    found = wealth.assess(answers)
    assert found.level in wealth.LEVELS
    if answers["loss"] == 0 or answers["fall"] == 0:
        assert found.level == "C1"


@pytest.mark.parametrize(
    ("level", "risk", "good"),
    [
        ("C1", "R1", True),
        ("C1", "R2", False),
        ("C3", "R3", True),
        ("C5", "R5", True),
        (None, "R1", True),
        (None, "R2", False),
    ],
)
def test_no_product_is_riskier_than_its_customer(level: str | None, risk: str, good: bool) -> None:
    assert wealth.fits(level, risk) is good


@given(st.sampled_from([*wealth.LEVELS, None]), st.sampled_from([str(one) for one in wealth.Liquidity]))
def test_every_suggestion_is_a_whole_that_fits(level: str | None, liquidity: str) -> None:
    parts = wealth.suggested(level, liquidity)
    assert wealth.checked_mix([(part.product, part.share, part.risk) for part in parts], level) == parts
    assert "little_ready_money" not in wealth.cautions(parts, liquidity)


@pytest.mark.parametrize(
    "mix",
    [
        [("deposit", 50, "R1")],
        [("deposit", 50, "R1"), ("deposit", 50, "R1")],
        [("stock_fund", 100, "R4")],
        [("card", 100, "R1")],
        [("deposit", 0, "R1"), ("wealth", 100, "R2")],
        [("deposit", 100, "R9")],
    ],
)
def test_a_mix_that_cannot_be_is_refused(mix: list[tuple[str, int, str]]) -> None:
    with pytest.raises(InvalidInputError):
        wealth.checked_mix(mix, "C2")


def test_cautions_are_said_before_the_customer_agrees() -> None:
    parts = wealth.checked_mix([("stock_fund", 80, "R4"), ("deposit", 20, "R1")], "C5")
    assert wealth.cautions(parts, "any_day") == ("little_ready_money", "one_basket")
    assert wealth.cautions((), "any_day") == ()


def test_an_effect_counts_only_who_came() -> None:
    found = effect(
        [
            GuestFacts(
                GuestState.ATTENDED,
                5,
                interest=True,
                complaints_before=2,
                complaints_after=1,
                advice_after=3,
                plans_after=1,
            ),
            GuestFacts(GuestState.ATTENDED, None, complaints_before=2),
            GuestFacts(GuestState.ABSENT, complaints_before=9),
            GuestFacts(GuestState.DECLINED),
            GuestFacts(GuestState.INVITED),
        ]
    )
    assert (found.invited, found.registered, found.attended, found.absent, found.declined) == (5, 3, 2, 1, 1)
    assert (found.score, found.answered, found.came) == (5.0, 1, pytest.approx(2 / 3))
    assert (found.interested, found.advised, found.planned) == (1, 1, 1)
    assert (found.complaints_before, found.complaints_after, found.complaints_change) == (4, 1, -0.75)


def test_without_guests_there_is_no_share() -> None:
    found = effect([])
    assert (found.came, found.score, found.complaints_change) == (None, None, None)


def test_every_state_of_a_guest_says_what_may_follow() -> None:
    assert set(NEXT) == set(GuestState)
    assert all(state not in following for state, following in NEXT.items())


def test_process_and_products_are_judged() -> None:
    assert set(SUBJECTS) == set(About)
    assert not set(SUBJECTS[About.PROCESS]) & set(SUBJECTS[About.PRODUCT])
