"""Scorecards: sections of items worth points, fatal findings, and what a filled card comes to (pure).

A card is data (``parse``); a version of it that was published never changes. Points are whole; a score is counted in
tenths of a point, 0 to 1000, because an item that does not apply gives its weight to others and leaves fractions.
Reference: domain 3.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

TOTAL = 100
"""What the weights of a card's sections come to."""
TENTHS = 10


class FatalKind(StrEnum):
    """Whom a fatal finding hurts most."""

    CUSTOMER = "customer"
    BUSINESS = "business"
    COMPLIANCE = "compliance"


class Effect(StrEnum):
    """What a fatal finding does to the evaluation."""

    ZERO = "zero"
    """the score is 0"""
    COACH = "coach"
    """the score stays, and the agent is coached"""


class NotApplicable(StrEnum):
    """What becomes of the points of an item that this call gave no occasion for."""

    SECTION = "section"
    """the other items of its section carry its weight; a section without any gives its own to the other sections"""
    CARD = "card"
    """all other items carry its weight"""
    FULL = "full"
    """they are given"""


class Auto(StrEnum):
    """What a machine can look for; it only suggests."""

    NONE = ""
    PHRASE = "phrase"
    SILENCE = "silence"
    OVERLAP = "overlap"
    RATE = "rate"
    DATA = "data"


@dataclass(frozen=True)
class Words:
    """The same in both languages of the screens."""

    zh: str
    en: str

    def __getitem__(self, language: str) -> str:
        """In this language of the screen (``zh…`` or another)."""
        return self.zh if language.startswith("zh") else self.en


@dataclass(frozen=True)
class Item:
    """A criterion. ``may_not_apply``: the scorer may say that this call gave no occasion for it."""

    code: str
    title: Words
    points: int
    guide: Words = Words("", "")
    may_not_apply: bool = False
    auto: Auto = Auto.NONE


@dataclass(frozen=True)
class Section:
    """Items that belong together. ``weight``: of the 100; most cards give a section what its items come to."""

    code: str
    title: Words
    weight: int
    items: tuple[Item, ...]

    @property
    def points(self) -> int:
        """What its items come to."""
        return sum(item.points for item in self.items)


@dataclass(frozen=True)
class Fatal:
    """A red line."""

    code: str
    title: Words
    kind: FatalKind
    effect: Effect = Effect.ZERO
    guide: Words = Words("", "")
    auto: Auto = Auto.NONE


@dataclass(frozen=True)
class Grade:
    """A name for scores from ``least`` points on."""

    code: str
    title: Words
    least: int


@dataclass(frozen=True)
class Card:
    """A version's content. ``grades``: the highest first, the last from 0 on."""

    title: Words
    sections: tuple[Section, ...]
    fatals: tuple[Fatal, ...]
    grades: tuple[Grade, ...]
    not_applicable: NotApplicable = NotApplicable.SECTION

    @property
    def items(self) -> tuple[Item, ...]:
        """All items in their order."""
        return tuple(item for section in self.sections for item in section.items)

    def item(self, code: str) -> Item | None:
        """The item of this code."""
        return next((item for item in self.items if item.code == code), None)

    def fatal(self, code: str) -> Fatal | None:
        """The fatal finding of this code."""
        return next((fatal for fatal in self.fatals if fatal.code == code), None)


@dataclass(frozen=True)
class ItemResult:
    """What one item came to: ``earned`` of ``possible`` points; both 0 where it does not apply."""

    code: str
    earned: int
    possible: int
    applies: bool


@dataclass(frozen=True)
class Score:
    """What a filled card comes to. ``raw`` is without fatal findings; ``score`` is what counts. Both in tenths."""

    raw: int
    score: int
    grade: str
    fatals: tuple[str, ...]
    items: tuple[ItemResult, ...]

    @property
    def fatal(self) -> bool:
        """Whether a red line was crossed, whatever it does to the score."""
        return bool(self.fatals)


def score(
    card: Card, taken: Mapping[str, int], *, not_applicable: Iterable[str] = (), fatals: Sequence[str] = ()
) -> Score:
    """What a card comes to. ``taken``: item → points taken, more than there are count as all.

    ``raw`` = 100 × Σ weight × earned / possible, over what applies; rounded half up to a tenth.
    """
    out = frozenset(not_applicable)
    items = tuple(_item(item, taken.get(item.code, 0), applies=item.code not in out) for item in card.items)
    raw = _tenths(_weighted(card, {one.code: one for one in items}))
    found = tuple(fatal.code for fatal in card.fatals if fatal.code in set(fatals))
    zero = any(fatal.effect is Effect.ZERO for fatal in card.fatals if fatal.code in found)
    counted = 0 if zero else raw
    return Score(raw, counted, grade_of(card, counted), found, items)


def _item(item: Item, taken: int, *, applies: bool) -> ItemResult:
    if not applies:
        return ItemResult(item.code, 0, 0, applies=False)
    return ItemResult(item.code, item.points - min(max(taken, 0), item.points), item.points, applies=True)


def _weighted(card: Card, results: Mapping[str, ItemResult]) -> Fraction:
    """Share of the whole that was earned, from 0 to 1."""
    earned = possible = Fraction(0)
    for section in card.sections:
        share = Fraction(section.weight, section.points)
        own = [results[item.code] for item in section.items]
        got, could = sum(one.earned for one in own), sum(one.possible for one in own)
        if card.not_applicable is NotApplicable.FULL:
            earned += share * (got + section.points - could)
            possible += section.weight
        elif card.not_applicable is NotApplicable.CARD:
            earned += share * got
            possible += share * could
        elif could:
            earned += Fraction(section.weight * got, could)
            possible += section.weight
    return earned / possible if possible else Fraction(1)


def _tenths(share: Fraction) -> int:
    return int(share * TOTAL * TENTHS + Fraction(1, 2))


def grade_of(card: Card, tenths: int) -> str:
    """The code of the grade."""
    return next(grade.code for grade in card.grades if tenths >= grade.least * TENTHS)


def shown(tenths: int | None) -> str:
    """A score as people read it: ``92`` or ``91.7``; ``–`` where there is none."""
    if tenths is None:
        return "–"
    whole, rest = divmod(tenths, TENTHS)
    return f"{whole}.{rest}" if rest else str(whole)
