"""The calls that can be scored: over, heard, and long enough; one for each agent who spoke in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session

from crm.db.calls import Call, Recording
from crm.db.contact_centre import CallLeg
from crm.db.people import Role as RoleRow
from crm.db.people import User, user_roles
from crm.domain.access import Role
from crm.services.evaluation_rights import SERVES

SAMPLED_ROLES = (Role.A1, Role.A2, Role.CM)
"""Whose calls are scored: who answers callers, and who speaks with those who complain."""
QUOTA_ROLES = (Role.A1, Role.A2)
"""Of whom so many a week are wanted, whether they had calls or not."""


def agents(session: Session, roles: Sequence[Role] = SAMPLED_ROLES) -> dict[int, User]:
    """Active people with one of these roles."""
    query = (
        select(User)
        .join(user_roles, user_roles.c.user_id == User.id)
        .join(RoleRow, RoleRow.id == user_roles.c.role_id)
        .where(User.active, RoleRow.name.in_([str(role) for role in roles]))
        .order_by(User.username)
    )
    return {user.id: user for user in session.scalars(query).unique()}


def by_agent(
    session: Session, users: Mapping[int, User], start: datetime, end: datetime, least_talk: float
) -> dict[int, tuple[str, ...]]:
    """Agent → his calls that began in this stretch and can be scored, in the order of their names."""
    names = {user.username: user_id for user_id, user in users.items()}
    found: dict[int, set[str]] = defaultdict(set)
    for query in (_by_leg(least_talk), _by_call(least_talk)):
        rows = session.execute(query.where(Call.started_at >= start, Call.started_at < end))
        for call_id, agent in rows:
            if agent in names:
                found[names[agent]].add(call_id)
    return {user_id: tuple(sorted(found.get(user_id, ()))) for user_id in users}


def agents_in(session: Session, call_id: str, least_talk: float) -> list[User]:
    """Who can be scored for a call."""
    names: set[str] = set()
    for query in (_by_leg(least_talk), _by_call(least_talk)):
        names |= {agent for _call_id, agent in session.execute(query.where(Call.call_id == call_id))}
    return [user for user in agents(session).values() if user.username in names]


def _by_leg(least_talk: float) -> Select[Any, Any]:
    return (
        select(Call.call_id, CallLeg.agent)
        .join(CallLeg, CallLeg.call_id == Call.call_id)
        .where(*heard(), CallLeg.kind.in_(SERVES), CallLeg.outcome == "answered", CallLeg.talk_time >= least_talk)
    )


def _by_call(least_talk: float) -> Select[Any, Any]:
    """Calls of before legs were kept."""
    legs = exists(select(1).where(CallLeg.call_id == Call.call_id))
    return select(Call.call_id, Call.agent).where(
        *heard(), Call.agent.is_not(None), Call.talk_time >= least_talk, ~legs
    )


def heard() -> tuple[ColumnElement[bool], ...]:
    """Calls that are over, with a recording of the whole call that can be heard."""
    recorded = exists(
        select(1).where(Recording.call_id == Call.call_id, Recording.kind == "call", Recording.state == "stored")
    )
    return Call.ended_at.is_not(None), recorded
