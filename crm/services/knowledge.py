"""The knowledge base: articles found by their words while somebody waits on the line.

An article's words are cut when it is published, once; a question's words are looked for at the beginnings of these.
The whole base is some hundred articles, so a scan of one column is quicker than an index would be worth. How a text
comes to be published: ``crm.services.knowledge_versions``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil, log

from sqlalchemy import ColumnElement, Select, or_, select, update
from sqlalchemy.orm import Session

from crm.db.contact_centre import AgentState
from crm.db.contact_centre import KnowledgeArticle as Article
from crm.db.knowledge import KnowledgeSynonym, KnowledgeUse
from crm.domain.access import Actor
from crm.domain.errors import NotFoundError
from crm.domain.knowledge import ArticleState, Standing, question_words, standing
from crm.domain.searchwords import lone_characters, words_of

LANGUAGES = ("zh", "en")
MAX_FOUND = 8
MAX_QUERY = 200
_SNIPPET = 90
_TITLE_WEIGHT = 3.0
_SHARE = 0.6
"""Of the lone characters of a question that an article must have; fewer are found in any text."""


@dataclass(frozen=True)
class Found:
    """An article in a list of what was found."""

    slug: str
    language: str
    title: str
    snippet: str
    business: str | None
    used: int
    kind: str = "article"
    due: bool = False
    """nobody has looked at it since the day that was set"""


@dataclass(frozen=True)
class ArticleView:
    """One article, its text in force."""

    slug: str
    language: str
    title: str
    body: str
    business: str | None
    updated_at: datetime
    used: int
    id: int
    version: int
    kind: str
    category: str | None
    state: str
    standing: str
    review_on: date | None
    expires_on: date | None
    helped: int
    not_helped: int


def in_force(today: date) -> ColumnElement[bool]:
    """What may be found: published, and not over."""
    return (Article.state == ArticleState.PUBLISHED) & or_(Article.expires_on.is_(None), Article.expires_on >= today)


def search(
    session: Session, query: str, language: str, *, today: date, kind: str = "", category: str = "",
    limit: int = MAX_FOUND,
) -> tuple[Found, ...]:  # fmt: skip
    """What answers a question best, in this language; without a question, what is opened most."""
    query = query[:MAX_QUERY]
    words = question_words(query, _synonyms(session, language)) if query.strip() else []
    rows = select(Article).where(Article.language == language, in_force(today))
    if kind:
        rows = rows.where(Article.kind == kind)
    if category:
        rows = rows.where(Article.category == category)
    if not words:
        most_used = rows.order_by(Article.used.desc(), Article.slug).limit(limit)
        return tuple(_found(row, (), today) for row in session.scalars(most_used))
    hits = _hits(session, rows, words)
    if not hits and (lone := lone_characters(query)):
        enough = ceil(_SHARE * len(lone))
        hits = [row for row in _hits(session, rows, lone) if sum(word in row.words for word in lone) >= enough]
        words = lone
    ranked = sorted(_scored(hits, words), key=lambda one: (-one[0], -one[1].used, one[1].slug))
    return tuple(_found(row, words, today) for _, row in ranked[:limit])


def _synonyms(session: Session, language: str) -> list[tuple[str, str]]:
    """Words that stand for others, both ways."""
    rows = session.execute(
        select(KnowledgeSynonym.word, KnowledgeSynonym.means).where(KnowledgeSynonym.language == language)
    ).all()
    return [(row.word, row.means) for row in rows] + [(row.means, row.word) for row in rows]


def read(
    session: Session, slug: str, language: str, *, today: date, reader: Actor | None = None, now: datetime | None = None
) -> ArticleView:
    """One article, in the other language where it is not written in this one. ``reader``, ``now``: the look is counted.

    What is over is shown, saying so, to who has its address; what was taken out is not.
    """
    rows = session.scalars(select(Article).where(Article.slug == slug, Article.state == ArticleState.PUBLISHED)).all()
    row = next((one for one in rows if one.language == language), next(iter(rows), None))
    if row is None:
        raise NotFoundError("there is no such article")
    if reader is not None and now is not None:
        _count(session, row, reader, now)
    return view(row, today)


def _count(session: Session, row: Article, reader: Actor, now: datetime) -> None:
    """Who reads it, and in which call of his."""
    changed = update(Article).where(Article.id == row.id).values(used=Article.used + 1)
    session.execute(changed.execution_options(synchronize_session=False))
    session.refresh(row)
    if reader.user_id is not None:
        call_id = call_of(session, reader.user_id)
        session.add(
            KnowledgeUse(article_id=row.id, version=row.version, user_id=reader.user_id, at=now, call_id=call_id)
        )
        session.flush()


def call_of(session: Session, user_id: int) -> str | None:
    """The call that somebody is in, or does the work after."""
    return session.scalars(
        select(AgentState.call_id).where(AgentState.user_id == user_id, AgentState.until.is_(None)).limit(1)
    ).first()


def used_in_call(session: Session, call_id: str) -> tuple[tuple[str, str, datetime], ...]:
    """What was looked up during a call and the work after it: slug, title, when. For who scores the call."""
    rows = session.execute(
        select(Article.slug, Article.title, KnowledgeUse.at)
        .join(Article, Article.id == KnowledgeUse.article_id)
        .where(KnowledgeUse.call_id == call_id)
        .order_by(KnowledgeUse.at)
    )
    return tuple((row.slug, row.title, row.at) for row in rows)


def _hits(session: Session, rows: Select[Article], words: Sequence[str]) -> Sequence[Article]:
    return session.scalars(rows.where(or_(*(_has(word) for word in words)))).all()


def _has(word: str) -> ColumnElement[bool]:
    """Words begin with it; a lone Han character may stand anywhere. No word holds a LIKE wildcard."""
    lone = len(word) == 1 and not word.isascii()
    return Article.words.like(f"%{word}%" if lone else f"% {word}%")


def _scored(rows: Sequence[Article], words: Sequence[str]) -> list[tuple[float, Article]]:
    """A rare word says more than a common one, and a word of the title more than one of the text."""
    holds = {word: [row for row in rows if _stands_in(word, row.words)] for word in words}
    scores: dict[int, float] = dict.fromkeys((row.id for row in rows), 0.0)
    for word, holders in holds.items():
        worth = 1.0 + log((1 + len(rows)) / (1 + len(holders)))
        for row in holders:
            titled = _stands_in(word, f" {' '.join(words_of(row.title))} ")
            scores[row.id] += worth * (_TITLE_WEIGHT if titled else 1.0)
    return [(scores[row.id], row) for row in rows]


def _stands_in(word: str, words: str) -> bool:
    lone = len(word) == 1 and not word.isascii()
    return word in words if lone else f" {word}" in words


def _found(row: Article, words: Sequence[str], today: date) -> Found:
    due = standing(today, row.review_on, row.expires_on) is Standing.DUE
    return Found(row.slug, row.language, row.title, _snippet(row.body, words), row.business, row.used, row.kind, due)


def _snippet(body: str, words: Sequence[str]) -> str:
    """The line that holds most of what was asked for."""
    lines = [line for line in body.splitlines() if line.strip()]
    best = max(lines, key=lambda line: sum(word in line.lower() for word in words), default="")
    return best if len(best) <= _SNIPPET else best[:_SNIPPET].rstrip() + "…"


def view(row: Article, today: date) -> ArticleView:
    """An article as pages show it."""
    return ArticleView(
        row.slug, row.language, row.title, row.body, row.business, row.updated_at, row.used, row.id, row.version,
        row.kind, row.category, row.state, standing(today, row.review_on, row.expires_on), row.review_on,
        row.expires_on, row.helped, row.not_helped,
    )  # fmt: skip
