"""The handling order, signatures, reviews and departments on the pages."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from marshmallow import RAISE
from sqlalchemy import select

from crm.api import handling_schemas as schemas
from crm.db.departments import Department
from crm.db.handling import ApprovalRequest, Deputy
from crm.db.models import User
from crm.db.tickets import Ticket
from crm.domain.access import Role
from crm.domain.tickets import Status
from crm.services import departments, users
from tests.complaints import REPLY, Office
from tests.factories import CHEAP, NOW, PASSWORD, House
from tests.integration.crm_web.conftest import Api, Browser

pytestmark = pytest.mark.integration
GetBrowser = Callable[[], Browser]
GetApi = Callable[[str], Api]


@pytest.fixture
def office(house: House) -> Office:
    """The house's own people, and a general manager."""
    office = Office(house.database, now=NOW.replace(hour=0))
    with house.database.write() as session:
        for name, role in (("gina", Role.GM), ("carl", Role.CM)):
            users.create_user(
                session, username=name, roles=frozenset({role}), password_hash=CHEAP.hash(PASSWORD), by="test",
                now=NOW, locale="en",
            )  # fmt: skip
        office.people = {user.username: users.actor_of(user) for user in session.scalars(select(User))}
    return office


@pytest.fixture
def as_(new_browser: GetBrowser, app: Flask) -> Callable[[str], Browser]:
    def log_in(name: str) -> Browser:
        browser = new_browser()
        assert browser.log_in(name).status_code == 302
        return browser

    return log_in


def status_of(office: Office, ticket_id: int) -> tuple[str, int | None, int]:
    with office.database.read() as session:
        row = session.get_one(Ticket, ticket_id)
        return row.status, row.level, row.handling_step


def test_the_page_says_where_it_is_and_what_is_still_to_be_done(office: Office, as_: Callable[[str], Browser]) -> None:
    one = office.receive()
    office.take_in(one, level=2, complained_about="alice")
    page = as_("handler").get(f"/tickets/{one}").text
    for words in ("Handling order", "First agent", "General manager", "Apologised", "Decide on a warning or penalty",
                  "promise nothing before it is decided", "alice"):  # fmt: skip
        assert words in page


def test_acts_steps_and_levels_are_written_on_the_page(office: Office, as_: Callable[[str], Browser]) -> None:
    one = office.receive()
    office.take_in(one, level=1)
    handler = as_("handler")
    handler.get(f"/tickets/{one}")
    path = f"/tickets/{one}/handling"
    made = handler.post(f"{path}/acts", {"act": "soothed", "note": "I promise you will get it"}, follow_redirects=True)
    assert "nobody promises one" in made.text
    refused = handler.post(f"{path}/acts", {"form": "act", "act": "consulted", "note": "asked them about it"})
    assert refused.status_code == 422
    assert "Name the department" in refused.text
    assert "asked them about it" in refused.text, "what was typed stays"
    assert handler.post(f"{path}/up", {"reason": "not satisfied"}).status_code == 302
    assert handler.post(f"{path}/level", {"level": "2", "reason": "he was rude"}).status_code == 302
    assert status_of(office, one) == (Status.TRIAGED, 2, 1)
    proposed = handler.post(
        f"{path}/penalties", {"person": "alice", "kind": "bonus_deduction", "amount": "200", "reason": "rude"}
    )
    assert proposed.status_code == 302
    dora = as_("dora")
    page = dora.get(f"/tickets/{one}").text
    assert "200.00" in page
    assert "your signature is asked for" in page


def test_a_solution_is_signed_on_the_page_by_whose_turn_it_is(office: Office, as_: Callable[[str], Browser]) -> None:
    one = office.receive()
    office.propose(one, level=1, handler="handler")
    with office.database.read() as session:
        request = session.scalars(select(ApprovalRequest)).one()
        path, seen = f"/tickets/{one}/approvals/{request.id}", request.fingerprint
    carl, sam = as_("carl"), as_("sam")
    assert "somebody else&#39;s turn" in carl.get(f"/tickets/{one}").text
    assert carl.post(path, {"decision": "approve", "fingerprint": seen}).status_code in {409, 422}
    sam.get(f"/tickets/{one}")
    assert sam.post(path, {"decision": "return", "fingerprint": seen}).status_code == 422
    assert sam.post(path, {"decision": "approve", "fingerprint": "another"}).status_code == 409
    assert sam.post(path, {"decision": "approve", "fingerprint": seen, "opinion": "agreed"}).status_code == 302
    assert status_of(office, one)[0] == Status.EXECUTING
    assert "agreed" in sam.get(f"/tickets/{one}").text


def test_a_review_is_taken_in_on_the_page_of_the_complaint(office: Office, as_: Callable[[str], Browser]) -> None:
    one = office.receive()
    office.propose(one, level=1, handler="handler")
    office.sign(one, "sam")
    office.move("handler", one, "execute", result="done")
    office.move("carl", one, "notify", **REPLY)
    handler = as_("handler")
    assert "ask for a review in writing" in handler.get(f"/tickets/{one}").text
    made = handler.post(f"/tickets/{one}/reviews/", {"channel": "letter", "text": "I do not accept it"})
    assert made.status_code == 302
    page = handler.get(f"/tickets/{one}").text
    review = re.search(r'href="/tickets/(\d+)"[^>]*>(?:(?!</a>).)*</a> <span', page)
    assert review is not None or "Review by the upper office" in page
    with office.database.read() as session:
        child = session.scalars(select(Ticket).where(Ticket.parent_id == one)).one()
        assert (child.kind, child.status) == ("review", Status.REGISTERED)


