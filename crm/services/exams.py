"""Sitting a test: begun once, kept answer by answer, taken in by the server's clock whatever the page does."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.db.courses import TrainingAssignment
from crm.db.people import User
from crm.db.training import ExamAnswer, ExamAttempt, ExamPaper
from crm.domain.access import Actor, Role
from crm.domain.errors import ConflictError, ForbiddenError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.exams import (
    AttemptState,
    NotEnoughError,
    PaperState,
    Place,
    draw_sheet,
    end_of,
    marks_by_rule,
    passes,
    places_of,
    places_to_rows,
    why_not_begin,
)
from crm.domain.notices import NoticeKind
from crm.domain.questions import QuestionKind, QuestionText, from_document
from crm.domain.training import AssignedKind, AssignedState
from crm.services import assignments, audit, exam_papers, notices, question_bank
from crm.services.knowledge_versions import people_with

MAX_ANSWER = 4000
_AT_ONCE = 200


@dataclass(frozen=True)
class OnSheet:
    """A question on a sheet, as it is shown. ``options``: place in the question and text, in the sheet's order."""

    position: int
    kind: str
    points: int
    text: str
    options: tuple[tuple[int, str], ...]
    chosen: frozenset[int]
    answer: str
    right: frozenset[int] | None = None
    """only when the sheet is marked"""
    tenths: int | None = None
    of_tenths: int = 0
    explanation: str = ""
    model: str = ""
    note: str = ""
    slug: str | None = None


@dataclass(frozen=True)
class Sheet:
    """A sheet as its owner, or who marks it, sees it."""

    id: int
    paper_id: int
    title_zh: str
    title_en: str
    user_id: int
    username: str
    number: int
    state: str
    started_at: datetime
    ends_at: datetime
    submitted_at: datetime | None
    ended_by: str
    tenths: int | None
    of_tenths: int
    passed: bool | None
    version: int
    questions: tuple[OnSheet, ...]


def begin(session: Session, actor: Actor, paper_id: int, *, now: datetime, seed: str | None = None) -> int:
    """Begin a test, or go on with the sheet that runs. Raises IllegalMoveError with the reason."""
    user_id = _person(actor)
    paper = session.scalars(select(ExamPaper).where(ExamPaper.id == paper_id).with_for_update()).first()
    if paper is None:
        raise NotFoundError("there is no such test")
    take_in_due(session, now=now, user_id=user_id)
    mine = select(ExamAttempt).where(ExamAttempt.paper_id == paper_id, ExamAttempt.user_id == user_id)
    running = session.scalars(mine.where(ExamAttempt.state == AttemptState.RUNNING)).first()
    if running is not None:
        return running.id
    made = session.scalar(select(func.count()).select_from(mine.subquery())) or 0
    assignment = _assignment(session, user_id, paper)
    why = why_not_begin(
        PaperState(paper.state), now, paper.opens_at, paper.closes_at, made=made, allowed=paper.attempts,
        counts=paper.counts, assigned=assignment is not None,
    )  # fmt: skip
    if why is not None:
        raise IllegalMoveError(why)
    row = _sheet_of(session, paper, seed or secrets.token_hex(16), now)
    row.user_id, row.number, row.assignment_id = user_id, made + 1, assignment.id if assignment else None
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise ConflictError("this test was begun just now on another page") from error
    if assignment is not None and assignment.started_at is None:
        assignment.started_at = now
    _note(session, actor.name, row, "exam.begun", now)
    return row.id


def _sheet_of(session: Session, paper: ExamPaper, seed: str, now: datetime) -> ExamAttempt:
    text = exam_papers.text_of(paper)
    try:
        places = draw_sheet(seed, question_bank.asked(session), text.questions, text.draws)
    except NotEnoughError as error:  # questions were taken out of the bank since it was opened
        raise IllegalMoveError("the bank has too few questions left for this test") from error
    return ExamAttempt(
        paper_id=paper.id, seed=seed, sheet=places_to_rows(places), state=AttemptState.RUNNING, started_at=now,
        ends_at=end_of(now, paper.minutes, paper.closes_at), of_tenths=sum(one.tenths for one in places),
    )  # fmt: skip


def _assignment(session: Session, user_id: int, paper: ExamPaper) -> TrainingAssignment | None:
    """What this sheet is for: the test itself, or the course that ends with it."""
    return session.scalars(
        select(TrainingAssignment)
        .where(
            TrainingAssignment.user_id == user_id,
            TrainingAssignment.state == AssignedState.OPEN,
            (TrainingAssignment.paper_id == paper.id)
            | TrainingAssignment.course_id.in_(assignments.courses_ending_with(paper.id)),
        )
        .order_by(TrainingAssignment.due_on, TrainingAssignment.id)
    ).first()


