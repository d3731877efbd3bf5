"""People who walk a complaint through the pages in a real browser, each in a browser context of his own."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, Locator, Page
from sqlalchemy import select
from werkzeug.serving import make_server

from crm.db.records import Job
from crm.domain.access import Role
from crm.jobs import aftercare, emergencies, work
from crm.jobs.outgoing import Accepted, Outgoing, Senders
from crm.jobs.table import HANDLERS, ON_DEAD
from crm.jobs.work import JobContext
from crm.services import term_ticks, users
from crm.services.centre import Centre
from tests.factories import CAST, CHEAP, NOW, PASSWORD, ZONE, Clock, make_app, make_house

MORE_PEOPLE = {
    "greta": Role.GM,
    "vera": Role.CM,
    "dept": Role.DH,
    "sue": Role.SM,
    "cora": Role.CO,
    "max": Role.A2,
    "rita": Role.DH,
}
"""Beside the cast of every house: the general manager, a second handler, a department, a second section manager."""
UNFOLD = "e => { for (let d = e.closest('details'); d; d = d.parentElement.closest('details')) d.open = true }"
"""Open what a person would open to get there."""
EXPECTED = ("503", "ws:", "404")
"""This house has no exchange; and who is kept out of a ticket is told that there is none."""
CAST_AND_MORE = CAST | MORE_PEOPLE
PICTURES = os.environ.get("TEST_PICTURES")


class Provider:
    """A provider of text messages that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []

    def send(self, message: Outgoing) -> Accepted:
        """Take it."""
        self.sent.append(message)
        return Accepted({"status": "200"}, message.reference)


