"""The routing plan in force, as the services ask it: who serves which queue, and when a queue is open."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.contact_centre import RoutingVersion
from ivr import routing
from ivr.routing_plan import Plan, parse


def plan_in_force(session: Session) -> Plan | None:
    """The newest plan, or None before there is one."""
    document = session.scalars(select(RoutingVersion.document).order_by(RoutingVersion.version.desc()).limit(1)).first()
    return parse(document) if document is not None else None


def queues_served(plan: Plan | None, agent: str) -> frozenset[str] | None:
    """Names of the queues that an agent has a skill for; None (all of them) while there is no plan."""
    if plan is None:
        return None
    skills = {business for member in plan.members if member.agent == agent for business in member.skills}
    return frozenset(queue.name for queue in plan.queues if queue.business in skills)


def is_open(plan: Plan | None, name: str | None, local: datetime) -> bool:
    """Whether a queue is served at this time on the centre's clock; one that no plan knows always is."""
    queue = next((queue for queue in plan.queues if queue.name == name), None) if plan else None
    return queue is None or routing.is_open(queue, local)