def _person(actor: Actor) -> int:
    if actor.user_id is None:
        raise ForbiddenError("a person sits a test")
    return actor.user_id


def save(
    session: Session, actor: Actor, attempt_id: int, position: int, *, chosen: Sequence[int], text: str, now: datetime
) -> None:
    """Keep an answer. After the end nothing is kept any more. Raises IllegalMoveError, InvalidInputError."""
    row = _own(session, actor, attempt_id)
    if row.state != AttemptState.RUNNING or now >= row.ends_at:
        raise IllegalMoveError("the time of this test is over")
    places = places_of(row.sheet)
    if not 1 <= position <= len(places):
        raise NotFoundError("there is no such question on this sheet")
    _check_answer(session, places[position - 1], chosen, text)
    answer = session.get(ExamAnswer, (row.id, position))
    if answer is None:
        answer = ExamAnswer(attempt_id=row.id, position=position, chosen=[], saved_at=now)
        session.add(answer)
    answer.chosen, answer.text, answer.saved_at = sorted(set(chosen)), text.strip(), now
    session.flush()


def _check_answer(session: Session, place: Place, chosen: Sequence[int], text: str) -> None:
    question = _questions(session, [place])[place.question, place.version][0]
    if question.kind is QuestionKind.SHORT:
        if chosen or len(text) > MAX_ANSWER or "\0" in text:
            raise InvalidInputError("answer", f"must have at most {MAX_ANSWER} characters")
        return
    if any(one not in place.order for one in chosen):
        raise InvalidInputError("answer", "must be one of the options")
    if len(set(chosen)) > 1 and question.kind is not QuestionKind.MULTIPLE:
        raise InvalidInputError("answer", "must be one option")


def submit(session: Session, actor: Actor, attempt_id: int, *, now: datetime) -> None:
    """Hand a sheet in. What was kept counts; handing in twice is handing in once."""
    row = _own(session, actor, attempt_id)
    if row.state == AttemptState.RUNNING:
        _take_in(session, row, now=min(now, row.ends_at), by="person" if now < row.ends_at else "time")


def take_in_due(session: Session, *, now: datetime, user_id: int | None = None) -> int:
    """Take in the sheets whose time is over. Gives how many."""
    due = select(ExamAttempt).where(ExamAttempt.state == AttemptState.RUNNING, ExamAttempt.ends_at <= now)
    if user_id is not None:
        due = due.where(ExamAttempt.user_id == user_id)
    rows = session.scalars(due.order_by(ExamAttempt.id).limit(_AT_ONCE).with_for_update()).all()
    for row in rows:
        _take_in(session, row, now=row.ends_at, by="time")
    return len(rows)


def _take_in(session: Session, row: ExamAttempt, *, now: datetime, by: str) -> None:
    row.submitted_at, row.ended_by, row.state, row.version = now, by, AttemptState.SUBMITTED, row.version + 1
    places = places_of(row.sheet)
    texts = {key: text for key, (text, _) in _questions(session, places).items()}
    answers = {one.position: one for one in _answers(session, row.id)}
    paper = session.get_one(ExamPaper, row.paper_id)
    given = {position: one.chosen for position, one in answers.items()}
    marks = marks_by_rule(places, texts, given, half_for_part=paper.half_for_part)
    for position, tenths in marks.items():
        answer = answers.get(position)
        if answer is None:
            answer = ExamAnswer(attempt_id=row.id, position=position, chosen=[], text="", saved_at=now)
            session.add(answer)
        empty = tenths is None and not answer.text
        answer.tenths = 0 if empty else tenths
    session.flush()
    name = session.get_one(User, row.user_id).username
    _note(session, name, row, "exam.handed_in" if by == "person" else "exam.time_over", now)
    if not settle(session, row, now=now):
        for user_id in people_with(session, Role.TR):
            notices.tell(session, user_id, NoticeKind.EXAM_TO_MARK, None, now, path=f"/training/marking/{row.id}")


