"""Career plans: the person writes what he wants to become, who leads him agrees, goals and talks follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.careers import CareerGoal, CareerPlan, CareerTalk
from crm.domain.access import Action, Actor
from crm.domain.careers import (
    MAX_TEXT,
    MOST_GOALS,
    GoalKind,
    GoalState,
    NewGoal,
    PlanState,
    Position,
    checked_goal,
    next_positions,
)
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.notices import NoticeKind
from crm.services import audit, careers, notices

OPEN = (PlanState.DRAFT, PlanState.AGREED)
REVIEW_EVERY = timedelta(days=91)
REMIND_BEFORE = timedelta(days=7)


@dataclass(frozen=True)
class Settling:
    """What came of a goal."""

    state: GoalState
    note: str


def path_of(person_id: int) -> str:
    """Where somebody's career is shown."""
    return f"/careers/{person_id}"


def plans_of(session: Session, person_id: int) -> Sequence[CareerPlan]:
    """His plans, the newest first."""
    query = select(CareerPlan).where(CareerPlan.person_id == person_id).order_by(CareerPlan.id.desc())
    return session.scalars(query).all()


def write(session: Session, actor: Actor, target: Position, wish: str, *, today: date, now: datetime) -> CareerPlan:
    """Write one's own plan. Raises InvalidInputError, ConflictError while there is another."""
    if actor.user_id is None:
        raise ForbiddenError("only a person has a career")
    person = careers.load(session, actor, actor.user_id)
    here, _since = careers.position_of(session, person, today)
    if target not in next_positions(here):
        raise InvalidInputError("target", "no way leads there from the present position")
    if not 1 <= len(wish.strip()) <= MAX_TEXT or "\0" in wish:
        raise InvalidInputError("wish", f"must have 1 to {MAX_TEXT} characters")
    if any(one.state in OPEN for one in plans_of(session, person.id)):
        raise ConflictError("there is a plan already")
    row = CareerPlan(person_id=person.id, target=target, wish=wish.strip(), state=PlanState.DRAFT, made_at=now,
                     goals=[], talks=[])  # fmt: skip
    session.add(row)
    session.flush()
    _log(session, actor, row, "written", now)
    return row


def agree(session: Session, actor: Actor, plan_id: int, *, seen: int, today: date, now: datetime) -> None:
    """Who leads him agrees. Raises ForbiddenError, ConflictError."""
    row = _led(session, actor, plan_id, seen)
    if row.state != PlanState.DRAFT:
        raise ConflictError("it is not a draft any more")
    row.state, row.agreed_at, row.agreed_by_id, row.review_on = (
        PlanState.AGREED,
        now,
        actor.user_id,
        today + REVIEW_EVERY,
    )
    _changed(session, actor, row, "agreed", now)
    notices.tell(session, row.person_id, NoticeKind.CAREER_NEWS, None, now, path=path_of(row.person_id))


def end(session: Session, actor: Actor, plan_id: int, state: PlanState, *, seen: int, now: datetime) -> None:
    """It is reached, or given up: by himself or by who leads him. Raises NotFoundError, ConflictError."""
    row = _load(session, actor, plan_id, seen)
    if row.state not in OPEN or state in OPEN:
        raise ConflictError("it is over already")
    if state is PlanState.REACHED and row.person_id == actor.user_id:
        raise ForbiddenError("who leads him says that it is reached")
    row.state, row.ended_at, row.review_on = state, now, None
    _changed(session, actor, row, state, now)


def add_goal(
    session: Session, actor: Actor, plan_id: int, goal: NewGoal, *, seen: int, today: date, now: datetime
) -> None:
    """A step on the way: himself or who leads him. Raises NotFoundError, InvalidInputError, ConflictError."""
    row = _load(session, actor, plan_id, seen)
    if row.state not in OPEN:
        raise ConflictError("it is over already")
    if len(row.goals) >= MOST_GOALS:
        raise InvalidInputError("text", f"there are {MOST_GOALS} goals already")
    given = checked_goal(goal, today)
    session.add(CareerGoal(plan_id=row.id, kind=given.kind, text=given.text, due_on=given.due_on))
    _changed(session, actor, row, "goal_added", now)


