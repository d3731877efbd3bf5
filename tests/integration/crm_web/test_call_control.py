"""An agent's call while it runs, a supervisor's steps into it: who may, what is asked for, and the trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from crm.db.records import AuditEntry
from crm.domain.live import LiveAgent, LiveQueue, LiveState
from crm.services import audit
from crm.services.switchboard import CallGoneError, ExchangeAwayError, NotPossibleError
from ivr.switchboard import SwitchboardCode, Verb
from tests.factories import NOW, House, make_app
from tests.integration.crm_web.conftest import Api

pytestmark = pytest.mark.integration
CALL = "huiyin01-1795322129.7"
STATE = LiveState(
    NOW,
    (
        LiveAgent("alice", "Alice", "on_call", NOW, "", CALL, "web", ("service",)),
        LiveAgent("amy", "Amy", "available", NOW, "", None, "desk", ("service",)),
    ),
    (LiveQueue("service", "客户服务", "Service"),),
)


class Door:
    """A switchboard that writes down what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.refuses: Exception | None = None

    def ask(self, verb: Verb, args: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked.append((verb, dict(args)))
        if self.refuses:
            raise self.refuses
        return {"to": "amy"} if verb is Verb.TRANSFER else {}


class Told:
    """A live service with one state."""

    def __init__(self, state: LiveState) -> None:
        self.told = state

    def state(self) -> LiveState:
        return self.told

    def ask(self, verb: str, args: Mapping[str, Any]) -> Mapping[str, Any]:
        raise NotImplementedError


@pytest.fixture
def own_house(template_house: House, tmp_path: Path) -> House:
    return template_house.copy(tmp_path / "own")


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def told() -> Told:
    return Told(STATE)


@pytest.fixture
def ask(own_house: House, door: Door, told: Told, built_assets: None) -> Callable[[str], Api]:
    app = make_app(own_house, live=told, switchboard=door)
    return lambda name: Api(app.test_client(), own_house.tokens[name])


@pytest.mark.parametrize(
    ("path", "body", "verb", "args"),
    [
        ("transfer", {"target": "agent:amy"}, Verb.BLIND_TRANSFER, {"target": "agent:amy"}),
        ("transfer", {"target": "queue:service"}, Verb.BLIND_TRANSFER, {"target": "queue:service"}),
        ("transfer", {}, Verb.TRANSFER, {}),
        ("consult", {"target": "agent:amy"}, Verb.CONSULT, {"target": "agent:amy"}),
        ("consult/cancel", {}, Verb.CONSULT_CANCEL, {}),
        ("conference", {}, Verb.CONFERENCE, {}),
        ("conference", {"target": "agent:amy"}, Verb.CONFERENCE, {"target": "agent:amy"}),
        ("hang-up", {}, Verb.HANG_UP, {}),
    ],
)
def test_an_agent_controls_his_own_call(
    ask: Callable[[str], Api], door: Door, path: str, body: dict[str, str], verb: Verb, args: dict[str, str]
) -> None:
    answer = ask("alice").post(f"/calls/{CALL}/{path}", body)
    assert answer.status_code == 200, answer.text
    assert (answer.json["call_id"], answer.json["done"]) == (CALL, verb)
    assert door.asked == [(verb, {"call_id": CALL, "agent": "alice", **args})]


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("transfer", "agent:alice"), ("transfer", "agent:nobody"), ("transfer", "queue:none"), ("transfer", "amy"),
        ("transfer", "13800138000"), ("consult", "queue:service"), ("conference", "queue:service"),
        ("consult", "agent:"), ("consult", None), ("transfer", 7), ("transfer", "agent:amy\n"),
    ],
)  # fmt: skip
def test_a_call_goes_only_to_colleagues_and_queues(
    ask: Callable[[str], Api], door: Door, path: str, target: object
) -> None:
    assert ask("alice").post(f"/calls/{CALL}/{path}", {"target": target}).status_code == 422
    assert door.asked == []


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (NotPossibleError(SwitchboardCode.NOT_ON_CALL, "alice is not on this call"), 409),
        (NotPossibleError(SwitchboardCode.NO_PHONE, "amy has no phone registered"), 409),
        (CallGoneError(SwitchboardCode.UNKNOWN_CALL, "there is no such call now"), 404),
        (ExchangeAwayError(SwitchboardCode.NO_EXCHANGE, "the phone side does not answer"), 503),
    ],
)
def test_what_the_switchboard_refuses_is_told(
    ask: Callable[[str], Api], door: Door, refusal: Exception, status: int
) -> None:
    door.refuses = refusal
    answer = ask("alice").post(f"/calls/{CALL}/transfer", {"target": "agent:amy"})
    assert (answer.status_code, answer.json["detail"]) == (status, str(refusal))
    assert answer.content_type == "application/problem+json"


