"""The questions after a conversation: what is noted, and that every way through them ends."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.actions import Action, ChooseQueue, Collect, Finish, Note, Play
from ivr.callevents import CallEventName as Name
from ivr.events import CallerHungUp, Event, KeysPressed, QueueChosen, Silence, SurveyBegins
from ivr.machine import NEW, step
from ivr.menu import RECOMMENDATION, SATISFACTION, Menu
from ivr.menufile import MenuError, parse

IVR = Path(__file__).resolve().parents[3] / "ivr"
CATALOGUES = {
    language: tomllib.loads((IVR / "prompts" / f"{language}.toml").read_text("utf-8"))["prompts"].keys()
    for language in ("zh", "en")
}
TEXT = (IVR / "menus" / "default.toml").read_text("utf-8")
MENU: Menu = parse(TEXT, CATALOGUES)
SHORT = replace(MENU, survey=(SATISFACTION,))
BEGIN = SurveyBegins("13800001234", "en", "alice")


def walk(menu: Menu, *events: Event) -> tuple[list[Action], bool]:
    """Everything that is done, and whether it has come to its end."""
    state, actions = NEW, list[Action]()
    for event in (BEGIN, *events):
        result = step(menu, state, event)
        state, actions = result.state, [*actions, *result.actions]
    return actions, state.done


def noted(actions: list[Action]) -> list[tuple[str, object]]:
    answers = [one.fields for one in actions if isinstance(one, Note) and one.event is Name.SURVEY_ANSWERED]
    return [(str(one["question"]), one["score"]) for one in answers]


def said(actions: list[Action]) -> list[str]:
    spoken = [one.spoken for one in actions if isinstance(one, Collect | Play)]
    return [getattr(each, "id", "") for row in spoken for each in row]


def test_a_mark_and_a_recommendation_are_noted_with_the_agent_who_handed_over() -> None:
    actions, done = walk(MENU, KeysPressed("4"), KeysPressed("10"))
    assert done
    assert noted(actions) == [(SATISFACTION, 4), (RECOMMENDATION, 10)]
    offered = next(one for one in actions if isinstance(one, Note))
    assert offered.fields == {"agent": "alice", "questions": [SATISFACTION, RECOMMENDATION]}
    assert said(actions) == ["survey_score", "survey_recommend", "survey_thanks", "goodbye"]
    assert all(each.language == "en" for one in actions if isinstance(one, Collect | Play) for each in one.spoken)  # type: ignore[union-attr]  # prompts only
    assert isinstance(actions[-1], Finish)
    assert actions[-1].queue is None


@pytest.mark.parametrize(
    ("keys", "answers", "last"),
    [
        (["5"], [(SATISFACTION, 5)], ["survey_thanks", "goodbye"]),
        (["9", "3"], [(SATISFACTION, 3)], ["survey_thanks", "goodbye"]),
        (["*", "1"], [(SATISFACTION, 1)], ["survey_thanks", "goodbye"]),
        (["7", "8", "6"], [], ["goodbye"]),
        ([None, None, None], [], ["goodbye"]),
    ],
)
def test_only_a_mark_from_one_to_five_counts(
    keys: list[str | None], answers: list[tuple[str, int]], last: list[str]
) -> None:
    actions, done = walk(SHORT, *(Silence() if key is None else KeysPressed(key) for key in keys))
    assert done
    assert noted(actions) == answers
    assert said(actions)[-len(last) :] == last


def test_nought_is_a_recommendation_but_leads_to_a_person_before() -> None:
    actions, done = walk(MENU, KeysPressed("2"), KeysPressed("0"))
    assert done
    assert noted(actions) == [(SATISFACTION, 2), (RECOMMENDATION, 0)]
    actions, done = walk(MENU, KeysPressed("0"))
    assert not done
    assert isinstance(actions[-1], ChooseQueue)
    actions, done = walk(MENU, KeysPressed("0"), QueueChosen("service", 0))
    assert done
    assert actions[-1] == Finish("en", "service", 0)


def test_who_hangs_up_has_said_what_he_said() -> None:
    actions, done = walk(MENU, KeysPressed("1"), CallerHungUp())
    assert done
    assert noted(actions) == [(SATISFACTION, 1)]


@pytest.mark.parametrize("wrong", ['["mood"]', "[]", '["satisfaction", "satisfaction"]'])
def test_a_menu_that_asks_what_there_is_not_is_refused(wrong: str) -> None:
    with pytest.raises(MenuError, match="survey must be"):
        parse(TEXT.replace('["satisfaction", "recommendation"]', wrong), CATALOGUES)


@settings(max_examples=60)
@given(st.lists(st.one_of(st.just(Silence()), st.text("0123456789*#", max_size=3).map(KeysPressed)), max_size=12))
def test_whatever_is_keyed_it_ends_and_counts_each_question_once(events: list[Event]) -> None:
    state, actions = NEW, list[Action]()
    for event in (BEGIN, *events):
        if state.done or (actions and isinstance(actions[-1], ChooseQueue)):
            break
        result = step(MENU, state, event)
        state, actions = result.state, [*actions, *result.actions]
    answers = noted(actions)
    assert len({question for question, _score in answers}) == len(answers)
    assert all(1 <= int(str(score)) <= 5 for question, score in answers if question == SATISFACTION)
    assert all(0 <= int(str(score)) <= 10 for question, score in answers if question == RECOMMENDATION)
