"""The pages of scores, appeals, calibrations and coaching: from the agent's answer to the head's ruling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crm.db.calls import Call
from crm.db.courses import Course
from crm.db.fairness import Appeal, Calibration, Coaching
from crm.db.quality import Evaluation
from crm.services import calibrations
from tests.factories import CHEAP, NOW, PASSWORD, House
from tests.quality_people import EMPATHY, GREETING, PROMISE, actors, call, cast, hand_in, scored

pytestmark = pytest.mark.integration
Browsers = Callable[[], Any]
HEARD = [replace(mark, from_ms=1000, to_ms=5000) for mark in (GREETING, EMPATHY, PROMISE)]


@pytest.fixture
def at(house: House, new_browser: Browsers) -> Callable[[str], Any]:
    """``at("sam")`` is a browser in which Sam is logged in."""
    with house.database.write() as session:
        cast(session, NOW, CHEAP.hash(PASSWORD))

    def open_for(name: str) -> Any:
        browser = new_browser()
        assert browser.log_in(name).status_code == 302
        return browser

    return open_for


def evaluated(house: House) -> int:
    """Alice's recorded call, scored by Quinn."""
    with house.database.write() as session:
        people = actors(session)
        return scored(session, people["quinn"], session.get_one(Call, house.call_ids["english"]), HEARD[:2], now=NOW)


def page(browser: Any, path: str) -> str:
    response = browser.get(path)
    assert response.status_code == 200, path
    return str(response.get_data(as_text=True))


def follow(browser: Any, path: str, data: dict[str, Any]) -> str:
    response = browser.post(path, data, follow_redirects=True)
    assert response.status_code == 200, path
    return str(response.get_data(as_text=True))


def test_an_agent_appeals_on_his_page_and_a_scorer_rules(house: House, at: Callable[[str], Any]) -> None:
    alice, number = at("alice"), evaluated(house)
    assert f"/scores/{number}" in page(alice, "/scores/")
    text = page(alice, f"/scores/{number}")
    assert 'data-start="1.0"' in text
    assert "I accept it" in text
    assert "Empathy" in text
    kept = follow(alice, f"/scores/{number}/appeal", {"point": "item:A1:0", "says-item:A1:0": " ", "text": "keep me"})
    assert "Say for every point what is not right about it." in kept
    assert "keep me" in kept
    told = {"point": "item:A1:0", "says-item:A1:0": "I did greet <b>him</b>", "at-item:A1:0": "0:07"}
    shown = follow(alice, f"/scores/{number}/appeal", told)
    assert "Your appeal is taken." in shown
    assert "&lt;b&gt;him" in shown
    assert 'data-start="7.0"' in shown
    with house.database.read() as session:
        appeal = session.scalars(select(Appeal)).one()
    quinn, qing = at("quinn"), at("qing")
    assert "You scored this call." in page(quinn, f"/appeals/{appeal.id}")
    assert f"/appeals/{appeal.id}" in page(qing, "/appeals/")
    page(qing, f"/appeals/{appeal.id}")
    follow(qing, f"/appeals/{appeal.id}/take", {})
    ruling = {"point": "item:A1:0", "verdict-item:A1:0": "reduced", "taken-item:A1:0": "2", "version": "2",
              "reason-item:A1:0": "she says good morning", "reason": "partly"}  # fmt: skip
    assert "A ruling never takes more." in follow(qing, f"/appeals/{appeal.id}", ruling)
    done = follow(qing, f"/appeals/{appeal.id}", {**ruling, "taken-item:A1:0": "1"})
    assert "Granted in part" in done
    assert "95 → 96" in done
    assert "Go on to the last step" in page(alice, f"/scores/{number}")
    assert "It is final now." in follow(alice, f"/scores/{number}/accept", {})
    for stranger, path in (
        ("amy", f"/scores/{number}"),
        ("sam", f"/scores/{number}"),
        ("amy", f"/appeals/{appeal.id}"),
    ):
        assert at(stranger).get(path).status_code in {403, 404}
    assert "Plan coaching" in page(at("sam"), f"/appeals/of/{number}")


