"""The personal composite (个人综合): what an agent's month is worth, out of a hundred (pure). Reference: domain 3.6.

Volume is conversations per logged hour beside the median of his section: at the cap (120 %) all its points are given,
so nobody gains by rushing beyond it. Only complaints that were found right cost points. A part that nothing was
counted for (no exam that month) is left out and the others' weights are scaled up; with too little counted there is
no composite. A fatal item caps the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from fractions import Fraction
from statistics import median
from typing import Any

from crm.domain.errors import InvalidInputError
from crm.domain.kpi import FORMULAS, compute
from crm.domain.kpi_facts import Fact
from crm.domain.kpi_targets import TARGETS, Target

ALL = 100


class Share(StrEnum):
    """A part of the composite."""

    VOLUME = "volume"
    QUALITY = "quality"
    CSAT = "csat"
    COMPLAINTS = "complaints"
    KNOWLEDGE = "knowledge"
    ATTENDANCE = "attendance"


WEIGHTS: Mapping[Share, int] = {
    Share.VOLUME: 20,
    Share.QUALITY: 25,
    Share.CSAT: 15,
    Share.COMPLAINTS: 10,
    Share.KNOWLEDGE: 15,
    Share.ATTENDANCE: 15,
}


@dataclass(frozen=True)
class Scheme:
    """How the composite is made, and what figures are held against. Percentages are whole numbers."""

    weights: Mapping[Share, int] = field(default_factory=lambda: dict(WEIGHTS))
    volume_cap: int = 120
    """per cent of the section's median at which volume has all its points"""
    complaint_cost: int = 50
    """per cent of that part's points that a complaint costs which was found right"""
    fatal_cap: int = 60
    """points above which nobody comes with a fatal item"""
    least_counted: int = 50
    """per cent of the weights that must be counted"""
    targets: Mapping[str, Target] = field(default_factory=lambda: dict(TARGETS))

    def to_document(self) -> dict[str, Any]:
        """As JSON has it."""
        document = asdict(self)
        document["weights"] = {str(name): weight for name, weight in self.weights.items()}
        document["targets"] = {
            name: [None if limit is None else str(limit) for limit in (target.low, target.high)]
            for name, target in self.targets.items()
        }
        return document


_LIMITS = {"volume_cap": (100, 200), "complaint_cost": (1, 100), "fatal_cap": (0, 100), "least_counted": (1, 100)}


def parse(document: Mapping[str, Any]) -> Scheme:
    """Read and check a scheme. Raises InvalidInputError that names the field."""
    weights = {share: _whole(f"weight_{share}", document["weights"].get(share), 0, ALL) for share in Share}
    if sum(weights.values()) != ALL:
        raise InvalidInputError("weights", f"must add up to {ALL}, not {sum(weights.values())}")
    numbers = {name: _whole(name, document.get(name), *limits) for name, limits in _LIMITS.items()}
    return Scheme(weights=weights, targets=_targets(document.get("targets", {})), **numbers)


def _whole(name: str, value: object, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InvalidInputError(name, f"must be a whole number from {low} to {high}")
    return value


def _targets(given: Mapping[str, Any]) -> dict[str, Target]:
    found = {}
    for name, limits in given.items():
        if name not in FORMULAS:
            raise InvalidInputError(f"target_{name}", "is no figure")
        try:
            low, high = (None if limit is None else Fraction(limit) for limit in limits)
        except (TypeError, ValueError, ZeroDivisionError):
            raise InvalidInputError(f"target_{name}", "must be two numbers, or nothing") from None
        if low is not None and high is not None and low > high:
            raise InvalidInputError(f"target_{name}", "the lower limit is above the upper one")
        found[name] = Target(low, high)
    return found


@dataclass(frozen=True)
class Piece:
    """A part of a composite. ``reached``: how much of its points, from 0 to 1; None: nothing was counted."""

    share: Share
    weight: int
    reached: Fraction | None

    @property
    def points(self) -> Fraction | None:
        """Points before scaling."""
        return None if self.reached is None else self.weight * self.reached


@dataclass(frozen=True)
class Composite:
    """An agent's composite. ``counted``: the weights of the parts for which something was counted."""

    pieces: tuple[Piece, ...]
    counted: int
    score: Fraction | None
    capped: bool


def rate(counts: Mapping[Fact, int]) -> Fraction | None:
    """Conversations per logged hour."""
    return compute("handled_per_hour", counts).value


def median_rate(people: Iterable[Mapping[Fact, int]]) -> Fraction | None:
    """The median of a section's people who were logged in; None when nobody was."""
    rates = [found for found in map(rate, people) if found is not None]
    return median(rates) if rates else None


def composite(counts: Mapping[Fact, int], section_median: Fraction | None, scheme: Scheme) -> Composite:
    """An agent's composite of what was counted for him."""
    pieces = tuple(
        Piece(share, scheme.weights[share], reached)
        for share, reached in _reached(counts, section_median, scheme).items()
    )
    points = [(piece.weight, piece.points) for piece in pieces if piece.points is not None]
    counted = sum(weight for weight, _ in points)
    if counted == 0 or counted < scheme.least_counted:
        return Composite(pieces, counted, None, capped=False)
    score = sum((reached for _, reached in points), Fraction()) * ALL / counted
    capped = counts.get(Fact.FATALS, 0) > 0 and score > scheme.fatal_cap
    return Composite(pieces, counted, Fraction(scheme.fatal_cap) if capped else score, capped)


def _reached(
    counts: Mapping[Fact, int], section_median: Fraction | None, scheme: Scheme
) -> dict[Share, Fraction | None]:
    def of(name: str) -> Fraction | None:
        return compute(name, counts).value

    return {
        Share.VOLUME: _volume(rate(counts), section_median, scheme),
        Share.QUALITY: _out_of(of("quality_score"), ALL),
        Share.CSAT: of("csat"),
        Share.COMPLAINTS: _complaints(counts, scheme),
        Share.KNOWLEDGE: _out_of(of("knowledge_test"), ALL),
        Share.ATTENDANCE: _mean(of("adherence"), of("attendance")),
    }


def _volume(own: Fraction | None, section_median: Fraction | None, scheme: Scheme) -> Fraction | None:
    if own is None or not section_median:
        return None
    cap = Fraction(scheme.volume_cap, 100)
    return min(own / section_median, cap) / cap


def _complaints(counts: Mapping[Fact, int], scheme: Scheme) -> Fraction | None:
    if not counts.get(Fact.HANDLED):
        return None
    return max(Fraction(), 1 - Fraction(scheme.complaint_cost * counts.get(Fact.COMPLAINTS_VALID, 0), 100))


def _out_of(value: Fraction | None, whole: int) -> Fraction | None:
    return None if value is None else value / whole


def _mean(*values: Fraction | None) -> Fraction | None:
    found = [value for value in values if value is not None]
    return sum(found, Fraction()) / len(found) if found else None
