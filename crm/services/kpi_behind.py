"""What is behind a figure: the calls, tickets, evaluations that it was made of, read from where they are.

The same functions that make the sums give these rows, so a figure and what is behind it cannot differ once the sums
are up to date.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crm.domain.access import Actor
from crm.domain.errors import InvalidInputError
from crm.domain.kpi import FORMULAS, NEEDS
from crm.domain.kpi_facts import SOURCE_OF, Fact, Source, SourceRow
from crm.domain.kpi_targets import SOURCES_OF
from crm.services import kpi_figures, kpi_questions, kpi_rows
from crm.services.kpi_questions import By, Question

PAGE = 50


@dataclass(frozen=True)
class BehindPage:
    """Some of what a figure was made of, newest day first. ``next``: where the next page begins."""

    items: tuple[SourceRow, ...]
    next: str | None


def behind(
    session: Session, actor: Actor, question: Question, figure: str, *,
    hour: int | None = None, weekday: int | None = None, cursor: str | None = None, limit: int = PAGE,
    zone: ZoneInfo, now: datetime,
) -> BehindPage:  # fmt: skip
    """The rows that a figure takes something from. ``weekday``: 1 is Monday.

    Raises ForbiddenError, InvalidInputError, NotFoundError.
    """
    if figure not in FORMULAS:
        raise InvalidInputError("figure", f"must be one of {', '.join(FORMULAS)}")
    question = kpi_questions.allowed(session, actor, replace(question, by=By.TOTAL))
    needed = frozenset(NEEDS[figure])
    start, skip = _place(cursor, question)
    days = _days(session, question, needed, zone=zone, now=now)
    days = [day for day in days if weekday in {None, day.isoweekday()}]
    found: list[SourceRow] = []
    for day in (one for one in days if one <= start):
        rows = kpi_rows.rows_of_day(session, question, day, SOURCES_OF[figure], zone=zone, now=now)
        here = [row for row in rows if _adds(row, needed) and hour in {None, row.hour}]
        skip, room = (skip if day == start else 0), limit - len(found)
        found += (replace(row, counts=_of(row, needed)) for row in here[skip : skip + room])
        if len(here) > skip + room:
            return BehindPage(tuple(found), f"{day}:{skip + room}")
        if len(found) == limit and day > question.first:
            return BehindPage(tuple(found), f"{day - timedelta(days=1)}:0")
    return BehindPage(tuple(found), None)


FEW = 200
"""Calls up to which a line of figures names them all."""
_PARTS = (Fact.CALLS_IN, Fact.ANSWERED, Fact.ABANDONED, Fact.SHORT_ABANDONED, Fact.TOOK_CALLBACK, Fact.LEFT_MESSAGE,
          Fact.HANDLED, Fact.OUTBOUND)  # fmt: skip


def calls_by_key(
    session: Session, actor: Actor, question: Question, rows: Sequence[kpi_figures.Row], *, zone: ZoneInfo,
    now: datetime,
) -> dict[str, list[str]] | None:  # fmt: skip
    """The calls behind each line; None where they are many. Raises as ``behind`` does."""
    if sum(row.counts.get(fact, 0) for row in rows for fact in _PARTS) > FEW:
        return None
    question = kpi_questions.allowed(session, actor, question)
    needed = frozenset(SOURCE_OF[Source.CALLS])
    found: dict[str, set[str]] = {}
    for day in _days(session, question, needed, zone=zone, now=now):
        for key, row in kpi_rows.keyed(session, question, day, (Source.CALLS,), zone=zone, now=now):
            if row.call_id is not None:
                found.setdefault(key, set()).add(row.call_id)
    named = kpi_figures.named(session, question.by, found)
    return {key: sorted(calls) for key, calls in named.items()}


def _adds(row: SourceRow, needed: Collection[Fact]) -> bool:
    return any(value and fact in needed for fact, value in row.counts.items())


def _of(row: SourceRow, needed: Collection[Fact]) -> Mapping[Fact, int]:
    return {fact: value for fact, value in row.counts.items() if fact in needed and value}


def _place(cursor: str | None, question: Question) -> tuple[date, int]:
    if cursor is None:
        return question.last, 0
    day, _, skip = cursor.partition(":")
    try:
        found = date.fromisoformat(day), int(skip)
    except ValueError:
        raise InvalidInputError("cursor", "is none of ours") from None
    if found[1] < 0:
        raise InvalidInputError("cursor", "is none of ours")
    return found


def _days(
    session: Session, question: Question, needed: Collection[Fact], *, zone: ZoneInfo, now: datetime
) -> list[date]:
    """The days that add something, newest first, as far as sums say it."""
    if question.is_crossed:
        return list(kpi_rows.days_of(question))
    by_day = kpi_figures.counted(session, replace(question, by=By.DAY), zone=zone, now=now)
    return sorted(
        (date.fromisoformat(key) for key, counts in by_day.items() if any(counts.get(fact) for fact in needed)),
        reverse=True,
    )
