"""The pages of who leads: board, wallboard, an agent's day, the routing plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.db.contact_centre import AgentState, CallLeg, RoutingVersion
from crm.db.people import User
from crm.domain.live import LiveAgent, LiveCaller, LiveQueue, LiveState
from crm.services.switchboard import NotPossibleError
from crm.web.board import display_key
from ivr.switchboard import Verb
from tests.factories import NOW, Clock, House, make_app
from tests.integration.crm_web.conftest import Browser

pytestmark = pytest.mark.integration


class Floor:
    """A floor that stands still."""

    def state(self) -> LiveState:
        agents = (
            LiveAgent("alice", "Alice", "on_call", NOW - timedelta(seconds=75), "", "c-1", "web", ("service",)),
            LiveAgent("amy", "Amy", "paused", NOW - timedelta(seconds=5), "meal", None, "desk", ("service",)),
        )
        waiting = (LiveCaller("c-2", NOW - timedelta(seconds=31), "13800138001"),)
        return LiveState(NOW, agents, (LiveQueue("service", "客户服务", "Customer service", waiting, 0.875),))

    def ask(self, _verb: str, _args: Mapping[str, Any]) -> Mapping[str, Any]:
        raise AssertionError("nothing is asked here")


@pytest.fixture
def lively(house: House) -> Flask:
    return make_app(house, Clock(), live=Floor())


@pytest.fixture
def sam(lively: Flask) -> Browser:
    browser = Browser(lively)
    browser.log_in("sam")
    return browser


def test_the_board_shows_who_waits_and_who_does_what(sam: Browser) -> None:
    text = sam.get("/board/", headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert "00:31" in text
    assert "01:15" in text
    assert "88 %" in text
    assert "13800138001" not in text  # a board names no callers


@pytest.mark.parametrize("path", ["/board/", "/board/now", "/routing/"])
@pytest.mark.parametrize(("who", "status"), [("alice", 403), ("handler", 403), ("sam", 200), ("dora", 200)])
def test_the_board_is_for_who_leads(lively: Flask, path: str, who: str, status: int) -> None:
    browser = Browser(lively)
    browser.log_in(who)
    assert browser.get(path).status_code == status


def test_a_screen_on_the_wall_needs_its_address_and_no_login(lively: Flask) -> None:
    with lively.app_context():
        key = display_key()
    visitor = lively.test_client()
    assert visitor.get("/wallboard/").status_code == 302
    assert visitor.get(f"/wallboard/display/{'0' * 32}").status_code == 404
    shown = visitor.get(f"/wallboard/display/{key}").get_data(as_text=True)
    assert "00:31" in shown
    assert "Alice" not in shown
    assert visitor.get(f"/wallboard/display/{key}/now").status_code == 200


def test_an_agent_reads_his_own_day_and_nobody_elses(lively: Flask, house: House) -> None:
    with house.database.write() as session:
        alice = session.scalars(select(User).where(User.username == "alice")).one()
        since = NOW - timedelta(minutes=10)
        session.add(AgentState(user_id=alice.id, state="available", since=since, until=NOW - timedelta(minutes=4)))
        session.add(AgentState(user_id=alice.id, state="on_call", since=NOW - timedelta(minutes=4), call_id="c-1"))
        leg = CallLeg(
            call_id=house.call_ids["english"], leg="1.2", agent="alice", kind="queue", rang_at=since, talk_time=65.0,
            outcome="answered",
        )  # fmt: skip
        session.add(leg)
    own = Browser(lively)
    own.log_in("alice")
    text = own.get("/board/agents/alice").get_data(as_text=True)
    assert "06:00" in text  # available
    assert "04:00" in text  # on the call, still
    assert "1:05" in text  # talked
    assert own.get("/board/agents/amy").status_code == 403
    assert own.get("/board/agents/nobody").status_code == 403


def test_a_plan_is_changed_as_a_whole_and_taken_back(sam: Browser, house: House) -> None:
    page = sam.get("/routing/")
    assert page.status_code == 200
    form = _form(house) | {"queue.service.service_level": "30", "reason": "slower days"}
    assert sam.post("/routing/", form).status_code == 302
    assert _documents(house)[-1]["queues"][0]["service_level"] == 30
    sam.get("/routing/")
    stale = sam.post("/routing/", form, follow_redirects=True)  # made from the version before
    assert len(_documents(house)) == 2
    assert stale.status_code == 200
    sam.get("/routing/")
    assert sam.post("/routing/versions/1/again", {}).status_code == 302
    assert [one["queues"][0]["service_level"] for one in _documents(house)] == [20, 30, 20]


@pytest.mark.parametrize(
    "change",
    [
        {"queue.service.ring_time": "1"},
        {"queue.service.overflow_to": "service"},
        {"queue.service.overflow_to": "nowhere"},
        {"queue.loss.always": "", "queue.loss.day1": "25:00-26:00"},
        {"member.alice.languages": "asked", "member.alice.speaks_zh": "", "member.alice.speaks_en": ""},
    ],
)
def test_a_plan_that_would_leave_callers_alone_is_refused_whole(
    sam: Browser, house: House, change: dict[str, str]
) -> None:
    sam.get("/routing/")
    answer = sam.post("/routing/", _form(house) | change | {"reason": "a mistake"})
    assert answer.status_code == 200
    assert 'class="alert' in answer.get_data(as_text=True)
    assert len(_documents(house)) == 1


def _form(house: House) -> dict[str, str]:
    """What a browser sends of an untouched page."""
    document = _documents(house)[-1]
    form = {"version": str(document["version"])}
    for queue in document["queues"]:
        form[f"queue.{queue['name']}.always"] = "1"
    for member in document["members"]:
        field = f"member.{member['agent']}."
        form |= {f"{field}languages": "asked", f"{field}speaks_zh": "1", f"{field}speaks_en": "1"}
    return form


def _documents(house: House) -> list[dict[str, Any]]:
    with house.database.read() as session:
        return list(session.scalars(select(RoutingVersion.document).order_by(RoutingVersion.version)))


class Door:
    """A switchboard that writes down what it was asked, or refuses."""

    def __init__(self, refuses: str = "") -> None:
        self.refuses = refuses
        self.asked: list[tuple[Verb, Mapping[str, Any]]] = []

    def ask(self, verb: Verb, args: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked.append((verb, args))
        if self.refuses:
            raise NotPossibleError(self.refuses)
        return {}


@pytest.mark.parametrize(
    ("refuses", "tone"), [("", "alert-success"), ("no_phone", "alert-warning"), ("not_on_call", "alert-warning")]
)
def test_a_supervisor_joins_a_call_and_the_agent_sees_it_in_his_record(house: House, refuses: str, tone: str) -> None:
    door = Door(refuses)
    app = make_app(house, Clock(), live=Floor(), switchboard=door)
    sam = Browser(app)
    sam.log_in("sam")
    assert "join-alice-listen" in sam.get("/board/").get_data(as_text=True)
    answer = sam.post("/board/calls/c-1/take-over", {"agent": "alice"})
    assert tone in answer.get_data(as_text=True)
    assert door.asked == [(Verb.TAKE_OVER, {"call_id": "c-1", "agent": "alice", "supervisor": "sam"})]
    alice = Browser(app)
    alice.log_in("alice")
    assert "sam" in alice.get("/board/agents/alice").get_data(as_text=True)


def test_only_who_supervises_joins(house: House) -> None:
    door = Door()
    app = make_app(house, Clock(), live=Floor(), switchboard=door)
    for who, status in (("alice", 403), ("audrey", 403), ("handler", 403)):
        browser = Browser(app)
        browser.log_in(who)
        browser.get("/account/")
        assert browser.post("/board/calls/c-1/listen", {"agent": "alice"}).status_code == status
    assert door.asked == []
