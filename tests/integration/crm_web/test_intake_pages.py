"""The desk's intake: typed in, of a call, with suggestions; the panels of a ticket; what waits for a person; API."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.db.attachments import Attachment
from crm.db.intake import Mail, SuggestionRow, TicketIntake
from crm.db.tickets import Ticket
from crm.services import first_look, mail_in
from crm.services.centre import Centre
from crm.services.mail_in import Came
from tests.factories import NOW, ZONE, House
from tests.integration.crm_web.conftest import Browser

pytestmark = pytest.mark.integration
TEXT = "柜员态度恶劣,乱收手续费,我要投诉,要求道歉"
FORM = {"channel": "branch", "kind": "complaint", "text": TEXT, "phone": "13912345678", "name": "李女士"}


@pytest.fixture
def handler(new_browser: Callable[[], Browser]) -> Browser:
    one = new_browser()
    one.log_in("handler")
    return one


def made(answer: Any) -> int:
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return int(re.search(r"/tickets/(\d+)#intake", answer.headers["Location"])[1])  # type: ignore[index]  # it is there


def ticket_of(house: House, ticket_id: int) -> tuple[Ticket, TicketIntake]:
    with house.database.read() as session:
        return session.get_one(Ticket, ticket_id), session.get_one(TicketIntake, ticket_id)


def test_a_matter_is_typed_in_with_all_that_was_told(handler: Browser, house: House) -> None:
    handler.get("/intake/new")
    files = (io.BytesIO(b"%PDF-1.4 x"), "letter.pdf")
    more = {
        "demand": "道歉", "amount": "12.50", "people": "3", "place": "朝阳支行", "complained_about": "三号柜员",
        "received_by_unit": "marketing", "occurred_at": "2026-11-20T10:00", "preferred": "phone", "read_back": "1",
        "told": "1", "category": "complaints.service_quality", "reason_code": "service_attitude",
        "form": "written", "user_name": "li", "files": files,
    }  # fmt: skip
    ticket_id = made(handler.post("/intake/new", {**FORM, **more}, content_type="multipart/form-data"))
    ticket, intake = ticket_of(house, ticket_id)
    assert (ticket.status, ticket.amount_fen, ticket.demand) == ("acknowledged", 1250, "道歉")
    assert (ticket.category, ticket.complained_about) == ("complaints.service_quality", "三号柜员")
    assert (intake.people, intake.place, intake.received_by_unit) == (3, "朝阳支行", "marketing")
    assert (intake.form, intake.receipt, intake.read_back_by) == ("written", "told", "handler")
    page = handler.get(f"/tickets/{ticket_id}").get_data(as_text=True)
    for shown in (intake.progress_code, "李女士", "letter.pdf"):
        assert shown in page
    assert not re.search(r">\s*written\s*<|: written\b", page), "what happened is told in words, not in codes"


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(handler: Browser) -> None:
    handler.get("/intake/new")
    answer = handler.post("/intake/new", {**FORM, "phone": "x1", "amount": "viel"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert TEXT in page
    assert 'href="#f-amount"' in page


def test_the_words_suggest_while_they_are_typed(handler: Browser) -> None:
    handler.get("/intake/new")
    part = handler.post("/intake/suggest", {"text": TEXT + ",找媒体"}).get_data(as_text=True)
    assert "态度恶劣" in part
    filled = handler.post("/intake/new", {**FORM, "action": "suggest"}).get_data(as_text=True)
    assert re.search(r'<option value="complaints.\w+" selected', filled)
    assert TEXT in filled


def test_a_call_fills_in_what_it_tells(handler: Browser, house: House) -> None:
    call_id = house.call_ids["english"]
    page = handler.get(f"/intake/new?call_id={call_id}").get_data(as_text=True)
    assert f'name="call_id" value="{call_id}"' in page
    data = {"channel": "phone", "kind": "complaint", "text": TEXT, "call_id": call_id, "language": "en"}
    ticket_id = made(handler.post("/intake/new", data))
    ticket, _ = ticket_of(house, ticket_id)
    with house.database.read() as session:
        linked = session.get_one(Ticket, ticket_id)
        assert [one.call_id for one in linked.calls] == [call_id]
    assert ticket.caller_number is not None
    assert ticket.customer_id is not None


def test_the_panel_confirms_reads_back_and_decides(handler: Browser, house: House) -> None:
    handler.get("/intake/new")
    first = made(handler.post("/intake/new", FORM))
    second = made(handler.post("/intake/new", {**FORM, "text": TEXT + "!"}))
    with house.database.write() as session:
        first_look.look(session, first, now=NOW)
        first_look.look(session, second, now=NOW)
    page = handler.get(f"/tickets/{second}").get_data(as_text=True)
    link = int(re.search(rf"/tickets/{second}/intake/links/(\d+)", page)[1])  # type: ignore[index]  # it is there
    for path, data in (
        ("read-back", {}),
        ("told", {}),
        ("contacted", {"note": "已联系"}),
        ("added", {"text": "还有录音", "channel": "phone"}),
        ("classify", {"kind": "complaint", "category": "complaints.fees", "severity": "S3", "level": "2"}),
        (f"links/{link}", {"as": "linked", "reason": "再次来访"}),
    ):
        assert handler.post(f"/tickets/{second}/intake/{path}", data).status_code == 302
    ticket, intake = ticket_of(house, second)
    assert (ticket.category, ticket.severity, ticket.level) == ("complaints.fees", "S3", 2)
    assert None not in (ticket.read_back_at, ticket.told_at, intake.first_contact_at)
    page = handler.get(f"/tickets/{second}").get_data(as_text=True)
    assert "还有录音" in page
    with house.database.read() as session:
        states = session.scalars(select(SuggestionRow.state).where(SuggestionRow.ticket_id == second)).all()
    assert states == ["decided"]


def test_files_are_added_and_opened_safely(handler: Browser, house: House) -> None:
    handler.get("/intake/new")
    ticket_id = made(handler.post("/intake/new", FORM))
    handler.get(f"/tickets/{ticket_id}")
    for content, name in (
        (b"<script>alert(1)</script>", "x.html"),
        (b"MZ\0", "y.pdf"),
        (b"\x89PNG\r\n\x1a\n", "z.png"),
    ):
        data = {"files": (io.BytesIO(content), name)}
        answer = handler.post(f"/tickets/{ticket_id}/files", data, content_type="multipart/form-data")
        assert answer.status_code == 302
    with house.database.read() as session:
        rows = {one.file_name: one.id for one in session.scalars(select(Attachment))}
    assert set(rows) == {"x.html.txt", "z.png"}
    page = handler.get(f"/attachments/{rows['x.html.txt']}")
    assert page.mimetype == "text/plain"
    assert page.headers["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in page.headers["Content-Security-Policy"]
    assert handler.client.get(f"/attachments/{rows['z.png']}").headers["Content-Disposition"].startswith("inline;")


def test_what_came_in_waits_on_a_page(handler: Browser, house: House) -> None:
    raw = b"From: a@example.cn\r\nSubject: hello\r\nAuto-Submitted: auto-replied\r\nMessage-ID: <9@x>\r\n\r\nTEXT\r\n"
    with house.database.write() as session:
        mail_in.take_in_mail(session, house.store, raw, Came("box", 1, NOW), centre=Centre(ZONE), now=NOW)
    page = handler.get("/intake/").get_data(as_text=True)
    assert "a@example.cn" in page
    with house.database.read() as session:
        mail_id = session.scalars(select(Mail.id)).one()
    answer = handler.post(f"/intake/mails/{mail_id}", {"as": "ticket"})
    assert "/tickets/" in answer.headers["Location"]
    assert "a@example.cn" not in handler.get("/intake/").get_data(as_text=True)


def test_an_agent_takes_in_and_does_not_review(new_browser: Callable[[], Browser], app: Flask) -> None:
    agent = new_browser()
    agent.log_in("alice")
    assert agent.get("/intake/").headers["Location"] == "/intake/new"
    assert agent.post("/intake/mails/1", {"as": "file"}).status_code == 403


def test_programs_take_matters_in_once(api: Callable[[str], Any], house: House) -> None:
    post = {
        "kind": "complaint", "channel": "community", "text": "APP打不开,投诉", "platform": "bbs", "handle": "u1",
        "external_id": "p-1", "external_url": "https://bbs.example/p-1",
    }  # fmt: skip
    first, again = (api("handler").post("/intake", post) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json()["number"] == again.get_json()["number"]
    assert (first.get_json()["again"], again.get_json()["again"]) == (False, True)
    ticket, intake = ticket_of(house, first.get_json()["ticket_id"])
    assert (ticket.channel, ticket.first_agent_id, intake.platform) == ("community", None, "bbs")
    wrong = api("handler").post("/intake", {**post, "external_id": "", "category": "no.such", "email": "x"})
    assert wrong.status_code == 422
    assert set(wrong.get_json()["errors"]) == {"category", "email"}
    assert api("quinn").post("/intake", post).status_code == 403


@pytest.mark.parametrize("channel", ["online", "community", "social", "qq", "app", "chat", "sms", "web", "email"])
def test_every_channel_of_other_systems_comes_in(api: Callable[[str], Any], channel: str) -> None:
    answer = api("handler").post("/intake", {"kind": "complaint", "channel": channel, "text": TEXT, "shown": True})
    assert answer.status_code == 201
    assert re.fullmatch(r"\d{13}", answer.get_json()["number"])


def test_files_over_the_api(api: Callable[[str], Any], house: House) -> None:
    ticket_id = (
        api("handler").post("/intake", {"kind": "complaint", "channel": "app", "text": TEXT}).get_json()["ticket_id"]
    )
    client, headers = api("handler").client, api("handler").headers
    path = f"/api/v1/tickets/{ticket_id}/attachments?file_name=a.png"
    sent = client.post(path, data=b"\x89PNG\r\n\x1a\n", headers=headers, content_type="application/octet-stream")
    refused = client.post(path, data=b"MZ\0", headers=headers, content_type="application/octet-stream")
    assert (sent.status_code, refused.status_code) == (201, 422)
    listed = api("handler").get(f"/tickets/{ticket_id}/attachments").get_json()["items"]
    assert [one["media_type"] for one in listed] == ["image/png"]
    file = api("handler").get(f"/attachments/{listed[0]['id']}")
    assert file.get_data() == b"\x89PNG\r\n\x1a\n"
    assert api("alice").get(f"/attachments/{listed[0]['id']}").status_code == 404


def test_a_suggestion_over_the_api_keeps_nothing(api: Callable[[str], Any], house: House) -> None:
    found = api("handler").post("/intake/suggestion", {"text": TEXT}).get_json()
    word = found["guesses"]["kind"]["words"][0]
    assert found["guesses"]["kind"]["label"] == "complaint"
    assert TEXT[word["start"] : word["end"]] == word["word"]
    with house.database.read() as session:
        assert session.scalars(select(SuggestionRow)).all() == []
