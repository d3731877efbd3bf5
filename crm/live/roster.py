"""Agents and queues as the house has them: people with a phone, and the routing plan in force."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.contact_centre import RoutingVersion, WrapUp
from crm.db.people import User
from crm.domain.access import Role
from crm.domain.floor import Person, QueueNow
from crm.services.plan import plan_in_force, queues_served
from ivr.routing_plan import Plan

_ANSWERS = frozenset({Role.A1.value, Role.A2.value})


@dataclass(frozen=True)
class House:
    """People, queues and the plan. ``phones`` changes whenever somebody's phone may have to be loaded anew."""

    people: tuple[Person, ...]
    queues: tuple[QueueNow, ...]
    plan: Plan | None
    phones: Collection[tuple[str, str, str]]


def house(session: Session) -> House:
    """As it is now."""
    plan = plan_in_force(session)
    users = session.scalars(select(User).where(User.active, User.sip_user.is_not(None)).order_by(User.username)).all()
    people = tuple(
        Person(
            user.username,
            user.display_name or user.username,
            _served(plan, user.username),
            not _ANSWERS.isdisjoint(role.name for role in user.roles),
        )
        for user in users
    )
    queues = tuple(
        QueueNow(one.name, one.title_zh, one.title_en, timedelta(seconds=one.wrap_up_limit))
        for one in (plan.queues if plan else ())
    )
    phones = frozenset((user.username, user.sip_user or "", user.fs_uniquifier) for user in users)
    return House(people, queues, plan, phones)


def _served(plan: Plan | None, user: str) -> tuple[str, ...]:
    served = queues_served(plan, user) or frozenset()
    return tuple(queue.name for queue in plan.queues if queue.name in served) if plan else ()


def plan_version(session: Session) -> int:
    """Version of the plan in force, 0 before there is one."""
    newest = select(RoutingVersion.version).order_by(RoutingVersion.version.desc()).limit(1)
    return session.scalars(newest).first() or 0


def at_work_after_calls(session: Session) -> frozenset[str]:
    """Agents with a wrap-up that is open."""
    rows = session.scalars(select(User.username).join(WrapUp, WrapUp.user_id == User.id).where(WrapUp.state == "open"))
    return frozenset(rows)
