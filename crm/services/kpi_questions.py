"""What is asked of the key figures: which days, whose, grouped by what; and who may ask it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.departments import Department, DepartmentMember
from crm.db.people import User
from crm.domain.access import Action, Actor, Relation, reach
from crm.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.kpi_targets import Part
from crm.services.sections import SECTION

LONGEST = timedelta(days=366 * 3)
NARROW = timedelta(days=31)
"""The longest time over which sums are made on the spot, where none are kept."""


class By(StrEnum):
    """What figures are grouped by."""

    TOTAL = "total"
    AGENT = "agent"
    TEAM = "team"
    QUEUE = "queue"
    HOUR = "hour"
    WEEKDAY_HOUR = "weekday_hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


KEYS: Mapping[By, Callable[..., str]] = {
    By.TOTAL: lambda: "total",
    By.AGENT: str,
    By.TEAM: str,
    By.QUEUE: str,
    By.HOUR: lambda hour: f"{hour:02d}",
    By.WEEKDAY_HOUR: lambda day, hour: f"{day.isoweekday()}-{hour:02d}",
    By.DAY: date.isoformat,
    By.WEEK: lambda day: (day - timedelta(days=day.weekday())).isoformat(),
    By.MONTH: lambda day: f"{day:%Y-%m}",
}
"""The key of a group, of what it is grouped by: a week's is its Monday, weekday 1 is Monday."""


def days_of_key(by: By, key: str) -> tuple[date, date]:
    """The first and the last day of a day's, week's or month's key."""
    if by is By.MONTH:
        first = date.fromisoformat(f"{key}-01")
        return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    first = date.fromisoformat(key)
    return first, first + timedelta(days=6 if by is By.WEEK else 0)


_OF_PEOPLE = frozenset({By.AGENT, By.TEAM})
_OF_HOURS = frozenset({By.QUEUE, By.HOUR, By.WEEKDAY_HOUR})


@dataclass(frozen=True)
class Question:
    """Figures of days, from the first to the last; ``queue``, ``agent`` (user name) and ``team`` (code) narrow them."""

    first: date
    last: date
    by: By = By.TOTAL
    queue: str | None = None
    agent: str | None = None
    team: str | None = None

    @property
    def is_of_people(self) -> bool:
        """Whether it is about agents or sections."""
        return self.by in _OF_PEOPLE or self.agent is not None or self.team is not None

    @property
    def is_of_queues(self) -> bool:
        """Whether it is about queues."""
        return self.by is By.QUEUE or self.queue is not None

    @property
    def is_crossed(self) -> bool:
        """Whether it is about people and about queues or hours: of these no sums are kept."""
        return self.is_of_people and (self.is_of_queues or self.by in _OF_HOURS)

    @property
    def parts(self) -> frozenset[Part]:
        """What it is about."""
        return frozenset(
            part for part, there in ((Part.PEOPLE, self.is_of_people), (Part.QUEUES, self.is_of_queues)) if there
        )

    def before(self) -> Question:
        """The same of as many days right before."""
        days = (self.last - self.first).days + 1
        return replace(self, first=self.first - timedelta(days=days), last=self.first - timedelta(days=1))


@dataclass(frozen=True)
class Line:
    """What one line of an answer is about: a narrower question, an hour of the day, a weekday (1 is Monday)."""

    question: Question
    hour: int | None = None
    weekday: int | None = None


def line_of(question: Question, key: str) -> Line:
    """The line of a key. A week or a month that was cut by the question's days stays cut."""
    if question.by is By.TOTAL:
        return Line(question)
    if question.by in {By.AGENT, By.TEAM, By.QUEUE}:
        narrowed: dict[str, Any] = {question.by.value: key}
        return Line(replace(question, **narrowed))
    if question.by is By.HOUR:
        return Line(question, int(key))
    if question.by is By.WEEKDAY_HOUR:
        weekday, _, hour = key.partition("-")
        return Line(question, int(hour), int(weekday))
    first, last = days_of_key(question.by, key)
    return Line(replace(question, first=max(first, question.first), last=min(last, question.last)))


def allowed(session: Session, actor: Actor, question: Question) -> Question:
    """The question as this person may ask it: an agent asks about himself, a section's head about his people.

    Figures of the house and of its queues tell of nobody, and a head reads them. Raises ForbiddenError,
    InvalidInputError, NotFoundError.
    """
    _check(question)
    reached = reach(actor.roles, Action.KPI_READ)
    if Relation.ANY in reached:
        return question
    if Relation.SECTION in reached:
        return _in_section(session, actor, question)
    if Relation.OWN not in reached or actor.user_id is None:
        raise ForbiddenError("these roles do not read key figures")
    if question.agent not in {None, actor.name} or question.team or question.by in {By.AGENT, By.TEAM}:
        raise ForbiddenError("these roles read their own figures only")
    return replace(question, agent=actor.name)


def _check(question: Question) -> None:
    length = question.last - question.first
    if length < timedelta() or length > LONGEST:
        raise InvalidInputError("to", "must not be before the first day, nor more than three years after it")
    if question.is_crossed and length >= NARROW:
        raise InvalidInputError("to", "people by queue or hour are counted over at most 31 days")


def _in_section(session: Session, actor: Actor, question: Question) -> Question:
    section = section_of(session, actor.user_id)
    if section is None or not question.is_of_people:
        return question
    if question.agent is not None:
        id_of(session, question.agent)
        theirs = session.scalar(
            select(DepartmentMember.department_id)
            .join(User, User.id == DepartmentMember.user_id)
            .where(User.username == question.agent)
        )
        if theirs != section.id and question.agent != actor.name:
            raise ForbiddenError("he is not of your section")
        return question
    if question.team not in {None, section.code}:
        raise ForbiddenError("that is not your section")
    return replace(question, team=section.code)


def section_of(session: Session, user_id: int | None) -> Department | None:
    """The section that somebody is in."""
    return session.scalars(
        select(Department)
        .join(DepartmentMember, DepartmentMember.department_id == Department.id)
        .where(DepartmentMember.user_id == user_id, Department.kind == SECTION)
    ).first()


def id_of(session: Session, username: str) -> int:
    """A person's id. Raises NotFoundError."""
    found = session.scalar(select(User.id).where(User.username == username))
    if found is None:
        raise NotFoundError("there is no such person")
    return found


def team_id(session: Session, code: str) -> int:
    """A section's id. Raises NotFoundError."""
    found = session.scalar(select(Department.id).where(Department.code == code, Department.kind == SECTION))
    if found is None:
        raise NotFoundError("there is no such section")
    return found
