"""The pages of key figures in a real browser: readable, in both languages, on a telephone; a new scheme is kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from crm.services import kpi_months
from tests.e2e.pages import CHROMIUM, Site, choose_language, log_in, need_the_front_end, violations
from tests.factories import NOW, ZONE, make_house
from tests.integration.test_key_figures import live_in

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    need_the_front_end()
    house = make_house(tmp_path_factory.mktemp("figures") / "house", empty=True)
    live_in(house)
    with house.database.write() as session:
        kpi_months.freeze(session, "2026-10", by="dora", note="", zone=ZONE, now=NOW)
    with Site(house) as one:
        yield one


@pytest.fixture(scope="module")
def page(site: Site) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        browser.close()


def check(page: Page, site: Site, path: str) -> None:
    """Readable by everybody, and no wider than a telephone."""
    page.goto(f"{site.address}{path}")
    assert violations(page) == [], path
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    page.set_viewport_size({"width": 1280, "height": 900})


def test_every_page_is_readable_in_both_languages(page: Page, site: Site) -> None:
    page.context.clear_cookies()
    log_in(page, site, "dora", "/*")
    paths = ("/kpi/?by=agent&first=2026-11-01", "/kpi/behind?figure=abandonment&first=2026-10-20", "/kpi/months",
             "/kpi/months/2026-10", "/kpi/scheme")  # fmt: skip
    for path in paths:
        check(page, site, path)
    page.goto(f"{site.address}/kpi/scheme")
    page.get_by_label("Volume is full at").fill("130")
    page.get_by_label("Reason").fill("the board decided")
    page.get_by_role("button", name="Keep a new version").click()
    expect(page.get_by_text("the board decided")).to_be_visible()
    choose_language(page, site, "zh")
    for path in paths:
        page.goto(f"{site.address}{path}")
        assert violations(page) == [], path
