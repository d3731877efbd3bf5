"""A QA officer's month in a real browser: sample, score, appeal, ruling, calibration, coaching, the month frozen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from crm.db.quality import Evaluation
from crm.db.records import Job
from crm.jobs import key_figures
from crm.jobs import sampling as sampling_jobs
from crm.services import kpi_months
from tests.e2e.pages import Site, log_in, need_the_front_end
from tests.factories import CHEAP, NOW, PASSWORD, ZONE, House, make_house
from tests.five_minutes import CALL_ID, five_minutes
from tests.quality_people import cast
from tests.sampled_calls import call_of

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")]
MONDAY = NOW + timedelta(days=2)
DECEMBER = NOW + timedelta(days=11)
Open = Callable[[str], Page]


def fill(house: House) -> None:
    """People, a call of five minutes that a machine has looked at, and calls to be calibrated with."""
    five_minutes(house)
    with house.database.write() as session:
        cast(session, NOW, CHEAP.hash(PASSWORD))
        for number in range(5):
            call_of(session, "amy", 700 + number, NOW - timedelta(hours=20 + number), talk=200)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    need_the_front_end()
    house = make_house(tmp_path_factory.mktemp("quality") / "house")
    fill(house)
    with Site(house) as one:
        yield one


@contextmanager
def everybody(chromium: Browser, office: Site) -> Iterator[Open]:
    """Each person's own browser, opened when he is first asked for; no script fails on any page."""
    pages: dict[str, Page] = {}
    complaints: list[str] = []

    def at(name: str) -> Page:
        if name not in pages:
            context = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
            context.set_default_timeout(20_000)
            page = pages[name] = context.new_page()
            page.on("pageerror", lambda error: complaints.append(f"{name}: {error}"))
            log_in(page, office, name, start="/**")
        return pages[name]

    yield at
    for page in pages.values():
        page.context.close()
    assert complaints == []


def picture(page: Page, name: str) -> None:
    """Keep what the page looks like, where somebody asks for pictures."""
    if "TEST_PICTURES" in os.environ:
        page.screenshot(path=Path(os.environ["TEST_PICTURES"]) / f"quality-{name}.png", full_page=name != "2-score")


def hand_in(page: Page) -> None:
    """Hand a sheet in for good."""
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Hand in for good").click()
    page.wait_for_url(lambda url: "/score" not in url)


def sample_and_score(at: Open, office: Site) -> int:
    """Quinn takes the next call and takes four points off for an answer, at the sentence where it was given."""
    quinn = at("quinn")
    quinn.goto(f"{office.address}/sampling/")
    picture(quinn, "1-sample")
    quinn.locator("tr", has_text="11-21 12:30").get_by_role("button", name="Score").click()
    quinn.wait_for_url("**/evaluations/*/score")
    expect(quinn.locator("call-player.is-ready")).to_have_count(1)
    number = int(quinn.url.split("/")[-2])
    with office.house.database.read() as session:
        assert session.get_one(Evaluation, number).call_id == CALL_ID
    for key, decided in (("n", 1), ("y", 2), ("y", 3), ("y", 4)):
        quinn.keyboard.press(key)
        expect(quinn.locator("[data-candidate].is-decided")).to_have_count(decided)
    quinn.evaluate("(at) => document.querySelector('call-player').seek(at)", 125)
    for key in ("c", "2", "4"):
        quinn.keyboard.press(key)
    expect(quinn.locator("[data-item=C2] q")).to_contain_text("一定会全部退还给您")
    expect(quinn.locator("[data-role=score]:not(.is-old)")).to_have_text("92")
    picture(quinn, "2-score")
    hand_in(quinn)
    return number


