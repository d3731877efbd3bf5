"""The routing plan as a document with versions: made when there is none, changed as a whole, never overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm.db.contact_centre import RoutingVersion
from crm.db.people import Role as RoleRow
from crm.db.people import User
from crm.db.rights import ServedQueue
from crm.domain.access import Actor, Role
from crm.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm.services import audit
from crm.services.plan import queues_served
from ivr.plan_check import problems
from ivr.records import replace
from ivr.routing_plan import Plan, default_plan, parse

SYSTEM = "system"
AGENT_ROLES = frozenset({Role.A1, Role.A2})
"""Who serves queues; supervisors have phones, but no callers of their own."""
_REASON = 200


def agents_of(session: Session) -> list[str]:
    """User names of everybody who may serve a queue, in their order."""
    serving = User.roles.any(RoleRow.name.in_(sorted(AGENT_ROLES)))
    return list(session.scalars(select(User.username).where(User.active, serving).order_by(User.username)))


def ensure_plan(session: Session, now: datetime, callback_after: int = 60) -> Plan:
    """The plan in force. Until somebody has made one, it is the default with all agents, anew when they change."""
    newest = _newest(session)
    if newest is not None and newest.made_by != SYSTEM:
        return parse(newest.document)
    version = newest.version if newest else 0
    wanted = default_plan(agents_of(session), version, callback_after)
    if newest is not None and parse(newest.document) == wanted:
        return wanted
    made = replace(wanted, version=version + 1)
    _add(session, made, SYSTEM, "", now)
    return made


def save_plan(session: Session, actor: Actor, plan: Plan, reason: str, now: datetime) -> Plan:
    """Bring a plan into force; its ``version`` is the one it was made from.

    Raises InvalidInputError for a plan that would leave callers alone, ConflictError when another came in between.
    """
    wrong = problems(plan, agents_of(session))
    if wrong:
        raise InvalidInputError("plan", "; ".join(map(str, wrong[:10])))
    reason = reason.strip()
    if not reason or len(reason) > _REASON:
        raise InvalidInputError("reason", f"is needed, {_REASON} characters at most")
    newest = _newest(session)
    if (newest.version if newest else 0) != plan.version:
        raise ConflictError("somebody changed the plan in the meantime")
    made = replace(plan, version=plan.version + 1)
    _add(session, made, actor.name, reason, now)
    return made


def versions(session: Session, limit: int = 20) -> Sequence[RoutingVersion]:
    """The newest versions first, the one in force at the top."""
    return session.scalars(select(RoutingVersion).order_by(RoutingVersion.version.desc()).limit(limit)).all()


def restore(session: Session, actor: Actor, version: int, reason: str, now: datetime) -> Plan:
    """Bring an earlier version into force again, as a new one. Raises NotFoundError, InvalidInputError."""
    row = session.get(RoutingVersion, version)
    newest = _newest(session)
    if row is None or newest is None:
        raise NotFoundError("there is no such version of the plan")
    old = parse(row.document)
    here = frozenset(agents_of(session))
    members = tuple(member for member in old.members if member.agent in here)
    return save_plan(session, actor, replace(old, version=newest.version, members=members), reason, now)


def _newest(session: Session) -> RoutingVersion | None:
    return session.scalars(select(RoutingVersion).order_by(RoutingVersion.version.desc()).limit(1)).first()


def _note_served(session: Session, plan: Plan) -> None:
    """Who serves which queue, where rights can ask it."""
    session.execute(delete(ServedQueue))
    served = {(one.agent, queue) for one in plan.members for queue in queues_served(plan, one.agent) or ()}
    session.add_all(ServedQueue(agent=agent, queue=queue) for agent, queue in sorted(served))
    session.flush()


def _add(session: Session, plan: Plan, by: str, reason: str, now: datetime) -> None:
    document = plan.to_document()
    session.add(RoutingVersion(version=plan.version, made_at=now, made_by=by, reason=reason, document=document))
    _note_served(session, plan)
    audit.append(
        session, at=now, actor=by, action="routing.changed", subject=f"routing:{plan.version}",
        detail={"reason": reason},
    )  # fmt: skip
