"""The pages of rules, calendar and terms: who sees them, who changes them, and what is said when something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db.records import Job
from crm.db.terms import RuleVersion
from crm.db.tickets import Ticket
from crm.domain.rule_fields import Group, Unit
from crm.domain.term_types import TermKind
from crm.domain.tickets import Channel, Kind
from crm.services import counters, rules, users
from crm.services.centre import Centre
from crm.services.ticket_changes import NewTicket, create_ticket
from crm.web.rules import GROUPS, UNITS
from crm.web.term_words import TERM_KINDS
from tests.factories import NOW, ZONE, House

from .conftest import Api, Browser

pytestmark = pytest.mark.integration
LINES = "2027-01-01,放假,元旦\n2027-01-02,放假,元旦\n2027-01-09,上班,元旦"


def test_every_group_unit_and_term_has_its_words() -> None:
    assert set(GROUPS) == set(Group)
    assert set(UNITS) == set(Unit)
    assert set(TERM_KINDS) == set(TermKind)


@pytest.mark.parametrize(("who", "status", "edits"), [("alice", 403, False), ("sam", 200, False), ("root", 200, True)])
def test_who_sees_the_rules_and_who_changes_them(browser: Browser, who: str, status: int, edits: bool) -> None:
    browser.log_in(who)
    page = browser.get("/rules/")
    assert page.status_code == status
    assert ("Save as a new version" in page.text) == edits
    if not edits:
        assert browser.post("/rules/", {"version": "0", "reason": "x"}).status_code == 403
        assert browser.post("/rules/calendar", {"year": "2027"}).status_code == 403


def test_a_change_becomes_a_version_and_can_be_taken_back(browser: Browser, house: House) -> None:
    browser.log_in("root")
    browser.get("/rules/")
    saved = browser.post("/rules/", {"version": "0", "reason": "stricter", "level_1_days": "2"}, follow_redirects=True)
    assert "Saved as version 1." in saved.text
    with house.database.read() as session:
        assert rules.current(session).level_1_days == 2
    behind = browser.post("/rules/", {"version": "0", "reason": "again", "level_1_days": "1"})
    assert "meanwhile" in behind.text
    browser.post("/rules/", {"version": "1", "reason": "once more", "level_1_days": "1"})
    browser.post("/rules/versions/1/again", {})
    with house.database.read() as session:
        assert len(session.scalars(select(RuleVersion.version)).all()) == 3
        assert rules.current(session).level_1_days == 2


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"simple_days": "16"}, "The law does not allow this"),
        ({"level_1_days": "many"}, "This is no number"),
        ({"level_1_days": "9"}, "Must not be more than"),
        ({"form_days": "0"}, "Must be 1 to 30"),
        ({"review_apply_days": "20"}, "by law at least 30"),
    ],
)
def test_what_cannot_be_is_said_beside_it_and_what_was_typed_stays(
    browser: Browser, house: House, typed: dict[str, str], said: str
) -> None:
    browser.log_in("root")
    browser.get("/rules/")
    page = browser.post("/rules/", {"version": "0", "reason": "why not", **typed})
    assert said in page.text
    assert f'value="{next(iter(typed.values()))}"' in page.text
    with house.database.read() as session:
        assert rules.version(session) == 0


def test_a_year_is_entered_and_the_terms_are_counted_anew(browser: Browser, house: House) -> None:
    browser.log_in("root")
    browser.get("/rules/")
    wrong = browser.post("/rules/calendar", {"year": "2027", "source": "notice 17", "lines": "2027-01-01,perhaps"})
    assert "line 1" in wrong.text
    assert "2027-01-01,perhaps" in wrong.text, "what was typed is still there"
    assert "year and where" in browser.post("/rules/calendar", {"year": "2027", "source": "", "lines": LINES}).text
    good = browser.post(
        "/rules/calendar", {"year": "2027", "source": "notice 17", "lines": LINES}, follow_redirects=True
    )
    assert "Year 2027 is known" in good.text
    with house.database.read() as session:
        job = session.scalars(select(Job).where(Job.kind == "recount_terms")).one()
        assert job.payload == {"year": 2027, "by": "root"}


@pytest.fixture
def complaint(house: House) -> int:
    with house.database.write() as session:
        handler = users.find_user(session, "handler")
        assert handler is not None
        new = NewTicket(Kind.COMPLAINT, Channel.EMAIL, "charged twice", caller_number="13800138000")
        centre, at = Centre(ZONE), NOW - timedelta(days=1)
        return create_ticket(session, users.actor_of(handler), new, centre=centre, now=at).summary.id


def test_the_ticket_shows_its_terms_and_asks_for_a_longer_one(browser: Browser, complaint: int, house: House) -> None:
    browser.log_in("handler")
    page = browser.get(f"/tickets/{complaint}")
    for words in ("Legal term", "House target", "A longer term", "Forwarded from above", "Leak of data"):
        assert words in page.text
    short = browser.post(f"/tickets/{complaint}/terms/extension", {"form": "extension", "reason": "no"})
    assert short.status_code == 422
    assert "5 to 500 characters" in short.text
    asked = browser.post(
        f"/tickets/{complaint}/terms/extension", {"form": "extension", "reason": "another bank must answer"},
        follow_redirects=True,
    )  # fmt: skip
    assert "not signed yet" in asked.text
    assert "dora" in asked.text
    again = browser.post(f"/tickets/{complaint}/terms/extension", {"form": "extension", "reason": "and once more"})
    assert again.status_code == 409
    early = browser.post(f"/tickets/{complaint}/terms/notice", {"form": "extension-notice", "channel": "phone"})
    assert early.status_code == 409


def test_a_letter_from_above_and_a_leak_are_written_down(browser: Browser, complaint: int, house: House) -> None:
    browser.log_in("handler")
    browser.get(f"/tickets/{complaint}")
    where = f"/tickets/{complaint}/terms"
    given = {"form": "forwarded", "body": "regulator", "letter": "2026-17", "letter_due": "2026-12-01"}
    assert browser.post(f"{where}/forwarded", {**given, "letter_due": "soon"}).status_code == 422
    assert browser.post(f"{where}/forwarded", {**given, "letter_due": ""}).status_code == 422
    page = browser.post(f"{where}/forwarded", given, follow_redirects=True)
    assert "Forwarded by: Financial regulator" in page.text
    page = browser.post(f"{where}/leak", {"form": "leak", "what": "a list was mailed out"}, follow_redirects=True)
    assert "Report the leak to the central bank" in page.text
    page = browser.post(f"{where}/leak/report", {"form": "leak", "how": "by telephone, no. 12"}, follow_redirects=True)
    assert "the central bank was told" in page.text
    with house.database.read() as session:
        row = session.get_one(Ticket, complaint)
        assert row.legal_due_at is not None
        assert row.legal_due_at.astimezone(ZONE).date().isoformat() == "2026-12-01"


def test_agents_do_not_change_terms_of_others_tickets(
    new_browser: Callable[[], Browser], api: Callable[[str], Api], complaint: int
) -> None:
    amy = new_browser()
    amy.log_in("amy")
    amy.get("/account/")
    for path in ("extension", "forwarded", "leak"):
        assert amy.post(f"/tickets/{complaint}/terms/{path}", {"reason": "let me in, please"}).status_code in {403, 404}
    assert api("amy").get(f"/tickets/{complaint}").status_code == 404


def test_who_reads_every_ticket_sees_how_the_terms_stand(
    new_browser: Callable[[], Browser], complaint: int, house: House
) -> None:
    with house.database.read() as session:
        open_legal = counters.term_boards(session)["legal"].open
    shown = {}
    for who in ("dora", "handler"):
        browser = new_browser()
        browser.log_in(who)
        shown[who] = browser.get("/tickets/").text
    assert "How the terms stand" in shown["dora"]
    assert f">{open_legal}</td>" in shown["dora"]
    assert "How the terms stand" not in shown["handler"]
