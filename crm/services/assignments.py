"""What people have to do: courses, tests and drills, given to one of them by a person or by a plan, due on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm.db.courses import Course, DrillScenario, TrainingAssignment
from crm.db.people import User
from crm.db.training import ExamAttempt, ExamPaper
from crm.domain.access import Action, Actor, Relation
from crm.domain.actions import Role
from crm.domain.errors import ConflictError, ForbiddenError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.exams import PaperState
from crm.domain.matrix import PERMISSIONS
from crm.domain.notices import NoticeKind
from crm.domain.training import (
    AssignedKind,
    AssignedState,
    CourseMode,
    CourseState,
    Source,
    finishes,
    reminds,
)
from crm.services import audit, notices, sections

SHOWN = 500
LATEST = timedelta(days=730)


@dataclass(frozen=True)
class Wanted:
    """What somebody is to do. ``source_id``: what it came from, as the coaching task."""

    kind: AssignedKind
    id: int
    due_on: date
    source: Source = Source.ORDER
    source_id: int | None = None
    note: str = ""
    plan_id: int | None = None
    once: str | None = None


@dataclass(frozen=True)
class AssignmentView:
    """What somebody has to do, as pages show it."""

    id: int
    user_id: int
    username: str
    kind: str
    thing_id: int
    title_zh: str
    title_en: str
    mode: str
    source: str
    source_id: int | None
    note: str
    state: str
    late: bool
    due_on: date
    assigned_at: datetime
    assigned_by: str
    started_at: datetime | None
    done_at: datetime | None
    outcome: str
    version: int

    def title(self, language: str) -> str:
        """In the language of the screen."""
        return self.title_en if language == "en" else self.title_zh


def seen_by(actor: Actor, action: Action, column: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """The people for whom this actor may do this: all, or those of his section. Raises ForbiddenError."""
    if actor.may(action):
        return true()
    if actor.user_id is not None and any(
        Relation.SECTION in PERMISSIONS[Role(role)].get(action, frozenset()) for role in actor.roles
    ):
        return sections.people_of_section(actor.user_id, column)
    raise ForbiddenError("these roles have nothing to do with other people's training")


def assign(session: Session, actor: Actor, user_id: int, wanted: Wanted, *, today: date, now: datetime) -> int | None:
    """Give somebody something to do. None: he has it already. Raises ForbiddenError, InvalidInputError."""
    person = session.scalars(
        select(User).where(User.id == user_id, User.active, seen_by(actor, Action.TRAINING_ASSIGN, User.id))
    ).first()
    if person is None:
        raise NotFoundError("there is no such person")
    if not today <= wanted.due_on <= today + LATEST:
        raise InvalidInputError("due_on", "must be today or later, within two years")
    if len(wanted.note) > 500:
        raise InvalidInputError("note", "must have at most 500 characters")
    return give(session, user_id, wanted, by=actor, now=now)


def give(session: Session, user_id: int, wanted: Wanted, *, by: Actor, now: datetime) -> int | None:
    """The same without asking who may: plans and coaching give by their own rules."""
    column = _column(wanted.kind)
    _check_thing(session, wanted)
    same = [TrainingAssignment.user_id == user_id, column == wanted.id, TrainingAssignment.state == AssignedState.OPEN]
    if wanted.once is not None and _given(session, wanted.once):
        return None
    if session.scalars(select(TrainingAssignment.id).where(*same)).first() is not None:
        return None
    row = TrainingAssignment(
        user_id=user_id, kind=wanted.kind, plan_id=wanted.plan_id, source=wanted.source, source_id=wanted.source_id,
        note=wanted.note.strip(), once=wanted.once, state=AssignedState.OPEN, assigned_at=now, assigned_by=by.name,
        due_on=wanted.due_on, outcome="", version=1, **{column.key: wanted.id},
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        return None  # another tick was quicker
    _note(session, by.name, row, "training.assigned", now)
    notices.tell(session, user_id, NoticeKind.TRAINING_ASSIGNED, None, now, by=by.user_id, path="/training/")
    return row.id


def _given(session: Session, once: str) -> bool:
    return session.scalars(select(TrainingAssignment.id).where(TrainingAssignment.once == once)).first() is not None


def _column(kind: AssignedKind) -> Any:
    return {
        AssignedKind.COURSE: TrainingAssignment.course_id,
        AssignedKind.EXAM: TrainingAssignment.paper_id,
        AssignedKind.DRILL: TrainingAssignment.scenario_id,
    }[kind]


def _check_thing(session: Session, wanted: Wanted) -> None:
    """It can be done at all."""
    row: Any = session.get(
        {AssignedKind.COURSE: Course, AssignedKind.EXAM: ExamPaper, AssignedKind.DRILL: DrillScenario}[wanted.kind],
        wanted.id,
    )
    usable = {AssignedKind.COURSE: CourseState.OPEN, AssignedKind.EXAM: PaperState.OPEN, AssignedKind.DRILL: "active"}
    if row is None or row.state != usable[wanted.kind]:
        raise InvalidInputError("id", "there is no such course, test or drill that is open")


def cancel(session: Session, actor: Actor, assignment_id: int, why: str, *, now: datetime) -> None:
    """Take back what was given. What is done stays done."""
    row = session.scalars(
        select(TrainingAssignment).where(
            TrainingAssignment.id == assignment_id,
            seen_by(actor, Action.TRAINING_ASSIGN, TrainingAssignment.user_id),
        )
    ).first()
    if row is None:
        raise NotFoundError("there is no such assignment")
    if row.state != AssignedState.OPEN:
        raise IllegalMoveError("only what is open can be taken back")
    if not why.strip():
        raise InvalidInputError("why", "say why it is taken back")
    row.state, row.version = AssignedState.CANCELLED, row.version + 1
    _note(session, actor.name, row, "training.cancelled", now, why=why.strip()[:500])


def opened(session: Session, actor: Actor, course_id: int, *, now: datetime) -> TrainingAssignment | None:
    """He looks at a course that he has to take: he has begun it."""
    row = session.scalars(_open(actor).where(TrainingAssignment.course_id == course_id)).first()
    if row is not None and row.started_at is None:
        row.started_at, row.version = now, row.version + 1
    return row


def has_read(session: Session, actor: Actor, course_id: int, *, version: int, now: datetime) -> None:
    """He says that he has worked through a course; its test, where it has one, is still to be passed."""
    row = session.scalars(_open(actor).where(TrainingAssignment.course_id == course_id)).first()
    if row is None:
        raise NotFoundError("you have no such course to take")
    if row.version != version:
        raise ConflictError("this was changed just now on another page")
    if session.get_one(Course, course_id).mode == CourseMode.CLASS:
        raise IllegalMoveError("who gives the class writes down who came")
    row.outcome, row.version = "read", row.version + 1
    look_again(session, row, now=now)


def came(session: Session, user_id: int, course_id: int, *, now: datetime) -> None:
    """He was in the class."""
    rows = select(TrainingAssignment).where(
        TrainingAssignment.user_id == user_id,
        TrainingAssignment.course_id == course_id,
        TrainingAssignment.state == AssignedState.OPEN,
    )
    for row in session.scalars(rows):
        row.outcome, row.started_at, row.version = "came", row.started_at or now, row.version + 1
        look_again(session, row, now=now)


def look_again(session: Session, row: TrainingAssignment, *, now: datetime) -> bool:
    """End a course that has all that it needs. Gives whether it has."""
    course = session.get_one(Course, row.course_id)
    done = finishes(
        CourseMode(course.mode), has_paper=course.paper_id is not None, came=row.outcome == "came",
        read=row.outcome == "read", passed=_passed(session, row, course.paper_id),
    )  # fmt: skip
    if done and row.state == AssignedState.OPEN:
        row.state, row.done_at, row.version = AssignedState.DONE, now, row.version + 1
        row.outcome = "passed" if course.paper_id is not None else row.outcome
        _note(session, "system", row, "training.done", now)
    return done


def _passed(session: Session, row: TrainingAssignment, paper_id: int | None) -> bool:
    """Whether he passed the test since the course was given to him."""
    if paper_id is None:
        return False
    found = select(ExamAttempt.id).where(
        ExamAttempt.paper_id == paper_id,
        ExamAttempt.user_id == row.user_id,
        ExamAttempt.passed.is_(True),
        ExamAttempt.started_at >= row.assigned_at,
    )
    return session.scalars(found).first() is not None


def courses_ending_with(paper_id: int) -> Select[int]:
    """Courses whose end is this test."""
    return select(Course.id).where(Course.paper_id == paper_id)


def _open(actor: Actor) -> Select[TrainingAssignment]:
    return select(TrainingAssignment).where(
        TrainingAssignment.user_id == actor.user_id, TrainingAssignment.state == AssignedState.OPEN
    )


def mine(session: Session, actor: Actor, *, today: date) -> tuple[AssignmentView, ...]:
    """What he has to do and what he did, open things first."""
    return _views(session, [TrainingAssignment.user_id == actor.user_id], today)


def of_people(
    session: Session, actor: Actor, *, today: date, state: str = "", user_id: int | None = None, late: bool = False
) -> tuple[AssignmentView, ...]:
    """What people have to do, of those whom he may see."""
    which = [seen_by(actor, Action.TRAINING_READ, TrainingAssignment.user_id)]
    if state:
        which.append(TrainingAssignment.state == state)
    if user_id is not None:
        which.append(TrainingAssignment.user_id == user_id)
    if late:
        which += [TrainingAssignment.state == AssignedState.OPEN, TrainingAssignment.due_on < today]
    return _views(session, which, today)


def from_source(session: Session, source: Source, source_id: int, *, today: date) -> tuple[AssignmentView, ...]:
    """What came of a coaching task, say."""
    return _views(session, [TrainingAssignment.source == source, TrainingAssignment.source_id == source_id], today)


def _views(session: Session, which: Sequence[ColumnElement[bool]], today: date) -> tuple[AssignmentView, ...]:
    rows = session.execute(
        select(TrainingAssignment, User.username, Course, ExamPaper, DrillScenario)
        .join(User, User.id == TrainingAssignment.user_id)
        .outerjoin(Course, Course.id == TrainingAssignment.course_id)
        .outerjoin(ExamPaper, ExamPaper.id == TrainingAssignment.paper_id)
        .outerjoin(DrillScenario, DrillScenario.id == TrainingAssignment.scenario_id)
        .where(*which)
        .order_by((TrainingAssignment.state == AssignedState.OPEN).desc(), TrainingAssignment.due_on)
        .order_by(TrainingAssignment.id.desc())
        .limit(SHOWN)
    )
    return tuple(_view(row, name, _thing(things), today) for row, name, *things in rows)


def _thing(things: Sequence[Any]) -> Any:
    """The course, the test or the scenario that it is."""
    return next(one for one in things if one is not None)


def _view(row: TrainingAssignment, name: str, thing: Any, today: date) -> AssignmentView:
    late = row.state == AssignedState.OPEN and today > row.due_on
    return AssignmentView(
        row.id, row.user_id, name, row.kind, thing.id, thing.title_zh, thing.title_en, getattr(thing, "mode", ""),
        row.source, row.source_id, row.note, row.state, late, row.due_on, row.assigned_at, row.assigned_by,
        row.started_at, row.done_at, row.outcome, row.version,
    )  # fmt: skip


def remind(session: Session, *, today: date, now: datetime) -> int:
    """Tell people what is due soon or late. Gives of how many."""
    rows = session.scalars(select(TrainingAssignment).where(TrainingAssignment.state == AssignedState.OPEN))
    told = 0
    for row in rows:
        if reminds(today, row.due_on, row.reminded_on):
            notices.tell(session, row.user_id, NoticeKind.TRAINING_DUE, None, now, path="/training/")
            row.reminded_on, told = today, told + 1
    return told


def overview(session: Session, actor: Actor, *, today: date) -> tuple[tuple[str, int, int, int], ...]:
    """Of each person whom he may see: user name, how much is open, late, done."""
    open_ = TrainingAssignment.state == AssignedState.OPEN
    rows = session.execute(
        select(
            User.username,
            func.count().filter(open_),
            func.count().filter(open_, TrainingAssignment.due_on < today),
            func.count().filter(TrainingAssignment.state == AssignedState.DONE),
        )
        .join(User, User.id == TrainingAssignment.user_id)
        .where(seen_by(actor, Action.TRAINING_READ, TrainingAssignment.user_id))
        .group_by(User.username)
        .order_by(User.username)
    )
    return tuple((name, int(opened), int(late), int(done)) for name, opened, late, done in rows)


def _note(session: Session, who: str, row: TrainingAssignment, action: str, now: datetime, **more: str) -> None:
    audit.append(
        session, at=now, actor=who, action=action, subject=f"assignment:{row.id}",
        detail={"user": row.user_id, "kind": row.kind, "source": row.source, **more},
    )  # fmt: skip


def people(session: Session, actor: Actor) -> tuple[tuple[int, str], ...]:
    """To whom he may give something: number and user name."""
    rows = session.execute(
        select(User.id, User.username)
        .where(User.active, seen_by(actor, Action.TRAINING_ASSIGN, User.id))
        .order_by(User.username)
    )
    return tuple((row.id, row.username) for row in rows)
