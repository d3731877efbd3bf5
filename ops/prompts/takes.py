"""Whole ticket numbers in one breath: which languages need that, and the ways to say one again (pure).

Mandarin digits that were cut apart and joined again are not understood, so a number is said whole: in groups, with
然后 ("then") around the node. Of the words that were tried it kept the parts apart best, and it sounds like no
digit. Not every take is understood, so a number has several: other pauses, speeds and groups. ``ops.prompts.ahead``
keeps one that a recogniser heard right. English is understood in pieces and needs none of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise

from ivr import ticketnumbers
from ops.prompts import catalogue

_MANDARIN = str.maketrans("0123456789", "零一二三四五六七八九")


@dataclass(frozen=True)
class Way:
    """One way to say a number: the sizes of its groups, what stands between digits and groups, and the speed."""

    groups: tuple[int, ...]
    between_digits: str
    between_groups: str
    speed: float


_PAIRS, _SPLIT, _SINGLES = (2, 2, 2, 2, 2, 3), (2, 1, 2, 1, 2, 2, 3), (2, 1, 1, 1, 1, 2, 2, 3)
"""26 11 23, 26 1 12 3 and 26 1 1 2 3: the second and third put a pause between two ones or twos of a date."""
WAYS: dict[str, tuple[Way, ...]] = {
    "zh": (
        Way(_PAIRS, "", ". ", 0.8),
        Way(_PAIRS, "", ", ", 0.8),
        Way(_SPLIT, "", ". ", 0.8),
        Way((1, 2, 2, 1, 2, 2, 3), "", ". ", 0.8),
        Way(_PAIRS, "", ". ", 0.7),
        Way(_SPLIT, "", ", ", 0.8),
        Way((2, 2, 2, 2, 3, 2), "", ". ", 0.8),
        Way((2, 1, 2, 1, 2, 3, 2), "", ". ", 0.8),
        Way(_SPLIT, "", ". ", 0.7),
        Way(_SPLIT, "", ". ", 0.9),
        Way(_SINGLES, "", ". ", 0.8),
    ),
}
"""The ways of each language; which comes first depends on the number."""


def ways(language: str, number: str) -> list[Way]:
    """All ways to say a number, first those that put a pause between like digits."""
    return sorted(WAYS[language], key=lambda way: _like_neighbours(split(number, way)))


def split(number: str, way: Way) -> list[str]:
    """The groups of a number."""
    ends = list(accumulate(way.groups))
    return [number[end - size : end] for size, end in zip(way.groups, ends, strict=True)]


def _like_neighbours(groups: list[str]) -> int:
    return sum(one == other for group in groups for one, other in pairwise(group))


_THEN = "然后"
_AROUND_THE_NODE = (6, 8)
_SILENCE = (0.2, 0.4)
"""Seconds before and after a number: without them the sentences around it run into it."""


def order(language: str, number: str, way: Way, out: str) -> dict[str, object]:
    """What the renderer is told. Raises ValueError for what is no ticket number."""
    ticketnumbers.groups(number)
    spoken, place = [], 0
    for group in split(number, way):
        if place in _AROUND_THE_NODE:
            spoken.append(_THEN)
        spoken.append(group.translate(_MANDARIN))
        place += len(group)
    return {
        "language": language,
        "voice": catalogue.VOICES[language].name,
        "speed": way.speed,
        "groups": spoken,
        "between": [way.between_digits, way.between_groups],
        "silence": _SILENCE,
        "out": out,
    }
