"""Roster, requests, my shifts, attendance, staffing and the hand-over log in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.contact_centre import AgentState, QueueVisit
from crm.db.models import Call, ClockEvent, Shift, ShiftPattern, User
from crm.domain.access import Role
from crm.domain.shifts import instant
from crm.jobs import shifts as jobs
from crm.services import handovers, leaves, rosters, shift_swaps, users
from crm.services.handovers import NewItem
from crm.services.leaves import LeaveForm
from crm.services.rosters import Fill
from tests.call_work import CENTRE
from tests.e2e.pages import SIZES, Site, log_in, need_the_front_end, violations
from tests.factories import CHEAP, NOW, PASSWORD, ZONE, House, make_house

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")]
TODAY = NOW.astimezone(ZONE).date()
MONDAY = rosters.monday_of(TODAY)
SUNDAY = MONDAY + timedelta(days=6)


def fill(house: House) -> None:
    """Four teams of one over two weeks, what they did on Friday, a swap, leave, a hand-over, and calls of six weeks."""
    with house.database.write() as session:
        for name, role in (("wilma", Role.WF), ("ben", Role.A1), ("cleo", Role.A2)):
            users.create_user(session, username=name, roles=frozenset({role}), password_hash=CHEAP.hash(PASSWORD),
                              by="test", now=NOW)  # fmt: skip
        actors = {row.username: users.actor_of(row) for row in session.scalars(select(User))}
        ids = {name: actor.user_id or 0 for name, actor in actors.items()}
        teams = session.scalars(select(ShiftPattern.id).where(ShiftPattern.title_zh == "四班三运转")).one()
        agents = tuple(ids[name] for name in ("alice", "amy", "ben", "cleo"))
        early = NOW - timedelta(days=8)
        wanted = Fill(teams, agents, MONDAY, SUNDAY, step=2)
        rosters.fill(session, actors["wilma"], wanted, centre=CENTRE, now=early)
        rosters.publish(session, actors["wilma"], MONDAY, SUNDAY, centre=CENTRE, now=early, reason="the first night")
        ahead = Fill(teams, agents[:3], SUNDAY + timedelta(days=1), SUNDAY + timedelta(days=7), 6, 2)
        rosters.fill(session, actors["wilma"], ahead, centre=CENTRE, now=NOW)
        mine = session.scalars(select(Shift).where(Shift.user_id == ids["alice"]).order_by(Shift.day)).all()
        for shift in session.scalars(select(Shift).where(Shift.state == "published", Shift.ends_at < NOW)).all():
            work(session, shift)
        hers = session.scalars(
            select(Shift).where(Shift.user_id == ids["amy"], Shift.starts_at > NOW, Shift.state == "published")
        ).all()
        his = session.scalars(
            select(Shift).where(Shift.user_id == ids["ben"], Shift.starts_at > NOW, Shift.state == "published")
        ).first()
        assert mine
        if his is not None and hers:
            swap = shift_swaps.ask(session, actors["ben"], his.id, ids["amy"], other_shift_id=hers[0].id,
                                   reason="an exam", now=NOW)  # fmt: skip
            shift_swaps.answer(session, actors["amy"], swap.id, agree=True, now=NOW)
        begin = instant(SUNDAY + timedelta(days=2), 0, ZONE)
        leaves.ask(session, actors["amy"], LeaveForm("annual", begin, begin + timedelta(days=1), "a wedding"), now=NOW)
        handovers.write(
            session, actors["ben"], "The card system is slow since five.\nTwo callers want a manager.",
            [NewItem("systems", "Ask the technology department at four"), NewItem("people", "Amy comes at three")],
            now=NOW - timedelta(minutes=30),
        )  # fmt: skip
        for week in range(1, 7):
            for day in range(7):
                for number in range(12 + day % 3 * 4):
                    began = instant(MONDAY + timedelta(days=day + 7), 9 * 60 + number * 37, ZONE) - timedelta(
                        weeks=week + 1
                    )
                    call_id = f"huiyin02-{int(began.timestamp())}.{number}"
                    session.add(Call(call_id=call_id, started_at=began, language="zh", menu_path=[], flags=[]))
                    session.add(QueueVisit(call_id=call_id, seq=1, queue="cards", entered_at=began, wait_time=4.0,
                                           left_at=began, outcome="answered"))  # fmt: skip
        session.add(AgentState(user_id=ids["alice"], state="paused", reason="other", since=NOW - timedelta(minutes=9)))
        jobs.run(session, NOW)


def work(session: Session, shift: Shift) -> None:
    """He comes four minutes late, takes his meal somewhat long, and leaves on time."""
    minute = timedelta(minutes=1)
    meal = shift.starts_at + 240 * minute
    rows = (
        ("available", "", shift.starts_at + 4 * minute, meal),
        ("paused", "meal", meal, meal + 38 * minute),
        ("on_call", "", meal + 38 * minute, meal + 60 * minute),
        ("available", "", meal + 60 * minute, shift.ends_at),
    )
    for state, reason, begin, end in rows:
        session.add(AgentState(user_id=shift.user_id, state=state, reason=reason, since=begin, until=end))
    session.add(ClockEvent(user_id=shift.user_id, at=shift.starts_at - 3 * minute, kind="in", source="login",
                           made_at=NOW, made_by="system"))  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    need_the_front_end()
    house = make_house(tmp_path_factory.mktemp("shifts") / "house")
    fill(house)
    with Site(house) as one:
        yield one


PLANNED = (
    "/shifts/", f"/shifts/?user=1&day={TODAY}", "/shifts/requests", "/shifts/kinds/?kind=day&pattern=1",
    "/shifts/mine/", "/attendance/", "/attendance/1", f"/staffing/?first={SUNDAY + timedelta(days=1)}", "/handovers/",
)  # fmt: skip


def test_every_page_of_shifts_fits_and_can_be_read_by_everybody(site: Site, page: Page) -> None:
    log_in(page, site, "wilma", start="/**")
    for path in PLANNED:
        page.goto(f"{site.address}{path}")
        expect(page.locator("h1")).to_be_visible()
        for width, height in SIZES.values():
            page.set_viewport_size({"width": width, "height": height})
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide == 0, (path, width)
            assert violations(page) == [], (path, width)
        expect(page.locator("figure-chart canvas")).to_have_count(1 if "staffing" in path else 0)


def test_a_week_is_mended_in_the_browser_and_published(site: Site, page: Page) -> None:
    """Cleo is missing in the next week: the gap is seen, she is given her early shift, and the gap is gone."""
    log_in(page, site, "wilma", start="/**")
    monday = SUNDAY + timedelta(days=1)
    friday = monday + timedelta(days=4)
    page.goto(f"{site.address}/shifts/?week={monday}")
    gap = page.get_by_role("row", name=f"{friday} 07:00 {friday} 15:00")
    expect(gap).to_contain_text("nobody")
    page.get_by_role("link", name=f"cleo Fri {friday:%m-%d}").click()
    page.get_by_label("Kind of shift").select_option("early")
    page.get_by_role("button", name="Give this shift").click()
    expect(page.get_by_text("The shift is on the roster.")).to_be_visible()
    expect(gap).to_have_count(0)
    page.get_by_label("Why, if something was found").fill("the rest is planned tomorrow")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("who were told")).to_be_visible()
