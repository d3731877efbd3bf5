"""Groups that were rendered by themselves, the pieces of ticket numbers: English digits, Mandarin parts of a date.

A comma after every English digit keeps two like digits apart; a group ends as a sentence does, so nothing is cut out
of anything. A Mandarin group ends with the word of its unit (year, month, day, number), which closes it; bare Mandarin
digits that were rendered by themselves were not understood (docs/decisions/0006).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from ivr import speech
from ops.prompts import catalogue

RECIPE = "1"
SPEEDS = {"en": 0.9, "zh": 0.8}
_BETWEEN = {"en": (", ", ". "), "zh": ("", ". ")}
_SILENCE = (0.0, 0.3)
_SHORT_SILENCE = (0.0, 0.05)
_KINDS = ("code_pair_", "code_three_")
_UNITS = {"ticket_year_": "年", "ticket_month_": "月", "ticket_day_": "日", "ticket_node_": "号"}
_FLOWING = ("ticket_year_", "ticket_month_")
"""What follows them belongs to the same date."""
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_ZH = "零一二三四五六七八九"


@dataclass(frozen=True)
class Group:
    """One group: its id and its digits as words."""

    id: str
    words: str

    @property
    def silence(self) -> tuple[float, float]:
        """Seconds before and after it."""
        return _SHORT_SILENCE if self.id.startswith(_FLOWING) else _SILENCE


def groups(language: str) -> list[Group]:
    """All groups of a language."""
    kinds = (*_KINDS, *_UNITS)
    ids = (name for name in speech.pieces(language) if name.startswith(kinds))
    return [Group(name, _words(*name.rpartition("_")[::2])) for name in ids]


def _words(kind: str, digits: str) -> str:
    unit = _UNITS.get(f"{kind}_")
    if unit:
        return "".join(_ZH[int(one)] for one in digits) + unit
    return " ".join(_DIGITS[int(one)] for one in digits)


def made_from(language: str, group: Group) -> str:
    """A hash of everything that decides how a group sounds."""
    parts = [RECIPE, catalogue.VOICES[language].name, SPEEDS[language], group.words, _BETWEEN[language], group.silence]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def order(language: str, group: Group) -> dict[str, object]:
    """What the renderer is told."""
    return {
        "language": language,
        "voice": catalogue.VOICES[language].name,
        "speed": SPEEDS[language],
        "groups": [group.words],
        "between": _BETWEEN[language],
        "silence": group.silence,
        "out": str(catalogue.path_of(language, group.id)),
    }
