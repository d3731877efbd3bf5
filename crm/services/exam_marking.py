"""What a rule cannot mark, a person does, and not his own; and the results of all, for those who may see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from crm.db.people import User
from crm.db.training import ExamAnswer, ExamAttempt, ExamPaper
from crm.domain.access import Action, Actor
from crm.domain.errors import ConflictError, ForbiddenError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.exams import AttemptState, places_of
from crm.domain.questions import QuestionKind
from crm.services import assignments, audit, exams, question_bank
from crm.services.question_bank import may_run

SHOWN = 300


@dataclass(frozen=True)
class Result:
    """A sheet in a list."""

    id: int
    paper_id: int
    title_zh: str
    title_en: str
    user_id: int
    username: str
    number: int
    state: str
    started_at: datetime
    submitted_at: datetime | None
    tenths: int | None
    of_tenths: int
    passed: bool | None

    def title(self, language: str) -> str:
        """In the language of the screen."""
        return self.title_en if language == "en" else self.title_zh


@dataclass(frozen=True)
class Mark:
    """What an answer is worth, in the marker's eyes."""

    position: int
    tenths: int
    note: str = ""


def waiting(session: Session, actor: Actor) -> tuple[Result, ...]:
    """Sheets with answers that a person marks, the oldest first; never his own."""
    may_run(actor)
    mine = ExamAttempt.user_id != (actor.user_id or 0)
    return _results(session, [ExamAttempt.state == AttemptState.SUBMITTED, mine])


def to_mark(session: Session, actor: Actor, attempt_id: int, *, language: str) -> exams.Sheet:
    """A sheet with its right answers, for who marks it."""
    return exams.sheet(session, _load(session, actor, attempt_id), language=language, with_answers=True)


def mark(
    session: Session, actor: Actor, attempt_id: int, marks: Iterable[Mark], *, version: int, now: datetime
) -> bool:
    """Write down what answers in words are worth. Gives whether the whole sheet is marked now.

    A marked sheet can be marked anew while nothing else changed it: both marks stand in the audit log.
    """
    row = _load(session, actor, attempt_id)
    if row.state == AttemptState.RUNNING:
        raise IllegalMoveError("this sheet is not handed in yet")
    if row.version != version:
        raise ConflictError("somebody else marked this sheet just now")
    places = places_of(row.sheet)
    texts = question_bank.texts_of(session, {(place.question, place.version) for place in places})
    for one in marks:
        if not 1 <= one.position <= len(places):
            raise NotFoundError("there is no such question on this sheet")
        place = places[one.position - 1]
        if texts[place.question, place.version].content["kind"] != QuestionKind.SHORT:
            raise IllegalMoveError("a rule marks what is chosen")
        if not 0 <= one.tenths <= place.tenths:
            raise InvalidInputError("points", "must be from 0 to what the question is worth")
        answer = session.get_one(ExamAnswer, (row.id, one.position))
        answer.tenths, answer.note = one.tenths, one.note.strip()[:500]
        answer.marked_by, answer.marked_at = actor.name, now
        _note(session, actor, row, one, now)
    row.version += 1
    session.flush()
    return exams.settle(session, row, now=now)


def _load(session: Session, actor: Actor, attempt_id: int) -> ExamAttempt:
    may_run(actor)
    row = session.scalars(select(ExamAttempt).where(ExamAttempt.id == attempt_id).with_for_update()).first()
    if row is None:
        raise NotFoundError("there is no such sheet")
    if row.user_id == actor.user_id:
        raise ForbiddenError("nobody marks his own sheet")
    return row


def results(
    session: Session, actor: Actor, *, paper_id: int | None = None, user_id: int | None = None
) -> tuple[Result, ...]:
    """How tests went, of the people whom he may see; the latest first."""
    which = [assignments.seen_by(actor, Action.TRAINING_READ, ExamAttempt.user_id)]
    if paper_id is not None:
        which.append(ExamAttempt.paper_id == paper_id)
    if user_id is not None:
        which.append(ExamAttempt.user_id == user_id)
    return _results(session, which)


def seen(session: Session, actor: Actor, attempt_id: int, *, language: str) -> exams.Sheet:
    """A marked sheet of somebody whose results he may see, with the right answers. Raises NotFoundError."""
    row = session.scalars(
        select(ExamAttempt).where(
            ExamAttempt.id == attempt_id,
            ExamAttempt.state == AttemptState.MARKED,
            assignments.seen_by(actor, Action.TRAINING_READ, ExamAttempt.user_id),
        )
    ).first()
    if row is None:
        raise NotFoundError("there is no such sheet")
    return exams.sheet(session, row, language=language, with_answers=True)


def mine(session: Session, actor: Actor) -> tuple[Result, ...]:
    """His own sheets."""
    return _results(session, [ExamAttempt.user_id == actor.user_id])


def _results(session: Session, which: Sequence[ColumnElement[bool]]) -> tuple[Result, ...]:
    rows = session.execute(
        select(ExamAttempt, ExamPaper, User.username)
        .join(ExamPaper, ExamPaper.id == ExamAttempt.paper_id)
        .join(User, User.id == ExamAttempt.user_id)
        .where(*which)
        .order_by(ExamAttempt.id.desc())
        .limit(SHOWN)
    )
    return tuple(
        Result(
            row.id, row.paper_id, paper.title_zh, paper.title_en, row.user_id, name, row.number, row.state,
            row.started_at, row.submitted_at, row.tenths, row.of_tenths, row.passed,
        )
        for row, paper, name in rows
    )  # fmt: skip


@dataclass(frozen=True)
class PaperFigures:
    """How a test went: sheets marked, passed, and the mean out of a hundred as a sum of tenths."""

    marked: int
    passed: int
    sum_tenths: int
    sum_of_tenths: int


def figures(session: Session, actor: Actor, paper_id: int) -> PaperFigures:
    """Of the people whom he may see."""
    row = session.execute(
        select(
            func.count(),
            func.count().filter(ExamAttempt.passed.is_(True)),
            func.coalesce(func.sum(ExamAttempt.tenths), 0),
            func.coalesce(func.sum(ExamAttempt.of_tenths), 0),
        ).where(
            ExamAttempt.paper_id == paper_id,
            ExamAttempt.state == AttemptState.MARKED,
            assignments.seen_by(actor, Action.TRAINING_READ, ExamAttempt.user_id),
        )
    ).one()
    return PaperFigures(*(int(one) for one in row))


def _note(session: Session, actor: Actor, row: ExamAttempt, one: Mark, now: datetime) -> None:
    audit.append(
        session, at=now, actor=actor.name, action="exam.marked", subject=f"exam:{row.id}",
        detail={"position": one.position, "tenths": one.tenths, "user": row.user_id},
    )  # fmt: skip
