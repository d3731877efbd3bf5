"""The case file in a real browser: filled in from evidence to solution; the bell in every tab; axe on each page."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select, update
from werkzeug.serving import make_server

from crm.db.departments import Department, DepartmentMember
from crm.db.people import User
from crm.db.tickets import Ticket
from crm.domain.notices import NoticeKind
from crm.domain.tickets import Status
from crm.live.bell import Bell
from crm.live.publisher import Publisher
from crm.services import assistance, case_facts, notices, users
from crm.services.live_events import Broadcaster
from tests.e2e.pages import SIZES, need_the_front_end, serious
from tests.factories import NOW, PASSWORD, ZONE, House, make_app, make_house
from tests.redis_fixture import RedisServer

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")]


class Site:
    """The pages over seeded rows, with a Redis that carries what screens are told."""

    def __init__(self, house: House, redis: RedisServer) -> None:
        self.house = house
        self.events = Broadcaster(redis.url, per_browser_user=60, look=0.1)  # this server cannot see who has gone
        self.publisher = Publisher(redis.url)
        self.bell = Bell(house.database, self.publisher.send, lambda: NOW)
        self.server = make_server("127.0.0.1", 0, make_app(house, events=self.events), threaded=True)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.ticket_id = house.ticket_ids["chinese"]
        self.number = ""

    def stop(self) -> None:
        self.publisher.close()
        self.events.close()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        self.house.database.dispose()


def seed(site: Site) -> None:
    """The handler investigates a complaint; his office is asked something about another."""
    with site.house.database.write() as session:
        ids = {row.username: row.id for row in session.execute(select(User.id, User.username))}
        ticket = session.get_one(Ticket, site.ticket_id)
        site.number = f"{ticket.number[:6]}-{ticket.number[6:8]}-{ticket.number[8:]}"
        for name in ("chinese", "english"):
            where = update(Ticket).where(Ticket.id == site.house.ticket_ids[name])
            session.execute(where.values(status=Status.INVESTIGATING, assignee_id=ids["handler"], level=2))
        office = session.scalars(select(Department.id).where(Department.code == "customer_maintenance")).one()
        session.add(DepartmentMember(user_id=ids["handler"], department_id=office))
        sam = users.actor_of(session.get_one(User, ids["sam"]))
        assistance.ask(
            session, sam, site.house.ticket_ids["english"], department="customer_maintenance",
            question="Did he complain before?", disclosed="", due_at=NOW + timedelta(days=1), now=NOW,
        )  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    need_the_front_end()
    with tempfile.TemporaryDirectory(prefix="hy-redis-") as folder:
        redis = RedisServer(Path(folder))
        redis.start()
        one = Site(make_house(tmp_path_factory.mktemp("case") / "house"), redis)
        seed(one)
        one.thread.start()
        yield one
        one.stop()
        redis.kill()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    with chromium.new_context(
        locale="en-GB", timezone_id="Asia/Shanghai", viewport={"width": 1280, "height": 900}
    ) as one:
        one.set_default_timeout(20_000)
        yield one


@pytest.fixture
def page(context: BrowserContext, site: Site) -> Iterator[Page]:
    """The handler's page, on which no script fails and nothing is refused by the Content-Security-Policy."""
    complaints: list[str] = []
    one = context.new_page()
    one.on("pageerror", lambda error: complaints.append(str(error)))
    one.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    speak(site, "en")
    one.goto(f"{site.address}/login")
    one.get_by_label("User name").fill("handler")
    one.get_by_label("Password").fill(PASSWORD)
    one.get_by_role("button", name="Log in").click()
    one.wait_for_url("**/desk/")
    yield one
    one.close()
    assert complaints == []


def speak(site: Site, language: str) -> None:
    with site.house.database.write() as session:
        session.execute(update(User).where(User.username == "handler").values(locale=language))


