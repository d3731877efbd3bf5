"""Groups of English digits, each rendered by itself: the pieces of a ticket number.

A comma after every digit keeps two like digits apart; a group ends as a sentence does, so nothing is cut out of
anything. Mandarin groups that were rendered by themselves were not understood (docs/decisions/0006).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from ivr import speech
from ops.prompts import catalogue

RECIPE = "1"
SPEED = 0.9
_BETWEEN = (", ", ". ")
_SILENCE = (0.0, 0.3)
_KINDS = ("code_pair_", "code_three_")
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True)
class Group:
    """One group: its id and its digits as words."""

    id: str
    words: str


def groups(language: str) -> list[Group]:
    """All groups of a language."""
    ids = (name for name in speech.pieces(language) if name.startswith(_KINDS))
    return [Group(name, " ".join(_DIGITS[int(one)] for one in name.rpartition("_")[2])) for name in ids]


def made_from(language: str, group: Group) -> str:
    """A hash of everything that decides how a group sounds."""
    parts = [RECIPE, catalogue.VOICES[language].name, SPEED, group.words, _BETWEEN, _SILENCE]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def order(language: str, group: Group) -> dict[str, object]:
    """What the renderer is told."""
    return {
        "language": language,
        "voice": catalogue.VOICES[language].name,
        "speed": SPEED,
        "groups": [group.words],
        "between": _BETWEEN,
        "silence": _SILENCE,
        "out": str(catalogue.path_of(language, group.id)),
    }
