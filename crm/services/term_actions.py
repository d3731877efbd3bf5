"""What somebody writes down that changes a ticket's terms: forwarded from above, a leak of data."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crm.db.terms import TicketClock
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor
from crm.domain.clocks import Body
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError
from crm.domain.term_types import TermKind, TermState
from crm.domain.tickets import Kind
from crm.services import rules, scope, terms
from crm.services.ticket_changes import record_event
from crm.services.tickets import load_ticket

REGULATOR, PENDING_LEAK = "regulator", "data_leak"
"""Flags of a ticket: somebody above forwarded it; the central bank is to be told of a leak."""
_TEXT = 500
_LETTER = 80
_BACK = timedelta(days=366)


def forwarded(
    session: Session,
    actor: Actor,
    ticket_id: int,
    *,
    body: str,
    letter: str,
    letter_due: date | None,
    received_at: datetime | None = None,
    now: datetime,
) -> None:
    """The central bank or the regulator sent this complaint on; a regulator's letter says until when.

    Raises InvalidInputError, ConflictError, ForbiddenError, NotFoundError.
    """
    ticket = _allowed(session, actor, ticket_id, Action.TICKET_RECLASSIFY)
    if ticket.kind != Kind.COMPLAINT:
        raise ConflictError("only a complaint is forwarded with a term")
    if body not in set(Body):
        raise InvalidInputError("body", f"must be one of {', '.join(Body)}")
    letter = letter.strip()
    if not 1 <= len(letter) <= _LETTER or "\0" in letter:
        raise InvalidInputError("letter", f"the number of the letter is needed, {_LETTER} characters at most")
    received = _received(received_at, now)
    if body == Body.REGULATOR:
        letter_due = _letter_due(session, ticket, letter_due, received)
    fields = {
        "body": body,
        "letter": letter,
        "letter_due": letter_due.isoformat() if letter_due and body == Body.REGULATOR else None,
        "received_at": received.isoformat(),
    }
    ticket.source_body = body
    if REGULATOR not in ticket.flags:
        ticket.flags = [*ticket.flags, REGULATOR]
    ticket.version += 1
    record_event(session, ticket, "forwarded", actor=actor.name, at=now, fields=fields)


def _letter_due(session: Session, ticket: Ticket, due: date | None, received: datetime) -> date:
    """The date on the letter, within what the law allows at all."""
    kept = session.get(TicketClock, ticket.id)
    zone = ZoneInfo(kept.zone if kept else terms.DEFAULT_ZONE)
    first = received.astimezone(zone).date()
    last = first + timedelta(days=rules.current(session).special_days)
    if due is None or not first <= due <= last:
        raise InvalidInputError("letter_due", f"the date on the letter is needed: {first} to {last}")
    return due


def leak_found(session: Session, actor: Actor, ticket_id: int, *, what: str, now: datetime) -> None:
    """Customers' data came out: the central bank is to be told within its term. Raises as ``forwarded``."""
    ticket = _allowed(session, actor, ticket_id, Action.TICKET_RECLASSIFY)
    text = what.strip()
    if not 5 <= len(text) <= _TEXT or "\0" in text:
        raise InvalidInputError("what", f"say in 5 to {_TEXT} characters what came out")
    if _leak_open(session, ticket):
        raise ConflictError("the leak is written down already")
    ticket.flags = [*ticket.flags, PENDING_LEAK]
    ticket.version += 1
    record_event(session, ticket, "leak_found", actor=actor.name, at=now, reason=text)


def leak_reported(session: Session, actor: Actor, ticket_id: int, *, how: str, now: datetime) -> None:
    """The central bank was told of it. ``how``: when, to whom, under which number. Raises as ``forwarded``."""
    ticket = _allowed(session, actor, ticket_id, Action.TICKET_RECLASSIFY)
    text = how.strip()
    if not 5 <= len(text) <= _TEXT or "\0" in text:
        raise InvalidInputError("how", f"say in 5 to {_TEXT} characters when, to whom and under which number")
    if not _leak_open(session, ticket):
        raise ConflictError("no leak is waiting to be reported")
    ticket.flags = [flag for flag in ticket.flags if flag != PENDING_LEAK]
    ticket.version += 1
    record_event(session, ticket, "leak_reported", actor=actor.name, at=now, reason=text)


def _leak_open(session: Session, ticket: Ticket) -> bool:
    term = terms.clock(session, ticket).current(TermKind.LEAK)
    return term is not None and term.state is TermState.OPEN


def _allowed(session: Session, actor: Actor, ticket_id: int, action: Action) -> Ticket:
    ticket = load_ticket(session, actor, ticket_id)
    if not scope.may_on_ticket(session, actor, action, ticket_id):
        raise ForbiddenError("these roles do not change the terms of this ticket")
    return ticket


def _received(given: datetime | None, now: datetime) -> datetime:
    if given is None:
        return now
    if given.tzinfo is None or not now - _BACK <= given <= now:
        raise InvalidInputError("received_at", "must be an instant within the last year")
    return given
