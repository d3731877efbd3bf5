"""Asking for a telephone number to call back: keyed, read back, confirmed, all with the recorder stopped (pure).

Who is in a hurry (``begin_once``) is asked once, and nothing is read back: his ticket is open and a person waits.
"""

from __future__ import annotations

from ivr.actions import Action, Collect, Note, SpokenDigits
from ivr.asking import (
    PERSON_KEY,
    REPEAT_KEY,
    ask,
    ask_again,
    common,
    prompt,
    recorder_off,
    recorder_on,
    strike,
    to_person,
)
from ivr.callevents import CallEventName
from ivr.events import Event, KeysPressed
from ivr.menu import Menu, TicketNode
from ivr.records import replace
from ivr.state import Phase, State, Step

SHORTEST, LONGEST = 5, 15
CONFIRM_MS = 5000


def begin(
    menu: Menu,
    state: State,
    before: tuple[Action, ...],
    *,
    max_digits: int = LONGEST,
    timeout_ms: int = 6000,
) -> Step:
    """Ask for the number."""
    state, stop = recorder_off(state)
    question = Collect((prompt(state, "ask_callback_number"),), max_digits, timeout_ms, secret=True)
    return ask(menu, state, Phase.CALLBACK_NUMBER, question, before=(*before, *stop))


def begin_once(menu: Menu, state: State, node: TicketNode, before: tuple[Action, ...]) -> Step:
    """Ask for the number on the way to a person; silence, ``#``, ``0`` and what is no number lead on to him."""
    if state.questions >= menu.max_questions:
        return Step(state, before, go=node.go)
    return begin(menu, state, before, max_digits=node.number_digits, timeout_ms=node.number_timeout_ms)


def keyed(menu: Menu, state: State, event: Event) -> Step:
    """Digits came: read them back, where there is time."""
    node = menu.nodes.get(state.node)
    if isinstance(node, TicketNode):
        return _keyed_once(menu, state, node, event)
    return _keyed(menu, state, event)


def _keyed(menu: Menu, state: State, event: Event) -> Step:
    """No digits but ``#`` mean that the caller wants to leave none."""
    if not isinstance(event, KeysPressed):
        return strike(menu, state, "silent")
    if REPEAT_KEY in event.keys:
        return ask_again(menu, state)
    if event.keys == PERSON_KEY:
        return to_person(menu, state)
    if event.keys == "" and state.waiting is None:
        return _go_on(state, ())
    if not _is_number(event.keys):
        return strike(menu, state, "wrong", say="number_wrong")
    state = replace(state, keyed=event.keys)
    read_back = (
        prompt(state, "number_read_back"),
        SpokenDigits(event.keys, state.language),
        prompt(state, "number_confirm"),
    )
    return ask(menu, state, Phase.NUMBER_CONFIRM, Collect(read_back, 1, CONFIRM_MS, secret=True))


def _keyed_once(menu: Menu, state: State, node: TicketNode, event: Event) -> Step:
    keys = event.keys if isinstance(event, KeysPressed) else ""
    if REPEAT_KEY in keys:
        return begin_once(menu, state, node, ())
    if not _is_number(keys):
        return _go_on(state, ())
    given = Note(CallEventName.NUMBER_GIVEN, {"caller_number": keys})
    return _go_on(replace(state, caller_number=keys), (given,))


def _is_number(keys: str) -> bool:
    return keys.isdecimal() and SHORTEST <= len(keys) <= LONGEST


def confirmed(menu: Menu, state: State, event: Event) -> Step:
    """1 takes the number, 2 asks for it again."""
    key = event.keys if isinstance(event, KeysPressed) else ""
    if key == "1":
        given = Note(CallEventName.NUMBER_GIVEN, {"caller_number": state.keyed})
        return _go_on(replace(state, caller_number=state.keyed, keyed=""), (given,))
    if key == "2":
        return begin(menu, replace(state, keyed=""), ())
    return common(menu, state, event) or strike(menu, state, "wrong")


def _go_on(state: State, before: tuple[Action, ...]) -> Step:
    """Back to what the number was asked for."""
    state, resume = recorder_on(state)
    return Step(replace(state, phase=Phase.NUMBER_KNOWN, question=None), (*before, *resume))
