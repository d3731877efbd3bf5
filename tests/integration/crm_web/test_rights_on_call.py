"""What an agent reads of the customer on his live call: every route, in every state.

Amy has nothing of her own. While a call of Wang's number rings at her, until her work after it is done, she reads
what belongs to that number and to its customers; before and after, and of anybody else, she reads nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from crm.db.calls import Call
from crm.db.contact_centre import AgentState, CallLeg, OutboundCall
from crm.db.people import Customer, CustomerNumber, User
from crm.db.tickets import Ticket
from crm.domain.access import Role
from crm.services import users
from tests.factories import NOW, House, make_app
from tests.integration.crm_web.conftest import Api

pytestmark = pytest.mark.integration
LIVE = "huiyin01-1795322129.7"
WITH_CUSTOMER = ("ringing", "on_call", "wrap_up")
WITHOUT = ("available", "paused", "offline")


@pytest.fixture
def house(template_house: House, tmp_path: Path) -> Iterator[House]:
    one = template_house.copy(tmp_path / "own")
    yield one
    one.database.dispose()


@pytest.fixture
def amy(house: House) -> Api:
    return Api(make_app(house).test_client(), house.tokens["amy"])


def routes(house: House, whose: str) -> dict[str, str]:
    """Every route that reads something of a case."""
    ticket, recording = house.ticket_ids[whose], house.recording_ids[whose]
    return {
        "ticket": f"/tickets/{ticket}",
        "moves": f"/tickets/{ticket}/moves",
        "call": f"/calls/{house.call_ids[whose]}",
        "recording": f"/recordings/{recording}",
        "audio": f"/recordings/{recording}/audio",
        "transcript": f"/recordings/{recording}/transcript",
        "whole call": f"/recordings/{house.recording_ids[f'{whose}-call']}",
    }


def live_call(house: House, number: str | None, call_id: str = LIVE) -> None:
    """A call of this number that runs, as the ingest writes it."""
    with house.database.write() as session:
        key = "86" + number if number else None
        session.add(
            Call(
                call_id=call_id, caller_number=number, caller_key=key, language="zh", started_at=NOW, menu_path=[],
                flags=[],
            )
        )  # fmt: skip


def state(house: House, name: str, user: str = "amy", call_id: str | None = LIVE) -> None:
    """The agent's present state, the one before being over."""
    with house.database.write() as session:
        who = session.scalars(select(User.id).where(User.username == user)).one()
        session.execute(
            update(AgentState).where(AgentState.user_id == who, AgentState.until.is_(None)).values(until=NOW)
        )
        session.add(AgentState(user_id=who, state=name, since=NOW, call_id=call_id))


def opened(api: Api, house: House, whose: str) -> set[str]:
    """Routes that she may read; each other one is not there for her."""
    answers = {name: api.get(path).status_code for name, path in routes(house, whose).items()}
    assert set(answers.values()) <= {200, 404}, answers
    return {name for name, status in answers.items() if status == 200}


@pytest.mark.parametrize("name", [*WITH_CUSTOMER, *WITHOUT])
def test_a_state_opens_the_callers_things_or_nothing(house: House, amy: Api, name: str) -> None:
    """What was said is read; the sound is for who took the call, and for the case."""
    everything = set(routes(house, "english")) - {"audio"} if name in WITH_CUSTOMER else set()
    assert opened(amy, house, "english") == set()
    live_call(house, "13800138001")
    state(house, name)
    assert opened(amy, house, "english") == everything
    assert opened(amy, house, "chinese") == set()
    listed = {one["id"] for one in amy.get("/tickets").json["items"]}
    assert listed == ({house.ticket_ids["english"]} if everything else set())
    calls = {one["call_id"] for one in amy.get("/calls").json["items"]}
    assert calls == ({house.call_ids["english"], LIVE} if everything else set())


