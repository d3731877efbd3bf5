"""The pages in a real browser: log in, find a ticket, listen, read along, change the language; and axe on each page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from crm.db.models import TranscriptRow
from tests.e2e.pages import SIZES, Site, choose_language, log_in, need_the_front_end, serious
from tests.factories import House, break_things, make_house

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")]


def paths(house: House) -> dict[str, str]:
    """Every kind of page, by a name for its picture."""
    tickets, calls = house.ticket_ids, house.call_ids
    return {
        "tickets": "/tickets/",
        "nothing": "/tickets/?kind=praise",
        "ticket": f"/tickets/{tickets['english']}",
        "ticket-chinese": f"/tickets/{tickets['chinese']}",
        "ticket-waiting": f"/tickets/{tickets['waiting']}",
        "ticket-flags": f"/tickets/{tickets['salvaged']}",
        "ticket-hostile": f"/tickets/{tickets['hostile']}",
        "customers": "/customers/",
        "customer": f"/customers/{house.customer_of('english')}",
        "activities": "/activities/",
        "calls": "/calls/",
        "call": f"/calls/{calls['english']}",
        "account": "/account/",
        "second-factor": "/tf-setup",
        "password": "/change",
    }


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    need_the_front_end()
    with Site(make_house(tmp_path_factory.mktemp("pages") / "house")) as one:
        yield one


def test_a_handler_finds_a_ticket_listens_and_reads_along(page: Page, site: Site) -> None:
    log_in(page, site)
    page.goto(f"{site.address}/tickets/")
    page.get_by_label("Caller’s number").fill("13800138001")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#results tbody tr")).to_have_count(1)
    page.get_by_role("link", name="261121-01-00001", exact=True).click()
    player, transcript = page.locator("call-player").first, page.locator("call-transcript").first
    expect(player.locator("[data-role=clock]")).to_have_text("0:00 / 0:12")
    player.get_by_role("button", name="Play").click()
    expect(player.get_by_role("button", name="Pause")).to_be_visible()
    expect(transcript.locator("li.is-now")).to_contain_text("my card was charged")
    transcript.get_by_text("nobody").click()
    expect(transcript.locator("li.is-now")).to_contain_text("called me back")
    expect(player.locator("[data-role=clock]")).to_contain_text("0:0")
    player.get_by_role("button", name="Pause").click()
    choose_language(page, site, "zh")
    page.goto(f"{site.address}/tickets/{site.house.ticket_ids['english']}")
    expect(page.locator("call-player").first.get_by_role("button", name="播放")).to_be_visible()


def test_the_player_is_worked_by_keys(page: Page, site: Site) -> None:
    log_in(page, site)
    page.goto(f"{site.address}/tickets/{site.house.ticket_ids['english']}")
    player = page.locator("call-player").first
    wave, clock = player.get_by_role("slider"), player.locator("[data-role=clock]")
    wave.focus()
    page.keyboard.press("ArrowRight")
    expect(clock).to_have_text("0:05 / 0:12")
    page.keyboard.press("ArrowLeft")
    expect(clock).to_have_text("0:00 / 0:12")
    page.keyboard.press("End")
    expect(wave).to_have_attribute("aria-valuenow", "12.0")
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    expect(player.get_by_role("button", name="Pause")).to_be_visible()
    page.keyboard.press("k")
    expect(player.get_by_role("button", name="Play")).to_be_visible()


def test_a_number_is_masked_until_somebody_says_what_he_needs_it_for(page: Page, site: Site) -> None:
    log_in(page, site)
    page.goto(f"{site.address}/tickets/{site.house.ticket_ids['english']}")
    number = page.locator(".reveal").first
    expect(number).to_contain_text("138••••8001")
    number.get_by_role("link", name="Show").click()
    number.get_by_label("What do you need it for?").select_option("contact")
    number.get_by_label("In a few words").fill("rings back")
    number.get_by_role("button", name="Show it").click()
    expect(number).to_contain_text("13800138001")
    expect(number).to_contain_text("This look is written down.")
    page.reload()
    expect(page.locator(".reveal").first).to_contain_text("138••••8001")


def test_the_skip_link_is_the_first_stop(page: Page, site: Site) -> None:
    log_in(page, site)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_a_transcript_that_comes_later_appears_by_itself(page: Page, site: Site) -> None:
    log_in(page, site)
    page.goto(f"{site.address}/tickets/{site.house.ticket_ids['salvaged']}")
    waiting = page.locator("call-transcript").first
    expect(waiting).to_contain_text("the recording waits its turn")
    with site.house.database.write() as session:
        session.execute(
            update(TranscriptRow)
            .where(TranscriptRow.recording_id == site.house.recording_ids["salvaged"])
            .values(state="done", engine="vosk", model="small")
        )
    expect(waiting).to_contain_text("Nothing was heard in this recording", timeout=15_000)


def test_a_move_with_a_reason_stands_in_the_history(page: Page, site: Site) -> None:
    log_in(page, site)
    page.goto(f"{site.address}/tickets/{site.house.ticket_ids['chinese']}")
    page.locator("#moves").get_by_text("Withdraw", exact=True).first.click()
    form = page.locator("#moves details[open] form")
    form.get_by_label("Reason").fill("She called again: all is settled. <b>")
    form.get_by_label("What shows it").fill("the recording of her call")
    form.get_by_role("button", name="Withdraw").click()
    expect(page.locator("#history")).to_contain_text("She called again: all is settled. <b>")
    expect(page.locator("#history")).to_contain_text("Registered → Withdrawn")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_page_has_a_serious_finding_or_runs_over_the_edge(
    page: Page, site: Site, language: str, tmp_path: Path
) -> None:
    pictures = Path(os.environ.get("TEST_PICTURES", tmp_path))
    log_in(page, site)
    choose_language(page, site, language)
    assert [finding for name in paths(site.house) for finding in looked_at(page, site, name, language, pictures)] == []


def looked_at(page: Page, site: Site, name: str, language: str, pictures: Path) -> list[str]:
    """Open a page at each size, take its picture, and give what is wrong with it."""
    findings = []
    page.goto(site.address + {**paths(site.house), "system": "/system/"}[name])
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=pictures / f"{name}-{language}-{size}.png", full_page=True)
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            findings.append(f"{name} {size}: runs over the edge")
        findings += [f"{name} {size}: {finding}" for finding in serious(page)]
    return findings


def test_an_administrator_runs_things_again_by_keys(page: Page, site: Site, tmp_path: Path) -> None:
    pictures = Path(os.environ.get("TEST_PICTURES", tmp_path))
    break_things(site.house)
    log_in(page, site, "root", "/system/")
    findings = []
    for language in ("zh", "en"):
        choose_language(page, site, language)
        findings += looked_at(page, site, "system", language, pictures)
    assert findings == []
    page.set_viewport_size({"width": 1280, "height": 900})
    page.locator("#jobs").get_by_role("button", name="Run again Transcribe a recording").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The job runs again within seconds")
    expect(page.get_by_role("heading", name="Dead jobs (1)")).to_be_visible()
    page.locator("#folders").get_by_role("button", name="Try again huiyin01-1763604000.9").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("No call is quarantined.")).to_be_visible()


def test_the_login_page_has_no_serious_finding(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/login")
    assert serious(page) == []
