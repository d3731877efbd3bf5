"""The terms of tickets as rows, kept in step with the tickets' events. The caller's writing transaction commits.

A row says nothing that its ticket's events do not say: ``refresh`` works all of them out again, whenever something
happened, and writes down what differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.departments import Department
from crm.db.terms import TicketClock, TicketTerm
from crm.db.tickets import Ticket, TicketEvent
from crm.domain.clocks import Body
from crm.domain.term_marks import TermMark, next_at
from crm.domain.term_types import Book, Case, Clock, Happening, Term, TermKind, TermState
from crm.domain.terms import clock_of
from crm.domain.tickets import Kind
from crm.services import rules
from crm.services.centre import Centre
from crm.services.public_calendar import calendar

DEFAULT_ZONE = "Asia/Shanghai"
"""Of tickets that are older than their clocks."""
UNROLLED, OVERDUE, TARGET_MISSED = "due_unrolled", "overdue", "target_missed"
_OURS = frozenset({UNROLLED, OVERDUE, TARGET_MISSED})
QUIET_EVENTS = frozenset({"term_warned", "term_overdue", "terms_recounted"})
"""Events that tell of terms; none changes one."""
_QUIET_BEGINNINGS = ("act_", "evidence_", "form_", "message_", "attachment_", "approval_")
"""Of what is written down beside the course of a ticket."""
_COMPLEXITY = ("simple", "complex", "special")
_READ = ("kind", "channel", "priority", "received_at", "level", "source_body", "department_id", "flags", "status")
RUNNING = "running"


def open_clock(session: Session, ticket: Ticket, centre: Centre) -> None:
    """Say whose days a new ticket's terms are counted in."""
    session.add(TicketClock(ticket=ticket, zone=centre.zone.key))


def clock(session: Session, ticket: Ticket) -> Clock:
    """The terms as they are worked out now. Reads only."""
    return clock_of(_case(session, ticket), _happenings(session, ticket.id), _book(session, ticket))


def follows(event: str, to_status: str | None) -> bool:
    """Whether the terms may be others after this event."""
    return to_status is not None or not (event in QUIET_EVENTS or event.startswith(_QUIET_BEGINNINGS))


def refresh(session: Session, ticket: Ticket) -> Clock:
    """Work the terms out again and write down what differs, in the rows and in the ticket."""
    session.refresh(ticket, _READ)
    book = _book(session, ticket)
    found = clock_of(_case(session, ticket), _happenings(session, ticket.id), book)
    rows = {(row.kind, row.cycle, row.step): row for row in rows_of(session, ticket.id)}
    for term in found.terms:
        row = rows.pop((term.kind.value, term.cycle, term.step), None)
        if row is None:
            row = TicketTerm(ticket_id=ticket.id, kind=term.kind, cycle=term.cycle, step=term.step, marks=[])
            row.stage = RUNNING
            session.add(row)
        else:
            _move_on(row, term)
        _write(row, term, book)
    for row in rows.values():
        session.delete(row)
    _tell_ticket(ticket, found, session)
    session.flush()
    return found


def rows_of(session: Session, ticket_id: int) -> Sequence[TicketTerm]:
    """The rows of a ticket's terms."""
    return session.scalars(select(TicketTerm).where(TicketTerm.ticket_id == ticket_id)).all()


def term_of(row: TicketTerm) -> Term:
    """A row as what it means."""
    return Term(
        TermKind(row.kind), row.cycle, row.step, row.started_at, row.due_at, row.certain, TermState(row.state),
        row.ended_at, row.paused_since,
    )  # fmt: skip


def set_flags(ticket: Ticket, open_late: Iterable[str]) -> None:
    """Show on the ticket which answers are late and not given yet."""
    late = set(open_late)
    wanted = [flag for flag in ticket.flags if flag not in {OVERDUE, TARGET_MISSED}]
    wanted += [OVERDUE] if late & {TermKind.LEGAL, TermKind.REVIEW} else []
    wanted += [TARGET_MISSED] if TermKind.TARGET in late else []
    if wanted != ticket.flags:
        ticket.flags = wanted


def _move_on(row: TicketTerm, term: Term) -> None:
    """A term that ends later than it did is not over any more; who was told so is told again when it is."""
    if term.due_at > row.due_at and TermMark.OVERDUE in row.marks:
        row.marks, row.stage = [mark for mark in row.marks if mark != TermMark.OVERDUE], RUNNING


