"""Pictures of figures and an emergency's link in a real browser: drawn, readable, and nothing refused by the policy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from crm.db.casefile import Investigation
from crm.db.tickets import Ticket
from crm.domain.access import Role
from crm.domain.emergency import Trigger
from crm.domain.rules import DEFAULT_RULES
from crm.jobs import analysis as analysis_jobs
from crm.services import duty_roster, emergencies, emergency_team, users
from crm.services import emergency_book as book
from crm.services.duty_roster import NewEntry
from crm.services.emergencies import Declaration
from crm.services.ticket_changes import record_event
from tests.call_work import CENTRE
from tests.e2e.pages import Site, log_in, need_the_front_end, violations
from tests.factories import CHEAP, NOW, PASSWORD, ZONE, House, make_house

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")]
CAUSES = ("process.delay", "process.delay", "people.attitude", "product.pricing")


def fill(house: House) -> str:
    """Complaints of ten weeks, an emergency with its team called; gives the path of a link to answer with."""
    links: list[str] = []

    def keep(path: str) -> str:
        links.append(path)
        return f"https://complaints.example{path}"

    with house.database.write() as session:
        boss = users.create_user(
            session,
            username="greta",
            roles=frozenset({Role.GM}),
            password_hash=CHEAP.hash(PASSWORD),
            by="test",
            now=NOW,
        )
        actor = users.actor_of(boss)
        for number in range(60):
            at = NOW - timedelta(days=number * 1.2, hours=1)
            ticket = Ticket(
                number=f"{at:%y%m%d}77{number:05d}", kind="complaint", status="closed", priority="P2", channel="web",
                language="zh", text="", flags=[], received_at=at, version=1, reason_code="pricing",
                business_code="credit_card", channel_code="telephone", level=1,
            )  # fmt: skip
            session.add(ticket)
            session.flush()
            record_event(session, ticket, "created", actor="test", at=at)
            session.add(Investigation(ticket_id=ticket.id, version=1, root_cause=CAUSES[number % 4], updated_at=at,
                                      updated_by="test", document={}))  # fmt: skip
        duty_roster.add(session, actor, NewEntry("lead", "dora", 1, "13900000001"), now=NOW)
        given = Declaration(Trigger.OTHER, "Transfers fail", "since ten")
        made = emergencies.declare(session, actor, given, centre=CENTRE, rules=DEFAULT_RULES, now=NOW)
        row = book.load(session, actor, made)
        emergency_team.call_out(session, row, rules=DEFAULT_RULES, centre=CENTRE, site=keep, now=NOW)
    analysis_jobs.run(house.database, ZONE, NOW)
    return links[0]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    need_the_front_end()
    house = make_house(tmp_path_factory.mktemp("learning") / "house")
    link = fill(house)
    with Site(house) as one:
        yield one, link


@pytest.mark.parametrize("size", [(1280, 900), (390, 844)])
def test_every_picture_is_drawn_above_its_table(site: tuple[Site, str], page: Page, size: tuple[int, int]) -> None:
    one, _link = site
    log_in(page, one, "dora", start="/desk/")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{one.address}/analysis/")
    pictures = page.locator("figure-chart")
    expect(page.locator("figure-chart canvas")).to_have_count(pictures.count())
    assert pictures.count() >= 8
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert violations(page) == []
    cause = page.locator("figure-chart", has=page.locator("canvas")).nth(1)
    assert "process" not in (cause.get_attribute("data-figures") or "")
    page.get_by_text("The figures").nth(1).click()
    expect(page.get_by_role("cell", name="Handled too late").first).to_be_visible()


def test_a_call_out_is_answered_from_a_telephone_without_logging_in(site: tuple[Site, str], page: Page) -> None:
    one, link = site
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(one.address + link)
    expect(page.get_by_text("Transfers fail")).to_be_visible()
    assert "since ten" not in page.content()
    assert violations(page) == []
    page.get_by_role("button", name="I am coming").click()
    expect(page.get_by_text("Your answer:")).to_contain_text("coming")
