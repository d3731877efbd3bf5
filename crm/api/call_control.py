"""An agent's call while it runs, and a supervisor's steps into it; and to whom a call may be given."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from crm.api import live_schemas, out, schemas
from crm.api.agents import board_now
from crm.api.idempotent import once_outside
from crm.api.resources import PREFIX, gives, keyed, once, takes
from crm.domain.live import AgentStateName
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import call_control, ticket_of_call
from crm.services.idempotency import Answer
from crm.services.identify import identify
from crm.services.screen_pop import pop_of_call
from ivr.switchboard import Verb

api_control = Blueprint("api_control", __name__, url_prefix=PREFIX, description="A call while it runs")
_REACHABLE = frozenset({AgentStateName.AVAILABLE, AgentStateName.PAUSED, AgentStateName.WRAP_UP})


def _own(verb: Verb, call_id: str, target: str | None = None) -> Response:
    asker, state = actor(), board_now().state

    def work() -> Answer:
        done = call_control.control_own_call(deps().switchboard, asker, verb, call_id, state, target)
        return Answer(200, {**done, "call_id": call_id, "done": verb})

    return once_outside(work)


def _supervise(verb: Verb, call_id: str, agent: str | None) -> Response:
    parts, asker, state = deps(), actor(), board_now().state

    def work() -> Answer:
        done = call_control.supervise(
            parts.database, parts.switchboard, asker, verb, call_id, agent, state=state, now=parts.now()
        )
        return Answer(200, {**done, "call_id": call_id, "done": verb})

    return once_outside(work)


@api_control.route("/calls/<call_id>/transfer")
class Transfer(MethodView):
    """Giving the caller to somebody else."""

    @takes(live_schemas.MaybeTarget)
    @keyed
    @gives(live_schemas.Done)
    def post(self, body: dict[str, Any], call_id: str) -> Response:
        """With a target: the caller goes there at once. Without: to the colleague who was consulted."""
        target = body.get("target")
        return _own(Verb.BLIND_TRANSFER if target else Verb.TRANSFER, call_id, target)


@api_control.route("/calls/<call_id>/consult")
class Consult(MethodView):
    """Asking a colleague."""

    @takes(live_schemas.Target)
    @keyed
    @gives(live_schemas.Done)
    def post(self, body: dict[str, Any], call_id: str) -> Response:
        """The colleague's phone rings; the caller hears music meanwhile."""
        return _own(Verb.CONSULT, call_id, body["target"])


@api_control.route("/calls/<call_id>/consult/cancel")
class ConsultCancel(MethodView):
    """Asking no longer."""

    @takes(live_schemas.Nothing)
    @keyed
    @gives(live_schemas.Done)
    def post(self, body: dict[str, Any], call_id: str) -> Response:  # noqa: ARG002  (nothing is in it)
        """Back to the caller."""
        return _own(Verb.CONSULT_CANCEL, call_id)


@api_control.route("/calls/<call_id>/conference")
class Conference(MethodView):
    """Three in one call."""

    @takes(live_schemas.MaybeTarget)
    @keyed
    @gives(live_schemas.Done)
    def post(self, body: dict[str, Any], call_id: str) -> Response:
        """With the colleague who was consulted, or with the target, whose phone rings."""
        return _own(Verb.CONFERENCE, call_id, body.get("target"))


@api_control.route("/calls/<call_id>/hang-up")
class HangUp(MethodView):
    """Leaving the call."""

    @takes(live_schemas.Nothing)
    @keyed
    @gives(live_schemas.Done)
    def post(self, body: dict[str, Any], call_id: str) -> Response:  # noqa: ARG002  (nothing is in it)
        """One's own part of the call ends."""
        return _own(Verb.HANG_UP, call_id)


@api_control.route("/calls/<call_id>/survey")
class Survey(MethodView):
    """Handing the caller over to be asked how it was."""

    @takes(live_schemas.Nothing)
    @keyed
    @gives(live_schemas.Done)
    def post(self, body: dict[str, Any], call_id: str) -> Response:  # noqa: ARG002  (nothing is in it)
        """One's own part of the call ends, and the caller alone hears the questions."""
        return _own(Verb.SURVEY, call_id)


