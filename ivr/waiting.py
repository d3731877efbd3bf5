"""A caller whose queue has no agent yet: his position, and after a time a callback instead (pure)."""

from __future__ import annotations

from ivr import numbers, tickets
from ivr.actions import Action, Collect, Finish, Note, Play, Prompt, ReserveTicket
from ivr.asking import ask, common, prompt, recorder_on, strike
from ivr.callevents import CallEventName
from ivr.ending import queue_left
from ivr.events import Event, KeysPressed, QueueTimedOut, Silence, TicketReserved
from ivr.menu import QUEUE_POSITIONS, Menu
from ivr.records import replace
from ivr.state import Notice, Phase, State, Step, Waiting

TICKET_KIND, TICKET_PRIORITY = "callback", "P3"
OFFER_MS = 5000


def begin(menu: Menu, event: QueueTimedOut) -> Step:
    """The queue gave the caller back."""
    due = event.waited - (event.offered_at or 0) >= event.callback_after
    waiting = Waiting(
        event.queue, event.priority, event.position, event.waited, event.waited if due else event.offered_at
    )
    state = State(
        language=event.language,
        caller_number=event.caller_number,
        node="queue",
        phase=Phase.WAITING,
        notice=Notice.HEARD,
        waiting=waiting,
    )
    notice = () if event.notice_heard else _notice(menu, state)
    if not due:
        return back(state, (*notice, Play((_position(state),))))
    offered = Note(CallEventName.CALLBACK_OFFERED, {"queue": event.queue, "waited": event.waited})
    question = Collect((_position(state), prompt(state, "callback_offer")), 1, OFFER_MS)
    return ask(menu, state, Phase.WAITING, question, before=(*notice, offered))


def answered(menu: Menu, state: State, event: Event) -> Step:
    """1 takes the callback; 2, 0 or silence go on waiting."""
    key = event.keys if isinstance(event, KeysPressed) else ""
    if isinstance(event, Silence) or key in {"0", "2"}:
        return back(state, ())
    if key == "1":
        return number_known(state) if state.caller_number else numbers.begin(menu, state, ())
    return common(menu, state, event) or strike(menu, state, "wrong")


def number_known(state: State) -> Step:
    """There is a number to call: make the ticket."""
    return Step(replace(state, phase=Phase.RESERVING, question=None), (ReserveTicket(),))


def reserved(menu: Menu, state: State, event: TicketReserved) -> Step:
    """Open the callback's ticket and tell its number."""
    state, started = tickets.start(state, event.number, TICKET_KIND, TICKET_PRIORITY)
    state, opened = tickets.open_ticket(state, unfinished=False)
    before = (started, *opened, queue_left(state, "callback"))
    return tickets.tell(
        menu, replace(state, waiting=None), before, first="callback_kept", last=(prompt(state, "callback_taken"),)
    )


def back(state: State, before: tuple[Action, ...]) -> Step:
    """Into the same queue again, with the same priority."""
    waiting = state.waiting
    if waiting is None:
        raise TypeError("the caller does not come from a queue")
    state, resume = recorder_on(state)
    entered = {"queue": waiting.queue, "priority": waiting.priority, "position": waiting.position}
    return Step(
        replace(state, phase=Phase.DONE),
        (
            *before,
            *resume,
            queue_left(state, "timeout"),
            Note(CallEventName.QUEUE_ENTERED, entered),
            Note(CallEventName.IVR_FINISHED, {"next": "queue"}),
            Finish(state.language, waiting.queue, waiting.priority, waiting.offered_at),
        ),
    )


def _notice(menu: Menu, state: State) -> tuple[Action, ...]:
    """That calls are recorded, noted when it was heard; no key cuts it short."""
    played = Note(CallEventName.NOTICE_PLAYED, {"complete": True, "short": True})
    return (Play((prompt(state, menu.notice_short),)), played)


def _position(state: State) -> Prompt:
    position = state.waiting.position if state.waiting else None
    if position is None:
        return prompt(state, "queue_wait")
    known = position in QUEUE_POSITIONS
    return prompt(state, f"queue_position_{position}" if known else "queue_position_many")
