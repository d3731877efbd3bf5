"""What an agent may do with his call, and a supervisor with somebody else's; done by the switchboard.

The switchboard itself refuses who is not on the call. A supervisor's step is written into the audit chain before it
is made, under the agent whose call it is: nobody listens without a trace, even if we die in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm.db.session import Database
from crm.domain.access import Action, Actor
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, UnavailableError
from crm.domain.live import AgentStateName, LiveState
from crm.services import audit
from crm.services.switchboard import Switchboard, SwitchboardError
from ivr.switchboard import Verb

SUPERVISING = frozenset({Verb.LISTEN, Verb.WHISPER, Verb.BARGE, Verb.TAKE_OVER})
"""Steps into somebody else's call. In the audit chain: ``call.listen`` and so on, subject ``agent:NAME``."""
OWN_CALL = frozenset(
    {Verb.BLIND_TRANSFER, Verb.CONSULT, Verb.CONSULT_CANCEL, Verb.TRANSFER, Verb.CONFERENCE, Verb.HANG_UP, Verb.SURVEY}
)
_NO_SWITCHBOARD = "there is no switchboard here"


def control_own_call(
    door: Switchboard | None, actor: Actor, verb: Verb, call_id: str, state: LiveState, target: str | None = None
) -> Mapping[str, Any]:
    """Do something with the call that the actor is on. Raises a DomainError that says why not."""
    if verb not in OWN_CALL or not actor.may(Action.AGENT_WORK) or actor.user_id is None:
        raise ForbiddenError("this is for who answers calls")
    if door is None:
        raise UnavailableError(_NO_SWITCHBOARD)
    args = {"call_id": call_id, "agent": actor.name}
    if target is not None:
        args["target"] = checked_target(actor, verb, target, state)
    return door.ask(verb, args)


def checked_target(actor: Actor, verb: Verb, target: str, state: LiveState) -> str:
    """A colleague, or (only to send the caller there) a queue. Raises InvalidInputError for anybody else."""
    kind, _, name = target.partition(":")
    if kind == "agent" and name != actor.name and state.agent(name) is not None:
        return target
    if kind == "queue" and verb is Verb.BLIND_TRANSFER and any(queue.name == name for queue in state.queues):
        return target
    raise InvalidInputError("target", "must be agent:NAME of a colleague, or for a transfer queue:NAME")


def supervise(
    database: Database,
    door: Switchboard | None,
    actor: Actor,
    verb: Verb,
    call_id: str,
    agent: str | None,
    *,
    state: LiveState,
    now: datetime,
) -> Mapping[str, Any]:
    """Listen to a colleague's call, whisper to him, join it, take it over. Raises a DomainError that says why not."""
    if verb not in SUPERVISING or not actor.may(Action.SUPERVISE) or actor.user_id is None:
        raise ForbiddenError("this is for who leads")
    if door is None:
        raise UnavailableError(_NO_SWITCHBOARD)
    whose = agent or _agent_on(state, call_id)
    if whose == actor.name:
        raise InvalidInputError("agent", "this is your own call")
    _write_down(database, actor, f"call.{verb}", call_id, whose, now)
    try:
        return {**door.ask(verb, {"call_id": call_id, "agent": whose, "supervisor": actor.name}), "agent": whose}
    except SwitchboardError as error:
        _write_down(database, actor, f"call.{verb}_refused", call_id, whose, now, why=error.code)
        raise


def _agent_on(state: LiveState, call_id: str) -> str:
    """Who speaks with the caller, when it is one agent."""
    there = [one.user for one in state.agents if one.call_id == call_id and one.state == AgentStateName.ON_CALL]
    if len(there) != 1:
        raise ConflictError(
            "say which agent: " + (f"{', '.join(there)} are on this call" if there else "none is known")
        )
    return there[0]


def _write_down(
    database: Database, actor: Actor, action: str, call_id: str, agent: str, now: datetime, **more: str
) -> None:
    with database.write() as session:
        detail = {"call_id": call_id, **more}
        audit.append(session, at=now, actor=actor.name, action=action, subject=f"agent:{agent}", detail=detail)
