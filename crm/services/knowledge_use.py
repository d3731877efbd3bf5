"""How the knowledge base is used: whether a text helped, what was asked and not found, which words mean the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from crm.db.contact_centre import KnowledgeArticle as Article
from crm.db.knowledge import KnowledgeCase, KnowledgeGap, KnowledgeSynonym, KnowledgeVote
from crm.db.people import User
from crm.db.upserts import inserting
from crm.domain.access import Action, Actor
from crm.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.improvement import private_in
from crm.domain.knowledge import ArticleState
from crm.domain.redaction import redacted
from crm.services import audit, case_library
from crm.services.knowledge import LANGUAGES, call_of
from crm.services.knowledge_versions import keeps

SHOWN = 100
MAX_NOTE = 500
KEEP_GAPS = timedelta(days=180)


@dataclass(frozen=True)
class Complaint:
    """Somebody was not helped by a text."""

    id: int
    slug: str
    language: str
    title: str
    version: int
    note: str
    who: str
    at: datetime
    call_id: str | None


@dataclass(frozen=True)
class Gap:
    """What was asked and not found."""

    query: str
    language: str
    count: int
    last: date


def vote(session: Session, actor: Actor, slug: str, language: str, *, helped: bool, note: str, now: datetime) -> None:
    """Say whether the text in force helped; said again, it is the last word that counts. Raises InvalidInputError."""
    if actor.user_id is None or not actor.may(Action.KNOWLEDGE_READ):
        raise ForbiddenError("a person says whether a text helped")
    note = note.strip()
    if len(note) > MAX_NOTE or "\0" in note:
        raise InvalidInputError("note", f"must have at most {MAX_NOTE} characters")
    if found := private_in(note):
        raise InvalidInputError("note", f"it holds {found[0]}")
    same = (Article.slug == slug, Article.language == language, Article.state == ArticleState.PUBLISHED)
    article = session.scalars(select(Article).where(*same).with_for_update()).first()
    if article is None:
        raise NotFoundError("there is no such article")
    mine = (KnowledgeVote.article_id == article.id, KnowledgeVote.version == article.version)
    row = session.scalars(select(KnowledgeVote).where(*mine, KnowledgeVote.user_id == actor.user_id)).first()
    call_id = call_of(session, actor.user_id)
    if row is None:
        row = KnowledgeVote(article_id=article.id, version=article.version, user_id=actor.user_id)
        session.add(row)
    row.helped, row.note, row.at, row.call_id = helped, note, now, call_id
    row.settled_at = row.settled_by = None
    session.flush()
    article.helped, article.not_helped = (
        session.scalar(select(func.count()).select_from(KnowledgeVote).where(*mine, KnowledgeVote.helped.is_(said)))
        or 0
        for said in (True, False)
    )


def my_vote(session: Session, actor: Actor, article_id: int, version: int) -> bool | None:
    """What he said of this text; None: nothing yet."""
    return session.scalars(
        select(KnowledgeVote.helped).where(
            KnowledgeVote.article_id == article_id,
            KnowledgeVote.version == version,
            KnowledgeVote.user_id == actor.user_id,
        )
    ).first()


def complaints(session: Session, actor: Actor) -> tuple[Complaint, ...]:
    """Who was not helped, and what he missed; until somebody says that it is seen to."""
    _must_keep(actor)
    rows = session.execute(
        select(KnowledgeVote, Article, User.username)
        .join(Article, Article.id == KnowledgeVote.article_id)
        .join(User, User.id == KnowledgeVote.user_id)
        .where(KnowledgeVote.helped.is_(False), KnowledgeVote.settled_at.is_(None))
        .order_by(KnowledgeVote.at.desc())
        .limit(SHOWN)
    )
    return tuple(
        Complaint(v.id, a.slug, a.language, a.title, v.version, v.note, who, v.at, v.call_id) for v, a, who in rows
    )


def settle(session: Session, actor: Actor, vote_id: int, *, now: datetime) -> None:
    """Somebody has seen to what was missing."""
    _must_keep(actor)
    row = session.get(KnowledgeVote, vote_id)
    if row is None:
        raise NotFoundError("there is no such word")
    row.settled_at, row.settled_by = now, actor.name


def not_found(session: Session, query: str, language: str, *, today: date) -> None:
    """Count what was asked and not found, without what would say who it is about."""
    text = " ".join(redacted(query).split()).lower()[:200]
    if len(text) < 2 or private_in(text):
        return
    first = inserting(session, KnowledgeGap).values(day=today, language=language, query=text, count=1)
    again = {"count": KnowledgeGap.count + 1}
    session.execute(first.on_conflict_do_update(index_elements=["day", "language", "query"], set_=again))


def gaps(session: Session, actor: Actor, *, since: date) -> tuple[Gap, ...]:
    """What was asked and not found, most often first."""
    _must_keep(actor)
    total = func.sum(KnowledgeGap.count)
    rows = session.execute(
        select(KnowledgeGap.query, KnowledgeGap.language, total.label("total"), func.max(KnowledgeGap.day).label("day"))
        .where(KnowledgeGap.day >= since)
        .group_by(KnowledgeGap.query, KnowledgeGap.language)
        .order_by(total.desc(), KnowledgeGap.query)
        .limit(SHOWN)
    )
    return tuple(Gap(row.query, row.language, int(row.total), row.day) for row in rows)


def forget_gaps(session: Session, *, today: date) -> None:
    """What nobody asked for half a year tells nothing any more."""
    session.execute(delete(KnowledgeGap).where(KnowledgeGap.day < today - KEEP_GAPS))


def synonyms(session: Session, actor: Actor) -> Sequence[KnowledgeSynonym]:
    """Words that stand for others."""
    _must_keep(actor)
    return session.scalars(select(KnowledgeSynonym).order_by(KnowledgeSynonym.language, KnowledgeSynonym.word)).all()


def add_synonym(session: Session, actor: Actor, language: str, word: str, means: str, *, now: datetime) -> None:
    """From now on what has the one word is found by the other. Raises InvalidInputError."""
    if not actor.may(Action.KNOWLEDGE_PUBLISH):
        raise ForbiddenError("these roles do not publish knowledge")
    word, means = word.strip(), means.strip()
    if language not in LANGUAGES:
        raise InvalidInputError("language", f"must be one of {', '.join(LANGUAGES)}")
    for name, text in (("word", word), ("means", means)):
        if not 2 <= len(text) <= 40 or "\0" in text:
            raise InvalidInputError(name, "must have 2 to 40 characters")
    if word.lower() == means.lower():
        raise InvalidInputError("means", "must be another word")
    same = (KnowledgeSynonym.language == language, KnowledgeSynonym.word == word, KnowledgeSynonym.means == means)
    if session.scalars(select(KnowledgeSynonym).where(*same)).first() is None:
        session.add(KnowledgeSynonym(language=language, word=word, means=means, made_at=now, made_by=actor.name))
        audit.append(
            session, at=now, actor=actor.name, action="knowledge.synonym", subject=f"synonym:{word}"[:120],
            detail={"language": language, "means": means},
        )  # fmt: skip


def remove_synonym(session: Session, actor: Actor, synonym_id: int, *, now: datetime) -> None:
    """The words are two things again."""
    if not actor.may(Action.KNOWLEDGE_PUBLISH):
        raise ForbiddenError("these roles do not publish knowledge")
    row = session.get(KnowledgeSynonym, synonym_id)
    if row is None:
        raise NotFoundError("there is no such word")
    audit.append(
        session, at=now, actor=actor.name, action="knowledge.synonym_removed", subject=f"synonym:{row.word}"[:120],
        detail={"language": row.language, "means": row.means},
    )  # fmt: skip
    session.delete(row)


def link_case(session: Session, actor: Actor, slug: str, case_id: int, *, linked: bool, now: datetime) -> None:
    """Show a case of the library with an article, or show it no more."""
    if not actor.may(Action.KNOWLEDGE_SUGGEST):
        raise ForbiddenError("these roles do not write articles")
    case_library.read(session, actor, case_id)
    if session.scalars(select(Article).where(Article.slug == slug)).first() is None:
        raise NotFoundError("there is no such article")
    row = session.get(KnowledgeCase, (slug, case_id))
    if linked and row is None:
        session.add(KnowledgeCase(slug=slug, case_id=case_id, made_at=now, made_by=actor.name))
    elif not linked and row is not None:
        session.delete(row)
    session.flush()
    audit.append(
        session, at=now, actor=actor.name, action="knowledge.case_linked" if linked else "knowledge.case_unlinked",
        subject=f"case:{case_id}", detail={"slug": slug},
    )  # fmt: skip


def cases_of(session: Session, actor: Actor, slug: str) -> tuple[tuple[int, str], ...]:
    """The published cases that show an article at work."""
    ids = session.scalars(select(KnowledgeCase.case_id).where(KnowledgeCase.slug == slug)).all()
    return case_library.titles(session, actor, ids)


def _must_keep(actor: Actor) -> None:
    if not keeps(actor):
        raise ForbiddenError("these roles do not look after the knowledge base")