class Place:
    """A house whose pages are served, and whose time stands until somebody moves it."""

    def __init__(self, folder: Path) -> None:
        self.house = make_house(folder, empty=True)  # no ticket beside those that are walked
        self.clock = Clock(NOW)
        self.centre = Centre(ZONE)
        self.provider = Provider()
        self.changes = 0
        """how often somebody changed something: whoever has looked since sees what is"""
        with self.house.database.write() as session:
            for name, role in MORE_PEOPLE.items():
                users.create_user(
                    session, username=name, roles=frozenset({role}), password_hash=CHEAP.hash(PASSWORD), by="test",
                    now=NOW, locale="en",
                )  # fmt: skip
        self.server = make_server("127.0.0.1", 0, make_app(self.house, clock=self.clock), threaded=True)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def later(self, **span: float) -> datetime:
        """Let time pass, and the jobs of the house run as they would have."""
        self.clock.now += timedelta(**span)
        self.work()
        return self.clock.now

    def local(self, **span: float) -> str:
        """A time from now as a form takes it: the wall clock of the centre."""
        return (self.clock.now + timedelta(**span)).astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")

    def work(self) -> None:
        """What the beat does by itself, then the jobs of the book that are due."""
        self.changes += 1
        database, now = self.house.database, self.clock.now
        aftercare.run(database, self.centre, now)
        term_ticks.run(database, now)
        emergencies.run(database, self.centre, now)
        context = JobContext(
            database, self.house.store, self.clock, _nothing_to_hear, lambda: True, lambda _language: None,
            senders=Senders({"sms": self.provider}, zone=ZONE), centre=self.centre,
        )  # fmt: skip
        with database.read() as session:
            due = session.scalars(select(Job.id).where(Job.state == "due", Job.run_at <= now).order_by(Job.id)).all()
        for job in due:
            assert work.run(job, context, HANDLERS, ON_DEAD) in {"done", "waits"}

    def stop(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        self.house.database.dispose()


def _nothing_to_hear(*_: object) -> NoReturn:
    pytest.fail("there is nothing to transcribe here")


class Person:
    """Somebody at his own browser. On his pages no script fails and nothing is refused by the page's policy."""

    def __init__(self, browser: Browser, place: Place, name: str) -> None:
        self.place, self.name, self.seen = place, name, -1
        self.context = browser.new_context(
            locale="en-GB", timezone_id="Asia/Shanghai", viewport={"width": 1280, "height": 900}
        )
        self.context.set_default_timeout(120_000)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._heard)
        self.page.goto(f"{place.address}/login")
        self.log_in()

    def log_in(self) -> None:
        """Log in on the page that asks for it."""
        self.page.get_by_label("User name").fill(self.name)
        self.page.get_by_label("Password").fill(PASSWORD)
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Log in").click()

    def _heard(self, message: object) -> None:
        text, kind = getattr(message, "text", ""), getattr(message, "type", "")
        if kind == "error" and not any(known in text for known in EXPECTED):
            self.complaints.append(text)

    def go(self, path: str) -> Page:
        """Open a page; after a night the session is over, and he logs in again."""
        self.page.goto(f"{self.place.address}{path}")
        if "/login" in self.page.url:
            self.log_in()
            self.page.goto(f"{self.place.address}{path}")
        return self.page

    def open(self, ticket: int) -> Page:
        """Open a ticket, unless it stands there as it is now."""
        here = self.page.url.removeprefix(self.place.address).partition("#")[0]
        if here != f"/tickets/{ticket}" or self.seen != self.place.changes:
            self.go(f"/tickets/{ticket}")
            self.seen = self.place.changes
        return self.page

    def told(self) -> str:
        """What the page says about what was just done."""
        return " | ".join(
            one.inner_text() for one in self.page.locator(".alert:not([role=note])").all() if one.is_visible()
        )

    def status(self) -> str:
        """What the head of the ticket says."""
        return self.page.locator("h1").locator("xpath=..").inner_text().replace("\n", " ")

    def offered(self, ticket: int) -> list[str]:
        """The moves that the page offers."""
        self.open(ticket)
        return [one.inner_text() for one in self.page.locator("#moves details[name=move] > summary").all()]

    def number(self, ticket: int) -> str:
        """The ticket's number as it is shown."""
        return self.open(ticket).locator("h1").inner_text().strip()

    def move(self, ticket: int, move: str, /, **values: object) -> str:
        """Make a move with its form; gives what the page then says."""
        self.open(ticket)
        box = self.page.locator(f"#moves details[name=move]:has(input[name=move][value={move}])")
        assert box.count(), f"{self.name} is not offered {move}: {self.page.locator('#moves').inner_text()}"
        box.locator("summary").click()
        return self.send(box.locator("form"), **values)

    def form(self, ticket: int, action: str, /, **values: object) -> str:
        """Fill in and send a form of a panel of the ticket's page, known by its address."""
        self.open(ticket)
        return self.post(f"form[action*='/tickets/{ticket}/{action}']", **values)

    def named(self, ticket: int, name: str, /, **values: object) -> str:
        """The same for a form that is known by its name (several may post to one address); "…-": the first of many."""
        self.open(ticket)
        like = "^=" if name.endswith("-") else "="
        return self.post(f"form:has(input[name=form][value{like}'{name}'])", **values)

    def post(self, wanted: str, /, **values: object) -> str:
        """Fill in and send a form of this page."""
        form = self.page.locator(wanted).first
        assert form.count(), f"{self.name} sees no {wanted} at {self.page.url}; {self.told()}"
        return self.send(form, **values)

    def send(self, form: Locator, *, press: object = "", **values: object) -> str:
        """Fill in and send; a form that the browser would not send is the test's mistake. ``press``: which button."""
        form.evaluate(UNFOLD)
        fill(form, values)
        bad = form.evaluate("f => [...f.elements].filter(e => e.willValidate && !e.checkValidity()).map(e => e.name)")
        assert bad == [], f"not filled in: {bad}"
        with self.page.expect_navigation():
            form.locator(f"button[value='{press}']" if press else "button[type=submit]").first.click()
        self.place.changes += 1
        self.seen = self.place.changes
        return self.told()

    def picture(self, name: str) -> None:
        """Keep what is seen in both languages, when pictures are wanted."""
        if not PICTURES:
            return
        here, self.seen = self.page.url, -1
        self.page.emulate_media(reduced_motion="reduce")  # no picture of a page that still glides to its place
        for language in ("zh", "en"):
            self.speak(language)
            self.page.goto(here)
            self.page.evaluate("() => location.hash && document.querySelector(location.hash)?.scrollIntoView()")
            self.page.screenshot(path=f"{PICTURES}/{name}-{language}.png")

    def speak(self, language: str) -> None:
        """Read the pages in another language."""
        self.go("/account/")
        button = self.page.locator(f"button[name=language][value={language}]")
        with self.page.expect_navigation():
            button.click()

    def download(self, selector: str, folder: Path) -> Path:
        """Click on something that is downloaded."""
        with self.page.expect_download() as coming:
            self.page.locator(selector).first.click()
        kept = folder / coming.value.suggested_filename
        coming.value.save_as(kept)
        return kept


def fill(form: Locator, values: Mapping[str, object]) -> None:
    """Fill in by names; every name must be there."""
    for name, value in values.items():
        found = form.locator(f"[name='{name}']")
        assert found.count(), f"the form does not ask for {name}: {names(form)}"
        one = found.first
        one.evaluate(UNFOLD)
        kind = one.evaluate("e => e.tagName === 'SELECT' ? 'select' : e.type")
        if kind == "select":
            one.select_option(str(value))
        elif kind in {"checkbox", "radio"}:
            (one if value is True else form.locator(f"[name='{name}'][value='{value}']").first).check()
        elif kind == "file":
            one.set_input_files(value)  # type: ignore[arg-type]  # a test gives files here
        else:
            one.fill(str(value))


def names(form: Locator) -> str:
    """What a form asks for."""
    found: str = form.evaluate(
        "f => [...f.elements].filter(e => e.name && e.type !== 'hidden').map(e => e.name + (e.required ? '*' : '')"
        " + (e.tagName === 'SELECT' ? '=' + [...e.options].map(o => o.value).join('|').slice(0, 300) : '')).join(', ')"
    )
    return found


def ticket_of(person: Person) -> int:
    """The ticket whose page is open."""
    found = re.search(r"/tickets/(\d+)", person.page.url)
    assert found, f"no ticket at {person.page.url}: {person.told()}"
    return int(found[1])
