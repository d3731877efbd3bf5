"""Whole ticket numbers in one breath: which languages need that, and the ways to say one again (pure).

Mandarin digits that were cut apart and joined again are not understood, so a number is said whole: in groups, with
然后 ("then") around the node. Of the words that were tried it kept the parts apart best, and it sounds like no
digit. Not every take is understood, so a number has several: other pauses, speeds and groups. ``ops.prompts.ahead``
keeps one that a recogniser heard right. English is understood in pieces and needs none of this.
"""

from __future__ import annotations

from dataclasses import dataclass

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


_PAIRS, _HALVES = (2, 2, 2, 2, 2, 3), (2, 4, 2, 5)
WAYS: dict[str, tuple[Way, ...]] = {
    "zh": (
        Way(_PAIRS, "", ". ", 0.8),
        Way(_PAIRS, "", ", ", 0.8),
        Way(_PAIRS, "", ". ", 0.7),
        Way((2, 2, 2, 2, 3, 2), "", ". ", 0.8),
        Way(_HALVES, "", ", ", 0.75),
        Way(_PAIRS, "", ": ", 0.9),
    ),
}
"""The ways of each language in the order in which they are tried."""


_THEN = "然后"
_AROUND_THE_NODE = (6, 8)
_SILENCE = (0.2, 0.4)
"""Seconds before and after a number: without them the sentences around it run into it."""


def order(language: str, number: str, way: Way, out: str) -> dict[str, object]:
    """What the renderer is told. Raises ValueError for what is no ticket number."""
    ticketnumbers.groups(number)
    spoken, place = [], 0
    for size in way.groups:
        if place in _AROUND_THE_NODE:
            spoken.append(_THEN)
        spoken.append(number[place : place + size].translate(_MANDARIN))
        place += size
    return {
        "language": language,
        "voice": catalogue.VOICES[language].name,
        "speed": way.speed,
        "groups": spoken,
        "between": [way.between_digits, way.between_groups],
        "silence": _SILENCE,
        "out": out,
    }
