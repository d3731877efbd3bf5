"""Whether somebody may write in a case file now. Nobody writes in a file that complains about him (IV-03)."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor
from crm.domain.errors import ConflictError, ForbiddenError
from crm.domain.evidence import READ_ONLY
from crm.domain.tickets import Status
from crm.services import scope
from crm.services.tickets import load_ticket


def may_write(session: Session, actor: Actor, ticket_id: int, action: Action = Action.CASE_WORK) -> bool:
    """Whether his roles let him write in this file at all; the rights leave out what is about himself."""
    return actor.user_id is not None and scope.may_on_ticket(session, actor, action, ticket_id)


def for_writing(
    session: Session,
    actor: Actor,
    ticket_id: int,
    *,
    action: Action = Action.CASE_WORK,
    statuses: Collection[Status] | None = None,
) -> Ticket:
    """The ticket, for who may write in its file. ``statuses``: where it must stand; None: anywhere but closed for good.

    Raises NotFoundError, ForbiddenError, ConflictError.
    """
    ticket = load_ticket(session, actor, ticket_id)
    if not may_write(session, actor, ticket_id, action):
        raise ForbiddenError("your role does not write in this case file")
    status = Status(ticket.status)
    if status in READ_ONLY if statuses is None else status not in statuses:
        raise ConflictError("the case file is not open for this now")
    return ticket
