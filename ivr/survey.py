"""After the conversation: how satisfied, and (if the house asks) whether one would recommend us (pure).

The agent has handed the caller over and is off the line: what is keyed here nobody else hears and nobody else keys.
Silence or wrong keys end it politely; ``0`` still leads to a person, but for the mark from 0 to 10, where it is one.
"""

from __future__ import annotations

from ivr.actions import Action, Collect, Note
from ivr.asking import PERSON_KEY, REPEAT_KEY, ask, ask_again, prompt, say_goodbye, strike, to_person
from ivr.callevents import CallEventName
from ivr.events import Event, KeysPressed, SurveyBegins
from ivr.menu import RECOMMENDATION, Menu
from ivr.records import replace
from ivr.state import Notice, Phase, State, Step, Survey

SCORES = frozenset("12345")
MARKS = frozenset(str(mark) for mark in range(11))
_TIMEOUT_MS = 6_000
_PROMPTS = {"satisfaction": "survey_score", "recommendation": "survey_recommend"}


def begin(menu: Menu, event: SurveyBegins) -> Step:
    """The agent has left; the first question."""
    state = State(
        language=event.language,
        caller_number=event.caller_number,
        node="survey",
        phase=Phase.SURVEY,
        notice=Notice.HEARD,
        survey=Survey(event.agent, menu.survey),
    )
    offered = Note(CallEventName.SURVEY_OFFERED, {"agent": event.agent, "questions": list(menu.survey)})
    return _next(menu, state, (offered,))


def answered(menu: Menu, state: State, event: Event) -> Step:
    """A key, or none."""
    survey = state.survey
    if survey is None or not survey.left:
        return _end(state, ())
    question = survey.left[0]
    keys = event.keys if isinstance(event, KeysPressed) else ""
    if keys == REPEAT_KEY:
        return ask_again(menu, state)
    if keys == PERSON_KEY and question != RECOMMENDATION:
        return to_person(menu, replace(state, survey=None))
    if keys not in (MARKS if question == RECOMMENDATION else SCORES):
        return strike(menu, state, "wrong" if keys else "silent", enough=lambda _menu, left: _end(left, ()))
    fields = {"question": question, "score": int(keys), "agent": survey.agent}
    noted = Note(CallEventName.SURVEY_ANSWERED, fields)
    left = replace(survey, left=survey.left[1:], answered=survey.answered + 1)
    return _next(menu, replace(state, survey=left), (noted,))


def _next(menu: Menu, state: State, before: tuple[Action, ...]) -> Step:
    survey = state.survey
    if survey is None or not survey.left:
        return _end(state, before)
    digits = 2 if survey.left[0] == RECOMMENDATION else 1
    question = Collect((prompt(state, _PROMPTS[survey.left[0]]),), digits, _TIMEOUT_MS)
    return ask(menu, state, Phase.SURVEY, question, before=before)


def _end(state: State, before: tuple[Action, ...]) -> Step:
    """Thanks to who said something; goodbye to everybody."""
    thanks = (prompt(state, "survey_thanks"),) if state.survey is not None and state.survey.answered else ()
    done = say_goodbye(state, first=thanks)
    return replace(done, actions=(*before, *done.actions))
