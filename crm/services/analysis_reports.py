"""Reports of a month and of a year: the figures frozen as they were, sealed with a hash, made anew as an edition.

The yearly one is the disclosure table: shares by business, reason, region, and front and back office.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.analysis import AnalysisReport as Row
from crm.db.analysis import CaseStudy, ProcessReview, Topic
from crm.db.emergencies import Emergency, EmergencyTicket
from crm.domain.access import SYSTEM, Action, Actor
from crm.domain.analysis import Grain, bars, grain_for
from crm.domain.axes import Axis
from crm.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from crm.services import alarm_watch, audit, rectifications, statistics
from crm.services.statistics import Slice
from crm.services.ticket_counters import bounds

AXES = (
    Axis.BUSINESS, Axis.REASON, Axis.OFFICE, Axis.CHANNEL, Axis.REGION, Axis.LEVEL, Axis.CAME_BY, Axis.CATEGORY,
)  # fmt: skip
SHOWN = 60
_TOPICS = 15


@dataclass(frozen=True)
class Period:
    """A month or a year of the centre's calendar."""

    span: str
    name: str
    first: date
    last: date


@dataclass(frozen=True)
class ReportView:
    """A report in a list, or with its figures."""

    id: int
    span: str
    period: str
    edition: int
    made_at: datetime
    made_by: str
    sha256: str
    whole: bool
    """whether the figures still have their hash"""
    document: dict[str, Any]


def period(span: str, name: str) -> Period:
    """A period by its name: ``2026-10`` or ``2026``. Raises InvalidInputError."""
    try:
        if span == "month":
            first = date.fromisoformat(f"{name}-01")
            return Period(span, f"{first:%Y-%m}", first, _month_end(first))
        if span == "year" and len(name) == 4:
            return Period(span, name, date(int(name), 1, 1), date(int(name), 12, 31))
    except ValueError as error:
        raise InvalidInputError("period", "must be a month (2026-10) or a year (2026)") from error
    raise InvalidInputError("period", "must be a month (2026-10) or a year (2026)")


