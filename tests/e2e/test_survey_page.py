"""A customer opens the link of a survey on his telephone and on a desk, in both languages, and it works once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from crm.db.surveys import Survey
from crm.domain.surveys import Way
from crm.services.replies import digest_of
from tests.e2e.pages import SIZES, Site, need_the_front_end, serious
from tests.factories import NOW, make_house

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    need_the_front_end()
    with Site(make_house(tmp_path_factory.mktemp("survey") / "house")) as one:
        yield one


def offered(site: Site, secret: str) -> str:
    """A survey whose link holds the secret; gives its address."""
    with site.house.database.write() as session:
        session.add(
            Survey(
                way=Way.LINK, unique_key=secret, ticket_id=site.house.ticket_ids["english"], language="en",
                offered_at=NOW, until=NOW + timedelta(days=7), digest=digest_of(secret),
            )
        )  # fmt: skip
    return f"{site.address}/survey/{secret}"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("language", "send", "thanks"), [("zh", "提交", "谢谢"), ("en", "Send", "Thank you")], ids=["zh", "en"]
)
def test_a_customer_answers_once(page: Page, site: Site, size: str, language: str, send: str, thanks: str) -> None:
    secret = f"{language}-{size}-{'x' * 20}"
    page.set_viewport_size({"width": SIZES[size][0], "height": SIZES[size][1]})
    page.goto(f"{offered(site, secret)}?lang={language}")
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0], "it runs over the edge"
    page.locator("input[name=score][value='4']").check()
    page.locator("input[name=recommends][value='9']").check()
    page.locator("textarea[name=opinion]").fill("Quick.")
    if "TEST_PICTURES" in os.environ:
        page.screenshot(path=Path(os.environ["TEST_PICTURES"]) / f"survey-{language}-{size}.png", full_page=True)
    page.get_by_role("button", name=send).click()
    expect(page.locator("body")).to_contain_text(thanks)
    assert serious(page) == []
    page.goto(f"{site.address}/survey/{secret}?lang={language}")
    expect(page.locator("input[name=score]")).to_have_count(0)
    with site.house.database.read() as session:
        row = session.scalars(select(Survey).where(Survey.unique_key == secret)).one()
        assert (row.score, row.recommends, row.opinion) == (4, 9, "Quick.")
