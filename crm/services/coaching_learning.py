"""What somebody is to learn because of a coaching: courses and drills for it, a written test as its retest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.courses import Course, DrillScenario
from crm.db.training import ExamPaper
from crm.domain.access import Actor
from crm.domain.coaching import OPEN, Refused
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError
from crm.domain.training import AssignedKind, Source, thing_of
from crm.services import assignments, coachings
from crm.services.assignments import AssignmentView, Wanted
from crm.services.coachings import RefusedStepError


@dataclass(frozen=True)
class Choice:
    """Something that can be given. ``key``: ``course:3``."""

    key: str
    kind: str
    title_zh: str
    title_en: str

    def title(self, language: str) -> str:
        """In the language of the screen."""
        return self.title_en if language == "en" else self.title_zh


def choices(session: Session) -> tuple[Choice, ...]:
    """Open courses, tests and drills."""
    found: list[Choice] = []
    for kind, table, state in (
        (AssignedKind.COURSE, Course, "open"), (AssignedKind.EXAM, ExamPaper, "open"),
        (AssignedKind.DRILL, DrillScenario, "active"),
    ):  # fmt: skip
        rows = session.execute(
            select(table.id, table.title_zh, table.title_en).where(table.state == state).order_by(table.title_en)
        )
        found += [Choice(f"{kind}:{row.id}", kind, row.title_zh, row.title_en) for row in rows]
    return tuple(found)


def given(session: Session, number: int, *, today: date) -> Sequence[AssignmentView]:
    """What was given for a coaching, and how far it is."""
    return [
        one
        for source in (Source.COACHING, Source.RETEST)
        for one in assignments.from_source(session, source, number, today=today)
    ]


def give(
    session: Session, actor: Actor, number: int, key: str, *, retest: bool, due_on: date, today: date, now: datetime
) -> None:
    """Give him something to learn, or the test that the coaching ends with.

    Raises ForbiddenError, InvalidInputError, ConflictError (he has it already), RefusedStepError.
    """
    row = coachings.load(session, actor, number)
    if not coachings.leads(session, actor, row):
        raise ForbiddenError("these roles do not coach him")
    if row.state not in OPEN:
        raise RefusedStepError(Refused.STATE)
    if due_on < today:
        raise InvalidInputError("due_on", "must not lie in the past")
    thing = thing_of(key)
    if thing is None:
        raise InvalidInputError("what", "choose a course, a test or a drill")
    source = Source.RETEST if retest else Source.COACHING
    wanted = Wanted(*thing, due_on, source=source, source_id=row.id)
    if assignments.give(session, row.agent_id, wanted, by=actor, now=now) is None:
        raise ConflictError("he has this already")
    coachings.record(session, row, actor.name, "learn", now, what=key, retest=retest)
