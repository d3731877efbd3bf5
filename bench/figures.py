"""One measured figure, in the shape of HUIYIN_HOME/bench/latest.json."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Figure:
    """A figure. ``beside`` names what it was measured against; ``spread`` is [least, most] of ``runs`` runs."""

    name: str
    value: float
    unit: str
    beside: str
    runs: int
    spread: tuple[float, float]

    def as_json(self) -> dict[str, Any]:
        """For the file that other programs read."""
        return {**asdict(self), "value": round(self.value, 4), "spread": [round(v, 4) for v in self.spread]}


def figure_of(name: str, values: list[float], unit: str, beside: str) -> Figure:
    """The median of several runs and how far they spread."""
    return Figure(name, median(values), unit, beside, len(values), (min(values), max(values)))
