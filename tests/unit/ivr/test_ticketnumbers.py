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
        (1, 0, 23423),
        (90, 0, 23423),
        (2, 0, 32432),  # not 23423: the node 02 ends with 2
        (1, 23423, 23425),  # 23424 has its 4 twice and ends with it
        (1, 23426, 23429),  # 23427 has a seven, 23428 ends with 8
        (1, 23429, 23452),
        (1, 29869, 32432),
        (1, 98694, 98695),
        (1, 98695, 98696),  # the easy ones are used up
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


@given(nodes, st.integers(0, 87_985))
def test_no_digit_is_like_one_of_the_two_before_it_and_none_is_zero_one_or_seven(node: int, last: int) -> None:
    digits = str(next_sequence(node, last))
    assert len(digits) == 5
    assert not {"0", "1", "7"} & set(digits)
    assert all(len({*digits[place : place + 3]}) == 3 for place in range(3))
    assert digits[0] != str(node)[-1]
    assert digits[-1] not in "48"


@pytest.mark.parametrize(("node", "easy"), [(1, 3_750), (90, 3_750), (2, 3_210)])
def test_how_many_easy_numbers_a_day_holds(node: int, easy: int) -> None:
    given_out, last = 0, 0
    while last < 98_695:
        last = next_sequence(node, last)
        given_out += 1
    assert given_out == easy
