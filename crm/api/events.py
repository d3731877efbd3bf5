"""`GET /api/v1/events`: what happens, to the screens that it concerns, as server-sent events."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

from flask import Response, request, session
from flask.views import MethodView
from flask_smorest import Blueprint

from crm.api.event_socket import client_of
from crm.api.resources import PREFIX
from crm.domain.access import Action, Actor, Relation
from crm.domain.errors import UnavailableError
from crm.domain.live import TO_AGENTS, TO_BOARD, AgentStateName, to_user
from crm.gate.activity import mark_active
from crm.gate.deps import deps
from crm.gate.guard import identity
from crm.services.live_events import TooManyStreamsError
from crm.services.live_frames import frames
from crm.services.users import authenticate_token, is_still

api_events = Blueprint("api_events", __name__, url_prefix=PREFIX, description="Server-sent events")
LIFE = 240.0
_SPREAD = 60.0
_SAID = {
    "parameters": [
        {
            "in": "header",
            "name": "Last-Event-ID",
            "schema": {"type": "string", "maxLength": 64},
            "description": "The last id seen: what came after it is sent first, or `reset` when that is not known",
        }
    ],
    "responses": {
        "200": {
            "description": "Events `pop`, `pop_end`, `call`, `agent`, `board`, `notice` and `reset`, each with JSON as "
            "its data. The stream ends every few minutes; whoever comes back with the last id misses nothing",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        "503": {"description": "There are as many streams as there may be, of this person or at all"},
    },
}


def wanted_by(actor: Actor) -> Callable[[str], bool]:
    """Which messages are for this actor's screen: his own, and those of everybody whom his role lets him see."""
    allowed = {to_user(actor.name)} if actor.user_id is not None else set()
    if actor.may(Action.LIVE_READ):
        allowed.add(TO_BOARD)
    if actor.may(Action.LIVE_READ, [Relation.OWN]):
        allowed.add(TO_AGENTS)
    return allowed.__contains__


@api_events.route("/events")
class Events(MethodView):
    """What happens."""

    @api_events.doc(**_SAID)  # type: ignore[untyped-decorator]  # flask-smorest has no types
    def get(self) -> Response:
        """Events as they happen, to those whom they concern; a `pop` to the ringing agent only."""
        parts, asker = deps(), identity().actor
        events = parts.events
        if events is None:
            raise UnavailableError("there are no live events here")
        _keep_logged_in(asker)
        try:
            screen = events.subscribe(
                asker.name, wanted_by(asker), client_of(request.environ), browser=identity().by == "session"
            )
        except TooManyStreamsError as error:
            raise UnavailableError("there are as many event streams as there may be; close one") from error
        life = LIFE + random.uniform(0, _SPREAD)  # noqa: S311  (so that not all come back at once)
        last_seen = request.headers.get("Last-Event-ID", "")[:64]
        body = frames(events, screen, last_seen, still_allowed=_still_allowed(), life=life)
        response = Response(body, mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})
        response.call_on_close(partial(events.unsubscribe, screen))
        return response


def _keep_logged_in(asker: Actor) -> None:
    """An agent whose phone may ring is at his desk, however long nobody calls; who misses calls is paused."""
    parts = deps()
    if identity().by != "session" or parts.live is None:
        return
    state = parts.live.state()
    agent = state.agent(asker.name) if state else None
    if agent is not None and agent.state not in {AgentStateName.OFFLINE, AgentStateName.PAUSED}:
        mark_active(parts.now())


def _still_allowed() -> Callable[[], bool]:
    """A question that a stream may ask later, when there is no request any more."""
    database, asker = deps().database, identity()
    token = request.headers.get("Authorization", "").partition(" ")[2].strip()
    uniquifier = None if asker.by == "token" else str(session.get("_user_id", ""))

    def ask() -> bool:
        with database.read() as rows:
            if asker.by == "token":
                return authenticate_token(rows.connection(), token) == asker.actor
            return is_still(rows, asker.actor, uniquifier)

    return ask
