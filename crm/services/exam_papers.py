"""Written tests as they are set: drafted, opened, closed. Once somebody has begun one it stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.training import ExamAttempt, ExamPaper
from crm.domain.access import Actor
from crm.domain.errors import ConflictError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.exams import MAX_MINUTES, MAX_QUESTIONS, Draw, NotEnoughError, PaperState, draw_sheet
from crm.domain.questions import LEVELS, QuestionKind, Topic
from crm.services import audit, question_bank
from crm.services.question_bank import may_run


@dataclass(frozen=True)
class PaperText:
    """A test as somebody sets it."""

    title_zh: str
    title_en: str
    minutes: int
    pass_percent: int
    attempts: int = 1
    half_for_part: bool = False
    counts: bool = True
    questions: tuple[int, ...] = ()
    draws: tuple[Draw, ...] = ()
    opens_at: datetime | None = None
    closes_at: datetime | None = None


@dataclass(frozen=True)
class PaperView:
    """A test with how far it is."""

    id: int
    state: str
    text: PaperText
    made_by: str
    version: int
    begun: int
    """how many sheets there are of it"""
    on_sheet: int
    """how many questions a sheet has"""

    def title(self, language: str) -> str:
        """In the language of the screen."""
        return self.text.title_en if language == "en" else self.text.title_zh


def write(
    session: Session, actor: Actor, text: PaperText, *, now: datetime, paper_id: int | None = None, version: int = 0
) -> int:
    """Set a test, or change one that nobody has begun. Raises InvalidInputError, IllegalMoveError."""
    may_run(actor)
    _check(session, text)
    if paper_id is None:
        row = ExamPaper(state=PaperState.DRAFT, made_at=now, made_by=actor.name, version=0)
        session.add(row)
    else:
        row = load(session, paper_id)
        if row.version != version:
            raise ConflictError("somebody else changed this test just now")
        if begun(session, row.id):
            raise IllegalMoveError("somebody has begun this test: it stays as it is")
    row.title_zh, row.title_en = text.title_zh.strip(), text.title_en.strip()
    row.minutes, row.pass_percent, row.attempts = text.minutes, text.pass_percent, text.attempts
    row.half_for_part, row.counts = text.half_for_part, text.counts
    row.questions = list(text.questions)
    row.draws = [[draw.topic, draw.level, draw.kind, draw.count] for draw in text.draws]
    row.opens_at, row.closes_at, row.version = text.opens_at, text.closes_at, row.version + 1
    session.flush()
    _note(session, actor, row, "exam.set", now)
    return row.id


def _check(session: Session, text: PaperText) -> None:
    for name, title in (("title_zh", text.title_zh), ("title_en", text.title_en)):
        if not 1 <= len(title.strip()) <= 200 or "\0" in title:
            raise InvalidInputError(name, "must have 1 to 200 characters")
    for name, value, low, high in (
        ("minutes", text.minutes, 1, MAX_MINUTES),
        ("pass_percent", text.pass_percent, 1, 100),
        ("attempts", text.attempts, 1, 10),
    ):
        if not low <= value <= high:
            raise InvalidInputError(name, f"must be from {low} to {high}")
    if text.opens_at and text.closes_at and text.opens_at >= text.closes_at:
        raise InvalidInputError("closes_at", "must be later than it opens")
    if len(set(text.questions)) != len(text.questions):
        raise InvalidInputError("questions", "no question is there twice")
    for draw in text.draws:
        _check_draw(draw)
    if not 1 <= len(text.questions) + sum(draw.count for draw in text.draws) <= MAX_QUESTIONS:
        raise InvalidInputError("questions", f"a test has 1 to {MAX_QUESTIONS} questions")
    try:
        draw_sheet("check", question_bank.asked(session), text.questions, text.draws)
    except NotEnoughError as error:
        raise InvalidInputError("questions", str(error)) from error


def _check_draw(draw: Draw) -> None:
    if draw.topic and draw.topic not in set(Topic):
        raise InvalidInputError("draws", "a topic is one of the list")
    if draw.kind and draw.kind not in set(QuestionKind):
        raise InvalidInputError("draws", "a kind is one of the list")
    if draw.level and draw.level not in LEVELS:
        raise InvalidInputError("draws", "the level is 1, 2 or 3")
    if not 1 <= draw.count <= MAX_QUESTIONS:
        raise InvalidInputError("draws", f"a draw takes 1 to {MAX_QUESTIONS} questions")


def move(session: Session, actor: Actor, paper_id: int, what: str, *, version: int, now: datetime) -> None:
    """Open or close a test. What runs when it is closed runs to its end."""
    may_run(actor)
    row = load(session, paper_id)
    allowed = {"open": {PaperState.DRAFT, PaperState.CLOSED}, "close": {PaperState.OPEN}}
    if what not in allowed:
        raise InvalidInputError("what", "must be open or close")
    if row.state not in allowed[what]:
        raise IllegalMoveError("this test is open already" if what == "open" else "only an open test is closed")
    if row.version != version:
        raise ConflictError("somebody else changed this test just now")
    if what == "open":
        _check(session, text_of(row))
    row.state, row.version = (PaperState.OPEN if what == "open" else PaperState.CLOSED), row.version + 1
    _note(session, actor, row, f"exam.{what}", now)


def load(session: Session, paper_id: int) -> ExamPaper:
    """The row. Raises NotFoundError."""
    row = session.get(ExamPaper, paper_id)
    if row is None:
        raise NotFoundError("there is no such test")
    return row


def text_of(row: ExamPaper) -> PaperText:
    """What it asks for."""
    return PaperText(
        row.title_zh, row.title_en, row.minutes, row.pass_percent, row.attempts, row.half_for_part, row.counts,
        tuple(row.questions), tuple(Draw(*one) for one in row.draws), row.opens_at, row.closes_at,
    )  # fmt: skip


def begun(session: Session, paper_id: int) -> int:
    """How many sheets there are of a test."""
    return session.scalar(select(func.count()).select_from(ExamAttempt).where(ExamAttempt.paper_id == paper_id)) or 0


def view(session: Session, row: ExamPaper) -> PaperView:
    """As pages show it."""
    text = text_of(row)
    on_sheet = len(text.questions) + sum(draw.count for draw in text.draws)
    return PaperView(row.id, row.state, text, row.made_by, row.version, begun(session, row.id), on_sheet)


def papers(session: Session, *, only_open: bool = False) -> tuple[PaperView, ...]:
    """All tests, the newest first."""
    rows = select(ExamPaper).order_by(ExamPaper.id.desc())
    if only_open:
        rows = rows.where(ExamPaper.state == PaperState.OPEN)
    return tuple(view(session, row) for row in session.scalars(rows))


def _note(session: Session, actor: Actor, row: ExamPaper, action: str, now: datetime) -> None:
    audit.append(
        session,
        at=now,
        actor=actor.name,
        action=action,
        subject=f"exam_paper:{row.id}",
        detail={"version": row.version},
    )
