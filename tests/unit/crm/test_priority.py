"""What makes a matter urgent: the highest of what counts, and why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.priority import Ground, Weights, names_others, raised
from crm.domain.rules import DEFAULT_RULES


@pytest.mark.parametrize(
    ("base", "weights", "priority", "why"),
    [
        ("P3", Weights(), "P3", ()),
        ("P3", Weights(amount_fen=49_999), "P3", ()),
        ("P4", Weights(amount_fen=50_000), "P3", (Ground.AMOUNT,)),
        ("P3", Weights(amount_fen=500_000), "P2", (Ground.AMOUNT,)),
        ("P2", Weights(amount_fen=500_000), "P2", ()),
        ("P2", Weights(amount_fen=5_000_000), "P1", (Ground.AMOUNT,)),
        ("P3", Weights(vulnerable=True), "P2", (Ground.VULNERABLE,)),
        ("P1", Weights(vulnerable=True), "P1", ()),
        ("P3", Weights(text="再不解决我就找记者曝光"), "P1", (Ground.NAMED,)),
        ("P3", Weights(text="I will call the Regulator"), "P1", (Ground.NAMED,)),
        ("P3", Weights(text="我要打12378投诉"), "P1", (Ground.NAMED,)),
        ("P3", Weights(forwarded=True), "P1", (Ground.NAMED,)),
        ("P3", Weights(amount_fen=5_000_000, text="记者"), "P1", (Ground.AMOUNT, Ground.NAMED)),
        ("P4", Weights(amount_fen=500_000, vulnerable=True), "P2", (Ground.AMOUNT, Ground.VULNERABLE)),
    ],
)
def test_the_highest_counts(base: str, weights: Weights, priority: str, why: tuple[Ground, ...]) -> None:
    assert raised(base, weights, DEFAULT_RULES) == (priority, why)


def test_plain_words_name_nobody() -> None:
    assert not names_others("信用卡年费扣了两次,请退还")
    assert not names_others("")


@given(st.sampled_from(["P1", "P2", "P3", "P4"]), st.integers(0, 10**9), st.booleans(), st.booleans(), st.text())
def test_nothing_makes_a_matter_less_urgent(base: str, fen: int, vulnerable: bool, forwarded: bool, text: str) -> None:
    priority, why = raised(base, Weights(fen, vulnerable, forwarded, text), DEFAULT_RULES)
    assert priority <= base
    assert bool(why) == (priority < base)
