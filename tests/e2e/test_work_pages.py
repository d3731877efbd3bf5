"""Work around calls in a real browser: a wrap-up by keys, a callback taken and dialled, a question answered; axe."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select, update
from werkzeug.serving import make_server

from crm.db.calls import Call
from crm.db.contact_centre import OutboundCall, Task, WrapUp
from crm.db.people import User
from crm.db.tickets import Ticket
from crm.domain.access import Role
from crm.domain.numbers import number_key
from crm.domain.tickets import Channel, Kind
from crm.gate.deps import EXTENSION
from crm.services import callbacks, customers, ticket_changes, users, wrap_up
from crm.services.centre import Centre
from ivr.switchboard import Verb
from tests.e2e.pages import SIZES, Site, choose_language, need_the_front_end, serious
from tests.factories import CHEAP, NOW, PASSWORD, ZONE, House, make_app, make_house

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")]
PATHS = {
    "wrap-up": "/wrap-up/",
    "tasks": "/tasks/",
    "missed": "/missed/",
    "knowledge": "/knowledge/",
    "knowledge-article": "/knowledge/complaint-rights",
    "call-out": "/call-out/form",
}


class Exchange:
    """Stands in for the door to the phone side."""

    def __init__(self) -> None:
        self.asked: list[Mapping[str, Any]] = []

    def ask(self, verb: Verb, args: Mapping[str, Any]) -> Mapping[str, Any]:
        assert verb is Verb.DIAL
        self.asked.append(args)
        return {"call_id": f"out-{len(self.asked)}"}


class PhoneSite(Site):
    """The pages over seeded rows, with a telephone system that only listens."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.exchange = Exchange()
        app = make_app(house)
        app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], switchboard=self.exchange)
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)


def _caller(session: Any, name: str, number: str, minutes: int, **more: Any) -> Call:
    at = NOW - timedelta(minutes=minutes)
    customer = customers.find_or_make(session, number, region="CN", now=at)
    call = Call(
        call_id=f"huiyin01-{int(at.timestamp())}.{name}", caller_number=number, caller_key=number_key(number),
        dialled_number="95000", language="zh", started_at=at, answered_at=at, ended_at=at + timedelta(minutes=3),
        menu_path=["enquiries"], queue="service", wait_time=140.0, ivr_done=True, flags=[],
        customer_id=customer.id if customer else None, **more,
    )  # fmt: skip
    session.add(call)
    session.flush()
    return call


def _callback(session: Any, seq: int, number: str, minutes: int) -> None:
    call = _caller(session, str(70 + seq), number, minutes, outcome="timed_out")
    ticket = ticket_changes.open_ticket(
        session, number=f"2611210107{seq:03d}", kind=Kind.CALLBACK, priority="P3", channel=Channel.PHONE,
        received_at=call.started_at + timedelta(minutes=2), centre=Centre(ZONE),
    )  # fmt: skip
    ticket.caller_number, ticket.caller_key = number, call.caller_key
    ticket.calls = [call]
    session.flush()
    callbacks.keep_place(session, ticket, call, centre=Centre(ZONE), now=NOW)


def seed(house: House) -> None:
    """Alice has a call to wrap up and one that lapsed; two callers wait to be called back, three gave up."""
    with house.database.write() as session:
        users.create_user(
            session, username="tess", roles=frozenset({Role.TR}), password_hash=CHEAP.hash(PASSWORD), by="test",
            now=NOW, locale="en",
        )  # fmt: skip
        alice = session.scalars(select(User.id).where(User.username == "alice")).one()
        lapsed = wrap_up.begin(
            session, alice, house.call_ids["chinese"], "service", NOW - timedelta(hours=5), timedelta(seconds=60)
        )
        wrap_up.lapse(session, lapsed, now=NOW - timedelta(hours=5))
        wrap_up.begin(session, alice, house.call_ids["english"], "service", NOW, timedelta(seconds=60))
        _callback(session, 1, "13511110001", 200)
        _callback(session, 2, "13511110002", 30)
        for name, number, minutes in (("81", "13911112222", 60), ("82", "13911112222", 55), ("83", "02161234567", 400)):
            _caller(session, name, number, minutes, outcome="abandoned")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhoneSite]:
    need_the_front_end()
    house = make_house(tmp_path_factory.mktemp("work") / "house")
    seed(house)
    with PhoneSite(house) as one:
        yield one


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    with chromium.new_context(
        locale="en-GB", timezone_id="Asia/Shanghai", viewport={"width": 1280, "height": 900}
    ) as one:
        one.set_default_timeout(20_000)
        yield one


