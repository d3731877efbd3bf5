"""What a masked value looks like, one form a kind of value (pure). Reference: domain 2.7.

Who reads a value whole, masked or not at all is ``crm.domain.field_rules``; this is how masked ones are written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crm.domain.field_rules import Field, Sight

DOT = "•"
_SHORT_NUMBER = 8
_DOUBLE_SURNAMES = frozenset(
    {
        "欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯", "诸葛",
        "尉迟", "公羊", "赫连", "澹台", "皇甫", "宗政", "濮阳", "公冶", "太叔", "申屠", "公孙", "慕容",
        "仲孙", "钟离", "长孙", "宇文", "司徒", "鲜于", "司空", "闾丘", "子车", "亓官", "司寇", "巫马",
        "公西", "令狐", "轩辕", "呼延", "拓跋", "百里", "东郭", "西门", "南门", "第五",
    }
)  # fmt: skip
"""Surnames of two characters."""
_PLACE_ENDS = "省市区县州盟旗"


def shown(text: str, field: Field, sight: Sight) -> str | None:
    """A value as somebody sees it; None: not at all."""
    if sight is Sight.HIDDEN:
        return None
    return text if sight is Sight.WHOLE or not text else masked(text, field)


def masked(text: str, field: Field) -> str:
    """The masked form of a value; of a kind that has none, nothing but dots."""
    form = _FORMS.get(field)
    return form(text) if form is not None else DOT * 3


def ends(text: str, first: int, last: int) -> str:
    """The first and last characters; all of it hidden when it is not longer than both."""
    if len(text) <= first + last:
        return DOT * len(text)
    return f"{text[:first]}{DOT * (len(text) - first - last)}{text[-last:]}"


def phone(number: str) -> str:
    """Three and four digits; of a short number none."""
    return DOT * len(number) if len(number) < _SHORT_NUMBER else ends(number, 3, 4)


def name(text: str) -> str:
    """The surname of a Chinese name, the first letters of others."""
    if text.isascii() or " " in text:
        return " ".join(f"{word[0]}{DOT * 2}" for word in text.split())
    keep = 2 if len(text) > 2 and text[:2] in _DOUBLE_SURNAMES else 1
    return text[:keep] + DOT * max(1, len(text) - keep)


def net_address(text: str) -> str:
    """The first character, and the house after the @."""
    local, at, house = text.rpartition("@")
    return f"{local[:1]}{DOT * 3}@{house}" if at else f"{text[:1]}{DOT * 3}"


def place(text: str) -> str:
    """An address as far as the town or county, at most its first half; else two characters of it."""
    half = max(2, len(text) // 2)
    cut = max((index + 1 for index, char in enumerate(text[:half]) if char in _PLACE_ENDS), default=min(2, half))
    return text[:cut] + DOT * 3


_FORMS: Mapping[Field, Callable[[str], str]] = {
    Field.PHONE: phone,
    Field.NAME: name,
    Field.EMAIL: net_address,
    Field.ADDRESS: place,
    Field.ID_NUMBER: lambda text: ends(text, 1, 1),
    Field.CARD_NUMBER: lambda text: ends(text, 6, 4),
}
