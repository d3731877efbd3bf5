"""The pages and the API of shifts: what is planned, asked for, kept and handed over, by who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from crm.db.models import ClockEvent, Handover, Leave, Shift, ShiftKind, ShiftPattern, ShiftSwap, StaffingNeed, User
from crm.jobs import shifts as jobs
from crm.services import rosters
from tests.factories import NOW, ZONE, Clock, House
from tests.integration.crm_web.conftest import Api, Browser

pytestmark = pytest.mark.integration
TODAY = NOW.astimezone(ZONE).date()
MONDAY = rosters.monday_of(TODAY) + timedelta(days=7)
SUNDAY = MONDAY + timedelta(days=6)


def ids(house: House) -> dict[str, int]:
    with house.database.read() as session:
        return {row.username: row.id for row in session.execute(select(User.username, User.id))}


def published(house: House, name: str) -> list[Shift]:
    with house.database.read() as session:
        query = select(Shift).join(User, User.id == Shift.user_id).where(User.username == name)
        return list(session.scalars(query.where(Shift.state == "published").order_by(Shift.starts_at)))


@pytest.fixture
def sam(browser: Browser, house: House) -> Browser:
    """Sam, who plans for everybody while he is in no section; alice and amy have four early and late shifts each."""
    people = ids(house)
    with house.database.read() as session:
        pattern = session.scalars(select(ShiftPattern.id).where(ShiftPattern.title_zh == "四班三运转")).one()
    browser.log_in("sam")
    browser.get("/shifts/")
    said = browser.post("/shifts/fill", {
        "week": str(MONDAY), "pattern": str(pattern), "people": [str(people["alice"]), str(people["amy"])],
        "first": str(MONDAY), "last": str(MONDAY + timedelta(days=3)), "offset": "1", "step": "2",
    }, follow_redirects=True).get_data(as_text=True)  # fmt: skip
    assert "Shifts made: 8." in said
    return browser


def publish(browser: Browser, reason: str) -> str:
    answer = browser.post(
        "/shifts/publish", {"week": str(MONDAY), "first": str(MONDAY), "last": str(SUNDAY), "reason": reason},
        follow_redirects=True,
    )  # fmt: skip
    return answer.get_data(as_text=True)


def test_a_week_is_planned_its_gaps_are_named_and_it_is_published(sam: Browser, house: House) -> None:
    page = sam.get(f"/shifts/?week={MONDAY}").get_data(as_text=True)
    assert "nobody" in page
    assert "the house’s least number" in page
    assert "Drafts in this week: 8." in page
    assert "say why the roster is published" in publish(sam, "")
    assert published(house, "alice") == []
    assert "Published: 8 shifts of 2 people" in publish(sam, "two more people come next week")
    assert [one.kind for one in published(house, "alice")] == ["early", "early", "late", "late"]
    assert "two more people come next week" in sam.get("/shifts/").get_data(as_text=True)


def test_a_cell_opens_a_shift_which_is_changed_and_taken_away(sam: Browser, house: House) -> None:
    publish(sam, "so few")
    shift, alice = published(house, "alice")[0], ids(house)["alice"]
    page = sam.get(f"/shifts/?week={MONDAY}&user={alice}&day={MONDAY}").get_data(as_text=True)
    assert "Take away" in page
    given = {"user": str(alice), "day": str(MONDAY), "kind": "day", "replaces": str(shift.id)}
    assert "The shift is on the roster." in sam.post("/shifts/", given, follow_redirects=True).get_data(as_text=True)
    day = published(house, "alice")[0]
    assert day.kind == "day"
    refused = sam.post(f"/shifts/{day.id}/away", {"reason": ""}, follow_redirects=True).get_data(as_text=True)
    assert "Give a reason" in refused
    sam.post(f"/shifts/{day.id}/away", {"reason": "a course"})
    assert len(published(house, "alice")) == 3
    assert sam.post("/shifts/9999/away", {"reason": "x"}).status_code == 404
    assert sam.get("/shifts/?week=0001-01-01&team=x&user=9&day=nonsense").status_code == 200


def test_a_swap_goes_from_one_to_the_other_to_who_plans(
    sam: Browser, house: House, new_browser: Callable[[], Browser]
) -> None:
    publish(sam, "so few")
    people, mine, hers = ids(house), published(house, "alice")[0], published(house, "amy")[-1]
    alice, amy = new_browser(), new_browser()
    alice.log_in("alice")
    assert "Ask for a swap" in alice.get("/shifts/mine/").get_data(as_text=True)
    alice.post("/shifts/mine/swaps", {"shift": str(mine.id), "with": f"{people['amy']}:{hers.id}", "reason": "exam"})
    amy.log_in("amy")
    assert "alice asks you to swap" in amy.get("/shifts/mine/").get_data(as_text=True)
    with house.database.read() as session:
        swap = session.scalars(select(ShiftSwap)).unique().one()
    amy.post(f"/shifts/mine/swaps/{swap.id}/answer", {"answer": "agree"})
    assert "alice → amy" in sam.get("/shifts/requests").get_data(as_text=True)
    said = sam.post(f"/shifts/swaps/{swap.id}", {"decision": "approve"}, follow_redirects=True)
    assert "changed hands" in said.get_data(as_text=True)
    assert published(house, "amy")[0].starts_at == mine.starts_at


def test_leave_is_asked_for_and_decided(sam: Browser, house: House, new_browser: Callable[[], Browser]) -> None:
    alice = new_browser()
    alice.log_in("alice")
    alice.get("/shifts/mine/")
    form = {"kind": "sick", "starts_at": f"{SUNDAY}T00:00", "ends_at": f"{SUNDAY}T12:00", "reason": "teeth"}
    wrong = alice.post("/shifts/mine/leave", {**form, "ends_at": "soon"}, follow_redirects=True)
    assert "Ends: Write a date and a time." in wrong.get_data(as_text=True)
    assert "Asked for." in alice.post("/shifts/mine/leave", form, follow_redirects=True).get_data(as_text=True)
    assert "teeth" in sam.get("/shifts/requests").get_data(as_text=True)
    with house.database.read() as session:
        leave = session.scalars(select(Leave)).one()
    refused = sam.post(f"/shifts/leave/{leave.id}", {"decision": "refuse"}, follow_redirects=True)
    assert "Say why it is refused." in refused.get_data(as_text=True)
    sam.post(f"/shifts/leave/{leave.id}", {"decision": "grant"})
    assert "Leave granted" in alice.get("/shifts/mine/").get_data(as_text=True)


def test_kinds_and_patterns_are_made_and_checked(sam: Browser, house: House) -> None:
    sam.get("/shifts/kinds/")
    form = {"code": "noon", "title_zh": "午班", "title_en": "Noon", "begins": "11:00", "ends": "19:00", "active": "1"}
    said = sam.post("/shifts/kinds/", form, follow_redirects=True).get_data(as_text=True)
    assert "So long a shift needs a meal" in said
    breaks = {"break_kind_0": "meal", "break_at_0": "14:30", "break_minutes_0": "45"}
    assert "Saved." in sam.post("/shifts/kinds/", {**form, **breaks}, follow_redirects=True).get_data(as_text=True)
    with house.database.read() as session:
        noon = session.get_one(ShiftKind, "noon")
        assert (noon.begins, noon.minutes, noon.breaks) == (660, 480, [["meal", 210, 45]])
    row = {"title_zh": "午", "title_en": "Noons", "days": "noon noon - –", "active": "1"}
    assert "Saved." in sam.post("/shifts/kinds/patterns", row, follow_redirects=True).get_data(as_text=True)
    assert "Noons" in sam.get("/shifts/").get_data(as_text=True)


def test_a_login_clocks_in_and_a_shift_is_opened_and_corrected(
    sam: Browser, house: House, clock: Clock, new_browser: Callable[[], Browser], api: Callable[[str], Api]
) -> None:
    publish(sam, "so few")
    shift = published(house, "alice")[0]
    clock.now = shift.starts_at - timedelta(minutes=5)
    alice = new_browser()
    alice.log_in("alice")
    with house.database.read() as session:
        seen = session.scalars(select(ClockEvent).where(ClockEvent.user_id == shift.user_id)).one()
        assert (seen.at, seen.kind, seen.source) == (clock.now, "in", "login")
    clock.now = shift.ends_at + timedelta(hours=1)
    with house.database.write() as session:
        assert jobs.run(session, clock.now).reckoned == 1
    sam.log_in("sam")
    page = sam.get(f"/attendance/{shift.id}").get_data(as_text=True)
    assert "no phone while work was planned" in page
    begin = shift.starts_at.astimezone(ZONE)
    excuse = {"starts_at": f"{begin:%Y-%m-%dT%H:%M}", "ends_at": f"{begin:%Y-%m-%d}T15:00", "reason": "phones down"}
    said = sam.post(f"/attendance/{shift.id}/excuse", excuse, follow_redirects=True).get_data(as_text=True)
    assert "Excused, and reckoned anew." in said
    listed = api("sam").get(f"/attendance?from={MONDAY}&to={SUNDAY}").get_json()["items"]
    assert [(one["user"], one["verdict"], one["planned_time"]) for one in listed] == [("alice", "leave", 0)]
    assert sam.get(f"/attendance/?first={MONDAY}&last={SUNDAY}").status_code == 200
    assert sam.get("/attendance/9999").status_code == 404


def test_who_may_see_what_over_the_api(sam: Browser, house: House, api: Callable[[str], Api]) -> None:
    publish(sam, "so few")
    days = f"from={MONDAY}&to={SUNDAY}"
    assert {one["user"] for one in api("sam").get(f"/shifts?{days}").get_json()["items"]} == {"alice", "amy"}
    mine = api("alice").get(f"/shifts?{days}").get_json()["items"]
    assert {one["user"] for one in mine} == {"alice"}
    assert [part["activity"] for part in mine[0]["parts"]] == ["rest", "meal", "rest"]
    gaps = api("sam").get(f"/shifts/gaps?{days}").get_json()["items"]
    assert {one["in_breaks"] for one in gaps} == {True, False}
    assert api("alice").get(f"/shifts/gaps?{days}").status_code == 403
    assert api("quinn").get(f"/shifts?{days}").status_code == 403
    assert api("sam").get("/shifts?from=0001-01-01").status_code == 422
    assert api("sam").get(f"/shifts?from={SUNDAY}&to={MONDAY}").status_code == 422


def test_needs_are_shown_and_nothing_is_taken_over_from_nothing(sam: Browser, house: House) -> None:
    page = sam.get("/staffing/?first=nonsense&share=x").get_data(as_text=True)
    assert "Choose a day." in page
    assert "Erlang C (Erlang 1917)" in page
    said = sam.post("/staffing/", {"method": "erlang_c", "first": str(MONDAY)}, follow_redirects=True)
    assert "Nothing is known yet" in said.get_data(as_text=True)
    with house.database.read() as session:
        assert session.scalars(select(StaffingNeed)).all() == []


def test_a_hand_over_keeps_what_was_typed_until_it_is_right(
    sam: Browser, house: House, new_browser: Callable[[], Browser]
) -> None:
    alice = new_browser()
    alice.log_in("alice")
    alice.get("/handovers/")
    form = {"text": "quiet night", "area_0": "cases", "item_0": "call her at nine", "ticket_0": "261121-01-99999"}
    wrong = alice.post("/handovers/", form)
    assert wrong.status_code == 422
    assert 'value="call her at nine"' in wrong.get_data(as_text=True)
    assert "quiet night</textarea>" in wrong.get_data(as_text=True)
    alice.post("/handovers/", {**form, "ticket_0": ""})
    with house.database.read() as session:
        row = session.scalars(select(Handover)).unique().one()
        item = row.items[0].id
    assert "Not read yet" in sam.get("/handovers/").get_data(as_text=True)
    sam.post(f"/handovers/{row.id}/read", {})
    sam.post(f"/handovers/items/{item}", {"outcome": "she is content"})
    page = alice.get("/handovers/").get_data(as_text=True)
    assert "Taken over" in page
    assert "she is content" in page


def test_every_page_is_there_in_chinese(sam: Browser, house: House) -> None:
    publish(sam, "so few")
    with house.database.write() as session:
        session.execute(update(User).values(locale="zh"))
    shift = published(house, "alice")[0].id
    paths = ("/shifts/", "/shifts/requests", "/shifts/kinds/", "/shifts/mine/", "/attendance/", f"/attendance/{shift}",
             "/staffing/", "/handovers/")  # fmt: skip
    for path in paths:
        answer = sam.get(path)
        assert (answer.status_code, "交接班记录" in answer.get_data(as_text=True)) == (200, True), path
