"""The answer and what follows it on the pages: written, sent, signed, visited, held; the customer's own links."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from crm.db.aftercare import AcceptanceForm, Questionnaire, Reply
from crm.db.customers import CustomerContact
from crm.db.messages import Document, Message
from crm.db.people import Customer, User
from crm.db.records import AuditEntry
from crm.db.tickets import Ticket
from crm.domain.access import Role
from crm.domain.handling import Act
from crm.domain.letterhead import Letterhead
from crm.domain.messages import MessageState
from crm.domain.tickets import Channel, Kind, Status
from crm.services import delivery, handling, questionnaires, users, visits
from crm.services.centre import Centre
from crm.services.replies import digest_of
from crm.services.ticket_changes import NewTicket, create_ticket
from tests.factories import CHEAP, NOW, PASSWORD, ZONE, House
from tests.integration.crm_web.conftest import Browser

pytestmark = pytest.mark.integration
CENTRE = Centre(ZONE, public_url="https://bank.example")
PARTS = {"facts": "核查了录音", "basis": "客户服务规范第十二条", "solution": "道歉并减免年费", "execution": "已减免"}


@pytest.fixture
def ticket_id(house: House) -> int:
    """A complaint of level 2 that alice took and the handler may answer."""
    with house.database.write() as session:
        for name in ("cora", "cole"):
            users.create_user(session, username=name, roles=frozenset({Role.CO}), password_hash=CHEAP.hash(PASSWORD),
                              by="t", now=NOW)  # fmt: skip
        alice = users.actor_of(session.scalars(select(User).where(User.username == "alice")).one())
        handler = session.scalars(select(User).where(User.username == "handler")).one()
        new = NewTicket(Kind.COMPLAINT, Channel.PHONE, "坐席挂断电话", caller_number="13800138099")
        made = create_ticket(session, alice, new, centre=CENTRE, now=NOW - timedelta(days=2)).summary
        row = session.get_one(Ticket, made.id)
        customer = session.get_one(Customer, row.customer_id)
        customer.name, customer.preferred_channel = "张三", "email"
        session.add(CustomerContact(customer_id=customer.id, kind="email", address="z@customer.example", added_at=NOW,
                                    added_by="t"))  # fmt: skip
        session.flush()
        session.execute(
            update(Ticket).where(Ticket.id == made.id).values(
                status=Status.NOTIFYING, level=2, assignee_id=handler.id, first_agent_id=alice.user_id, handling_step=2)
        )  # fmt: skip
    with house.database.write() as session:
        for act in (Act.REPORTED, Act.NO_PENALTY):
            handling.write(session, session.get_one(Ticket, made.id), act, actor="handler", now=NOW, note="x")
    return made.id


def prove(house: House) -> None:
    with house.database.write() as session:
        row = session.scalars(select(Message).where(Message.template == "reply")).one()
        delivery.settle(session, row.id, MessageState.SENT, outcome="accepted", actor="system", now=NOW,
                        detail={"answer": "250 taken"})  # fmt: skip


def write_and_send(browser: Browser, ticket_id: int) -> None:
    path = f"/tickets/{ticket_id}"
    browser.get(path)
    given = {**PARTS, "remedies": "核查\n调解\n仲裁\n诉讼", "language": "zh", "seen": "0", "form": "reply"}
    assert browser.post(f"{path}/reply/", given).status_code == 302
    letter = browser.client.get(f"{path}/reply/letter.pdf")
    assert letter.data.startswith(b"%PDF")
    assert "no-store" in letter.headers["Cache-Control"]
    assert browser.post(f"{path}/reply/send", {"channel": "email", "seen": "1"}).status_code == 302


def test_a_handler_answers_and_the_letter_is_opened_on_record(house: House, browser: Browser, ticket_id: int) -> None:
    browser.log_in("handler")
    path = f"/tickets/{ticket_id}"
    browser.get(path)
    refused = browser.post(f"{path}/reply/", {**PARTS, "language": "fr", "seen": "0", "form": "reply"})
    assert refused.status_code == 422
    assert "核查了录音" in refused.get_data(as_text=True)  # what was typed is still there
    write_and_send(browser, ticket_id)
    again = browser.post(f"{path}/reply/send", {"channel": "email", "seen": "1"})
    assert again.status_code in {409, 422}
    prove(house)
    page = browser.get(path).get_data(as_text=True)
    assert "250 taken" in page
    with house.database.read() as session:
        assert session.get_one(Ticket, ticket_id).status == Status.NOTIFIED
        paper = session.scalars(select(Document).where(Document.kind == "reply_letter")).one()
    assert browser.client.get(f"/documents/{paper.id}").data.startswith(b"%PDF")
    assert browser.get("/documents/nonsense").status_code == 404
    with house.database.read() as session:
        opened = session.scalars(select(AuditEntry).where(AuditEntry.action == "document.opened")).one()
        assert opened.actor == "handler"


def test_the_first_agent_signs_with_his_password(
    house: House, browser: Browser, new_browser: Callable[[], Browser], ticket_id: int
) -> None:
    browser.log_in("handler")
    write_and_send(browser, ticket_id)
    prove(house)
    path = f"/tickets/{ticket_id}"
    assert browser.post(f"{path}/heard/not-reached", {"note": "no answer"}).status_code == 302
    assert browser.post(f"{path}/heard/confirmed", {"satisfaction": "9"}).status_code == 422
    assert browser.post(f"{path}/heard/confirmed", {"satisfaction": "5", "opinion": "谢谢"}).status_code == 302
    alice = new_browser()
    alice.log_in("alice")
    page = alice.get(path).get_data(as_text=True)
    assert "FO-10" in page
    fields = {"filled_on": "2026-11-21", "filled_by": "alice", "real_name": "张三", "complained_about": "李某",
              "channel": "phone", "user_name": "", "complaint_type": "二级", "phone": "13800138099",
              "complained_at": "2026-11-19", "content": "坐席挂断电话", "language": "zh"}  # fmt: skip
    assert alice.post(f"{path}/form/", {**fields, "content": " "}).status_code == 422
    assert alice.post(f"{path}/form/", fields).status_code == 302
    assert alice.post(f"{path}/form/sign", {"seen": "1", "password": "wrong"}).status_code == 422
    assert alice.post(f"{path}/form/sign", {"seen": "1", "password": PASSWORD}).status_code == 302
    assert alice.client.get(f"{path}/form/form.pdf").data.startswith(b"%PDF")
    not_his_turn = browser.post(f"{path}/form/sign", {"seen": "2", "password": PASSWORD, "opinion": "同意"})
    assert not_his_turn.status_code == 409
    assert browser.post(f"{path}/form/file", {}).status_code == 409
    with house.database.read() as session:
        assert [one.place for one in session.scalars(select(AcceptanceForm)).one().signatures] == ["FO-11"]


def test_a_customer_reads_his_answer_by_his_link_and_rates_it(
    house: House, browser: Browser, new_browser: Callable[[], Browser], ticket_id: int
) -> None:
    browser.log_in("handler")
    write_and_send(browser, ticket_id)
    prove(house)
    with house.database.write() as session:
        reply = session.scalars(select(Reply)).one()
        reply.link_digest, reply.link_until = digest_of("s" * 24), NOW + timedelta(days=9)
        ticket = session.get_one(Ticket, ticket_id)
        questionnaires.invite(session, ticket, CENTRE, now=NOW)
        session.scalars(select(Questionnaire)).one().digest = digest_of("q" * 24)
    customer = new_browser()
    link, rate = f"/answer/reply/{'s' * 24}", f"/answer/rate/{'q' * 24}"
    assert customer.get(link).status_code == 200
    assert "核查了录音" not in customer.client.post(link, data={"digits": "1234"}).get_data(as_text=True)
    shown = customer.client.post(link, data={"digits": "8099"})
    assert "核查了录音" in shown.get_data(as_text=True)
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert customer.client.post(link, data={"digits": "8099", "save": "1"}).data.startswith(b"%PDF")
    assert customer.client.post("/answer/reply/wrong", data={"digits": "8099"}).status_code == 404
    assert customer.get("/answer/rate/wrong").status_code == 404
    assert customer.get(rate).status_code == 200
    assert customer.client.post(rate, data={"score": ""}).status_code == 422
    assert customer.client.post(rate, data={"score": "1", "disputes": "1"}).status_code == 422
    assert customer.client.post(rate, data={"score": "5", "settled": "1"}).status_code == 200
    assert customer.client.post(rate, data={"score": "5"}).status_code == 409
    with house.database.read() as session:
        assert session.get_one(Ticket, ticket_id).status == Status.CONFIRMED
        assert session.scalars(select(Reply)).one().seen_at == NOW


def test_a_visit_is_taken_asked_and_written_down(
    house: House, browser: Browser, new_browser: Callable[[], Browser], ticket_id: int
) -> None:
    browser.log_in("handler")
    write_and_send(browser, ticket_id)
    prove(house)
    with house.database.write() as session:
        made = visits.plan_after_notice(session, session.get_one(Ticket, ticket_id), CENTRE, now=NOW)
        assert made is not None
        path = f"/visits/{made.id}"
    refused = browser.post(f"{path}/take", {})
    assert refused.status_code == 422
    amy = new_browser()
    amy.log_in("amy")
    assert "道歉并减免年费" in amy.get(path).get_data(as_text=True)
    assert amy.post(f"{path}/take", {}).status_code == 302
    assert amy.get("/visits/").status_code == 200
    kept = amy.post(f"{path}/said", {"q_satisfaction": "1", "q_settled": "no", "opinion": ""})
    assert kept.status_code == 422
    assert amy.post(f"{path}/not-reached", {"note": "engaged twice"}).status_code == 302
    assert "engaged twice" in amy.get(path).get_data(as_text=True)
    assert amy.post(f"{path}/said", {"q_satisfaction": "5", "q_settled": "yes"}).status_code == 302
    outsider = new_browser()
    outsider.log_in("quinn")
    assert outsider.get(path).status_code == 403


def test_compliance_holds_files_and_asks_for_exports(
    house: House, browser: Browser, new_browser: Callable[[], Browser], ticket_id: int
) -> None:
    browser.log_in("cora")
    path = f"/tickets/{ticket_id}"
    browser.get(path)
    assert browser.post(f"{path}/archive/hold", {"reason": ""}).status_code == 422
    with house.database.write() as session:
        session.execute(update(Ticket).where(Ticket.id == ticket_id).values(status=Status.ARCHIVED))
    assert browser.post(f"{path}/archive/hold", {"reason": "诉讼", "reference": "1"}).status_code == 302
    assert "诉讼" in browser.get(path).get_data(as_text=True)
    assert browser.get("/archives/").status_code == 200
    asked = {"body": "监管局", "why": "检查", "since": "2026-11-01", "until": "2026-11-21", "numbers": ""}
    assert browser.post("/archives/exports", {**asked, "until": "x"}).status_code == 422
    assert browser.post("/archives/exports", asked).status_code == 302
    with house.database.read() as session:
        number = session.get_one(Ticket, ticket_id).number
    assert browser.post("/archives/deletions", {"numbers": number, "reason": "x"}).status_code == 422
    assert browser.post("/archives/deletions/1/agree", {"seen": "1"}).status_code == 404
    assert browser.get("/letterhead/").status_code == 200
    handler = new_browser()
    handler.log_in("handler")
    handler.get(path)
    assert handler.post(f"{path}/archive/hold", {"reason": "x"}).status_code == 403
    assert handler.get("/letterhead/").status_code == 403
    assert handler.get("/archives/").status_code == 200


def test_the_letterhead_is_changed_on_its_page(browser: Browser, ticket_id: int) -> None:
    browser.log_in("cora")
    page = browser.get("/letterhead/").get_data(as_text=True)
    assert "示例银行" in page
    document = Letterhead().to_document()
    given = {f"{code}_{name}": text for code in ("zh", "en") for name, text in document[code].items()}
    given |= {"zh_bank": "甲银行", "hotline": "95588", "address": "", "email": "", "base": "0", "reason": "改名"}
    assert browser.post("/letterhead/", {**given, "zh_mediation": ""}).status_code == 422
    assert browser.post("/letterhead/", given).status_code == 302
    assert "甲银行" in browser.get("/letterhead/").get_data(as_text=True)
    assert browser.post("/letterhead/", given).status_code == 422  # made from an older version


def test_nobody_answers_without_the_right(new_browser: Callable[[], Browser], ticket_id: int) -> None:
    for name, status in (("amy", 403), ("sam", 403), ("audrey", 403)):
        person_ = new_browser()
        person_.log_in(name)
        person_.get("/")
        answer = person_.post(f"/tickets/{ticket_id}/reply/", {**PARTS, "language": "zh", "seen": "0"})
        assert answer.status_code in {status, 404, 422}
