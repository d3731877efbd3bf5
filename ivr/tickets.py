"""Tickets of a call: reserved before anything is said, opened, told twice (pure)."""

from __future__ import annotations

from ivr import speech
from ivr.actions import Action, Collect, KeepMessage, Note, Prompt, Spoken, SpokenTicketNumber
from ivr.asking import REPEAT_KEY, ask, ask_again, common, prompt, say_goodbye, strike
from ivr.callevents import CallEventName
from ivr.events import Event, KeysPressed, Silence
from ivr.menu import Menu
from ivr.records import replace
from ivr.state import Phase, State, Step, Ticket

AFTER_NUMBER_MS = 3000


def start(state: State, number: str, kind: str, priority: str) -> tuple[State, Note]:
    """A number was reserved for a ticket of this kind."""
    ticket = Ticket(number, kind, priority)
    return replace(state, ticket=ticket), Note(
        CallEventName.TICKET_STARTED, {"number": number, "kind": kind, "priority": priority}
    )


def open_ticket(state: State, *, unfinished: bool) -> tuple[State, tuple[Action, ...]]:
    """Open the reserved ticket, with the message that counts; nothing when there is none or it is open."""
    ticket, message = state.ticket, state.message
    if ticket is None or ticket.opened:
        return state, ()
    kept: tuple[Action, ...] = (KeepMessage(message.file),) if message else ()
    fields = {
        "number": ticket.number,
        "kind": ticket.kind,
        "priority": ticket.priority,
        "unfinished": unfinished,
        "file": message.file if message else None,
    }
    opened = replace(state, ticket=replace(ticket, opened=True))
    return opened, (*kept, Note(CallEventName.TICKET_OPENED, fields))


def tell(menu: Menu, state: State, before: tuple[Action, ...], *, first: str, last: tuple[Spoken, ...]) -> Step:
    """Tell the number twice; ``first`` says what was kept, ``last`` what happens next."""
    if state.ticket is None:
        return Step(state, before, go=menu.person)
    number = SpokenTicketNumber(state.ticket.number, state.language)
    spoken: tuple[Spoken, ...] = (
        prompt(state, "ticket_number_is"),
        number,
        prompt(state, "ticket_number_again"),
        number,
        *last,
    )
    question = Collect(spoken, max_digits=1, timeout_ms=AFTER_NUMBER_MS)
    return ask(menu, state, Phase.TOLD, question, once=(prompt(state, first),), before=before)


def told(menu: Menu, state: State, event: Event) -> Step:
    """The number was told: silence ends the call, ``*`` repeats, ``0`` is a person."""
    if state.ticket is None:
        return Step(state, go=menu.person)
    spoken_twice = Note(CallEventName.TICKET_NUMBER_SPOKEN, {"number": state.ticket.number, "times": 2})
    if isinstance(event, Silence):
        goodbye = say_goodbye(state)
        return replace(goodbye, actions=(spoken_twice, *goodbye.actions))
    if isinstance(event, KeysPressed) and event.keys == REPEAT_KEY:
        return ask_again(menu, state)
    return common(menu, state, event) or strike(menu, state, "wrong")


def promise(state: State) -> tuple[Prompt, ...]:
    """When the answer comes: in how many days, and by which date."""
    if state.answer_by is None:
        return ()
    by = speech.answer_by(state.language, state.answer_by)
    return tuple(prompt(state, name) for name in (f"answer_within_days_{state.answer_days}", *by))
