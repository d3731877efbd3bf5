"""Rectification plans: a cause, what is changed, by whom, until when, and whether it helped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from crm.db.analysis import Rectification as Row
from crm.db.departments import Department
from crm.db.people import User
from crm.domain.access import Action, Actor, Relation
from crm.domain.analysis import Effect, effect
from crm.domain.axes import Axis
from crm.domain.errors import ConflictError, ForbiddenError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.improvement import ENDED, MOVES, OPEN, Kind, State, check_due, effect_windows, refusal
from crm.domain.notices import NoticeKind
from crm.domain.rules import Rules
from crm.services import audit, notices, statistics
from crm.services.statistics import Slice

MAX_TEXT = 10_000
SHOWN = 200
SOURCES = frozenset({"alarm", "emergency", "review", "ticket", "topic", "own", "pareto"})
_REMIND_BEFORE = timedelta(days=3)


@dataclass(frozen=True)
class NewPlan:
    """A plan to be made. ``axis`` and ``key``: the complaints that it is to make fewer."""

    kind: str
    title: str
    cause: str
    plan: str
    owner: str
    due_on: date
    department_id: int | None = None
    axis: str | None = None
    key: str | None = None
    source: str = "own"
    source_id: int | None = None
    follows_id: int | None = None


@dataclass(frozen=True)
class PlanView:
    """A plan as pages show it. ``effect``: what can be said of it by now."""

    id: int
    kind: str
    title: str
    cause: str
    plan: str
    source: str
    source_id: int | None
    axis: str | None
    key: str | None
    owner: str
    owner_id: int
    department_zh: str
    department_en: str
    due_on: date
    state: str
    overdue: bool
    made_at: datetime
    made_by: str
    done_on: date | None
    result: str
    check_due_on: date | None
    checked_by: str | None
    before: int | None
    after: int | None
    finding: str
    follows_id: int | None
    version: int
    moves: tuple[str, ...] = ()
    measured: Effect | None = None


def make(session: Session, actor: Actor, new: NewPlan, *, now: datetime, today: date) -> int:
    """Make a plan; gives its id. Raises ForbiddenError, InvalidInputError."""
    if not actor.may(Action.IMPROVE_PLAN):
        raise ForbiddenError("these roles do not make rectification plans")
    _check(new, today)
    owner = session.scalars(select(User).where(User.username == new.owner.strip(), User.active)).first()
    if owner is None:
        raise InvalidInputError("owner", "there is no such active user")
    if new.department_id is not None and session.get(Department, new.department_id) is None:
        raise InvalidInputError("department", "there is no such department")
    row = Row(
        kind=new.kind, title=new.title.strip(), cause=new.cause.strip(), plan=new.plan.strip(), source=new.source,
        source_id=new.source_id, axis=new.axis, key=new.key, owner_id=owner.id, department_id=new.department_id,
        due_on=new.due_on, state=State.PLANNED, made_at=now, made_by=actor.name, result="", finding="",
        follows_id=new.follows_id, version=1,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _note(session, row, "made", actor.name, now, owner=owner.username, due=new.due_on.isoformat())
    notices.tell(
        session, owner.id, NoticeKind.PLAN_DUE, None, now, by=actor.user_id, plan_id=row.id, title=row.title,
        what="made",
        path=f"/improvements/{row.id}",
    )  # fmt: skip
    return row.id


def _check(new: NewPlan, today: date) -> None:
    if new.kind not in set(Kind):
        raise InvalidInputError("kind", f"must be one of {', '.join(Kind)}")
    for name, text, most in (("title", new.title, 200), ("cause", new.cause, MAX_TEXT), ("plan", new.plan, MAX_TEXT)):
        if not 1 <= len(text.strip()) <= most:
            raise InvalidInputError(name, f"must have 1 to {most} characters")
    if new.due_on < today:
        raise InvalidInputError("due_on", "must not lie in the past")
    if new.source not in SOURCES:
        raise InvalidInputError("source", f"must be one of {', '.join(sorted(SOURCES))}")
    if (new.axis is None) != (new.key is None) or (new.axis is not None and new.axis not in set(Axis)):
        raise InvalidInputError("axis", "name what is counted, or nothing")


def plans(session: Session, actor: Actor, *, today: date, which: str = "open") -> tuple[PlanView, ...]:
    """Plans: ``open``, ``check`` (done, effect to be checked), ``ended``, ``mine``."""
    conditions: dict[str, ColumnElement[bool]] = {
        "open": Row.state.in_(sorted(OPEN)),
        "check": Row.state == State.DONE,
        "ended": Row.state.in_(sorted(ENDED)),
        "mine": or_(Row.owner_id == actor.user_id, Row.made_by == actor.name) & Row.state.not_in(sorted(ENDED)),
    }
    rows = session.scalars(
        select(Row).where(conditions.get(which, conditions["open"]), _seen_by(actor)).order_by(Row.due_on).limit(SHOWN)
    )
    return tuple(_view(row, actor, today) for row in rows)


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    if not actor.may(Action.ANALYSIS_READ):
        raise ForbiddenError("these roles do not read rectification plans")
    return Row.id.is_not(None)


def get(session: Session, actor: Actor, plan_id: int, *, rules: Rules, today: date) -> PlanView:
    """One plan, with what can be counted of its effect. Raises NotFoundError."""
    row = _load(session, actor, plan_id)
    return _view(row, actor, today, _measured(session, row, rules, today))


def _load(session: Session, actor: Actor, plan_id: int) -> Row:
    row = session.scalars(select(Row).where(Row.id == plan_id, _seen_by(actor))).first()
    if row is None:
        raise NotFoundError("there is no such plan")
    return row


def _view(row: Row, actor: Actor, today: date, measured: Effect | None = None) -> PlanView:
    by_owner = row.owner_id == actor.user_id
    moves = tuple(
        move
        for move in MOVES
        if _may(actor, row, move)
        and refusal(move, State(row.state), by_owner=by_owner, text="x", check_due=row.check_due_on, today=today)
        is None
    )
    return PlanView(
        row.id, row.kind, row.title, row.cause, row.plan, row.source, row.source_id, row.axis, row.key,
        row.owner.display_name or row.owner.username, row.owner_id,
        row.department.name_zh if row.department else "", row.department.name_en if row.department else "",
        row.due_on, row.state, row.state in OPEN and row.due_on < today, row.made_at, row.made_by, row.done_on,
        row.result, row.check_due_on, row.checked_by, row.before, row.after, row.finding, row.follows_id, row.version,
        moves, measured,
    )  # fmt: skip


def _may(actor: Actor, row: Row, move: str) -> bool:
    if move in {"begin", "finish"}:
        mine = row.owner_id == actor.user_id and bool(actor.may(Action.IMPROVE_PLAN) or _works(actor))
        return mine or actor.may(Action.IMPROVE_PLAN)
    return actor.may(Action.IMPROVE_PLAN)


def _works(actor: Actor) -> bool:
    return actor.may(Action.IMPROVE_WORK, (Relation.OWN,))


def move(
    session: Session, actor: Actor, plan_id: int, name: str, text: str, *, version: int, rules: Rules, now: datetime,
    zone: ZoneInfo,
) -> None:  # fmt: skip
    """Take a plan one step on. Raises ForbiddenError, IllegalMoveError, ConflictError, InvalidInputError."""
    row, today = _load(session, actor, plan_id), now.astimezone(zone).date()
    if name not in MOVES or not _may(actor, row, name):
        raise ForbiddenError("these roles do not take this step of the plan")
    if len(text) > MAX_TEXT:
        raise InvalidInputError("text", f"must have at most {MAX_TEXT} characters")
    by_owner = row.owner_id == actor.user_id
    why = refusal(name, State(row.state), by_owner=by_owner, text=text, check_due=row.check_due_on, today=today)
    if why is not None:
        raise IllegalMoveError(why)
    values = _changes(session, row, name, text.strip(), actor, rules, now, today)
    changed = session.execute(
        update(Row)
        .where(Row.id == row.id, Row.version == version)
        .values(state=MOVES[name][1], version=version + 1, **values)
        .returning(Row.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if changed is None:
        raise ConflictError("somebody else changed this plan just now")
    session.refresh(row)
    _note(session, row, name, actor.name, now, text=text.strip()[:500])


def _changes(
    session: Session, row: Row, name: str, text: str, actor: Actor, rules: Rules, now: datetime, today: date
) -> dict[str, object]:
    if name == "finish":
        return {"done_on": today, "result": text, "check_due_on": check_due(today, rules.effect_weeks)}
    if name == "cancel":
        return {"finding": text}
    if name in {"effective", "ineffective"}:
        found = _measured(session, row, rules, today)
        counts = {"before": found.before, "after": found.after} if found else {}
        return {"finding": text, "checked_at": now, "checked_by": actor.name, **counts}
    return {}


def _measured(session: Session, row: Row, rules: Rules, today: date) -> Effect | None:
    """Complaints of the plan's kind before and after it was carried out; None where nothing can be counted yet."""
    if row.axis is None or row.key is None or row.done_on is None:
        return None
    before, after = effect_windows(row.done_on, rules.effect_weeks)
    if today <= after[1]:
        return None
    narrowed = ((Axis(row.axis), row.key),)
    counts = [statistics.totals(session, Slice(*span, narrowed=narrowed)).received for span in (before, after)]
    return effect(*counts)


