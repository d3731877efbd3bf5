"""Scorecards in the pages: a draft with its flaws, a preview, a second person who publishes, what scores what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from crm.db.calls import Call
from crm.db.contact_centre import KnowledgeArticle
from crm.db.knowledge import KnowledgeUse
from crm.db.people import User
from crm.db.quality import Evaluation, Scorecard, ScorecardVersion
from crm.domain.access import Actor
from crm.domain.card_form import content_of
from crm.domain.errors import IllegalMoveError
from crm.services import evaluations, scorecards, users
from tests.default_card import CARD, fields
from tests.factories import NOW, House

pytestmark = pytest.mark.integration
CONTENT = content_of(CARD)


def test_a_new_version_is_written_previewed_and_published_by_another(
    house: House, new_browser: Callable[[], Any]
) -> None:
    quinn, dora = new_browser(), new_browser()
    quinn.log_in("quinn")
    dora.log_in("dora")
    with house.database.write() as session:
        before = evaluations.claim(session, _actor(house, "quinn"), house.call_ids["english"], now=NOW)
    quinn.get("/scorecards/versions/1")
    made = quinn.post("/scorecards/versions/1/draft", {}).location
    assert "Change a scorecard" in quinn.get(made).get_data(as_text=True)
    form = dict(fields(CONTENT)) | {"sections-0-weight": "14"}
    path = made.removesuffix("/edit")
    seen = quinn.post(f"{path}/preview", form).get_data(as_text=True)
    assert "the weights come to 99, not 100" in seen
    kept = quinn.post(made, form | {"lock": "1", "do": "add:fatals"}).get_data(as_text=True)
    assert 'name="fatals-12-code"' in kept
    assert "It cannot be published like this" in kept
    refused = quinn.post(f"{path}/publish", {"reason": "r", "lock": "2"}, follow_redirects=True)
    assert "Who changed the draft last does not publish it." in refused.get_data(as_text=True)
    dora.get(path)
    bad = dora.post(f"{path}/publish", {"reason": "r", "lock": "2"}, follow_redirects=True)
    assert "the weights come to 99" in bad.get_data(as_text=True)
    changed = dict(fields(CONTENT)) | {"sections-0-weight": "16", "sections-5-weight": "4"}
    clash = quinn.post(made, changed | {"lock": "1"}).get_data(as_text=True)
    assert "Somebody else changed this draft meanwhile." in clash
    assert 'name="lock" value="2"' in clash
    assert 'name="sections-0-weight" value="16"' in clash
    quinn.post(made, changed | {"lock": "2"})
    done = dora.post(f"{path}/publish", {"reason": "the opening counts more", "lock": "3"}, follow_redirects=True)
    text = done.get_data(as_text=True)
    assert "It is in force." in text
    assert "Changed since version 1" in text
    with house.database.write() as session:
        row = session.get_one(Evaluation, before)
        assert row.card.number == 1, "what was begun stays with its version"
        newest = scorecards.in_force(session, "service")
        assert (newest.number, newest.published_by, newest.reason) == (2, "dora", "the opening counts more")
        assert scorecards.card_of(newest).sections[0].weight == 16
    assert quinn.post(made, changed | {"lock": "3"}, follow_redirects=True).status_code == 200
    with house.database.read() as session:
        assert session.scalars(select(ScorecardVersion.lock).where(ScorecardVersion.number == 2)).one() == 4


def _actor(house: House, name: str) -> Actor:
    with house.database.read() as session:
        return users.actor_of(session.scalars(select(User).where(User.username == name)).one())


def test_a_card_of_its_own_for_a_queue_and_never_none_for_the_rest(house: House) -> None:
    dora, quinn = _actor(house, "dora"), _actor(house, "quinn")
    with house.database.write() as session:
        draft = scorecards.make(session, quinn, "complaint-calls", like=1, queues=["complaints"], now=NOW)
        assert scorecards.in_force(session, "complaints").scorecard.code == "service-call"
        scorecards.publish(session, dora, draft, "complaints are told apart", lock=1, now=NOW)
        assert scorecards.in_force(session, "complaints").id == draft
        assert scorecards.in_force(session, "service").scorecard.code == "service-call"
        call = session.get_one(Call, house.call_ids["english"])
        call.queue = "complaints"
        session.flush()
        made = evaluations.claim(session, quinn, call.call_id, now=NOW)
        assert session.get_one(Evaluation, made).version_id == draft
        usual = session.scalars(select(Scorecard).where(Scorecard.code == "service-call")).one()
    with house.database.write() as session, pytest.raises(IllegalMoveError, match="one card"):
        scorecards.assign(session, dora, usual.id, queues=[], active=False, now=NOW)
    with house.database.read() as session:
        assert scorecards.in_force(session, None).scorecard.code == "service-call"


@pytest.mark.parametrize(("who", "status"), [("alice", 403), ("sam", 403), ("audrey", 403), ("root", 403)])
def test_others_read_cards_at_most(house: House, new_browser: Callable[[], Any], who: str, status: int) -> None:
    browser = new_browser()
    browser.log_in(who)
    browser.get("/account/")
    assert browser.post("/scorecards/versions/1/draft", {}).status_code == status
    assert browser.get("/scorecards/versions/1").status_code == (403 if who == "root" else 200)


def test_the_pages_of_a_scored_call_show_what_each_may_read(house: House, new_browser: Callable[[], Any]) -> None:
    with house.database.write() as session:
        quinn = _actor(house, "quinn")
        made = evaluations.claim(session, quinn, house.call_ids["english"], now=NOW)
        article = session.scalars(select(KnowledgeArticle).where(KnowledgeArticle.state == "published")).first()
        assert article is not None
        user_id = _actor(house, "alice").user_id
        session.add(
            KnowledgeUse(article_id=article.id, version=1, user_id=user_id, at=NOW, call_id=house.call_ids["english"])
        )
    scorer, agent = new_browser(), new_browser()
    scorer.log_in("quinn")
    agent.log_in("alice")
    looked_up = f'href="/knowledge/{article.slug}"'
    assert looked_up in scorer.get(f"/calls/{house.call_ids['english']}").get_data(as_text=True)
    assert looked_up not in agent.get(f"/calls/{house.call_ids['english']}").get_data(as_text=True)
    screen = scorer.get(f"/evaluations/{made}", follow_redirects=True).get_data(as_text=True)
    assert "<score-sheet" in screen
    assert "Greeting and number" in screen
    assert agent.get(f"/evaluations/{made}").status_code == 404
    with house.database.write() as session:
        evaluations.submit(session, quinn, made, version=1, now=NOW)
    shown = agent.get(f"/evaluations/{made}").get_data(as_text=True)
    assert "<heard-marks" in shown
    assert "Every change" not in shown, "who else read it is not the agent's to know"
    assert "Every change" in scorer.get(f"/evaluations/{made}").get_data(as_text=True)
    assert "alice" in scorer.get("/evaluations/?agent=alice&state=submitted").get_data(as_text=True)
    assert agent.get(f"/evaluations/{made}/score").status_code == 403
    given = scorer.post(f"/evaluations/{made}/release", {"why": "x"}, follow_redirects=True)
    assert "not open any more" in given.get_data(as_text=True)
