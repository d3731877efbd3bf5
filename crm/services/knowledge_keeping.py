"""Looking after the knowledge base: how all articles stand, what still holds, what is taken out, who is reminded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm.db.contact_centre import KnowledgeArticle as Article
from crm.db.knowledge import KnowledgeVersion
from crm.domain.access import Action, Actor, Role
from crm.domain.errors import ForbiddenError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.knowledge import OPEN, ArticleState, Standing, VersionState, date_problem, standing
from crm.domain.notices import NoticeKind
from crm.services import notices
from crm.services.knowledge_versions import keeps, note_event, people_with, texts_of


@dataclass(frozen=True)
class Kept:
    """An article as those see it who look after the base."""

    id: int
    slug: str
    language: str
    title: str
    kind: str
    state: str
    standing: str
    version: int
    review_on: date | None
    expires_on: date | None
    used: int
    helped: int
    not_helped: int
    open_id: int | None
    """a text that is not decided yet"""
    open_state: str | None


def kept(session: Session, actor: Actor, *, today: date, only: str = "") -> tuple[Kept, ...]:
    """All articles with how they stand. ``only``: due, expired, open, draft, retired, unhelpful."""
    _must_keep(actor)
    texts = {row.article_id: row for row in session.scalars(
        select(KnowledgeVersion).where(KnowledgeVersion.state.in_(OPEN)))}  # fmt: skip
    rows = session.scalars(select(Article).order_by(Article.slug, Article.language.desc()))
    found = [_kept_view(row, texts.get(row.id), today) for row in rows]
    return tuple(one for one in found if not only or _is(one, only))


def _is(one: Kept, only: str) -> bool:
    live = one.state == ArticleState.PUBLISHED
    return {
        "due": live and one.standing in {Standing.DUE, Standing.SOON},
        "expired": live and one.standing == Standing.EXPIRED,
        "open": one.open_id is not None,
        "retired": one.state == ArticleState.RETIRED,
        "unhelpful": one.not_helped > one.helped,
    }.get(only, True)


def _kept_view(row: Article, text: KnowledgeVersion | None, today: date) -> Kept:
    return Kept(
        row.id, row.slug, row.language, row.title, row.kind, row.state, standing(today, row.review_on, row.expires_on),
        row.version, row.review_on, row.expires_on, row.used, row.helped, row.not_helped,
        text.id if text else None, text.state if text else None,
    )  # fmt: skip


def still_holds(
    session: Session, actor: Actor, article_id: int, review_on: date, *, today: date, now: datetime
) -> None:
    """Somebody looked at a text in force and found it right: it is to be looked at again on another day."""
    article = _kept(session, actor, article_id)
    if article.state != ArticleState.PUBLISHED:
        raise IllegalMoveError("only what is published can be confirmed")
    if standing(today, None, article.expires_on) is Standing.EXPIRED:
        raise IllegalMoveError("its last day is over: write a new text")
    if problem := date_problem(today, review_on, None):
        raise InvalidInputError("review_on", problem)
    article.review_on, article.reminded_on = review_on, None
    note_event(session, article, article.version, "confirmed", actor, now, review_on.isoformat())


def retire(session: Session, actor: Actor, article_id: int, why: str, *, now: datetime) -> None:
    """Take an article out: it is found no more. Raises IllegalMoveError."""
    if not actor.may(Action.KNOWLEDGE_PUBLISH):
        raise ForbiddenError("these roles do not publish knowledge")
    article = _kept(session, actor, article_id)
    if article.state != ArticleState.PUBLISHED:
        raise IllegalMoveError("only what is published can be taken out")
    if not why.strip():
        raise InvalidInputError("why", "say why it is taken out")
    article.state = ArticleState.RETIRED
    for row in session.scalars(texts_of(article).where(KnowledgeVersion.state == VersionState.PUBLISHED)):
        row.state = VersionState.SUPERSEDED
    note_event(session, article, article.version, "retired", actor, now, why)


def _kept(session: Session, actor: Actor, article_id: int) -> Article:
    _must_keep(actor)
    row = session.get(Article, article_id)
    if row is None:
        raise NotFoundError("there is no such article")
    return row


def _must_keep(actor: Actor) -> None:
    if not keeps(actor):
        raise ForbiddenError("these roles do not look after the knowledge base")


def remind(session: Session, *, today: date, now: datetime) -> int:
    """Tell trainers of texts that somebody should look at, once a week each. Gives of how many."""
    due = [Article.review_on <= today, Article.expires_on < today + timedelta(days=1)]
    last = or_(Article.reminded_on.is_(None), Article.reminded_on <= today - timedelta(days=7))
    rows = session.scalars(select(Article).where(Article.state == ArticleState.PUBLISHED, or_(*due), last)).all()
    for user_id in people_with(session, Role.TR) if rows else ():
        notices.tell(
            session, user_id, NoticeKind.KNOWLEDGE_DUE, None, now, count=len(rows), path="/knowledge/keeping?only=due"
        )
    for row in rows:
        row.reminded_on = today
    return len(rows)
