"""What is shown of emergencies: lists, and the room of one with everything that is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.emergencies import (
    Emergency,
    EmergencyBulletin,
    EmergencyCall,
    EmergencyEvent,
    EmergencyMeasure,
    EmergencyTicket,
)
from crm.db.people import User
from crm.db.tickets import Ticket
from crm.documents.emergency_report import ReportSheet
from crm.domain.access import Actor
from crm.domain.catalogue import Title
from crm.domain.emergency import ACTIVE, REPORT_PARTS, Due, Duty, State, Step, filled_by, short_seats, timetable
from crm.domain.rules import Rules
from crm.services import emergency_book as book
from crm.services import scope

SHOWN = 50


@dataclass(frozen=True)
class Summary:
    """An emergency in a list."""

    id: int
    number: str
    trigger: str
    title: str
    state: str
    declared_at: datetime
    declared_by: str
    ended_at: datetime | None
    tickets: int


@dataclass(frozen=True)
class CallView:
    """Somebody who was called."""

    user_id: int
    username: str
    name: str
    times: int
    first_at: datetime
    last_at: datetime
    answer: str | None
    answered_at: datetime | None
    answered_by: str
    note: str


@dataclass(frozen=True)
class SeatView:
    """A seat of the team. ``short``: nobody is left to call."""

    duty: str
    filled_by: str | None
    filled_at: datetime | None
    people: tuple[CallView | str, ...]
    """in the order of the roster; the name alone of who was not called"""
    short: bool


@dataclass(frozen=True)
class Room:
    """Everything that the room of an emergency shows."""

    summary: Summary
    situation: str
    seats: tuple[SeatView, ...]
    complete: bool
    due: tuple[Due, ...]
    measures: tuple[EmergencyMeasure, ...]
    bulletins: tuple[EmergencyBulletin, ...]
    tickets: tuple[tuple[int, str, str, str], ...]
    """id, number, status, text of those that the reader may see"""
    hidden: int
    events: tuple[EmergencyEvent, ...]
    report: Mapping[str, str]
    report_by: str | None
    report_at: datetime | None
    leak_report: str
    leak_reported_at: datetime | None
    ended_by: str | None
    ended_reason: str
    version: int
    mine: CallView | None = None
    parts: tuple[str, ...] = field(default=REPORT_PARTS)


def summaries(session: Session, actor: Actor, *, active: bool) -> tuple[Summary, ...]:
    """Emergencies that he may see: those that are on, or the last ones that are over."""
    states = Emergency.state.in_(sorted(ACTIVE)) if active else Emergency.state.not_in(sorted(ACTIVE))
    rows = session.scalars(
        select(Emergency).where(states, book.seen_by(actor)).order_by(Emergency.declared_at.desc()).limit(SHOWN)
    ).all()
    counts = dict(
        session.execute(
            select(EmergencyTicket.emergency_id, func.count())
            .where(EmergencyTicket.emergency_id.in_([row.id for row in rows]))
            .group_by(EmergencyTicket.emergency_id)
        ).all()
    )
    return tuple(_summary(row, counts.get(row.id, 0)) for row in rows)


_SEATS = {
    Duty.LEAD: Title("总指挥", "Lead"),
    Duty.CUSTOMERS: Title("客户沟通", "Speaking with customers"),
    Duty.FLOOR: Title("客服现场", "Agents on the floor"),
    Duty.RISK: Title("风控", "Risk"),
    Duty.ACCOUNTING: Title("账务", "Accounting"),
    Duty.MARKETING: Title("市场与舆情", "Marketing and media"),
    Duty.TECHNOLOGY: Title("科技", "Technology"),
    Duty.COMPLIANCE: Title("合规", "Compliance"),
}


def on_paper(room: Room, zone: ZoneInfo) -> ReportSheet:
    """What its closing report says on paper."""

    def clock(at: datetime | None) -> str:
        return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else "–"

    one, team = room.summary, next((due for due in room.due if due.step is Step.TEAM), None)
    return ReportSheet(
        number=one.number, trigger=one.trigger, title=one.title, declared_at=clock(one.declared_at),
        declared_by=one.declared_by, complete_at=clock(team.done_at if team else None), tickets=one.tickets,
        ended_at=clock(one.ended_at), situation=room.situation,
        team=[(_SEATS[Duty(seat.duty)], seat.filled_by or "–", clock(seat.filled_at)) for seat in room.seats],
        bulletins=[(clock(bulletin.issued_at), bulletin.internal_text) for bulletin in room.bulletins],
        report=dict(room.report), author=room.report_by or "",
        signer=(room.ended_by or "") if one.state == State.CLOSED else "",
        leak=f"{clock(room.leak_reported_at)} {room.leak_report}" if room.leak_reported_at else "",
    )  # fmt: skip


def _summary(row: Emergency, tickets: int) -> Summary:
    by = row.declared_by.display_name or row.declared_by.username
    return Summary(row.id, row.number, row.trigger, row.title, row.state, row.declared_at, by, row.ended_at, tickets)


def room(session: Session, actor: Actor, emergency_id: int, rules: Rules) -> Room:
    """One emergency with all that is known of it. Raises NotFoundError."""
    row = book.load(session, actor, emergency_id)
    ids = book.ticket_ids(session, row.id)
    seen = session.execute(
        select(Ticket.id, Ticket.number, Ticket.status, Ticket.text)
        .where(Ticket.id.in_(ids), scope.tickets_for(actor))
        .order_by(Ticket.received_at)
    ).all()
    seats, called = book.seats_of(row), book.called_of(row)
    short = short_seats(seats, called)
    calls = {one.user_id: _call(one) for one in row.called}
    names = _names(session, row)
    return Room(
        summary=_summary(row, len(ids)),
        situation=row.situation,
        seats=tuple(
            SeatView(
                one.duty,
                _name(one.filled_by),
                one.filled_at,
                tuple(calls.get(user_id) or names.get(user_id, "–") for user_id in one.roster),
                Duty(one.duty) in short,
            )
            for one in row.seats
        ),
        complete=all(filled_by(seat, called) is not None for seat in seats),
        due=timetable(book.progress_of(row), rules),
        measures=tuple(_all(session, EmergencyMeasure, row.id)),
        bulletins=tuple(_all(session, EmergencyBulletin, row.id)),
        tickets=tuple((one.id, one.number, one.status, one.text) for one in seen),
        hidden=len(ids) - len(seen),
        events=tuple(_all(session, EmergencyEvent, row.id)),
        report={part: str(row.report.get(part, "")) for part in REPORT_PARTS},
        report_by=_name(row.report_by),
        report_at=row.report_at,
        leak_report=row.leak_report,
        leak_reported_at=row.leak_reported_at,
        ended_by=_name(row.ended_by),
        ended_reason=row.ended_reason,
        version=row.version,
        mine=calls.get(actor.user_id) if actor.user_id is not None else None,
    )


def _all(session: Session, table: Any, emergency_id: int) -> Sequence[Any]:
    return session.scalars(select(table).where(table.emergency_id == emergency_id).order_by(table.id)).all()


def _name(user: User | None) -> str | None:
    return None if user is None else user.display_name or user.username


def _names(session: Session, row: Emergency) -> Mapping[int, str]:
    ids = {int(user_id) for seat in row.seats for user_id in seat.roster}
    users = session.scalars(select(User).where(User.id.in_(ids)))
    return {user.id: user.display_name or user.username for user in users}


def _call(one: EmergencyCall) -> CallView:
    name = one.user.display_name or one.user.username
    return CallView(
        one.user_id, one.user.username, name, one.times, one.first_at, one.last_at, one.answer, one.answered_at,
        one.answered_by, one.note,
    )  # fmt: skip
