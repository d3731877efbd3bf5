"""Months of key figures: fixed once and for all, sealed, and held against what the same rows give today.

A frozen row never changes (the database refuses it). What is found wrong later stands beside it: as a difference that
everybody sees, or as a correction after an objection.
"""

from __future__ import annotations

import json
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from crm.db.departments import Department
from crm.db.kpi import KPI_SUMS, KpiFreeze, KpiFrozenRow
from crm.db.people import User
from crm.db.records import Job
from crm.domain.access import Action, Actor
from crm.domain.errors import ConflictError, ForbiddenError, NotFoundError
from crm.domain.kpi_facts import Fact, Source
from crm.domain.notices import NoticeKind
from crm.services import audit, jobs, kpi_people, kpi_scheme, kpi_sums, notices
from crm.services.kpi_scheme import checked_month

FREEZE = "freeze_kpi_month"
HOUSE, QUEUE, TEAM, AGENT, COMPOSITE = "house", "queue", "team", "agent", "composite"
MAX_NOTE = 500
_DONE = ("done", "dead")
Facts = dict[str, int]
_AXES: Mapping[str, tuple[str, Any]] = {
    HOUSE: (kpi_sums.DAY, KPI_SUMS.c.queue),
    QUEUE: (kpi_sums.QUEUE, KPI_SUMS.c.queue),
    TEAM: (kpi_sums.AGENT, KPI_SUMS.c.team_id),
    AGENT: (kpi_sums.AGENT, KPI_SUMS.c.user_id),
}
"""Axis of frozen rows → axis of the sums, and whose a row is."""


@dataclass(frozen=True)
class Difference:
    """A fact of a frozen day that is counted differently today."""

    axis: str
    key: str
    day: date
    fact: str
    frozen: int
    now: int


def days_of(month: str) -> tuple[date, date]:
    """The first and the last day of a month."""
    first = date.fromisoformat(f"{month}-01")
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def freezes(session: Session) -> list[KpiFreeze]:
    """All frozen months, the newest first."""
    return list(session.scalars(select(KpiFreeze).order_by(KpiFreeze.month.desc())))


def frozen(session: Session, month: str) -> KpiFreeze | None:
    """A month, if it is frozen."""
    return session.scalars(select(KpiFreeze).where(KpiFreeze.month == month)).first()


def load(session: Session, month: str) -> KpiFreeze:
    """A frozen month. Raises NotFoundError."""
    found = frozen(session, month)
    if found is None:
        raise NotFoundError("this month is not frozen")
    return found


def waiting(session: Session) -> list[str]:
    """Months that are being frozen."""
    rows = session.scalars(select(Job.payload).where(Job.kind == FREEZE, Job.state.not_in(_DONE)))
    return sorted(str(payload["month"]) for payload in rows)


def ask(session: Session, actor: Actor, month: str, note: str, *, today: date, now: datetime) -> None:
    """Ask for a month to be frozen; a job does it. Raises ForbiddenError, InvalidInputError, ConflictError."""
    if not actor.may(Action.KPI_MANAGE):
        raise ForbiddenError("these roles do not freeze a month")
    _, last = days_of(checked_month(month))
    if last >= today:
        raise ConflictError("this month is not over yet")
    if frozen(session, month) is not None or month in waiting(session):
        raise ConflictError("this month is frozen already, or being frozen")
    payload = {"month": month, "by": actor.name, "note": note.strip()[:MAX_NOTE]}
    jobs.enqueue(session, FREEZE, payload, now=now)


def freeze(session: Session, month: str, *, by: str, note: str, zone: ZoneInfo, now: datetime) -> KpiFreeze:
    """Count the whole month anew and fix it. A second time changes nothing."""
    if (there := frozen(session, month)) is not None:
        return there
    first, last = days_of(month)
    recount(session, month, zone=zone, now=now)
    version = kpi_scheme.of_month(session, month)
    rows = [*_rows(session, first, last), *_composites(session, first, last, version)]
    made = KpiFreeze(
        month=month, made_at=now, made_by=by, weights_version=version.version, note=note, rows=len(rows),
        seal=_seal(rows),
    )  # fmt: skip
    session.add(made)
    session.flush()
    if rows:  # of a month in which nothing was counted there is nothing to keep
        session.execute(insert(KpiFrozenRow), [{"freeze_id": made.id, **row} for row in rows])
    audit.append(
        session, at=now, actor=by, action="kpi.frozen", subject=f"kpi_month:{made.id}",
        detail={"month": month, "rows": len(rows), "seal": made.seal},
    )  # fmt: skip
    for row in rows:
        if row["axis"] == COMPOSITE:
            notices.tell(session, int(row["key"]), NoticeKind.KPI_FROZEN, None, now, path=f"/kpi/mine?month={month}")
    return made


