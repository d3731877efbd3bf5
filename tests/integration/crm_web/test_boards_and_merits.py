"""Boards with their files, scheduled reports with proof, the ledger and careers: what each role sees and may do."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from crm.db.contact_centre import Disposition, WrapUp
from crm.db.people import User
from crm.db.records import AuditEntry
from crm.domain.access import Role
from crm.domain.kpi_facts import Source
from crm.services import kpi_sums, users
from tests.factories import CHEAP, NOW, PASSWORD, ZONE, House

pytestmark = pytest.mark.integration
Browsers = Callable[[], Any]
DAY = NOW.astimezone(ZONE).date()
FORMULA = '=HYPERLINK("http://evil.example","x")'


@pytest.fixture
def staff(house: House) -> House:
    """The house with a general manager, its day's calls counted, and a reason that a spreadsheet would calculate."""
    with house.database.write() as session:
        users.create_user(
            session, username="greta", roles=frozenset({Role.GM}), password_hash=CHEAP.hash(PASSWORD), by="test",
            now=NOW, locale="en",
        )  # fmt: skip
        session.add(Disposition(code="evil", parent=None, title_zh=FORMULA, title_en=FORMULA, position=99, active=True))
        session.flush()
        alice = session.scalars(select(User).where(User.username == "alice")).one()
        session.add(
            WrapUp(call_id="c", user_id=alice.id, queue="service", state="done", started_at=NOW, limit_at=NOW,
                   finished_at=NOW, disposition="evil", note="", acw_time=20.0)
        )  # fmt: skip
        session.scalars(select(User).where(User.username == "dora")).one().email = "dora@bank.example"
        kpi_sums.recount(session, Source.CALLS, DAY, zone=ZONE, now=NOW)
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


def follow(browser: Any, path: str, data: dict[str, Any]) -> str:
    """Post a form and read the page that it comes back to."""
    response = browser.post(path, data, follow_redirects=True)
    assert response.status_code == 200, path
    return str(response.get_data(as_text=True))


def test_a_board_and_its_files_say_the_same_and_no_text_is_calculated(staff: House, at: Callable[[str], Any]) -> None:
    dora = at("dora")
    shown = page(dora, f"/boards/calls?first={DAY}&last={DAY}")
    assert "Service level 20 s" in shown
    assert "Why customers called (Pareto)" in shown
    assert FORMULA.replace('"', "&#34;") in shown
    text = dora.client.get(f"/boards/calls.csv?first={DAY}&last={DAY}").get_data()
    assert text.startswith(b"\xef\xbb\xbf")
    cells = [cell for row in csv.reader(io.StringIO(text.decode("utf-8-sig"))) for cell in row]
    assert f"'{FORMULA}" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
    book = dora.client.get(f"/boards/calls.xlsx?first={DAY}&last={DAY}")
    with zipfile.ZipFile(io.BytesIO(book.get_data())) as parts:
        content = "".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml"))
    assert "<f>" not in content
    assert "HYPERLINK" in content
    assert dora.client.get(f"/boards/calls.pdf?first={DAY}&last={DAY}").get_data().startswith(b"%PDF")
    with staff.database.read() as session:
        taken = session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "figures.exported")).all()
    assert [one["format"] for one in taken] == ["csv", "xlsx", "pdf"]
    assert "Quality score" in page(dora, "/boards/people")
    assert "Write dates as 2026-11-22." in page(dora, "/boards/calls?first=never")
    assert dora.get("/boards/other").status_code == 404
    assert at("alice").get("/boards/calls").status_code == 403


def test_a_report_is_scheduled_made_and_its_mail_can_be_followed(staff: House, at: Callable[[str], Any]) -> None:
    dora, quinn = at("dora"), at("quinn")
    page(dora, "/report-mail/new?board=calls")
    form = {"title": "Weekly", "board": "calls", "format": ["xlsx", "csv"], "span": "week", "weekday": "1",
            "monthday": "1", "at_time": "08:00", "version": "0"}  # fmt: skip
    assert "Choose 1 to 50 people who get it." in follow(dora, "/report-mail/new", form)
    refused = follow(dora, "/report-mail/new", {**form, "recipient": ["dora", "alice"]})
    assert "Their roles do not read this" in refused
    made = follow(dora, "/report-mail/new", {**form, "recipient": ["dora", "quinn"]})
    assert "The schedule is set." in made
    number = re.search(r"/report-mail/(\d+)/edit", made)
    assert number
    run = follow(dora, f"/report-mail/{number[1]}/now", {})
    assert "waits to be sent" in run
    assert "told by the bell" in run
    files = re.findall(r'href="(/report-mail/runs/\d+/[\w-]+)"', run)
    assert len(files) == 2  # of one language and one reach: made once for both
    assert dora.client.get(files[0]).status_code == 200
    mine = page(quinn, "/report-mail/mine")
    assert "Weekly" in mine
    assert at("alice").get(files[0]).status_code == 404
    edited = follow(dora, f"/report-mail/{number[1]}/edit", {**form, "recipient": ["dora"], "version": "9"})
    assert "Somebody else changed this just now." in edited
    assert "It is stopped." in follow(dora, f"/report-mail/{number[1]}/rest", {"active": "0"})