def test_coaching_is_planned_held_and_answered(house: House, at: Callable[[str], Any]) -> None:
    sam, number = at("sam"), evaluated(house)
    form = page(sam, f"/coaching/new?evaluation_id={number}&code=B2")
    assert "Greet first." in form
    wanted = {"evaluation_id": str(number), "code": "B2", "goal": "Say a word first.", "way": "talk", "retest": "none",
              "due_on": "2026-11-30", "coach": ""}  # fmt: skip
    assert "Say a word first." in follow(sam, "/coaching/new", {**wanted, "due_on": "2020-01-01"})
    assert "The coaching is planned" in follow(sam, "/coaching/new", wanted)
    with house.database.read() as session:
        row = session.scalars(select(Coaching)).one()
    alice = at("alice")
    assert f"/coaching/{row.id}" in page(alice, "/coaching/?which=mine")
    page(alice, f"/coaching/{row.id}")
    assert "I will try" in follow(alice, f"/coaching/{row.id}/say", {"says": "I will try", "version": "1"})
    with house.database.write() as session:
        course = Course(
            title_zh="同理心", title_en="Empathy at the phone", mode="online", topic="service", minutes=20, body_zh="x",
            body_en="x", slugs=[], case_ids=[], state="open", made_at=NOW, made_by="tess",
        )  # fmt: skip
        session.add(course)
        session.flush()
        what = f"course:{course.id}"
    assert "Empathy at the phone" in page(sam, f"/coaching/{row.id}")
    given = follow(sam, f"/coaching/{row.id}/learn", {"what": what, "due_on": "2026-11-30"})
    assert "Given; he was told." in given
    assert "to do" in given
    assert "He has this already." in follow(sam, f"/coaching/{row.id}/learn", {"what": what, "due_on": "2026-11-30"})
    page(sam, f"/coaching/{row.id}")
    held = follow(sam, f"/coaching/{row.id}", {"move": "hold", "text": "We listened.", "version": "2"})
    assert "Too few evaluations to say" in held
    assert "Passed" in follow(sam, f"/coaching/{row.id}", {"move": "pass", "text": "She can.", "version": "3"})
    assert at("amy").get(f"/coaching/{row.id}").status_code == 404
    assert f"/coaching/{row.id}" in page(at("audrey"), "/coaching/?which=ended")


def test_a_calibration_on_its_pages(house: House, at: Callable[[str], Any]) -> None:
    hera = at("hera")
    with house.database.write() as session:
        people = actors(session)
        names = [call(session, n, NOW - timedelta(hours=n)).call_id for n in range(1, 6)]
    assert "New calibration" in page(hera, "/calibrations/")
    page(hera, "/calibrations/new")
    wanted = {"title": "November", "due": "2026-11-30", "more": " ".join(names), "scorer": ["quinn", "qing"]}
    assert "November" in follow(hera, "/calibrations/new", {**wanted, "scorer": ["quinn"]})
    assert "its scorers were told" in follow(hera, "/calibrations/new", wanted)
    with house.database.write() as session:
        number = session.scalars(select(Calibration.id)).one()
        for scorer, marks in (("quinn", (GREETING, PROMISE)), ("qing", (GREETING, EMPATHY))):
            for name in names[: 5 if scorer == "quinn" else 4]:
                made = calibrations.score(session, people[scorer], number, name, now=NOW)
                hand_in(session, people[scorer], made, marks, now=NOW)
    quinn, path = at("quinn"), f"/calibrations/{number}"
    assert "handed in" in page(quinn, path)
    assert "How far apart" not in page(at("dora"), path)
    with house.database.write() as session:
        made = calibrations.score(session, people["qing"], number, names[4], now=NOW)
        hand_in(session, people["qing"], made, (), now=NOW)
    page(hera, path)
    shown = follow(hera, f"{path}/end", {"how": "reveal", "version": "1", "note": ""})
    assert "How far apart" in shown
    assert "target missed" in shown
    assert "Where they differ" in shown
    agreed = follow(quinn, f"{path}/readings", {"code": "B2", "text": "A word is enough."})
    assert "A word is enough." in agreed
    assert "Stricter than the others" in page(at("audrey"), "/calibrations/drift")
    assert at("alice").get(path).status_code == 403


def test_the_pages_speak_chinese(house: House, at: Callable[[str], Any]) -> None:
    number = evaluated(house)
    alice = at("alice")
    alice.get("/account/")
    alice.post("/account/language", {"language": "zh"})
    assert "我的评分" in page(alice, "/scores/")
    assert "等待您答复" in page(alice, f"/scores/{number}")
    assert "辅导" in page(alice, "/coaching/")
    with house.database.read() as session:
        assert session.get_one(Evaluation, number).state == "submitted"