def recount(session: Session, month: str, *, zone: ZoneInfo, now: datetime) -> None:
    """Count every day of a month anew, from what it is made of."""
    first, last = days_of(month)
    for source in Source:
        for day in range(first.toordinal(), last.toordinal() + 1):
            kpi_sums.recount(session, source, date.fromordinal(day), zone=zone, now=now)


def _rows(session: Session, first: date, last: date) -> list[dict[str, Any]]:
    """Facts by axis, key and day, as they are counted now."""
    found = []
    for axis, (kept, whose) in _AXES.items():
        sums = [func.sum(KPI_SUMS.c[fact.value]) for fact in Fact]
        lines = session.execute(
            select(whose, KPI_SUMS.c.day, *sums)
            .where(KPI_SUMS.c.axis == kept, KPI_SUMS.c.day >= first, KPI_SUMS.c.day <= last)
            .group_by(whose, KPI_SUMS.c.day)
            .order_by(whose, KPI_SUMS.c.day)
        )
        for key, day, *values in lines:
            facts = {fact.value: int(value) for fact, value in zip(Fact, values, strict=True) if value}
            if facts and (key or axis == HOUSE):
                found.append({"axis": axis, "key": str(key), "day": day, "document": {"facts": facts}})
    return found


def _composites(session: Session, first: date, last: date, version: kpi_scheme.Version) -> Iterator[dict[str, Any]]:
    for user_id, one in sorted(kpi_people.composites(session, first, last, version.scheme).items()):
        yield {"axis": COMPOSITE, "key": str(user_id), "day": first, "document": kpi_people.as_document(one)}


def _seal(rows: list[dict[str, Any]]) -> str:
    lines = sorted(
        json.dumps([row["axis"], row["key"], row["day"].isoformat(), row["document"]], sort_keys=True) for row in rows
    )
    return sha256("\n".join(lines).encode()).hexdigest()


def rows_of(session: Session, month: KpiFreeze, axis: str | None = None, key: str | None = None) -> list[KpiFrozenRow]:
    """The rows of a frozen month."""
    query = select(KpiFrozenRow).where(KpiFrozenRow.freeze_id == month.id)
    if axis is not None:
        query = query.where(KpiFrozenRow.axis == axis)
    if key is not None:
        query = query.where(KpiFrozenRow.key == key)
    return list(session.scalars(query.order_by(KpiFrozenRow.axis, KpiFrozenRow.key, KpiFrozenRow.day)))


def is_whole(session: Session, month: KpiFreeze) -> bool:
    """Whether nobody has touched its rows: they still make the seal."""
    rows = [
        {"axis": row.axis, "key": row.key, "day": row.day, "document": row.document} for row in rows_of(session, month)
    ]
    return len(rows) == month.rows and _seal(rows) == month.seal


def sums_of(session: Session, month: KpiFreeze, axis: str) -> dict[str, dict[Fact, int]]:
    """The month's facts by key: what was frozen."""
    found: dict[str, dict[Fact, int]] = {}
    for row in rows_of(session, month, axis):
        sums = found.setdefault(row.key, {})
        for fact, value in row.document["facts"].items():
            sums[Fact(fact)] = sums.get(Fact(fact), 0) + value
    return found


def compare(session: Session, month: KpiFreeze) -> list[Difference]:
    """What is counted differently today, day by day and fact by fact."""
    first, last = days_of(month.month)
    then: dict[tuple[str, str, date], Facts] = {
        (row.axis, row.key, row.day): row.document["facts"] for row in rows_of(session, month) if row.axis != COMPOSITE
    }
    now: dict[tuple[str, str, date], Facts] = {
        (row["axis"], row["key"], row["day"]): row["document"]["facts"] for row in _rows(session, first, last)
    }
    return [
        Difference(*key, fact, then.get(key, {}).get(fact, 0), now.get(key, {}).get(fact, 0))
        for key in sorted({*then, *now})
        for fact in sorted({*then.get(key, {}), *now.get(key, {})})
        if then.get(key, {}).get(fact, 0) != now.get(key, {}).get(fact, 0)
    ]


def title_of(session: Session, axis: str, key: str) -> str:
    """Whose a row is, for people to read."""
    if axis in {AGENT, COMPOSITE}:
        user = session.get(User, int(key))
        return user.username if user else key
    if axis == TEAM:
        team = session.get(Department, int(key))
        return team.code if team else key
    return key
