"""Continue a ticket or make a new one while the caller is on the line; and the pop of a page that was loaded anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from crm.db.calls import Call
from crm.db.contact_centre import AgentState
from crm.db.people import User
from crm.services import audit
from tests.factories import NOW, House, make_app
from tests.integration.crm_web.conftest import Api

pytestmark = pytest.mark.integration
LIVE = "huiyin01-1795322129.7"
NEW = {"kind": "inquiry", "channel": "phone", "text": "asks about the limit"}


@pytest.fixture
def house(template_house: House, tmp_path: Path) -> Iterator[House]:
    """Amy speaks with the caller whose complaint is the English one."""
    one = template_house.copy(tmp_path / "own")
    with one.database.write() as session:
        who = session.scalars(select(User.id).where(User.username == "amy")).one()
        english = session.get_one(Call, one.call_ids["english"])
        session.add(
            Call(
                call_id=LIVE, caller_number="13800138001", caller_key="8613800138001", language="en", started_at=NOW,
                menu_path=["cards"], flags=[], customer_id=english.customer_id, queue="cards",
            )
        )  # fmt: skip
        session.add(AgentState(user_id=who, state="on_call", since=NOW, call_id=LIVE))
    yield one
    one.database.dispose()


@pytest.fixture
def amy(house: House) -> Api:
    return Api(make_app(house).test_client(), house.tokens["amy"])


def number_of(house: House, whose: str) -> str:
    sam = Api(make_app(house).test_client(), house.tokens["sam"])
    return str(sam.get(f"/tickets/{house.ticket_ids[whose]}").json["number"])


def test_the_callers_ticket_is_continued(house: House, amy: Api) -> None:
    number = number_of(house, "english")
    dashed = f"{number[:6]}-{number[6:8]}-{number[8:]}"
    for given in (dashed, number):
        answer = amy.post(f"/calls/{LIVE}/ticket", {"ticket": given})
        assert answer.status_code == 200, answer.text
        assert answer.json["call_ids"] == [house.call_ids["english"], LIVE]
    linked = [one for one in answer.json["events"] if one["event"] == "call_linked"]
    assert [(one["actor"], one["fields"]["call_id"]) for one in linked] == [("amy", LIVE)]
    assert amy.get(f"/calls/{LIVE}").json["ticket_ids"] == [house.ticket_ids["english"]]
    with house.database.read() as session:
        assert audit.verify(session).broken is None


def test_a_strangers_ticket_and_a_strangers_call_are_not_there(house: House, amy: Api) -> None:
    assert amy.post(f"/calls/{LIVE}/ticket", {"ticket": number_of(house, "chinese")}).status_code == 404
    number = number_of(house, "english")
    assert amy.post(f"/calls/{house.call_ids['chinese']}/ticket", {"ticket": number}).status_code == 404
    for wrong in ({}, {"ticket": ""}, {"ticket": 7}, {"ticket": "x" * 33}):
        assert amy.post(f"/calls/{LIVE}/ticket", wrong).status_code == 422
    assert amy.post(f"/calls/{LIVE}/ticket", {"ticket": "nonsense"}).status_code == 404


def test_a_new_ticket_takes_over_what_is_known_of_the_call(house: House, amy: Api) -> None:
    made = amy.post("/tickets", {**NEW, "call_id": LIVE}, headers={"Idempotency-Key": "k"})
    assert made.status_code == 201, made.text
    assert made.json["call_ids"] == [LIVE]
    assert (made.json["caller_number"], made.json["language"]) == ("13800138001", "en")
    english = amy.get(f"/tickets/{house.ticket_ids['english']}").json
    assert made.json["customer_id"] == english["customer_id"]
    assert amy.post("/tickets", {**NEW, "call_id": LIVE}, headers={"Idempotency-Key": "k"}).json == made.json
    other = amy.post("/tickets", {**NEW, "call_id": house.call_ids["chinese"]})
    assert other.status_code == 404


def test_a_call_that_is_not_written_down_yet_is_told_so(house: House, amy: Api) -> None:
    with house.database.write() as session:
        session.execute(update(AgentState).values(call_id="huiyin01-1795322130.8"))
    answer = amy.post("/calls/huiyin01-1795322130.8/ticket", {"ticket": number_of(house, "english")})
    assert answer.status_code == 409
    assert "not written down yet" in answer.json["detail"]


def test_the_pop_of_the_call_that_one_is_on(house: House, amy: Api) -> None:
    pop = amy.get(f"/calls/{LIVE}/pop").json
    assert (pop["caller_number"], pop["queue"], pop["menu_path"]) == ("13800138001", "cards", ["cards"])
    assert [one["id"] for one in pop["open_tickets"]] == [house.ticket_ids["english"]]
    assert pop["live_complaint"]["legal_due_at"]
    assert pop["verified"] is False
    assert amy.get(f"/calls/{house.call_ids['chinese']}/pop").status_code == 404
    assert amy.get("/calls/nonsense/pop").status_code == 404
    with house.database.write() as session:
        session.execute(update(AgentState).values(until=NOW))
    assert amy.get(f"/calls/{LIVE}/pop").status_code == 404


@pytest.mark.parametrize(
    ("name", "status"),
    [("alice", 404), ("handler", 404), ("sam", 200), ("dora", 200), ("quinn", 404), ("root", 403), ("auditor", 200)],
)
def test_nobody_elses_pop(house: House, name: str, status: int) -> None:
    api = Api(make_app(house).test_client(), house.tokens[name])
    assert api.get(f"/calls/{LIVE}/pop").status_code == status


def test_a_caller_is_unverified_until_the_agent_has_made_sure(house: House, amy: Api) -> None:
    before = amy.get(f"/calls/{LIVE}/pop").json
    assert before["verified"] is False
    who = before["customers"][0]["id"]
    after = amy.post(f"/calls/{LIVE}/identify", {"customer_id": who})
    assert after.status_code == 200, after.text
    assert after.json["verified"] is True
    assert [one["verified"] for one in after.json["customers"]] == [one["id"] == who for one in after.json["customers"]]
    with house.database.read() as session:
        call = session.get_one(Call, LIVE)
        assert (call.customer_id, call.identified_by) == (who, "amy")
        assert call.identified_at is not None
        assert audit.verify(session).broken is None


@pytest.mark.parametrize(("customer_id", "status"), [(999_999, 422), ("1", 422), (None, 422), (True, 422)])
def test_only_a_candidate_is_taken_for_the_caller(amy: Api, customer_id: object, status: int) -> None:
    assert amy.post(f"/calls/{LIVE}/identify", {"customer_id": customer_id}).status_code == status


def test_nobody_says_who_somebody_elses_caller_is(house: House, amy: Api) -> None:
    who = amy.get(f"/calls/{LIVE}/pop").json["customers"][0]["id"]
    for name, status in (("alice", 404), ("sam", 404), ("quinn", 403)):
        other = Api(make_app(house).test_client(), house.tokens[name])
        assert other.post(f"/calls/{LIVE}/identify", {"customer_id": who}).status_code == status
