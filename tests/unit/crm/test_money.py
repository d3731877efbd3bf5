"""Amounts: what people type becomes whole fen, and nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.errors import InvalidInputError
from crm.domain.money import MOST_FEN, fen_of, yuan


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("0", 0),
        ("1234.5", 123450),
        ("1,234.50", 123450),
        ("¥1,234.50", 123450),
        ("￥12.30元", 1230),
        ("12.30 元", 1230),
        ("CNY 5", 500),
        ("１２．５", 1250),
        (" 0.01 ", 1),
        ("007", 700),
    ],
)
def test_an_amount_in_yuan_becomes_fen(typed: str, fen: int) -> None:
    assert fen_of(typed) == fen


@pytest.mark.parametrize(
    "typed", ["", "-1", "1.234", "1,23", "12,34.5", "1e3", "abc", "1.2.3", "NaN", ".5", "½", "9999999999999", "1 2"]
)
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInputError):
        fen_of(typed)


def test_an_amount_beyond_all_measure_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="more than any"):
        fen_of("999,999,999,999.99")


@given(st.integers(min_value=0, max_value=MOST_FEN))
def test_what_is_shown_can_be_typed_again(fen: int) -> None:
    assert fen_of(yuan(fen)) == fen


def test_a_negative_amount_is_shown_with_its_sign() -> None:
    assert yuan(-123456) == "-1,234.56"
