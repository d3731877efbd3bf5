"""What tests of pages share: the pages served over seeded rows, somebody who logs in, and what axe finds."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Self

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update
from werkzeug.serving import make_server

from crm.db.models import User
from crm.gate.deps import Disk
from crm.web.assets_manifest import STATIC
from tests.factories import PASSWORD, Clock, House, make_app

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = "/usr/bin/chromium"
DISK = Disk(free=420_000_000_000, total=1_000_000_000_000)
SIZES = {"wide": (1280, 900), "narrow": (390, 844)}


def need_the_front_end() -> None:
    """Skip where nothing is there to look at, or nothing to look with."""
    if not (STATIC / "dist" / "manifest.json").is_file() or not AXE.is_file():
        pytest.skip("the front end is not built: npm ci && npm run build")


class Site:
    """The pages over seeded rows, at an address; ``clock``: at a time that the test turns."""

    def __init__(self, house: House) -> None:
        self.house, self.clock = house, Clock()
        self.server = make_server("127.0.0.1", 0, make_app(house, self.clock, disk=DISK), threaded=True)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        self.house.database.dispose()


def log_in(page: Page, site: Site, name: str = "handler", start: str = "/desk/") -> None:
    with site.house.database.write() as session:
        session.execute(update(User).where(User.username == name).values(locale="en"))
    page.goto(f"{site.address}/login")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"**{start}")


def choose_language(page: Page, site: Site, language: str) -> None:
    page.goto(f"{site.address}/account/")
    button = page.locator(f"button[name=language][value={language}]")
    if button.count():
        button.click()
    expect(page.locator("html")).to_have_attribute("lang", {"zh": "zh-CN", "en": "en"}[language])


def violations(page: Page) -> list[str]:
    """Whatever axe finds."""
    return [_shown(one) for one in _axe(page)]


def serious(page: Page) -> list[str]:
    """What axe finds serious or critical."""
    return [_shown(one) for one in _axe(page) if one["impact"] in {"serious", "critical"}]


def _axe(page: Page) -> list[dict[str, Any]]:
    """The protocol may run a script that the page itself may not."""
    page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
    found: list[dict[str, Any]] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return found


def _shown(violation: dict[str, Any]) -> str:
    return f"{violation['id']}: {violation['nodes'][0]['html'][:160]}"
