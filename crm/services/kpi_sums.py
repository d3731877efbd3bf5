"""Sums of facts, from which all key figures are read: counted anew, by source and day, from what they are made of.

Triggers note every change of a call or a ticket; the days that it touches are counted anew. What has no triggers is
counted anew for the last days at every turn, once a night for a longer time, and for the whole month before it is
frozen. Counting twice gives the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.contact_centre import CallLeg, QueueVisit
from crm.db.kpi import KPI_SUMS, KpiChange
from crm.db.tickets import Ticket
from crm.domain.kpi_facts import NO_HOUR, REPEAT_DAYS, SOURCE_OF, Fact, Period, Source, SourceRow
from crm.services import kpi_stays
from crm.services.kpi_sources import SOURCES

DAY, QUEUE, AGENT = "day", "queue", "agent"
MOST = 5_000
"""Notes of changes that one turn takes."""
_CHUNK = 500


@dataclass(frozen=True)
class Counted:
    """What a turn did. ``taken``: notes of changes; ``days``: days of sources counted anew."""

    taken: int
    days: int


def recount(session: Session, source: Source, day: date, *, zone: ZoneInfo, now: datetime) -> None:
    """Count a day of a source anew."""
    session.execute(delete(KPI_SUMS).where(KPI_SUMS.c.source == source, KPI_SUMS.c.day == day))
    teams = kpi_stays.teams_on(session, day)
    rows = _summed(SOURCES[source](session, Period(day, day, zone, now)), source, day, teams)
    if rows:
        session.execute(insert(KPI_SUMS), rows)


_Key = tuple[str, int, str, int, int]


def _summed(rows: Iterable[SourceRow], source: Source, day: date, teams: dict[int, int]) -> list[dict[str, Any]]:
    sums: dict[_Key, dict[Fact, int]] = defaultdict(dict)
    for row in rows:
        keys: list[_Key] = [(DAY, NO_HOUR, "", 0, 0), (QUEUE, row.hour, row.queue or "", 0, 0)]
        if row.user_id is not None:
            keys.append((AGENT, NO_HOUR, "", row.user_id, teams.get(row.user_id, 0)))
        for key in keys:
            found = sums[key]
            for fact, value in row.counts.items():
                found[fact] = found.get(fact, 0) + value
    empty = dict.fromkeys(fact.value for fact in SOURCE_OF[source])
    return [
        {"source": source, "axis": axis, "day": day, "hour": hour, "queue": queue, "user_id": user_id,
         "team_id": team_id, **empty, **{fact.value: value for fact, value in counts.items()}}
        for (axis, hour, queue, user_id, team_id), counts in sorted(sums.items())
    ]  # fmt: skip


def note(session: Session, source: Source, at: datetime) -> None:
    """Say that something of a source has changed on the day of an instant. The caller's transaction commits."""
    session.add(KpiChange(source=source, subject=None, at=at))


def follow(session: Session, *, zone: ZoneInfo, now: datetime) -> Counted:
    """Count anew what changed since the last time."""
    notes = session.execute(
        select(KpiChange.id, KpiChange.source, KpiChange.subject, KpiChange.at).order_by(KpiChange.id).limit(MOST)
    ).all()
    days: dict[Source, set[date]] = defaultdict(set)
    for source, instants in _instants(session, notes).items():
        days[source] = {at.astimezone(zone).date() for at in instants}
    days[Source.REPEATS] |= {
        day - timedelta(days=back) for day in days[Source.CALLS] for back in range(REPEAT_DAYS + 1)
    }
    for source, touched in days.items():
        for day in sorted(touched):
            recount(session, source, day, zone=zone, now=now)
    ids = [one.id for one in notes]
    for start in range(0, len(ids), _CHUNK):
        session.execute(delete(KpiChange).where(KpiChange.id.in_(ids[start : start + _CHUNK])))
    return Counted(len(notes), sum(map(len, days.values())))


def _instants(session: Session, notes: Iterable[Any]) -> dict[Source, set[datetime]]:
    """By source: instants whose days were touched."""
    found: dict[Source, set[datetime]] = defaultdict(set)
    subjects: dict[Source, set[str]] = defaultdict(set)
    for one in notes:
        if one.at is not None:
            found[Source(one.source)].add(one.at)
        if one.subject is not None:
            subjects[Source(one.source)].add(one.subject)
    calls = sorted(subjects[Source.CALLS])
    tickets = sorted(int(text) for text in subjects[Source.TICKETS])
    for start in range(0, len(calls), _CHUNK):
        part = calls[start : start + _CHUNK]
        for column, of_call in (
            (Call.started_at, Call.call_id),
            (QueueVisit.entered_at, QueueVisit.call_id),
            (CallLeg.answered_at, CallLeg.call_id),
        ):
            found[Source.CALLS].update(session.scalars(select(column).where(of_call.in_(part), column.is_not(None))))
    for start in range(0, len(tickets), _CHUNK):
        rows = session.execute(
            select(Ticket.received_at, Ticket.legal_due_at, Ticket.closed_at).where(
                Ticket.id.in_(tickets[start : start + _CHUNK])
            )
        )
        found[Source.TICKETS].update(at for row in rows for at in row if at is not None)
    return found


def recount_lately(session: Session, sources: Collection[Source], *, days: int, zone: ZoneInfo, now: datetime) -> None:
    """Count the last days of sources anew, today with them."""
    today = now.astimezone(zone).date()
    for source in sources:
        for back in range(days):
            recount(session, source, today - timedelta(days=back), zone=zone, now=now)
