"""Tickets, calls and the phone side's question, as the contract promises them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from marshmallow import RAISE

from crm.api import schemas
from crm.domain.tickets import STAGES, Status
from crm.services.ticket_changes import MAX_TEXT
from ivr import ticketnumbers
from tests.factories import INTERNAL_TOKEN, NOW, House
from tests.integration.crm_web.conftest import Api

pytestmark = pytest.mark.integration

GetApi = Callable[[str], Api]
LETTER = {"kind": "complaint", "channel": "letter", "text": "The branch was closed at ten."}


def test_the_list_has_the_fields_of_the_contract(api: GetApi) -> None:
    body = api("sam").get("/tickets").json
    assert body["next"] is None
    assert len(body["items"]) == 6
    assert schemas.TicketList(unknown=RAISE).validate(body) == {}
    assert [item["received_at"] for item in body["items"]] == sorted(
        (item["received_at"] for item in body["items"]), reverse=True
    )


def test_pages_follow_each_other_without_gap_or_double(api: GetApi) -> None:
    sam, seen, cursor = api("sam"), [], ""
    while True:
        body = sam.get(f"/tickets?limit=4&cursor={cursor}").json
        seen += [item["id"] for item in body["items"]]
        cursor = body["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 6


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("kind=loss_report", {"lost"}),
        ("status=closed", set()),
        ("caller_number=138-0013-8001", {"english"}),
        ("caller_number=%2B8613800138001", {"english"}),
        ("number=261121-01-00001", {"english"}),
        ("kind=complaint&caller_number=13900139002", {"chinese"}),
    ],
)
def test_filters_narrow_the_list(api: GetApi, house: House, query: str, names: set[str]) -> None:
    found = {item["id"] for item in api("sam").get(f"/tickets?{query}").json["items"]}
    assert found == {house.ticket_ids[name] for name in names}


@pytest.mark.parametrize(
    "query",
    ["kind=nonsense", "status=REGISTERED", "limit=0", "limit=201", "limit=x", "cursor=x", "sort=text", "cursor=W10"],
)
def test_a_filter_that_cannot_be_is_422(api: GetApi, query: str) -> None:
    answer = api("sam").get(f"/tickets?{query}")
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert answer.get_json(force=True)["status"] == 422


def test_one_ticket_has_its_events_and_recordings_in_order(api: GetApi, house: House) -> None:
    body = api("sam").get(f"/tickets/{house.ticket_ids['english']}").json
    assert schemas.Ticket(unknown=RAISE).validate(body) == {}
    assert body["recording_ids"] == [house.recording_ids["english"], house.recording_ids["english-call"]]
    assert body["call_ids"] == [house.call_ids["english"]]
    assert [event["event"] for event in body["events"]] == ["opened"]
    assert body["legal_due_at"] == "2026-12-06T15:59:59.999Z"


def test_a_withheld_number_is_null(api: GetApi, house: House) -> None:
    assert api("sam").get(f"/tickets/{house.ticket_ids['salvaged']}").json["caller_number"] is None


@pytest.mark.parametrize("path", ["/tickets/999999", "/tickets/99999999999999999999999", "/tickets/x", "/nothing"])
def test_what_is_not_there_is_404(api: GetApi, path: str) -> None:
    answer = api("sam").get(path)
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_a_ticket_is_made(api: GetApi) -> None:
    answer = api("handler").post("/tickets", {**LETTER, "received_at": "2026-11-18T09:00:00+08:00"})
    assert answer.status_code == 201
    assert schemas.Ticket(unknown=RAISE).validate(answer.json) == {}
    assert ticketnumbers.is_valid(answer.json["number"])
    assert answer.json["number"].startswith("26112190")
    assert answer.json["status"] == "registered"
    assert answer.json["received_at"] == "2026-11-18T01:00:00.000Z"
    assert answer.headers["Location"] == f"/api/v1/tickets/{answer.json['id']}"


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "nonsense"},
        {"kind": None},
        {"channel": "fax"},
        {"text": ""},
        {"text": "   "},
        {"text": "x" * (MAX_TEXT + 1)},
        {"text": "a\x00b"},
        {"text": 5},
        {"caller_number": "12"},
        {"customer_id": 999_999},
        {"customer_id": 2**70},
        {"customer_id": "1"},
        {"severity": "S9"},
        {"category": "x" * 41},
        {"received_at": "2026-11-18T09:00:00"},
        {"received_at": "0001-01-01T00:00:00+14:00"},
        {"received_at": "2999-01-01T00:00:00Z"},
        {"unknown": 1},
    ],
)
def test_a_bad_body_is_422_and_makes_nothing(api: GetApi, change: dict[str, Any]) -> None:
    answer = api("sam").post("/tickets", {**LETTER, **change})
    assert answer.status_code in {404, 422} if "customer_id" in change else answer.status_code == 422
    assert len(api("sam").get("/tickets").json["items"]) == 6


@pytest.mark.parametrize(
    "raw", [b"{", b"[" * 200_000, b'{"text": "\\ud800"}', b"\xff", b'{"text": NaN}', b"null", b"[]", b'"x"']
)
def test_a_body_that_is_not_readable_json_is_refused(app: Flask, house: House, raw: bytes) -> None:
    headers = {"Authorization": f"Bearer {house.tokens['sam']}", "Content-Type": "application/json"}
    answer = app.test_client().post("/api/v1/tickets", data=raw, headers=headers)
    assert answer.status_code in {400, 422}
    assert answer.content_type == "application/problem+json"


def test_the_same_key_makes_one_ticket(api: GetApi) -> None:
    handler, key = api("handler"), {"Idempotency-Key": "letter 17"}
    first, second = (handler.post("/tickets", LETTER, headers=key) for _ in range(2))
    assert (first.status_code, first.json) == (second.status_code, second.json)
    other = handler.post("/tickets", {**LETTER, "text": "another"}, headers=key)
    assert other.status_code == 409
    assert api("sam").post("/tickets", LETTER, headers=key).json["id"] != first.json["id"]


def test_an_alert_of_the_transaction_monitor_is_one_incident_of_the_highest_priority(api: GetApi) -> None:
    """The monitor is another system: it hands its alerts in here, under its own key, as often as its line breaks."""
    alert = {
        "kind": "incident", "channel": "app", "category": "security.suspicious", "severity": "S1",
        "text": "Alert 7781: three payments abroad within a minute", "caller_number": "13800138001",
    }  # fmt: skip
    answers = [api("handler").post("/tickets", alert, headers={"Idempotency-Key": "alert 7781"}) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    made = {answer.json["id"] for answer in answers}
    assert len(made) == 1
    one = answers[0].json
    assert (one["priority"], one["category"]) == ("P1", "security.suspicious")
    assert one["customer_id"] is not None
    assert [item["id"] for item in api("sam").get("/tickets?kind=incident").json["items"]] == list(made)


@pytest.mark.parametrize("name", ["quinn", "audrey", "auditor", "root"])
def test_who_only_reads_makes_nothing(api: GetApi, house: House, name: str) -> None:
    assert api(name).post("/tickets", LETTER).status_code == 403
    moved = api(name).post(f"/tickets/{house.ticket_ids['english']}/moves", {"move": "acknowledge"})
    assert moved.status_code == 403


def test_the_auditors_token_reads_everything(api: GetApi, house: House) -> None:
    auditor, recording = api("auditor"), house.recording_ids["chinese"]
    for path in ("/tickets", "/calls", f"/recordings/{recording}/audio", f"/recordings/{recording}/transcript"):
        assert auditor.get(path).status_code == 200


def test_moves_say_what_can_be_done_and_why_not(api: GetApi, house: House) -> None:
    body = api("handler").get(f"/tickets/{house.ticket_ids['english']}/moves").json
    assert schemas.Moves(unknown=RAISE).validate(body) == {}
    moves = {item["move"]: item for item in body["items"]}
    assert moves["acknowledge"]["allowed"]
    assert not moves["close"]["allowed"]
    assert "registered" in moves["close"]["why"]


def test_a_move_is_made_and_stands_in_the_events(api: GetApi, house: House) -> None:
    path = f"/tickets/{house.ticket_ids['english']}"
    answer = api("handler").post(f"{path}/moves", {"move": "acknowledge", "reason": "told her the number"})
    assert (answer.status_code, answer.json["status"]) == (200, "acknowledged")
    last = api("handler").get(path).json["events"][-1]
    assert (last["event"], last["actor"], last["reason"]) == ("acknowledge", "handler", "told her the number")


@pytest.mark.parametrize("body", [{"move": "close"}, {"move": "nonsense"}, {"move": "merge", "reason": "same"}])
def test_an_illegal_move_is_409_and_changes_nothing(api: GetApi, house: House, body: dict[str, Any]) -> None:
    path = f"/tickets/{house.ticket_ids['english']}"
    before = api("handler").get(path).json
    answer = api("handler").post(f"{path}/moves", body)
    assert (answer.status_code, answer.content_type) == (409, "application/problem+json")
    assert answer.get_json(force=True)["detail"]
    assert api("handler").get(path).json == before


def test_a_move_on_what_was_changed_meanwhile_is_409(api: GetApi, house: House) -> None:
    path = f"/tickets/{house.ticket_ids['english']}/moves"
    assert api("handler").post(path, {"move": "acknowledge", "version": 1}).status_code == 200
    late = api("sam").post(path, {"move": "triage", "severity": "S3", "level": 1, "version": 1})
    assert late.status_code == 409


@pytest.mark.parametrize(
    "body", [{}, {"move": 1}, {"move": "triage", "level": [1]}, {"move": "confirm", "satisfaction": {"a": 1}}]
)
def test_a_move_of_the_wrong_shape_is_422(api: GetApi, house: House, body: dict[str, Any]) -> None:
    assert api("sam").post(f"/tickets/{house.ticket_ids['english']}/moves", body).status_code == 422


def test_calls_have_the_fields_of_the_contract(api: GetApi, house: House) -> None:
    body = api("sam").get("/calls").json
    assert schemas.CallList(unknown=RAISE).validate(body) == {}
    assert len(body["items"]) == 6
    one = api("sam").get(f"/calls/{house.call_ids['english']}").json
    assert one in body["items"]
    assert one["ticket_ids"] == [house.ticket_ids["english"]]
    assert one["recording_ids"] == [house.recording_ids["english"], house.recording_ids["english-call"]]


def test_calls_are_found_by_number_and_time(api: GetApi, house: House) -> None:
    sam = api("sam")
    by_number = sam.get("/calls?caller_number=13900139002").json["items"]
    assert [call["call_id"] for call in by_number] == [house.call_ids["chinese"]]
    since = NOW.replace(hour=0).isoformat().replace("+00:00", "Z")
    recent = sam.get(f"/calls?since={since}").json["items"]
    assert [call["call_id"] for call in recent] == [house.call_ids["english"]]
    assert datetime.fromisoformat(recent[0]["started_at"]).tzinfo == UTC


def _ask(app: Flask, **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {INTERNAL_TOKEN}"}
    return app.test_client().post("/internal/progress", json=body, headers=headers)


def test_the_phone_side_learns_only_the_stage(app: Flask) -> None:
    told = _ask(app, number="2611210100001", caller_number="13800138001", last_four=None)
    assert told.json == {"outcome": "told", "stage": STAGES[Status.REGISTERED]}
    assert _ask(app, number="2611210100001", caller_number=None, last_four="8001").json["outcome"] == "told"
    stranger = _ask(app, number="2611210100001", caller_number="13900000000", last_four="1111")
    assert stranger.json == {"outcome": "not_authorised", "stage": None}
    assert _ask(app, number="2611210100099").json == {"outcome": "not_found", "stage": None}


@pytest.mark.parametrize("body", [{}, {"number": 5}, {"number": "1" * 41}, {"number": ["1"]}])
def test_a_question_without_a_number_is_422(app: Flask, body: dict[str, Any]) -> None:
    assert _ask(app, **body).status_code == 422


def test_the_phone_side_learns_how_to_treat_a_caller(app: Flask) -> None:
    headers = {"Authorization": f"Bearer {INTERNAL_TOKEN}"}

    def ask(**body: Any) -> Any:
        return app.test_client().post("/internal/caller", json=body, headers=headers)

    assert ask(caller_number="13999999999").json == {"vip": False, "elderly": False, "language": None}
    assert ask(caller_number=None).json == {"vip": False, "elderly": False, "language": None}
    assert ask(caller_number="1" * 41).status_code == 422
    assert app.test_client().post("/internal/caller", json={}).status_code == 401
