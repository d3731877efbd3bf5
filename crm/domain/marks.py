"""Marks of an evaluation: what a scorer takes off, with where it is heard; what is wrong with them (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from crm.domain.evaluations import MarkKind
from crm.domain.scorecards import Auto, Card, Score, score

MAX_MARKS = 200
MAX_NOTE = 2_000
MAX_WORDS = 1_000


@dataclass(frozen=True)
class Mark:
    """A deduction, an item that does not apply, or a fatal finding. ``from_ms``, ``to_ms``: of the recording."""

    kind: MarkKind
    code: str
    taken: int = 0
    not_applicable: bool = False
    from_ms: int | None = None
    to_ms: int | None = None
    words: str = ""
    note: str = ""
    candidate_id: int | None = None

    @property
    def has_span(self) -> bool:
        """Whether it says where it is heard."""
        return self.from_ms is not None and self.to_ms is not None


class Flaw(StrEnum):
    """What is wrong with a mark; the screens have a sentence for each."""

    UNKNOWN = "unknown"
    """the card has no such item or finding"""
    POINTS = "points"
    """a deduction takes 1 point up to all that are left of its item"""
    APPLIES = "applies"
    """the card does not allow it to be left out"""
    BOTH = "both"
    """it does not apply, and points are taken"""
    TWICE = "twice"
    SPAN = "span"
    """a span lies within the recording and ends after it begins"""
    NO_SPAN = "no_span"
    NO_NOTE = "no_note"
    """a fatal finding, and what no recording shows, needs a word"""
    LONG = "long"
    MANY = "many"
    UNDECIDED = "undecided"
    """a red line that a machine suggests waits for a person"""


HANDING_IN = frozenset({Flaw.NO_SPAN, Flaw.NO_NOTE, Flaw.UNDECIDED})
"""What a draft may have and what is handed in may not."""


def flaws(card: Card, marks: Sequence[Mark], *, duration_ms: int | None) -> list[tuple[int, Flaw]]:
    """What is wrong: place of the mark (-1: of all), and what. ``duration_ms``: None where there is no recording."""
    found = [(-1, Flaw.MANY)] if len(marks) > MAX_MARKS else []
    left = {item.code: item.points for item in card.items}
    out = [mark.code for mark in marks if mark.not_applicable]
    seen: set[str] = set()
    for place, mark in enumerate(marks):
        found += [(place, flaw) for flaw in _of_mark(card, mark, left, out, seen)]
        found += [(place, flaw) for flaw in _of_span(card, mark, duration_ms)]
    return found


def _of_mark(card: Card, mark: Mark, left: dict[str, int], out: Collection[str], seen: set[str]) -> Iterable[Flaw]:
    if len(mark.note) > MAX_NOTE or len(mark.words) > MAX_WORDS:
        yield Flaw.LONG
    item = card.item(mark.code)
    if mark.kind is MarkKind.FATAL:
        if card.fatal(mark.code) is None:
            yield Flaw.UNKNOWN
        elif mark.taken or mark.not_applicable:
            yield Flaw.BOTH
    elif item is None:
        yield Flaw.UNKNOWN
    elif mark.not_applicable:
        yield from _left_out(mark, seen, allowed=item.may_not_apply)
    elif mark.code in out:
        yield Flaw.BOTH
    elif not 1 <= mark.taken <= left[mark.code]:
        yield Flaw.POINTS
    else:
        left[mark.code] -= mark.taken


def _left_out(mark: Mark, seen: set[str], *, allowed: bool) -> Iterable[Flaw]:
    if not allowed:
        yield Flaw.APPLIES
    if mark.taken:
        yield Flaw.BOTH
    if mark.code in seen:
        yield Flaw.TWICE
    seen.add(mark.code)


def _of_span(card: Card, mark: Mark, duration_ms: int | None) -> Iterable[Flaw]:
    if (mark.from_ms is None) != (mark.to_ms is None):
        yield Flaw.SPAN
    elif mark.from_ms is not None and mark.to_ms is not None:
        if duration_ms is None or not 0 <= mark.from_ms < mark.to_ms <= duration_ms:
            yield Flaw.SPAN
    elif duration_ms is not None and not mark.not_applicable and not _of_data(card, mark):
        yield Flaw.NO_SPAN
    if mark.note.strip() or mark.not_applicable:
        return
    if mark.kind is MarkKind.FATAL or not mark.has_span:
        yield Flaw.NO_NOTE


def _of_data(card: Card, mark: Mark) -> bool:
    """Whether it shows in what was written down rather than in what was said."""
    asked = card.item(mark.code) if mark.kind is MarkKind.ITEM else card.fatal(mark.code)
    return asked is not None and asked.auto is Auto.DATA


def score_of(card: Card, marks: Iterable[Mark]) -> Score:
    """What a card with these marks comes to."""
    all_of_them = tuple(marks)
    out = [mark.code for mark in all_of_them if mark.kind is MarkKind.ITEM and mark.not_applicable]
    return score(card, taken_by_item(all_of_them), not_applicable=out, fatals=fatals_of(all_of_them))


def taken_by_item(marks: Iterable[Mark]) -> dict[str, int]:
    """The points that marks take, item by item; an item may have two deductions."""
    taken: Counter[str] = Counter()
    for mark in marks:
        if mark.kind is MarkKind.ITEM and not mark.not_applicable:
            taken[mark.code] += mark.taken
    return dict(taken)


def fatals_of(marks: Iterable[Mark]) -> list[str]:
    """The red lines that marks say were crossed."""
    return [mark.code for mark in marks if mark.kind is MarkKind.FATAL]


def changes(before: Sequence[Mapping[str, object]], after: Sequence[Mapping[str, object]]) -> dict[str, list[object]]:
    """What came and what went between two lists of marks, for the record; the quoted words stay out of it."""
    gone = [one for one in before if one not in after]
    come = [one for one in after if one not in before]
    return {name: list(some) for name, some in (("came", come), ("went", gone)) if some}
