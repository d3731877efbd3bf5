"""A caller on his way into a queue, or back from one: his position, how long, and a callback instead (pure)."""

from __future__ import annotations

from ivr import numbers, tickets
from ivr.actions import Action, Collect, Finish, Note, Play, Prompt, ReserveTicket
from ivr.asking import ask, common, prompt, recorder_on, strike
from ivr.callevents import CallEventName
from ivr.ending import queue_left
from ivr.events import Event, KeysPressed, QueueChosen, QueueTimedOut, Silence, TicketReserved
from ivr.menu import QUEUE_MINUTES, QUEUE_POSITIONS, Menu
from ivr.records import replace
from ivr.state import Notice, Phase, State, Step, Waiting

TICKET_KIND, TICKET_PRIORITY = "callback", "P3"
OFFER_MS = 5000


def begin(menu: Menu, event: QueueTimedOut) -> Step:
    """The queue gave the caller back."""
    due = event.waited - (event.offered_at or 0) >= event.callback_after
    onward = event.onward if event.onward != event.queue else None
    waiting = Waiting(
        event.queue,
        event.priority,
        None if onward else event.position,  # in the other queue nobody knows yet
        event.waited,
        event.waited if due else event.offered_at,
        onward,
        None if onward else event.minutes,
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
        return back(state, (*notice, Play(_position(state))))
    offered = Note(CallEventName.CALLBACK_OFFERED, {"queue": event.queue, "waited": event.waited})
    question = Collect((*_position(state), prompt(state, "callback_offer")), 1, OFFER_MS)
    return ask(menu, state, Phase.WAITING, question, before=(*notice, offered))


def chosen(menu: Menu, state: State, event: QueueChosen) -> Step:
    """The plan says which queue; where nobody is at work, a callback is offered before the caller waits."""
    entered = {"queue": event.queue, "priority": event.priority, "position": None}
    noted = Note(CallEventName.QUEUE_ENTERED, {**entered, **({"reason": event.reason} if event.reason else {})})
    if event.closed and state.waiting is None:
        state = replace(state, node="queue", waiting=Waiting(event.queue, event.priority, None, 0, 0))
        offered = Note(CallEventName.CALLBACK_OFFERED, {"queue": event.queue, "waited": 0})
        question = Collect((prompt(state, "queue_closed"), prompt(state, "callback_offer")), 1, OFFER_MS)
        return ask(menu, state, Phase.WAITING, question, before=(noted, offered))
    offered_at = state.waiting.offered_at if state.waiting else None
    finished = Note(CallEventName.IVR_FINISHED, {"next": "queue"})
    finish = Finish(state.language, event.queue, event.priority, offered_at)
    return Step(replace(state, phase=Phase.DONE), (noted, finished, finish))


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
    queue = waiting.onward or waiting.queue
    entered = {"queue": queue, "priority": waiting.priority, "position": waiting.position}
    return Step(
        replace(state, phase=Phase.DONE),
        (
            *before,
            *resume,
            queue_left(state, "overflow" if waiting.onward else "timeout"),
            Note(CallEventName.QUEUE_ENTERED, entered),
            Note(CallEventName.IVR_FINISHED, {"next": "queue"}),
            Finish(state.language, queue, waiting.priority, waiting.offered_at),
        ),
    )


def _notice(menu: Menu, state: State) -> tuple[Action, ...]:
    """That calls are recorded, noted when it was heard; no key cuts it short."""
    played = Note(CallEventName.NOTICE_PLAYED, {"complete": True, "short": True})
    return (Play((prompt(state, menu.notice_short),)), played)


def _position(state: State) -> tuple[Prompt, ...]:
    """His place, and how long that takes, when it is known."""
    waiting = state.waiting
    if waiting is None or waiting.position is None:
        return (prompt(state, "queue_wait"),)
    known = waiting.position in QUEUE_POSITIONS
    place = prompt(state, f"queue_position_{waiting.position}" if known else "queue_position_many")
    if waiting.minutes is None:
        return (place,)
    told = f"queue_minutes_{waiting.minutes}" if waiting.minutes in QUEUE_MINUTES else "queue_minutes_many"
    return (place, prompt(state, told))
