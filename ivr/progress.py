"""Progress of a complaint: the number is keyed with the recorder stopped, only the stage is told (pure)."""

from __future__ import annotations

from ivr import ticketnumbers
from ivr.actions import Action, Collect, LookUpProgress, Note
from ivr.asking import (
    PERSON_KEY,
    REPEAT_KEY,
    ask,
    ask_again,
    prompt,
    recorder_off,
    recorder_on,
    strike,
    to_person,
)
from ivr.callevents import CallEventName
from ivr.events import Event, KeysPressed, ProgressFound, ProgressOutcome
from ivr.menu import STAGES, Menu, ProgressNode
from ivr.records import replace
from ivr.state import Phase, State, Step

MAX_LOOKUPS = 5
"""Look-ups in one call that told nothing; then a person, so that nobody tries numbers one by one."""
LAST_FOUR_DIGITS = 4

STAGE_OF_STATUS = {
    **{stage: stage for stage in STAGES},
    "on_spot": "executing",
    "assigned": "investigating",
    "suspended": "investigating",
    "reopened": "investigating",
    "review": "investigating",
    "notifying": "notified",
    "confirmed": "notified",
    "disputed": "notified",
    "form_signed": "notified",
    "return_visit": "notified",
    "archived": "closed",
}
"""What a caller is told of each status of a ticket."""


def begin(menu: Menu, state: State, node: ProgressNode, before: tuple[Action, ...]) -> Step:
    """Ask for the ticket number."""
    state, stop = recorder_off(state)
    question = Collect((prompt(state, "ask_ticket_number"),), node.number_digits, node.number_timeout_ms, secret=True)
    return ask(menu, state, Phase.TICKET_NUMBER, question, before=(*before, *stop))


def number_keyed(menu: Menu, state: State, event: Event) -> Step:
    """Digits came: look the ticket up, if they can be a ticket number."""
    refused = _refused(menu, state, event)
    if refused:
        return refused
    keys = event.keys if isinstance(event, KeysPressed) else ""
    if not ticketnumbers.is_valid(keys):
        return strike(menu, state, "wrong", say="number_wrong")
    state = replace(state, keyed=keys, phase=Phase.LOOKING_UP, question=None)
    return Step(state, (LookUpProgress(keys, state.caller_number),))


def last_four_keyed(menu: Menu, state: State, event: Event) -> Step:
    """The last four digits of the registered number came: look up again."""
    refused = _refused(menu, state, event)
    if refused:
        return refused
    keys = event.keys if isinstance(event, KeysPressed) else ""
    if not (keys.isdecimal() and len(keys) == LAST_FOUR_DIGITS):
        return strike(menu, state, "wrong", say="number_wrong")
    look_up = LookUpProgress(state.keyed, state.caller_number, keys)
    return Step(replace(state, phase=Phase.LOOKING_UP, question=None, keyed=""), (look_up,))


def found(menu: Menu, state: State, event: ProgressFound) -> Step:
    """The CRM answered."""
    if event.outcome is ProgressOutcome.NOT_AUTHORISED and state.keyed:
        node = menu.nodes[state.node]
        timeout_ms = node.number_timeout_ms if isinstance(node, ProgressNode) else 6000
        question = Collect((prompt(state, "ask_last_four"),), LAST_FOUR_DIGITS, timeout_ms, secret=True)
        return ask(menu, state, Phase.LAST_FOUR, question)
    stage = STAGE_OF_STATUS.get(event.stage or "")
    outcome = event.outcome
    if outcome is ProgressOutcome.TOLD and stage is None:
        outcome = ProgressOutcome.UNAVAILABLE
    return _tell(menu, replace(state, keyed=""), outcome, stage)


def _tell(menu: Menu, state: State, outcome: ProgressOutcome, stage: str | None) -> Step:
    told = outcome is ProgressOutcome.TOLD
    noted = Note(CallEventName.PROGRESS_ASKED, {"outcome": outcome.value, "stage": stage if told else None})
    lookups = state.lookups + (0 if told else 1)
    state, resume = recorder_on(replace(state, lookups=lookups))
    sentence = prompt(state, f"stage_{stage}" if told else f"progress_{outcome.value}")
    go = menu.person if lookups >= MAX_LOOKUPS else _next_node(menu, state)
    return Step(replace(state, said=(sentence,)), (noted, *resume), go=go)


def _refused(menu: Menu, state: State, event: Event) -> Step | None:
    """Silence, ``*`` and a lone ``0``, as at every level."""
    if not isinstance(event, KeysPressed):
        return strike(menu, state, "silent")
    if REPEAT_KEY in event.keys:
        return ask_again(menu, state)
    return to_person(menu, state) if event.keys == PERSON_KEY else None


def _next_node(menu: Menu, state: State) -> str:
    node = menu.nodes[state.node]
    return node.go if isinstance(node, ProgressNode) else menu.start
