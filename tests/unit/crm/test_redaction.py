"""What nobody should write down is taken out of what is typed in; nothing else is touched."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.domain.redaction import hide_cards, redacted


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("卡号6222021234567890128请查", "卡号622202•••••••••0128请查"),
        ("my card 4111 1111 1111 1111 was used", "my card 4111 11•• •••• 1111 was used"),
        ("4111-1111-1111-1111", "4111-11••-••••-1111"),
        ("身份证11010519491231002X", "身份证••••••••••••••002X"),
        ("密码是abc123", "密码是•••"),
        ("支付密码：885521,谢谢", "支付密码：•••,谢谢"),
        ("CVV 123", "CVV •••"),
        ("my password is hunter2", "my password is •••"),
        ("有效期12/28", "有效期••/••"),
        ("expiry date 12/2028", "expiry date ••/••"),
    ],
)
def test_secrets_and_numbers_are_taken_out(text: str, kept: str) -> None:
    assert redacted(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "单号 2611210100042",
        "工单261121-01-00042",
        "电话13800138000",
        "金额123456.78元,共1234567890123元",
        "password reset please",
        "忘记密码了",
        "卡号6222021234567890127",
        "2026-11-22 10:00:00",
        "订单号11010519491231003X",
        "0000000000000000",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert redacted(text) == text


@given(st.text(alphabet="0123456789 -X密码是abc卡号", max_size=80))
@settings(max_examples=80, deadline=None)
def test_to_take_out_twice_changes_nothing(text: str) -> None:
    assert redacted(redacted(text)) == redacted(text)


@pytest.mark.parametrize(
    ("typed", "kept", "count"),
    [
        ("card 6222021234567894 used", "card 622202••••••7894 used", 1),
        ("6222 0212 3456 7894", "6222 02•• •••• 7894", 1),
        ("5500-0000-0000-0004", "5500-00••-••••-0004", 1),
        ("9558 8012 0010 0123 459", "9558 80•• •••• •••3 459", 1),
        ("2221000000000009", "222100••••••0009", 1),
        ("2720999999999996", "272099••••••9996", 1),
        ("card6222021234567894used", "card622202••••••7894used", 1),
        ("2611210100048 2721000000000004 1234567890128", "2611210100048 2721000000000004 1234567890128", 0),
        ("6222021234567895", "6222021234567895", 0),
        ("call 13800138000, ticket 2611210100042", "call 13800138000, ticket 2611210100042", 0),
        ("x" * 10, "x" * 10, 0),
        ("12345678901234567890123", "12345678901234567890123", 0),
    ],
)
def test_card_numbers_are_masked_and_nothing_else_is(typed: str, kept: str, count: int) -> None:
    assert hide_cards(typed) == (kept, count)


@given(st.text(alphabet="0123456789 -•ab\n", max_size=60))
def test_masking_changes_no_length_and_is_done_once(text: str) -> None:
    masked, _count = hide_cards(text)
    assert len(masked) == len(text)
    assert hide_cards(masked)[0] == masked