def test_a_repeated_transfer_is_made_once(ask: Callable[[str], Api], door: Door) -> None:
    headers = {"Idempotency-Key": "k1"}
    first, again = (ask("alice").post(f"/calls/{CALL}/transfer", {}, headers=headers) for _ in range(2))
    assert (first.json, len(door.asked)) == (again.json, 1)
    door.refuses = NotPossibleError(SwitchboardCode.BUSY, "amy is on a call")
    headers = {"Idempotency-Key": "k2"}
    assert ask("alice").post(f"/calls/{CALL}/transfer", {}, headers=headers).status_code == 409
    door.refuses = None
    assert ask("alice").post(f"/calls/{CALL}/transfer", {}, headers=headers).status_code == 200


def test_without_a_switchboard_nothing_is_promised(own_house: House, told: Told, built_assets: None) -> None:
    api = Api(make_app(own_house, live=told).test_client(), own_house.tokens["alice"])
    assert api.post(f"/calls/{CALL}/hang-up", {}).status_code == 503


WAYS = ("listen", "whisper", "barge", "take-over")


@pytest.mark.parametrize("way", WAYS)
def test_a_supervisors_step_leaves_its_trace(ask: Callable[[str], Api], own_house: House, door: Door, way: str) -> None:
    verb = way.replace("-", "_")
    answer = ask("sam").post(f"/calls/{CALL}/{way}", {})
    assert (answer.status_code, answer.json["agent"]) == (200, "alice")
    assert door.asked == [(verb, {"call_id": CALL, "agent": "alice", "supervisor": "sam"})]
    with own_house.database.read() as session:
        row = session.scalars(select(AuditEntry).where(AuditEntry.subject == "agent:alice")).one()
        assert (row.actor, row.action, row.detail) == ("sam", f"call.{verb}", {"call_id": CALL})
        assert audit.verify(session).broken is None


def test_a_step_that_failed_is_in_the_trace_as_well(ask: Callable[[str], Api], own_house: House, door: Door) -> None:
    door.refuses = NotPossibleError(SwitchboardCode.NO_PHONE, "sam has no phone registered")
    assert ask("sam").post(f"/calls/{CALL}/listen", {"agent": "alice"}).status_code == 409
    with own_house.database.read() as session:
        rows = session.scalars(
            select(AuditEntry).where(AuditEntry.subject == "agent:alice").order_by(AuditEntry.id)
        ).all()
    assert [row.action for row in rows] == ["call.listen", "call.listen_refused"]
    assert rows[1].detail == {"call_id": CALL, "why": "no_phone"}


def test_whose_call_must_be_said_when_two_speak(ask: Callable[[str], Api], told: Told, door: Door) -> None:
    told.told = LiveState(NOW, (STATE.agents[0], LiveAgent("amy", "Amy", "on_call", NOW, "", CALL)), STATE.queues)
    assert ask("sam").post(f"/calls/{CALL}/listen", {}).status_code == 409
    assert ask("sam").post(f"/calls/{CALL}/listen", {"agent": "amy"}).status_code == 200
    assert ask("sam").post("/calls/huiyin01-1.1/listen", {}).status_code == 409
    assert ask("sam").post(f"/calls/{CALL}/listen", {"agent": "sam"}).status_code == 422


AGENTS = {"alice", "amy", "sam", "handler"}
LEADERS = {"sam", "dora"}


@pytest.mark.parametrize("name", ["alice", "amy", "sam", "handler", "dora", "quinn", "audrey", "root", "auditor"])
def test_only_who_answers_calls_or_leads_may(ask: Callable[[str], Api], door: Door, name: str) -> None:
    own = {path: ask(name).post(f"/calls/{CALL}/{path}", {}).status_code for path in ("transfer", "hang-up")}
    assert set(own.values()) == ({200} if name in AGENTS else {403}), own
    led = {way: ask(name).post(f"/calls/{CALL}/{way}", {}).status_code for way in WAYS}
    assert set(led.values()) == ({200} if name in LEADERS else {403}), led
    assert ask(name).get("/directory").status_code == (200 if name in AGENTS else 403)


def test_the_directory(ask: Callable[[str], Api]) -> None:
    found = ask("alice").get("/directory").json
    assert found["items"] == [
        {
            "target": "agent:amy", "title_zh": "Amy", "title_en": "Amy", "state": "available", "queues": ["service"],
            "waiting": None, "reachable": True,
        },
        {
            "target": "queue:service", "title_zh": "客户服务", "title_en": "Service", "state": None, "queues": [],
            "waiting": 0, "reachable": True,
        },
    ]  # fmt: skip
    assert [one["reachable"] for one in ask("amy").get("/directory").json["items"]] == [False, True]
