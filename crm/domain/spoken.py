"""What one side said in a recording as a row of units with their times, and phrases looked for in it (pure).

A unit is a character of Chinese or a word of another language. Phrases are written as people read them:
``请|麻烦 … 密码`` is one of two words, a gap of a few units, and another word; see ``Phrase``.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

from crm.domain.conversation import Span

GAP, LONG_GAP = 6, 20
"""Units that may stand where a phrase has its three dots, or six."""
LOOK_BACK = 10
"""Units before a phrase in which a word can take it back."""
BREAK = 3.0
"""Seconds between two units of a phrase after which it is no phrase any more."""
_GIVEN_WORDS = re.compile(r"[\w']+")


class Uttered(Protocol):
    """What is asked of a transcript's segment: times in seconds from the start of the recording."""

    @property
    def side(self) -> str:
        """Who speaks: caller or agent."""

    @property
    def start(self) -> float:
        """Where it begins."""

    @property
    def end(self) -> float:
        """Where it ends."""

    @property
    def text(self) -> str:
        """What was said."""

    @property
    def words(self) -> Sequence[Any]:
        """Mappings with text, start, end and confidence; empty where the engine gave none."""


@dataclass(frozen=True)
class Unit:
    """A character of Chinese, or a word."""

    text: str
    start: float
    end: float
    confidence: float = 1.0


@dataclass(frozen=True)
class Speech:
    """All that one side said, in the order of time."""

    units: tuple[Unit, ...]
    language: str

    @property
    def seconds(self) -> float:
        """How long there were words, pauses between them left out."""
        return sum(run.end - run.start for run in runs(self.units))

    @property
    def confidence(self) -> float:
        """How sure the engine was, in the mean; 0 where nothing was said."""
        return sum(unit.confidence for unit in self.units) / len(self.units) if self.units else 0.0

    def between(self, start: float, end: float) -> Speech:
        """What was begun in this stretch."""
        return Speech(tuple(unit for unit in self.units if start <= unit.start < end), self.language)


def speech_of(said: Iterable[Uttered], side: str, language: str) -> Speech:
    """What one side said."""
    utterances = sorted((one for one in said if one.side == side), key=lambda one: (one.start, one.end))
    return Speech(tuple(unit for one in utterances for unit in _units(one, language)), language)


def _units(one: Uttered, language: str) -> list[Unit]:
    if not one.words:
        return _spread(one.text, one.start, one.end, 1.0, language)
    found: list[Unit] = []
    for word in one.words:
        start, end = float(word["start"]), float(word["end"])
        found += _spread(str(word["text"]), start, end, float(word.get("confidence", 1.0)), language)
    return found


def _spread(text: str, start: float, end: float, confidence: float, language: str) -> list[Unit]:
    pieces = cut(text, language)
    step = max(0.0, end - start) / len(pieces) if pieces else 0.0
    return [Unit(piece, start + at * step, start + (at + 1) * step, confidence) for at, piece in enumerate(pieces)]


def cut(text: str, language: str) -> list[str]:
    """Text in units: small letters, no marks."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    if language != "zh":
        return _GIVEN_WORDS.findall(plain)
    return [one for one in plain if one.isalnum()]


def runs(units: Sequence[Unit], pause: float = 0.3) -> list[Span]:
    """Stretches in which words follow each other without a pause."""
    found: list[Span] = []
    for unit in units:
        if found and unit.start - found[-1].end <= pause:
            found[-1] = Span(found[-1].start, max(found[-1].end, unit.end))
        else:
            found.append(Span(unit.start, unit.end))
    return found


@dataclass(frozen=True)
class Phrase:
    """Something to look for, in one language.

    ``text``: pieces with ``…`` between them (``……``: far apart), each of alternatives with ``|`` between them.
    ``unless``: what takes it back when it stands just before it or in it (``不要|请勿`` before ``告诉别人密码``).
    """

    text: str
    language: str
    unless: str = ""

    def find(self, speech: Speech) -> list[Span]:
        """Each place where it was said."""
        line = _Line.of(speech)
        found = []
        for match in _compiled(self.text, self.language).finditer(line.text):
            first, last = line.unit_at(match.start("said")), line.unit_at(match.end("said") - 1)
            back = line.begin_of(max(0, first - LOOK_BACK))
            if self.unless and _compiled(self.unless, self.language).search(line.text, back, match.end()):
                continue
            if _holds_together(speech.units[first : last + 1]):
                found.append(Span(speech.units[first].start, speech.units[last].end, self.text))
        return found


_PATTERNS: dict[tuple[str, str], re.Pattern[str]] = {}


def _compiled(text: str, language: str) -> re.Pattern[str]:
    """As a regular expression over a line of units; there are as many as phrases in the lists."""
    known = _PATTERNS.get((text, language))
    if known is None:
        known = _PATTERNS[text, language] = re.compile(_expression(text, language))
    return known


def _expression(text: str, language: str) -> str:
    blank = "" if language == "zh" else " "
    unit = "." if language == "zh" else "(?:[^ ]+ )"
    made = ""
    for piece in re.split("(…+)", text):
        if piece.startswith("…"):
            made += f"{unit}{{0,{LONG_GAP if len(piece) > 1 else GAP}}}?"
            continue
        words = [blank.join(cut(one, language)) for one in piece.split("|")]
        made += "(?:" + "|".join(re.escape(one) for one in words if one) + ")" + blank
    return ("(?<= )" if blank else "") + f"(?P<said>{made})"


def _holds_together(units: Sequence[Unit]) -> bool:
    return all(after.start - before.end <= BREAK for before, after in pairwise(units))


@dataclass(frozen=True)
class _Line:
    """A speech as one line of text, with where each unit begins in it."""

    text: str
    begins: tuple[int, ...]

    @classmethod
    def of(cls, speech: Speech) -> _Line:
        blank = "" if speech.language == "zh" else " "
        begins, parts, at = [], [blank], len(blank)
        for unit in speech.units:
            begins.append(at)
            parts.append(unit.text + blank)
            at += len(unit.text) + len(blank)
        return cls("".join(parts), tuple(begins))

    def unit_at(self, place: int) -> int:
        return max(0, bisect_right(self.begins, place) - 1)

    def begin_of(self, unit: int) -> int:
        return self.begins[unit] if unit < len(self.begins) else len(self.text)


def find_all(phrases: Iterable[Phrase], speech: Speech) -> tuple[Span, ...]:
    """Every place where one of the phrases was said; of places that overlap, the first and longest."""
    spans = sorted((one for phrase in phrases for one in phrase.find(speech)), key=lambda one: (one.start, -one.end))
    found: list[Span] = []
    for span in spans:
        if not found or span.start >= found[-1].end:
            found.append(span)
    return tuple(found)


def phrases(language: str, *texts: str, unless: str = "") -> tuple[Phrase, ...]:
    """Phrases of one language with the same exceptions."""
    return tuple(Phrase(text, language, unless) for text in texts)
