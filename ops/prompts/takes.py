"""Parts of a ticket number in one breath: which languages need that, and the ways to say them (pure).

Bare Mandarin digits that were cut apart and joined again are not understood, so the sequence is said in one breath;
a date is often understood from its pieces, and better in one. Not every take is understood, so each part has several:
other pauses, speeds and groups. ``ops.prompts.ahead`` keeps one that a recogniser heard right. English is understood
in pieces and needs none of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from ops.prompts import catalogue

LANGUAGES = ("zh",)
"""Languages whose numbers are rendered ahead."""
_DIGITS = "零一二三四五六七八九"
_MANDARIN = str.maketrans("0123456789", _DIGITS)


@dataclass(frozen=True)
class Way:
    """One way to say a sequence: the sizes of its groups, what stands between digits and groups, and the speed."""

    groups: tuple[int, ...]
    between_digits: str
    between_groups: str
    speed: float


@dataclass(frozen=True)
class DateWay:
    """One way to say a date: what stands between year, month and day, whether a zero is said, and the speed."""

    between: str
    zero: bool
    speed: float


WAYS = (
    Way((2, 3), "", ", ", 0.8),
    Way((3, 2), "", ", ", 0.8),
    Way((5,), "", "", 0.8),
    Way((2, 3), "", ". ", 0.8),
    Way((3, 2), "", ". ", 0.8),
    Way((2, 3), "", ", ", 0.7),
    Way((5,), "", "", 0.7),
    Way((3, 2), "", ", ", 0.9),
    Way((5,), ", ", "", 0.8),
)
"""The ways of a sequence, in the order in which they are tried."""
DATE_WAYS = (
    DateWay("", zero=True, speed=0.8),
    DateWay(", ", zero=True, speed=0.8),
    DateWay("", zero=True, speed=0.7),
    DateWay("", zero=True, speed=0.9),
    DateWay(", ", zero=True, speed=0.9),
    DateWay("", zero=False, speed=0.8),
    DateWay(", ", zero=False, speed=0.8),
    DateWay(". ", zero=True, speed=0.8),
)
"""The ways of a date."""

_SILENCE = (0.0, 0.4)
"""Seconds before and after: the piece before it ends with its own, the sentence behind would run into it."""


def of_sequence(language: str, sequence: str, way: Way, out: str) -> dict[str, object]:
    """What the renderer is told to say a sequence's five digits."""
    ends = list(accumulate(way.groups))
    groups = [sequence[end - size : end] for size, end in zip(way.groups, ends, strict=True)]
    said = [group.translate(_MANDARIN) for group in groups]
    return _order(language, said, (way.between_digits, way.between_groups), way.speed, out)


def of_date(language: str, day: str, way: DateWay, out: str) -> dict[str, object]:
    """What the renderer is told to say a date, ``yymmdd``."""
    year = day[:2].translate(_MANDARIN) + "年"
    month = _counted(day[2:4], zero=way.zero) + "月"
    of_month = _counted(day[4:], zero=way.zero) + "日"
    said = [year, month, of_month] if way.between else [year + month + of_month]
    return _order(language, said, ("", way.between), way.speed, out)


def _counted(two: str, *, zero: bool) -> str:
    """Two digits as a month or a day is said: 零五 or 五, 十, 十一, 二十二."""
    tens, ones = int(two[0]), int(two[1])
    if not tens:
        return ("零" if zero else "") + _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + ("" if not ones else _DIGITS[ones])


def _order(language: str, said: list[str], between: tuple[str, str], speed: float, out: str) -> dict[str, object]:
    return {
        "language": language,
        "voice": catalogue.VOICES[language].name,
        "speed": speed,
        "groups": said,
        "between": list(between),
        "silence": _SILENCE,
        "out": out,
    }