def settle_goal(session: Session, actor: Actor, goal_id: int, settling: Settling, *, now: datetime) -> None:
    """Say what came of a goal; that it is done says who leads him. Raises ForbiddenError, ConflictError."""
    goal = session.get(CareerGoal, goal_id)
    if goal is None:
        raise NotFoundError("there is no such goal")
    row = _load(session, actor, goal.plan_id, None)
    if settling.state is GoalState.DONE and row.person_id == actor.user_id:
        raise ForbiddenError("who leads him says that it is reached")
    if goal.state != GoalState.OPEN or settling.state is GoalState.OPEN:
        raise ConflictError("it is settled already")
    if len(settling.note) > 500 or "\0" in settling.note:
        raise InvalidInputError("note", "must have at most 500 characters")
    goal.state, goal.note = settling.state, settling.note.strip()
    goal.settled_at, goal.settled_by = now, actor.name
    _changed(session, actor, row, f"goal_{settling.state}", now)


def talk(session: Session, actor: Actor, plan_id: int, held_on: date, text: str, *, today: date, now: datetime) -> None:
    """Write a talk down; the next review is counted from it. Raises NotFoundError, InvalidInputError."""
    row = _led(session, actor, plan_id, None)
    if not 1 <= len(text.strip()) <= MAX_TEXT or "\0" in text:
        raise InvalidInputError("text", f"must have 1 to {MAX_TEXT} characters")
    if held_on > today:
        raise InvalidInputError("held_on", "must not lie ahead")
    if row.state not in OPEN:
        raise ConflictError("it is over already")
    session.add(CareerTalk(plan_id=row.id, held_on=held_on, text=text.strip(), made_at=now, made_by=actor.name))
    row.review_on = held_on + REVIEW_EVERY
    _changed(session, actor, row, "talk", now)
    notices.tell(session, row.person_id, NoticeKind.CAREER_NEWS, None, now, path=path_of(row.person_id))


def remind(session: Session, *, today: date, now: datetime) -> int:
    """Tell both of a talk that is due within a week, once. Gives how many plans that were."""
    query = select(CareerPlan).where(
        CareerPlan.state == PlanState.AGREED, CareerPlan.review_on <= today + REMIND_BEFORE
    )
    found = [one for one in session.scalars(query.with_for_update(of=CareerPlan)) if one.reminded_on != one.review_on]
    for row in found:
        row.reminded_on = row.review_on
        for user_id in (row.person_id, row.agreed_by_id):
            notices.tell(session, user_id, NoticeKind.CAREER_DUE, None, now, path=path_of(row.person_id))
    session.flush()
    return len(found)


def goal_of(kind: str, text: str, due_on: str) -> NewGoal:
    """A goal as a form gives it. Raises InvalidInputError."""
    try:
        return NewGoal(GoalKind(kind), text, date.fromisoformat(due_on))
    except ValueError as error:
        raise InvalidInputError("due_on", "must be a kind and a date") from error


def _led(session: Session, actor: Actor, plan_id: int, seen: int | None) -> CareerPlan:
    row = _load(session, actor, plan_id, seen, Action.CAREER_LEAD)
    if row.person_id == actor.user_id:
        raise ForbiddenError("nobody decides about himself")
    return row


def _load(
    session: Session, actor: Actor, plan_id: int, seen: int | None, action: Action = Action.CAREER_READ
) -> CareerPlan:
    query = select(CareerPlan).where(CareerPlan.id == plan_id).with_for_update(of=CareerPlan)
    row = session.scalars(query.execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFoundError("there is no such plan")
    careers.load(session, actor, row.person_id, action)
    if row.person_id != actor.user_id:
        careers.load(session, actor, row.person_id, Action.CAREER_LEAD)
    if seen is not None and row.version != seen:
        raise ConflictError("somebody else changed this plan just now")
    return row


def _changed(session: Session, actor: Actor, row: CareerPlan, what: str, now: datetime) -> None:
    row.version += 1
    session.flush()
    session.expire(row)
    _log(session, actor, row, what, now)


def _log(session: Session, actor: Actor, row: CareerPlan, what: str, now: datetime) -> None:
    detail = {"plan_id": row.id, "target": row.target}
    subject = f"user:{row.person_id}"
    audit.append(session, at=now, actor=actor.name, action=f"career.{what}", subject=subject, detail=detail)
