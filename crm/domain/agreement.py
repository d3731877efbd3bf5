"""How far several people who judged the same things agree, beyond what chance would give (pure).

Cohen's kappa (Educational and Psychological Measurement 20, 1960; weighted: Psychological Bulletin 70, 1968) for two
judges, Fleiss' kappa (Psychological Bulletin 76, 1971) for any number of them. All figures are exact fractions. A
kappa is None where nobody could disagree: when every judgement is of one and the same category, chance alone would
give full agreement, and a kappa says nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from enum import StrEnum
from fractions import Fraction


class Weights(StrEnum):
    """How much a disagreement of two judges counts, by how far apart they are."""

    NOMINAL = "nominal"
    """one is as bad as another"""
    LINEAR = "linear"
    QUADRATIC = "quadratic"


def cohen(
    pairs: Sequence[tuple[Hashable, Hashable]],
    categories: Sequence[Hashable] | None = None,
    weights: Weights = Weights.NOMINAL,
) -> Fraction | None:
    """Cohen's kappa of two judges; each pair is what both said of one thing.

    ``categories`` gives the order that weights are counted by; without it, what was said is sorted. Raises ValueError
    for what is none of the categories.
    """
    if not pairs:
        return None
    order = list(categories) if categories is not None else sorted({one for pair in pairs for one in pair})  # type: ignore[type-var]  # one kind
    place = {category: index for index, category in enumerate(order)}
    if any(one not in place for pair in pairs for one in pair):
        raise ValueError("a judgement is none of the categories")
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    count = len(pairs)
    seen = sum(_apart(place[a], place[b], weights) for a, b in pairs) * count
    by_chance = sum(
        _apart(place[a], place[b], weights) * ways * others for a, ways in first.items() for b, others in second.items()
    )
    return 1 - Fraction(seen, by_chance) if by_chance else None


def _apart(one: int, other: int, weights: Weights) -> int:
    if weights is Weights.NOMINAL:
        return int(one != other)
    return abs(one - other) if weights is Weights.LINEAR else (one - other) ** 2


def table(judgements: Sequence[Sequence[Hashable]], categories: Sequence[Hashable]) -> list[list[int]]:
    """How many judges chose each category, thing by thing: what ``fleiss`` counts."""
    place = {category: index for index, category in enumerate(categories)}
    rows = []
    for said in judgements:
        row = [0] * len(categories)
        for one in said:
            if one not in place:
                raise ValueError("a judgement is none of the categories")
            row[place[one]] += 1
        rows.append(row)
    return rows


def fleiss(counts: Sequence[Sequence[int]]) -> Fraction | None:
    """Fleiss' kappa: a row for each thing, in it how many judges chose each category.

    Raises ValueError unless every thing has the same number of judges, two at least.
    """
    if not counts:
        return None
    judges, seen = _checked(counts), observed(counts)
    totals = [sum(column) for column in zip(*counts, strict=True)]
    by_chance = sum((Fraction(total, len(counts) * judges) ** 2 for total in totals), Fraction())
    return None if seen is None or by_chance == 1 else (seen - by_chance) / (1 - by_chance)


def observed(counts: Sequence[Sequence[int]]) -> Fraction | None:
    """How many of all pairs of judges agreed, over all things."""
    if not counts:
        return None
    judges = _checked(counts)
    agreeing = sum(number * (number - 1) for row in counts for number in row)
    return Fraction(agreeing, len(counts) * judges * (judges - 1))


def _checked(counts: Sequence[Sequence[int]]) -> int:
    sums, widths = {sum(row) for row in counts}, {len(row) for row in counts}
    if len(sums) != 1 or len(widths) != 1 or any(number < 0 for row in counts for number in row):
        raise ValueError("every thing is judged by the same number of people")
    judges = sums.pop()
    if judges < 2:
        raise ValueError("one judge agrees with nobody")
    return judges
