"""Calibration: how far scorers are apart who scored the same calls blind, and how each of them drifts (pure).

Scores are tenths of a point. Only who handed in every call of a session is compared: a mean over other calls would say
nothing of him. A judgement, for the kappa, is what one scorer said of one item of one call: full points, fewer, or
that it does not apply; how many points fewer is seen in the spread. Reference: domain 3.5.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import combinations

from crm.domain import agreement


class Said(StrEnum):
    """What a scorer said of an item."""

    FULL = "full"
    LESS = "less"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True)
class Filled:
    """What one scorer found in one call. ``taken``: item → points; ``out``: items that do not apply."""

    scorer: int
    call: int
    score: int
    fatals: frozenset[str] = frozenset()
    taken: Mapping[str, int] | None = None
    out: frozenset[str] = frozenset()

    def said(self, item: str) -> Said:
        """His judgement of an item."""
        if item in self.out:
            return Said.NOT_APPLICABLE
        return Said.LESS if self.points(item) else Said.FULL

    def points(self, item: str) -> int:
        """What he took."""
        return (self.taken or {}).get(item, 0)


@dataclass(frozen=True)
class Targets:
    """What a session should reach. ``gap`` in tenths."""

    gap: int = 50
    fatal: Fraction = Fraction(95, 100)
    kappa: Fraction = Fraction(70, 100)


@dataclass(frozen=True)
class ItemSpread:
    """One item over all calls: points taken, and how many pairs of scorers said the same of it."""

    code: str
    least: int
    most: int
    mean: Fraction
    widest: int
    """the largest difference of two scorers in one call"""
    same: Fraction
    kappa: Fraction | None


@dataclass(frozen=True)
class CallSpread:
    """One call: what each scorer gave it, in tenths."""

    call: int
    scores: Mapping[int, int]
    gap: Fraction
    """mean difference of two scorers"""
    fatals: Mapping[int, frozenset[str]]
    fatal_same: bool

    @property
    def spread(self) -> int:
        """From the lowest to the highest."""
        return max(self.scores.values()) - min(self.scores.values())


@dataclass(frozen=True)
class Lean:
    """How a scorer stands to the others, in tenths: below zero he is stricter. Each call beside the others' mean."""

    scorer: int
    mean: Fraction
    calls: int


@dataclass(frozen=True)
class Result:
    """What a session showed. None where it cannot be said."""

    scorers: tuple[int, ...]
    unfinished: tuple[int, ...]
    items: tuple[ItemSpread, ...]
    calls: tuple[CallSpread, ...]
    leans: tuple[Lean, ...]
    gap: Fraction | None
    fatal: Fraction | None
    same: Fraction | None
    kappa: Fraction | None
    pairs: Mapping[tuple[int, int], Fraction | None]
    """Cohen's kappa of each two scorers"""


def compare(filled: Iterable[Filled], items: Sequence[str], calls: Collection[int], scorers: Iterable[int]) -> Result:
    """What a session showed."""
    known = {(one.scorer, one.call): one for one in filled}
    invited, in_order = tuple(dict.fromkeys(scorers)), sorted(calls)
    whole = tuple(who for who in invited if in_order and all((who, call) in known for call in in_order))
    unfinished = tuple(who for who in invited if who not in whole)
    if len(whole) < 2:
        return Result(whole, unfinished, (), (), (), None, None, None, None, {})
    rows = [[known[who, call] for who in whole] for call in in_order]
    spreads = tuple(_call(call, row) for call, row in zip(in_order, rows, strict=True))
    judged = [[one.said(item) for one in row] for row in rows for item in items]
    counts = agreement.table(judged, list(Said))
    return Result(
        scorers=whole,
        unfinished=unfinished,
        items=tuple(_item(item, rows) for item in items),
        calls=spreads,
        leans=tuple(_lean(place, who, rows) for place, who in enumerate(whole)),
        gap=_mean([one.gap for one in spreads]),
        fatal=_fatal(rows),
        same=agreement.observed(counts),
        kappa=agreement.fleiss(counts),
        pairs=_pairs(whole, judged),
    )


def _mean(values: Sequence[Fraction | int]) -> Fraction:
    return sum((Fraction(one) for one in values), Fraction()) / len(values)


