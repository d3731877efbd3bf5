"""Whether rewards and penalties work: exact chances, and nothing claimed of few."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from crm.domain.kpi import FORMULAS
from crm.domain.merit_effect import BETTER, Finding, at_least, effect, window

UP, DOWN, SAME = Fraction(5), Fraction(-5), Fraction(0)


def test_the_month_of_the_entry_counts_in_neither_window() -> None:
    found = window(date(2026, 3, 15))
    assert found.before == (date(2025, 12, 1), date(2026, 2, 28))
    assert found.after == (date(2026, 4, 1), date(2026, 6, 30))


@pytest.mark.parametrize(
    ("better", "number", "chance"),
    [(8, 10, Fraction(56, 1024)), (10, 10, Fraction(1, 1024)), (0, 5, Fraction(1)), (5, 8, Fraction(93, 256))],
)
def test_chances_are_those_of_a_fair_coin(better: int, number: int, chance: Fraction) -> None:
    """Published tables of the sign test: 8 of 10 is .055, 5 of 8 is .363."""
    assert at_least(better, number) == chance


def test_what_would_have_happened_anyway_is_taken_off() -> None:
    found = effect("quality_score", [(UP, UP)] * 8)
    assert (found.change, found.others, found.difference) == (UP, UP, SAME)
    assert found.finding is Finding.TOO_FEW
    assert effect("quality_score", [(UP, SAME)] * 8).finding is Finding.HELPED
    assert effect("valid_complaint_rate", [(DOWN, None)] * 8).finding is Finding.HELPED
    assert effect("quality_score", [(DOWN, SAME)] * 8).finding is Finding.DID_NOT
    assert effect("quality_score", [(UP, SAME)] * 5 + [(DOWN, SAME)] * 3).finding is Finding.UNCLEAR


def test_nothing_is_claimed_of_few() -> None:
    assert effect("csat", []).difference is None
    assert effect("csat", [(UP, SAME)] * 5).finding is Finding.TOO_FEW


def test_effects_are_measured_by_figures_that_there_are() -> None:
    assert set(BETTER) <= set(FORMULAS)
    assert set(BETTER.values()) == {1, -1}