def test_a_penalty_walked_through_its_pages(staff: House, at: Callable[[str], Any]) -> None:
    sam, dora, greta, alice = at("sam"), at("dora"), at("greta"), at("alice")
    page(sam, "/merits/new")
    form = {"person": "alice", "kind": "written_warning", "month": "2026-11", "reason": "Spoke over the customer",
            "evidence_kpi": "2026-11"}  # fmt: skip
    assert "The amount is more than the scheme allows." in follow(
        sam, "/merits/new", {**form, "kind": "bonus", "amount": "99999"}
    )
    assert "There is no such person whom you lead." in follow(sam, "/merits/new", {**form, "person": "nobody"})
    shown = follow(sam, "/merits/new", form)
    number = re.search(r"/merits/(\d+)/withdraw", shown)
    assert number
    address = f"/merits/{number[1]}"
    assert alice.get(address).status_code == 404
    paper = page(dora, address)
    fingerprint = re.search(r'name="fingerprint" value="(\w+)"', paper)
    assert fingerprint
    signed = follow(dora, f"{address}/sign", {"decision": "approve", "fingerprint": fingerprint[1]})
    assert "In force" in signed
    assert "You can object until" in page(alice, address)
    assert "Your objection is written down" in follow(alice, f"{address}/objection", {"text": "It was the line."})
    assert "Your ruling" not in page(dora, address)
    page(greta, address)
    assert "A ruling gives its reasons." in follow(greta, f"{address}/ruling", {"ruling": "lifted", "opinion": " "})
    assert "Lifted" in follow(greta, f"{address}/ruling", {"ruling": "lifted", "opinion": "Heard it: the line."})
    assert "Written warning" in page(alice, "/merits/")
    assert alice.get("/merits/effect").status_code == 403
    page(dora, "/merits/effect")
    assert "The scheme stays as it is" in follow(dora, "/merits/effect", {"outcome": "keep", "finding": "Too few yet."})
    scheme = page(dora, "/merits/scheme")
    given = dict(re.findall(r'name="([\w.]+)" value="([\d.,]+)"', scheme))
    kinds = {f"{kind}.on": "yes" for kind in re.findall(r'name="(\w+)\.on"', scheme)}
    changed = follow(dora, "/merits/scheme", {**given, **kinds, "objection_days": "9", "reason": "More time"})
    assert "The scheme is in force from now on." in changed
    assert "More time" in changed


def test_a_career_is_planned_by_both(staff: House, at: Callable[[str], Any]) -> None:
    with staff.database.read() as session:
        alice_id = session.scalars(select(User.id).where(User.username == "alice")).one()
        amy_id = session.scalars(select(User.id).where(User.username == "amy")).one()
    alice, sam = at("alice"), at("sam")
    address = f"/careers/{alice_id}"
    mine = page(alice, address)
    assert "What I want to become" in mine
    assert alice.get(f"/careers/{amy_id}").status_code == 404
    assert "No way leads there" in follow(alice, f"{address}/plan", {"target": "section_manager", "wish": "x"})
    shown = follow(alice, f"{address}/plan", {"target": "senior_agent", "wish": "I like hard cases."})
    assert "Not agreed yet" in shown
    plan = re.search(r"/plan/(\d+)/dropped", shown)
    assert plan
    assert alice.post(f"{address}/plan/{plan[1]}/talks", {"text": "x"}).status_code == 403
    page(sam, address)
    assert "Agreed" in follow(sam, f"{address}/plan/{plan[1]}/agree", {"version": "1"})
    goals = f"{address}/plan/{plan[1]}/goals"
    assert "must not lie in the past" in follow(
        alice, goals, {"kind": "exam", "text": "t", "due_on": "2026-01-01", "version": "2"}
    )
    added = follow(alice, goals, {"kind": "exam", "text": "Cards, 85", "due_on": "2027-01-31", "version": "2"})
    assert "Cards, 85" in added
    goal = re.search(r"/goals/(\d+)", added)
    assert goal
    done = {"state": "done", "note": "passed"}
    assert "Who leads you says that it is reached." in follow(alice, f"{address}/goals/{goal[1]}", done)
    assert "passed" in follow(sam, f"{address}/goals/{goal[1]}", done)
    talked = follow(sam, f"{address}/plan/{plan[1]}/talks", {"held_on": str(DAY), "text": "Two afternoons a month."})
    assert "Two afternoons a month." in talked
    assert "That is a promotion" not in talked
    assert "Senior agent" in page(sam, "/merits/new?kind=promotion&person=alice")
