"""Agents and queues now: from the ``live`` service, or from the last rows that it wrote when it cannot be asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.contact_centre import AgentState
from crm.db.people import User
from crm.domain.access import Action, Actor
from crm.domain.live import AgentStateName, LiveAgent, LiveQueue, LiveState
from crm.services.centre import Centre
from crm.services.live_door import Live
from crm.services.plan import plan_in_force, queues_served
from crm.services.service_level import service_levels
from ivr.routing_plan import Plan

STALE = timedelta(seconds=15)
"""``live`` writes its state at every change and every few seconds; one that is older tells nothing of now."""


@dataclass(frozen=True)
class Board:
    """Agents and queues. ``live`` is false when this is only the last that was written down: no callers are known."""

    state: LiveState
    live: bool


def board(session: Session, live: Live | None, centre: Centre, now: datetime) -> Board:
    """Agents and queues as well as they are known now."""
    told = live.state() if live is not None else None
    fresh = told is not None and now - told.at <= STALE
    state = told if told is not None and fresh else _from_rows(session, now)
    return Board(_with_levels(session, state, centre, now), fresh)


def seen_by(actor: Actor, agent: LiveAgent) -> LiveAgent:
    """An agent as this actor may see him: a colleague's call and reason are nobody's business but the leaders'."""
    if actor.may(Action.LIVE_READ) or agent.user == actor.name:
        return agent
    return replace(agent, call_id=None, reason="")


def _from_rows(session: Session, now: datetime) -> LiveState:
    plan = plan_in_force(session)
    present = {row.user_id: row for row in session.scalars(select(AgentState).where(AgentState.until.is_(None)))}
    people = session.scalars(
        select(User).where(User.active, User.sip_user.is_not(None) | User.id.in_(present)).order_by(User.username)
    ).all()
    agents = tuple(_agent(user, present.get(user.id), _queues_of(plan, user.username)) for user in people)
    queues = tuple(LiveQueue(q.name, q.title_zh, q.title_en) for q in plan.queues) if plan else ()
    return LiveState(now, agents, queues, exchange=False)


def _agent(user: User, row: AgentState | None, queues: tuple[str, ...]) -> LiveAgent:
    state, since = (row.state, row.since) if row else (AgentStateName.OFFLINE.value, user.created_at)
    reason, call_id = (row.reason, row.call_id) if row else ("", None)
    return LiveAgent(user.username, user.display_name, state, since, reason, call_id, None, queues)


def _queues_of(plan: Plan | None, username: str) -> tuple[str, ...]:
    """The queues that an agent serves, in the plan's order."""
    served = queues_served(plan, username) if plan else None
    return tuple(q.name for q in plan.queues if q.name in served) if plan and served else ()


def _with_levels(session: Session, state: LiveState, centre: Centre, now: datetime) -> LiveState:
    """The service level of today where ``live`` did not tell it."""
    if all(queue.service_level is not None for queue in state.queues):
        return state
    levels = service_levels(session, plan_in_force(session), centre.zone, now)
    queues = (
        queue if queue.service_level is not None else replace(queue, service_level=levels.get(queue.name))
        for queue in state.queues
    )
    return replace(state, queues=tuple(queues))