def _call(call: int, row: Sequence[Filled]) -> CallSpread:
    apart = [abs(a.score - b.score) for a, b in combinations(row, 2)]
    return CallSpread(
        call,
        {one.scorer: one.score for one in row},
        _mean(apart),
        {one.scorer: one.fatals for one in row},
        len({one.fatals for one in row}) == 1,
    )


def _item(item: str, rows: Sequence[Sequence[Filled]]) -> ItemSpread:
    taken = [[one.points(item) for one in row] for row in rows]
    counts = agreement.table([[one.said(item) for one in row] for row in rows], list(Said))
    flat = [points for row in taken for points in row]
    widest = max(max(row) - min(row) for row in taken)
    same = agreement.observed(counts)
    return ItemSpread(item, min(flat), max(flat), _mean(flat), widest, same or Fraction(), agreement.fleiss(counts))


def _lean(place: int, who: int, rows: Sequence[Sequence[Filled]]) -> Lean:
    away = []
    for row in rows:
        others = [one.score for index, one in enumerate(row) if index != place]
        away.append(row[place].score - _mean(others))
    return Lean(who, _mean(away), len(rows))


def _fatal(rows: Sequence[Sequence[Filled]]) -> Fraction:
    """How many pairs of scorers found the same red lines crossed, over all calls."""
    same = [a.fatals == b.fatals for row in rows for a, b in combinations(row, 2)]
    return Fraction(sum(same), len(same))


def _pairs(whole: Sequence[int], judged: Sequence[Sequence[Said]]) -> dict[tuple[int, int], Fraction | None]:
    return {
        (whole[a], whole[b]): agreement.cohen([(row[a], row[b]) for row in judged], list(Said))
        for a, b in combinations(range(len(whole)), 2)
    }


@dataclass(frozen=True)
class Reached:
    """Which targets a session reached; None where there is no figure."""

    gap: bool | None
    fatal: bool | None
    kappa: bool | None


def reached(result: Result, targets: Targets) -> Reached:
    """Which targets were reached. Where a kappa cannot be said because all agree, the target is reached."""
    if result.gap is None or result.fatal is None:
        return Reached(None, None, None)
    by_kappa = result.same == 1 if result.kappa is None else result.kappa >= targets.kappa
    return Reached(result.gap <= targets.gap, result.fatal >= targets.fatal, by_kappa)


class Bias(StrEnum):
    """How a scorer leans by more than is allowed."""

    STRICT = "strict"
    LENIENT = "lenient"
    EVEN = "even"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Drift:
    """How a scorer leaned, month by month (``2026-11``), in tenths; over the newest months together, and whither."""

    scorer: int
    months: Mapping[str, Fraction]
    calls: int
    recent: Fraction | None
    bias: Bias


RECENT = 3
"""Months that tell how somebody scores now."""


def drift(leans: Iterable[tuple[str, Lean]], months: Sequence[str], *, allowed: int) -> tuple[Drift, ...]:
    """The drift of every scorer over these months, oldest first. A month without a session has no figure."""
    seen: dict[int, dict[str, list[Lean]]] = {}
    for month, lean in leans:
        if month in months:
            seen.setdefault(lean.scorer, {}).setdefault(month, []).append(lean)
    return tuple(_drift(scorer, found, months, allowed) for scorer, found in sorted(seen.items()))


def _drift(scorer: int, found: Mapping[str, Sequence[Lean]], months: Sequence[str], allowed: int) -> Drift:
    line = {month: _weighted(found[month]) for month in months if month in found}
    newest = [lean for month in months[-RECENT:] for lean in found.get(month, ())]
    recent = _weighted(newest) if newest else None
    bias = Bias.UNKNOWN if recent is None else Bias.EVEN
    if recent is not None and abs(recent) > allowed:
        bias = Bias.STRICT if recent < 0 else Bias.LENIENT
    return Drift(scorer, line, sum(lean.calls for some in found.values() for lean in some), recent, bias)


def _weighted(leans: Sequence[Lean]) -> Fraction:
    return sum((lean.mean * lean.calls for lean in leans), Fraction()) / sum(lean.calls for lean in leans)