def _write(row: TicketTerm, term: Term, book: Book) -> None:
    row.started_at, row.due_at, row.certain = term.started_at, term.due_at, term.certain
    row.state, row.ended_at, row.paused_since = term.state, term.ended_at, term.paused_since
    if term.state is not TermState.OPEN:
        row.stage = term.state
    row.next_mark_at = next_at(term, row.marks, book.rules_at(term.started_at))


def _tell_ticket(ticket: Ticket, found: Clock, session: Session) -> None:
    legal = _newest(found, TermKind.LEGAL)
    target = _newest(found, TermKind.TARGET)
    ticket.legal_due_at = legal.due_at if legal else None
    ticket.internal_due_at = target.due_at if target else None
    if ticket.kind == Kind.COMPLAINT:
        ticket.complexity = _COMPLEXITY[2 if found.step and ticket.source_body == Body.PBOC else found.step]
    unrolled = legal is not None and legal.state is TermState.OPEN and not legal.certain
    flags = [flag for flag in ticket.flags if flag != UNROLLED] + ([UNROLLED] if unrolled else [])
    if sorted(flags) != sorted(ticket.flags):
        ticket.flags = flags
    session.flush()
    set_flags(ticket, {row.kind for row in rows_of(session, ticket.id) if row.state == "open" and row.stage == OVERDUE})


def _newest(found: Clock, kind: TermKind) -> Term | None:
    of_kind = [term for term in found.terms if term.kind is kind]
    return max(of_kind, key=lambda term: (term.cycle, term.step), default=None)


def _case(session: Session, ticket: Ticket) -> Case:
    days = None
    if ticket.department_id is not None:
        department = session.get(Department, ticket.department_id)
        days = getattr(department, f"{ticket.priority.lower()}_days", None) if department else None
    return Case(
        kind=Kind(ticket.kind),
        channel=ticket.channel,
        priority=ticket.priority,
        received_at=ticket.received_at,
        level=ticket.level,
        body=ticket.source_body if ticket.source_body in set(Body) else "",
        department_days=days,
    )


def _happenings(session: Session, ticket_id: int) -> list[Happening]:
    rows = session.execute(
        select(TicketEvent.at, TicketEvent.event, TicketEvent.to_status, TicketEvent.from_status, TicketEvent.fields)
        .where(TicketEvent.ticket_id == ticket_id)
        .order_by(TicketEvent.id)
    )
    return [Happening(row.at, row.event, row.to_status, row.from_status, row.fields) for row in rows]


def _book(session: Session, ticket: Ticket) -> Book:
    kept = session.get(TicketClock, ticket.id)
    return Book(ZoneInfo(kept.zone if kept else DEFAULT_ZONE), calendar(session), rules.rules_at(session))


def recount(session: Session, ticket: Ticket) -> bool:
    """Work the terms out anew because a calendar came; gives whether the ticket's own dates are others now."""
    before = (ticket.legal_due_at, ticket.internal_due_at)
    refresh(session, ticket)
    return before != (ticket.legal_due_at, ticket.internal_due_at)


def unrolled_tickets(session: Session, *, after: int, limit: int) -> Sequence[Ticket]:
    """Tickets with an open term that waits for a calendar, by id."""
    waiting = (
        select(TicketTerm.ticket_id)
        .where(TicketTerm.state == TermState.OPEN, TicketTerm.certain.is_(False), TicketTerm.ticket_id > after)
        .distinct()
        .order_by(TicketTerm.ticket_id)
        .limit(limit)
    )
    return session.scalars(select(Ticket).where(Ticket.id.in_(waiting)).order_by(Ticket.id)).all()


def open_due_between(session: Session, begin: datetime, end: datetime, *, after: int, limit: int) -> Sequence[Ticket]:
    """Tickets with an open term whose end lies in this time, by id: a corrected calendar may move it."""
    waiting = (
        select(TicketTerm.ticket_id)
        .where(TicketTerm.state == TermState.OPEN, TicketTerm.due_at.between(begin, end), TicketTerm.ticket_id > after)
        .distinct()
        .order_by(TicketTerm.ticket_id)
        .limit(limit)
    )
    return session.scalars(select(Ticket).where(Ticket.id.in_(waiting)).order_by(Ticket.id)).all()
