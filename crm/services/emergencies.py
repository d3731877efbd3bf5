"""Emergencies declared, joined by tickets, stood down; the team, the bulletins and the end have their own services."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.db.emergencies import (
    Emergency,
    EmergencyBulletin,
    EmergencySeat,
    EmergencySignal,
    EmergencyTicket,
)
from crm.db.tickets import NumberCounter, Ticket
from crm.domain.access import Action, Actor
from crm.domain.emergency import (
    ACTIVE,
    TEAMS,
    Duty,
    State,
    Trigger,
)
from crm.domain.errors import ForbiddenError, InvalidInputError
from crm.domain.rules import Rules
from crm.services import duty_roster, emergency_signals, scope
from crm.services import emergency_book as book
from crm.services.centre import Centre
from crm.services.ticket_changes import record_event
from ivr import ticketnumbers

MAX_TEXT = 10_000
_COUNTER_NODE = -1
"""Emergencies count for themselves: the nodes of tickets are 0 to 99."""


@dataclass(frozen=True)
class Declaration:
    """What an emergency is declared with. ``numbers``: of the tickets, as they are written."""

    trigger: str
    title: str
    situation: str
    numbers: tuple[str, ...] = ()
    duties: frozenset[str] = frozenset()
    signal_id: int | None = None


def declare(session: Session, actor: Actor, given: Declaration, *, centre: Centre, rules: Rules, now: datetime) -> int:
    """Declare one; gives its id. Its team is called out by ``emergency_team.call_out``.

    Raises ForbiddenError, InvalidInputError, ConflictError when the signal was decided already.
    """
    if not actor.may(Action.EMERGENCY_DECLARE) or actor.user_id is None:
        raise ForbiddenError("these roles do not declare an emergency")
    _check(given)
    tickets = _tickets_of(session, actor, given)
    row = Emergency(
        number=_next_number(session, centre, now), trigger=given.trigger, title=given.title.strip(),
        situation=given.situation.strip(), state=State.OPEN, declared_at=now, declared_by_id=actor.user_id, version=1,
        report={}, ended_reason="", leak_report="", seats=[], called=[],
    )  # fmt: skip
    session.add(row)
    session.flush()
    ids = _join(session, actor, row, tickets, now)
    _seat(session, row, given, ids, now)
    if given.signal_id is not None:
        signal = session.get(EmergencySignal, given.signal_id)
        if signal is None:
            raise InvalidInputError("signal", "there is no such signal")
        emergency_signals.decide(session, signal, "declared", actor, given.title.strip(), now)
        signal.emergency_id = row.id
    book.log(
        session, row, "declared", actor=actor.name, now=now, number=row.number, trigger=row.trigger, title=row.title,
        tickets=len(ids), group=len(ids) >= rules.group_people,
    )  # fmt: skip
    return row.id


def _check(given: Declaration) -> None:
    if given.trigger not in set(Trigger):
        raise InvalidInputError("trigger", f"must be one of {', '.join(Trigger)}")
    if not 1 <= len(given.title.strip()) <= 200:
        raise InvalidInputError("title", "must have 1 to 200 characters")
    if not 1 <= len(given.situation.strip()) <= MAX_TEXT:
        raise InvalidInputError("situation", f"must have 1 to {MAX_TEXT} characters")
    unknown = given.duties - set(Duty)
    if unknown:
        raise InvalidInputError("duties", f"there is no seat {', '.join(sorted(unknown))}")


def _next_number(session: Session, centre: Centre, now: datetime) -> str:
    """E, the day, and how manieth of that day. The counter's row is locked until the commit."""
    day = f"{now.astimezone(centre.zone):%y%m%d}"
    where = (NumberCounter.day == day, NumberCounter.node == _COUNTER_NODE)
    counter = session.scalars(select(NumberCounter).where(*where).with_for_update()).first()
    if counter is None:
        counter = NumberCounter(day=day, node=_COUNTER_NODE, sequence=0)
        session.add(counter)
    counter.sequence += 1
    session.flush()
    return f"E{day}-{counter.sequence:02d}"


def _tickets_of(session: Session, actor: Actor, given: Declaration) -> list[Ticket]:
    keyed = {text: ticketnumbers.keyed(text) for text in given.numbers}
    wanted = [number for number in keyed.values() if number]
    found = list(session.scalars(select(Ticket).where(Ticket.number.in_(wanted), scope.tickets_for(actor))))
    missing = sorted(text for text, number in keyed.items() if number not in {ticket.number for ticket in found})
    if missing:
        raise InvalidInputError("numbers", f"there is no such ticket: {', '.join(missing)}")
    if given.signal_id is not None:
        signal = session.get(EmergencySignal, given.signal_id)
        of_signal = list(signal.ticket_ids) if signal else []
        found += session.scalars(select(Ticket).where(Ticket.id.in_(of_signal)))
    return list({ticket.id: ticket for ticket in found}.values())


