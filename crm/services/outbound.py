"""Calls out: asked for by a person, judged by the rules, dialled through his own phone, and each one a row.

What is refused is a row as well, with the rule that refused it. ``crm.services.click_to_call`` has the rest dialled.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from math import ceil

from sqlalchemy import ColumnElement, func, or_, select, text
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.contact_centre import OutboundCall, Task
from crm.db.people import Customer, CustomerNumber
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor, Relation, reach
from crm.domain.customers import Purpose
from crm.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.numbers import as_dialled, digits_of, number_key
from crm.domain.outbound import Attempt, OutboundRules, refusal
from crm.services import audit, consents, scope
from crm.services.centre import Centre
from crm.services.ticket_changes import record_event

MAX_REASON = 200
_LOCK = 0x48594F55
DIALLED, ANSWERED, REFUSED, FAILED = "dialled", "answered", "refused", "failed"


@dataclass(frozen=True)
class Wanted:
    """A call that somebody asks for: of a task, a ticket, a customer, or to a number."""

    reason: str
    number: str | None = None
    task_id: int | None = None
    ticket_id: int | None = None
    customer_id: int | None = None
    agreed: bool = False


@dataclass(frozen=True)
class OutboundView:
    """A call out as it stands."""

    id: int
    call_id: str | None
    user: str
    number: str
    customer_id: int | None
    ticket_id: int | None
    task_id: int | None
    reason: str
    asked_at: datetime
    state: str
    refused: str | None
    agreed: bool
    cost: int


@dataclass(frozen=True)
class _Target:
    number: str | None
    """as it was written where it was found"""
    permitted: bool
    customer_id: int | None
    ticket_id: int | None
    language: str | None


def ask(
    session: Session, actor: Actor, wanted: Wanted, rules: OutboundRules, *, centre: Centre, now: datetime
) -> OutboundView:
    """Judge a call and write it down, dialled or refused. ``click_to_call`` has it dialled.

    Raises ForbiddenError for roles that make no calls at all, NotFoundError for a task or customer he cannot see.
    """
    if not reach(actor.roles, Action.OUTBOUND_CALL) or actor.user_id is None:
        raise ForbiddenError("these roles make no calls")
    if len(wanted.reason) > MAX_REASON or "\0" in wanted.reason:
        raise InvalidInputError("reason", f"must have at most {MAX_REASON} characters")
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})  # the counts below hold to the end
    target = _target(session, actor, wanted, centre)
    number = as_dialled(target.number, centre.region)
    key = number_key(target.number, centre.region) or ""
    today = _today(now, centre)
    broken = refusal(
        rules,
        Attempt(
            number=number,
            local=now.astimezone(centre.zone),
            reason=wanted.reason,
            permitted=target.permitted,
            agreed=wanted.agreed or _agrees_to_evenings(session, target.customer_id, now),
            customer_calls=_count(session, today, _same_customer(key, target.customer_id)),
            agent_calls=_count(session, today, OutboundCall.user_id == actor.user_id),
            spent=session.scalar(select(func.coalesce(func.sum(OutboundCall.cost), 0)).where(today)) or 0,
        ),
    )
    row = OutboundCall(
        user_id=actor.user_id,
        number=number or digits_of(target.number or ""),
        number_key=key,
        customer_id=target.customer_id,
        ticket_id=target.ticket_id,
        task_id=wanted.task_id,
        reason=wanted.reason.strip(),
        asked_at=now,
        state=REFUSED if broken else DIALLED,
        refused=broken,
        agreed=wanted.agreed,
        cost=0 if broken or number is None else rules.rate(number),
    )
    session.add(row)
    session.flush()
    _write_down(session, row, actor, now)
    return view(row, actor.name)


def settle(session: Session, call_id: str, *, talked: float | None) -> None:
    """What a call out came to, once it has ended. The ingest asks; again does no harm.

    A minute was counted when it was dialled; begun minutes cost whole.
    """
    if not talked:
        return
    for row in session.scalars(
        select(OutboundCall).where(OutboundCall.call_id == call_id, OutboundCall.state == DIALLED)
    ):
        row.state, row.cost = ANSWERED, row.cost * ceil(talked / 60)
    session.flush()


def get_outbound(session: Session, actor: Actor, outbound_id: int) -> OutboundView:
    """One of the actor's own calls out."""
    row = session.get(OutboundCall, outbound_id)
    if row is None or row.user_id != actor.user_id:
        raise NotFoundError("there is no such call")
    return view(row, actor.name)


def language_of(session: Session, call: OutboundView) -> str:
    """The language to announce the call in: the customer's, else the ticket's, else Mandarin."""
    customer = session.get(Customer, call.customer_id) if call.customer_id else None
    ticket = session.get(Ticket, call.ticket_id) if call.ticket_id else None
    return (customer.language if customer else None) or (ticket.language if ticket else None) or "zh"


