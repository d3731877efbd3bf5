"""The knowledge base: articles found by their words while somebody waits on the line.

An article's words are cut when it is saved, once; a question's words are looked for at the beginnings of these. The
whole base is some hundred articles, so a scan of one column is quicker than an index would be worth.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil, log

from sqlalchemy import ColumnElement, Select, or_, select, update
from sqlalchemy.orm import Session

from crm.db.contact_centre import KnowledgeArticle as Article
from crm.domain.access import Action, Actor
from crm.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.searchwords import asked_words, lone_characters, words_of
from crm.services import audit

LANGUAGES = ("zh", "en")
MAX_FOUND = 8
MAX_QUERY = 200
MAX_BODY = 20_000
_SLUG = re.compile(r"\A[a-z0-9]+(-[a-z0-9]+)*\Z")
_RESERVED = frozenset({"edit", "found"})
"""Pages have these addresses."""
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


@dataclass(frozen=True)
class ArticleView:
    """One article."""

    slug: str
    language: str
    title: str
    body: str
    business: str | None
    updated_at: datetime
    used: int


@dataclass(frozen=True)
class Draft:
    """An article as somebody wrote it."""

    slug: str
    language: str
    title: str
    body: str
    business: str | None = None


def search(session: Session, query: str, language: str, *, limit: int = MAX_FOUND) -> tuple[Found, ...]:
    """What answers a question best, in this language; without a question, what is opened most."""
    words = asked_words(query[:MAX_QUERY])
    rows = select(Article).where(Article.language == language)
    if not words:
        most_used = rows.order_by(Article.used.desc(), Article.slug).limit(limit)
        return tuple(_found(row, ()) for row in session.scalars(most_used))
    hits = _hits(session, rows, words)
    if not hits and (lone := lone_characters(query[:MAX_QUERY])):
        enough = ceil(_SHARE * len(lone))
        hits = [row for row in _hits(session, rows, lone) if sum(word in row.words for word in lone) >= enough]
        words = lone
    ranked = sorted(_scored(hits, words), key=lambda one: (-one[0], -one[1].used, one[1].slug))
    return tuple(_found(row, words) for _, row in ranked[:limit])


def read(session: Session, slug: str, language: str, *, counted: bool = True) -> ArticleView:
    """One article, in the other language where it is not written in this one; the look is counted."""
    rows = session.scalars(select(Article).where(Article.slug == slug)).all()
    row = next((one for one in rows if one.language == language), next(iter(rows), None))
    if row is None:
        raise NotFoundError("there is no such article")
    if counted:
        session.execute(
            update(Article)
            .where(Article.id == row.id)
            .values(used=Article.used + 1)
            .execution_options(synchronize_session=False)
        )
        session.refresh(row)
    return _view(row)


def save(session: Session, actor: Actor, draft: Draft, *, now: datetime) -> ArticleView:
    """Publish an article, a new one or a new text of it. Raises ForbiddenError, InvalidInputError."""
    if not actor.may(Action.KNOWLEDGE_PUBLISH):
        raise ForbiddenError("these roles do not publish knowledge")
    _check(draft)
    same = (Article.slug == draft.slug, Article.language == draft.language)
    row = session.scalars(select(Article).where(*same)).first()
    if row is None:
        row = Article(slug=draft.slug, language=draft.language, used=0)
        session.add(row)
    row.title, row.body, row.business = draft.title.strip(), draft.body.strip(), draft.business
    row.words = f" {' '.join(words_of(f'{row.title} {row.body}'))} "
    row.updated_at = now
    session.flush()
    audit.append(
        session,
        at=now,
        actor=actor.name,
        action="knowledge.published",
        subject=f"article:{row.id}",
        detail={"slug": row.slug, "language": row.language},
    )
    return _view(row)


def _check(draft: Draft) -> None:
    if not _SLUG.match(draft.slug) or len(draft.slug) > 80 or draft.slug in _RESERVED:
        raise InvalidInputError("slug", "must be words of a-z and 0-9 joined by dashes")
    if draft.language not in LANGUAGES:
        raise InvalidInputError("language", f"must be one of {', '.join(LANGUAGES)}")
    for name, text, most in (("title", draft.title, 200), ("body", draft.body, MAX_BODY)):
        if not 1 <= len(text.strip()) <= most or "\0" in text:
            raise InvalidInputError(name, f"must have 1 to {most} characters")


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


def _found(row: Article, words: Sequence[str]) -> Found:
    return Found(row.slug, row.language, row.title, _snippet(row.body, words), row.business, row.used)


def _snippet(body: str, words: Sequence[str]) -> str:
    """The line that holds most of what was asked for."""
    lines = [line for line in body.splitlines() if line.strip()]
    best = max(lines, key=lambda line: sum(word in line.lower() for word in words), default="")
    return best if len(best) <= _SNIPPET else best[:_SNIPPET].rstrip() + "…"


def _view(row: Article) -> ArticleView:
    return ArticleView(row.slug, row.language, row.title, row.body, row.business, row.updated_at, row.used)
