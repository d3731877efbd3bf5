"""Who is told of a term: who has the matter, and whose matter it is when the term is over."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.departments import Department
from crm.db.people import Role as RoleRow
from crm.db.people import User
from crm.db.tickets import Ticket
from crm.domain.access import Role
from crm.services import departments

STEP_ROLES = (Role.A1, Role.SM, Role.CM, Role.DG, Role.GM)
"""The roles along the handling order: first agent, section manager, maintenance office, deputy, general manager."""


def with_role(session: Session, roles: Collection[Role]) -> list[int]:
    """Everybody active who has one of these roles."""
    having = User.roles.any(RoleRow.name.in_(sorted(roles)))
    return list(session.scalars(select(User.id).where(User.active, having).order_by(User.id)))


def section_heads(session: Session, ticket: Ticket) -> list[int]:
    """The section manager of the first agent; all of them while he has none."""
    section = departments.department_of(session, ticket.first_agent_id or ticket.created_by_id)
    heads = [user.id for user in departments.heads(section)] if section is not None else []
    return heads or with_role(session, {Role.SM})


def department_heads(session: Session, ticket: Ticket) -> list[int]:
    """The head of the department that has the matter; the section managers while it has none."""
    department = session.get(Department, ticket.department_id) if ticket.department_id is not None else None
    heads = [user.id for user in departments.heads(department)] if department is not None else []
    return heads or section_heads(session, ticket)


def responsible(session: Session, ticket: Ticket, roles: Collection[Role]) -> list[int]:
    """Whose matter an overdue term is. An empty set of roles: the department's head."""
    if not roles:
        found = department_heads(session, ticket)
    elif Role.SM in roles:
        found = [*section_heads(session, ticket), *with_role(session, set(roles) - {Role.SM})]
    else:
        found = with_role(session, roles)
    return _without_accused(ticket, found)


def holders(session: Session, ticket: Ticket) -> list[int]:
    """Who has the matter now; while nobody has it, whose step of the handling order it is."""
    if ticket.assignee_id is not None:
        return _without_accused(ticket, [ticket.assignee_id])
    if ticket.handling_step == 0 and ticket.first_agent_id is not None:
        return _without_accused(ticket, [ticket.first_agent_id])
    return responsible(session, ticket, {STEP_ROLES[max(1, min(ticket.handling_step, 4))]})


def _without_accused(ticket: Ticket, found: Collection[int]) -> list[int]:
    """Nobody is told of a complaint about himself."""
    return [user_id for user_id in dict.fromkeys(found) if user_id != ticket.complained_about_id]
