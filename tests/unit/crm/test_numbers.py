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
        "013800138000",
        "0 138 0013 8000",
        "0086 138 0013 8000",
        "(+86) 138-0013-8000",
        "+86 (0)138 0013 8000",
        "1795113800138000",
        "８６－１３８－００１３－８０００",
        "tel:+86-138-0013-8000",
        "sip:13800138000@10.20.30.40;transport=udp",
        "\t13800138000\u00a0",
        "138.0013.8000",
        "138/0013/8000",
    ],
)
def test_every_way_to_write_a_mobile_number_has_one_key(written: str) -> None:
    assert number_key(written) == "8613800138000"


@pytest.mark.parametrize(
    "written",
    [
        "02161234567", "+86 21 6123 4567", "86-021-61234567", "(021)61234567", "021-6123-4567", "0086 21 61234567",
        "021-61234567-801", "021-61234567转801", "021-61234567 转接 801", "021-61234567分机：12",
        "02161234567 ext. 801", "02161234567;ext=801", "02161234567,801", "02161234567#801", "02161234567x8",
        "021-61234567 转", "021 6123 4567—8",
    ],
)  # fmt: skip
def test_a_house_is_found_whatever_desk_in_it_calls(written: str) -> None:
    assert number_key(written) == "862161234567"


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("021 6123 4567", "862161234567"),
        ("+1 212-555-0123", "12125550123"),
        ("1001", "1001"),
        ("61234567", "61234567"),
        ("400-800-1234", "864008001234"),
        ("400-800-1234-5", "864008001234"),
        ("00852 2345 6789", "85223456789"),
        ("001 310-555-1234", "13105551234"),
        ("110", "110"),
        ("10-01", "1001"),
        ("123-45", "12345"),
        ("withheld", None),
        ("sip:anonymous@anonymous.invalid", None),
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
