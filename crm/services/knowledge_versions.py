"""Texts of the knowledge base: written, handed in, checked by another, published, looked at again, taken out.

What is in force stays so, word for word, until its next text is published; every step is a row.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from crm.db.contact_centre import KnowledgeArticle as Article
from crm.db.knowledge import KnowledgeEvent, KnowledgeVersion
from crm.db.people import Role as RoleRow
from crm.db.people import User, user_roles
from crm.domain import catalogue
from crm.domain.access import Action, Actor, Role
from crm.domain.errors import ConflictError, ForbiddenError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.improvement import private_in
from crm.domain.knowledge import (
    OPEN,
    STEPS,
    ArticleKind,
    ArticleState,
    VersionState,
    date_problem,
    why_not,
)
from crm.domain.notices import NoticeKind
from crm.domain.searchwords import words_of
from crm.services import audit, notices
from crm.services.knowledge import LANGUAGES

MAX_BODY = 20_000
SHOWN = 200
_SLUG = re.compile(r"\A[a-z0-9]+(-[a-z0-9]+)*\Z")
_RESERVED = frozenset({"write", "found", "keeping", "versions", "synonyms"})
"""Pages have these addresses."""


@dataclass(frozen=True)
class Draft:
    """A text as somebody wrote it."""

    slug: str
    language: str
    title: str
    body: str
    review_on: date
    kind: str = ArticleKind.ARTICLE
    business: str | None = None
    category: str | None = None
    change: str = ""
    expires_on: date | None = None


@dataclass(frozen=True)
class VersionView:
    """A text with how far it is. ``may``: what the reader may do with it now."""

    id: int
    slug: str
    language: str
    version: int
    state: str
    draft: Draft
    made_at: datetime
    made_by: str
    reviewed_by: str | None
    reviewed_at: datetime | None
    review_note: str
    published_at: datetime | None
    published_by: str | None
    edition: int
    may: frozenset[str]


def write(
    session: Session, actor: Actor, draft: Draft, *, today: date, now: datetime, edition: int | None = None
) -> VersionView:
    """Write the next text of an article, or one of a new article. ``edition``: of the draft that was on the screen."""
    if not actor.may(Action.KNOWLEDGE_SUGGEST):
        raise ForbiddenError("these roles do not write articles")
    _check(draft, today)
    article = _article(session, draft, now)
    row = session.scalars(texts_of(article).where(KnowledgeVersion.state.in_(OPEN))).first()
    if row is None:
        last = session.scalar(select(func.max(KnowledgeVersion.version)).where(_is_of(article))) or 0
        row = KnowledgeVersion(article_id=article.id, version=last + 1, made_at=now, made_by=actor.name, edition=0)
        session.add(row)
        event = "written"
    else:
        _may_rewrite(actor, row, edition)
        event = "rewritten"
    row.state = VersionState.DRAFT
    row.title, row.body, row.change = draft.title.strip(), draft.body.strip(), draft.change.strip()
    row.kind, row.business, row.category = draft.kind, draft.business, draft.category
    row.review_on, row.expires_on, row.edition = draft.review_on, draft.expires_on, row.edition + 1
    session.flush()
    note_event(session, article, row.version, event, actor, now)
    return _view(actor, article, row)


def _may_rewrite(actor: Actor, row: KnowledgeVersion, edition: int | None) -> None:
    if row.made_by != actor.name:
        raise IllegalMoveError("somebody else is writing the next text of this article")
    if row.state not in {VersionState.DRAFT, VersionState.RETURNED}:
        raise IllegalMoveError("this text was handed in: withdraw it to write another")
    if edition != row.edition:
        raise ConflictError("this text was changed just now")


def _article(session: Session, draft: Draft, now: datetime) -> Article:
    same = (Article.slug == draft.slug, Article.language == draft.language)
    row = session.scalars(select(Article).where(*same)).first()
    if row is None:
        row = Article(
            slug=draft.slug, language=draft.language, title=draft.title.strip(), body="", words="", used=0, version=0,
            state=ArticleState.DRAFT, kind=draft.kind, updated_at=now,
        )  # fmt: skip
        session.add(row)
        session.flush()
    return row


def _check(draft: Draft, today: date) -> None:
    if not _SLUG.match(draft.slug) or len(draft.slug) > 80 or draft.slug in _RESERVED:
        raise InvalidInputError("slug", "must be words of a-z and 0-9 joined by dashes")
    if draft.language not in LANGUAGES:
        raise InvalidInputError("language", f"must be one of {', '.join(LANGUAGES)}")
    if draft.kind not in set(ArticleKind):
        raise InvalidInputError("kind", "must be article or norm")
    if draft.category is not None and catalogue.find(draft.category) is None:
        raise InvalidInputError("category", "must be one of the catalogue")
    for name, text, most in (("title", draft.title, 200), ("body", draft.body, MAX_BODY)):
        if not 1 <= len(text.strip()) <= most or "\0" in text:
            raise InvalidInputError(name, f"must have 1 to {most} characters")
    if len(draft.change) > 500:
        raise InvalidInputError("change", "must have at most 500 characters")
    if found := private_in(f"{draft.title}\n{draft.body}"):
        raise InvalidInputError("body", f"it holds {found[0]}")
    if problem := date_problem(today, draft.review_on, draft.expires_on):
        raise InvalidInputError("review_on", problem)


def step(
    session: Session, actor: Actor, version_id: int, what: str, *, now: datetime, today: date, note: str = "",
    edition: int | None = None,
) -> VersionView:  # fmt: skip
    """Hand in, check, return, publish or withdraw a text. Raises IllegalMoveError, ConflictError."""
    article, row = _load(session, actor, version_id)
    if what not in STEPS:
        raise InvalidInputError("step", f"must be one of {', '.join(STEPS)}")
    why = why_not(actor, what, VersionState(row.state), row.made_by)
    if why is not None:
        raise IllegalMoveError(why)
    if edition is not None and edition != row.edition:
        raise ConflictError("this text was changed just now")
    if what == "return" and not note.strip():
        raise InvalidInputError("note", "say what is to be changed")
    row.state = STEPS[what].to
    if what == "submit":
        row.submitted_at = now
    elif what in {"approve", "return"}:
        row.reviewed_at, row.reviewed_by, row.review_note = now, actor.name, note.strip()[:500]
    elif what == "publish":
        if problem := date_problem(today, row.review_on, row.expires_on):
            raise InvalidInputError("review_on", problem)
        _put_in_force(session, article, row, actor, now)
    session.flush()
    note_event(session, article, row.version, what, actor, now, note)
    _tell(session, row, what, actor, now)
    return _view(actor, article, row)


def _put_in_force(session: Session, article: Article, row: KnowledgeVersion, actor: Actor, now: datetime) -> None:
    """From here on searches find this text, and the one before is history."""
    before = texts_of(article).where(KnowledgeVersion.state == VersionState.PUBLISHED, KnowledgeVersion.id != row.id)
    for old in session.scalars(before):
        old.state = VersionState.SUPERSEDED
    row.published_at, row.published_by = now, actor.name
    article.title, article.body, article.kind = row.title, row.body, row.kind
    article.business, article.category = row.business, row.category
    article.words = f" {' '.join(words_of(f'{row.title} {row.body}'))} "
    article.state, article.version, article.updated_at = ArticleState.PUBLISHED, row.version, now
    article.review_on, article.expires_on, article.reminded_on = row.review_on, row.expires_on, None
    article.helped = article.not_helped = 0


def mine(session: Session, actor: Actor) -> tuple[VersionView, ...]:
    """Texts that wait for this person: his own drafts, what he checks, what he publishes."""
    states: list[ColumnElement[bool]] = [(KnowledgeVersion.made_by == actor.name) & KnowledgeVersion.state.in_(OPEN)]
    if actor.may(Action.KNOWLEDGE_REVIEW):
        states.append(KnowledgeVersion.state == VersionState.SUBMITTED)
    if actor.may(Action.KNOWLEDGE_PUBLISH):
        states.append(KnowledgeVersion.state == VersionState.APPROVED)
    rows = session.execute(
        select(KnowledgeVersion, Article)
        .join(Article, Article.id == KnowledgeVersion.article_id)
        .where(or_(*states))
        .order_by(KnowledgeVersion.id)
        .limit(SHOWN)
    )
    return tuple(_view(actor, article, row) for row, article in rows)


def get(session: Session, actor: Actor, version_id: int) -> VersionView:
    """One text, for its author and those who look after the base. Raises NotFoundError."""
    return _view(actor, *_load(session, actor, version_id))


def open_text(session: Session, actor: Actor, slug: str, language: str) -> VersionView | None:
    """The text of an article that is being written, if it is his."""
    row = session.execute(
        select(Article, KnowledgeVersion)
        .join(KnowledgeVersion, KnowledgeVersion.article_id == Article.id)
        .where(Article.slug == slug, Article.language == language, KnowledgeVersion.state.in_(OPEN))
        .where(KnowledgeVersion.made_by == actor.name)
    ).first()
    return _view(actor, row[0], row[1]) if row else None


def history(session: Session, actor: Actor, slug: str, language: str) -> tuple[VersionView, ...]:
    """All texts of an article, the newest first; those that were never published only for who may see them."""
    rows = session.execute(
        select(Article, KnowledgeVersion)
        .join(KnowledgeVersion, KnowledgeVersion.article_id == Article.id)
        .where(Article.slug == slug, Article.language == language)
        .order_by(KnowledgeVersion.version.desc())
    ).all()
    return tuple(_view(actor, article, row) for article, row in rows if _sees(actor, row))


def events(session: Session, article_id: int) -> Sequence[KnowledgeEvent]:
    """What happened to an article, the latest first."""
    rows = select(KnowledgeEvent).where(KnowledgeEvent.article_id == article_id).order_by(KnowledgeEvent.id.desc())
    return session.scalars(rows.limit(SHOWN)).all()


def keeps(actor: Actor) -> bool:
    """Whether somebody looks after the base."""
    return actor.may(Action.KNOWLEDGE_REVIEW) or actor.may(Action.KNOWLEDGE_PUBLISH)


def _sees(actor: Actor, row: KnowledgeVersion) -> bool:
    public = row.state in {VersionState.PUBLISHED, VersionState.SUPERSEDED}
    return public or keeps(actor) or row.made_by == actor.name


def _load(session: Session, actor: Actor, version_id: int) -> tuple[Article, KnowledgeVersion]:
    row = session.get(KnowledgeVersion, version_id)
    article = session.get(Article, row.article_id) if row is not None else None
    if row is None or article is None or not _sees(actor, row):
        raise NotFoundError("there is no such text")
    return article, row


def _is_of(article: Article) -> ColumnElement[bool]:
    return KnowledgeVersion.article_id == article.id


def texts_of(article: Article) -> Select[KnowledgeVersion]:
    """All its texts, the oldest first."""
    return select(KnowledgeVersion).where(_is_of(article)).order_by(KnowledgeVersion.version)


def _view(actor: Actor, article: Article, row: KnowledgeVersion) -> VersionView:
    draft = Draft(
        article.slug, article.language, row.title, row.body, row.review_on, row.kind, row.business, row.category,
        row.change, row.expires_on,
    )  # fmt: skip
    may = {what for what in STEPS if why_not(actor, what, VersionState(row.state), row.made_by) is None}
    if row.made_by == actor.name and row.state in {VersionState.DRAFT, VersionState.RETURNED}:
        may.add("edit")
    return VersionView(
        row.id, article.slug, article.language, row.version, row.state, draft, row.made_at, row.made_by,
        row.reviewed_by, row.reviewed_at, row.review_note, row.published_at, row.published_by, row.edition,
        frozenset(may),
    )  # fmt: skip


def note_event(
    session: Session, article: Article, version: int, event: str, actor: Actor, now: datetime, note: str = ""
) -> None:
    """What happened to an article, for ever."""
    session.add(
        KnowledgeEvent(
            article_id=article.id, version=version, event=event, at=now, by=actor.name, note=note.strip()[:500]
        )
    )
    audit.append(
        session, at=now, actor=actor.name, action=f"knowledge.{event}", subject=f"article:{article.id}",
        detail={"slug": article.slug, "language": article.language, "version": version},
    )  # fmt: skip


def _tell(session: Session, row: KnowledgeVersion, what: str, actor: Actor, now: datetime) -> None:
    """Who comes next hears of it."""
    if what == "submit":
        people: Collection[int] = people_with(session, Role.CO)
    elif what == "approve":
        people = people_with(session, Role.TR)
    elif what in {"return", "publish"}:
        people = list(session.scalars(select(User.id).where(User.username == row.made_by)))
    else:
        return
    for user_id in people:
        notices.tell(
            session, user_id, NoticeKind.KNOWLEDGE_WAITING, None, now, by=actor.user_id, version_id=row.id,
            title=row.title, path=f"/knowledge/versions/{row.id}",
        )  # fmt: skip


def people_with(session: Session, role: Role) -> list[int]:
    """Everybody who has a role now."""
    return list(
        session.scalars(
            select(User.id)
            .join(user_roles, user_roles.c.user_id == User.id)
            .join(RoleRow, RoleRow.id == user_roles.c.role_id)
            .where(RoleRow.name == role, User.active)
            .order_by(User.id)
        )
    )
