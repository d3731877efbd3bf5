"""The customers' pages: a form that loses nothing, a receipt, the progress, and limits that name another way."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from crm.db.intake import Contribution, TicketIntake
from crm.db.tickets import Ticket
from crm.web import public_limits
from tests.factories import Clock, House

pytestmark = pytest.mark.integration
FORM = {
    "kind": "complaint",
    "text": "白金卡年费说好免的,结果收了600元",
    "name": "王小明",
    "phone": "13912345678",
    "preferred": "phone",
    "amount": "600.00",
    "occurred_at": "2026-11-20",
}


@pytest.fixture
def customer(app: Flask) -> FlaskClient:
    """A browser that keeps no cookies."""
    return app.test_client(use_cookies=False)


def token_of(customer: FlaskClient, clock: Clock, seconds: int = 30) -> str:
    page = customer.get("/contact/?lang=zh").get_data(as_text=True)
    clock.now += timedelta(seconds=seconds)
    return str(re.search(r'name="token" value="([^"]+)"', page)[1])  # type: ignore[index]  # it is there


def send(customer: FlaskClient, clock: Clock, **changes: Any) -> TestResponse:
    data = {**FORM, **changes}
    if "token" not in data:
        data["token"] = token_of(customer, clock)
    return customer.post("/contact/?lang=zh", data=data, content_type="multipart/form-data")


def web_tickets(house: House) -> list[Ticket]:
    with house.database.read() as session:
        return list(session.scalars(select(Ticket).where(Ticket.channel == "web").order_by(Ticket.id.desc())))


def test_a_customer_gets_number_code_time_and_contact(customer: FlaskClient, clock: Clock, house: House) -> None:
    before = len(web_tickets(house))
    answer = send(customer, clock, files=(io.BytesIO(b"\x89PNG\r\n\x1a\nx"), "截图.png"))
    assert answer.status_code == 303
    page = customer.get(answer.headers["Location"]).get_data(as_text=True)
    ticket = web_tickets(house)[0]
    with house.database.read() as session:
        code = session.get_one(TicketIntake, ticket.id).progress_code
    assert len(web_tickets(house)) == before + 1
    assert (ticket.status, ticket.amount_fen, ticket.language) == ("acknowledged", 60_000, "zh")
    for shown in (f"{ticket.number[:6]}-{ticket.number[6:8]}-{ticket.number[8:]}", code, "预计答复时间", "95000"):
        assert shown in page


def test_the_button_pressed_twice_makes_one_ticket(customer: FlaskClient, clock: Clock, house: House) -> None:
    token, before = token_of(customer, clock), len(web_tickets(house))
    first, again = (send(customer, clock, token=token) for _ in range(2))
    assert (first.status_code, again.status_code) == (303, 303)
    assert len(web_tickets(house)) == before + 1


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"text": ""}, "请填写此项"),
        ({"phone": "", "email": ""}, "请至少留下一种联系方式"),
        ({"amount": "many"}, "请填写有效的数字"),
        ({"occurred_at": "2031-01-01"}, "时间不正确"),
        ({"preferred": "email"}, "请填写对应的联系方式"),
        ({"website": "http://spam.example"}, "再次点击"),
        ({"token": "forged"}, "再次点击"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    customer: FlaskClient, clock: Clock, house: House, changes: dict[str, str], shown: str
) -> None:
    before = len(web_tickets(house))
    answer = send(customer, clock, **changes)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert shown in page
    assert "王小明" in page
    assert len(web_tickets(house)) == before


def test_a_file_is_refused_by_its_bytes(customer: FlaskClient, clock: Clock, house: House) -> None:
    before = len(web_tickets(house))
    answer = send(customer, clock, files=(io.BytesIO(b"MZ\x90\x00"), "screenshot.png"))
    assert answer.status_code == 422
    assert "screenshot.png: 不支持该文件类型" in answer.get_data(as_text=True)
    assert len(web_tickets(house)) == before


def test_a_form_sent_faster_than_anybody_reads_is_asked_for_again(customer: FlaskClient, clock: Clock) -> None:
    token = token_of(customer, clock, seconds=0)
    assert send(customer, clock, token=token).status_code == 422
    clock.now += timedelta(seconds=5)
    assert send(customer, clock, token=token).status_code == 303


def test_many_from_one_address_are_told_of_the_hotline(
    customer: FlaskClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_limits, "SUBMIT_BY_ADDRESS", public_limits.parse("2 per hour"))
    phones = iter(range(10))
    answers = [send(customer, clock, phone=f"1391234567{next(phones)}") for _ in range(3)]
    assert [one.status_code for one in answers] == [303, 303, 429]
    assert "95000" in answers[-1].get_data(as_text=True)
    assert "王小明" in answers[-1].get_data(as_text=True)
    monkeypatch.undo()
    behind_proxy = customer.post(
        "/contact/?lang=zh",
        data={**FORM, "token": token_of(customer, clock)},
        headers={"X-Forwarded-For": "203.0.113.9"},
    )
    assert behind_proxy.status_code == 303


def test_one_contact_is_not_used_to_flood(customer: FlaskClient, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_limits, "SUBMIT_BY_CONTACT", public_limits.parse("1 per day"))
    assert [send(customer, clock).status_code for _ in range(2)] == [303, 429]


def opened(customer: FlaskClient, clock: Clock, house: House) -> tuple[Ticket, str]:
    send(customer, clock)
    ticket = web_tickets(house)[0]
    with house.database.read() as session:
        code = session.get_one(TicketIntake, ticket.id).progress_code
    answer = customer.post("/contact/progress?lang=zh", data={"number": ticket.number, "code": code.lower()})
    assert answer.status_code == 303
    return ticket, str(answer.headers["Location"])


def test_progress_is_shown_for_number_and_code_only(customer: FlaskClient, clock: Clock, house: House) -> None:
    ticket, address = opened(customer, clock, house)
    page = customer.get(address).get_data(as_text=True)
    assert "我们已确认接收" in page
    assert FORM["text"] not in page
    for number, code in ((ticket.number, "WRONG222"), ("2611229099999", "WRONG222"), ("", "")):
        answer = customer.post("/contact/progress?lang=zh", data={"number": number, "code": code})
        assert answer.status_code == 404
        assert "编号与查询码不匹配" in answer.get_data(as_text=True)
    clock.now += timedelta(hours=2)
    assert "请重新输入" in customer.get(address).get_data(as_text=True)


def test_a_code_is_not_guessed(
    customer: FlaskClient, clock: Clock, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_limits, "WRONG_BY_NUMBER", public_limits.parse("2 per hour"))
    ticket, _ = opened(customer, clock, house)
    tries = [
        customer.post("/contact/progress", data={"number": ticket.number, "code": "AAAAAAAA"}).status_code
        for _ in range(3)
    ]
    assert tries == [404, 404, 429]


def test_a_customer_adds_to_his_matter_and_asks_to_withdraw(customer: FlaskClient, clock: Clock, house: House) -> None:
    ticket, address = opened(customer, clock, house)
    token = re.search(r'name="t" value="([^"]+)"', customer.get(address).get_data(as_text=True))[1]  # type: ignore[index]  # it is there
    answer = customer.post("/contact/progress/add?lang=zh", data={"t": token, "text": "还有一段录音"})
    assert answer.status_code == 303
    assert "还有一段录音" in customer.get(answer.headers["Location"]).get_data(as_text=True)
    assert customer.post("/contact/progress/add", data={"t": token, "withdraw": "1"}).status_code == 303
    assert customer.post("/contact/progress/add", data={"t": token, "text": " "}).status_code == 422
    assert customer.post("/contact/progress/add", data={"t": "forged", "text": "x"}).status_code == 422
    with house.database.read() as session:
        kinds = session.scalars(select(Contribution.kind).where(Contribution.ticket_id == ticket.id)).all()
    assert kinds == ["text", "withdrawal"]


@pytest.mark.parametrize(("language", "word"), [("zh", "我要反映"), ("en", "Tell us")])
def test_the_pages_speak_both_languages_without_a_cookie(customer: FlaskClient, language: str, word: str) -> None:
    for path in ("/contact/", "/contact/progress"):
        assert word in customer.get(f"{path}?lang={language}").get_data(as_text=True)


def test_a_receipt_is_for_whoever_sent_the_form(customer: FlaskClient) -> None:
    assert customer.get("/contact/receipt").status_code == 404
    assert customer.get("/contact/receipt?t=forged").status_code == 404
