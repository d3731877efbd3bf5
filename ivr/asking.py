"""The conventions of every question: repeat, wrong keys, three strikes, a person, the end (pure)."""

from __future__ import annotations

from collections.abc import Callable

from ivr.actions import Action, ChooseQueue, Collect, Finish, Note, Play, Prompt, Spoken, StartRecorder, StopRecorder
from ivr.callevents import CallEventName
from ivr.events import Event, KeysPressed, Silence
from ivr.menu import Menu, Person, PromptRef
from ivr.records import replace
from ivr.state import Notice, Phase, State, Step

PERSON_KEY = "0"
REPEAT_KEY = "*"

OnStrikes = Callable[[Menu, State], Step]


def prompt(state: State, prompt_id: str) -> Prompt:
    """A sentence in the caller's language."""
    return Prompt(prompt_id, state.language)


def resolve(menu: Menu, state: State, refs: tuple[PromptRef, ...]) -> tuple[Prompt, ...]:
    """A menu's prompts in the languages they are spoken in."""
    other = menu.other_language(state.language)
    return tuple(Prompt(ref.id, other if ref.other else state.language) for ref in refs)


def ask(
    menu: Menu,
    state: State,
    phase: Phase,
    question: Collect,
    *,
    once: tuple[Spoken, ...] = (),
    before: tuple[Action, ...] = (),
) -> Step:
    """Put a question; ``once`` is said before it this time only, ``before`` is done first."""
    if state.questions >= menu.max_questions:
        return Step(state, before, go=menu.person)
    state = replace(state, phase=phase, question=question, questions=state.questions + 1, tries=0)
    return Step(state, (*before, replace(question, spoken=(*once, *question.spoken))))


def ask_again(menu: Menu, state: State, *once: Spoken, before: tuple[Action, ...] = ()) -> Step:
    """Put the current question once more, counting the tries on."""
    if state.question is None:
        return Step(state, before, go=menu.person)
    tries = state.tries
    again = ask(menu, state, state.phase, state.question, once=once, before=before)
    return replace(again, state=replace(again.state, tries=tries))


def strike(
    menu: Menu,
    state: State,
    reason: str,
    *,
    say: str | None = None,
    enough: OnStrikes | None = None,
) -> Step:
    """Count a wrong or silent try; the last one leads to a person, or where ``enough`` says."""
    tries = state.tries + 1
    state = replace(state, tries=tries)
    noted = Note(CallEventName.INPUT_FAILED, {"node": state.node, "reason": reason, "tries": tries})
    if tries >= menu.tries:
        step = enough(menu, state) if enough else Step(state, go=menu.person)
        return replace(step, actions=(noted, *step.actions))
    sorry = prompt(state, say or ("no_key" if reason == "silent" else "wrong_key"))
    return ask_again(menu, state, sorry, before=(noted,))


def common(menu: Menu, state: State, event: Event, *, enough: OnStrikes | None = None) -> Step | None:
    """What silence, ``*`` and ``0`` mean at a question with one key; None when it is another key."""
    if isinstance(event, Silence):
        return strike(menu, state, "silent", enough=enough)
    if not isinstance(event, KeysPressed):
        return ask_again(menu, state)
    if event.keys == REPEAT_KEY:
        return ask_again(menu, state)
    if event.keys == PERSON_KEY:
        return to_person(menu, state)
    return None


def to_person(menu: Menu, state: State) -> Step:
    """The caller wants a person."""
    chosen = Note(CallEventName.OPTION_CHOSEN, {"node": state.node, "option": "person"})
    return Step(state, (chosen,), go=menu.person)


def recorder_off(state: State) -> tuple[State, tuple[Action, ...]]:
    """Stop the recorder, if it runs: digits that identify somebody are asked for."""
    return (replace(state, recorder_on=False), (StopRecorder(),)) if state.recorder_on else (state, ())


def recorder_on(state: State) -> tuple[State, tuple[Action, ...]]:
    """Start the recorder, if it was stopped."""
    return (state, ()) if state.recorder_on else (replace(state, recorder_on=True), (StartRecorder(),))


def leave(menu: Menu, state: State, node: Person, said: tuple[Spoken, ...]) -> Step:
    """Hand the caller over to a queue: with the recording notice, if it has not been heard."""
    state, actions = recorder_on(state)
    spoken: tuple[Spoken, ...] = (*said, *resolve(menu, state, node.prompts))
    if state.notice is not Notice.HEARD:
        spoken = (prompt(state, menu.notice_short), *spoken)
        actions += (Note(CallEventName.NOTICE_PLAYED, {"complete": True, "short": True}),)
    choose = ChooseQueue(node.queue, node.priority, state.language, state.caller_number)
    return Step(replace(state, phase=Phase.ROUTING, notice=Notice.HEARD), (*actions, Play(spoken), choose))


def say_goodbye(state: State, *, first: tuple[Prompt, ...] = ()) -> Step:
    """The call has done what it was for. ``first``: said before the goodbye."""
    state, actions = recorder_on(state)
    return Step(
        replace(state, phase=Phase.DONE),
        (
            *actions,
            Play((*first, prompt(state, "goodbye"))),
            Note(CallEventName.IVR_FINISHED, {"next": "hangup"}),
            Finish(state.language),
        ),
    )
