"""A ticket number's five digits of sequence in one breath: which languages need that, and the ways to say them (pure).

Bare Mandarin digits that were cut apart and joined again are not understood, so the sequence is said in one breath;
date and node, which end with a word of their own, are pieces. Not every take is understood, so a sequence has several:
other pauses, speeds and groups. ``ops.prompts.ahead`` keeps one that a recogniser heard right. English is understood
in pieces and needs none of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from ops.prompts import catalogue

_MANDARIN = str.maketrans("0123456789", "零一二三四五六七八九")


@dataclass(frozen=True)
class Way:
    """One way to say a sequence: the sizes of its groups, what stands between digits and groups, and the speed."""

    groups: tuple[int, ...]
    between_digits: str
    between_groups: str
    speed: float


WAYS: dict[str, tuple[Way, ...]] = {
    "zh": (
        Way((2, 3), "", ", ", 0.8),
        Way((3, 2), "", ", ", 0.8),
        Way((5,), "", "", 0.8),
        Way((2, 3), "", ". ", 0.8),
        Way((3, 2), "", ". ", 0.8),
        Way((2, 3), "", ", ", 0.7),
        Way((5,), "", "", 0.7),
        Way((3, 2), "", ", ", 0.9),
        Way((5,), ", ", "", 0.8),
    ),
}
"""The ways of each language, in the order in which they are tried."""


_SILENCE = (0.0, 0.4)
"""Seconds before and after: the piece before it ends with its own, the sentence behind would run into it."""


def order(language: str, sequence: str, way: Way, out: str) -> dict[str, object]:
    """What the renderer is told."""
    ends = list(accumulate(way.groups))
    groups = [sequence[end - size : end] for size, end in zip(way.groups, ends, strict=True)]
    return {
        "language": language,
        "voice": catalogue.VOICES[language].name,
        "speed": way.speed,
        "groups": [group.translate(_MANDARIN) for group in groups],
        "between": [way.between_digits, way.between_groups],
        "silence": _SILENCE,
        "out": out,
    }
