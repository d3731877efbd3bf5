"""Taking a complaint: the tone, the message, keep, play or again, and what hanging up means (pure)."""

from __future__ import annotations

from ivr import numbers, tickets
from ivr.actions import Action, Collect, Note, Prompt, Record, ReserveTicket, Spoken, SpokenMessage
from ivr.asking import PERSON_KEY, REPEAT_KEY, ask, ask_again, common, prompt, strike, to_person
from ivr.callevents import CallEventName
from ivr.ending import hang_up
from ivr.events import EndedBy, Event, KeysPressed, MessageRecorded, Silence, TicketReserved
from ivr.menu import TONE, Menu, MessageNode
from ivr.records import replace
from ivr.state import Message, Phase, State, Step

EMPTY_TAKES = 2
"""After so many takes in which nothing was heard a person is offered."""


def begin(menu: Menu, state: State, node: MessageNode, before: tuple[Action, ...]) -> Step:
    """Enter the node: ask for a number to call back when the caller's was withheld, then explain."""
    if state.caller_number is None:
        return numbers.begin(menu, state, before, max_digits=node.number_digits, timeout_ms=node.number_timeout_ms)
    return introduce(menu, state, before)


def introduce(menu: Menu, state: State, before: tuple[Action, ...], *once: Spoken) -> Step:
    """Tell how it is done; a key goes straight to the tone."""
    node = _node(menu, state)
    question = Collect((prompt(state, node.intro),), max_digits=1, timeout_ms=1)
    return ask(menu, state, Phase.INTRO, question, once=once, before=before)


def introduced(menu: Menu, state: State, event: Event) -> Step:
    """The introduction is over: reserve the ticket before a word is said."""
    if isinstance(event, KeysPressed) and event.keys == REPEAT_KEY:
        return ask_again(menu, state)
    if isinstance(event, KeysPressed) and event.keys == PERSON_KEY:
        return to_person(menu, state)
    if state.ticket is not None and not state.ticket.opened:
        return _record(menu, state, ())
    return Step(replace(state, phase=Phase.RESERVING, ticket=None, message=None, question=None), (ReserveTicket(),))


def reserved(menu: Menu, state: State, event: TicketReserved) -> Step:
    """The number is reserved: record."""
    node = _node(menu, state)
    state, started = tickets.start(state, event.number, node.ticket, node.ticket_priority)
    return _record(menu, state, (started,))


def recorded(menu: Menu, state: State, event: MessageRecorded) -> Step:
    """A take is on disk."""
    noted = Note(
        CallEventName.MESSAGE_RECORDED,
        {
            "file": event.file,
            "take": event.take,
            "duration": round(event.duration, 2),
            "ended_by": event.ended_by.value,
        },
    )
    earlier = state.message
    if earlier is None or not event.empty or earlier.empty:
        state = replace(state, message=Message(event.file, event.take, event.empty))
    if event.ended_by is EndedBy.HANGUP:
        gone = hang_up(menu, state)
        return replace(gone, actions=(noted, *gone.actions))
    if not event.empty:
        return _offer_to_keep(menu, replace(state, empty_takes=0), (noted,))
    state = replace(state, empty_takes=state.empty_takes + 1)
    if state.empty_takes < EMPTY_TAKES:
        return introduce(menu, state, (noted,), prompt(state, "complaint_empty"))
    return Step(replace(state, empty_takes=0), (noted,), go=_node(menu, state).go)


def kept_or_again(menu: Menu, state: State, event: Event) -> Step:
    """1 or silence keeps the message, 2 plays it, 3 records it again."""
    if isinstance(event, Silence):
        return _keep(menu, state)
    key = event.keys if isinstance(event, KeysPressed) else ""
    if key == "1":
        return _keep(menu, state)
    if key == "2" and state.message:
        return ask_again(menu, state, SpokenMessage(state.message.file))
    if key == "3" and state.message:
        discarded = {"file": state.message.file, "take": state.message.take}
        return _record(menu, state, (Note(CallEventName.MESSAGE_DISCARDED, discarded),))
    if key == PERSON_KEY:
        return _keep_and_leave(menu, state)
    return common(menu, state, event) or strike(menu, state, "wrong", enough=_keep_and_leave)


def _record(menu: Menu, state: State, before: tuple[Action, ...]) -> Step:
    node = _node(menu, state)
    if state.questions >= menu.max_questions:
        return Step(state, before, go=menu.person)
    state = replace(state, phase=Phase.RECORDING, takes=state.takes + 1, question=None, questions=state.questions + 1)
    record = Record(Prompt(TONE, state.language), state.takes, node.max_seconds, node.silence_seconds)
    return Step(state, (*before, record))


def _offer_to_keep(menu: Menu, state: State, before: tuple[Action, ...]) -> Step:
    question = Collect((prompt(state, "complaint_keep"),), 1, _node(menu, state).keep_timeout_ms)
    return ask(menu, state, Phase.KEEP, question, before=before)


def _keep(menu: Menu, state: State) -> Step:
    state, opened = tickets.open_ticket(state, unfinished=False)
    return tickets.tell(menu, state, opened, first="complaint_kept", last=tickets.promise(state))


def _keep_and_leave(menu: Menu, state: State) -> Step:
    state, opened = tickets.open_ticket(state, unfinished=False)
    return Step(state, opened, go=menu.person)


def _node(menu: Menu, state: State) -> MessageNode:
    node = menu.nodes[state.node]
    if not isinstance(node, MessageNode):
        raise TypeError(f"node {state.node} records no message")
    return node
