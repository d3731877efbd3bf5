"""Agents, queues and the state that an agent chooses, with and without the service that knows them."""

# ruff: noqa: F811  (fixtures that are imported are named again as arguments)

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from crm.db.calls import Call
from crm.db.contact_centre import AgentState, QueueVisit, RoutingVersion
from crm.db.people import User
from crm.domain.live import (
    ANSWER,
    ASKS,
    STATE_KEY,
    LiveAgent,
    LiveCaller,
    LiveQueue,
    LiveState,
    Reply,
    parse_ask,
)
from crm.services.live_door import RedisLive
from ivr.routing_plan import Member, Plan, Queue
from tests.database_fixture import database_url, postgres, sqlite_template  # noqa: F401  (fixtures)
from tests.factories import NOW, House, make_app, make_house
from tests.integration.crm_web.conftest import Api
from tests.redis_fixture import RedisServer, redis  # noqa: F401  (fixture)

pytestmark = pytest.mark.integration
PATIENCE = timedelta(milliseconds=500)
STATE = LiveState(
    NOW,
    (
        LiveAgent("alice", "Alice", "on_call", NOW - timedelta(seconds=40), "", "huiyin01-1.1", "web", ("service",)),
        LiveAgent("amy", "Amy", "paused", NOW, "meal", None, "desk", ("service", "loss")),
    ),
    (
        LiveQueue(
            "service",
            "客户服务",
            "Service",
            (LiveCaller("huiyin01-1.2", NOW - timedelta(seconds=31), "13800138001", 5, 1, "zh"),),
            0.5,
        ),
        LiveQueue("loss", "挂失", "Loss report"),
    ),
)
PLAN = Plan(
    3,
    (Queue("service", "service", "客户服务", "Service", service_level=20), Queue("loss", "loss", "挂失", "Loss")),
    (Member("alice", {"service": 1}), Member("amy", {"service": 2, "loss": 1})),
)


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    one = make_house(tmp_path / "house", url=database_url)
    yield one
    one.database.dispose()


@pytest.fixture
def ask(house: House, redis: RedisServer) -> Callable[[str], Api]:
    app = make_app(house, live=RedisLive(redis.url, lambda: NOW, PATIENCE))
    return lambda name: Api(app.test_client(), house.tokens[name])


def write_plan(house: House) -> None:
    with house.database.write() as session:
        session.add(RoutingVersion(version=3, made_at=NOW, made_by="test", document=PLAN.to_document()))
        people = {u.username: u for u in session.scalars(select(User))}
        session.add(AgentState(user_id=people["amy"].id, state="paused", reason="meal", since=NOW))


def test_agents_as_the_live_service_has_them(ask: Callable[[str], Api], redis: RedisServer) -> None:
    redis.client.set(STATE_KEY, STATE.to_json())
    found = ask("sam").get("/agents").json
    assert found["live"] is True
    assert found["next"] is None
    assert found["items"][0] == {
        "user": "alice",
        "display_name": "Alice",
        "state": "on_call",
        "reason": "",
        "since": "2026-11-21T06:29:20.000Z",
        "call_id": "huiyin01-1.1",
        "phone": "web",
        "queues": ["service"],
    }
    assert [one["user"] for one in found["items"]] == ["alice", "amy"]


def test_a_colleagues_call_and_reason_stay_his_own(ask: Callable[[str], Api], redis: RedisServer) -> None:
    redis.client.set(STATE_KEY, STATE.to_json())
    seen = {one["user"]: one for one in ask("amy").get("/agents").json["items"]}
    assert (seen["alice"]["state"], seen["alice"]["call_id"]) == ("on_call", None)
    assert seen["amy"]["reason"] == "meal"
    mine = ask("alice").get("/agents/me").json
    assert mine["call_id"] == "huiyin01-1.1"
    assert {"code": "meal", "title_zh": "用餐", "title_en": "Meal"} in mine["reasons"]
    assert ask("alice").get("/agents").json["items"][1]["reason"] == ""


def test_queues_with_callers_for_who_leads(ask: Callable[[str], Api], redis: RedisServer) -> None:
    redis.client.set(STATE_KEY, STATE.to_json())
    service, loss = ask("sam").get("/queues").json["items"]
    assert service["waiting"] == 1
    assert service["longest_wait_s"] == 31.0
    assert service["service_level"] == 0.5
    assert service["agents"] == {"on_call": 1, "paused": 1}
    assert service["callers"][0]["waited_s"] == 31.0
    assert service["callers"][0]["caller_number"] == "13800138001"
    assert (loss["waiting"], loss["longest_wait_s"], loss["service_level"]) == (0, 0.0, None)
    assert ask("alice").get("/queues").json["items"][0]["callers"] is None


@pytest.mark.parametrize("name", ["quinn", "root"])
def test_who_neither_answers_nor_leads_sees_nothing(ask: Callable[[str], Api], name: str) -> None:
    for path in ("/agents", "/queues", "/agents/me"):
        assert ask(name).get(path).status_code == 403
    assert ask(name).post("/agents/me/state", {"state": "available"}).status_code == 403


