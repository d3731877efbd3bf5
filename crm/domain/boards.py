"""Pictures of key figures: lines over time, hours by weekdays, and how waits and talks are spread (pure).

A picture is made of the facts of ``crm.domain.kpi_facts``, summed first and divided last: no figure is a mean of means.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from crm.domain.analysis import Bar, Grain, step_of, steps
from crm.domain.kpi import Figure, compute
from crm.domain.kpi_facts import Fact
from crm.domain.kpi_targets import Target

Counts = Mapping[Fact, int]


class Board(StrEnum):
    """What can be looked at, and be mailed by itself."""

    CALLS = "calls"
    PEOPLE = "people"
    COMPLAINTS = "complaints"


HEADLINES: Mapping[Board, tuple[str, ...]] = {
    Board.CALLS: (
        "offered", "answer_rate", "service_level_20", "speed_of_answer", "abandonment", "handle_time",
        "first_call_resolution", "csat", "containment",
    ),
    Board.PEOPLE: (
        "handled", "handle_time", "after_call_work", "occupancy", "adherence", "quality_score", "fatal_free", "csat",
        "knowledge_test", "attendance",
    ),
}  # fmt: skip
"""The figures at the head of a board."""
OF_QUEUES = ("offered", "answer_rate", "service_level_20", "speed_of_answer", "abandonment", "handle_time")
OF_PEOPLE = (
    "handled", "handled_per_hour", "handle_time", "occupancy", "transfer_rate", "quality_score", "fatal_free", "csat",
    "knowledge_test", "attendance",
)  # fmt: skip


def total(parts: Iterable[Counts]) -> dict[Fact, int]:
    """All of them in one."""
    found: dict[Fact, int] = {}
    for part in parts:
        for fact, value in part.items():
            found[fact] = found.get(fact, 0) + value
    return found


def over_time(days: Mapping[date, Counts], first: date, last: date, grain: Grain) -> dict[date, dict[Fact, int]]:
    """The facts of each step from the first day to the last, those without anything too."""
    parts: dict[date, list[Counts]] = {step: [] for step in steps(first, last, grain)}
    for day, counts in days.items():
        if first <= day <= last:
            parts[step_of(day, grain)].append(counts)
    return {step: total(found) for step, found in parts.items()}


def weekdays_in(first: date, last: date) -> tuple[int, ...]:
    """How many Mondays, Tuesdays, … lie in these days."""
    days = (last - first).days + 1
    whole, rest = divmod(days, 7)
    found = [whole] * 7
    for offset in range(rest):
        found[(first + timedelta(days=offset)).weekday()] += 1
    return tuple(found)


@dataclass(frozen=True)
class Cell:
    """An hour of a weekday: callers offered in an average one, and how many of them were answered in time."""

    weekday: int
    hour: int
    offered: Fraction | None
    """None: there is no such weekday in the period"""
    level: Figure


def heat(hours: Mapping[tuple[int, int], Counts], first: date, last: date) -> tuple[Cell, ...]:
    """All hours of all weekdays, Monday's first hour first. ``hours``: facts by weekday (Monday is 0) and hour."""
    number = weekdays_in(first, last)
    found = []
    for weekday in range(7):
        for hour in range(24):
            counts = hours.get((weekday, hour), {})
            offered = compute("offered", counts).numerator
            mean = Fraction(offered, number[weekday]) if number[weekday] else None
            found.append(Cell(weekday, hour, mean, compute("service_level_20", counts)))
    return tuple(found)


@dataclass(frozen=True)
class Bin:
    """How many lie from ``low`` to below ``high`` (None: no end). ``running``: the share up to here."""

    low: int
    high: int | None
    count: int
    running: Fraction | None


WAIT_EDGES = (0, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180)
"""Seconds; 15 and 20 are those of the service level."""
HANDLE_EDGES = (0, 60, 120, 180, 240, 300, 420, 600, 900, 1800)
SCORE_EDGES = (0, 1, 60, 70, 80, 85, 90, 95, 100)
"""Points; a score of nothing is a fatal one."""


def bins(edges: Sequence[int], counts: Sequence[int]) -> tuple[Bin, ...]:
    """Counts by their edges; the last one has no end. Raises ValueError when the two do not fit."""
    if len(edges) != len(counts):
        raise ValueError("a bin has one edge and one count")
    all_of_them, running, found = sum(counts), 0, []
    for at, count in enumerate(counts):
        running += count
        share = Fraction(running, all_of_them) if all_of_them else None
        found.append(Bin(edges[at], edges[at + 1] if at + 1 < len(edges) else None, count, share))
    return tuple(found)


def median_bin(found: Sequence[Bin]) -> Bin | None:
    """The bin in which the middle one lies."""
    return next((one for one in found if one.running is not None and one.running >= Fraction(1, 2)), None)


@dataclass(frozen=True)
class Choice:
    """What is asked for: days, and what narrows them: a queue, or a section by its code."""

    first: date
    last: date
    queue: str | None = None
    team: str | None = None


@dataclass(frozen=True)
class Headline:
    """A figure at the head of a board, that of as many days before, and what it is held against."""

    name: str
    figure: Figure
    before: Figure
    target: Target | None

    @property
    def met(self) -> bool | None:
        """Whether it reaches its target; None where there is nothing to say."""
        value = self.figure.value
        return None if self.target is None or value is None else self.target.is_met(value)


@dataclass(frozen=True)
class Line:
    """A line of a table: a queue, a section or a person."""

    key: str
    titles: Mapping[str, str]
    """language → what it is called"""
    figures: Mapping[str, Figure]


@dataclass(frozen=True)
class Look:
    """A board as it was at a time."""

    board: Board
    choice: Choice
    team_titles: Mapping[str, str]
    headlines: tuple[Headline, ...]
    grain: Grain
    trend: tuple[tuple[date, Mapping[str, Figure]], ...]
    cells: tuple[Cell, ...]
    waits: tuple[Bin, ...]
    talks: tuple[Bin, ...]
    scores: tuple[Bin, ...]
    reasons: tuple[Bar, ...]
    reason_titles: Mapping[str, tuple[str, str]]
    queues: tuple[Line, ...]
    teams: tuple[Line, ...]
    people: tuple[Line, ...]
    made_at: datetime

    @property
    def is_empty(self) -> bool:
        """Whether nothing was counted at all."""
        return not any(one.figure.value for one in self.headlines)
