"""Work around calls over HTTP: the API's shapes and refusals, and the pages that are also parts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from marshmallow import RAISE, Schema
from sqlalchemy import select

from crm.api import work_schemas as schemas
from crm.db.calls import Call
from crm.db.contact_centre import OutboundCall, Task, WrapUp
from crm.db.people import User
from crm.domain.numbers import number_key
from crm.gate.deps import EXTENSION
from crm.services import wrap_up
from crm.services.switchboard import SwitchboardError
from ivr.switchboard import SwitchboardCode, Verb
from tests.factories import NOW, Clock, House
from tests.integration.crm_web.conftest import Api, Browser

pytestmark = pytest.mark.integration

GetApi = Callable[[str], Api]
PART = {"HX-Request": "true"}


class Exchange:
    """Stands in for the door to the phone side."""

    def __init__(self) -> None:
        self.refuses: str | None = None
        self.asked: list[Mapping[str, Any]] = []

    def ask(self, verb: Verb, args: Mapping[str, Any]) -> Mapping[str, Any]:
        assert verb is Verb.DIAL
        self.asked.append(args)
        if self.refuses:
            raise SwitchboardError(self.refuses)
        return {"call_id": f"out-{len(self.asked)}"}


@pytest.fixture
def exchange(app: Flask) -> Iterator[Exchange]:
    kept, stand_in = app.extensions[EXTENSION], Exchange()
    app.extensions[EXTENSION] = replace(kept, switchboard=stand_in)
    yield stand_in
    app.extensions[EXTENSION] = kept


@pytest.fixture
def begun(house: House) -> int:
    """Alice's wrap-up of the English caller's call."""
    with house.database.write() as session:
        alice = session.scalars(select(User.id).where(User.username == "alice")).one()
        return wrap_up.begin(session, alice, house.call_ids["english"], "service", NOW, timedelta(seconds=60))


@pytest.fixture
def missed(house: House) -> str:
    """A caller who hung up in the queue an hour ago."""
    with house.database.write() as session:
        at = NOW - timedelta(hours=1)
        session.add(
            Call(
                call_id="huiyin01-1763704800.7", caller_number="13512345678", caller_key=number_key("13512345678"),
                dialled_number="95000", language="zh", started_at=at, answered_at=at,
                ended_at=at + timedelta(minutes=2), outcome="abandoned", menu_path=["enquiries"],
                queue="service", wait_time=101.0, ivr_done=True, flags=[],
            )
        )  # fmt: skip
    return "huiyin01-1763704800.7"


def shaped(schema: type[Schema], body: Any) -> Any:
    assert schema(unknown=RAISE).validate(body) == {}
    return body


def follow_up(**changes: Any) -> dict[str, Any]:
    return {"kind": "follow_up", "title": "look again", "due_at": "2026-11-21T09:00:00Z", **changes}


def test_a_wrap_up_over_the_api(api: GetApi, house: House, begun: int) -> None:
    alice = api("alice")
    tree = shaped(schemas.DispositionList, alice.get("/dispositions").json)
    assert tree["items"][0]["leaves"][0]["code"] == "accounts.bill"
    (item,) = shaped(schemas.WrapUpList, alice.get("/wrap-ups").json)["items"]
    assert (item["id"], item["missing"], item["number"]) == (begun, ["disposition", "ticket"], "13800138001")
    filling = {"disposition": "complaints.fees", "note": "charged twice", "finish": True}
    answer = alice.post(f"/wrap-ups/{begun}", filling)
    assert (answer.status_code, answer.get_json()["errors"]) == (
        422,
        {"ticket": ["is needed before the wrap-up is done"]},
    )
    done = alice.post(f"/wrap-ups/{begun}", {**filling, "ticket_id": house.ticket_ids["english"]})
    assert shaped(schemas.WrapUp, done.json)["state"] == "done"
    assert alice.get("/wrap-ups").get_json()["items"] == []
    assert alice.post(f"/wrap-ups/{begun}", filling).status_code == 409
    events = api("sam").get(f"/tickets/{house.ticket_ids['english']}").get_json()["events"]
    assert (events[-1]["event"], events[-1]["actor"], events[-1]["reason"]) == ("call_linked", "alice", "charged twice")


def test_tasks_over_the_api(api: GetApi, house: House) -> None:
    alice, amy = api("alice"), api("amy")
    made = alice.post("/tasks", follow_up(mine=False))
    assert made.status_code == 201
    task = shaped(schemas.Task, made.json)["id"]
    assert [one["id"] for one in shaped(schemas.TaskList, amy.get("/tasks?of=team").json)["items"]] == [task]
    assert amy.post(f"/tasks/{task}/take", {}).get_json()["user"] == "amy"
    assert alice.post(f"/tasks/{task}/take", {}).status_code == 404
    assert amy.post(f"/tasks/{task}/give-back", {}).get_json()["user"] is None
    assert alice.post(f"/tasks/{task}/done", {"outcome": "x"}).status_code == 409
    alice.post(f"/tasks/{task}/take", {})
    done = alice.post(f"/tasks/{task}/done", {"outcome": "he was told"})
    assert (done.get_json()["state"], done.get_json()["outcome"]) == ("done", "he was told")
    assert api("audrey").get("/tasks").status_code == 403
    assert alice.post("/tasks", follow_up(due_at="2020-01-01T00:00:00Z")).status_code == 422


def test_a_keyed_call_dials_once(api: GetApi, house: House, exchange: Exchange) -> None:
    body = {"ticket_id": house.ticket_ids["english"], "reason": "as promised"}
    answers = [api("handler").post("/outbound-calls", body, headers={"Idempotency-Key": "k1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    assert exchange.asked == [{"agent": "handler", "number": "13800138001", "language": "en"}]
    assert shaped(schemas.OutboundCall, answers[0].json)["call_id"] == "out-1"
    assert api("handler").get(f"/outbound-calls/{answers[0].get_json()['id']}").get_json()["state"] == "dialled"
    assert api("sam").get(f"/outbound-calls/{answers[0].get_json()['id']}").status_code == 404


def test_a_refused_call_says_which_rule(api: GetApi, house: House, exchange: Exchange, clock: Clock) -> None:
    body = {"number": "13800138001", "reason": "x"}
    clock.now = NOW.replace(hour=14)
    night = api("handler").post("/outbound-calls", body)
    assert (night.status_code, night.get_json()["detail"]) == (409, "the call was refused: quiet_hours")
    assert api("handler").post("/outbound-calls", {**body, "agreed": True}).status_code == 201
    clock.now = NOW
    exchange.refuses = SwitchboardCode.NO_PHONE
    failed = api("handler").post("/outbound-calls", body)
    assert (failed.status_code, failed.get_json()["detail"]) == (409, "the call was failed: no_phone")
    assert api("alice").post("/outbound-calls", body).get_json()["detail"].endswith("not_yours")
    assert api("audrey").post("/outbound-calls", body).status_code == 403
    with house.database.read() as session:
        states = session.scalars(select(OutboundCall.state).order_by(OutboundCall.id)).all()
    assert states == ["refused", "dialled", "failed", "refused"]


def test_missed_callers_and_knowledge_over_the_api(api: GetApi, missed: str) -> None:
    (caller,) = shaped(schemas.MissedList, api("sam").get("/missed-calls").json)["items"]
    assert (caller["call_id"], caller["why"], caller["since"], caller["waited"]) == (
        missed,
        "abandoned",
        "nothing",
        101.0,
    )
    assert api("sam").get("/missed-calls?days=32").status_code == 422
    assert api("root").get("/missed-calls").status_code == 403
    found = shaped(schemas.KnowledgeList, api("amy").get("/knowledge?q=挂失").json)["items"]
    assert found[0]["slug"] == "loss-report"
    one = api("amy").get("/knowledge/loss-report?language=en")
    assert shaped(schemas.Article, one.json)["title"] == "Lost or stolen card: what to do"
    assert api("amy").get("/knowledge/none").status_code == 404


@pytest.mark.parametrize(
    "path", ["/tasks/", "/wrap-up/", "/missed/", "/knowledge/", "/knowledge/fraud", "/call-out/form"]
)
def test_a_page_is_also_a_part(browser: Browser, house: House, begun: int, path: str) -> None:
    browser.log_in("alice")
    whole, part = browser.get(path).text, browser.get(path, headers=PART).text
    assert "<html" in whole
    assert "<html" not in part
    assert "<h1" in whole
    assert 'class="part"' in part


def test_a_wrap_up_is_kept_while_it_is_written_and_done_in_its_place(
    browser: Browser, house: House, begun: int
) -> None:
    browser.log_in("alice")
    browser.get("/wrap-up/")
    draft = {"disposition": "complaints.fees", "note": "half a sen", "ticket": "new"}
    assert browser.post(f"/wrap-up/{begun}/draft", draft).status_code == 204
    with house.database.read() as session:
        row = session.get_one(WrapUp, begun)
        assert (row.disposition, row.note, row.ticket_id) == ("complaints.fees", "half a sen", None)
    unfinished = browser.post(f"/wrap-up/{begun}", {**draft, "ticket": ""}, headers=PART)
    assert "Continue a ticket or make a new one" in unfinished.text
    assert "HX-Trigger" not in unfinished.headers
    later = {"follow_up": "callback", "follow_up_due": "2026-11-22T10:00", "follow_up_title": "tell him"}
    done = browser.post(f"/wrap-up/{begun}", {**draft, "note": "whole", **later}, headers=PART)
    assert json.loads(done.headers["HX-Trigger"]) == {"wrap-up-done": {"call_id": house.call_ids["english"]}}
    with house.database.read() as session:
        row = session.get_one(WrapUp, begun)
        task = session.scalars(select(Task)).one()
        assert (row.state, row.note) == ("done", "whole")
        assert (task.kind, task.number, task.ticket_id, task.due_at.hour) == (
            "callback",
            "13800138001",
            row.ticket_id,
            2,
        )


def test_what_is_refused_makes_no_ticket_and_loses_no_word(browser: Browser, house: House, begun: int) -> None:
    browser.log_in("alice")
    browser.get("/wrap-up/")
    before = browser.get("/tickets/").text.count("<tr>")
    wrong = {
        "disposition": "cards.limit",
        "note": "kept",
        "ticket": "new",
        "follow_up": "callback",
        "follow_up_due": "",
    }
    assert "date and time" in browser.post(f"/wrap-up/{begun}", wrong, headers=PART).text
    with house.database.read() as session:
        row = session.get_one(WrapUp, begun)
        assert (row.state, row.note, row.ticket_id) == ("open", "kept", None)
    assert browser.get("/tickets/").text.count("<tr>") == before


def test_a_missed_caller_becomes_a_task_in_one_click(browser: Browser, house: House, missed: str) -> None:
    browser.log_in("alice")
    browser.get("/missed/")
    answer = browser.post(f"/missed/{missed}/callback", {}, follow_redirects=True)
    assert "135••••5678" in answer.text
    assert "Callback planned" in browser.get("/missed/").text
    assert "not in the list" in browser.post("/missed/nobody/callback", {}, follow_redirects=True).text


def test_at_night_a_page_asks_whether_he_agreed(
    browser: Browser, house: House, exchange: Exchange, clock: Clock
) -> None:
    clock.now = NOW.replace(hour=15)
    browser.log_in("handler")
    ticket = f"/tickets/{house.ticket_ids['english']}"
    assert 'name="agreed"' in browser.get(ticket).text
    wanted = {"ticket_id": house.ticket_ids["english"], "reason": "as promised", "next": ticket}
    assert "left in peace" in browser.post("/call-out/", wanted, headers=PART).text
    assert "Your phone rings now" in browser.post("/call-out/", {**wanted, "agreed": "1"}, headers=PART).text


def test_a_page_says_why_a_call_was_refused(browser: Browser, house: House, exchange: Exchange) -> None:
    browser.log_in("handler")
    ticket = f"/tickets/{house.ticket_ids['english']}"
    assert 'name="agreed"' not in browser.get(ticket).text
    wanted = {"ticket_id": house.ticket_ids["english"], "reason": "as promised", "next": ticket}
    answer = browser.post("/call-out/", wanted)
    assert (answer.status_code, answer.location) == (302, ticket)
    exchange.refuses = SwitchboardCode.NO_PHONE
    assert "Your phone is not connected" in browser.post("/call-out/", wanted, headers=PART).text
    assert browser.post("/call-out/", {**wanted, "next": "https://elsewhere.example"}).location == "/"


def test_hostile_words_stay_words(browser: Browser, house: House, begun: int) -> None:
    browser.log_in("alice")
    browser.get("/wrap-up/")
    evil = "<script>alert(1)</script>{{ 7*7 }}"
    browser.post(f"/wrap-up/{begun}/draft", {"note": evil})
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}" in browser.get("/wrap-up/").text
    assert "&lt;script&gt;" in browser.get("/knowledge/?q=<script>alert(1)</script>").text
    browser.post("/tasks/", {"kind": "follow_up", "title": evil, "due_at": "2026-11-22T10:00"})
    assert "<script>alert" not in browser.get("/tasks/").text


def test_an_article_is_written_by_who_may(browser: Browser, new_browser: Callable[[], Browser], house: House) -> None:
    browser.log_in("alice")
    assert browser.get("/knowledge/write").status_code == 403
    assert (
        browser.post("/knowledge/write", {"slug": "x", "language": "zh", "title": "x", "body": "x"}).status_code == 403
    )


def test_the_task_of_a_call_out_is_done_with_its_wrap_up(browser: Browser, house: House, exchange: Exchange) -> None:
    browser.log_in("alice")
    browser.get("/tasks/")
    due = "2026-11-22T10:00"
    browser.post("/tasks/", {"kind": "callback", "title": "promised", "number": "13800138001", "due_at": due})
    with house.database.read() as session:
        task = session.scalars(select(Task)).one()
    browser.post("/call-out/", {"task_id": task.id, "reason": "promised"})
    with house.database.write() as session:
        assert task.user_id is not None
        one = wrap_up.begin(session, task.user_id, "out-1", None, NOW, timedelta(seconds=60))
    assert 'name="task_done"' in browser.get("/wrap-up/").text
    filled = {"disposition": "no_ticket.answered", "note": "told him", "ticket": "", "task_done": "1"}
    assert browser.post(f"/wrap-up/{one}", filled, headers=PART).headers["HX-Trigger"]
    with house.database.read() as session:
        done = session.scalars(select(Task)).one()
        assert (done.state, done.outcome) == ("done", "told him")


def test_a_ticket_that_was_chosen_is_taken_back(browser: Browser, house: House, begun: int) -> None:
    browser.log_in("alice")
    page = browser.get("/wrap-up/").text
    own = house.ticket_ids["english"]
    assert f'value="{own}" checked' in page
    browser.post(f"/wrap-up/{begun}/draft", {"disposition": "complaints.fees", "ticket": str(own)})
    browser.post(f"/wrap-up/{begun}/draft", {"disposition": "complaints.fees", "ticket": ""})
    unfinished = browser.post(f"/wrap-up/{begun}", {"disposition": "complaints.fees", "ticket": ""}, headers=PART)
    assert "Continue a ticket or make a new one" in unfinished.text
