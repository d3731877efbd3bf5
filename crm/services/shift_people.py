"""Who is on the roster, and whose time an actor may see or plan: his own, his section's, everybody's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import Session

from crm.db.departments import Department, DepartmentMember
from crm.db.people import User
from crm.db.shifts import Shift, ShiftEvent
from crm.domain.access import Action, Actor, Relation, reach
from crm.domain.errors import ForbiddenError, NotFoundError
from crm.domain.rosters import Limits
from crm.domain.rules import Rules
from crm.domain.shifts import BreakRules
from crm.services import audit, sections
from crm.services.users import actor_of


def rostered() -> ColumnElement[bool]:
    """Who has a phone, and who was ever given a shift."""
    return and_(User.active, or_(User.sip_user.is_not(None), User.id.in_(select(Shift.user_id))))


def within_reach(actor: Actor, action: Action) -> ColumnElement[bool]:
    """Whose time the actor may see or plan."""
    enough = reach(actor.roles, action)
    if Relation.ANY in enough:
        return true()
    if actor.user_id is None or not enough:
        return false()
    parts = [User.id == actor.user_id] if Relation.OWN in enough else []
    if Relation.SECTION in enough:
        parts.append(sections.users_of_section(actor.user_id))
    return or_(false(), *parts)


def people(
    session: Session, actor: Actor, action: Action = Action.SHIFT_READ, department_id: int | None = None
) -> Sequence[User]:
    """Those on the roster whom the actor may see (or plan), by name."""
    wanted = [rostered(), within_reach(actor, action)]
    if department_id is not None:
        wanted.append(
            User.id.in_(select(DepartmentMember.user_id).where(DepartmentMember.department_id == department_id))
        )
    return session.scalars(select(User).where(*wanted).order_by(User.username)).all()


def colleagues(session: Session, actor: Actor) -> Sequence[User]:
    """Those with whom somebody may swap: everybody on the roster of his section, or of none."""
    if actor.user_id is None:
        return ()
    same = sections.users_of_section(actor.user_id)
    return session.scalars(select(User).where(rostered(), same, User.id != actor.user_id).order_by(User.username)).all()


def teams(session: Session) -> Sequence[Department]:
    """The sections, for a filter."""
    return session.scalars(
        select(Department).where(Department.kind == sections.SECTION, Department.active).order_by(Department.code)
    ).all()


def load(session: Session, actor: Actor, user_id: int, action: Action, *, locks: bool = False) -> User:
    """A person whose time the actor may see or plan. Raises ForbiddenError, NotFoundError.

    ``locks``: two who plan for him wait for each other from here on.
    """
    if not reach(actor.roles, action):
        raise ForbiddenError("these roles do not see the roster")
    query = select(User).where(User.id == user_id, within_reach(actor, action))
    found = session.scalars(query.with_for_update(of=User) if locks else query).one_or_none()
    if found is None:
        raise NotFoundError("there is no such person on the roster")
    return found


def within(session: Session, actor: Actor, user_id: int, action: Action) -> bool:
    """Whether somebody's time is within the actor's reach."""
    return session.scalar(select(User.id).where(User.id == user_id, within_reach(actor, action))) is not None


def may_plan(session: Session, actor: Actor, user_id: int) -> bool:
    """Whether the actor plans for somebody; for himself he does not decide."""
    return user_id != actor.user_id and within(session, actor, user_id, Action.SHIFT_PLAN)


def planners(session: Session, user_id: int) -> list[User]:
    """Who plans for somebody: those who are told what he asks for."""
    found = session.scalars(select(User).where(User.active, User.id != user_id)).all()
    leaders = [(one, actor_of(one)) for one in found]
    return [
        one for one, actor in leaders if reach(actor.roles, Action.SHIFT_PLAN) and may_plan(session, actor, user_id)
    ]


def write_down(
    session: Session,
    actor: str,
    event: str,
    *,
    now: datetime,
    user_id: int | None = None,
    shift_id: int | None = None,
    **detail: Any,
) -> None:
    """A change of the roster is a row, and stands in the audit chain."""
    session.add(ShiftEvent(at=now, actor=actor, event=event, user_id=user_id, shift_id=shift_id, detail=_plain(detail)))
    subject = f"shift:{shift_id}" if shift_id is not None else f"user:{user_id}" if user_id is not None else "shifts:0"
    audit.append(session, at=now, actor=actor, action=f"shift.{event}", subject=subject, detail=_plain(detail))


def note(session: Session, actor: str, event: str, shift: Shift, now: datetime) -> None:
    """One of many shifts that one act changed: its row; the act itself stands in the audit chain."""
    session.flush()
    detail = {"day": shift.day.isoformat(), "kind": shift.kind, "state": shift.state}
    session.add(ShiftEvent(at=now, actor=actor, event=event, user_id=shift.user_id, shift_id=shift.id, detail=detail))


def _plain(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in detail.items()}


def limits_of(rules: Rules) -> Limits:
    """The house's numbers of work and rest."""
    return Limits(
        rules.shift_rest_hours, rules.shift_week_hours, rules.shift_days_in_a_row, rules.shift_nights_in_a_row
    )


def break_rules_of(rules: Rules) -> BreakRules:
    """The house's numbers of breaks, in minutes."""
    return BreakRules(
        rules.shift_break_after_minutes,
        rules.shift_meal_from_hours * 60,
        rules.shift_meal_minutes,
        rules.shift_longest_hours * 60,
    )