def settle(session: Session, row: ExamAttempt, *, now: datetime) -> bool:
    """Sum a sheet up when all of it is marked; what it was for is done then, or not. Gives whether it is."""
    answers = _answers(session, row.id)
    if any(one.tenths is None for one in answers):
        return False
    paper = session.get_one(ExamPaper, row.paper_id)
    row.tenths = sum(one.tenths or 0 for one in answers)
    row.passed = passes(row.tenths, row.of_tenths, paper.pass_percent)
    row.state, row.marked_at, row.version = AttemptState.MARKED, row.marked_at or now, row.version + 1
    session.flush()
    _conclude(session, row, paper, now)
    notices.tell(session, row.user_id, NoticeKind.EXAM_MARKED, None, now, path=f"/training/sheets/{row.id}")
    return True


def _conclude(session: Session, row: ExamAttempt, paper: ExamPaper, now: datetime) -> None:
    """A passed test ends what it was for; a failed one that cannot be sat again ends it, too."""
    assignment = session.get(TrainingAssignment, row.assignment_id) if row.assignment_id else None
    if assignment is None or assignment.state != AssignedState.OPEN:
        return
    if assignment.kind == AssignedKind.COURSE:
        assignments.look_again(session, assignment, now=now)
    elif row.passed or row.number >= paper.attempts:
        assignment.state, assignment.done_at = AssignedState.DONE, row.submitted_at
        assignment.outcome = "passed" if row.passed else "failed"
        assignment.version += 1


def sheet(session: Session, row: ExamAttempt, *, language: str, with_answers: bool) -> Sheet:
    """A sheet in a language; ``with_answers``: the right ones too."""
    paper, person = session.get_one(ExamPaper, row.paper_id), session.get_one(User, row.user_id)
    places = places_of(row.sheet)
    texts, answers = _questions(session, places), {one.position: one for one in _answers(session, row.id)}
    questions = tuple(
        _on_sheet(number, place, *texts[place.question, place.version], answers.get(number), language, with_answers)
        for number, place in enumerate(places, 1)
    )
    return Sheet(
        row.id, row.paper_id, paper.title_zh, paper.title_en, row.user_id, person.username, row.number, row.state,
        row.started_at, row.ends_at, row.submitted_at, row.ended_by, row.tenths, row.of_tenths, row.passed, row.version,
        questions,
    )  # fmt: skip


def _on_sheet(
    number: int, place: Place, text: QuestionText, slug: str | None, answer: ExamAnswer | None, language: str,
    with_answers: bool,  # noqa: FBT001  (the caller's own keyword)
) -> OnSheet:  # fmt: skip
    wording = text.wording[language]
    shown = OnSheet(
        number, text.kind, text.points, wording.text,
        tuple((one, wording.options[one] if wording.options else "") for one in place.order),
        frozenset(answer.chosen if answer else ()), answer.text if answer else "", of_tenths=place.tenths,
    )  # fmt: skip
    if not with_answers:
        return shown
    return OnSheet(
        shown.position, shown.kind, shown.points, shown.text, shown.options, shown.chosen, shown.answer, text.right,
        answer.tenths if answer else 0, place.tenths, wording.explanation, wording.model, answer.note if answer else "",
        slug,
    )  # fmt: skip


def own_sheet(session: Session, actor: Actor, attempt_id: int, *, language: str, now: datetime) -> Sheet:
    """His own sheet; taken in if its time is over, with the right answers once it is marked."""
    row = _own(session, actor, attempt_id)
    if row.state == AttemptState.RUNNING and now >= row.ends_at:
        _take_in(session, row, now=row.ends_at, by="time")
    return sheet(session, row, language=language, with_answers=row.state == AttemptState.MARKED)


def _own(session: Session, actor: Actor, attempt_id: int) -> ExamAttempt:
    row = session.scalars(select(ExamAttempt).where(ExamAttempt.id == attempt_id).with_for_update()).first()
    if row is None or row.user_id != actor.user_id:
        raise NotFoundError("there is no such sheet")
    return row


def _questions(session: Session, places: Sequence[Place]) -> dict[tuple[int, int], tuple[QuestionText, str | None]]:
    rows = question_bank.texts_of(session, {(place.question, place.version) for place in places})
    return {key: (from_document(row.content), row.slug) for key, row in rows.items()}


def _answers(session: Session, attempt_id: int) -> Sequence[ExamAnswer]:
    return session.scalars(select(ExamAnswer).where(ExamAnswer.attempt_id == attempt_id)).all()


def _note(session: Session, who: str, row: ExamAttempt, action: str, now: datetime) -> None:
    audit.append(
        session, at=now, actor=who, action=action, subject=f"exam:{row.id}",
        detail={"paper": row.paper_id, "user": row.user_id, "number": row.number, "seed": row.seed},
    )  # fmt: skip
