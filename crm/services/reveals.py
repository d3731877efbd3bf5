"""Masked values shown whole to who may see them, once, for a reason that the audit chain keeps with his name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.customers import CustomerContact
from crm.db.people import Customer, CustomerNumber
from crm.db.records import AuditEntry
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor, Relation, reach
from crm.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.reveals import checked_reason
from crm.services import audit, scope
from crm.services.customer_scope import load_customer
from crm.services.customer_views import FIELDS, at_home, profile_of_row
from crm.services.live_customer import calls_of_live_customer

REVEALED = "reveal"
_LAST = 50


@dataclass(frozen=True)
class Wanted:
    """A value: of which thing (``kind:id``) and which field of it."""

    subject: str
    field: str


@dataclass(frozen=True)
class Reveal:
    """Somebody saw a value whole."""

    at: datetime
    actor: str
    field: str
    reason: str
    words: str


def reveal(
    session: Session, actor: Actor, wanted: Wanted, *, reason: str, words: str, region: str, now: datetime
) -> str:
    """The value, whole; written down before it is told. The caller's transaction must commit.

    Raises ForbiddenError for roles that reveal nothing, NotFoundError for what this person may not reveal,
    InvalidInputError without a reason.
    """
    if not reach(actor.roles, Action.REVEAL):
        raise ForbiddenError("your role does not allow this")
    said = checked_reason(reason, words)
    kind, _, name = wanted.subject.partition(":")
    find = _FIND.get(kind)
    if find is None:
        raise InvalidInputError("subject", "names nothing that can be revealed")
    text = find(session, actor, name, wanted.field, region)
    audit.append(
        session, at=now, actor=actor.name, action=REVEALED, subject=wanted.subject,
        detail={"field": wanted.field, "reason": reason, "words": said},
    )  # fmt: skip
    return text


def reveals_of(session: Session, subject: str) -> tuple[Reveal, ...]:
    """Who saw values of this thing whole, the latest first."""
    query = select(AuditEntry).where(AuditEntry.subject == subject, AuditEntry.action == REVEALED)
    rows = session.scalars(query.order_by(AuditEntry.id.desc()).limit(_LAST))
    return tuple(
        Reveal(row.at, row.actor, row.detail["field"], row.detail["reason"], row.detail["words"]) for row in rows
    )


def _number_of_id(name: str) -> int:
    if not (name.isascii() and name.isdigit() and len(name) <= 18):
        raise NotFoundError("there is no such thing")
    return int(name)


def _of_customer(session: Session, actor: Actor, name: str, field: str, region: str) -> str:
    row = load_customer(session, actor, _number_of_id(name), Action.REVEAL)
    part, _, which = field.partition(":")
    if part == "number" and which:
        return _of_number(row, _number_of_id(which), region)
    if part == "contact" and which:
        contact = session.get(CustomerContact, _number_of_id(which))
        if contact is None or contact.customer_id != row.id:
            raise NotFoundError("the customer has no such address")
        return contact.address
    if field not in FIELDS:
        raise InvalidInputError("field", "is no field that can be revealed")
    return str(getattr(profile_of_row(session, row), field))


def _of_number(row: Customer, number_id: int, region: str) -> str:
    found: CustomerNumber | None = next((one for one in row.numbers if one.id == number_id), None)
    if found is None:
        raise NotFoundError("the customer has no such number")
    return at_home(found.number, region)


def _of_ticket(session: Session, actor: Actor, name: str, field: str, region: str) -> str:  # noqa: ARG001  (as all)
    shown = scope.tickets_for(actor, Action.REVEAL)
    row = session.scalars(select(Ticket).where(Ticket.id == _number_of_id(name), shown)).first()
    return _told(row.caller_number if row else None, field)


def _of_call(session: Session, actor: Actor, name: str, field: str, region: str) -> str:  # noqa: ARG001  (as all)
    row = session.scalars(select(Call).where(Call.call_id == name, _calls(actor))).first()
    number = row.dialled_number if row and row.direction == "outbound" else row.caller_number if row else None
    return _told(number, field)


def _calls(actor: Actor) -> ColumnElement[bool]:
    """Calls whose number he may see: who may only while he speaks, those of the customer he speaks with."""
    if reach(actor.roles, Action.REVEAL) == {Relation.ON_CALL}:
        return calls_of_live_customer(actor.user_id) if actor.user_id is not None else false()
    return scope.calls_for(actor, Action.REVEAL)


def _told(number: str | None, field: str) -> str:
    if field != "number":
        raise InvalidInputError("field", "is no field that can be revealed")
    if not number:
        raise NotFoundError("there is no number, or none that you may reveal")
    return number


_FIND: Mapping[str, Callable[[Session, Actor, str, str, str], str]] = {
    "customer": _of_customer,
    "ticket": _of_ticket,
    "call": _of_call,
}
