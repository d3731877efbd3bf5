"""The pages of training, tests, knowledge and the notice board, as those use them who learn, teach and lead."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from crm.domain.access import Role
from crm.services import users
from tests.factories import CHEAP, NOW, PASSWORD, Clock, House
from tests.integration.crm_web.conftest import Browser

pytestmark = pytest.mark.integration
MORE = {"tess": Role.TR, "cora": Role.CO}
OPTIONS = {"options_zh": "* 三天\n七天", "options_en": "* three days\nseven days"}
QUESTION = {
    "kind": "single", "topic": "law", "level": "1", "points": "2", "text_zh": "多久？", "text_en": "How long?",
    **OPTIONS,
}  # fmt: skip
SHORT = {**QUESTION, "kind": "short", "model_zh": "依法", "model_en": "by law", "text_en": "Why?"}
At = Callable[[str], Browser]


@pytest.fixture
def at(house: House, new_browser: Callable[[], Browser]) -> At:
    """``at("tess")`` is a browser in which Tess is logged in, in English."""
    with house.database.write() as session:
        for name, role in MORE.items():
            users.create_user(
                session, username=name, roles=frozenset({role}), password_hash=CHEAP.hash(PASSWORD), by="test", now=NOW,
                locale="en",
            )  # fmt: skip

    def open_for(name: str) -> Browser:
        browser = new_browser()
        assert browser.log_in(name).status_code == 302
        browser.get("/account/")
        browser.post("/account/language", {"language": "en"})
        return browser

    return open_for


def page(browser: Browser, path: str, **more: Any) -> str:
    response = browser.get(path, **more)
    assert response.status_code == 200, (path, response.status_code)
    return str(response.get_data(as_text=True))


def send(browser: Browser, path: str, data: dict[str, Any]) -> str:
    """Post a form and read what it leads to."""
    answer = browser.post(path, data)
    assert answer.status_code in {200, 302}, (path, answer.status_code)
    return page(browser, answer.location) if answer.status_code == 302 else str(answer.get_data(as_text=True))


def person(text: str, name: str) -> str:
    """The number of a person, of the boxes on a form."""
    found = re.search(rf'value="(\d+)"[^>]*> <span class="form-check-label">{name}<', text)
    assert found, name
    return found[1]


def test_a_test_is_set_given_sat_marked_and_told(at: At, clock: Clock) -> None:
    tess, alice = at("tess"), at("alice")
    page(tess, "/training/bank/write")
    for form in (QUESTION, SHORT):
        assert "The question is kept." in send(tess, "/training/bank/write", form)
    refused = send(tess, "/training/bank/write", {**QUESTION, "text_en": "", "text_zh": "写好了"})
    assert "写好了" in refused, "what was written is still there"
    assert "How long?" in page(tess, "/training/bank?topic=law&kind=single")
    test = {"title_zh": "测验", "title_en": "A test", "minutes": "10", "pass_percent": "60", "attempts": "1"}
    kept = send(tess, "/training/tests/write", {**test, "counts": "yes", "count_0": "2", "questions": ""})
    assert "The test is kept." in kept
    assert "3 questions" in send(tess, "/training/tests/write", {**test, "count_0": "3"})
    send(tess, "/training/tests/1", {"what": "open", "version": "1"})
    people = page(tess, "/training/people/")
    given = {"thing": "exam:1", "due_on": "2026-12-01", "people": person(people, "alice"), "note": "law is new"}
    assert "law is new" in send(tess, "/training/people/", given)
    assert "A test" in page(alice, "/training/")
    sheet = send(alice, "/training/tests/1/begin", {})
    assert "10 minutes left" in sheet
    where = {text: int(n) for n, text in re.findall(r">(\d)\. (How long|Why)\?<", sheet)}
    one, why = where["How long"], where["Why"]
    assert "Kept at" in str(alice.post(f"/training/sheets/1/answers/{one}", {f"q{one}": "0"}).get_data(as_text=True))
    clock.now = NOW + timedelta(minutes=4)
    again = page(alice, "/training/sheets/1")
    assert re.search(rf'name="q{one}" value="0" checked', again), "a reload loses nothing"
    assert "6 minutes left" in page(alice, "/training/sheets/1/left")
    done = send(alice, "/training/sheets/1", {f"q{one}": "0", f"t{why}": "by <b>law</b>", "hand_in": "yes"})
    assert "A person marks" in done
    assert "by law" not in done, "nothing of the answers is told before it is marked"
    assert at("amy").get("/training/sheets/1").status_code == 404
    marking = page(tess, "/training/marking/1")
    assert "&lt;b&gt;law&lt;/b&gt;" in marking
    version = re.search(r'name="version" value="(\d+)"', marking)
    assert version
    assert "Points are from 0" in send(tess, "/training/marking/1", {"version": version[1], f"p{why}": "2.25"})
    send(tess, "/training/marking/1", {"version": version[1], f"p{why}": "1.5", f"n{why}": "nearly"})
    result = page(alice, "/training/sheets/1")
    assert "3.5 / 4" in result
    assert "nearly" in result
    assert "87.5" in page(tess, "/training/tests")
    sam = at("sam")
    assert "/training/sheets/1" in page(sam, "/training/people/results?test=1")
    assert "3.5 / 4" in page(sam, "/training/sheets/1"), "who leads opens what is behind a result"
    assert alice.get("/training/people/").status_code == 403


def test_the_time_of_a_test_ends_on_the_server(at: At, clock: Clock) -> None:
    tess, alice = at("tess"), at("alice")
    page(tess, "/training/bank/write")
    send(tess, "/training/bank/write", QUESTION)
    test = {"title_zh": "练习", "title_en": "Trial", "minutes": "5", "pass_percent": "60", "attempts": "2"}
    send(tess, "/training/tests/write", {**test, "questions": "1"})
    send(tess, "/training/tests/1", {"what": "open", "version": "1"})
    page(alice, "/account/")
    send(alice, "/training/tests/1/begin", {})
    alice.post("/training/sheets/1/answers/1", {"q1": "0"})
    clock.now = NOW + timedelta(minutes=5)
    late = alice.post("/training/sheets/1/answers/1", {"q1": "1"})
    assert (late.status_code, late.headers["HX-Redirect"]) == (409, "/training/sheets/1")
    assert alice.get("/training/sheets/1/left").headers["HX-Redirect"] == "/training/sheets/1"
    assert "2 / 2" in page(alice, "/training/sheets/1"), "what was kept in time counts"


def test_a_course_a_plan_a_drill_and_the_board(at: At, clock: Clock) -> None:
    tess, alice, sam = at("tess"), at("alice"), at("sam")
    page(tess, "/training/courses/write")
    course = {
        "title_zh": "客户心理", "title_en": "Psychology", "mode": "online", "topic": "psychology", "minutes": "60",
        "body_zh": "倾听", "body_en": "Listen", "slugs": "limits, fraud",
    }  # fmt: skip
    assert "There is no such article: none-such" in send(
        tess, "/training/courses/write", {**course, "slugs": "none-such"}
    )
    send(tess, "/training/courses/write", course)
    send(tess, "/training/courses/1/state", {"state": "open", "version": "1"})
    plan = {"title_zh": "定期", "title_en": "Each quarter", "kind": "periodic", "months": "3", "roles": "A1",
            "thing_0": "course:1", "days_0": "14", "starts_on": "2026-11-01"}  # fmt: skip
    assert "Say for which roles" in send(tess, "/training/plans/", {**plan, "roles": []})
    assert "every 3 months" in send(tess, "/training/plans/", plan)
    people = page(sam, "/training/people/")
    send(sam, "/training/people/", {"thing": "course:1", "due_on": "2026-12-01", "people": person(people, "alice")})
    text = page(alice, "/training/courses/1")
    version = re.search(r'name="version" value="(\d+)"', text)
    assert version
    send(alice, "/training/courses/1/read", {"version": version[1]})
    assert "worked through" in page(alice, "/training/")
    scene = {"title_zh": "盗刷", "title_en": "Fraud", "topic": "crisis"}
    told = {"situation_zh": "甲", "situation_en": "Answer", "caller_zh": "乙", "caller_en": "Be upset"}
    page(tess, "/training/drills/")
    assert "Fraud" in send(tess, "/training/drills/scenarios", {**scene, **told})
    who = re.search(r'<option value="(\d+)">alice<', page(tess, "/training/drills/"))
    assert who
    send(
        tess,
        "/training/drills/",
        {"scenario": "1", "person": who[1], "planned_at": "2026-11-22T10:00", "caller": "Sam"},
    )
    assert "Answer" in page(alice, "/training/")
    assert "Be upset" not in page(alice, "/training/"), "what the caller plays is not told beforehand"
    send(tess, "/training/drills/1", {"version": "1", "what": "held", "note": "calm"})
    scored = at("quinn").get("/training/drills/")
    assert "Score it on the card" in scored.get_data(as_text=True)
    page(sam, "/announcements/write")
    post = {"kind": "notice", "title": "New norm", "body": "Read it", "roles": "A1", "confirm_by": "2026-11-25"}
    assert "Read it" in send(sam, "/announcements/write", {**post, "confirm_by": "2020-01-01"})
    send(sam, "/announcements/write", post)
    assert "New norm" in page(alice, "/announcements/")
    page(alice, "/announcements/1")
    assert "You have confirmed it" in send(alice, "/announcements/1/confirm", {})
    assert at("quinn").get("/announcements/1").status_code == 404
    readers = page(sam, "/announcements/1")
    assert readers.index("amy") < readers.index("alice"), "who has not read it stands first"


def test_an_article_goes_from_hand_to_hand(at: At) -> None:
    ann, cora, tess, alice = at("handler"), at("cora"), at("tess"), at("alice")
    page(ann, "/knowledge/write")
    draft = {
        "slug": "night-branch", "language": "en", "kind": "article", "title": "Branches at night",
        "body": "The Drum Tower branch is open till nine.", "review_on": "2027-02-01", "hand_in": "yes", "edition": "",
    }  # fmt: skip
    refused = send(ann, "/knowledge/write", {**draft, "body": "Call 13800138000"})
    assert "telephone number" in refused
    assert "Call 13800138000" in refused, "nothing is lost"
    written = send(ann, "/knowledge/write", draft)
    number = re.search(r"/knowledge/versions/(\d+)", written)
    assert number
    path = f"/knowledge/versions/{number[1]}"
    assert alice.get(path).status_code == 404
    for browser, what in ((cora, "approve"), (tess, "publish")):
        page(browser, path)
        send(browser, path, {"step": what})
    found = page(alice, "/knowledge/?q=drum tower&language=en")
    assert "Branches at night" in found
    page(alice, "/knowledge/night-branch?language=en")
    part = alice.post(
        "/knowledge/night-branch/helped", {"language": "en", "helped": "no", "note": "and on Sundays?"},
        headers={"HX-Request": "true"},
    )  # fmt: skip
    assert "You said: it did not help." in part.get_data(as_text=True)
    page(alice, "/knowledge/?q=zeppelin&language=en")
    kept = page(tess, "/knowledge/keeping")
    for text in ("and on Sundays?", "zeppelin", "Branches at night"):
        assert text in kept
    send(tess, "/knowledge/synonyms", {"language": "en", "word": "zeppelin", "means": "drum tower"})
    assert "Branches at night" in page(alice, "/knowledge/?q=zeppelin&language=en")
    assert alice.get("/knowledge/keeping").status_code == 403