def appeal_and_rule(at: Open, office: Site, number: int) -> None:
    """Alice appeals against the four points; another scorer lifts half of them."""
    alice = at("alice")
    alice.goto(f"{office.address}/scores/{number}")
    alice.get_by_text("Appeal", exact=True).first.click()
    point = alice.locator("fieldset label.form-check", has_text="C2").get_by_role("checkbox")
    point.check()
    alice.get_by_label("What is not right about it? C2").fill("I said what the rule says.")
    alice.get_by_role("button", name="Appeal", exact=True).click()
    expect(alice.get_by_text("Your appeal is taken.")).to_be_visible()
    picture(alice, "3-appeal")
    qing = at("qing")
    qing.goto(f"{office.address}/appeals/")
    qing.get_by_role("link", name="alice").click()
    qing.get_by_role("radio", name="It is lifted").check()
    qing.get_by_label("Why C2").fill("The rule is quoted rightly at 2:05.")
    qing.get_by_label("In all").fill("The answer stands.")
    qing.get_by_role("button", name="Give the ruling").click()
    expect(qing.get_by_text("→ 96")).to_be_visible()
    picture(qing, "4-ruling")


def calibrate(at: Open, office: Site) -> None:
    """Quinn and Qing score the same five calls and do not see each other's; then Hera shows how far apart they are."""
    hera = at("hera")
    hera.goto(f"{office.address}/calibrations/new")
    for name in ("qiu", "hera"):
        hera.locator(f"input[name=scorer][value={name}]").set_checked(False)
    hera.get_by_role("button", name="Ask them to score").click()
    expect(hera.get_by_text("its scorers were told")).to_be_visible()
    here = hera.url
    for name in ("quinn", "qing"):
        page = at(name)
        for place in range(5):
            page.goto(here)
            page.get_by_role("button", name="Score", exact=False).first.click()
            page.wait_for_url("**/evaluations/**")
            if not page.url.endswith("/score"):
                page.goto(f"{page.url}/score")
            if place == 0 or (name == "quinn" and place == 1):
                for key in ("b", "2", "3"):
                    page.keyboard.press(key)
            hand_in(page)
    hera.goto(here)
    hera.get_by_role("button", name="Reveal").click()
    expect(hera.get_by_role("heading", name="Item by item")).to_be_visible()
    picture(hera, "5-calibration")


def coach(at: Open, office: Site, number: int) -> None:
    """Sam plans a coaching from what was taken; Alice says her word; it is held."""
    sam = at("sam")
    sam.goto(f"{office.address}/coaching/new?evaluation_id={number}&code=B1")
    sam.get_by_label("What he should do otherwise").fill("Let the caller finish.")
    sam.get_by_role("button", name="Plan coaching").click()
    sam.wait_for_url("**/coaching/*")
    here = sam.url
    alice = at("alice")
    alice.goto(here)
    alice.get_by_label("What you think of it").fill("I shall count to two.")
    alice.get_by_role("button", name="Write it down").click()
    sam.goto(here)
    sam.locator("details[name=move] summary").first.click()
    sam.locator("details[name=move][open] textarea").fill("We listened to it together.")
    sam.locator("details[name=move][open] button").click()
    picture(sam, "6-coaching")


def freeze(at: Open, office: Site) -> None:
    """In December Dora freezes November; it is whole, and holds the score as it was ruled."""
    office.clock.now = DECEMBER
    key_figures.run(office.house.database, ZONE, DECEMBER)
    dora = at("dora")
    dora.goto(f"{office.address}/kpi/months")
    row = dora.locator("tr", has_text="2026-11")
    row.locator("summary").click()
    row.get_by_role("button", name="Freeze for good").click()
    with office.house.database.write() as session:
        job = session.scalars(select(Job).where(Job.kind == kpi_months.FREEZE)).one()
        kpi_months.freeze(
            session, job.payload["month"], by=job.payload["by"], note=job.payload["note"], zone=ZONE, now=DECEMBER
        )
        job.state = "done"
    dora.goto(f"{office.address}/kpi/months/2026-11")
    expect(dora.get_by_text("96.0")).to_be_visible()
    picture(dora, "7-month")
    with office.house.database.read() as session:
        found = kpi_months.load(session, "2026-11")
        assert kpi_months.is_whole(session, found)


def test_from_the_sample_to_the_frozen_month(chromium: Browser, office: Site) -> None:
    with everybody(chromium, office) as at:
        sampling_jobs.run(office.house.database, ZONE, NOW - timedelta(days=9))  # the week's seed is there before it
        office.clock.now = MONDAY
        sampling_jobs.run(office.house.database, ZONE, MONDAY)
        number = sample_and_score(at, office)
        appeal_and_rule(at, office, number)
        calibrate(at, office)
        coach(at, office, number)
        freeze(at, office)
