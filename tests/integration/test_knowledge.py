"""The knowledge base on both databases: found by questions, published by trainers, counted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from crm.db.session import Database
from crm.domain.errors import ForbiddenError, InvalidInputError
from crm.services import (
    knowledge,
)
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
        found = [one.slug for one in knowledge.search(session, query, language)]
    assert slug in found[:2], found


@pytest.fixture(scope="module")
def sqlite_database(sqlite_template: Any) -> Any:  # noqa: F811
    opened = Database(f"sqlite:///{sqlite_template}")
    yield opened
    opened.dispose()


def test_knowledge_is_published_found_and_counted(database: Database, people: People) -> None:  # noqa: F811
    draft = knowledge.Draft("night-branch", "zh", "夜间网点", "鼓楼支行营业到晚上九点。")
    with database.write() as session:
        assert knowledge.search(session, "鼓楼支行", "zh") == ()
        with pytest.raises(ForbiddenError):
            knowledge.save(session, people["sam"], draft, now=NOW)
        knowledge.save(session, people["tess"], draft, now=NOW)
        assert [one.slug for one in knowledge.search(session, "鼓楼", "zh")] == ["night-branch"]
        assert knowledge.search(session, "鼓楼", "en") == ()
        assert [knowledge.read(session, "night-branch", "en").used for _ in range(3)] == [1, 2, 3]
        assert knowledge.search(session, "", "zh")[0].slug == "night-branch"
        knowledge.save(session, people["tess"], replace(draft, body="改在钟楼支行。"), now=NOW)
        assert knowledge.search(session, "鼓楼", "zh") == ()
        assert [one.slug for one in knowledge.search(session, "钟楼%_'", "zh")] == ["night-branch"]
        for wrong in ({"slug": "No Slug"}, {"slug": "edit"}, {"language": "ko"}, {"title": " "}, {"body": ""}):
            with pytest.raises(InvalidInputError):
                knowledge.save(session, people["tess"], replace(draft, **wrong), now=NOW)


def test_every_article_is_in_both_languages(database: Database) -> None:  # noqa: F811
    with database.read() as session:
        zh = {one.slug for one in knowledge.search(session, "", "zh", limit=99)}
        en = {one.slug for one in knowledge.search(session, "", "en", limit=99)}
    assert zh == en
    assert len(zh) == 15
