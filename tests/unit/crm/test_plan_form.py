"""The routing plan as a form: there and back, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.plan_form import hours, hours_shown, plan_of, with_agents
from ivr.routing_plan import Member, Opening, Plan, Queue

PLAN = Plan(
    3,
    (
        Queue("service", "service", "综合", "Service", opening=(Opening(0, 510, 720), Opening(0, 780, 1200))),
        Queue("loss", "loss", "挂失", "Loss"),
    ),
    (Member("ann", {"service": 1, "loss": 2}), Member("bob", {"service": 3}, ("zh",))),
)


def test_an_untouched_form_changes_nothing() -> None:
    assert plan_of(PLAN, {"queue.loss.always": "1"}) == (PLAN, ())


def test_new_agents_get_a_row_and_who_left_has_none() -> None:
    plan = with_agents(PLAN, ["bob", "cy"])
    assert plan.members == (PLAN.members[1], Member("cy", {}, ("zh", "en")))


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("", ()),
        ("08:30-12:00, 13:00-20:00", ((510, 720), (780, 1200))),
        ("13:00-20:00，08:30–12:00", ((510, 720), (780, 1200))),
        ("00:00-24:00", ((0, 1440),)),
        ("08：30-09：00", ((510, 540),)),
    ],
)
def test_hours_are_read(text: str, spans: tuple[tuple[int, int], ...]) -> None:
    assert hours(text) == spans


@pytest.mark.parametrize("text", ["8-12", "12:00-08:00", "09:00-09:00", "00:00-24:01", "x", "09:00-25:00", "09:00"])
def test_what_is_no_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="hours"):
        hours(text)


def test_hours_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        hours("09:00-12:00, 11:59-13:00")


@given(st.lists(st.integers(0, 1440), min_size=0, max_size=6, unique=True))
def test_hours_come_back_as_they_were_typed(minutes: list[int]) -> None:
    edges = sorted(minutes)[: len(minutes) // 2 * 2]
    spans = tuple(zip(edges[::2], edges[1::2], strict=True))
    queue = Queue("q", "service", "问", "Q", opening=tuple(Opening(4, *span) for span in spans))
    assert hours(hours_shown(queue, 4)) == spans


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("queue.service.ring_time", "4", "number"),
        ("queue.service.ring_time", "ten", "number"),
        ("queue.service.ring_time", "٣٠", "number"),
        ("queue.service.overflow_ratio", "-1", "ratio"),
        ("queue.service.title_en", " ", "title"),
        ("queue.service.day2", "noon", "hours"),
        ("member.ann.service", "10", "level"),
        ("new.name", "Loud Name", "name"),
        ("new.name", "cards-en", "name"),
        ("new.name", "loss", "taken"),
    ],
)
def test_what_is_wrong_is_named(field: str, value: str, code: str) -> None:
    _plan, errors = plan_of(PLAN, {"queue.loss.always": "1", field: value})
    assert [(error.field, error.code) for error in errors] == [(field, code)]


def test_a_queue_that_never_opens_is_refused() -> None:
    _plan, errors = plan_of(PLAN, {f"queue.service.day{day}": "" for day in range(7)} | {"queue.loss.always": "1"})
    assert [(error.field, error.code) for error in errors] == [("queue.service.always", "never_open")]


def test_skills_and_languages_change() -> None:
    form = {
        "queue.loss.always": "1",
        "member.ann.service": "",
        "member.ann.cards": "5",
        "member.ann.languages": "asked",
        "member.ann.speaks_en": "1",
    }
    plan, errors = plan_of(PLAN, form)
    assert errors == ()
    assert plan.members[0] == Member("ann", {"loss": 2, "cards": 5}, ("en",))
    assert plan.members[1] == PLAN.members[1]


def test_an_agent_with_skills_speaks_something() -> None:
    _plan, errors = plan_of(PLAN, {"queue.loss.always": "1", "member.bob.languages": "asked"})
    assert [(error.field, error.code) for error in errors] == [("member.bob.languages", "no_language")]


def test_a_queue_is_added_and_one_removed() -> None:
    form = {
        "queue.loss.remove": "1",
        "new.name": "duty",
        "new.business": "service",
        "new.title_zh": "值班",
        "new.title_en": "Duty",
    }
    plan, errors = plan_of(PLAN, form)
    assert errors == ()
    assert [queue.name for queue in plan.queues] == ["service", "duty"]
