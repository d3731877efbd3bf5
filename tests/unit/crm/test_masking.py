"""What masked values look like, and that a mask tells no more than it should."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain import masking
from crm.domain.field_rules import Field, Sight


@pytest.mark.parametrize(
    ("field", "whole", "masked"),
    [
        (Field.PHONE, "13800138001", "138••••8001"),
        (Field.PHONE, "02161234567", "021••••4567"),
        (Field.PHONE, "12345", "•••••"),
        (Field.NAME, "张三", "张•"),
        (Field.NAME, "张小三", "张••"),
        (Field.NAME, "欧阳娜娜", "欧阳••"),
        (Field.NAME, "欧阳", "欧•"),
        (Field.NAME, "李", "李•"),
        (Field.NAME, "John Smith", "J•• S••"),
        (Field.EMAIL, "nana@example.com", "n•••@example.com"),
        (Field.EMAIL, "nana_77", "n•••"),
        (Field.ID_NUMBER, "11010519491231002X", "1••••••••••••••••X"),
        (Field.ADDRESS, "北京市朝阳区建国路一号", "北京市•••"),
        (Field.ADDRESS, "1 High Street, Leeds", "1 •••"),
        (Field.CARD_NUMBER, "6222020012345678901", "622202•••••••••8901"),
        (Field.WORDS, "anything", "•••"),
    ],
)
def test_a_value_is_masked_by_its_kind(field: Field, whole: str, masked: str) -> None:
    assert masking.shown(whole, field, Sight.MASKED) == masked
    assert masking.shown(whole, field, Sight.WHOLE) == whole
    assert masking.shown(whole, field, Sight.HIDDEN) is None


def test_nothing_stays_nothing() -> None:
    assert masking.shown("", Field.PHONE, Sight.MASKED) == ""


@given(st.text(alphabet="0123456789", min_size=8, max_size=20))
def test_a_number_tells_seven_digits_at_most(number: str) -> None:
    masked = masking.masked(number, Field.PHONE)
    assert len(masked) == len(number)
    assert sum(char != masking.DOT for char in masked) == 7


@given(st.text(min_size=2, max_size=40), st.sampled_from([f for f in Field if f is not Field.EMAIL]))
def test_no_mask_tells_everything(text: str, field: Field) -> None:
    if text.strip():
        assert masking.masked(text, field) != text
