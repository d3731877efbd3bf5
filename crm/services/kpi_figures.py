"""Key figures read from the sums: few rows, however many calls there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from crm.db.departments import Department
from crm.db.kpi import KPI_SUMS
from crm.db.people import User
from crm.domain.access import Actor
from crm.domain.kpi import Figure, compute_all
from crm.domain.kpi_facts import NO_HOUR, Fact
from crm.domain.kpi_targets import Part, silenced
from crm.services import kpi_questions, kpi_rows
from crm.services.kpi_questions import By, Question
from crm.services.kpi_sums import AGENT, DAY, QUEUE

_SUMS = tuple(func.sum(KPI_SUMS.c[fact.value]) for fact in Fact)
_FACTS = tuple(Fact)
Counts = Mapping[Fact, int]


@dataclass(frozen=True)
class Row:
    """A line of figures. ``key``: user name, code of a section, queue, or a time (``kpi_questions.KEYS``)."""

    key: str
    counts: Counts
    parts: frozenset[Part] = frozenset()

    @cached_property
    def figures(self) -> Mapping[str, Figure]:
        """All figures; those that say nothing here have no value."""
        return silenced(compute_all(self.counts), self.parts)


def answer(session: Session, actor: Actor, question: Question, *, zone: ZoneInfo, now: datetime) -> tuple[Row, ...]:
    """The lines, in the order of their keys. Raises ForbiddenError, InvalidInputError, NotFoundError."""
    question = kpi_questions.allowed(session, actor, question)
    return tuple(
        Row(key, counts, question.parts)
        for key, counts in sorted(counted(session, question, zone=zone, now=now).items())
    )


def counted(session: Session, question: Question, *, zone: ZoneInfo, now: datetime) -> dict[str, Counts]:
    """Facts by key, whoever asks."""
    if question.is_crossed:
        return named(session, question.by, kpi_rows.summed(session, question, zone=zone, now=now))
    if question.is_of_people:
        return _of_people(session, question)
    where = [KPI_SUMS.c.day >= question.first, KPI_SUMS.c.day <= question.last]
    if question.queue is None and question.by not in {By.QUEUE, By.HOUR, By.WEEKDAY_HOUR}:
        return _grouped(session, question.by, [KPI_SUMS.c.axis == DAY, *where])
    where.append(KPI_SUMS.c.axis == QUEUE)
    if question.queue is not None:
        where.append(KPI_SUMS.c.queue == question.queue)
    elif question.by is By.QUEUE:
        where.append(KPI_SUMS.c.queue != "")
    if question.by in {By.HOUR, By.WEEKDAY_HOUR}:
        where.append(KPI_SUMS.c.hour != NO_HOUR)
    return _grouped(session, question.by, where)


def _of_people(session: Session, question: Question) -> dict[str, Counts]:
    where = [KPI_SUMS.c.axis == AGENT, KPI_SUMS.c.day >= question.first, KPI_SUMS.c.day <= question.last]
    if question.agent is not None:
        where.append(KPI_SUMS.c.user_id == kpi_questions.id_of(session, question.agent))
    if question.team is not None:
        where.append(KPI_SUMS.c.team_id == kpi_questions.team_id(session, question.team))
    if question.by is By.TEAM:
        where.append(KPI_SUMS.c.team_id != 0)
    return named(session, question.by, _grouped(session, question.by, where))


T = TypeVar("T")


def named(session: Session, by: By, found: Mapping[str, T]) -> dict[str, T]:
    """With the names of people and the codes of sections instead of their ids."""
    if by is By.AGENT:
        names = dict(session.execute(select(User.id, User.username)).all())
    elif by is By.TEAM:
        names = dict(session.execute(select(Department.id, Department.code)).all())
    else:
        return dict(found)
    return {names[int(key)]: value for key, value in found.items()}


_GROUPS: Mapping[By, tuple[ColumnElement[Any], ...]] = {
    By.TOTAL: (),
    By.AGENT: (KPI_SUMS.c.user_id,),
    By.TEAM: (KPI_SUMS.c.team_id,),
    By.QUEUE: (KPI_SUMS.c.queue,),
    By.HOUR: (KPI_SUMS.c.hour,),
    By.WEEKDAY_HOUR: (KPI_SUMS.c.day, KPI_SUMS.c.hour),
    By.DAY: (KPI_SUMS.c.day,),
    By.WEEK: (KPI_SUMS.c.day,),
    By.MONTH: (KPI_SUMS.c.day,),
}


def _grouped(session: Session, by: By, where: Iterable[ColumnElement[bool]]) -> dict[str, Counts]:
    columns = _GROUPS[by]
    rows = session.execute(select(*columns, *_SUMS).where(*where).group_by(*columns))
    found: dict[str, dict[Fact, int]] = {}
    width, key_of = len(columns), kpi_questions.KEYS[by]
    for row in rows:
        sums = found.setdefault(key_of(*row[:width]), {})
        for fact, value in zip(_FACTS, row[width:], strict=True):
            if value:
                sums[fact] = sums.get(fact, 0) + int(value)
    if by is By.TOTAL:
        return {key: counts for key, counts in found.items() if counts} or {kpi_questions.KEYS[by](): {}}
    return dict(found)
