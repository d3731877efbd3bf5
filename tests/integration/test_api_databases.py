"""The API on SQLite and PostgreSQL alike: the same answers, also to values that only one of them would mind."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from crm.db.calls import Call
from crm.db.contact_centre import AgentState
from crm.db.people import User
from tests.database_fixture import database_url, postgres, sqlite_template  # noqa: F401  (fixtures)
from tests.factories import NOW, House, make_app, make_house
from tests.integration.crm_web.conftest import Api

pytestmark = pytest.mark.integration


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:  # noqa: F811
    one = make_house(tmp_path / "house", url=database_url)
    yield one
    one.database.dispose()


def _cursor(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def test_odd_values_are_refused_and_the_rest_works(house: House) -> None:
    sam = Api(make_app(house).test_client(), house.tokens["sam"])
    at = "2026-11-21T01:30:00+00:00"
    for path, status in (
        ("/tickets?limit=2", 200),
        (f"/tickets?cursor={_cursor('-received_at', at, 2**70)}", 422),
        (f"/tickets?cursor={_cursor('-received_at', at, 2**63 - 1)}", 200),
        (f"/tickets?cursor={_cursor('-received_at', '0001-01-01T00:00:00+14:00', 1)}", 422),
        (f"/tickets/{2**63 - 1}", 404),
        (f"/tickets/{2**70}", 404),
        ("/tickets?caller_number=%E0%80%80", 200),
        ("/tickets?number=%F0%9F%90%88", 200),
        ("/calls?since=0001-01-01T00:00:00%2B14:00", 422),
        ("/calls/%00", 400),
        ("/recordings/%27%20OR%201=1--", 404),
        ("/calls?caller_number=%27;DROP%20TABLE%20calls;--", 200),
    ):
        answer = sam.get(path)
        assert answer.status_code == status, (path, answer.text)
    for customer_id in (2**63 - 1, 5_000_000_000):
        answer = sam.post("/tickets", {"kind": "inquiry", "channel": "web", "text": "x", "customer_id": customer_id})
        assert answer.status_code == 404, answer.text
    assert len(sam.get("/tickets").json["items"]) == 6


def test_an_agent_reads_of_his_live_caller_until_his_work_is_done(house: House) -> None:
    amy = Api(make_app(house).test_client(), house.tokens["amy"])
    with house.database.write() as session:
        who = session.scalars(select(User.id).where(User.username == "amy")).one()
        session.add(
            Call(
                call_id="live", caller_number="13800138001", caller_key="8613800138001", language="zh", started_at=NOW,
                menu_path=[], flags=[],
            )
        )  # fmt: skip
        session.add(AgentState(user_id=who, state="wrap_up", since=NOW, call_id="live"))
    paths = [
        f"/tickets/{house.ticket_ids['english']}",
        f"/calls/{house.call_ids['english']}",
        f"/recordings/{house.recording_ids['english']}/transcript",
    ]
    assert [amy.get(path).status_code for path in paths] == [200, 200, 200]
    assert len(amy.get("/tickets").json["items"]) == 1
    assert len(amy.get("/calls").json["items"]) == 2
    with house.database.write() as session:
        session.execute(update(AgentState).values(until=NOW))
    assert [amy.get(path).status_code for path in paths] == [404, 404, 404]


def test_a_letter_becomes_a_ticket_and_is_moved(house: House) -> None:
    handler = Api(make_app(house).test_client(), house.tokens["handler"])
    body = {"kind": "complaint", "channel": "letter", "text": "纸质来信 🐈", "caller_number": "138 0013 8001"}
    made = handler.post("/tickets", body, headers={"Idempotency-Key": "k"})
    assert made.status_code == 201
    assert handler.post("/tickets", body, headers={"Idempotency-Key": "k"}).json == made.json
    moved = handler.post(f"/tickets/{made.json['id']}/moves", {"move": "acknowledge"})
    assert (moved.status_code, moved.json["status"]) == (200, "acknowledged")
    found = handler.get("/tickets?caller_number=%2B86-138-0013-8001").json["items"]
    assert made.json["id"] in {item["id"] for item in found}
