"""Courses, plans and what people have to do: when what is due for whom (pure). Reference: domain 1.14."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

_LONGEST_NUMBER = 12
"""Digits; what is longer is no number of ours."""


class CourseMode(StrEnum):
    """How a course is taken (PE-04)."""

    CLASS = "class"
    ONLINE = "online"
    CASE_STUDY = "case_study"


class CourseState(StrEnum):
    """Whether a course is given."""

    DRAFT = "draft"
    OPEN = "open"
    RETIRED = "retired"


class AssignedKind(StrEnum):
    """What somebody has to do."""

    COURSE = "course"
    EXAM = "exam"
    DRILL = "drill"


class AssignedState(StrEnum):
    """How far it is; whether it is late, the day says."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class Source(StrEnum):
    """Why somebody was given something."""

    ORDER = "order"
    PLAN = "plan"
    COACHING = "coaching"
    RETEST = "retest"


class PlanKind(StrEnum):
    """When a plan gives its steps (PE-03)."""

    INDUCTION = "induction"
    PERIODIC = "periodic"


class PlanState(StrEnum):
    """Whether a plan gives anything."""

    DRAFT = "draft"
    ACTIVE = "active"
    ENDED = "ended"


@dataclass(frozen=True)
class PlanStep:
    """A course, a test or a drill, due so many days after its beginning."""

    kind: AssignedKind
    id: int
    days: int


@dataclass(frozen=True)
class Plan:
    """What is given to whom, and when."""

    id: int
    kind: PlanKind
    roles: frozenset[str]
    steps: tuple[PlanStep, ...]
    starts_on: date
    months: int = 0


@dataclass(frozen=True)
class Person:
    """Somebody for whom a plan may be."""

    id: int
    roles: frozenset[str]
    came_on: date


@dataclass(frozen=True)
class Due:
    """What a plan gives one person now. ``once``: given only once under this key."""

    user_id: int
    step: PlanStep
    due_on: date
    once: str


def thing_of(key: str) -> tuple[AssignedKind, int] | None:
    """What a choice on a form names: ``course:3``. None: nothing that could be given."""
    kind, _colon, number = key.partition(":")
    if kind not in set(AssignedKind) or not number.isdecimal() or len(number) > _LONGEST_NUMBER:
        return None
    return AssignedKind(kind), int(number)


def steps_to_rows(steps: Sequence[PlanStep]) -> list[Any]:
    """Steps as they are kept."""
    return [[one.kind, one.id, one.days] for one in steps]


def steps_of(rows: Sequence[Any]) -> tuple[PlanStep, ...]:
    """What ``steps_to_rows`` gave."""
    return tuple(PlanStep(AssignedKind(row[0]), row[1], row[2]) for row in rows)


def plan_problem(plan: Plan) -> str | None:
    """What is wrong with a plan; None: it can be followed."""
    if not plan.roles:
        return "say for which roles it is"
    if not plan.steps:
        return "a plan has at least one step"
    if any(not 0 <= step.days <= 365 for step in plan.steps):
        return "a step is due within a year"
    if len({(step.kind, step.id) for step in plan.steps}) != len(plan.steps):
        return "no step is there twice"
    if plan.kind is PlanKind.PERIODIC and not 1 <= plan.months <= 24:
        return "a periodic plan comes again every 1 to 24 months"
    return None


def due_now(plan: Plan, people: Collection[Person], today: date) -> tuple[Due, ...]:
    """What the plan gives today; what was given before has the same key and is not given twice."""
    found = []
    for person in people:
        begins = beginning(plan, person, today)
        if begins is None or plan.roles.isdisjoint(person.roles):
            continue
        for step in plan.steps:
            once = f"plan:{plan.id}:{person.id}:{begins.isoformat()}:{step.kind}:{step.id}"
            found.append(Due(person.id, step, max(begins + timedelta(days=step.days), today), once))
    return tuple(found)


def beginning(plan: Plan, person: Person, today: date) -> date | None:
    """The day from which his terms count: when he came, or when the present period began; None: not for him now."""
    if plan.kind is PlanKind.INDUCTION:
        return person.came_on if plan.starts_on <= person.came_on <= today else None
    if today < plan.starts_on:
        return None
    begins = plan.starts_on
    while (after := months_later(plan.starts_on, _periods(plan, begins) + 1, plan.months)) <= today:
        begins = after
    return max(begins, person.came_on) if person.came_on <= today else None


def _periods(plan: Plan, begins: date) -> int:
    """How many whole periods lie between the plan's first day and the beginning of one."""
    return ((begins.year - plan.starts_on.year) * 12 + begins.month - plan.starts_on.month) // plan.months


def months_later(day: date, periods: int, months: int) -> date:
    """The same day of the month, or its last: 31 January and one month is 28 or 29 February."""
    month = day.month - 1 + periods * months
    year, month = day.year + month // 12, month % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(day.day, last))


REMIND_BEFORE = timedelta(days=2)
REMIND_EVERY = timedelta(days=3)


def reminds(today: date, due_on: date, reminded_on: date | None) -> bool:
    """Whether somebody is reminded today: two days before it is due, and every three days when it is late."""
    if today < due_on - REMIND_BEFORE:
        return False
    return reminded_on is None or (today > due_on and today - reminded_on >= REMIND_EVERY)


def finishes(mode: CourseMode, *, has_paper: bool, came: bool, read: bool, passed: bool) -> bool:
    """Whether a course is done: he came to the class or read the rest, and passed its test where it has one."""
    taken = came if mode is CourseMode.CLASS else read
    return taken and (passed or not has_paper)
