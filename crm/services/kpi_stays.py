"""Who was in which section when, so that a team's figures stay those of the people who were in it."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm.db.departments import Department, DepartmentMember
from crm.db.kpi import KpiStay
from crm.services.sections import SECTION


def observe(session: Session, today: date) -> None:
    """Write down who is in which section now. Asking twice writes nothing twice. The caller's transaction commits."""
    now = dict(
        session.execute(
            select(DepartmentMember.user_id, DepartmentMember.department_id)
            .join(Department, Department.id == DepartmentMember.department_id)
            .where(Department.kind == SECTION)
        ).all()
    )
    for stay in session.scalars(select(KpiStay).where(KpiStay.last.is_(None))):
        if now.get(stay.user_id) == stay.department_id:
            del now[stay.user_id]
        elif stay.first >= today:
            session.delete(stay)
        else:
            stay.last = today - timedelta(days=1)
    for user_id, department_id in now.items():
        session.add(KpiStay(user_id=user_id, department_id=department_id, first=today, last=None))
    session.flush()


def teams_on(session: Session, day: date) -> dict[int, int]:
    """User → section on a day. Before the first that is known of somebody, the first counts."""
    found: dict[int, int] = {}
    rows = session.execute(
        select(KpiStay.user_id, KpiStay.department_id, KpiStay.first)
        .where(or_(KpiStay.last.is_(None), KpiStay.last >= day))
        .order_by(KpiStay.user_id, KpiStay.first)
    )
    for user_id, department_id, first in rows:
        if user_id not in found or first <= day:
            found[user_id] = department_id
    return found
