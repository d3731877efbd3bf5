"""What the guards of moves look at, gathered from rows. Each part of a case is asked of the service that owns it.

A part that is not asked here leaves its fact as ``Facts`` has it: no guard asks for it then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from crm.db.tickets import Ticket
from crm.domain.access import Actor
from crm.domain.tickets import Facts, Kind, Status


def gather(session: Session, ticket: Ticket, actor: Actor, given: Mapping[str, Any] | None = None) -> Facts:  # noqa: ARG001  (the parts of a case ask it)
    """The facts of this ticket, for a move that this actor makes with these inputs."""
    return Facts(
        kind=Kind(ticket.kind),
        status=Status(ticket.status),
        level=ticket.level,
        assignee=ticket.assignee.username if ticket.assignee else None,
        complained_about=ticket.accused.username if ticket.accused else None,
        given=given or {},
        actor=actor.name,
        first_agent=ticket.first_agent.username if ticket.first_agent else None,
        classified=_classified(ticket),
        read_back=ticket.read_back_at is not None,
        told=ticket.told_at is not None,
        amount_fen=ticket.amount_fen or 0,
    )


def _classified(ticket: Ticket) -> frozenset[str]:
    known = {
        "category": ticket.category,
        "department": ticket.department_id,
        "business_code": ticket.business_code,
        "reason_code": ticket.reason_code,
    }
    return frozenset(name for name, value in known.items() if value is not None)
