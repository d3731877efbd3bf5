"""The knowledge base on both databases: found by questions, checked by another, published, counted, helpful or not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crm.db.casefile import Notice
from crm.db.contact_centre import AgentState
from crm.db.knowledge import KnowledgeEvent
from crm.db.people import User
from crm.db.session import Database
from crm.domain.access import Actor, Role
from crm.domain.errors import (
    ConflictError,
    ForbiddenError,
    IllegalMoveError,
    InvalidInputError,
    NotFoundError,
)
from crm.services import audit, knowledge, knowledge_use, users
from crm.services import knowledge_keeping as keeping
from crm.services import knowledge_versions as texts
from crm.services.knowledge_versions import Draft
from tests.call_work import (  # noqa: F401
    NOW,
    People,
    people,
)
from tests.database_fixture import (  # noqa: F401
    database,
    database_url,
    postgres,
    sqlite_template,
)

pytestmark = pytest.mark.integration
TODAY = date(2026, 11, 22)
LATER = TODAY + timedelta(days=90)
DRAFT = Draft("night-branch", "zh", "夜间网点", "鼓楼支行营业到晚上九点。", LATER)


@pytest.fixture
def cora(database: Database) -> Actor:  # noqa: F811
    with database.write() as session:
        made = users.create_user(
            session, username="cora", roles=frozenset({Role.CO}), password_hash=None, by="test", now=NOW
        )
        return users.actor_of(made)


def publish(session: Any, author: Actor, checker: Actor, trainer: Actor, draft: Draft) -> texts.VersionView:
    """All the way, as three people go it."""
    made = texts.write(session, author, draft, today=TODAY, now=NOW)
    for actor, what in ((author, "submit"), (checker, "approve"), (trainer, "publish")):
        made = texts.step(session, actor, made.id, what, now=NOW, today=TODAY)
    return made


def slugs(session: Any, query: str, language: str = "zh", day: date = TODAY) -> list[str]:
    return [one.slug for one in knowledge.search(session, query, language, today=day)]


@pytest.mark.parametrize(
    ("query", "language", "slug"),
    [
        ("卡丢了怎么办", "zh", "loss-report"),
        ("挂失", "zh", "loss-report"),
        ("账单没收到", "zh", "bill-query"),
        ("溢缴款", "zh", "overpayment"),
        ("盗刷", "zh", "fraud"),
        ("投诉几天答复 期限", "zh", "complaint-rights"),
        ("临时额度", "zh", "limits"),
        ("最低还款额", "zh", "repayment"),
        ("忘记密码", "zh", "pin-reset"),
        ("客户不愿意录音", "zh", "recordings"),
        ("lost card", "en", "loss-report"),
        ("How do I activate a card?", "en", "activation"),
        ("fraudulent transaction", "en", "fraud"),
        ("review of a complaint, how many days", "en", "complaint-rights"),
        ("temporary limit", "en", "limits"),
        ("call back at night", "en", "calling-out"),
    ],
)
def test_a_question_finds_its_article_first(sqlite_database: Database, query: str, language: str, slug: str) -> None:
    with sqlite_database.read() as session:
        found = [one.slug for one in knowledge.search(session, query, language, today=TODAY)]
    assert slug in found[:2], found


@pytest.fixture(scope="module")
def sqlite_database(sqlite_template: Any) -> Any:  # noqa: F811
    opened = Database(f"sqlite:///{sqlite_template}")
    yield opened
    opened.dispose()


def test_a_text_is_published_by_way_of_another_person(database: Database, people: People, cora: Actor) -> None:  # noqa: F811
    ann, tess = people["ann"], people["tess"]
    with database.write() as session:
        with pytest.raises(ForbiddenError):
            texts.write(session, people["sam"], DRAFT, today=TODAY, now=NOW)
        made = texts.write(session, ann, DRAFT, today=TODAY, now=NOW)
        assert slugs(session, "鼓楼支行") == [], "a draft is not found"
        for actor, what in ((cora, "approve"), (tess, "publish"), (tess, "submit")):
            with pytest.raises(IllegalMoveError):
                texts.step(session, actor, made.id, what, now=NOW, today=TODAY)
        texts.step(session, ann, made.id, "submit", now=NOW, today=TODAY)
        with pytest.raises(InvalidInputError, match="say what"):
            texts.step(session, cora, made.id, "return", now=NOW, today=TODAY)
        back = texts.step(session, cora, made.id, "return", now=NOW, today=TODAY, note="which branch?")
        assert (back.state, back.review_note) == ("returned", "which branch?")
        with pytest.raises(ConflictError):
            texts.write(session, ann, DRAFT, today=TODAY, now=NOW, edition=back.edition + 1)
        again = texts.write(session, ann, DRAFT, today=TODAY, now=NOW, edition=back.edition)
        assert again.id == made.id
        texts.step(session, ann, made.id, "submit", now=NOW, today=TODAY)
        with pytest.raises(IllegalMoveError, match="handed in"):
            texts.write(session, ann, DRAFT, today=TODAY, now=NOW, edition=again.edition)
        with pytest.raises(IllegalMoveError, match="somebody else"):
            texts.write(session, tess, DRAFT, today=TODAY, now=NOW)
        texts.step(session, cora, made.id, "approve", now=NOW, today=TODAY)
        texts.step(session, tess, made.id, "publish", now=NOW, today=TODAY)
        assert slugs(session, "鼓楼") == ["night-branch"]
        events = session.scalars(select(KnowledgeEvent.event).order_by(KnowledgeEvent.id)).all()
        assert events == ["written", "submit", "return", "rewritten", "submit", "approve", "publish"]
        told = set(session.execute(select(User.username, Notice.kind).join(User, User.id == Notice.user_id)).all())
        assert told == {(name, "knowledge_waiting") for name in ("cora", "tess", "ann")}
    with database.read() as session:
        assert audit.verify(session).broken is None


def test_who_checks_does_not_check_his_own(database: Database, people: People) -> None:  # noqa: F811
    with database.write() as session:
        both = users.actor_of(
            users.create_user(
                session, username="both", roles=frozenset({Role.CO, Role.TR}), password_hash=None, by="t", now=NOW
            )
        )
        made = texts.write(session, both, DRAFT, today=TODAY, now=NOW)
        texts.step(session, both, made.id, "submit", now=NOW, today=TODAY)
        with pytest.raises(IllegalMoveError, match="not by its author"):
            texts.step(session, both, made.id, "approve", now=NOW, today=TODAY)


def test_the_next_text_takes_the_place_of_the_one_in_force(database: Database, people: People, cora: Actor) -> None:  # noqa: F811
    ann, tess = people["ann"], people["tess"]
    with database.write() as session:
        publish(session, ann, cora, tess, DRAFT)
        assert [read(session, "en").used for _ in range(3)] == [1, 2, 3], "read in the language that there is"
        knowledge_use.vote(session, ann, "night-branch", "zh", helped=True, note="", now=NOW)
        second = publish(session, ann, cora, tess, replace(DRAFT, body="改在钟楼支行。", change="moved"))
        assert second.version == 2
        assert slugs(session, "鼓楼") == []
        assert slugs(session, "钟楼%_'") == ["night-branch"]
        one = read(session, "zh")
        assert (one.version, one.helped, one.used) == (2, 0, 4)
        states = [text.state for text in texts.history(session, people["alice"], "night-branch", "zh")]
        assert states == ["published", "superseded"]


def read(session: Any, language: str, day: date = TODAY) -> knowledge.ArticleView:
    reader = users.actor_of(session.scalars(select(User).where(User.username == "alice")).one())
    return knowledge.read(session, "night-branch", language, today=day, reader=reader, now=NOW)


def test_what_is_over_is_not_found_and_what_is_due_says_so(database: Database, people: People, cora: Actor) -> None:  # noqa: F811
    tess, last = people["tess"], TODAY + timedelta(days=30)
    with database.write() as session:
        made = publish(session, people["ann"], cora, tess, replace(DRAFT, expires_on=last))
        assert slugs(session, "鼓楼", day=last) == ["night-branch"]
        assert slugs(session, "鼓楼", day=last + timedelta(days=1)) == []
        assert read(session, "zh", last + timedelta(days=1)).standing == "expired", "who has its address is warned"
        assert keeping.remind(session, today=TODAY, now=NOW) == 0
        assert keeping.remind(session, today=last + timedelta(days=1), now=NOW) == 1
        assert keeping.remind(session, today=last + timedelta(days=2), now=NOW) == 0, "once a week"
        kept = keeping.kept(session, tess, today=last + timedelta(days=1), only="expired")
        assert [one.slug for one in kept] == ["night-branch"]
        with pytest.raises(IllegalMoveError):
            keeping.still_holds(
                session, tess, kept[0].id, last + timedelta(days=99), today=last + timedelta(days=1), now=NOW
            )
        keeping.still_holds(session, tess, kept[0].id, LATER + timedelta(days=9), today=TODAY, now=NOW)
        assert read(session, "zh").review_on == LATER + timedelta(days=9)
        keeping.retire(session, tess, kept[0].id, "closed", now=NOW)
        with pytest.raises(NotFoundError):
            read(session, "zh")
        assert slugs(session, "鼓楼") == []
        with pytest.raises(ForbiddenError):
            keeping.kept(session, people["alice"], today=TODAY)
        assert made.version == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"slug": "No Slug"}, {"slug": "keeping"}, {"language": "ko"}, {"title": " "}, {"body": ""}, {"kind": "poem"},
        {"category": "none.such"}, {"review_on": TODAY}, {"review_on": TODAY + timedelta(days=999)},
        {"expires_on": TODAY}, {"body": "call 13800138000"}, {"change": "x" * 501}, {"body": "a\0b"},
    ],
)  # fmt: skip
def test_a_text_that_cannot_be_used_is_refused(sqlite_database: Database, wrong: dict[str, Any]) -> None:
    writer = Actor("tess", frozenset({Role.TR}), None)
    with sqlite_database.read() as session, pytest.raises(InvalidInputError):
        texts.write(session, writer, replace(DRAFT, **wrong), today=TODAY, now=NOW)


def test_a_look_counts_for_its_call_and_helps_or_not(database: Database, people: People, cora: Actor) -> None:  # noqa: F811
    alice, tess = people["alice"], people["tess"]
    with database.write() as session:
        publish(session, people["ann"], cora, tess, DRAFT)
        session.add(AgentState(user_id=alice.user_id, state="on_call", since=NOW, call_id="c-1"))
        session.flush()
        read(session, "zh")
        assert [used[0] for used in knowledge.used_in_call(session, "c-1")] == ["night-branch"]
        for helped in (True, False):  # he changes his mind
            knowledge_use.vote(session, alice, "night-branch", "zh", helped=helped, note="until when?", now=NOW)
        knowledge_use.vote(session, people["amy"], "night-branch", "zh", helped=True, note="", now=NOW)
        one = read(session, "zh")
        assert (one.helped, one.not_helped) == (1, 1)
        (word,) = knowledge_use.complaints(session, tess)
        assert (word.who, word.note, word.call_id) == ("alice", "until when?", "c-1")
        knowledge_use.settle(session, tess, word.id, now=NOW)
        assert knowledge_use.complaints(session, tess) == ()
        with pytest.raises(InvalidInputError, match="telephone"):
            knowledge_use.vote(session, alice, "night-branch", "zh", helped=False, note="ask 13800138000", now=NOW)


def test_what_is_not_found_is_counted_and_other_words_find_it(database: Database, people: People) -> None:  # noqa: F811
    tess = people["tess"]
    with database.write() as session:
        assert slugs(session, "羊毛") == []
        for query in ("羊毛", " 羊毛 ", "13800138000 的卡"):
            knowledge_use.not_found(session, query, "zh", today=TODAY)
        assert [(gap.query, gap.count) for gap in knowledge_use.gaps(session, tess, since=TODAY)] == [("羊毛", 2)]
        knowledge_use.add_synonym(session, tess, "zh", "羊毛", "临时额度", now=NOW)
        assert slugs(session, "羊毛")[0] == "limits"
        (pair,) = knowledge_use.synonyms(session, tess)
        knowledge_use.remove_synonym(session, tess, pair.id, now=NOW)
        assert slugs(session, "羊毛") == []
        knowledge_use.forget_gaps(session, today=TODAY + timedelta(days=200))
        assert knowledge_use.gaps(session, tess, since=TODAY) == ()


def test_norms_of_the_work_are_articles_of_their_own_kind(database: Database, people: People, cora: Actor) -> None:  # noqa: F811
    norm = replace(DRAFT, slug="answering", kind="norm", title="接听规范", body="铃响三声内接听，先问候并报工号。")
    with database.write() as session:
        publish(session, people["ann"], cora, people["tess"], norm)
        for kind, found in (("norm", ["answering"]), ("article", []), ("", ["answering"])):
            assert [one.slug for one in knowledge.search(session, "接听规范", "zh", today=TODAY, kind=kind)] == found


def test_every_article_is_in_both_languages(sqlite_database: Database) -> None:
    with sqlite_database.read() as session:
        zh = {one.slug for one in knowledge.search(session, "", "zh", today=TODAY, limit=99)}
        en = {one.slug for one in knowledge.search(session, "", "en", today=TODAY, limit=99)}
    assert zh == en
    assert len(zh) == 15
