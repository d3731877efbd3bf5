"""A matter from the customer's form to the desk, in a real browser; and axe on each page on the way, at both sizes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from crm.db.tickets import Ticket
from crm.services import first_look
from tests.e2e.pages import SIZES, Site, choose_language, log_in, need_the_front_end, serious
from tests.factories import Clock, make_app, make_house

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")]


class RunningClock(Clock):
    """A clock that runs: nobody fills in a form in no time."""

    def __init__(self) -> None:
        super().__init__()
        self._began = time.monotonic()

    def __call__(self) -> datetime:
        return self.now + timedelta(seconds=time.monotonic() - self._began)


class LivingSite(Site):
    """The pages over seeded rows, with a clock that runs."""

    def __init__(self, folder: Path) -> None:
        self.house = make_house(folder)
        self.server = make_server("127.0.0.1", 0, make_app(self.house, RunningClock()), threaded=True)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    need_the_front_end()
    with LivingSite(tmp_path_factory.mktemp("intake") / "house") as one:
        yield one


def findings(page: Page, name: str) -> list[str]:
    """What is wrong with the page as it stands, at each size."""
    found = []
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            found.append(f"{name} {size}: runs over the edge")
        found += [f"{name} {size}: {one}" for one in serious(page)]
    return found


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which no script fails; a form that is given back says 422, which a browser tells as an error."""
    complaints: list[str] = []
    one = context.new_page()
    one.on("pageerror", lambda error: complaints.append(str(error)))
    one.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield one
    assert [text for text in complaints if "422" not in text] == []


TEXT = "柜员态度恶劣,白金卡首年免年费没有兑现,扣了600元,我要投诉"


def tell(page: Page, site: Site, picture: Path) -> tuple[str, str, list[str]]:
    """Fill the customers' form in, forget something, mend it; gives number, code and what is wrong with the pages."""
    page.goto(f"{site.address}/contact/?lang=en")
    wrong = findings(page, "form")
    page.get_by_role("link", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    wrong += findings(page, "form in Chinese")
    page.get_by_label("事情经过").fill(TEXT)
    page.get_by_label("金额（元）").fill("600")
    page.wait_for_timeout(2_100)  # the form takes nothing that was filled in sooner than anybody can
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("alert")).to_contain_text("您填写的内容仍在下方")
    wrong += findings(page, "form with faults")
    expect(page.get_by_label("事情经过")).to_have_value(TEXT)
    page.locator("#f-name").fill("王小明")
    page.locator("#f-phone").fill("13912345678")
    page.locator("#f-files").set_input_files(picture)
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("heading", name="已收到")).to_be_visible()
    wrong += findings(page, "receipt")
    number, code = page.locator("dd.ticket-number").all_inner_texts()
    return number, code, wrong


def look_up(page: Page, number: str, code: str) -> list[str]:
    """See how it stands, and add something; gives what is wrong with the pages."""
    page.get_by_role("link", name="进度查询").first.click()
    wrong = findings(page, "question")
    page.get_by_label("受理编号").fill(number)
    page.get_by_label("查询码").fill(code)
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_text("我们已确认接收").first).to_be_visible()
    page.get_by_label("需要补充的情况").fill("还有一段录音")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("status")).to_contain_text("已收到")
    return wrong + findings(page, "progress")


def test_a_matter_goes_from_the_customers_form_to_the_desk(page: Page, site: Site, tmp_path: Path) -> None:
    picture = tmp_path / "receipt.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"x" * 200)
    number, code, wrong = tell(page, site, picture)
    wrong += look_up(page, number, code)
    with site.house.database.write() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.channel == "web").order_by(Ticket.id.desc())).first()
        assert ticket is not None
        first_look.look(session, ticket.id, now=ticket.received_at)
    page.set_viewport_size({"width": 1280, "height": 900})
    log_in(page, site)
    choose_language(page, site, "zh")
    page.goto(f"{site.address}/intake/")
    wrong += findings(page, "what came in")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("link", name=number).first.click()
    panel = page.locator("#intake")
    expect(panel.locator("mark.told", has_text="态度恶劣").first).to_be_visible()
    expect(panel).to_contain_text("还有一段录音")
    expect(page.locator("#files")).to_contain_text("receipt.png")
    panel.get_by_role("button", name="确认", exact=True).click()
    expect(panel).to_contain_text("handler 已确认")

    page.goto(f"{site.address}/intake/new")
    page.locator("#f-phone").fill("13912345678")
    page.locator("#f-text").fill("柜员态度恶劣,我要投诉,找媒体曝光")
    page.locator("#f-demand").focus()
    expect(page.locator("#suggestion").get_by_text(number)).to_be_visible()
    expect(page.locator("#suggestion")).to_contain_text("媒体")
    wrong += findings(page, "intake")
    assert wrong == []
