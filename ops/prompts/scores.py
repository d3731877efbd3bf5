"""How much of a text was heard: errors counted against what was said (pure)."""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORDS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_MANDARIN = dict(zip("零〇一幺二两三四五六七八九", "0011223456789", strict=True))
_ENGLISH = {word: str(value) for value, word in enumerate(_WORDS[:10])} | {"oh": "0"}
_SPELT_ALIKE = {"ok": "okay", "callback": "call back", "pin": "PIN", "advisor": "adviser", "advisors": "advisers"}


def edits(said: Sequence[str], heard: Sequence[str]) -> int:
    """The least number of words put in, left out or changed that makes one of the other."""
    row = list(range(len(heard) + 1))
    for place, word in enumerate(said, start=1):
        before, row[0] = row[0], place
        for other, guess in enumerate(heard, start=1):
            before, row[other] = row[other], min(row[other] + 1, row[other - 1] + 1, before + (word != guess))
    return row[-1]


def english_words(text: str) -> list[str]:
    """Words without case and punctuation; numbers under 20 as words."""
    lower = re.sub(r"\d+", lambda found: f" {_spelt(found[0])} ", text.lower())
    words = re.findall(r"[a-z]+(?:'[a-z]+)?", lower)
    return " ".join(_SPELT_ALIKE.get(word, word) for word in words).split()


def _spelt(digits: str) -> str:
    value = int(digits)
    return _WORDS[value] if value < len(_WORDS) else " ".join(_WORDS[int(one)] for one in digits)


_TENS_OF_A_DATE = re.compile(r"([二三]?)十([一二三四五六七八九]?)(?=[月日号])")
"""A listener may write a month or a day with its ten: 十一月 is 11, 二十二日 is 22, 二十日 is 20."""


def _two_digits(found: re.Match[str]) -> str:
    return (_MANDARIN[found[1]] if found[1] else "1") + (_MANDARIN[found[2]] if found[2] else "0")


def digits_heard(language: str, text: str) -> str:
    """The digits of a number as they were heard; every other word is dropped."""
    if language == "zh":
        text = _TENS_OF_A_DATE.sub(_two_digits, text)
        return "".join(_MANDARIN.get(one, one if one.isascii() and one.isdigit() else "") for one in text)
    spelt = re.sub(r"[a-z]+", lambda found: _ENGLISH.get(found[0], ""), text.lower())
    return "".join(one for one in spelt if one.isascii() and one.isdigit())


_AGAIN = {"zh": "再说一遍", "en": "again"}


def times_heard(language: str, text: str, digits: str) -> int:
    """How often these digits, told twice, were heard; told apart by the words before the second time."""
    first, _, second = text.lower().partition(_AGAIN[language])
    return sum(digits in digits_heard(language, told) for told in (first, second))