@api_control.route("/calls/<call_id>/listen")
class Listen(MethodView):
    """A supervisor who hears both and is heard by nobody."""

    @takes(live_schemas.WhoseCall)
    @keyed
    @gives(live_schemas.Done)
    def post(self, body: dict[str, Any], call_id: str) -> Response:
        """One's own phone rings; the agent's record says who listened."""
        return _supervise(Verb.LISTEN, call_id, body.get("agent"))


@api_control.route("/calls/<call_id>/whisper")
class Whisper(MethodView):
    """A supervisor whom only the agent hears."""

    @takes(live_schemas.WhoseCall)
    @keyed
    @gives(live_schemas.Done)
    def post(self, body: dict[str, Any], call_id: str) -> Response:
        """One's own phone rings, or listening becomes whispering."""
        return _supervise(Verb.WHISPER, call_id, body.get("agent"))


@api_control.route("/calls/<call_id>/barge")
class Barge(MethodView):
    """A supervisor whom both hear."""

    @takes(live_schemas.WhoseCall)
    @keyed
    @gives(live_schemas.Done)
    def post(self, body: dict[str, Any], call_id: str) -> Response:
        """One's own phone rings, or listening becomes joining."""
        return _supervise(Verb.BARGE, call_id, body.get("agent"))


@api_control.route("/calls/<call_id>/take-over")
class TakeOver(MethodView):
    """A supervisor instead of the agent."""

    @takes(live_schemas.WhoseCall)
    @keyed
    @gives(live_schemas.Done)
    def post(self, body: dict[str, Any], call_id: str) -> Response:
        """The caller goes to one's own phone, and the agent leaves."""
        return _supervise(Verb.TAKE_OVER, call_id, body.get("agent"))


@api_control.route("/calls/<call_id>/ticket")
class TicketOfCall(MethodView):
    """What the caller calls about."""

    @takes(live_schemas.WhichTicket)
    @keyed
    @gives(schemas.Ticket)
    def post(self, body: dict[str, Any], call_id: str) -> Response:
        """Continue a ticket that is there: the call is put to it."""

        def put(session: Session) -> Answer:
            found = ticket_of_call.continue_ticket(session, actor(), call_id, body["ticket"], now=deps().now())
            return Answer(200, out.ticket(found))

        return once(put)


@api_control.route("/calls/<call_id>/identify")
class Identify(MethodView):
    """Who it is."""

    @takes(live_schemas.WhichCustomer)
    @keyed
    @gives(live_schemas.Pop)
    def post(self, body: dict[str, Any], call_id: str) -> Response:
        """The agent has made sure which of the candidates speaks; gives the card as it is now."""

        def keep(session: Session) -> Answer:
            parts = deps()
            identify(session, actor(), call_id, body["customer_id"], now=parts.now())
            found = pop_of_call(session, actor(), call_id, region=parts.centre.region, now=parts.now())
            return Answer(200, found)

        return once(keep)


@api_control.route("/calls/<call_id>/pop")
class PopOfCall(MethodView):
    """Who calls, and why."""

    @gives(live_schemas.Pop)
    def get(self, call_id: str) -> Response:
        """What the screen-pop shows, for the agent on the call: a page that was loaded anew asks for it."""
        parts = deps()
        with parts.database.read() as session:
            found = pop_of_call(session, actor(), call_id, region=parts.centre.region, now=parts.now())
        return jsonify(found)


@api_control.route("/directory")
class Directory(MethodView):
    """To whom a call may be given."""

    @gives(live_schemas.DirectoryList)
    def get(self) -> Response:
        """Colleagues with their states, and queues."""
        found, asker = board_now(), actor()
        agents: list[dict[str, Any]] = [
            {
                "target": f"agent:{one.user}", "title_zh": one.display_name, "title_en": one.display_name,
                "state": one.state, "queues": list(one.queues), "waiting": None, "reachable": one.state in _REACHABLE,
            }
            for one in sorted(found.state.agents, key=lambda agent: agent.user)
            if one.user != asker.name
        ]  # fmt: skip
        queues: list[dict[str, Any]] = [
            {
                "target": f"queue:{one.name}", "title_zh": one.title_zh or one.name,
                "title_en": one.title_en or one.name, "state": None, "queues": [],
                "waiting": len(one.callers) if found.live else None, "reachable": True,
            }
            for one in found.state.queues
        ]  # fmt: skip
        return jsonify(items=[*agents, *queues], next=None, live=found.live)
