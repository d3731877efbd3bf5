"""The public calendar: what is published in the library, and what the house has entered for a year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.calendar import ChineseCalendar
from crm.db.terms import CalendarNotice
from crm.domain.access import Actor
from crm.domain.errors import InvalidInputError
from crm.domain.working_days import (
    DayCalendar,
    DayKind,
    NoticedCalendar,
    YearNotice,
    notice_lines,
    read_notice,
)
from crm.services import audit

_SOURCE = 200
_FIRST_YEAR, _LAST_YEAR = 2020, 2100


@dataclass(frozen=True)
class YearView:
    """A year as the page shows it. ``source`` is empty for what the library knows."""

    year: int
    known: bool
    holidays: int
    makeup: int
    source: str
    version: int
    made_by: str
    made_at: datetime | None
    lines: str


def calendar(session: Session, base: DayCalendar | None = None) -> DayCalendar:
    """The calendar in force."""
    return NoticedCalendar(base or ChineseCalendar(), [read_notice(row.year, row.lines) for row in _newest(session)])


def years(session: Session, first: int, last: int) -> tuple[YearView, ...]:
    """What is known of these years."""
    entered = {row.year: row for row in _newest(session)}
    return tuple(_view(year, entered.get(year)) for year in range(first, last + 1))


def history(session: Session, limit: int = 30) -> Sequence[CalendarNotice]:
    """What was entered, the newest first."""
    return session.scalars(select(CalendarNotice).order_by(CalendarNotice.id.desc()).limit(limit)).all()


def enter(session: Session, actor: Actor, year: int, lines: str, source: str, *, now: datetime) -> int:
    """Enter the notice of a year, or correct it. Gives its version.

    Raises NoticeError (a line that cannot be read) and InvalidInputError.
    """
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise InvalidInputError("year", f"must be {_FIRST_YEAR} to {_LAST_YEAR}")
    source = source.strip()
    if not 1 <= len(source) <= _SOURCE:
        raise InvalidInputError("source", f"is needed, {_SOURCE} characters at most")
    notice = read_notice(year, lines)
    last = session.scalar(select(func.max(CalendarNotice.version)).where(CalendarNotice.year == year)) or 0
    row = CalendarNotice(
        year=year, version=last + 1, made_at=now, made_by=actor.name, source=source, lines=notice_lines(notice)
    )
    session.add(row)
    session.flush()
    audit.append(
        session, at=now, actor=actor.name, action="calendar.entered", subject=f"calendar:{year}",
        detail={"version": row.version, "source": source, "days": len(notice.days)},
    )  # fmt: skip
    return row.version


def _newest(session: Session) -> Sequence[CalendarNotice]:
    last = select(CalendarNotice.year, func.max(CalendarNotice.version).label("version")).group_by(CalendarNotice.year)
    newest = last.subquery()
    return session.scalars(
        select(CalendarNotice).join(
            newest, (newest.c.year == CalendarNotice.year) & (newest.c.version == CalendarNotice.version)
        )
    ).all()


def _view(year: int, row: CalendarNotice | None) -> YearView:
    notice = read_notice(year, row.lines) if row else _of_library(year)
    kinds = [kind for kind, _ in notice.days.values()] if notice else []
    return YearView(
        year=year,
        known=notice is not None,
        holidays=kinds.count(DayKind.HOLIDAY),
        makeup=kinds.count(DayKind.MAKEUP),
        source=row.source if row else "",
        version=row.version if row else 0,
        made_by=row.made_by if row else "",
        made_at=row.made_at if row else None,
        lines=notice_lines(notice) if notice else "",
    )


def _of_library(year: int) -> YearNotice | None:
    """What the library knows of a year, as a notice; None while it is not published there."""
    base, day = ChineseCalendar(), date(year, 1, 1)
    if base.kind_of(day) is DayKind.UNKNOWN:
        return None
    days = {}
    while day.year == year:
        kind = base.kind_of(day)
        if kind in {DayKind.HOLIDAY, DayKind.MAKEUP}:
            days[day] = (kind, base.name_of(day))
        day += timedelta(days=1)
    return YearNotice(year, days)
