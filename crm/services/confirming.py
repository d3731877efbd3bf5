"""Hearing from the customer after the answer: he confirms, he disputes, or he is not reached.

What he says by the link of his questionnaire comes here, too: the house makes that move itself.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from crm.db.aftercare import ContactTry
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.tickets import Status
from crm.services import rules, scope
from crm.services.after_facts import CONFIRMATION, contact_tries
from crm.services.rounds import round_of
from crm.services.ticket_changes import record_event
from crm.services.ticket_moves import move_ticket

MAX_NOTE = 2_000
_ASKED = frozenset({Status.NOTIFIED})
_HEARD = frozenset({Status.NOTIFIED, Status.CONFIRMED})


def try_in_vain(
    session: Session, actor: Actor, ticket_id: int, *, call_id: str, note: str, now: datetime
) -> tuple[int, int]:
    """The customer was tried and not reached; gives the tries so far and how many are asked for."""
    ticket = _load(session, actor, ticket_id, _ASKED)
    _add(session, ticket, actor, reached=False, call_id=call_id, note=note, now=now)
    tries = contact_tries(session, ticket_id)
    record_event(session, ticket, "customer_not_reached", actor=actor.name, at=now, fields={"tries": tries})
    return tries, rules.current(session).no_answer_tries


def confirm(
    session: Session, actor: Actor, ticket_id: int, *, satisfaction: int, opinion: str, call_id: str, now: datetime
) -> None:
    """He confirms the answer, with a mark from 1 to 5 and his opinion. Raises as moves do."""
    ticket = _load(session, actor, ticket_id, _ASKED)
    if satisfaction not in {1, 2, 3, 4, 5}:
        raise InvalidInputError("satisfaction", "must be 1 to 5")
    _add(session, ticket, actor, reached=True, call_id=call_id, note=opinion, now=now)
    fields = {"satisfaction": satisfaction, **({"opinion": opinion.strip()} if opinion.strip() else {})}
    move_ticket(session, actor, ticket_id, "confirm", now=now, fields=fields)


def give_up_asking(session: Session, actor: Actor, ticket_id: int, *, now: datetime) -> None:
    """He was tried as often as the rules ask for: the matter goes on without his word. Raises IllegalMoveError."""
    _load(session, actor, ticket_id, _ASKED)
    move_ticket(session, actor, ticket_id, "confirm", now=now, fields={"satisfaction": "no_answer"})


def dispute(session: Session, actor: Actor, ticket_id: int, *, reason: str, call_id: str, now: datetime) -> None:
    """He refuses the answer, and says why. Raises as moves do."""
    ticket = _load(session, actor, ticket_id, _HEARD)
    if not reason.strip():
        raise InvalidInputError("reason", "a reason must be given")
    _add(session, ticket, actor, reached=True, call_id=call_id, note=reason, now=now)
    move_ticket(session, actor, ticket_id, "dispute", now=now, reason=reason.strip())


def explained(session: Session, actor: Actor, ticket_id: int, *, note: str, now: datetime) -> None:
    """What he did not understand was explained to him once more (NO-03)."""
    ticket = _load(session, actor, ticket_id, _HEARD | {Status.DISPUTED})
    if not note.strip():
        raise InvalidInputError("note", "it must be said what was explained")
    record_event(session, ticket, "answer_explained", actor=actor.name, at=now, reason=note.strip()[:MAX_NOTE])


def _load(session: Session, actor: Actor, ticket_id: int, statuses: frozenset[Status]) -> Ticket:
    if not scope.may_on_ticket(session, actor, Action.TICKET_READ, ticket_id):
        raise NotFoundError("there is no such ticket")
    if not scope.may_on_ticket(session, actor, Action.TICKET_MOVE, ticket_id):
        raise ForbiddenError("these roles do not move this ticket")
    ticket = session.get_one(Ticket, ticket_id)
    if Status(ticket.status) not in statuses:
        raise ConflictError("the customer is asked when he has his answer")
    return ticket


def _add(
    session: Session, ticket: Ticket, actor: Actor, *, reached: bool, call_id: str, note: str, now: datetime
) -> None:
    if len(note) > MAX_NOTE or "\0" in note:
        raise InvalidInputError("note", f"must have at most {MAX_NOTE} characters")
    session.add(
        ContactTry(
            ticket_id=ticket.id,
            purpose=CONFIRMATION,
            round=round_of(session, ticket.id),
            at=now,
            by_id=actor.user_id,
            reached=reached,
            call_id=call_id or None,
            note=note.strip(),
        )
    )
    session.flush()
