"""Whether a date or a time was heard as it was said, in figures or in words (pure)."""

from __future__ import annotations

import re
from datetime import date, time

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")  # fmt: skip
_ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
         "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")  # fmt: skip
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
             "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
             "eighteenth", "nineteenth", "twentieth")  # fmt: skip
_ENGLISH = {
    **{name: value for value, name in enumerate(_ONES)},
    **{name: value for value, name in enumerate(_ORDINALS, start=1)},
    "oh": 0, "twenty": 20, "thirty": 30, "thirtieth": 30, "forty": 40, "fifty": 50,
}  # fmt: skip
_MANDARIN = {name: value for value, name in enumerate("零一二三四五六七八九")} | {"两": 2}


def heard_date(language: str, text: str, said: date) -> bool:
    """Whether month and day were heard."""
    if language == "zh":
        return _mandarin(text) == [said.month, said.day]
    months = [number for number, name in enumerate(_MONTHS, start=1) if name in text.lower()]
    return months == [said.month] and _joined(_english(text)) == said.day


def heard_time(language: str, text: str, said: time) -> bool:
    """Whether hour and minute were heard."""
    if language == "zh":
        numbers = _mandarin(text)
        return numbers == [said.hour, said.minute] or (not said.minute and numbers == [said.hour])
    numbers = _english(re.sub(r"hundred", " 0 0 ", text.lower()))
    return _joined(numbers) == said.hour * 100 + said.minute


def _joined(numbers: list[int]) -> int:
    return int("".join(str(number) for number in numbers) or "-1")


def _mandarin(text: str) -> list[int]:
    return [_counted(found) for found in re.findall(r"\d+|[零一二两三四五六七八九十]+", text)]


def _counted(text: str) -> int:
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.lstrip("零").rpartition("十")
    if len(tens) > 1 or len(ones) > 1:
        return -1
    return (_MANDARIN[tens] if tens else 1) * 10 * bool(ten) + (_MANDARIN[ones] if ones else 0)


def _english(text: str) -> list[int]:
    """The numbers of a text; twenty and one make twenty-one, figures keep their zeros apart."""
    numbers: list[int] = []
    for word in re.findall(r"\d|[a-z]+", re.sub(r"(\d)(?:st|nd|rd|th)\b", r"\1", text.lower())):
        value = int(word) if word.isdigit() else _ENGLISH.get(word)
        if value is None:
            continue
        if numbers and numbers[-1] in (20, 30, 40, 50) and 0 < value < 10 and not word.isdigit():
            numbers[-1] += value
        else:
            numbers.append(value)
    return numbers
