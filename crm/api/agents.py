"""Agents and queues as they are now, and the state that an agent chooses."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from flask_smorest import Blueprint

from crm.api import live_schemas
from crm.api.idempotent import once_outside
from crm.api.resources import PREFIX, gives, keyed, takes
from crm.domain.access import Action, Actor
from crm.domain.agent_states import PAUSE_REASONS
from crm.domain.errors import NotFoundError
from crm.domain.live import LiveAgent, LiveQueue, LiveState
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import agents
from crm.services.idempotency import Answer
from crm.services.live_state import Board, board, seen_by

api_agents = Blueprint("api_agents", __name__, url_prefix=PREFIX, description="Agents and queues as they are now")
_REASONS = [{"code": code, "title_zh": zh, "title_en": en} for code, (zh, en) in PAUSE_REASONS.items()]


def board_now() -> Board:
    """Agents and queues as well as they are known now."""
    parts = deps()
    with parts.database.read() as session:
        return board(session, parts.live, parts.centre, parts.now())


def _agent(agent: LiveAgent, asker: Actor) -> dict[str, Any]:
    return seen_by(asker, agent).to_document()


@api_agents.route("/agents")
class Agents(MethodView):
    """Everybody who answers calls."""

    @gives(live_schemas.AgentList)
    def get(self) -> Response:
        """Agents with their states. Of a colleague's call only who leads learns."""
        found, asker = board_now(), actor()
        ordered = sorted(found.state.agents, key=lambda agent: agent.user)
        items = [_agent(agent, asker) for agent in ordered]
        return jsonify(items=items, next=None, live=found.live, exchange=found.state.exchange)


@api_agents.route("/agents/me")
class Me(MethodView):
    """Who asks."""

    @gives(live_schemas.Me)
    def get(self) -> Response:
        """His state, and the reasons to pause that he may choose from."""
        found, asker = board_now(), actor()
        agent = found.state.agent(asker.name)
        if agent is None:
            raise NotFoundError("you are no agent: no phone belongs to you")
        return jsonify(**_agent(agent, asker), reasons=_REASONS, live=found.live)


@api_agents.route("/agents/me/state")
class MyState(MethodView):
    """The state that an agent chooses."""

    @takes(live_schemas.NewState)
    @keyed
    @gives(live_schemas.Agent)
    def post(self, body: dict[str, Any]) -> Response:
        """Be available (which ends a wrap-up), or paused. 503 when nobody can do it now: then nothing was changed."""
        asker = actor()
        return once_outside(lambda: Answer(200, agents.set_own_state(deps().live, asker, **body)))


@api_agents.route("/queues")
class Queues(MethodView):
    """Every queue."""

    @gives(live_schemas.QueueList)
    def get(self) -> Response:
        """Queues: who waits, how long, and the service level of today."""
        found, asker, now = board_now(), actor(), deps().now()
        items = [_queue(queue, found, now, callers=asker.may(Action.LIVE_READ)) for queue in found.state.queues]
        return jsonify(items=items, next=None, live=found.live, exchange=found.state.exchange)


def _queue(queue: LiveQueue, found: Board, now: datetime, *, callers: bool) -> dict[str, Any]:
    waits = [max(0.0, round((now - caller.since).total_seconds(), 1)) for caller in queue.callers]
    shown = [{**caller.to_document(), "waited_s": waited} for caller, waited in zip(queue.callers, waits, strict=True)]
    return {
        "name": queue.name,
        "title_zh": queue.title_zh,
        "title_en": queue.title_en,
        "waiting": len(waits) if found.live else None,
        "longest_wait_s": max(waits, default=0.0) if found.live else None,
        "service_level": queue.service_level,
        "agents": _states_in(found.state, queue.name),
        "callers": shown if callers and found.live else None,
    }


def _states_in(state: LiveState, queue: str) -> dict[str, int]:
    return dict(Counter(agent.state for agent in state.agents if queue in agent.queues))
