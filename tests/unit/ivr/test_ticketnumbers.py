"""Which ticket numbers are given out: rising, never twice, and easy to hear as long as the day has such."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.ticketnumbers import MAX_SEQUENCE, next_sequence

nodes = st.integers(1, 99)


@pytest.mark.parametrize(
    ("node", "last", "following"),
    [
        (1, 0, 21345),  # not 12345: the node 01 ends with 1
        (2, 0, 12345),
        (90, 0, 12345),
        (1, 21345, 21346),
        (1, 21349, 21354),  # 21350 has a zero, 21351 its 1 twice
        (1, 29876, 31245),
        (1, 31298, 31425),
        (1, 98764, 98765),
        (1, 98765, 98766),  # the easy ones are used up
        (1, 99998, 99999),
    ],
)
def test_the_sequence_that_follows(node: int, last: int, following: int) -> None:
    assert next_sequence(node, last) == following


@pytest.mark.parametrize("last", [-1, MAX_SEQUENCE, MAX_SEQUENCE + 1])
def test_nothing_follows_the_last(last: int) -> None:
    with pytest.raises(ValueError, match="nothing follows"):
        next_sequence(1, last)


@given(nodes, st.integers(0, MAX_SEQUENCE - 1))
def test_sequences_rise(node: int, last: int) -> None:
    assert last < next_sequence(node, last) <= MAX_SEQUENCE


@given(nodes, st.integers(0, 98_764))
def test_no_digit_comes_twice_and_none_is_zero(node: int, last: int) -> None:
    digits = str(next_sequence(node, last))
    if node % 10 == 9 and last >= 89_765:
        return  # nodes that end with 9 have used up their easy ones
    assert len(digits) == len(set(digits)) == 5
    assert "0" not in digits
    assert digits[0] != str(node)[-1]


def test_a_day_holds_13440_easy_numbers() -> None:
    given_out, last = 0, 0
    while last < 98_765:
        last = next_sequence(1, last)
        given_out += 1
    assert given_out == 13_440
