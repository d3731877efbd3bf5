"""The call as a machine: ``step(menu, state, event)`` gives the new state and what to do next (pure).

The runner (``agi.runner``) begins with ``CallArrived`` or ``QueueTimedOut``, carries out the actions, and
feeds back the event that the last one brings, until ``state.done``. Hanging up is an event like any other.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from ivr import complaints, numbers, progress, survey, tickets, waiting
from ivr.actions import Action, Collect, Note, ReserveTicket, Spoken
from ivr.asking import ask, common, leave, prompt, resolve, strike
from ivr.callevents import CallEventName
from ivr.ending import hang_up
from ivr.events import (
    CallArrived,
    CallerHungUp,
    Event,
    KeysPressed,
    MessageRecorded,
    ProgressFound,
    QueueChosen,
    QueueTimedOut,
    Silence,
    SurveyBegins,
    TicketRefused,
    TicketReserved,
)
from ivr.menu import Choice, LanguageNode, Menu, MessageNode, Node, Person, ProgressNode, PromptRef, TicketNode
from ivr.records import replace
from ivr.state import Notice, Phase, State, Step

NEW = State(language="")
"""A call of which nothing is known yet."""


def step(menu: Menu, state: State, event: Event) -> Step:
    """What happens next. A finished call stays finished."""
    if state.done:
        return Step(state)
    state, actions = _notice(state, event)
    done = _react(menu, state, event)
    actions += done.actions
    while done.go is not None or done.state.phase is Phase.NUMBER_KNOWN:
        done = _number_known(menu, done.state) if done.go is None else _enter(menu, done.state, done.go)
        actions += done.actions
    return Step(done.state, actions)


def _react(menu: Menu, state: State, event: Event) -> Step:
    if isinstance(event, CallArrived):
        return _arrive(menu, state, event)
    if isinstance(event, QueueTimedOut):
        return waiting.begin(menu, event)
    if isinstance(event, SurveyBegins):
        return survey.begin(menu, event)
    if isinstance(event, CallerHungUp):
        return hang_up(menu, state)
    if isinstance(event, KeysPressed | Silence):
        return _ANSWERED[state.phase](menu, state, event)
    return _happened(menu, state, event)


def _happened(
    menu: Menu,
    state: State,
    event: MessageRecorded | ProgressFound | QueueChosen | TicketReserved | TicketRefused,
) -> Step:
    if isinstance(event, MessageRecorded):
        return complaints.recorded(menu, state, event)
    if isinstance(event, ProgressFound):
        return progress.found(menu, state, event)
    if isinstance(event, QueueChosen):
        return waiting.chosen(menu, state, event)
    return _reserved(menu, state, event)


def _arrive(menu: Menu, state: State, event: CallArrived) -> Step:
    language = event.language if event.language in menu.languages else menu.languages[0]
    state = replace(
        state,
        language=language,
        caller_number=event.caller_number,
        answer_days=event.answer_days,
        answer_by=event.today + timedelta(days=event.answer_days),
        phase=Phase.MENU,
    )
    welcome = resolve(menu, state, menu.welcome)
    notice_after = 1 + next(i for i, said in enumerate(welcome) if said.id == menu.notice)
    return _choose(menu, replace(state, notice_after=notice_after), menu.start, once=welcome)


def _notice(state: State, event: Event) -> tuple[State, tuple[Action, ...]]:
    """Note whether the recording notice was heard to its end, once its question is answered."""
    if state.notice_after is None:
        return state, ()
    heard = isinstance(event, Silence) or (isinstance(event, KeysPressed) and event.heard >= state.notice_after)
    noted = Note(CallEventName.NOTICE_PLAYED, {"complete": heard, "short": False})
    return replace(state, notice_after=None, notice=Notice.HEARD if heard else Notice.UNHEARD), (noted,)


def _enter(menu: Menu, state: State, name: str) -> Step:
    node = menu.nodes[name]
    if isinstance(node, Person):
        return _to_person(menu, state, node)
    if isinstance(node, Choice):
        return _choose(menu, state, name)
    state = replace(state, node=name, said=(), phase=Phase.MENU)
    entered: tuple[Action, ...] = (Note(CallEventName.MENU_ENTERED, {"node": name}),)
    if isinstance(node, MessageNode):
        return complaints.begin(menu, state, node, entered)
    if isinstance(node, ProgressNode):
        return progress.begin(menu, state, node, entered)
    if isinstance(node, TicketNode):
        return Step(replace(state, phase=Phase.RESERVING, question=None), (*entered, ReserveTicket()))
    return _change_language(menu, state, node)


def _choose(menu: Menu, state: State, name: str, *, once: tuple[Spoken, ...] = ()) -> Step:
    node = menu.nodes[name]
    if not isinstance(node, Choice):
        return Step(state, go=name)
    spoken = (*state.said, *resolve(menu, state, node.prompts))
    question = Collect(spoken, max_digits=1, timeout_ms=node.timeout_ms)
    entered = Note(CallEventName.MENU_ENTERED, {"node": name})
    state = replace(state, node=name, said=())
    return ask(menu, state, Phase.MENU, question, once=once, before=(entered,))


def _chosen(menu: Menu, state: State, event: Event) -> Step:
    node: Node = menu.nodes[state.node]
    key = event.keys if isinstance(event, KeysPressed) else ""
    option = node.option(key) if isinstance(node, Choice) else None
    if option is None:
        return common(menu, state, event) or strike(menu, state, "wrong")
    chosen = Note(CallEventName.OPTION_CHOSEN, {"node": state.node, "option": option.name})
    return Step(state, (chosen,), go=option.go)


def _change_language(menu: Menu, state: State, node: LanguageNode) -> Step:
    """The other language from here on; its recording notice is said, as the first one may not be understood."""
    state = replace(state, language=menu.other_language(state.language), notice_after=1)
    changed = Note(CallEventName.LANGUAGE_CHOSEN, {"language": state.language})
    done = _choose(menu, state, node.go, once=(prompt(state, menu.notice),))
    return replace(done, actions=(changed, *done.actions))


def _to_person(menu: Menu, state: State, node: Person) -> Step:
    if state.waiting is not None:
        return waiting.back(state, ())
    said = state.said
    state, opened = tickets.open_ticket(replace(state, said=()), unfinished=True)
    done = leave(menu, state, node, said)
    entered = Note(CallEventName.MENU_ENTERED, {"node": node.name})
    return replace(done, actions=(*opened, entered, *done.actions))


def _reserved(menu: Menu, state: State, event: TicketReserved | TicketRefused) -> Step:
    node = menu.nodes.get(state.node)
    if isinstance(event, TicketRefused):
        person = menu.nodes[node.go if isinstance(node, TicketNode) else menu.person]
        if isinstance(person, Person):  # its own words may promise what was not done
            return _to_person(menu, state, replace(person, prompts=(PromptRef("fallback_sorry"),)))
        return Step(state, go=menu.person)
    if state.waiting is not None:
        return waiting.reserved(menu, state, event)
    if isinstance(node, TicketNode):
        state, started = tickets.start(state, event.number, node.ticket, node.ticket_priority)
        state, opened = tickets.open_ticket(state, unfinished=False)
        if state.caller_number is None:
            return numbers.begin_once(menu, state, node, (started, *opened))
        return Step(state, (started, *opened), go=node.go)
    return complaints.reserved(menu, state, event)


def _number_known(menu: Menu, state: State) -> Step:
    if state.waiting:
        return waiting.number_known(state)
    node = menu.nodes[state.node]
    if isinstance(node, TicketNode):
        return Step(replace(state, phase=Phase.MENU), go=node.go)
    return complaints.introduce(menu, state, ())


def _lost(menu: Menu, state: State, _event: Event) -> Step:
    """An answer that nobody asked for: the runner and the machine disagree, so a person helps."""
    return Step(state, go=menu.person)


_ANSWERED: dict[Phase, Callable[[Menu, State, Event], Step]] = {
    **dict.fromkeys(Phase, _lost),
    Phase.MENU: _chosen,
    Phase.CALLBACK_NUMBER: numbers.keyed,
    Phase.NUMBER_CONFIRM: numbers.confirmed,
    Phase.INTRO: complaints.introduced,
    Phase.KEEP: complaints.kept_or_again,
    Phase.TOLD: tickets.told,
    Phase.TICKET_NUMBER: progress.number_keyed,
    Phase.LAST_FOUR: progress.last_four_keyed,
    Phase.WAITING: waiting.answered,
    Phase.SURVEY: survey.answered,
}
"""Who understands the keys, by what was asked."""
