"""Colleagues to choose from: who works on cases."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.people import Role as RoleRow
from crm.db.people import User, user_roles
from crm.domain.access import Role

WORKERS = frozenset({Role.A1, Role.A2, Role.SM, Role.CM, Role.DG, Role.GM, Role.DH, Role.CO})
MOST = 300


def case_workers(session: Session) -> list[tuple[str, str]]:
    """User name and name of everybody active who can be given work on a case."""
    rows = session.execute(
        select(User.username, User.display_name)
        .join(user_roles, user_roles.c.user_id == User.id)
        .join(RoleRow, RoleRow.id == user_roles.c.role_id)
        .where(User.active, RoleRow.name.in_(sorted(WORKERS)))
        .distinct()
        .order_by(User.username)
        .limit(MOST)
    )
    return [(row.username, row.display_name or row.username) for row in rows]