def test_the_window_shuts_with_the_end_of_the_work_after_the_call(house: House, amy: Api) -> None:
    live_call(house, "13800138001")
    for name, seen in (
        ("ringing", True),
        ("on_call", True),
        ("wrap_up", True),
        ("available", False),
        ("ringing", True),
    ):
        state(house, name)
        assert bool(opened(amy, house, "english")) is seen, name
    state(house, "ringing", call_id="huiyin01-1.1")
    assert opened(amy, house, "english") == set()


def test_it_is_not_a_colleagues_window(house: House, amy: Api) -> None:
    live_call(house, "13900139002")
    state(house, "on_call", user="alice")
    assert opened(amy, house, "chinese") == set()


@pytest.mark.parametrize("number", [None, "13011112222"])
def test_a_withheld_or_unknown_number_opens_only_the_call(house: House, amy: Api, number: str | None) -> None:
    live_call(house, number)
    state(house, "on_call")
    assert amy.get(f"/calls/{LIVE}").status_code == 200
    assert amy.get("/tickets").json["items"] == []
    for whose in house.ticket_ids:
        assert opened(amy, house, whose) == set(), whose


def test_who_shares_the_number_is_seen_as_well(house: House, amy: Api) -> None:
    """Two customers have the number; the other's ticket came from elsewhere."""
    with house.database.write() as session:
        other = Customer(name="other", created_at=NOW, numbers=[CustomerNumber(number="8613800138001")])
        session.add(other)
        session.flush()
        ticket = session.get_one(Ticket, house.ticket_ids["chinese"])
        ticket.customer_id = other.id
    live_call(house, "13800138001")
    state(house, "ringing")
    assert "ticket" in opened(amy, house, "chinese")


def test_a_call_out_opens_the_customer_who_is_called(house: House, amy: Api) -> None:
    with house.database.write() as session:
        who = session.scalars(select(User.id).where(User.username == "amy")).one()
        session.add(
            OutboundCall(
                call_id=LIVE, user_id=who, number="13900139002", number_key="8613900139002", asked_at=NOW,
                state="dialled",
            )
        )  # fmt: skip
    state(house, "on_call")
    assert "ticket" in opened(amy, house, "chinese")
    state(house, "available", call_id=None)
    assert opened(amy, house, "chinese") == set()


def test_reading_is_not_moving(house: House, amy: Api) -> None:
    live_call(house, "13800138001")
    state(house, "on_call")
    moved = amy.post(f"/tickets/{house.ticket_ids['english']}/moves", {"move": "acknowledge"})
    assert moved.status_code == 403
    assert not any(one["allowed"] for one in amy.get(f"/tickets/{house.ticket_ids['english']}/moves").json["items"])


def test_who_had_a_part_in_a_call_reads_that_call(house: House, amy: Api) -> None:
    """Amy gave the caller to a colleague: the call is still hers, its ticket is not."""
    with house.database.write() as session:
        for leg, kind, answered in (("a.1", "queue", NOW), ("a.2", "queue", None)):
            call_id = house.call_ids["english" if answered else "chinese"]
            session.add(CallLeg(call_id=call_id, leg=leg, agent="amy", kind=kind, rang_at=NOW, answered_at=answered))
    assert opened(amy, house, "english") == {"call", "recording", "audio", "transcript", "whole call"}
    assert opened(amy, house, "chinese") == set()


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.A1, Role.A2, Role.CM}])
def test_the_window_is_for_who_answers_calls(house: House, role: Role) -> None:
    """For the others a state row opens nothing that their role does not."""
    with house.database.write() as session:
        users.create_user(session, username="somebody", roles=frozenset({role}), password_hash=None, by="test", now=NOW)
        token = users.create_token(session, by="test", now=NOW, username="somebody")
    api = Api(make_app(house).test_client(), token)
    paths = routes(house, "lost")
    before = {name: api.get(path).status_code for name, path in paths.items()}
    live_call(house, "2161234567")
    state(house, "on_call", user="somebody")
    assert {name: api.get(path).status_code for name, path in paths.items()} == before
