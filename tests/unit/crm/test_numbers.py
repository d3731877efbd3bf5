"""One key for all the ways to write a telephone number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.numbers import as_given, last_four, number_key


@pytest.mark.parametrize(
    "written",
    [
        "13800138000",
        "+86 138 0013 8000",
        "138-0013-8000",
        "008613800138000",
        "86 13800138000",
        "１３８００１３８０００",
        "+8613800138000",
    ],
)
def test_every_way_to_write_a_mobile_number_has_one_key(written: str) -> None:
    assert number_key(written) == "8613800138000"


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("021 6123 4567", "862161234567"),
        ("+1 212-555-0123", "12125550123"),
        ("1001", "1001"),
        ("95000", "95000"),
        ("", None),
        (None, None),
        ("anonymous", None),
        ("+", None),
    ],
)
def test_other_numbers_keep_apart(written: str | None, key: str | None) -> None:
    assert number_key(written) == key


@given(st.text(max_size=60))
def test_any_text_has_a_key_of_digits_or_none(text: str) -> None:
    key = number_key(text)
    assert key is None or (key.isascii() and key.isdigit() and len(key) <= 32)


@pytest.mark.parametrize(("written", "four"), [("13800138000", "8000"), ("123", None), (None, None)])
def test_the_last_four(written: str | None, four: str | None) -> None:
    assert last_four(written) == four


def test_a_foreign_number_is_not_taken_for_one_of_ours() -> None:
    given = as_given("+13105551234")
    assert given == "+13105551234"
    assert number_key(given) == "13105551234"
    assert number_key("13105551234") == "8613105551234"


@pytest.mark.parametrize(("text", "given"), [("", None), ("+", None), ("138-0013 8000", "13800138000"), ("1+2", "12")])
def test_a_number_is_kept_as_the_line_gave_it(text: str, given: str | None) -> None:
    assert as_given(text) == given