def _target(session: Session, actor: Actor, wanted: Wanted, centre: Centre) -> _Target:
    """Whom this is about, and whether this person may call him."""
    free = Relation.ANY in reach(actor.roles, Action.OUTBOUND_CALL)
    known = (
        _of_task(session, actor, wanted) or _of_ticket(session, actor, wanted) or _of_customer(session, actor, wanted)
    )
    if known is None:
        owner = _owner(session, number_key(wanted.number, centre.region))
        return _Target(wanted.number, free, owner, None, None)
    if wanted.number is None:
        return known
    same = number_key(wanted.number, centre.region) in _numbers(session, known, centre)
    return _Target(
        wanted.number, known.permitted and (same or free), known.customer_id, known.ticket_id, known.language
    )


def _of_task(session: Session, actor: Actor, wanted: Wanted) -> _Target | None:
    if wanted.task_id is None:
        return None
    task = session.get(Task, wanted.task_id)
    if task is None:
        raise NotFoundError("there is no such task")
    return _Target(task.number, task.user_id == actor.user_id, task.customer_id, task.ticket_id, None)


def _of_ticket(session: Session, actor: Actor, wanted: Wanted) -> _Target | None:
    if wanted.ticket_id is None:
        return None
    ticket = session.get(Ticket, wanted.ticket_id)
    if ticket is None or not scope.may_on_ticket(session, actor, Action.TICKET_READ, wanted.ticket_id):
        raise NotFoundError("there is no such ticket")
    return _Target(ticket.caller_number, True, ticket.customer_id, ticket.id, ticket.language)


def _of_customer(session: Session, actor: Actor, wanted: Wanted) -> _Target | None:
    if wanted.customer_id is None:
        return None
    customer = session.get(Customer, wanted.customer_id)
    if customer is None:
        raise NotFoundError("there is no such customer")
    number = f"+{customer.numbers[0].number}" if customer.numbers else None
    return _Target(number, _knows(session, actor, customer.id), customer.id, None, customer.language)


def _knows(session: Session, actor: Actor, customer_id: int) -> bool:
    """Whether the actor works for this customer: a ticket that he may read, or a call that was his."""
    if Relation.ANY in reach(actor.roles, Action.OUTBOUND_CALL):
        return True
    ticket = select(Ticket.id).where(Ticket.customer_id == customer_id, scope.tickets_for(actor)).limit(1)
    call = select(Call.call_id).where(Call.customer_id == customer_id, Call.agent == actor.name).limit(1)
    return session.execute(ticket).first() is not None or session.execute(call).first() is not None


def _agrees_to_evenings(session: Session, customer_id: int | None, now: datetime) -> bool:
    """Whether the customer agreed once for all to be called in the quiet hours."""
    return customer_id is not None and consents.allows(session, customer_id, Purpose.EVENING_CALLS, now=now)


def _numbers(session: Session, known: _Target, centre: Centre) -> set[str | None]:
    kept = select(CustomerNumber.number).where(CustomerNumber.customer_id == known.customer_id)
    return {number_key(known.number, centre.region), *session.scalars(kept)}


def _owner(session: Session, key: str | None) -> int | None:
    owner = select(CustomerNumber.customer_id).where(CustomerNumber.number_key == (key or ""))
    return session.scalars(owner.order_by(CustomerNumber.id).limit(1)).first()


def _today(now: datetime, centre: Centre) -> ColumnElement[bool]:
    midnight = datetime.combine(now.astimezone(centre.zone).date(), time.min, centre.zone)
    return OutboundCall.asked_at >= midnight.astimezone(UTC)


def _same_customer(key: str, customer_id: int | None) -> ColumnElement[bool]:
    same_number = OutboundCall.number_key == key
    return same_number if customer_id is None else or_(same_number, OutboundCall.customer_id == customer_id)


def _count(session: Session, today: ColumnElement[bool], whose: ColumnElement[bool]) -> int:
    """Calls of today that were put through to the network; what was refused or never dialled disturbed nobody."""
    made = OutboundCall.state.in_((DIALLED, ANSWERED))
    return session.scalar(select(func.count()).select_from(OutboundCall).where(today, whose, made)) or 0


def _write_down(session: Session, row: OutboundCall, actor: Actor, now: datetime) -> None:
    detail = {"state": row.state, "refused": row.refused, "agreed": row.agreed, "ticket_id": row.ticket_id}
    audit.append(
        session, at=now, actor=actor.name, action=f"outbound.{row.state}", subject=f"outbound:{row.id}", detail=detail
    )
    if row.ticket_id is not None and row.state == DIALLED:
        ticket = session.get_one(Ticket, row.ticket_id)
        record_event(session, ticket, "called_out", actor=actor.name, at=now, reason=row.reason)


def view(row: OutboundCall, user: str) -> OutboundView:
    """A row as it is seen from outside."""
    return OutboundView(
        id=row.id,
        call_id=row.call_id,
        user=user,
        number=row.number,
        customer_id=row.customer_id,
        ticket_id=row.ticket_id,
        task_id=row.task_id,
        reason=row.reason,
        asked_at=row.asked_at,
        state=row.state,
        refused=row.refused,
        agreed=row.agreed,
        cost=row.cost,
    )
