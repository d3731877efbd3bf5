"""What a key figure is held against: targets, published benchmarks; and where it says nothing (pure).

Reference: domain 2.10 and 3.6.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from crm.domain.kpi import FORMULAS, NEEDS, Figure
from crm.domain.kpi_facts import SOURCE_OF, Source


@dataclass(frozen=True)
class Target:
    """Between which values a figure should lie; None: no limit on that side. Shares are from 0 to 1."""

    low: Fraction | None = None
    high: Fraction | None = None

    def is_met(self, value: Fraction) -> bool:
        """Whether a value lies within."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


def _share(low: str | None = None, high: str | None = None) -> Target:
    return Target(Fraction(low) / 100 if low else None, Fraction(high) / 100 if high else None)


TARGETS: Mapping[str, Target] = {
    "answer_rate": _share("94"),
    "service_level_20": _share("80"),
    "speed_of_answer": Target(high=Fraction(15)),
    "abandonment": _share(high="5"),
    "after_call_work": Target(high=Fraction(60)),
    "occupancy": _share("75", "85"),
    "adherence": _share("93"),
    "shrinkage": _share(high="30"),
    "first_call_resolution": _share("85"),
    "csat": _share("99"),
    "in_time": _share("100"),
    "return_visits": _share("100"),
    "quality_score": Target(low=Fraction(90)),
    "fatal_free": _share("99"),
}
"""The first targets; a house sets its own (``crm.domain.kpi_composite.Scheme``)."""


class Mark(StrEnum):
    """How far a benchmark was checked."""

    SECONDARY = "secondary"
    """seen in a secondary source, not in the publisher's own text"""
    CUSTOMARY = "customary"
    """what the trade uses; no rule of banks"""


@dataclass(frozen=True)
class Benchmark:
    """A published value. ``publisher`` is a key of the pages' words."""

    publisher: str
    year: int | None
    value: Fraction
    mark: Mark


def _banks(*values: tuple[int, str]) -> tuple[Benchmark, ...]:
    return tuple(
        Benchmark("china_banking_association", year, Fraction(value) / 100, Mark.SECONDARY) for year, value in values
    )


BENCHMARKS: Mapping[str, tuple[Benchmark, ...]] = {
    "answer_rate": (
        *_banks((2013, "90.14"), (2015, "91.56"), (2016, "90.21"), (2021, "94.15"), (2023, "92.88"), (2024, "94.18")),
        Benchmark("db1310_t_252", None, Fraction(95, 100), Mark.SECONDARY),
    ),
    "service_level_20": (
        *_banks((2013, "71.98")),
        Benchmark("customary", None, Fraction(80, 100), Mark.CUSTOMARY),
    ),
    "speed_of_answer": tuple(
        Benchmark("china_banking_association", year, Fraction(seconds), Mark.SECONDARY)
        for year, seconds in ((2013, 18), (2015, 15), (2016, 15))
    ),
    "abandonment": (Benchmark("customary", None, Fraction(5, 100), Mark.CUSTOMARY),),
    "csat": _banks((2023, "99.46"), (2024, "99.46")),
}
"""Figure → what others published, oldest first."""


class Part(StrEnum):
    """What a slice of figures is about."""

    PEOPLE = "people"
    """of an agent or a section: who gave up waiting is nobody's"""
    QUEUES = "queues"
    """of a queue: an agent's time ready is of no queue"""


SILENT: Mapping[Part, frozenset[str]] = {
    Part.PEOPLE: frozenset({"offered", "answer_rate", "service_level_20", "service_level_15", "abandonment"}),
    Part.QUEUES: frozenset({"occupancy", "shrinkage", "handled_per_hour"}),
}
"""Figures that would say something wrong there, because a part of what they need is counted elsewhere."""


def silenced(figures: Mapping[str, Figure], parts: Collection[Part]) -> dict[str, Figure]:
    """The figures, with those that say nothing here without a value."""
    if not parts:
        return dict(figures)
    mute = frozenset[str]().union(*(SILENT[part] for part in parts))
    return {name: replace(figure, denominator=0) if name in mute else figure for name, figure in figures.items()}


SOURCES_OF: Mapping[str, frozenset[Source]] = {
    name: frozenset(source for source, facts in SOURCE_OF.items() if set(facts) & set(NEEDS[name])) for name in FORMULAS
}
"""Figure → the sources that it is made of."""
