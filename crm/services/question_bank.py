"""The question bank: written by trainers, changed by new versions, retired; how often each was answered right."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.contact_centre import KnowledgeArticle
from crm.db.training import ExamAnswer, ExamAttempt, Question, QuestionVersion
from crm.domain.access import Action, Actor
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.exams import Asked, AttemptState, places_of
from crm.domain.questions import QuestionText, from_document, problems, to_document
from crm.domain.searchwords import asked_words, words_of
from crm.services import audit

SHOWN = 500


@dataclass(frozen=True)
class QuestionView:
    """A question as the bank shows it. ``answered`` and ``right``: on marked sheets, whole points only."""

    id: int
    version: int
    state: str
    text: QuestionText
    slug: str | None
    made_by: str
    made_at: datetime
    answered: int = 0
    right: int = 0


def may_run(actor: Actor) -> None:
    """Raise ForbiddenError for who does not run training."""
    if not actor.may(Action.TRAINING_RUN):
        raise ForbiddenError("these roles do not run training")


def write(
    session: Session, actor: Actor, text: QuestionText, *, now: datetime, slug: str | None = None,
    question_id: int | None = None, version: int = 0,
) -> int:  # fmt: skip
    """Write a question, or its next version; sheets keep the one that they asked. Raises InvalidInputError."""
    may_run(actor)
    if found := problems(text):
        raise InvalidInputError("question", found[0])
    slug = slug or None
    if (
        slug is not None
        and not session.scalars(select(KnowledgeArticle.id).where(KnowledgeArticle.slug == slug)).first()
    ):
        raise InvalidInputError("slug", "there is no such article")
    if question_id is None:
        row = Question(state="active", version=0)
        session.add(row)
    else:
        row = _load(session, question_id)
        if row.version != version:
            raise ConflictError("somebody else changed this question just now")
    row.topic, row.kind, row.level, row.version = text.topic, text.kind, text.level, row.version + 1
    row.words = f" {' '.join(words_of(' '.join(one.text for one in text.wording.values())))} "
    session.flush()
    session.add(
        QuestionVersion(
            question_id=row.id,
            version=row.version,
            content=to_document(text),
            slug=slug,
            made_at=now,
            made_by=actor.name,
        )
    )
    session.flush()
    _note(session, actor, row, "question.written", now)
    return row.id


def set_state(session: Session, actor: Actor, question_id: int, *, active: bool, now: datetime) -> None:
    """Ask a question no more, or again. Sheets that have it keep it."""
    may_run(actor)
    row = _load(session, question_id)
    row.state = "active" if active else "retired"
    _note(session, actor, row, "question.restored" if active else "question.retired", now)


def _note(session: Session, actor: Actor, row: Question, action: str, now: datetime) -> None:
    audit.append(
        session, at=now, actor=actor.name, action=action, subject=f"question:{row.id}", detail={"version": row.version}
    )


def _load(session: Session, question_id: int) -> Question:
    row = session.get(Question, question_id)
    if row is None:
        raise NotFoundError("there is no such question")
    return row


def bank(
    session: Session, actor: Actor, *, query: str = "", topic: str = "", kind: str = "", level: int = 0,
    retired: bool = False,
) -> tuple[QuestionView, ...]:  # fmt: skip
    """Questions that hold all words asked for, with how often they were answered right."""
    may_run(actor)
    rows = select(Question, QuestionVersion).join(
        QuestionVersion,
        (QuestionVersion.question_id == Question.id) & (QuestionVersion.version == Question.version),
    )
    rows = rows.where(Question.state == ("retired" if retired else "active"))
    for word in asked_words(query[:200]):
        rows = rows.where(Question.words.like(f"% {word}%"))
    for column, given in ((Question.topic, topic), (Question.kind, kind), (Question.level, level)):
        rows = rows.where(column == given) if given else rows
    found = session.execute(rows.order_by(Question.id).limit(SHOWN)).all()
    counts = _counts(session, {row.id for row, _ in found})
    return tuple(_view(row, text, counts) for row, text in found)


def get(session: Session, actor: Actor, question_id: int) -> QuestionView:
    """One question as it is asked now."""
    may_run(actor)
    row = _load(session, question_id)
    text = session.get_one(QuestionVersion, (row.id, row.version))
    return _view(row, text, _counts(session, {row.id}))


def versions(session: Session, actor: Actor, question_id: int) -> Sequence[QuestionVersion]:
    """How it was asked, the newest first."""
    may_run(actor)
    rows = select(QuestionVersion).where(QuestionVersion.question_id == question_id)
    return session.scalars(rows.order_by(QuestionVersion.version.desc())).all()


def _view(row: Question, text: QuestionVersion, counts: Mapping[int, tuple[int, int]]) -> QuestionView:
    answered, right = counts.get(row.id, (0, 0))
    return QuestionView(
        row.id, row.version, row.state, from_document(text.content), text.slug, text.made_by, text.made_at, answered,
        right,
    )  # fmt: skip


def _counts(session: Session, ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """How often each was on a marked sheet, and how often for all its points."""
    counts = dict.fromkeys(ids, (0, 0))
    rows = session.execute(
        select(ExamAttempt.id, ExamAttempt.sheet).where(ExamAttempt.state == AttemptState.MARKED)
    ).all()
    marks = {
        (row.attempt_id, row.position): row.tenths
        for row in session.execute(
            select(ExamAnswer.attempt_id, ExamAnswer.position, ExamAnswer.tenths)
            .join(ExamAttempt, ExamAttempt.id == ExamAnswer.attempt_id)
            .where(ExamAttempt.state == AttemptState.MARKED)
        )
    }
    for attempt_id, sheet in rows:
        for position, place in enumerate(places_of(sheet), 1):
            if place.question in counts:
                answered, right = counts[place.question]
                full = marks.get((attempt_id, position)) == place.tenths
                counts[place.question] = (answered + 1, right + full)
    return counts


def asked(session: Session) -> tuple[Asked, ...]:
    """The bank as a draw sees it."""
    rows = select(Question, QuestionVersion).join(
        QuestionVersion,
        (QuestionVersion.question_id == Question.id) & (QuestionVersion.version == Question.version),
    )
    rows = rows.where(Question.state == "active")
    found = []
    for row, version in session.execute(rows.order_by(Question.id)):
        text = from_document(version.content)
        found.append(Asked(row.id, row.version, row.topic, row.level, row.kind, text.options, text.points))
    return tuple(found)


def texts_of(session: Session, keys: Collection[tuple[int, int]]) -> dict[tuple[int, int], QuestionVersion]:
    """Versions of questions by number and version."""
    ids = {question for question, _ in keys}
    rows = session.scalars(select(QuestionVersion).where(QuestionVersion.question_id.in_(ids)))
    return {(row.question_id, row.version): row for row in rows if (row.question_id, row.version) in keys}
