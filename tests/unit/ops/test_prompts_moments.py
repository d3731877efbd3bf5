"""Dates and times that a recogniser wrote down in its own way."""

from __future__ import annotations

from datetime import date, time

import pytest

from ops.prompts.moments import heard_date, heard_time


@pytest.mark.parametrize(
    ("language", "text", "right"),
    [
        ("zh", "最晚12月21日给您答复", True),
        ("zh", "最晚十二月二十一日给您答复。", True),
        ("zh", "最晚十月二十一日给您答复", False),
        ("zh", "最晚12月答复", False),
        ("en", "That is by December 21st at the latest.", True),
        ("en", "That is by December twenty-first, at the latest.", True),
        ("en", "That is by December 20th at the latest.", False),
        ("en", "That is by November 21st at the latest.", False),
        ("en", "", False),
    ],
)
def test_the_twenty_first_of_december(language: str, text: str, *, right: bool) -> None:
    assert heard_date(language, text, date(2026, 12, 21)) is right


@pytest.mark.parametrize(
    ("language", "text", "said", "right"),
    [
        ("zh", "9点05分", time(9, 5), True),
        ("zh", "九点零五分", time(9, 5), True),
        ("zh", "十点整", time(10), True),
        ("zh", "9点15分", time(9, 5), False),
        ("en", "9.05", time(9, 5), True),
        ("en", "nine oh five", time(9, 5), True),
        ("en", "fourteen thirty-five", time(14, 35), True),
        ("en", "0900 hours", time(9), True),
        ("en", "nine hundred hours", time(9), True),
        ("en", "9.50", time(9, 5), False),
        ("en", "hello", time(0), False),
    ],
)
def test_a_time(language: str, text: str, said: time, *, right: bool) -> None:
    assert heard_time(language, text, said) is right
