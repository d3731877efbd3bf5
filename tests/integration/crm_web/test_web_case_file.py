"""The case file, the desk, the search box and the notices in the pages: forms, rights, and what was typed stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select, update

from crm.db.casefile import Evidence, ExecutionStep
from crm.db.departments import Department, DepartmentMember
from crm.db.people import User
from crm.db.tickets import Ticket
from crm.domain.approvals import Subject
from crm.domain.desk import Urgency, WaitsFor
from crm.domain.evidence import CustodyAct
from crm.domain.notices import NoticeKind
from crm.domain.term_types import TermKind
from crm.domain.tickets import Status
from crm.services import case_facts, notices
from crm.web import desk_words
from tests.factories import NOW, House
from tests.integration.crm_web.conftest import Browser

pytestmark = pytest.mark.integration
LOCAL = "%Y-%m-%dT%H:%M"


def local(hours: float = 0) -> str:
    return (NOW + timedelta(hours=8 + hours)).strftime(LOCAL)


@pytest.fixture
def case(house: House) -> str:
    """A complaint that the handler investigates; its address."""
    with house.database.write() as session:
        carl = session.scalars(select(User.id).where(User.username == "handler")).one()
        session.execute(
            update(Ticket)
            .where(Ticket.id == house.ticket_ids["chinese"])
            .values(status=Status.INVESTIGATING, assignee_id=carl, level=2)
        )
    return f"/tickets/{house.ticket_ids['chinese']}"


def evidence(**changes: object) -> dict[str, object]:
    return {
        "form": "evidence-add", "kind": "transaction", "title": "posting", "shows": "booked twice", "source": "ledger",
        "obtained_at": local(-1), "text": "20:31:05, card 6222021234567894", "fact_amount": "1,280.00", **changes,
    }  # fmt: skip


def test_evidence_is_added_shown_and_checked(browser: Browser, house: House, case: str) -> None:
    browser.log_in("handler")
    answer = browser.post(f"{case}/evidence/", evidence())
    assert (answer.status_code, answer.location) == (302, f"{case}#evidence")
    page = browser.get(case).text
    assert "booked twice" in page
    assert "622202••••••7894" in page
    assert "6222021234567894" not in page
    assert "1,280.00" in page
    assert browser.post(f"{case}/evidence/check", {}).status_code == 302
    assert "1 piece checked: unchanged." in browser.get(case).text
    recording = f"recording:{house.recording_ids['chinese']}"
    form = {"form": "evidence-recorded", "recorded": recording, "shows": "he says so"}
    assert browser.post(f"{case}/evidence/recorded", form).status_code == 302
    assert browser.post(f"{case}/evidence/recorded", form).status_code == 409, "only once"
    with house.database.read() as session:
        kinds = session.scalars(select(Evidence.kind).order_by(Evidence.position)).all()
    assert kinds == ["transaction", "recording"]


def test_a_file_becomes_evidence_by_its_bytes(browser: Browser, house: House, case: str) -> None:
    browser.log_in("handler")
    file = (BytesIO(b"the log\n2026-11-20 20:31:05 booked\n"), "log.txt")
    made = browser.post(f"{case}/evidence/", evidence(kind="system_log", text="", fact_amount="", file=file))
    assert made.status_code == 302, made.text[:2000]
    with house.database.read() as session:
        row = session.scalars(select(Evidence)).one()
    assert row.attachment_id is not None
    assert row.attachment is not None
    assert row.attachment.sha256 == row.sha256


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"shows": ""}, "What it shows: 1 to 2000 characters"),
        ({"fact_amount": "12.345"}, "at most two decimals"),
        ({"fact_account": "6222021234567894"}, "last four digits"),
        ({"obtained_at": "whenever"}, "date and time"),
        ({"text": ""}, "a file, a recording, or what was read off"),
        ({"kind": "recording"}, "Choose one of the list."),
    ],
)
def test_what_was_refused_stays_in_its_fields(
    browser: Browser, case: str, changes: dict[str, object], said: str
) -> None:
    browser.log_in("handler")
    answer = browser.post(f"{case}/evidence/", evidence(**changes, title="a title that took long to write"))
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="a title that took long to write"' in answer.text


def test_findings_are_written_and_an_older_version_is_still_there(browser: Browser, house: House, case: str) -> None:
    browser.log_in("handler")
    findings = f"{case}/findings"
    steps = (
        ("facts", {"facts": "charged twice", "verdict": "substantiated"}),
        ("causes", {"act": "add", "text": "sent twice"}),
        ("causes", {"act": "add", "text": "no check for doubles", "parent": "1"}),
        ("causes", {"act": "root", "cause": "2", "code": "system.defect"}),
        ("responsible", {"party": "partner", "degree": "full", "name": "acquirer", "ground": "it sent twice"}),
        ("basis", {"kind": "contract", "title": "《领用合约》", "clause": "12"}),
    )
    for version, (name, fields) in enumerate(steps):
        answer = browser.post(f"{findings}/{name}", {"form": name, "version": str(version), **fields})
        assert answer.status_code == 302, answer.text[:3000]
    with house.database.read() as session:
        view = case_facts.findings_of(session, house.ticket_ids["chinese"])
    assert (view.version, view.missing, view.findings.root_cause) == (6, (), "system.defect")
    assert view.findings.basis[0].title == "领用合约"
    assert "sent twice" not in browser.get(f"{findings}/versions/1").text
    assert "sent twice" in browser.get(f"{findings}/versions/2").text
    assert browser.get(f"{findings}/versions/99").status_code == 404
    stale = browser.post(f"{findings}/facts", {"form": "findings-facts", "version": "1", "facts": "my own long text"})
    assert stale.status_code == 409
    assert "my own long text" in stale.text, "nothing that was typed is lost"
    assert "Somebody else changed the findings" in stale.text
    removed = browser.post(f"{findings}/basis", {"act": "remove", "entry": "0", "version": "6"})
    assert removed.status_code == 302


def test_a_solution_is_planned_and_its_steps_are_carried_out(browser: Browser, house: House, case: str) -> None:
    browser.log_in("handler")
    solution = f"{case}/solution"
    for version, (name, fields) in enumerate(
        (
            ("measures", {"kind": "adjustment", "amount": "1,280", "text": "refund"}),
            ("steps", {"measure": "1", "text": "book it", "user": "handler", "due_at": local(30)}),
            ("summary", {"summary": "we refund"}),
        )
    ):
        answer = browser.post(f"{solution}/{name}", {"form": name, "version": str(version), **fields})
        assert answer.status_code == 302, answer.text[:3000]
    refused = browser.post(f"{solution}/measures", {"form": "measure", "version": "3", "kind": "compensation",
                                                     "text": "pay for the trouble"})  # fmt: skip
    assert refused.status_code == 422
    assert "This remedy needs its amount." in refused.text
    assert "pay for the trouble" in refused.text
    with house.database.write() as session:
        session.execute(update(Ticket).where(Ticket.id == house.ticket_ids["chinese"]).values(status=Status.EXECUTING))
        step = session.scalars(select(ExecutionStep)).one()
    assert browser.post(f"{solution}/summary", {"version": "3", "summary": "more"}).status_code == 409
    desk = browser.get("/desk/").text
    assert "book it" in desk
    late = browser.post(f"/steps/{step.id}", {"form": f"step-done-{step.id}", "version": "1", "outcome": "booked"})
    assert "needs the number of its posting" in late.text
    assert ">booked</textarea>" in late.text.replace("\n", "")
    done = browser.post(f"/steps/{step.id}", {"version": "1", "outcome": "booked", "reference": "P-1", "back": "desk"})
    assert (done.status_code, done.location) == (302, "/desk/")
    assert "P-1" in browser.get(case).text


def test_a_department_answers_without_seeing_the_ticket(
    browser: Browser, new_browser: Callable[[], Browser], house: House, case: str
) -> None:
    with house.database.write() as session:
        quinn = session.scalars(select(User.id).where(User.username == "quinn")).one()
        technology = session.scalars(select(Department.id).where(Department.code == "technology")).one()
        session.add(DepartmentMember(user_id=quinn, department_id=technology))
    browser.log_in("handler")
    asked = {"form": "assistance", "department": "technology", "question": "was it sent twice?", "disclosed": "TX 7",
             "due_at": local(30)}  # fmt: skip
    assert browser.post(f"{case}/assistance/", asked).status_code == 302
    assert browser.get("/questions/1").status_code == 404, "it is not his to answer"
    said = {"form": "contact", "kind": "progress", "outcome": "reached", "channel": "phone", "at": local(-1),
            "told": "we ask the technicians", "next_report_at": local(24)}  # fmt: skip
    assert browser.post(f"{case}/contacts/", said).status_code == 302
    assert "we ask the technicians" in browser.get(case).text
    asked_one = new_browser()
    asked_one.log_in("quinn")
    page = asked_one.get("/questions/1").text
    assert "was it sent twice?" in page
    assert "TX 7" in page
    assert "13900139002" not in page
    assert asked_one.get(case).status_code == 404
    empty = asked_one.post("/questions/1", {"form": "answer", "version": "1", "answer": " "})
    assert "The answer: 1 to 5000 characters" in empty.text
    assert asked_one.post("/questions/1", {"form": "answer", "version": "1", "answer": "yes, twice"}).status_code == 302
    page = browser.get(case).text
    assert "yes, twice" in page
    assert "A department answered your question" in browser.get("/notices/").text


def test_who_only_reads_sees_no_forms_and_changes_nothing(
    browser: Browser, new_browser: Callable[[], Browser], case: str
) -> None:
    browser.log_in("handler")
    browser.post(f"{case}/evidence/", evidence())
    auditor = new_browser()
    auditor.log_in("audrey")
    page = auditor.get(case).text
    assert "booked twice" in page
    assert f"{case}/evidence/check" not in page
    assert auditor.post(f"{case}/evidence/", evidence()).status_code == 403
    assert auditor.post(f"{case}/findings/facts", {"version": "0"}).status_code == 403


def test_the_desk_is_the_first_page_of_a_handler(browser: Browser, case: str) -> None:
    browser.log_in("handler")
    assert browser.get("/").location == "/desk/"
    page = browser.get("/desk/").text
    assert "My turn, by the clock (1)" in page
    assert f'href="{case}"' in page


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("13900139002", True),
        ("+86 139-0013-9002", True),
        ("13900139003", False),
        ("123", False),
        ("nobody of this name", False),
    ],
)
def test_one_box_finds_a_telephone_number_in_any_form(browser: Browser, case: str, asked: str, found: bool) -> None:
    browser.log_in("handler")
    answer = browser.get("/search/", query_string={"q": asked})
    assert answer.status_code == 200
    assert (f'href="{case}"' in answer.text) is found


def test_a_whole_ticket_number_leads_to_the_ticket(
    browser: Browser, new_browser: Callable[[], Browser], house: House, case: str
) -> None:
    with house.database.read() as session:
        number = session.get_one(Ticket, house.ticket_ids["chinese"]).number
    browser.log_in("handler")
    assert browser.get(f"/search/?q={number[:6]}-{number[6:8]}-{number[8:]}").location == case
    agent = new_browser()
    agent.log_in("alice")
    assert agent.get(f"/search/?q={number}").status_code == 200, "not hers to see"


def test_notices_are_counted_followed_and_seen(
    browser: Browser, new_browser: Callable[[], Browser], house: House, case: str
) -> None:
    with house.database.write() as session:
        carl = session.scalars(select(User.id).where(User.username == "handler")).one()
        for kind, ticket in ((NoticeKind.ASSIGNED, "chinese"), (NoticeKind.OVERDUE, "english")):
            notices.tell(session, carl, kind, house.ticket_ids[ticket], NOW)
    browser.log_in("handler")
    assert browser.get("/notices/count").json == {"unread": 2}
    assert "A ticket was assigned to you" in browser.get("/notices/").text
    assert browser.get("/notices/1").location == case
    assert browser.get("/notices/count").json == {"unread": 1}
    browser.get(f"/tickets/{house.ticket_ids['english']}")
    assert browser.get("/notices/count").json == {"unread": 0}, "who looks at the ticket has seen it"
    other = new_browser()
    other.log_in("sam")
    assert other.get("/notices/1").location == "/notices/", "a notice is nobody else's"


def test_every_code_of_desk_and_notices_has_words() -> None:
    assert set(desk_words.NOTICES) == set(NoticeKind)
    assert set(desk_words.WAITS) == set(WaitsFor)
    assert set(desk_words.URGENCIES) == set(desk_words.URGENCY_TONES) == set(Urgency)
    assert set(desk_words.TERMS) == set(TermKind)
    assert set(desk_words.CUSTODY_ACTS) == set(CustodyAct)
    assert set(desk_words.SIGNED) == {*Subject, "form"}