def remind(session: Session, *, today: date, now: datetime) -> int:
    """Tell owners of what is due within days, and whoever made a plan that its effect can be checked; once a day."""
    rows = session.scalars(
        select(Row).where(
            or_(
                Row.state.in_(sorted(OPEN)) & (Row.due_on <= today + _REMIND_BEFORE),
                (Row.state == State.DONE) & (Row.check_due_on <= today),
            ),
            or_(Row.reminded_on.is_(None), Row.reminded_on < today),
        )
    ).all()
    makers = {
        user.username: user.id
        for user in session.scalars(select(User).where(User.username.in_({row.made_by for row in rows}), User.active))
    }
    for row in rows:
        row.reminded_on = today
        what = "check" if row.state == State.DONE else ("overdue" if row.due_on < today else "due")
        people = [makers.get(row.made_by)] if what == "check" else [row.owner_id]
        people += [makers.get(row.made_by)] if what == "overdue" else []
        for user_id in dict.fromkeys(people):
            notices.tell(
                session,
                user_id,
                NoticeKind.PLAN_DUE,
                None,
                now,
                plan_id=row.id,
                title=row.title,
                what=what,
                path=f"/improvements/{row.id}",
            )
    return len(rows)


def of_period(session: Session, first: date, until: datetime) -> Sequence[Row]:
    """Plans for a period's report: those that were open in it, or ended in it."""
    return session.scalars(
        select(Row)
        .where(Row.due_on >= first - timedelta(days=366), or_(Row.done_on.is_(None), Row.done_on >= first))
        .where(Row.state != State.CANCELLED, Row.made_at < until)
        .order_by(Row.due_on)
        .limit(SHOWN)
    ).all()


def _note(session: Session, row: Row, event: str, actor: str, now: datetime, **detail: object) -> None:
    audit.append(
        session, at=now, actor=actor, action=f"plan.{event}", subject=f"plan:{row.id}",
        detail={"title": row.title, "state": row.state, **detail},
    )  # fmt: skip