def test_without_the_live_service_the_last_rows_are_told(
    house: House,
    ask: Callable[[str], Api],
    redis: RedisServer,
) -> None:
    write_plan(house)
    redis.kill()
    found = ask("sam").get("/agents").json
    assert found["live"] is False
    assert [(one["user"], one["state"], one["queues"]) for one in found["items"]] == [
        ("alice", "offline", ["service"]),
        ("amy", "paused", ["service", "loss"]),
        ("sam", "offline", []),
    ]
    queues = ask("sam").get("/queues").json
    assert queues["live"] is False
    assert [(one["name"], one["waiting"], one["callers"]) for one in queues["items"]] == [
        ("service", None, None),
        ("loss", None, None),
    ]


def test_a_state_that_nobody_keeps_fresh_counts_for_nothing(
    house: House,
    ask: Callable[[str], Api],
    redis: RedisServer,
) -> None:
    write_plan(house)
    old = LiveState(NOW - timedelta(seconds=16), STATE.agents, STATE.queues)
    for text in (old.to_json(), "{}", "\xff"):
        redis.client.set(STATE_KEY, text)
        assert ask("sam").get("/agents").json["live"] is False, text


def test_the_service_level_counts_todays_waits(
    house: House,
    ask: Callable[[str], Api],
    redis: RedisServer,
) -> None:
    """Answered within 20 s: 2; later: 1; gave up after 5 s: 1. Sooner, yesterday, or gone on elsewhere: not counted."""
    write_plan(house)
    today = NOW - timedelta(hours=2)
    visits = [
        ("answered", 3.0, today), ("answered", 20.0, today), ("answered", 20.5, today), ("abandoned", 5.0, today),
        ("abandoned", 4.9, today), ("overflow", 60.0, today), ("answered", 1.0, NOW - timedelta(hours=15)),
    ]  # fmt: skip
    with house.database.write() as session:
        for number, (outcome, waited, entered) in enumerate(visits):
            session.add(Call(call_id=f"c{number}", language="zh", started_at=entered, menu_path=[], flags=[]))
            session.flush()
            session.add(
                QueueVisit(
                    call_id=f"c{number}", seq=0, queue="service", entered_at=entered, wait_time=waited, outcome=outcome
                )
            )
    redis.client.set(STATE_KEY, LiveState(NOW, (), (LiveQueue("service"), LiveQueue("loss"))).to_json())
    levels = {one["name"]: one["service_level"] for one in ask("sam").get("/queues").json["items"]}
    assert levels == {"service": 0.5, "loss": None}


def answer_once(redis: RedisServer, reply: Reply) -> tuple[threading.Thread, list[dict[str, object]]]:
    """A live service that answers one ask."""
    asked: list[dict[str, object]] = []

    def serve() -> None:
        with redis.client as client:
            taken = client.blpop([ASKS], timeout=4)
            if taken is not None:
                ask = parse_ask(taken[1])
                asked.append(dict(ask.args))
                client.rpush(ANSWER + ask.id, reply.to_json())

    thread = threading.Thread(target=serve)
    thread.start()
    return thread, asked


def test_an_agent_pauses_for_a_reason(ask: Callable[[str], Api], redis: RedisServer) -> None:
    paused = LiveAgent("alice", "Alice", "paused", NOW, "午休").to_document()
    thread, asked = answer_once(redis, Reply(paused))
    body = {"state": "paused", "reason": " 午休 "}
    headers = {"Idempotency-Key": "once"}
    answer = ask("alice").post("/agents/me/state", body, headers=headers)
    thread.join()
    assert (answer.status_code, answer.json) == (200, paused)
    assert asked == [{"user": "alice", "state": "paused", "reason": "午休"}]
    again = ask("alice").post("/agents/me/state", body, headers=headers)
    assert (again.status_code, again.json) == (200, paused)


def test_a_refusal_is_told(ask: Callable[[str], Api], redis: RedisServer) -> None:
    thread, _ = answer_once(redis, Reply(error="conflict", message="no phone of yours is registered"))
    answer = ask("alice").post("/agents/me/state", {"state": "available"})
    thread.join()
    assert (answer.status_code, answer.json["detail"]) == (409, "no phone of yours is registered")


def test_with_nobody_there_nothing_is_changed_and_nothing_left_behind(
    ask: Callable[[str], Api],
    redis: RedisServer,
) -> None:
    headers = {"Idempotency-Key": "once"}
    answer = ask("alice").post("/agents/me/state", {"state": "available"}, headers=headers)
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert "nothing was changed" in answer.json["detail"]
    assert redis.client.llen(ASKS) == 0
    thread, _ = answer_once(redis, Reply({"state": "available"}))
    assert ask("alice").post("/agents/me/state", {"state": "available"}, headers=headers).status_code == 200
    thread.join()
    redis.kill()
    assert ask("alice").post("/agents/me/state", {"state": "available"}).status_code == 503


@pytest.mark.parametrize(
    "body",
    [
        {}, {"state": "on_call"}, {"state": "paused"}, {"state": "paused", "reason": "  "},
        {"state": "paused", "reason": "x" * 41}, {"state": "paused", "reason": "a\nb"},
        {"state": "paused", "reason": 3},
    ],
)  # fmt: skip
def test_a_state_that_makes_no_sense_is_refused(ask: Callable[[str], Api], body: dict[str, object]) -> None:
    assert ask("alice").post("/agents/me/state", body).status_code == 422


def test_a_token_without_a_person_has_no_state(ask: Callable[[str], Api]) -> None:
    assert ask("auditor").post("/agents/me/state", {"state": "available"}).status_code == 403
    assert ask("auditor").get("/queues").status_code == 200
