"""Figures of complaints read from the counters: by every axis, over time, beside the period before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from crm.db.analysis import TicketDay as Day
from crm.db.analysis import TicketDaySum as Sum
from crm.domain import statistics_codes
from crm.domain.access import Action, Actor
from crm.domain.analysis import Bar, Grain, Outlook, bars, line, outlook, ratio
from crm.domain.axes import Axis
from crm.domain.errors import ForbiddenError, InvalidInputError
from crm.domain.tickets import Kind
from crm.services.ticket_counters import ALL

LONGEST = timedelta(days=366 * 5)
HISTORY_WEEKS = 52
_COLUMNS: Mapping[Axis, Any] = {
    Axis.BUSINESS: Day.business,
    Axis.REASON: Day.reason,
    Axis.CHANNEL: Day.channel,
    Axis.CATEGORY: Day.category,
    Axis.CAUSE: Day.cause,
    Axis.LEVEL: Day.level,
    Axis.CAME_BY: Day.came_by,
    Axis.REGION: Day.region,
    Axis.KIND: Day.kind,
}


@dataclass(frozen=True)
class Slice:
    """What is counted: days from the first to the last, a kind of ticket (None: all), and what narrows it."""

    first: date
    last: date
    kind: str | None = Kind.COMPLAINT
    narrowed: tuple[tuple[Axis, str], ...] = ()

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def before(self) -> Slice:
        """As many days right before it."""
        return replace(self, first=self.first - timedelta(days=self.days), last=self.first - timedelta(days=1))


@dataclass(frozen=True)
class Totals:
    """Sums of a slice."""

    received: int
    closed: int
    told: int
    told_in_time: int
    late_open: int
    cost_fen: int

    @property
    def closure_rate(self) -> float | None:
        """Closed of those received."""
        return ratio(self.closed, self.received)

    @property
    def in_time_rate(self) -> float | None:
        """Told in time of those told or overdue: what is overdue and open never drops out."""
        return ratio(self.told_in_time, self.told + self.late_open)


def check(actor: Actor, part: Slice) -> None:
    """Raise ForbiddenError or InvalidInputError."""
    if not actor.may(Action.ANALYSIS_READ):
        raise ForbiddenError("these roles do not read the analysis")
    if part.last < part.first or part.last - part.first > LONGEST:
        raise InvalidInputError("last", "must not be before the first day, nor more than five years after it")


def _where(part: Slice) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Day.day >= part.first, Day.day <= part.last]
    if part.kind is not None:
        found.append(Day.kind == part.kind)
    for axis, key in part.narrowed:
        if axis is Axis.OFFICE:
            keys = [code.key for code in statistics_codes.CHANNELS if statistics_codes.office(code.key) == key]
            found.append(Day.channel.in_(keys))
        else:
            found.append(_COLUMNS[axis] == (int(key or 0) if axis is Axis.LEVEL else key))
    return found


def _summed(part: Slice, axis: str) -> list[ColumnElement[bool]]:
    """The sums of an axis: few rows, however many tickets. A narrowed slice reads the counters themselves."""
    found: list[ColumnElement[bool]] = [Sum.axis == axis, Sum.day >= part.first, Sum.day <= part.last]
    return found if part.kind is None else [*found, Sum.kind == part.kind]


def totals(session: Session, part: Slice) -> Totals:
    """The sums."""
    table = Day if part.narrowed else Sum
    columns = (table.count, table.closed, table.told, table.told_in_time, table.late_open, table.cost_fen)
    where = _where(part) if part.narrowed else _summed(part, ALL)
    row = session.execute(select(*(func.coalesce(func.sum(column), 0) for column in columns)).where(*where)).one()
    return Totals(*(int(value) for value in row))


def counted(session: Session, part: Slice, axis: Axis) -> dict[str, int]:
    """How many of each."""
    if axis is Axis.OFFICE:
        found: dict[str, int] = {}
        for key, count in counted(session, part, Axis.CHANNEL).items():
            office = statistics_codes.office(key)
            name = str(office) if office else ""
            found[name] = found.get(name, 0) + count
        return found
    if part.narrowed:
        column = _COLUMNS[axis]
        rows = session.execute(select(column, func.sum(Day.count)).where(*_where(part)).group_by(column))
    elif axis is Axis.KIND:
        rows = session.execute(select(Sum.kind, func.sum(Sum.count)).where(*_summed(part, ALL)).group_by(Sum.kind))
    else:
        rows = session.execute(select(Sum.key, func.sum(Sum.count)).where(*_summed(part, axis)).group_by(Sum.key))
    return {str(key): int(count) for key, count in rows}


def ranked(session: Session, part: Slice, axis: Axis) -> tuple[Bar, ...]:
    """The same in its order, with shares, and beside the period before."""
    return bars(counted(session, part, axis), counted(session, part.before(), axis))


def causes(session: Session, part: Slice) -> tuple[tuple[Bar, ...], int]:
    """Root causes for a Pareto picture, without those that were not found out yet; and how many those are."""
    found = counted(session, part, Axis.CAUSE)
    unknown = found.pop("", 0)
    return bars(found), unknown


def per_day(session: Session, part: Slice) -> dict[date, int]:
    """How many came in on each day that had any."""
    table, where = (Day, _where(part)) if part.narrowed else (Sum, _summed(part, ALL))
    rows = session.execute(select(table.day, func.sum(table.count)).where(*where).group_by(table.day))
    return {day: int(count) for day, count in rows}


def over_time(session: Session, part: Slice, grain: Grain) -> tuple[tuple[date, int], ...]:
    """The line of a slice."""
    return line(per_day(session, part), part.first, part.last, grain)


def weeks(session: Session, part: Slice, today: date) -> tuple[Sequence[tuple[date, int]], Outlook]:
    """The whole weeks of the past year (Monday first) and what the coming ones may bring."""
    monday = today - timedelta(days=today.weekday())
    year = replace(part, first=monday - timedelta(weeks=HISTORY_WEEKS), last=monday - timedelta(days=1))
    points = over_time(session, year, Grain.WEEK)
    begun = next((at for at, (_week, count) in enumerate(points) if count), len(points))
    known = points[begun:]
    return known, outlook([count for _week, count in known], monday)


def fastest(session: Session, part: Slice, axis: Axis, *, most: int = 5) -> tuple[Bar, ...]:
    """What grew most against the period before: what may become a problem."""
    grown = [bar for bar in ranked(session, part, axis) if bar.key not in {"", "0"} and bar.count > (bar.before or 0)]
    return tuple(sorted(grown, key=lambda bar: (bar.before or 0) - bar.count)[:most])