def test_a_notice_rings_in_every_tab_over_one_stream(page: Page, context: BrowserContext, site: Site) -> None:
    with page.expect_response(lambda answer: answer.url.endswith("/api/v1/events")):
        page.goto(f"{site.address}/desk/")  # it hears from here on
    other, asked = context.new_page(), list[str]()
    other.on("request", lambda request: asked.append(request.url))
    other.goto(f"{site.address}/tickets/")
    site.bell.look()
    with site.house.database.write() as session:
        handler = session.scalars(select(User.id).where(User.username == "handler")).one()
        before = notices.unread(session, handler)
        notices.tell(session, handler, NoticeKind.ASSIGNED, site.ticket_id, NOW)
    site.bell.look()
    for one in (page, other):
        expect(one.locator("notice-bell [data-role=toast]")).to_have_text(f"A ticket was assigned to you {site.number}")
        expect(one.locator("notice-bell [data-role=count]")).to_have_text(str(before + 1))
    assert not any(url.endswith("/api/v1/events") for url in asked), "one tab listens for all"
    other.locator("notice-bell [data-role=toast]").click()
    expect(other).to_have_url(f"{site.address}/tickets/{site.ticket_id}")
    other.close()


def test_a_case_file_is_filled_in_from_evidence_to_solution(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/desk/")
    page.get_by_role("link", name=site.number, exact=True).first.click()
    page.get_by_text("Add evidence", exact=True).click()
    panel = page.locator("#evidence")
    panel.get_by_label("Title", exact=False).fill("posting log")
    panel.locator("#evidence-add-source").fill("ledger")
    panel.locator("#evidence-add-shows").fill("booked twice within three seconds")
    panel.locator("#evidence-add-text").fill("20:31:05 and 20:31:08")
    panel.get_by_role("button", name="Take into the file").last.click()
    expect(page.locator("#evidence")).to_contain_text("booked twice within three seconds")

    findings = page.locator("#findings")
    findings.get_by_label("Facts found").fill("Charged twice on 20 November (E1).")
    findings.get_by_label("Verdict").select_option("substantiated")
    findings.get_by_role("button", name="Save facts and verdict").click()
    findings.get_by_text("Add a first cause").click()
    findings.get_by_label("What went wrong").fill("The terminal sent it twice")
    findings.get_by_role("button", name="Add", exact=True).click()
    findings.get_by_text("Why? · root cause · remove").click()
    findings.get_by_label("This is the root cause. Its kind").select_option("system.defect")
    findings.get_by_role("button", name="Name the root cause").click()
    expect(findings).to_contain_text("root cause: Defect in software")
    findings.get_by_text("Name who is responsible").click()
    findings.locator("#responsible-party").select_option("partner")
    findings.locator("#responsible-name").fill("the acquirer")
    findings.locator("#responsible-ground").fill("its terminal has no check for doubles")
    findings.get_by_role("button", name="Save", exact=True).click()
    findings.get_by_text("Cite a basis").click()
    findings.locator("#basis-title").fill("Credit card contract")
    findings.get_by_role("button", name="Save", exact=True).click()

    solution = page.locator("#solution")
    solution.locator("#measure-kind").select_option("adjustment")
    solution.locator("#measure-amount").fill("1,280")
    solution.locator("#measure-text").fill("refund one of the two charges")
    solution.get_by_role("button", name="Add", exact=True).click()
    solution.get_by_text("Add a step").click()
    solution.locator("#step-1-text").fill("book the refund")
    solution.locator("#step-1-user").fill("handler")
    solution.locator("#step-1-due_at").fill((NOW.astimezone(ZONE) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M"))
    solution.get_by_role("button", name="Add", exact=True).first.click()
    solution.locator("#summary-summary").fill("We refund one of the two charges.")
    solution.get_by_role("button", name="Save the solution").click()
    expect(solution).to_contain_text("1,280.00 yuan")
    expect(page.get_by_text("these are still missing")).to_have_count(0)
    with site.house.database.read() as session:
        parts = case_facts.solution_parts(session, site.ticket_id)
    assert parts == {"facts", "responsibility", "basis", "solution", "cost"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_page_has_a_serious_finding_or_runs_over_the_edge(
    page: Page, site: Site, language: str, tmp_path: Path
) -> None:
    pictures = Path(os.environ.get("TEST_PICTURES", tmp_path))
    speak(site, language)
    paths = {"desk": "/desk/", "case": f"/tickets/{site.ticket_id}", "search": "/search/?q=13900139002",
             "notices": "/notices/", "question": "/questions/1"}  # fmt: skip
    findings = []
    for name, path in paths.items():
        page.goto(site.address + path)
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=pictures / f"{name}-{language}-{size}.png", full_page=True)
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                findings.append(f"{name} {size}: runs over the edge")
            findings += [f"{name} {size}: {finding}" for finding in serious(page)]
    assert findings == []