def test_a_triage_on_the_page_asks_for_what_is_missing(office: Office, as_: Callable[[str], Browser]) -> None:
    one = office.receive()
    handler = as_("handler")
    page = handler.get(f"/tickets/{one}").text
    assert 'name="read_back"' in page
    unticked = handler.post(f"/tickets/{one}/moves", {"move": "acknowledge", "flags": ["read_back", "told"]})
    assert unticked.status_code == 302
    assert status_of(office, one)[0] == Status.REGISTERED
    ticked = {"move": "acknowledge", "flags": ["read_back", "told"], "read_back": "1", "told": "1"}
    handler.post(f"/tickets/{one}/moves", ticked)
    form = {"move": "triage", "severity": "S3", "level": "1", "category": "cards.other", "business_code": "credit_card",
            "reason_code": "pricing", "amount_fen": "12.50", "lapse": "mistake", "flags": []}  # fmt: skip
    handler.post(f"/tickets/{one}/moves", form)
    with office.database.read() as session:
        row = session.get_one(Ticket, one)
        assert (row.status, row.amount_fen, row.level) == (Status.TRIAGED, 1250, 1)
        assert row.department is not None
        assert row.department.code == "accounting", "the route of the reason"


def test_an_administrator_keeps_departments_others_read_them(office: Office, as_: Callable[[str], Browser]) -> None:
    root, sam = as_("root"), as_("sam")
    assert "Customer maintenance office" in sam.get("/departments/").text
    form = {"code": "risk", "kind": "department", "name_zh": "风控部", "name_en": "Risk control", "days_P1": "1",
            "days_P2": "2", "active": "1"}  # fmt: skip
    assert sam.post("/departments/", form).status_code == 403
    root.get("/departments/")
    root.post("/departments/", form)
    refused = root.post("/departments/", {**form, "days_P1": "5"}, follow_redirects=True)
    assert "must not have more days" in refused.text
    with office.database.read() as session:
        risk = session.scalars(select(Department).where(Department.code == "risk")).one()
        assert (risk.name_en, risk.p1_days, risk.p2_days, risk.p3_days) == ("Risk control", 1, 2, None)
    root.post("/departments/place", {"user": "sam", "department_id": str(risk.id), "post": "head"})
    root.post("/departments/routes", {"reason:pricing": str(risk.id)})
    with office.database.read() as session:
        row = session.scalars(select(Department).where(Department.code == "risk")).one()
        assert [user.username for user in departments.heads(row)] == ["sam"]
        found = departments.suggested(session, {"reason": "pricing"})
        assert found is not None
        assert found.code == "risk"


def test_who_is_away_names_his_deputy_and_comes_back(office: Office, as_: Callable[[str], Browser]) -> None:
    sam = as_("sam")
    sam.get("/departments/")
    form = {"principal": "sam", "deputy": "carl", "from_at": "2026-11-21T08:00", "until_at": "2026-12-24T18:00",
            "reason": "on leave"}  # fmt: skip
    assert "in place of sam" in sam.post("/departments/deputies", form, follow_redirects=True).text
    refused = sam.post("/departments/deputies", {**form, "principal": "dora"}, follow_redirects=True)
    assert "Only he himself" in refused.text
    with office.database.read() as session:
        row = session.scalars(select(Deputy)).one()
    sam.post(f"/departments/deputies/{row.id}/end", {})
    with office.database.read() as session:
        assert session.get_one(Deputy, row.id).ended_at is not None


def test_the_same_over_the_api(office: Office, api: GetApi) -> None:
    one = office.receive()
    office.take_in(one, level=2)
    handler, sam = api("handler"), api("sam")
    path = f"/tickets/{one}/handling"
    due = handler.get(path).json
    assert schemas.Handling(unknown=RAISE).validate(due) == {}
    assert due["due"] == ["apologised", "reported", "penalty_proposed/no_penalty"]
    made = handler.post(f"{path}/acts", {"act": "apologised", "note": "I am sorry"})
    assert (made.status_code, made.json["acts"][-1]["act"]) == (201, "apologised")
    assert handler.post(f"{path}/acts", {"act": "result_told", "note": "x"}).status_code == 422
    assert handler.post(f"{path}/up", {"reason": "not satisfied"}).json["step"] == 1
    assert handler.post(f"{path}/level", {"level": 3, "reason": "a fault"}).json["level"] == 3
    assert sam.post(f"{path}/facts", {"new_facts": "a slip"}).status_code == 403
    assert handler.post(f"{path}/facts", {"new_facts": "a slip"}).status_code == 200
    lower = handler.post(f"{path}/level", {"level": 1, "reason": "no fault after all"})
    assert lower.json["level"] == 3
    items = handler.get(f"/tickets/{one}/approvals").json
    assert schemas.ApprovalRequests(unknown=RAISE).validate(items) == {}
    request = items["items"][0]
    assert (request["subject"], request["waiting_on"], request["may_sign"]) == ("regrade", ["dora"], False)
    sign = f"/tickets/{one}/approvals/{request['id']}"
    assert handler.post(sign, {"decision": "approve"}).status_code == 403
    assert api("dora").post(sign, {"decision": "approve"}).json["state"] == "approved"
    assert handler.get(path).json["level"] == 1
    assert handler.post(f"/tickets/{one}/reviews", {"text": "no", "channel": "letter"}).status_code == 409
    places = handler.get("/departments").json
    assert schemas.Departments(unknown=RAISE).validate(places) == {}
    assert {"risk", "accounting", "marketing", "technology"} <= {item["code"] for item in places["items"]}
