"""What happens to coaching by itself: scores that ask for it get one, retests are drawn, people are reminded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import structlog
from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session, aliased

from crm.db.calls import Call
from crm.db.departments import Department, DepartmentMember
from crm.db.fairness import Coaching, CoachingEvent
from crm.db.people import User
from crm.db.quality import Evaluation
from crm.db.sampling import Sample
from crm.db.session import Database
from crm.domain.access import SYSTEM
from crm.domain.coaching import OPEN, Retest, State, Way
from crm.domain.evaluations import State as EvaluationState
from crm.domain.notices import NoticeKind
from crm.domain.sampling_plan import Reason
from crm.domain.working_days import working_end
from crm.services import coachings, notices, public_calendar, rules, samples, sampling_plans
from crm.services import sampling_population as population
from crm.services.centre import Centre
from crm.services.sections import SECTION

log = structlog.get_logger(__name__)
AT_ONCE = 100
_SHORTEST = 30.0
"""Seconds of talk that show something."""


def run(database: Database, centre: Centre, now: datetime) -> int:
    """Do all that has come by now; gives how many things were done. Asking twice does nothing twice."""
    today = now.astimezone(centre.zone).date()
    return (
        _each(database, _wanting(), lambda session, number: _plan(session, number, centre, now))
        + _each(database, _untested(), lambda session, number: _draw(session, number, centre, now))
        + _each(database, _drawn(), lambda session, number: _tested(session, number, centre, now))
        + _each(database, _due(today), lambda session, number: _remind(session, number, today, now))
    )


def _each(database: Database, query: Select[int], work: Callable[[Session, int], bool]) -> int:
    with database.read() as session:
        ids = session.scalars(query.limit(AT_ONCE)).all()
    done = 0
    for number in ids:
        try:
            with database.write() as session:
                done += work(session, number)
        except Exception:
            log.exception("coaching_tick_failed", id=number)
    return done


def _wanting() -> Select[int]:
    """Final scores that ask for coaching, and have none."""
    there = exists().where(Coaching.evaluation_id == Evaluation.id)
    return (
        select(Evaluation.id)
        .where(Evaluation.official, Evaluation.coach, Evaluation.state == EvaluationState.FINAL, ~there)
        .order_by(Evaluation.id)
    )


def _plan(session: Session, number: int, centre: Centre, now: datetime) -> bool:
    row = session.get_one(Evaluation, number)
    code = coachings.worst(row)
    if code is None or coachings.of_evaluation(session, [row.id]):
        return False
    days = rules.current(session).coaching_working_days
    due = working_end(now, days, centre.zone, public_calendar.calendar(session)).at
    made = Coaching(
        agent_id=row.agent_id, coach_id=_head_of(session, row.agent_id), evaluation_id=row.id, code=code,
        goal=row.advice, way=Way.TALK, retest=Retest.CALL, state=State.PLANNED, made_at=now, made_by=SYSTEM.name,
        due_on=due.astimezone(centre.zone).date(), result="", says="", finding="",
    )  # fmt: skip
    coachings.put_down(session, made, SYSTEM.name, now)
    return True


def _head_of(session: Session, agent_id: int) -> int | None:
    """The head of the agent's section, or his deputy; None where there is none."""
    his, other = aliased(DepartmentMember), aliased(DepartmentMember)
    return session.scalars(
        select(other.user_id)
        .join(his, his.department_id == other.department_id)
        .join(Department, Department.id == his.department_id)
        .join(User, User.id == other.user_id)
        .where(his.user_id == agent_id, other.user_id != agent_id, other.post != "member", User.active)
        .where(Department.kind == SECTION)
        .order_by(other.post.desc())  # head before deputy
        .limit(1)
    ).first()


def _asked() -> Select[int]:
    return select(CoachingEvent.coaching_id).where(CoachingEvent.event == coachings.ASKED)


def _untested() -> Select[int]:
    """Held, to be tested by a call, and no call is drawn yet."""
    return (
        select(Coaching.id)
        .where(Coaching.state == State.HELD, Coaching.retest == Retest.CALL, Coaching.id.not_in(_asked()))
        .order_by(Coaching.id)
    )


def _draw(session: Session, number: int, centre: Centre, now: datetime) -> bool:
    """The first call of his after it was held that can be scored: nobody chooses it."""
    row = session.get_one(Coaching, number)
    agent = session.get_one(User, row.agent_id)
    excused = exists().where(
        Sample.call_id == Call.call_id, Sample.agent_id == row.agent_id, Sample.state == samples.EXCUSED
    )
    call = session.scalars(
        select(Call)
        .where(
            Call.agent == agent.username, Call.started_at > row.held_at, Call.talk_time >= _SHORTEST,
            *population.heard(), ~excused,
        )
        .order_by(Call.started_at, Call.call_id)
        .limit(1)
    ).first()  # fmt: skip
    if call is None:
        return False
    sample = samples.add(
        session, call, row.agent_id, Reason.ASKED, plan=sampling_plans.current(session), zone=centre.zone,
        by=SYSTEM.name, now=now, coaching=row.id,
    )  # fmt: skip
    coachings.record(session, row, SYSTEM.name, coachings.ASKED, now, call_id=call.call_id, sample_id=sample.id)
    return True


def _drawn() -> Select[int]:
    return (
        select(Coaching.id)
        .where(Coaching.state == State.HELD, Coaching.retest_id.is_(None), Coaching.id.in_(_asked()))
        .order_by(Coaching.id)
    )


def _tested(session: Session, number: int, centre: Centre, now: datetime) -> bool:
    """The call that was drawn has its score; where it cannot be scored, another is drawn."""
    row = session.get_one(Coaching, number)
    asked = coachings.retest_asked(session, row)
    if asked is None:
        return False
    if session.get_one(Sample, asked.detail["sample_id"]).state == samples.EXCUSED:
        return _draw(session, number, centre, now)
    score = session.scalars(
        select(Evaluation).where(
            Evaluation.call_id == asked.detail["call_id"], Evaluation.agent_id == row.agent_id, Evaluation.official
        )
    ).first()
    if score is None:
        return False
    coachings.swap(session, row, row.version, retest_id=score.id)
    coachings.record(session, row, SYSTEM.name, "retested", now, evaluation_id=score.id)
    notices.tell(session, row.coach_id, NoticeKind.COACHING_DUE, None, now, path=f"/coaching/{row.id}")
    return True


def _due(today: date) -> Select[int]:
    return (
        select(Coaching.id)
        .where(
            Coaching.state == State.PLANNED, Coaching.due_on <= today,
            or_(Coaching.reminded_on.is_(None), Coaching.reminded_on < today),
        )
        .order_by(Coaching.id)
    )  # fmt: skip


def _remind(session: Session, number: int, today: date, now: datetime) -> bool:
    """Once a day: the coach, or the head of the section where nobody has taken it."""
    row = session.get_one(Coaching, number)
    if row.state not in OPEN:
        return False
    row.reminded_on = today
    who = row.coach_id or _head_of(session, row.agent_id)
    notices.tell(session, who, NoticeKind.COACHING_DUE, None, now, path=f"/coaching/{row.id}")
    return True
