"""Careers: the positions of a service centre, what leads from one to the next, and plans to get there (pure).

Reference: domain 1.14 (PE-05), RO-16. All numbers are house defaults. A requirement whose figure nobody has counted is
neither met nor missed: a person decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from crm.domain.errors import InvalidInputError

MAX_TEXT = 2_000
MOST_GOALS = 20


class Position(StrEnum):
    """What somebody is on his way."""

    TRAINEE = "trainee"
    AGENT = "agent"
    SENIOR_AGENT = "senior_agent"
    TEAM_LEADER = "team_leader"
    """客服组长"""
    TRAINER = "trainer"
    """培训师"""
    QUALITY = "quality"
    SECTION_MANAGER = "section_manager"


class Measure(StrEnum):
    """What a requirement looks at."""

    MONTHS = "months"
    """in the present position"""
    QUALITY_SCORE = "quality_score"
    """mean of the last three months, points"""
    FATAL_FREE = "fatal_free"
    """share of evaluated calls without a fatal item in the last six months, percent"""
    KNOWLEDGE_TEST = "knowledge_test"
    """mean of the last six months, points"""
    ATTENDANCE = "attendance"
    """of the last three months, percent"""
    PENALTIES = "penalties"
    """that weigh today: at most so many"""


@dataclass(frozen=True)
class Requirement:
    """At least (of penalties: at most) so much."""

    measure: Measure
    value: int


@dataclass(frozen=True)
class Way:
    """How a position is reached: from which others, and what is asked for."""

    sources: frozenset[Position]
    requirements: tuple[Requirement, ...]


def _asks(months: int, score: int, test: int) -> tuple[Requirement, ...]:
    return (
        Requirement(Measure.MONTHS, months),
        Requirement(Measure.QUALITY_SCORE, score),
        Requirement(Measure.FATAL_FREE, 100),
        Requirement(Measure.KNOWLEDGE_TEST, test),
        Requirement(Measure.ATTENDANCE, 95),
        Requirement(Measure.PENALTIES, 0),
    )


_SENIOR = frozenset({Position.SENIOR_AGENT})
_LEADS = frozenset({Position.TEAM_LEADER, Position.TRAINER, Position.QUALITY})
WAYS: Mapping[Position, Way] = {
    Position.AGENT: Way(frozenset({Position.TRAINEE}), _asks(3, 85, 80)),
    Position.SENIOR_AGENT: Way(frozenset({Position.AGENT}), _asks(12, 90, 85)),
    Position.TEAM_LEADER: Way(_SENIOR, _asks(12, 92, 90)),
    Position.TRAINER: Way(_SENIOR, _asks(12, 92, 95)),
    Position.QUALITY: Way(_SENIOR, _asks(12, 95, 90)),
    Position.SECTION_MANAGER: Way(_LEADS, _asks(24, 92, 90)),
}


def next_positions(position: Position) -> tuple[Position, ...]:
    """Where somebody can go from here."""
    return tuple(one for one, way in WAYS.items() if position in way.sources)


@dataclass(frozen=True)
class Check:
    """A requirement beside the figure. ``met`` None: there is no figure."""

    requirement: Requirement
    value: Fraction | None
    met: bool | None


def checks(position: Position, figures: Mapping[Measure, Fraction | None]) -> tuple[Check, ...]:
    """What a position asks for, beside somebody's figures."""
    return tuple(_check(one, figures.get(one.measure)) for one in WAYS[position].requirements)


def _check(one: Requirement, value: Fraction | None) -> Check:
    if value is None:
        return Check(one, None, None)
    met = value <= one.value if one.measure is Measure.PENALTIES else value >= one.value
    return Check(one, value, met)


def whole_months(since: date, today: date) -> int:
    """Months that are full: from the 31st of January to the 28th of February there is none yet."""
    months = (today.year - since.year) * 12 + today.month - since.month
    return max(0, months - (1 if today.day < since.day else 0))


class PlanState(StrEnum):
    """How a plan stands."""

    DRAFT = "draft"
    """the person wrote it; who leads him has not agreed yet"""
    AGREED = "agreed"
    REACHED = "reached"
    DROPPED = "dropped"


class GoalKind(StrEnum):
    """What a goal is."""

    TRAINING = "training"
    EXAM = "exam"
    PRACTICE = "practice"
    """to try the work of the position: sit in, stand in"""
    RESULT = "result"
    """a figure to reach"""


class GoalState(StrEnum):
    """How a goal stands."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True)
class NewGoal:
    """A goal to add."""

    kind: GoalKind
    text: str
    due_on: date


def checked_goal(goal: NewGoal, today: date) -> NewGoal:
    """The goal in its one form. Raises InvalidInputError."""
    if not 1 <= len(goal.text.strip()) <= 500 or "\0" in goal.text:
        raise InvalidInputError("text", "must have 1 to 500 characters")
    if goal.due_on < today:
        raise InvalidInputError("due_on", "must not lie in the past")
    return NewGoal(goal.kind, goal.text.strip(), goal.due_on)