def log_in(page: Page, site: PhoneSite, name: str = "alice") -> None:
    with site.house.database.write() as session:
        session.execute(update(User).where(User.username == name).values(locale="en"))
    page.goto(f"{site.address}/login?next=/knowledge/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/knowledge/")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_page_has_a_serious_finding_or_runs_over_the_edge(
    page: Page, site: PhoneSite, language: str, tmp_path: Path
) -> None:
    pictures = Path(os.environ.get("TEST_PICTURES", tmp_path))
    log_in(page, site)
    choose_language(page, site, language)
    findings = []
    for name, path in PATHS.items():
        page.goto(site.address + path)
        for details in page.locator("main details").all():
            details.evaluate("one => { one.open = true }")
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=pictures / f"{name}-{language}-{size}.png", full_page=True)
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                findings.append(f"{name} {size}: runs over the edge")
            findings += [f"{name} {size}: {finding}" for finding in serious(page)]
    assert findings == []


def test_a_callback_is_taken_and_dialled(page: Page, site: PhoneSite) -> None:
    log_in(page, site)
    page.goto(f"{site.address}/tasks/")
    team = page.locator("section", has=page.get_by_role("heading", name="For whoever takes them"))
    expect(team.locator("tbody tr").first).to_contain_text("135••••0001")
    team.get_by_role("button", name="Take").first.click()
    expect(page.get_by_role("status")).to_contain_text("The task is yours now.")
    mine = page.locator("section", has=page.get_by_role("heading", name="My tasks")).locator("tbody tr")
    row = mine.filter(has_text="135••••0001")
    row.locator("summary").filter(has_text=re.compile(r"^Call")).click()
    row.get_by_label("Why is the customer called?").fill("he asked for it")
    row.get_by_role("button", name="Call now", exact=True).click()
    expect(row.get_by_role("status")).to_contain_text("Your phone rings now.")
    assert site.exchange.asked == [{"agent": "alice", "number": "13511110001", "language": "zh"}]
    row.locator("summary").filter(has_text=re.compile(r"^Done")).click()
    row.get_by_label("What came of it?").fill("reached, all is well")
    row.get_by_role("button", name="Done", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("The task is done.")
    with site.house.database.read() as session:
        task = next(one for one in session.scalars(select(Task)) if one.number == "13511110001")
        assert (task.state, task.outcome) == ("done", "reached, all is well")
        assert session.scalars(select(OutboundCall.task_id)).one() == task.id


def test_a_wrap_up_is_filled_in_by_keys_and_kept_on_the_way(page: Page, site: PhoneSite) -> None:
    log_in(page, site)
    page.goto(f"{site.address}/wrap-up/")
    page.get_by_label("What was it about?").focus()
    page.keyboard.type("Bill")
    page.keyboard.press("Tab")
    with page.expect_response(lambda one: one.url.endswith("/draft") and "twice" in (one.request.post_data or "")):
        page.keyboard.type("The bill came twice.")
    page.reload()
    expect(page.get_by_label("Note")).to_have_value("The bill came twice.")
    expect(page.get_by_label("What was it about?")).to_have_value("accounts.bill")
    expect(page.get_by_label("Continue 261121-01-00001")).to_be_checked()
    page.get_by_label("No ticket:").check()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("alert")).to_contain_text("Continue a ticket or make a new one")
    page.get_by_label("Make a new ticket").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Done").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Done. The call is wrapped up.")
    with site.house.database.read() as session:
        row = session.scalars(select(WrapUp).where(WrapUp.call_id == site.house.call_ids["english"])).one()
        ticket = session.get_one(Ticket, row.ticket_id)
        assert (row.state, ticket.kind, ticket.text) == ("done", "service", "The bill came twice.")
