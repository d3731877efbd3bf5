"""An agent's own state: what he asks for is checked here and done by the ``live`` service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.domain.access import Actor
from crm.domain.agent_states import checked_reason
from crm.domain.errors import ForbiddenError, UnavailableError
from crm.services.live_door import Live

SET_STATE = "set_state"


def set_own_state(live: Live | None, actor: Actor, state: str, reason: str) -> Mapping[str, Any]:
    """Be available, or paused for a reason. Gives the agent as he is then.

    Raises InvalidInputError, ForbiddenError, ConflictError (not now), UnavailableError (nothing was changed).
    """
    kept = checked_reason(state, reason)
    if actor.user_id is None:
        raise ForbiddenError("only a person has a state")
    if live is None:
        raise UnavailableError("there is no service that keeps the agents' states here")
    return live.ask(SET_STATE, {"user": actor.name, "state": state, "reason": kept})
