"""Warnings and penalties because of a complaint.

A manager proposes one; it is in force when the deputy general manager has signed. Who is concerned keeps out of the
matter from then on.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.handling import ApprovalRequest, Penalty
from crm.db.people import User
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor, Role
from crm.domain.approvals import FIXED_CHAINS, RequestState, Seat, Subject
from crm.domain.errors import ForbiddenError, IllegalMoveError, InvalidInputError
from crm.domain.handling import Act
from crm.domain.money import MOST_FEN
from crm.domain.tickets import Recusal
from crm.services import approvals, handling, recusal
from crm.services.approvals import Asked
from crm.services.tickets import load_ticket

MAX_REASON = 2_000


class PenaltyKind(StrEnum):
    """What it is."""

    ORAL_WARNING = "oral_warning"
    WRITTEN_WARNING = "written_warning"
    BONUS_DEDUCTION = "bonus_deduction"


def of_ticket(session: Session, ticket_id: int) -> list[Penalty]:
    """All that were proposed, oldest first."""
    return list(session.scalars(select(Penalty).where(Penalty.ticket_id == ticket_id).order_by(Penalty.id)))


def propose(
    session: Session,
    actor: Actor,
    ticket_id: int,
    *,
    person: str,
    kind: PenaltyKind,
    amount_fen: int = 0,
    reason: str,
    now: datetime,
) -> Penalty:
    """Propose one, and ask for the signature. Raises ForbiddenError, IllegalMoveError, InvalidInputError."""
    ticket = load_ticket(session, actor, ticket_id)
    if not actor.may(Action.REWARD_PROPOSE):
        raise ForbiddenError("these roles do not propose penalties")
    if ticket.level is None:
        raise IllegalMoveError("it is graded first at its triage")
    concerned = _concerned(session, ticket, actor, person)
    if not 1 <= len(reason.strip()) <= MAX_REASON:
        raise InvalidInputError("reason", "a reason must be given")
    deducts = kind is PenaltyKind.BONUS_DEDUCTION
    if deducts != (amount_fen > 0) or not 0 <= amount_fen <= MOST_FEN:
        raise InvalidInputError("amount", "a deduction needs its amount, a warning has none")
    ticket.version += 1
    content = {"person": concerned.username, "kind": kind, "amount_fen": amount_fen, "reason": reason.strip()}
    seats = tuple(Seat(post) for post in FIXED_CHAINS[Subject.PENALTY])
    row = Penalty(ticket_id=ticket.id, person_id=concerned.id, kind=kind, amount_fen=amount_fen, reason=reason.strip())
    asked = Asked(Subject.PENALTY, content, seats, amount_fen, reason.strip(), frozenset({concerned.username}))
    row.request_id = approvals.ask(session, ticket, actor, asked, now=now, one_at_a_time=False).id
    session.add(row)
    session.flush()
    handling.write(session, ticket, Act.PENALTY_PROPOSED, actor=actor.name, now=now, note=reason, about=concerned)
    return row


def _concerned(session: Session, ticket: Ticket, actor: Actor, person: str) -> User:
    found = session.scalars(select(User).where(User.username == person.strip())).first()
    if found is None:
        raise InvalidInputError("person", "there is no such person")
    if found.id == actor.user_id:
        raise InvalidInputError("person", "nobody decides about himself")
    if recusal.recused(session, ticket).get(actor.name) == Recusal.COMPLAINED_ABOUT:
        raise ForbiddenError(handling.ABOUT_HIMSELF)
    if Role.GM in {Role(role.name) for role in found.roles}:
        raise InvalidInputError("person", "the general manager is for those above him")
    return found


def in_force(session: Session, ticket_id: int) -> list[Penalty]:
    """Those that were approved."""
    return [one for one in of_ticket(session, ticket_id) if one.request.state == RequestState.APPROVED]


def open_ones(session: Session, ticket_id: int) -> bool:
    """Whether one still waits for its signature: the matter is not answered before that."""
    query = (
        select(Penalty.id)
        .join(ApprovalRequest, ApprovalRequest.id == Penalty.request_id)
        .where(Penalty.ticket_id == ticket_id, ApprovalRequest.state == RequestState.OPEN)
    )
    return session.scalars(query.limit(1)).first() is not None