def _seat(session: Session, row: Emergency, given: Declaration, ids: Collection[int], now: datetime) -> None:
    """Make the seats, each with its roster as it stands; who is complained about sits in none."""
    away = book.accused(session, ids)
    wanted = TEAMS[Trigger(row.trigger)] | {Duty(duty) for duty in given.duties}
    for duty in (duty for duty in Duty if duty in wanted):
        people = [one.user_id for one in duty_roster.on_duty(session, duty, now=now) if one.user_id not in away]
        row.seats.append(EmergencySeat(emergency_id=row.id, duty=duty, roster=people))
    session.flush()


def _join(session: Session, actor: Actor, row: Emergency, tickets: Sequence[Ticket], now: datetime) -> list[int]:
    """Bind tickets to it: they are flagged, and stand at the head of every list."""
    there = set(book.ticket_ids(session, row.id))
    fresh = [ticket for ticket in tickets if ticket.id not in there]
    for ticket in fresh:
        session.add(EmergencyTicket(emergency_id=row.id, ticket_id=ticket.id, joined_at=now, joined_by=actor.name))
        session.execute(
            update(Ticket)
            .where(Ticket.id == ticket.id)
            .values(emergency=True, priority="P1", version=Ticket.version + 1)
            .execution_options(synchronize_session=False)
        )
        session.refresh(ticket)
        record_event(session, ticket, "emergency", actor=actor.name, at=now, reason=row.title,
                     fields={"emergency": row.number})  # fmt: skip
    session.flush()
    return [*there, *(ticket.id for ticket in fresh)]


def join(session: Session, actor: Actor, emergency_id: int, numbers: Sequence[str], *, now: datetime) -> int:
    """Bind more tickets to it; gives how many were new. Raises InvalidInputError for a number that is none."""
    row = book.load(session, actor, emergency_id, Action.EMERGENCY_WORK)
    book.still_open(row)
    found = _tickets_of(session, actor, Declaration(row.trigger, row.title, row.situation, tuple(numbers)))
    before = len(book.ticket_ids(session, row.id))
    joined = len(_join(session, actor, row, found, now)) - before
    if joined:
        book.log(session, row, "joined", actor=actor.name, now=now, tickets=joined)
    return joined


def note(session: Session, actor: Actor, emergency_id: int, text: str, *, now: datetime) -> None:
    """Write something into the log. Raises InvalidInputError."""
    row = book.load(session, actor, emergency_id, Action.EMERGENCY_WORK)
    book.still_open(row)
    if not 1 <= len(text.strip()) <= MAX_TEXT:
        raise InvalidInputError("text", f"must have 1 to {MAX_TEXT} characters")
    book.log(session, row, "note", actor=actor.name, now=now, text=text.strip())


def stand_down(session: Session, actor: Actor, emergency_id: int, reason: str, *, now: datetime) -> None:
    """End what was none, with the reason. Raises ConflictError when bulletins went out already."""
    row = book.load(session, actor, emergency_id, Action.EMERGENCY_CLOSE)
    book.still_open(row, State.OPEN)
    if not reason.strip():
        raise InvalidInputError("reason", "say why it is none")
    if session.scalar(select(EmergencyBulletin.id).where(EmergencyBulletin.emergency_id == row.id).limit(1)):
        raise InvalidInputError("reason", "customers were told already: close it with a report")
    end(session, row, State.STOOD_DOWN, actor, reason.strip(), now)


def end(session: Session, row: Emergency, state: State, actor: Actor, reason: str, now: datetime) -> None:
    """The end of an emergency: its tickets are ordinary ones again, its team is told."""
    row.state, row.ended_at, row.ended_by_id, row.ended_reason = state, now, actor.user_id, reason
    elsewhere = select(EmergencyTicket.ticket_id).join(Emergency).where(
        Emergency.state.in_(sorted(ACTIVE)), Emergency.id != row.id
    )  # fmt: skip
    mine = select(EmergencyTicket.ticket_id).where(EmergencyTicket.emergency_id == row.id)
    for ticket in session.scalars(select(Ticket).where(Ticket.id.in_(mine), Ticket.id.not_in(elsewhere))).all():
        session.execute(
            update(Ticket)
            .where(Ticket.id == ticket.id)
            .values(emergency=False, version=Ticket.version + 1)
            .execution_options(synchronize_session=False)
        )
        record_event(session, ticket, "emergency_over", actor=actor.name, at=now, reason=reason,
                     fields={"emergency": row.number})  # fmt: skip
    book.log(session, row, str(state), actor=actor.name, now=now, reason=reason)
    book.tell(session, row, book.team_ids(row), "over", now=now, by=actor.user_id)
