"""What a text seems to be about, and the words that say so (pure). It suggests; a person decides.

Each word of the lexicon speaks for labels on several axes with a weight. The labels of an axis are weighed against
each other (a softmax over their sums); one is suggested when it has enough behind it and stands clear of the next.
The words are shown with their places, so that the person sees what decided.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from crm.domain import catalogue, statistics_codes
from crm.domain.tickets import SEVERITY_PRIORITY, Kind


class Axis(StrEnum):
    """What is suggested."""

    KIND = "kind"
    LEVEL = "level"
    SEVERITY = "severity"
    BUSINESS = "business"
    REASON = "reason"
    INCIDENT = "incident"
    CATEGORY = "category"
    SIGN = "sign"
    """what somebody must see at once: several may hold, so they are not weighed against each other"""


class Sign(StrEnum):
    """What a text says that somebody must see at once."""

    MEDIA = "media"
    REGULATOR = "regulator"
    LEGAL = "legal"
    HARM = "harm"
    VULNERABLE = "vulnerable"
    LEAK = "leak"
    GROUP = "group"


ENOUGH = 2.0
"""A label with less behind it is not suggested."""
CLEAR = 0.45
"""So likely must the best label be among all of its axis."""
_SHARPNESS = 0.6
_SIGN_ENOUGH = 2.5
_SECOND_TIME = 0.4
"""What a word counts for when the text says it again: half-hearted, and a third time not at all."""
_DEFAULT_KIND = {Kind.COMPLAINT: 0.6, Kind.INQUIRY: 0.4}
_MAX_TEXT = 20_000
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_NEGATION = re.compile(r"(?:不是|并非|并不是|没有|没|无|未曾|从未)[^,.;:!?，。；：！？\n]{0,2}\Z")
_NEGATION_EN = re.compile(r"(?:\bnot|\bno|\bnever|n't|\bwithout)(?: an?| any| the| about| for)?\s+\Z")


@dataclass(frozen=True)
class Term:
    """A word and what it speaks for: ``(axis, label)`` to weight."""

    word: str
    weights: Mapping[tuple[Axis, str], float]


@dataclass(frozen=True)
class Lexicon:
    """All terms, by the word in its one spelling, and the pattern that finds them."""

    version: str
    terms: Mapping[str, Term]
    pattern: re.Pattern[str]


@dataclass(frozen=True)
class Hit:
    """A word that was found, and where in the text it stands."""

    word: str
    start: int
    end: int
    weight: float


@dataclass(frozen=True)
class Guess:
    """A label that is suggested, how likely it is among its axis, and the words that decided, the heaviest first."""

    label: str
    share: float
    hits: tuple[Hit, ...]


@dataclass(frozen=True)
class Suggestion:
    """What the text seems to be about. An axis without enough behind it has no guess."""

    version: str
    guesses: Mapping[Axis, Guess] = field(default_factory=dict)
    signs: Mapping[Sign, tuple[Hit, ...]] = field(default_factory=dict)

    def label(self, axis: Axis) -> str | None:
        """What is suggested on an axis."""
        guess = self.guesses.get(axis)
        return guess.label if guess else None


def build(document: Mapping[str, Any]) -> Lexicon:
    """The lexicon of a document (``term`` tables with zh, en and is). Raises ValueError for what does not fit."""
    weights: dict[str, dict[tuple[Axis, str], float]] = {}
    for entry in document["term"]:
        speaks = {_place(place): float(weight) for place, weight in entry["is"].items()}
        for word in (*entry.get("zh", ()), *entry.get("en", ())):
            known = weights.setdefault(plain(word), {})
            for place, weight in speaks.items():
                known[place] = known.get(place, 0.0) + weight
    terms = {word: Term(word, speaks) for word, speaks in weights.items()}
    longest_first = sorted(terms, key=lambda word: (-len(word), word))
    return Lexicon(str(document["version"]), terms, re.compile("|".join(map(_pattern, longest_first))))


def _place(text: str) -> tuple[Axis, str]:
    axis, _, label = text.partition(".")
    place = Axis(axis), label
    if place[1] not in LABELS[place[0]]:
        raise ValueError(f"{label} is no label of {axis}")
    return place


LABELS: Mapping[Axis, frozenset[str]] = {
    Axis.KIND: frozenset(Kind),
    Axis.LEVEL: frozenset({"1", "2", "3"}),
    Axis.SEVERITY: frozenset(SEVERITY_PRIORITY),
    Axis.BUSINESS: frozenset(code.key for code in statistics_codes.BUSINESSES),
    Axis.REASON: frozenset(code.key for code in statistics_codes.REASONS),
    Axis.INCIDENT: frozenset(catalogue.IncidentClass),
    Axis.CATEGORY: frozenset(entry.code for entry in catalogue.ENTRIES),
    Axis.SIGN: frozenset(Sign),
}


def _pattern(word: str) -> str:
    """Latin words stand alone, with any ending where the lexicon has a star; Han words are parts of the text."""
    if not word[0].isascii():
        return re.escape(word)
    if word.endswith("*"):
        return rf"(?<![a-z0-9]){re.escape(word[:-1])}[a-z]*"
    return rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])"


def plain(text: str) -> str:
    """The text with one spelling of letters, and each character where it was."""
    return "".join(char.lower() if char.isascii() else char for char in text.translate(_FULL_WIDTH))


def suggest(lexicon: Lexicon, text: str) -> Suggestion:
    """What this text seems to be about."""
    evidence: dict[tuple[Axis, str], list[Hit]] = {}
    times: dict[str, int] = {}
    searched = plain(text[:_MAX_TEXT])
    for found in lexicon.pattern.finditer(searched):
        term = _term_of(lexicon, found.group())
        if term is None or _is_denied(searched, found.start()):
            continue
        times[term.word] = times.get(term.word, 0) + 1
        factor = (1.0, _SECOND_TIME, 0.0)[min(times[term.word], 3) - 1]
        for place, weight in term.weights.items():
            if factor:
                hit = Hit(text[found.start() : found.end()], found.start(), found.end(), weight * factor)
                evidence.setdefault(place, []).append(hit)
    guesses: dict[Axis, Guess] = {
        axis: guess for axis in Axis if axis is not Axis.SIGN and (guess := _weigh(axis, evidence)) is not None
    }
    signs = {Sign(label): tuple(hits) for (axis, label), hits in evidence.items() if _is_sign(axis, hits)}
    return Suggestion(lexicon.version, _completed(guesses), signs)


def _term_of(lexicon: Lexicon, found: str) -> Term | None:
    """The term whose word this is, or begins with it up to its star."""
    term = lexicon.terms.get(found)
    if term is not None or not found[0].isascii():
        return term
    return next(
        (lexicon.terms[stem] for end in range(len(found), 0, -1) if (stem := f"{found[:end]}*") in lexicon.terms), None
    )


def _is_denied(text: str, start: int) -> bool:
    """Whether what stands before says that it is not so."""
    before = text[max(0, start - 16) : start]
    return _NEGATION.search(before) is not None or _NEGATION_EN.search(before) is not None


def _is_sign(axis: Axis, hits: Sequence[Hit]) -> bool:
    return axis is Axis.SIGN and _sum(hits) >= _SIGN_ENOUGH


def _sum(hits: Iterable[Hit]) -> float:
    return sum(hit.weight for hit in hits)


def _weigh(axis: Axis, evidence: Mapping[tuple[Axis, str], Sequence[Hit]]) -> Guess | None:
    scores = {label: _sum(hits) for (of, label), hits in evidence.items() if of is axis}
    if axis is Axis.KIND and scores:
        for kind, prior in _DEFAULT_KIND.items():
            if kind in scores:
                scores[kind] += prior
    if not scores:
        return None
    best = max(scores, key=lambda label: (scores[label], label))
    share = 1 / sum(math.exp(_SHARPNESS * (score - scores[best])) for score in scores.values())
    if scores[best] < ENOUGH or share < CLEAR:
        return None
    hits = sorted(evidence[axis, best], key=lambda hit: (-hit.weight, hit.start))
    return Guess(best, round(share, 3), tuple(hits))


_CATEGORY_OF_KIND: Mapping[Kind, str] = {
    Kind.SUGGESTION: "feedback.suggestion",
    Kind.PRAISE: "feedback.praise",
    Kind.REPORT: "feedback.misconduct",
    Kind.LOSS_REPORT: "loss.card",
}
_INSTEAD: Mapping[tuple[Kind, str], str] = {
    (Kind.INQUIRY, "complaints.fees"): "enquiries.rates",
    (Kind.INQUIRY, "complaints.loan"): "enquiries.rates",
    (Kind.INQUIRY, "complaints.marketing"): "enquiries.promotions",
    (Kind.INCIDENT, "complaints.system"): "incidents.technical",
    (Kind.INCIDENT, "complaints.funds"): "security.fraud",
    (Kind.INCIDENT, "complaints.account_handling"): "incidents.transaction",
}
"""The category that a matter has which is no complaint, though it speaks of the same things."""
_OF_COMPLAINTS = "complaints."
_COUNTED = frozenset({Kind.COMPLAINT, Kind.INCIDENT})
"""Kinds that have a reason; to ask for a fee is no complaint about it."""


def _completed(guesses: dict[Axis, Guess]) -> dict[Axis, Guess]:
    """What one axis says of another: only complaints have a level, and a category tells its reason."""
    told = guesses.get(Axis.KIND)
    kind = Kind(told.label) if told else Kind.COMPLAINT
    if kind is not Kind.COMPLAINT:
        guesses.pop(Axis.LEVEL, None)
    if kind not in _COUNTED:
        guesses.pop(Axis.REASON, None)
    _fit_category(guesses, kind, told)
    category = guesses.get(Axis.CATEGORY)
    entry = catalogue.find(category.label) if category else None
    if entry is None or category is None:
        return guesses
    tells = {Axis.REASON: entry.reason, Axis.BUSINESS: entry.business, Axis.INCIDENT: entry.incident}
    for axis, label in tells.items():
        if label is not None and axis not in guesses and (axis is not Axis.REASON or kind in _COUNTED):
            guesses[axis] = Guess(str(label), category.share, category.hits)
    return guesses


def _fit_category(guesses: dict[Axis, Guess], kind: Kind, told: Guess | None) -> None:
    """Make the category one of this kind of matter, or leave it open."""
    category = guesses.get(Axis.CATEGORY)
    if kind in _CATEGORY_OF_KIND and told is not None:
        guesses[Axis.CATEGORY] = Guess(_CATEGORY_OF_KIND[kind], told.share, told.hits)
    elif category is not None and kind is not Kind.COMPLAINT and category.label.startswith(_OF_COMPLAINTS):
        instead = _INSTEAD.get((kind, category.label))
        if instead is None:
            del guesses[Axis.CATEGORY]
        else:
            guesses[Axis.CATEGORY] = Guess(instead, category.share, category.hits)


def marked(text: str, hits: Iterable[Hit]) -> tuple[tuple[str, bool], ...]:
    """The text in pieces, each with whether it is a word that decided: for showing it marked."""
    pieces: list[tuple[str, bool]] = []
    at = 0
    for start, end in sorted({(hit.start, hit.end) for hit in hits}):
        if start < at:
            continue
        if start > at:
            pieces.append((text[at:start], False))
        pieces.append((text[start:end], True))
        at = end
    if at < len(text):
        pieces.append((text[at:], False))
    return tuple(pieces)
