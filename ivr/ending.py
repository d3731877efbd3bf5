"""The caller hangs up: whatever he has said is kept (pure)."""

from __future__ import annotations

from ivr.actions import Action, Note
from ivr.callevents import CallEventName
from ivr.menu import Menu
from ivr.records import replace
from ivr.state import Phase, State, Step
from ivr.tickets import open_ticket


def hang_up(_menu: Menu, state: State) -> Step:
    """End the call; a ticket that was started is opened as unfinished."""
    state, actions = open_ticket(state, unfinished=True)
    if state.waiting:
        actions += (queue_left(state, "hangup"),)
    gone = Note(CallEventName.CALLER_HUNG_UP, {"node": state.node})
    return Step(replace(state, phase=Phase.DONE), (*actions, gone))


def queue_left(state: State, reason: str) -> Action:
    """The note that a caller is not in his queue any more."""
    waiting = state.waiting
    fields = {"queue": waiting.queue, "reason": reason, "waited": waiting.waited} if waiting else {}
    return Note(CallEventName.QUEUE_LEFT, fields)
