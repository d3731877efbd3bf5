"""The pages of sampling: what each role sees, and a scorer's way from the list to a call and back."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crm.db.people import User
from crm.db.sampling import Sample, SamplingPlan
from crm.domain.sampling_plan import DEFAULT_PLAN, NUMBERS
from crm.jobs import sampling as jobs
from crm.services import quality_looks
from tests.factories import NOW, ZONE, House
from tests.sampled_calls import TALK, call_of

pytestmark = pytest.mark.integration
Browsers = Callable[[], Any]
LAST_WEEK = NOW - timedelta(days=8)


@pytest.fixture
def sampled(house: House) -> House:
    """A drawn week, and a call at risk in it."""
    jobs.run(house.database, ZONE, LAST_WEEK - timedelta(days=8))
    with house.database.write() as session:
        for number in range(6):
            call_of(session, "alice", number, LAST_WEEK + timedelta(hours=number), said=TALK if number == 0 else ())
    with house.database.write() as session:
        quality_looks.look(session, f"huiyin01-{int(LAST_WEEK.timestamp())}.0", zone=ZONE, now=NOW - timedelta(days=4))
    jobs.run(house.database, ZONE, NOW)
    return house


def page(browser: Any, path: str, status: int = 200) -> str:
    response = browser.get(path)
    assert response.status_code == status, path
    return str(response.get_data(as_text=True))


def follow(browser: Any, path: str, data: dict[str, Any]) -> str:
    response = browser.post(path, data, follow_redirects=True)
    assert response.status_code == 200
    return str(response.get_data(as_text=True))


def logged_in(new_browser: Browsers, name: str) -> Any:
    browser = new_browser()
    assert browser.log_in(name).status_code == 302
    browser.get("/account/")
    browser.post("/account/language", {"language": "en"})
    return browser


def test_a_scorer_takes_the_next_call_and_gives_it_back(sampled: House, new_browser: Browsers) -> None:
    quinn = logged_in(new_browser, "quinn")
    told = page(quinn, "/sampling/")
    assert "Score the next call" in told
    assert "possible red line" in told
    assert "drawn by lot" in told
    assert quinn.post("/sampling/next", {}).headers["Location"].startswith("/evaluations/")
    with sampled.database.read() as session:
        (taken,) = session.scalars(select(Sample).where(Sample.state == "claimed"))
        assert "fatal" in taken.reasons
    told = page(quinn, f"/sampling/{taken.id}")
    for words in ("What the machine suggests", "not heard where it belongs", "X04", "Taken into the sample", "Claimed"):
        assert words in told
    assert "Given back." in follow(quinn, f"/sampling/{taken.id}/release", {"why": "lunch"})
    assert "not claimed by you" in follow(quinn, f"/sampling/{taken.id}/release", {})
    quinn.post(f"/sampling/{taken.id}/claim", {})
    assert "Say why" in follow(quinn, f"/sampling/{taken.id}/excuse", {"excuse": "unheard", "note": ""})
    assert "Written down." in follow(quinn, f"/sampling/{taken.id}/excuse", {"excuse": "unheard", "note": "hum"})
    assert "cannot be scored" in page(quinn, f"/sampling/{taken.id}")
    with sampled.database.read() as session:
        other = session.scalars(select(Sample.call_id).where(Sample.state == "open")).first()
    assert "It is to be scored: alice" in follow(quinn, "/sampling/ask", {"call_id": other, "why": "a letter"})
    assert "There is no such call." in follow(quinn, "/sampling/ask", {"call_id": "none", "why": "x"})
    assert "asked for" in page(quinn, "/sampling/?reason=asked&agent=alice")
    assert "Nothing waits for you" in page(quinn, "/sampling/?agent=nobody")


def test_a_draw_that_anybody_can_make_again(sampled: House, new_browser: Browsers) -> None:
    audrey = logged_in(new_browser, "audrey")
    told = page(audrey, "/sampling/weeks/2026-W46/draw")
    assert "comes out the same" in told
    document = json.loads(page(audrey, "/sampling/weeks/2026-W46/draw.json"))
    assert hashlib.sha256(document["seed"].encode()).hexdigest() == document["commitment"]
    (alice,) = [one for one in document["agents"] if one["agent"] == "alice"]
    keyed = {
        hashlib.sha256(f"{document['seed']}\ndraw\nalice\n{call}".encode()).hexdigest(): call for call in alice["calls"]
    }
    assert [keyed[key] for key in sorted(keyed)][: alice["most"]] == alice["drawn"]
    hidden = page(audrey, "/sampling/weeks/2026-W47/draw")
    assert "is not drawn yet" in hidden
    assert json.loads(page(audrey, "/sampling/weeks/2026-W47/draw.json"))["seed"] is None
    page(audrey, "/sampling/weeks/2026-W99/draw", 404)
    page(audrey, "/sampling/", 403)
    assert audrey.post("/sampling/weeks/2026-W47/draw", {}).status_code == 403


def test_how_far_a_week_has_come(sampled: House, new_browser: Browsers) -> None:
    quinn = logged_in(new_browser, "quinn")
    told = page(quinn, "/sampling/weeks/?week=2026-W46")
    for words in (
        "Sampling of week 2026-W46",
        "1 late",
        "5–10",
        "possible red line",
        "How often the machine was right",
    ):
        assert words in told
    assert "Write a week as 2026-W47." in page(quinn, "/sampling/weeks/?week=soon")
    answer = quinn.client.get("/sampling/weeks/sheet?week=2026-W46")
    assert "sheet1.xml" in " ".join(zipfile.ZipFile(io.BytesIO(answer.data)).namelist())
    assert "alice" in quinn.client.get("/sampling/weeks/sheet?week=2026-W46&as=csv").get_data(as_text=True)
    assert "This week is not over." in follow(quinn, "/sampling/weeks/2026-W47/draw", {})
    assert "Sampling" in page(logged_in(new_browser, "sam"), "/sampling/weeks/")
    page(logged_in(new_browser, "alice"), "/sampling/weeks/", 403)


def test_a_plan_is_changed_with_a_reason(sampled: House, new_browser: Browsers) -> None:
    quinn, sam = logged_in(new_browser, "quinn"), logged_in(new_browser, "sam")
    form = {name: str(getattr(DEFAULT_PLAN, name)) for name in NUMBERS} | {"words_zh": "投诉", "version": "0"}
    told = follow(quinn, "/sampling/plan/", {**form, "veteran_least": "9", "claims": "x", "reason": "more"})
    assert "Must not be more than" in told
    assert "Must be a whole number from 1 to 50." in told
    assert "Say why the plan changes." in follow(quinn, "/sampling/plan/", {**form, "reason": " "})
    assert "Saved as version 1." in follow(quinn, "/sampling/plan/", {**form, "veteran_most": "4", "reason": "more"})
    assert "changed the plan meanwhile" in follow(quinn, "/sampling/plan/", {**form, "reason": "late"})
    with sampled.database.read() as session:
        (kept,) = session.scalars(select(SamplingPlan))
        assert (kept.document["veteran_most"], kept.document["words"]["zh"]) == (4, ["投诉"])
        alice = session.scalars(select(User.id).where(User.username == "alice")).one()
    assert "Written down." in follow(quinn, f"/sampling/plan/starts/{alice}", {"started_on": "2026-11-02"})
    assert "This is no first day" in follow(quinn, f"/sampling/plan/starts/{alice}", {"started_on": "1812-01-01"})
    assert "Save as a new version" not in page(sam, "/sampling/plan/")
    assert sam.post("/sampling/plan/", form).status_code == 403
