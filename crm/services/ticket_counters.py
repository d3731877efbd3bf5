"""Counters of tickets a day, from which all figures of analysis are read: kept in step with the audit chain.

The chain's entries have their order from one writer at a time, so whoever has read up to an entry has missed none.
The days of tickets that something happened to are counted again, from the tickets themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, delete, func, insert, literal, select
from sqlalchemy.orm import Session

from crm.db.analysis import CounterMark, TicketDay, TicketDaySum, TicketRegion
from crm.db.casefile import Investigation, Solution
from crm.db.records import AuditEntry
from crm.db.tickets import Ticket
from crm.domain.tickets import Status

TICKETS = "ticket_days"
BATCH = 5_000
"""Entries of the chain that one look takes."""
_CHUNK = 500
ALL = "all"
SUMMED = ("channel", "business", "reason", "category", "came_by", "region", "level", "cause")
MEASURES = ("count", "closed", "told", "told_in_time", "late_open", "cost_fen")
DAYS_A_TURN = 60
"""Days that one turn counts again."""
_ENDED = (Status.CLOSED, Status.ARCHIVED)


def mark_of(session: Session, name: str, now: datetime) -> CounterMark:
    """How far a follower of the chain is; a new one begins at its start. The row is locked until the commit."""
    mark = session.scalars(select(CounterMark).where(CounterMark.name == name).with_for_update()).first()
    if mark is None:
        mark = CounterMark(name=name, last_event_id=0, at=now)
        session.add(mark)
        session.flush()
    return mark


def follow(session: Session, *, zone: ZoneInfo, now: datetime) -> int:
    """Count the days again whose tickets changed; gives how many entries of the chain were read."""
    mark = mark_of(session, TICKETS, now)
    read, days = 0, set[date]()
    while read < BATCH and len(days) < DAYS_A_TURN:
        entries = session.execute(
            select(AuditEntry.id, AuditEntry.subject)
            .where(AuditEntry.id > mark.last_event_id)
            .order_by(AuditEntry.id)
            .limit(_CHUNK)
        ).all()
        if not entries:
            break
        days |= _days_of(session, [entry.subject for entry in entries], zone)
        read, mark.last_event_id = read + len(entries), entries[-1].id
    recount(session, days, zone=zone, now=now)
    mark.at = now
    return read


def _days_of(session: Session, subjects: Iterable[str], zone: ZoneInfo) -> set[date]:
    named = (subject.removeprefix("ticket:") for subject in subjects if subject.startswith("ticket:"))
    ids = {int(text) for text in named if text.isascii() and text.isdigit()}
    received = session.scalars(select(Ticket.received_at).where(Ticket.id.in_(ids)))
    return {at.astimezone(zone).date() for at in received}


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants between which a day of the centre lies."""
    start = datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
    return start, datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone).astimezone(UTC)


def recount(session: Session, days: Iterable[date], *, zone: ZoneInfo, now: datetime) -> None:
    """Count these days anew, from the tickets that came in on them. A merged one counts where it went."""
    for day in sorted(days):
        session.execute(delete(TicketDay).where(TicketDay.day == day).execution_options(synchronize_session=False))
        start, end = bounds(day, zone)
        marks = {
            "kind": Ticket.kind,
            "channel": func.coalesce(Ticket.channel_code, ""),
            "business": func.coalesce(Ticket.business_code, ""),
            "reason": func.coalesce(Ticket.reason_code, ""),
            "category": func.coalesce(Ticket.category, ""),
            "came_by": Ticket.channel,
            "region": func.coalesce(TicketRegion.region, ""),
            "level": func.coalesce(Ticket.level, 0),
            "cause": func.coalesce(Investigation.root_cause, ""),
        }
        told = Ticket.notified_at.is_not(None)
        in_time = and_(told, Ticket.legal_due_at.is_not(None), Ticket.notified_at <= Ticket.legal_due_at)
        late = and_(Ticket.notified_at.is_(None), Ticket.legal_due_at < now, Ticket.closed_at.is_(None))
        counts = {
            "count": func.count(),
            "closed": _sum(Ticket.status.in_(_ENDED)),
            "told": _sum(told),
            "told_in_time": _sum(in_time),
            "late_open": _sum(late),
            "cost_fen": func.coalesce(func.sum(Solution.cost_fen), 0),
        }
        rows = (
            select(literal(day).label("day"), *marks.values(), *counts.values())
            .select_from(Ticket)
            .outerjoin(TicketRegion, TicketRegion.ticket_id == Ticket.id)
            .outerjoin(Investigation, Investigation.ticket_id == Ticket.id)
            .outerjoin(Solution, Solution.ticket_id == Ticket.id)
            .where(Ticket.received_at >= start, Ticket.received_at < end, Ticket.status != Status.MERGED)
            .group_by(*marks.values())
        )
        session.execute(insert(TicketDay).from_select(["day", *marks, *counts], rows))
        _sum_up(session, day)


def _sum_up(session: Session, day: date) -> None:
    """Sum a day up for each key of each axis, from its counters."""
    session.execute(delete(TicketDaySum).where(TicketDaySum.day == day).execution_options(synchronize_session=False))
    sums: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0] * len(MEASURES))
    for row in session.execute(select(*TicketDay.__table__.columns).where(TicketDay.day == day)).mappings():
        for axis, key in ((ALL, ""), *((axis, str(row[axis])) for axis in SUMMED)):
            found = sums[row["kind"], axis, key]
            for at, measure in enumerate(MEASURES):
                found[at] += row[measure]
    if sums:
        session.execute(
            insert(TicketDaySum),
            [
                {"day": day, "kind": kind, "axis": axis, "key": key, **dict(zip(MEASURES, found, strict=True))}
                for (kind, axis, key), found in sums.items()
            ],
        )


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def recount_lately(session: Session, *, zone: ZoneInfo, now: datetime, days: int = 75) -> None:
    """Count the last days anew: terms end by themselves, without anything that happens to a ticket."""
    today = now.astimezone(zone).date()
    recount(session, [today - timedelta(days=back) for back in range(days)], zone=zone, now=now)
