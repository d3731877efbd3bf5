"""What time does to terms: warnings, and at the end one step up the handling order. Asked every half minute.

Time is an argument. A moment counts once, whoever asks and how often: it is written down with the notice, in the
transaction that gives it. After a time when nobody asked, only the most serious moment of a term is told of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.session import Database
from crm.db.terms import TicketTerm
from crm.db.tickets import Ticket
from crm.domain.access import SYSTEM
from crm.domain.errors import IllegalMoveError
from crm.domain.notices import NoticeKind
from crm.domain.term_marks import ESCALATES, TermMark, answers_for, come, next_at
from crm.domain.term_types import Term
from crm.domain.tickets import COMPLAINT_KINDS, ENDED
from crm.services import handling, notices, rules, term_people, terms
from crm.services.ticket_changes import record_event

AT_ONCE = 50
"""Tickets in one transaction, so that nobody waits long for the writer's lock."""


@dataclass(frozen=True)
class Ticked:
    """What was done: terms that came near their end, terms whose end is over, complaints moved up."""

    warned: int = 0
    overdue: int = 0
    escalated: int = 0

    def __add__(self, other: Ticked) -> Ticked:
        return Ticked(self.warned + other.warned, self.overdue + other.overdue, self.escalated + other.escalated)


def run(database: Database, now: datetime) -> Ticked:
    """Do all that has come by now, some tickets in each transaction."""
    done, waiting = Ticked(), True
    while waiting:
        with database.write() as session:
            ids = due_tickets(session, now, AT_ONCE)
            for ticket_id in ids:
                done += tick(session, ticket_id, now)
        waiting = bool(ids)
    return done


def due_tickets(session: Session, now: datetime, limit: int) -> list[int]:
    """Tickets of which a term has a moment that has come, the longest waiting first."""
    waiting = select(TicketTerm.ticket_id).where(TicketTerm.next_mark_at <= now).order_by(TicketTerm.next_mark_at)
    return list(dict.fromkeys(session.scalars(waiting.limit(limit))))


def tick(session: Session, ticket_id: int, now: datetime) -> Ticked:
    """Let the time count for one ticket."""
    ticket = session.scalars(select(Ticket).where(Ticket.id == ticket_id).with_for_update(of=Ticket)).one()
    numbers, done = rules.rules_at(session), Ticked()
    rows = session.scalars(
        select(TicketTerm)
        .where(TicketTerm.ticket_id == ticket_id, TicketTerm.next_mark_at <= now)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        term = terms.term_of(row)
        in_force = numbers(term.started_at)
        reached = come(term, row.marks, in_force, now)
        if reached:
            row.marks = [*row.marks, *reached]
            row.stage = TermMark.OVERDUE if TermMark.OVERDUE in reached else reached[-1]
        row.next_mark_at = next_at(term, row.marks, in_force)
        if reached:
            done += _act(session, ticket, term, TermMark(row.stage), now)
    late = {row.kind for row in terms.rows_of(session, ticket_id) if row.state == "open" and row.stage == "overdue"}
    terms.set_flags(ticket, late)
    return done


def _act(session: Session, ticket: Ticket, term: Term, mark: TermMark, now: datetime) -> Ticked:
    overdue = mark is TermMark.OVERDUE
    fields: dict[str, Any] = {
        "term": term.kind,
        "cycle": term.cycle,
        "step": term.step,
        "mark": mark,
        "due_at": _text(term.due_at),
    }
    event = "term_overdue" if overdue else "term_warned"
    record_event(session, ticket, event, actor=SYSTEM.name, at=now, fields=fields)
    told = term_people.holders(session, ticket)
    if overdue:
        told += term_people.responsible(session, ticket, answers_for(term, ticket.source_body or ""))
    kind = NoticeKind.OVERDUE if overdue else NoticeKind.TERM_WARNING
    for user_id in dict.fromkeys(told):
        notices.tell(session, user_id, kind, ticket.id, now, **fields)
    escalated = overdue and term.kind in ESCALATES and _escalate(session, ticket, term, now)
    return Ticked(int(not overdue), int(overdue), int(escalated))


def _escalate(session: Session, ticket: Ticket, term: Term, now: datetime) -> bool:
    """One step up the handling order, as long as there is one."""
    if ticket.kind not in COMPLAINT_KINDS or ticket.status in ENDED:
        return False
    try:
        handling.climb(session, ticket, by=SYSTEM, reason=f"overdue: {term.kind}", now=now)
    except IllegalMoveError:
        return False
    return True


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
