"""How like two matters are: the same told twice, a repeat, or many people with one cause (pure)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from crm.domain.searchwords import words_of

MAX_TEXT = 4_000
_FEW_WORDS = 6
"""A text of fewer words is too short to be like another by its words."""
SAME_TEXT = 0.5
"""From here two texts tell the same; found on pairs of retold complaints, see the tests."""
LIKE_TEXT = 0.28
SAME_CAUSE = 0.22
"""From here two complaints of different people are about one cause."""


class LinkKind(StrEnum):
    """How two tickets belong together."""

    DUPLICATE = "duplicate"
    """the same matter, told twice"""
    REPEAT = "repeat"
    """the same person with a matter of the same kind again, soon after"""


class Why(StrEnum):
    """What two tickets have in common."""

    PERSON = "person"
    TEXT = "text"
    LIKE = "like"
    CATEGORY = "category"
    AMOUNT = "amount"
    DAY = "day"
    PARTY = "party"
    OPEN = "open"
    ENDED = "ended"


@dataclass(frozen=True)
class Matter:
    """What is compared of a ticket. ``person``: anything by which its customer is known, as keys."""

    person: frozenset[str]
    words: frozenset[str]
    received_at: datetime
    kind: str
    category: str | None = None
    amount_fen: int | None = None
    occurred_at: datetime | None = None
    party: str = ""
    ended_at: datetime | None = None
    open: bool = True


@dataclass(frozen=True)
class Link:
    """How two matters belong together, how sure that is, and why."""

    kind: LinkKind
    score: float
    whys: tuple[Why, ...] = field(default=())


def telling_words(text: str) -> frozenset[str]:
    """What a text is compared by."""
    return frozenset(words_of(text[:MAX_TEXT]))


def likeness(one: Collection[str], other: Collection[str]) -> float:
    """From 0 (nothing in common) to 1: the share of words in common, a short retelling counting nearly as much."""
    first, second = frozenset(one), frozenset(other)
    least = min(len(first), len(second))
    if least < _FEW_WORDS:
        return 1.0 if first and first == second else 0.0
    shared = len(first & second)
    dice = 2 * shared / (len(first) + len(second))
    contained = shared / least
    return round(max(dice, 0.8 * contained), 3)


def link(new: Matter, old: Matter, *, repeat_within: timedelta) -> Link | None:
    """How a new matter belongs to an older one of the same person; None when it does not."""
    if not new.person & old.person:
        return None
    like = likeness(new.words, old.words)
    whys = [Why.PERSON, *_in_common(new, old, like)]
    since = new.received_at - (old.ended_at or old.received_at)
    if like >= SAME_TEXT and (old.open or since <= repeat_within):
        return Link(LinkKind.DUPLICATE, like, tuple(whys))
    alike = sum(why in {Why.LIKE, Why.CATEGORY, Why.AMOUNT, Why.DAY, Why.PARTY} for why in whys)
    if old.open and alike >= 3:
        return Link(LinkKind.DUPLICATE, round(min(0.95, 0.4 + 0.12 * alike), 3), tuple(whys))
    if alike and (old.open or since <= repeat_within):
        return Link(LinkKind.REPEAT, round(min(0.9, 0.3 + 0.1 * alike + 0.3 * like), 3), tuple(whys))
    return None


def _in_common(new: Matter, old: Matter, like: float) -> list[Why]:
    whys = []
    if like >= SAME_TEXT:
        whys.append(Why.TEXT)
    elif like >= LIKE_TEXT:
        whys.append(Why.LIKE)
    if new.category is not None and new.category == old.category:
        whys.append(Why.CATEGORY)
    if new.amount_fen and new.amount_fen == old.amount_fen:
        whys.append(Why.AMOUNT)
    if new.occurred_at and old.occurred_at and abs(new.occurred_at - old.occurred_at) < timedelta(days=1):
        whys.append(Why.DAY)
    if new.party and new.party.casefold() == old.party.casefold():
        whys.append(Why.PARTY)
    whys.append(Why.OPEN if old.open else Why.ENDED)
    return whys


def rarity(texts: Iterable[Collection[str]]) -> Mapping[str, float]:
    """How much each word tells: what everybody writes tells nothing, what few write tells much."""
    seen: Counter[str] = Counter()
    count = 0
    for words in texts:
        seen.update(set(words))
        count += 1
    return {word: math.log((count + 1) / (times + 0.5)) for word, times in seen.items()}


def cause_likeness(one: Collection[str], other: Collection[str], weights: Mapping[str, float]) -> float:
    """Weighted share of words in common, from 0 to 1; words that nobody else writes count as rare."""
    first, second = frozenset(one), frozenset(other)
    rare = max(weights.values(), default=1.0)

    def weight(words: Iterable[str]) -> float:
        return sum(max(0.0, weights.get(word, rare)) for word in words)

    whole = min(weight(first), weight(second))
    return round(weight(first & second) / whole, 3) if whole else 0.0
