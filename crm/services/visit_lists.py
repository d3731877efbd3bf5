"""Return visits read: lists, one, those of a ticket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.aftercare import ContactTry, Visit
from crm.db.people import Customer, User
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor, Relation, reach
from crm.domain.messages import MessageChannel
from crm.domain.visits import VisitState
from crm.services import after_facts
from crm.services import reach as ways
from crm.services.visits import seen, tries_of


@dataclass(frozen=True)
class VisitView:
    """A visit as lists show it. ``tries``: in vain so far."""

    id: int
    kind: str
    ticket_id: int | None
    ticket_number: str | None
    customer_id: int | None
    customer: str
    number: str | None
    due_at: datetime
    next_try_at: datetime | None
    visitor: str | None
    state: str
    outcome: str | None
    satisfaction: int | None
    settled: bool | None
    answers: Mapping[str, str]
    opinion: str
    tries: int
    done_at: datetime | None
    overdue: bool
    version: int


def list_visits(
    session: Session, actor: Actor, *, state: str = "planned", kind: str = "", limit: int = 100, now: datetime
) -> tuple[VisitView, ...]:
    """Visits that this person may see: all, or his own and those that wait for somebody; the next due first."""
    query = select(Visit, Ticket.number).outerjoin(Ticket, Ticket.id == Visit.ticket_id).where(Visit.state == state)
    if kind:
        query = query.where(Visit.kind == kind)
    if Relation.ANY not in reach(actor.roles, Action.VISIT_READ):
        if not reach(actor.roles, Action.VISIT_WORK) or actor.user_id is None:
            return ()
        query = query.where((Visit.visitor_id == actor.user_id) | Visit.visitor_id.is_(None))
    order = (Visit.due_at, Visit.id) if state == VisitState.PLANNED else (Visit.done_at.desc(), Visit.id.desc())
    rows = session.execute(query.order_by(*order).limit(limit)).all()
    return tuple(view(session, row, number, now) for row, number in rows)


def get_visit(session: Session, actor: Actor, visit_id: int, *, now: datetime) -> VisitView:
    """One visit. Raises NotFoundError for what he may not see."""
    row = seen(session, actor, visit_id)
    ticket = session.get(Ticket, row.ticket_id) if row.ticket_id is not None else None
    return view(session, row, ticket.number if ticket else None, now)


def of_ticket(session: Session, ticket_id: int, *, now: datetime) -> tuple[VisitView, ...]:
    """The visits of a ticket; the caller has asked for rights."""
    rows = session.execute(
        select(Visit, Ticket.number)
        .join(Ticket, Ticket.id == Visit.ticket_id)
        .where(Visit.ticket_id == ticket_id)
        .order_by(Visit.id)
    ).all()
    return tuple(view(session, row, number, now) for row, number in rows)


def view(session: Session, row: Visit, ticket_number: str | None, now: datetime) -> VisitView:
    """A row as lists show it."""
    ticket = session.get(Ticket, row.ticket_id) if row.ticket_id is not None else None
    customer = session.get(Customer, row.customer_id) if row.customer_id is not None else None
    number = ways.ways_to(session, ticket).addresses.get(MessageChannel.PHONE) if ticket else None
    if number is None and customer is not None and customer.numbers:
        number = customer.numbers[0].number
    return VisitView(
        id=row.id,
        kind=row.kind,
        ticket_id=row.ticket_id,
        ticket_number=ticket_number,
        customer_id=row.customer_id,
        customer=(customer.name if customer else "") or (ways.name_of(session, ticket) if ticket else ""),
        number=number,
        due_at=row.due_at,
        next_try_at=row.next_try_at,
        visitor=row.visitor.username if row.visitor else None,
        state=row.state,
        outcome=row.outcome,
        satisfaction=row.satisfaction,
        settled=row.settled,
        answers=row.answers,
        opinion=row.opinion,
        tries=tries_of(session, row),
        done_at=row.done_at,
        overdue=row.state == VisitState.PLANNED and row.due_at < now,
        version=row.version,
    )


@dataclass(frozen=True)
class Try:
    """One time that somebody tried to reach the customer for a visit."""

    at: datetime
    by: str
    reached: bool
    call_id: str | None
    note: str


def made_tries(session: Session, row: Visit) -> tuple[Try, ...]:
    """The tries of a visit, the first one first; the caller has asked for rights."""
    found = session.execute(
        select(ContactTry, User.username)
        .outerjoin(User, User.id == ContactTry.by_id)
        .where(ContactTry.visit_id == row.id)
        .order_by(ContactTry.id)
    ).all()
    return tuple(Try(one.at, name or "", one.reached, one.call_id, one.note) for one, name in found)


def matter_of(session: Session, row: Visit) -> str:
    """What the visitor must know of the matter: what was answered, and nothing else of the case."""
    reply = after_facts.reply_of(session, row.ticket_id) if row.ticket_id is not None else None
    return "\n".join(part for part in (reply.solution, reply.execution) if part) if reply is not None else ""
