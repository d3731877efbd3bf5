"""Plans of training: induction for who comes, periodic for who is there; a tick gives each step once."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.courses import TrainingPlan
from crm.db.people import User
from crm.domain.access import SYSTEM, Actor, Role
from crm.domain.errors import ConflictError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.training import (
    Person,
    Plan,
    PlanKind,
    PlanState,
    Source,
    due_now,
    plan_problem,
    steps_of,
    steps_to_rows,
)
from crm.services import assignments, audit
from crm.services.assignments import Wanted
from crm.services.question_bank import may_run


def write(
    session: Session, actor: Actor, plan: Plan, titles: tuple[str, str], *, now: datetime, version: int = 0
) -> int:
    """Write a plan, or change one; what it gave stays given. ``titles``: Chinese, English. ``plan.id`` 0: new."""
    may_run(actor)
    for name, title in zip(("title_zh", "title_en"), titles, strict=True):
        if not 1 <= len(title.strip()) <= 200 or "\0" in title:
            raise InvalidInputError(name, "must have 1 to 200 characters")
    if problem := plan_problem(plan):
        raise InvalidInputError("plan", problem)
    if not plan.roles <= set(Role):
        raise InvalidInputError("roles", "must be roles of the house")
    if not plan.id:
        row = TrainingPlan(state=PlanState.DRAFT, made_at=now, made_by=actor.name, version=0)
        session.add(row)
    else:
        row = load(session, plan.id)
        if row.version != version:
            raise ConflictError("somebody else changed this plan just now")
    row.title_zh, row.title_en, row.kind = titles[0].strip(), titles[1].strip(), plan.kind
    row.roles, row.steps = sorted(plan.roles), steps_to_rows(plan.steps)
    row.months, row.starts_on, row.version = plan.months, plan.starts_on, row.version + 1
    session.flush()
    _note(session, actor, row, "training_plan.written", now)
    return row.id


def set_state(session: Session, actor: Actor, plan_id: int, state: PlanState, *, version: int, now: datetime) -> None:
    """Let a plan give, or end it."""
    may_run(actor)
    row = load(session, plan_id)
    if state is PlanState.DRAFT or row.state == state:
        raise IllegalMoveError("a plan is begun or ended")
    if row.version != version:
        raise ConflictError("somebody else changed this plan just now")
    row.state, row.version = state, row.version + 1
    _note(session, actor, row, f"training_plan.{state}", now)


def load(session: Session, plan_id: int) -> TrainingPlan:
    """The row. Raises NotFoundError."""
    row = session.get(TrainingPlan, plan_id)
    if row is None:
        raise NotFoundError("there is no such plan")
    return row


def plans(session: Session) -> tuple[TrainingPlan, ...]:
    """All plans, the newest first."""
    return tuple(session.scalars(select(TrainingPlan).order_by(TrainingPlan.id.desc())))


def plan_of(row: TrainingPlan) -> Plan:
    """A plan as the rules read it."""
    return Plan(row.id, PlanKind(row.kind), frozenset(row.roles), steps_of(row.steps), row.starts_on, row.months)


def give(session: Session, *, today: date, zone: ZoneInfo, now: datetime) -> int:
    """Give everybody what the active plans give today. Asking twice gives nothing twice. Gives how many."""
    active = session.scalars(select(TrainingPlan).where(TrainingPlan.state == PlanState.ACTIVE)).all()
    people = [
        Person(row.id, frozenset(role.name for role in row.roles), row.created_at.astimezone(zone).date())
        for row in session.scalars(select(User).where(User.active))
    ] if active else []  # fmt: skip
    given = 0
    for row in active:
        for due in due_now(plan_of(row), people, today):
            wanted = Wanted(due.step.kind, due.step.id, due.due_on, Source.PLAN, row.id, plan_id=row.id, once=due.once)
            try:
                given += assignments.give(session, due.user_id, wanted, by=SYSTEM, now=now) is not None
            except InvalidInputError:
                continue  # a course or test that was closed since: the others are given
    return given


def _note(session: Session, actor: Actor, row: TrainingPlan, action: str, now: datetime) -> None:
    audit.append(
        session, at=now, actor=actor.name, action=action, subject=f"training_plan:{row.id}",
        detail={"version": row.version},
    )  # fmt: skip
