"""What marks come to: satisfaction, recommendation, response; and what is no mark."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.domain.errors import InvalidInputError
from crm.domain.surveys import Answer, Tally, checked, is_low, tally


def test_a_worked_example() -> None:
    found = tally(
        [Answer(5, 10), Answer(4, 9), Answer(4, 8), Answer(3, 6), Answer(1, 0), Answer(None), Answer(None), Answer(2)]
    )
    assert found == Tally(offered=8, answered=6, good=3, low=2, marked=5, promoters=2, detractors=2)
    assert (found.csat.value, found.response.value, found.nps.value) == (Fraction(1, 2), Fraction(3, 4), Fraction(0))


def test_nothing_asked_is_no_figure() -> None:
    none = tally([])
    assert (none.csat.value, none.response.value, none.nps.value) == (None, None, None)
    assert tally([Answer(None)]).response.value == 0


@pytest.mark.parametrize(
    ("score", "mark"), [(0, None), (6, None), (True, None), ("5", None), (None, 3), (3, 11), (3, -1)]
)
def test_what_is_no_mark_is_refused(score: object, mark: object) -> None:
    with pytest.raises(InvalidInputError):
        checked(score, mark)


def test_low_is_one_and_two() -> None:
    assert [is_low(score) for score in (None, 1, 2, 3, 4, 5)] == [False, True, True, False, False, False]


@settings(max_examples=50)
@given(st.lists(st.tuples(st.none() | st.integers(1, 5), st.none() | st.integers(0, 10))))
def test_shares_stay_within_their_bounds(pairs: list[tuple[int | None, int | None]]) -> None:
    found = tally(Answer(score, mark) for score, mark in pairs)
    assert found.good + found.low <= found.answered <= found.offered == len(pairs)
    assert found.promoters + found.detractors <= found.marked
    assert found.nps.value is None or -100 <= found.nps.value <= 100
