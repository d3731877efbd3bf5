"""The rows behind sums, made on the spot for one day: of everybody, or of an agent, a section, a queue."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crm.domain.kpi_facts import NO_HOUR, Fact, Period, Source, SourceRow
from crm.services import kpi_questions, kpi_source_calls, kpi_stays
from crm.services.kpi_questions import By, Question
from crm.services.kpi_sources import SOURCES


def rows_of_day(
    session: Session, question: Question, day: date, sources: Collection[Source], *, zone: ZoneInfo, now: datetime
) -> Iterator[SourceRow]:
    """What sources add to a day, of whom the question is about."""
    period = Period(day, day, zone, now)
    who = None if question.agent is None else kpi_questions.id_of(session, question.agent)
    team = None if question.team is None else kpi_questions.team_id(session, question.team)
    teams = kpi_stays.teams_on(session, day) if team is not None else {}
    for row in _read(session, question, period, sources):
        if who is not None and row.user_id != who:
            continue
        if team is not None and (row.user_id is None or teams.get(row.user_id) != team):
            continue
        if question.queue is not None and row.queue != question.queue:
            continue
        yield row


def _read(session: Session, question: Question, period: Period, sources: Collection[Source]) -> Iterable[SourceRow]:
    for source in Source:
        if source not in sources:
            continue
        if source is Source.CALLS and question.agent is not None:
            theirs = kpi_source_calls.of_agent(question.agent, period)
            yield from kpi_source_calls.facts_of(session, period, [theirs])
        else:
            yield from SOURCES[source](session, period)


def days_of(question: Question) -> Iterator[date]:
    """Its days, newest first."""
    for back in range((question.last - question.first).days + 1):
        yield question.last - timedelta(days=back)


def keyed(
    session: Session, question: Question, day: date, sources: Collection[Source], *, zone: ZoneInfo, now: datetime
) -> Iterator[tuple[str, SourceRow]]:
    """The rows of a day with the key of the group that they belong to; people and sections by their ids."""
    teams = kpi_stays.teams_on(session, day) if question.by is By.TEAM else {}
    for row in rows_of_day(session, question, day, sources, zone=zone, now=now):
        key = _key(row, question.by, teams)
        if key is not None:
            yield key, row


def summed(session: Session, question: Question, *, zone: ZoneInfo, now: datetime) -> dict[str, dict[Fact, int]]:
    """Sums by the question's key, where none are kept: people by queue or by hour."""
    found: dict[str, dict[Fact, int]] = {}
    for day in days_of(question):
        for key, row in keyed(session, question, day, tuple(Source), zone=zone, now=now):
            counts = found.setdefault(key, {})
            for fact, value in row.counts.items():
                counts[fact] = counts.get(fact, 0) + value
    return found


def _key(row: SourceRow, by: By, teams: dict[int, int]) -> str | None:
    """The group that a row belongs to; None: to none."""
    if by is By.AGENT:
        return None if row.user_id is None else str(row.user_id)
    if by is By.TEAM:
        team = teams.get(row.user_id or 0)
        return None if team is None else str(team)
    if by is By.QUEUE:
        return row.queue or None
    if by in {By.HOUR, By.WEEKDAY_HOUR} and row.hour == NO_HOUR:
        return None
    return kpi_questions.KEYS[by](*(getattr(row, name) for name in _TIMES.get(by, ("day",))))


_TIMES: Mapping[By, tuple[str, ...]] = {By.TOTAL: (), By.HOUR: ("hour",), By.WEEKDAY_HOUR: ("day", "hour")}
"""What of a row its key is made of; of the others the day."""
