"""The pages of emergencies, analysis, plans, cases and reports: what each role sees and what it may do."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from crm.db.analysis import CaseStudy
from crm.db.emergencies import DutyRosterEntry, Emergency, EmergencySignal
from crm.db.messages import Message
from crm.db.people import User
from crm.db.tickets import Ticket
from crm.domain.access import Role
from crm.domain.emergency import REPORT_PARTS, Trigger
from crm.jobs import analysis as jobs
from crm.services import emergency_signals, users
from tests.factories import CHEAP, NOW, PASSWORD, ZONE, Clock, House

pytestmark = pytest.mark.integration
Browsers = Callable[[], Any]
MORE = {"greta": Role.GM, "cora": Role.CO, "tess": Role.TR}


@pytest.fixture
def staff(house: House) -> House:
    with house.database.write() as session:
        for name, role in MORE.items():
            users.create_user(
                session, username=name, roles=frozenset({role}), password_hash=CHEAP.hash(PASSWORD), by="test", now=NOW,
                locale="en",
            )  # fmt: skip
    return house


@pytest.fixture
def at(staff: House, new_browser: Browsers) -> Callable[[str], Any]:
    """``at("sam")`` is a browser in which Sam is logged in, in English."""

    def open_for(name: str) -> Any:
        browser = new_browser()
        assert browser.log_in(name).status_code == 302
        browser.get("/account/")
        browser.post("/account/language", {"language": "en"})
        return browser

    return open_for


def page(browser: Any, path: str) -> str:
    response = browser.get(path)
    assert response.status_code == 200, path
    return str(response.get_data(as_text=True))


def file(browser: Any, path: str) -> Any:
    """A file that a page offers."""
    response = browser.client.get(path)
    assert response.status_code == 200, path
    return response


def follow(browser: Any, path: str, data: dict[str, Any]) -> str:
    """Post a form and read the page that it comes back to."""
    response = browser.post(path, data, follow_redirects=True)
    assert response.status_code == 200
    return str(response.get_data(as_text=True))


def test_an_emergency_walked_through_the_pages(staff: House, at: Callable[[str], Any], new_browser: Browsers) -> None:
    sam = at("sam")
    page(sam, "/duty/")
    for duty, name in (("lead", "dora"), ("customers", "handler"), ("floor", "sam")):
        told = follow(sam, "/duty/", {"duty": duty, "username": name, "rank": "1", "number": "13900000001"})
        assert "Put on the roster." in told
    assert "There is no such active user." in follow(sam, "/duty/", {"duty": "lead", "username": "no", "rank": "1"})
    with staff.database.write() as session:
        emergency_signals.suggest(
            session, trigger=Trigger.MEDIA, key="t", title="x", ticket_ids=[staff.ticket_ids["english"]], why="words",
            words=["记者"], now=NOW,
        )  # fmt: skip
        signal = session.scalars(select(EmergencySignal)).one().id
    assert "Signs of an emergency (1)" in page(sam, "/emergencies/")
    page(sam, f"/emergencies/declare?signal={signal}")
    refused = follow(sam, "/emergencies/declare", {"trigger": "", "title": "t", "situation": "s", "signal": signal})
    assert "Choose what makes it an emergency." in refused
    room = follow(sam, "/emergencies/declare",
                  {"trigger": "media", "title": "Transfers fail", "situation": "s", "signal": signal})  # fmt: skip
    assert "Transfers fail" in room
    assert "You are called out." in room
    with staff.database.read() as session:
        number = session.scalars(select(Emergency.id)).one()
        assert session.get_one(EmergencySignal, signal).emergency_id == number
        body = session.scalars(select(Message.body).order_by(Message.id)).first() or ""
    found = re.search(r"/emergencies/answer/([\w-]+)", body)
    assert found
    outside = new_browser()
    assert "Transfers fail" in page(outside, f"/emergencies/answer/{found[1]}")
    assert outside.post(f"/emergencies/answer/{found[1]}", {"answer": "coming"}).status_code == 302
    assert outside.get("/emergencies/answer/another").status_code == 404
    handler, dora = at("handler"), at("dora")
    address = f"/emergencies/{number}"
    page(handler, address)
    follow(handler, f"{address}/answer", {"answer": "coming"})
    page(dora, address)
    follow(dora, f"{address}/answer", {"answer": "coming"})
    done = follow(sam, f"{address}/answer", {"answer": "coming"})
    assert "whole" in done
    follow(
        handler, f"{address}/measures", {"text": "Use the other line", "owner": "sam", "tell_agents": "Please wait."}
    )
    assert "Please wait." in page(at("alice"), "/emergencies/")
    told = follow(handler, f"{address}/bulletins", {"internal": "It works again", "customer_zh": "已恢复",
                                                    "customer_en": "It works again.", "final": "1"})  # fmt: skip
    assert "Bulletin 1" in told
    follow(handler, f"{address}/notes", {"text": "All quiet."})
    report = dict.fromkeys(REPORT_PARTS, "written")
    assert "Handed in for signature." in follow(handler, f"{address}/report", {**report, "done": "1"})
    assert "Temporary solutions are still in force" in follow(dora, f"{address}/close", {})
    follow(handler, f"{address}/measures/1/end", {"outcome": "handed to technology"})
    closed = follow(dora, f"{address}/close", {})
    assert "Closed." in closed
    paper = file(dora, f"{address}/report.pdf")
    assert paper.mimetype == "application/pdf"
    assert paper.data.startswith(b"%PDF")
    assert "All quiet." in page(dora, address)


def test_a_sign_that_is_none_is_said_to_be_none(staff: House, at: Callable[[str], Any]) -> None:
    with staff.database.write() as session:
        emergency_signals.suggest(session, trigger=Trigger.HARM, key="t", title="x", ticket_ids=[1], why="", now=NOW)
    dora = at("dora")
    page(dora, "/emergencies/")
    assert "Written down." in follow(dora, "/emergencies/signals/1/dismiss", {"reason": "a quotation"})
    assert "Signs of an emergency" not in page(dora, "/emergencies/")


def test_who_is_in_no_team_sees_no_room(staff: House, at: Callable[[str], Any]) -> None:
    dora, alice = at("dora"), at("alice")
    page(dora, "/emergencies/declare")
    follow(dora, "/emergencies/declare", {"trigger": "other", "title": "t", "situation": "s"})
    assert alice.get("/emergencies/1").status_code == 404
    assert alice.get("/emergencies/declare").status_code == 403
    assert alice.get("/duty/").status_code == 403
    assert alice.post("/emergencies/1/close", {}).status_code == 403
    with staff.database.read() as session:
        assert session.scalars(select(DutyRosterEntry)).all() == []


def test_the_analysis_as_a_page_a_sheet_and_on_paper(staff: House, clock: Clock, at: Callable[[str], Any]) -> None:
    jobs.run(staff.database, ZONE, clock.now)
    dora = at("dora")
    shown = page(dora, "/analysis/")
    assert "figure-chart" in shown
    assert "Received over time" in shown
    page(dora, "/analysis/?kind=all&first=2026-11-01&last=2026-11-21")
    assert "The last day must not be before" in page(dora, "/analysis/?first=2026-11-21&last=2026-11-01")
    assert "Write dates as" in page(dora, "/analysis/?first=yesterday")
    sheet = file(dora, "/analysis/figures.xlsx?kind=all")
    with zipfile.ZipFile(io.BytesIO(sheet.data)) as book:
        names = book.read("xl/workbook.xml").decode()
        assert "Business" in names
        assert any(name.startswith("xl/charts/") for name in book.namelist())
    assert file(dora, "/analysis/figures.pdf").data.startswith(b"%PDF")
    assert at("alice").get("/analysis/").status_code == 403


def test_a_report_is_frozen_and_shown(staff: House, clock: Clock, at: Callable[[str], Any]) -> None:
    dora = at("dora")
    page(dora, "/reports/")
    assert "This period is not over yet." in follow(dora, "/reports/", {"span": "month", "month": "2026-11"})
    assert "Name a month" in follow(dora, "/reports/", {"span": "month", "month": "soon"})
    made = follow(dora, "/reports/", {"span": "month", "month": "2026-10"})
    assert "as it was frozen" in made
    assert file(dora, "/reports/1.xlsx").data.startswith(b"PK")
    assert file(dora, "/reports/1.pdf").data.startswith(b"%PDF")
    assert "Yearly disclosure" in follow(dora, "/reports/", {"span": "year", "year": "2025"})


def test_a_plan_from_its_making_to_its_end(staff: House, at: Callable[[str], Any]) -> None:
    dora = at("dora")
    page(dora, "/improvements/new?axis=reason&key=pricing&source=pareto")
    base = {"kind": "process", "title": "Tell fees first", "cause": "nobody told", "plan": "tell", "owner": "handler"}
    assert "There is no such active user." in follow(dora, "/improvements/new", {**base, "owner": "no", "due_on": "2026-12-01"})  # fmt: skip  # noqa: E501
    assert "must not lie in the past" in follow(dora, "/improvements/new", {**base, "due_on": "2026-01-01"})
    made = follow(dora, "/improvements/new", {**base, "due_on": "2026-12-01", "measure": "reason:pricing"})
    assert "Tell fees first" in made
    handler = at("handler")
    assert "Tell fees first" in page(handler, "/improvements/?which=mine")
    page(handler, "/improvements/1")
    done = follow(handler, "/improvements/1", {"move": "finish", "text": "all told", "version": "1"})
    assert "It can be counted from" in done
    early = follow(dora, "/improvements/1", {"move": "effective", "text": "fewer", "version": "2"})
    assert "It is too early to check the effect." in early


def test_a_review_of_several_departments(staff: House, at: Callable[[str], Any]) -> None:
    dora = at("dora")
    shown = page(dora, "/improvements/reviews")
    ids = re.findall(r'name="department" value="(\d+)"', shown)
    text = {"held_on": "2026-11-20", "period_from": "2026-08-01", "period_to": "2026-11-19", "people": "all",
            "findings": "too slow", "decisions": "hand over at once"}  # fmt: skip
    assert "At least two departments take part." in follow(
        dora, "/improvements/reviews", {**text, "department": ids[:1]}
    )
    assert "hand over at once" in follow(dora, "/improvements/reviews", {**text, "department": ids[:2]})


def test_a_case_is_suggested_checked_and_published_by_three(staff: House, at: Callable[[str], Any]) -> None:
    handler, cora, tess, alice = at("handler"), at("cora"), at("tess"), at("alice")
    ticket = staff.ticket_ids["english"]
    page(handler, f"/cases/write?ticket={ticket}")
    text = {"title": "A fee twice", "situation": "The fee was taken twice.", "handling": "Given back.",
            "lessons": "Check before.", "language": "en", "category": "complaints.fees", "level": "2",
            "ticket": str(ticket)}  # fmt: skip
    named = follow(handler, "/cases/write", {**text, "handling": "Called 13800138000."})
    assert "It holds a telephone number: take it out." in named
    assert "A fee twice" in follow(handler, "/cases/write", text)
    assert "A fee twice" not in page(alice, "/cases/")
    assert "A fee twice" in page(cora, "/cases/")
    assert "A draft is checked by compliance" in follow(handler, "/cases/1", {"what": "review", "version": "1"})
    assert "Written down." in follow(cora, "/cases/1", {"what": "review", "version": "1"})
    page(tess, "/cases/1")
    assert "Written down." in follow(tess, "/cases/1", {"what": "publish", "version": "2"})
    assert "A fee twice" in page(alice, "/cases/?q=fee+twice")
    page(alice, "/cases/1")
    with staff.database.read() as session:
        assert session.get_one(CaseStudy, 1).used >= 1


def test_a_complaint_is_escalated_on_its_page(staff: House, at: Callable[[str], Any]) -> None:
    handler, ticket = at("handler"), staff.ticket_ids["english"]
    with staff.database.write() as session:
        handlers = session.scalars(select(User).where(User.username == "handler")).one()
        session.get_one(Ticket, ticket).assignee_id = handlers.id
    assert "Escalation" in page(handler, f"/tickets/{ticket}")
    follow(handler, f"/tickets/{ticket}/escalation/", {"ground": "principle", "why": "It touches everybody."})
    shown = page(handler, f"/tickets/{ticket}")
    assert "It touches everybody." in shown
    version = re.search(r'name="version" value="(\d+)"><label class="form-label" for="escalation-investigator"', shown)
    assert version
    again = follow(handler, f"/tickets/{ticket}/escalation/investigator",
                   {"investigator": "handler", "version": version[1]})  # fmt: skip
    assert "Who handled the complaint before does not investigate it anew." in again
    named = follow(
        handler, f"/tickets/{ticket}/escalation/investigator", {"investigator": "sam", "version": version[1]}
    )
    assert "Investigated anew by" in named


def test_the_region_that_a_complaint_is_counted_in(staff: House, at: Callable[[str], Any]) -> None:
    handler, ticket = at("handler"), staff.ticket_ids["english"]
    page(handler, f"/tickets/{ticket}")
    assert "Guangdong" in follow(handler, f"/tickets/{ticket}/learning/region", {"region": "44"})
