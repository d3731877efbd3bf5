"""Legal holds: what must not be deleted, however old. Set and lifted by compliance, with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.archives import LegalHold
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor, reach
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.services import scope
from crm.services.ticket_changes import record_event

MAX_REASON = 500


def set_hold(session: Session, actor: Actor, ticket_id: int, *, reason: str, reference: str, now: datetime) -> int:
    """Hold a ticket's file. Several may hold one. Raises NotFoundError, ForbiddenError, InvalidInputError."""
    ticket = _load(session, actor, ticket_id)
    if not 1 <= len(reason.strip()) <= MAX_REASON:
        raise InvalidInputError("reason", f"must have 1 to {MAX_REASON} characters")
    row = LegalHold(ticket_id=ticket.id, reason=reason.strip(), reference=reference.strip()[:120], set_by=actor.name,
                    set_at=now, lift_reason="")  # fmt: skip
    session.add(row)
    ticket.legal_hold = True
    ticket.version += 1
    session.flush()
    record_event(session, ticket, "hold_set", actor=actor.name, at=now, reason=row.reason,
                 fields={"hold_id": row.id, "reference": row.reference})  # fmt: skip
    return row.id


def lift(session: Session, actor: Actor, hold_id: int, *, reason: str, now: datetime) -> None:
    """Lift a hold; the file is free again when no other holds it. Raises as ``set_hold``, and ConflictError."""
    row = session.get(LegalHold, hold_id)
    if row is None:
        raise NotFoundError("there is no such hold")
    ticket = _load(session, actor, row.ticket_id)
    if row.lifted_at is not None:
        raise ConflictError("this hold is lifted already")
    if not 1 <= len(reason.strip()) <= MAX_REASON:
        raise InvalidInputError("reason", f"must have 1 to {MAX_REASON} characters")
    row.lifted_at, row.lifted_by, row.lift_reason = now, actor.name, reason.strip()
    session.flush()
    ticket.legal_hold = is_held(session, ticket.id)
    ticket.version += 1
    record_event(session, ticket, "hold_lifted", actor=actor.name, at=now, reason=row.lift_reason,
                 fields={"hold_id": row.id})  # fmt: skip


def is_held(session: Session, ticket_id: int) -> bool:
    """Whether anything holds this ticket's file."""
    query = select(LegalHold.id).where(LegalHold.ticket_id == ticket_id, LegalHold.lifted_at.is_(None)).limit(1)
    return session.scalar(query) is not None


def of_ticket(session: Session, ticket_id: int) -> Sequence[LegalHold]:
    """The holds of a ticket, oldest first."""
    return session.scalars(select(LegalHold).where(LegalHold.ticket_id == ticket_id).order_by(LegalHold.id)).all()


def _load(session: Session, actor: Actor, ticket_id: int) -> Ticket:
    if not scope.may_on_ticket(session, actor, Action.TICKET_READ, ticket_id):
        raise NotFoundError("there is no such ticket")
    if not reach(actor.roles, Action.LEGAL_HOLD):
        raise ForbiddenError("your role does not allow this")
    return session.get_one(Ticket, ticket_id)
