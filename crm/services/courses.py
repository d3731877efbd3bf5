"""Courses: classes with their sittings, things to read, cases to work through; who booked, who came."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.contact_centre import KnowledgeArticle
from crm.db.courses import Course, CourseSeat, CourseSitting, TrainingAssignment
from crm.db.people import User
from crm.db.training import ExamPaper
from crm.domain.access import Actor
from crm.domain.errors import ConflictError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.knowledge import ArticleState
from crm.domain.questions import Topic
from crm.domain.training import AssignedState, CourseMode, CourseState
from crm.services import assignments, audit, case_library
from crm.services.question_bank import may_run

MAX_BODY = 20_000


@dataclass(frozen=True)
class CourseText:
    """A course as somebody wrote it."""

    title_zh: str
    title_en: str
    mode: CourseMode
    topic: str
    minutes: int
    body_zh: str
    body_en: str
    slugs: tuple[str, ...] = ()
    case_ids: tuple[int, ...] = ()
    paper_id: int | None = None


@dataclass(frozen=True)
class SittingView:
    """A class at its hour, with who booked."""

    id: int
    starts_at: datetime
    ends_at: datetime
    place: str
    trainer: str
    seats: int
    state: str
    people: tuple[tuple[int, str, str], ...]
    """number, user name, state of the seat"""


def write(
    session: Session, actor: Actor, text: CourseText, *, now: datetime, course_id: int | None = None, version: int = 0
) -> int:
    """Write a course, or change one. Raises InvalidInputError, ConflictError."""
    may_run(actor)
    _check(session, actor, text)
    if course_id is None:
        row = Course(state=CourseState.DRAFT, made_at=now, made_by=actor.name, version=0)
        session.add(row)
    else:
        row = load(session, course_id)
        if row.version != version:
            raise ConflictError("somebody else changed this course just now")
    row.title_zh, row.title_en = text.title_zh.strip(), text.title_en.strip()
    row.mode, row.topic, row.minutes = text.mode, text.topic, text.minutes
    row.body_zh, row.body_en, row.paper_id = text.body_zh.strip(), text.body_en.strip(), text.paper_id
    row.slugs, row.case_ids, row.version = list(text.slugs), list(text.case_ids), row.version + 1
    session.flush()
    _note(session, actor, row, "course.written", now)
    return row.id


def _check(session: Session, actor: Actor, text: CourseText) -> None:
    for name, value, most in (
        ("title_zh", text.title_zh, 200),
        ("title_en", text.title_en, 200),
        ("body_zh", text.body_zh, MAX_BODY),
        ("body_en", text.body_en, MAX_BODY),
    ):
        if not 1 <= len(value.strip()) <= most or "\0" in value:
            raise InvalidInputError(name, f"must have 1 to {most} characters")
    if text.topic not in set(Topic):
        raise InvalidInputError("topic", "must be one of the list")
    if not 1 <= text.minutes <= 6000:
        raise InvalidInputError("minutes", "must be from 1 to 6000")
    there = select(KnowledgeArticle.slug).where(KnowledgeArticle.state == ArticleState.PUBLISHED)
    if missing := set(text.slugs) - set(session.scalars(there)):
        raise InvalidInputError("slugs", f"there is no such article: {min(missing)}")
    cases = {case_id for case_id, _ in case_library.titles(session, actor, text.case_ids)}
    if missing_cases := set(text.case_ids) - cases:
        raise InvalidInputError("case_ids", f"there is no such published case: {min(missing_cases)}")
    if text.mode is CourseMode.CASE_STUDY and not text.case_ids:
        raise InvalidInputError("case_ids", "a case study needs a case")
    if text.paper_id is not None and session.get(ExamPaper, text.paper_id) is None:
        raise InvalidInputError("paper_id", "there is no such test")


def set_state(
    session: Session, actor: Actor, course_id: int, state: CourseState, *, version: int, now: datetime
) -> None:
    """Open a course, or give it no more. Who has it to take may end it."""
    may_run(actor)
    row = load(session, course_id)
    if state is CourseState.DRAFT or row.state == state:
        raise IllegalMoveError("a course is opened or taken out")
    if row.version != version:
        raise ConflictError("somebody else changed this course just now")
    row.state, row.version = state, row.version + 1
    _note(session, actor, row, f"course.{state}", now)


def load(session: Session, course_id: int) -> Course:
    """The row. Raises NotFoundError."""
    row = session.get(Course, course_id)
    if row is None:
        raise NotFoundError("there is no such course")
    return row


def courses(session: Session, *, only_open: bool = False) -> tuple[Course, ...]:
    """All courses, the newest first."""
    rows = select(Course).order_by(Course.id.desc())
    if only_open:
        rows = rows.where(Course.state == CourseState.OPEN)
    return tuple(session.scalars(rows))


def plan_sitting(
    session: Session, actor: Actor, course_id: int, *, starts_at: datetime, ends_at: datetime, place: str, trainer: str,
    seats: int, now: datetime,
) -> int:  # fmt: skip
    """Plan a class."""
    may_run(actor)
    if load(session, course_id).mode != CourseMode.CLASS:
        raise IllegalMoveError("only a class has an hour and a place")
    if not now <= starts_at < ends_at:
        raise InvalidInputError("starts_at", "a class begins later than now and ends after it begins")
    if not 1 <= seats <= 1000 or len(place) > 100 or len(trainer) > 100:
        raise InvalidInputError("seats", "must be from 1 to 1000")
    row = CourseSitting(
        course_id=course_id, starts_at=starts_at, ends_at=ends_at, place=place.strip(), trainer=trainer.strip(),
        seats=seats, state="planned", made_at=now, made_by=actor.name,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def book(session: Session, actor: Actor, sitting_id: int, *, booked: bool, now: datetime) -> None:
    """Take a place in a class, or give it back. Raises IllegalMoveError when it is full."""
    row = _sitting(session, sitting_id)
    if row.state != "planned" or now >= row.starts_at or actor.user_id is None:
        raise IllegalMoveError("this class has begun or is not held")
    seat = session.get(CourseSeat, (row.id, actor.user_id))
    if not booked:
        if seat is not None:
            session.delete(seat)
            session.flush()
        return
    if seat is not None:
        return
    _must_be_his(session, actor, row.course_id)
    taken = session.scalar(select(func.count()).where(CourseSeat.sitting_id == row.id)) or 0
    if taken >= row.seats:
        raise IllegalMoveError("this class is full")
    session.add(CourseSeat(sitting_id=row.id, user_id=actor.user_id, state="booked", at=now, by=actor.name))
    session.flush()


def _must_be_his(session: Session, actor: Actor, course_id: int) -> None:
    found = select(TrainingAssignment.id).where(
        TrainingAssignment.user_id == actor.user_id,
        TrainingAssignment.course_id == course_id,
        TrainingAssignment.state == AssignedState.OPEN,
    )
    if session.scalars(found).first() is None:
        raise IllegalMoveError("you have no such course to take")


def _sitting(session: Session, sitting_id: int) -> CourseSitting:
    row = session.scalars(select(CourseSitting).where(CourseSitting.id == sitting_id).with_for_update()).first()
    if row is None:
        raise NotFoundError("there is no such class")
    return row


def hold(session: Session, actor: Actor, sitting_id: int, came: Collection[int], *, now: datetime) -> None:
    """Write down who came: those who booked, and others who have the course to take."""
    may_run(actor)
    row = _sitting(session, sitting_id)
    if row.state == "cancelled" or now < row.starts_at:
        raise IllegalMoveError("who came is written down when the class has begun")
    booked = {seat.user_id: seat for seat in session.scalars(select(CourseSeat).where(CourseSeat.sitting_id == row.id))}
    for user_id in set(came) - set(booked):
        if session.get(User, user_id) is None:
            raise NotFoundError("there is no such person")
        seat = CourseSeat(sitting_id=row.id, user_id=user_id, state="booked", at=now, by=actor.name)
        session.add(seat)
        booked[user_id] = seat
    for user_id, seat in booked.items():
        seat.state, seat.at, seat.by = ("came" if user_id in came else "absent"), now, actor.name
    row.state = "held"
    session.flush()
    for user_id in came:
        assignments.came(session, user_id, row.course_id, now=now)
    audit.append(
        session, at=now, actor=actor.name, action="course.held", subject=f"sitting:{row.id}",
        detail={"course": row.course_id, "came": sorted(came), "absent": sorted(set(booked) - set(came))},
    )  # fmt: skip


def call_off(session: Session, actor: Actor, sitting_id: int, *, now: datetime) -> None:
    """A class is not held."""
    may_run(actor)
    row = _sitting(session, sitting_id)
    if row.state != "planned":
        raise IllegalMoveError("only a planned class is called off")
    row.state = "cancelled"
    audit.append(
        session, at=now, actor=actor.name, action="course.called_off", subject=f"sitting:{row.id}",
        detail={"course": row.course_id},
    )  # fmt: skip


def sittings(session: Session, course_id: int) -> tuple[SittingView, ...]:
    """The classes of a course, the latest first, with who booked."""
    rows = select(CourseSitting).where(CourseSitting.course_id == course_id).order_by(CourseSitting.starts_at.desc())
    found = []
    for row in session.scalars(rows):
        people = session.execute(
            select(User.id, User.username, CourseSeat.state)
            .join(CourseSeat, CourseSeat.user_id == User.id)
            .where(CourseSeat.sitting_id == row.id)
            .order_by(User.username)
        ).all()
        found.append(
            SittingView(
                row.id, row.starts_at, row.ends_at, row.place, row.trainer, row.seats, row.state,
                tuple((one.id, one.username, one.state) for one in people),
            )
        )  # fmt: skip
    return tuple(found)


def to_take(session: Session, course_id: int) -> tuple[tuple[int, str], ...]:
    """Who has this course to take now: number and user name."""
    rows = session.execute(
        select(User.id, User.username)
        .join(TrainingAssignment, TrainingAssignment.user_id == User.id)
        .where(TrainingAssignment.course_id == course_id, TrainingAssignment.state == AssignedState.OPEN)
        .distinct()
        .order_by(User.username)
    )
    return tuple((row.id, row.username) for row in rows)


def _note(session: Session, actor: Actor, row: Course, action: str, now: datetime) -> None:
    audit.append(
        session, at=now, actor=actor.name, action=action, subject=f"course:{row.id}", detail={"version": row.version}
    )