def _month_end(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def make(session: Session, actor: Actor, span: str, name: str, *, zone: ZoneInfo, now: datetime) -> int:
    """Freeze the figures of a period that is over, as its next edition. Raises ForbiddenError, InvalidInputError."""
    if actor != SYSTEM and not actor.may(Action.REPORT_MAKE):
        raise ForbiddenError("these roles do not make reports")
    wanted = period(span, name)
    if now.astimezone(zone).date() <= wanted.last:
        raise InvalidInputError("period", "is not over yet")
    edition = _editions(session, wanted) + 1
    document = figures(session, wanted, zone=zone)
    row = Row(
        span=span, period=wanted.name, edition=edition, made_at=now, made_by=actor.name, document=document,
        sha256=digest(document),
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.append(
        session, at=now, actor=actor.name, action="report.made", subject=f"report:{row.id}",
        detail={"span": span, "period": wanted.name, "edition": edition, "sha256": row.sha256},
    )  # fmt: skip
    return row.id


def make_due(session: Session, *, zone: ZoneInfo, now: datetime) -> int:
    """Make the report of the month that is over, and of the year, where nobody has yet; gives how many were made."""
    today = now.astimezone(zone).date()
    month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    made = 0
    for span, name in (("month", f"{month:%Y-%m}"), ("year", str(today.year - 1))):
        wanted = period(span, name)
        some = statistics.totals(session, Slice(wanted.first, wanted.last, None)).received
        if some and not _editions(session, wanted):
            make(session, SYSTEM, span, name, zone=zone, now=now)
            made += 1
    return made


def _editions(session: Session, wanted: Period) -> int:
    newest = select(func.max(Row.edition)).where(Row.span == wanted.span, Row.period == wanted.name)
    return session.scalar(newest) or 0


def digest(document: dict[str, Any]) -> str:
    """What seals the figures."""
    return hashlib.sha256(
        json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    ).hexdigest()


def reports(session: Session, actor: Actor) -> tuple[ReportView, ...]:
    """The last reports, without their figures."""
    _may_read(actor)
    rows = session.scalars(select(Row).order_by(Row.period.desc(), Row.span, Row.edition.desc()).limit(SHOWN))
    return tuple(replace(_view(row), document={}) for row in rows)


def get(session: Session, actor: Actor, report_id: int) -> ReportView:
    """One report. Raises NotFoundError."""
    _may_read(actor)
    row = session.get(Row, report_id)
    if row is None:
        raise NotFoundError("there is no such report")
    return _view(row)


def _may_read(actor: Actor) -> None:
    if not actor.may(Action.ANALYSIS_READ):
        raise ForbiddenError("these roles do not read reports")


def _view(row: Row) -> ReportView:
    whole = digest(row.document) == row.sha256
    return ReportView(
        row.id, row.span, row.period, row.edition, row.made_at, row.made_by, row.sha256, whole, dict(row.document)
    )


def figures(session: Session, wanted: Period, *, zone: ZoneInfo) -> dict[str, Any]:
    """All figures of a period, as keys and numbers; whoever shows them puts the words to them."""
    part = Slice(wanted.first, wanted.last)
    year_ago = _year_ago(part)
    start, end = bounds(part.first, zone)[0], bounds(part.last, zone)[1]
    causes, unknown = statistics.causes(session, part)
    grain = Grain.DAY if wanted.span == "month" else Grain.MONTH
    history, outlook = statistics.weeks(session, part, part.last + timedelta(days=1))
    return {
        "span": wanted.span,
        "period": wanted.name,
        "first": part.first.isoformat(),
        "last": part.last.isoformat(),
        "totals": asdict(statistics.totals(session, part)),
        "before": asdict(statistics.totals(session, _before(wanted, part))),
        "year_ago": asdict(statistics.totals(session, year_ago)),
        "kinds": statistics.counted(session, replace(part, kind=None), Axis.KIND),
        "by": {str(axis): _rows(session, wanted, part, axis) for axis in AXES},
        "causes": [[bar.key, bar.count] for bar in causes],
        "causes_unknown": unknown,
        "line": [[day.isoformat(), count] for day, count in statistics.over_time(session, part, grain)],
        "weeks": [[day.isoformat(), count] for day, count in history],
        "outlook": [[one.week.isoformat(), one.expected, one.low, one.high] for one in outlook.weeks],
        "outlook_error": outlook.error,
        "topics": _topics(session, part),
        "alarms": [
            [one.axis, one.key, one.day.isoformat(), one.observed, one.expected, one.state]
            for one in alarm_watch.of_day(session, part.first, part.last)
        ],
        "emergencies": _emergencies(session, start, end),
        "plans": [
            [one.title, one.kind, one.owner.display_name or one.owner.username, one.due_on.isoformat(), one.state,
             one.before, one.after]
            for one in rectifications.of_period(session, part.first, end)
        ],
        "reviews": _count(session, ProcessReview.id, ProcessReview.held_on >= part.first,
                          ProcessReview.held_on <= part.last),
        "cases": _count(session, CaseStudy.id, CaseStudy.published_at >= start, CaseStudy.published_at < end),
    }  # fmt: skip


def _before(wanted: Period, part: Slice) -> Slice:
    last = part.first - timedelta(days=1)
    first = last.replace(day=1) if wanted.span == "month" else date(last.year, 1, 1)
    return replace(part, first=first, last=last)


def _year_ago(part: Slice) -> Slice:
    first = part.first.replace(year=part.first.year - 1)
    return replace(part, first=first, last=_month_end(part.last.replace(year=part.last.year - 1, day=1)))


def _rows(session: Session, wanted: Period, part: Slice, axis: Axis) -> list[list[Any]]:
    before = statistics.counted(session, _before(wanted, part), axis)
    return [[bar.key, bar.count, bar.before] for bar in bars(statistics.counted(session, part, axis), before)]


def _topics(session: Session, part: Slice) -> list[list[Any]]:
    best = func.max(Topic.score)
    rows = session.execute(
        select(Topic.word, func.max(Topic.now), func.min(Topic.before))
        .where(Topic.day >= part.first, Topic.day <= part.last)
        .group_by(Topic.word)
        .order_by(best.desc())
        .limit(_TOPICS)
    )
    return [[word, int(now), int(before)] for word, now, before in rows]


def _emergencies(session: Session, start: datetime, end: datetime) -> list[list[Any]]:
    tickets = (
        select(func.count()).where(EmergencyTicket.emergency_id == Emergency.id).correlate(Emergency).scalar_subquery()
    )
    rows: Sequence[Any] = session.execute(
        select(Emergency.number, Emergency.trigger, Emergency.title, Emergency.state, Emergency.declared_at, tickets)
        .where(Emergency.declared_at >= start, Emergency.declared_at < end)
        .order_by(Emergency.declared_at)
    ).all()
    return [[row[0], row[1], row[2], row[3], row[4].isoformat(), int(row[5])] for row in rows]


def _count(session: Session, column: Any, *conditions: Any) -> int:
    return session.scalar(select(func.count(column)).where(*conditions)) or 0


def at_once(session: Session, part: Slice) -> dict[str, Any]:
    """The figures of any days in the form of a report; nothing is frozen."""
    causes, unknown = statistics.causes(session, part)
    grain = grain_for(part.first, part.last)
    year_ago = replace(part, first=part.first - timedelta(days=365), last=part.last - timedelta(days=365))
    return {
        "span": "now", "period": f"{part.first} – {part.last}", "first": part.first.isoformat(),
        "last": part.last.isoformat(), "totals": asdict(statistics.totals(session, part)),
        "before": asdict(statistics.totals(session, part.before())),
        "year_ago": asdict(statistics.totals(session, year_ago)),
        "by": {
            str(axis): [[bar.key, bar.count, bar.before] for bar in statistics.ranked(session, part, axis)]
            for axis in AXES
        },
        "causes": [[bar.key, bar.count] for bar in causes], "causes_unknown": unknown,
        "line": [[day.isoformat(), number] for day, number in statistics.over_time(session, part, grain)],
    }  # fmt: skip
