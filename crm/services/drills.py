"""Drills: a scenario played by an agent, in a call on the hotline or in a room, and scored on a card like a call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.courses import Drill, DrillScenario, TrainingAssignment
from crm.db.people import User
from crm.db.quality import Evaluation, ScorecardVersion
from crm.domain.access import Action, Actor, reach
from crm.domain.errors import ConflictError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.evaluations import DONE, Purpose, State
from crm.domain.questions import Topic
from crm.domain.training import AssignedState
from crm.services import assignments, audit, evaluations, scorecards
from crm.services.question_bank import may_run

SHOWN = 200
MAX_TEXT = 8000


@dataclass(frozen=True)
class ScenarioText:
    """A scenario as somebody wrote it."""

    title_zh: str
    title_en: str
    topic: str
    situation_zh: str
    situation_en: str
    caller_zh: str
    caller_en: str


@dataclass(frozen=True)
class DrillView:
    """A drill as lists show it. ``score``: in tenths, once it is scored."""

    id: int
    scenario_id: int
    title_zh: str
    title_en: str
    situation_zh: str
    situation_en: str
    user_id: int
    username: str
    caller: str
    planned_at: datetime
    held_at: datetime | None
    state: str
    call_id: str | None
    evaluation_id: int | None
    score: int | None
    grade: str | None
    note: str
    version: int

    def title(self, language: str) -> str:
        """In the language of the screen."""
        return self.title_en if language == "en" else self.title_zh


def write_scenario(
    session: Session,
    actor: Actor,
    text: ScenarioText,
    *,
    now: datetime,
    scenario_id: int | None = None,
    version: int = 0,
) -> int:
    """Write a scenario, or change one."""
    may_run(actor)
    for name in ("title_zh", "title_en", "situation_zh", "situation_en", "caller_zh", "caller_en"):
        value, most = getattr(text, name), 200 if name.startswith("title") else MAX_TEXT
        if not 1 <= len(value.strip()) <= most or "\0" in value:
            raise InvalidInputError(name, f"must have 1 to {most} characters")
    if text.topic not in set(Topic):
        raise InvalidInputError("topic", "must be one of the list")
    if scenario_id is None:
        row = DrillScenario(state="active", made_at=now, made_by=actor.name, version=0)
        session.add(row)
    else:
        row = load_scenario(session, scenario_id)
        if row.version != version:
            raise ConflictError("somebody else changed this scenario just now")
    for name, value in vars(text).items():
        setattr(row, name, value.strip())
    row.version += 1
    session.flush()
    audit.append(
        session, at=now, actor=actor.name, action="drill.scenario_written", subject=f"scenario:{row.id}",
        detail={"version": row.version},
    )  # fmt: skip
    return row.id


def load_scenario(session: Session, scenario_id: int) -> DrillScenario:
    """The row. Raises NotFoundError."""
    row = session.get(DrillScenario, scenario_id)
    if row is None:
        raise NotFoundError("there is no such scenario")
    return row


def scenarios(session: Session) -> tuple[DrillScenario, ...]:
    """All that are played, the newest first."""
    rows = select(DrillScenario).where(DrillScenario.state == "active").order_by(DrillScenario.id.desc())
    return tuple(session.scalars(rows))


def plan(
    session: Session, actor: Actor, scenario_id: int, user_id: int, *, planned_at: datetime, caller: str, now: datetime
) -> int:
    """Plan a drill with somebody; one that he was given is this one."""
    may_run(actor)
    load_scenario(session, scenario_id)
    person = session.get(User, user_id)
    if person is None or not person.active:
        raise NotFoundError("there is no such person")
    if planned_at < now:
        raise InvalidInputError("planned_at", "must be later than now")
    if len(caller) > 100:
        raise InvalidInputError("caller", "must have at most 100 characters")
    given = session.scalars(
        select(TrainingAssignment)
        .where(
            TrainingAssignment.user_id == user_id,
            TrainingAssignment.scenario_id == scenario_id,
            TrainingAssignment.state == AssignedState.OPEN,
        )
        .order_by(TrainingAssignment.due_on)
    ).first()
    row = Drill(
        scenario_id=scenario_id, user_id=user_id, assignment_id=given.id if given else None, caller=caller.strip(),
        planned_at=planned_at, state="planned", note="", made_at=now, made_by=actor.name, version=1,
    )  # fmt: skip
    session.add(row)
    session.flush()
    if given is not None and given.started_at is None:
        given.started_at = now
    _note(session, actor, row, "drill.planned", now)
    return row.id


def held(
    session: Session, actor: Actor, drill_id: int, *, call_id: str | None, note: str, version: int, now: datetime
) -> None:
    """It was played; ``call_id``: in this call, whose recording is scored."""
    may_run(actor)
    row = _load(session, drill_id, version)
    if row.state not in {"planned", "held"} or row.evaluation_id is not None:
        raise IllegalMoveError("this drill is scored or called off")
    if call_id:
        call = session.get(Call, call_id)
        person = session.get_one(User, row.user_id)
        if call is None or call.agent != person.username:
            raise InvalidInputError("call_id", "there is no such call of this agent")
        other = session.scalars(select(Drill.id).where(Drill.call_id == call_id, Drill.id != row.id)).first()
        if other is not None:
            raise ConflictError("another drill was played in this call")
    row.state, row.held_at, row.call_id, row.note = "held", now, call_id or None, note.strip()[:500]
    row.version += 1
    _note(session, actor, row, "drill.held", now)


def call_off(session: Session, actor: Actor, drill_id: int, *, version: int, now: datetime) -> None:
    """It is not played."""
    may_run(actor)
    row = _load(session, drill_id, version)
    if row.state != "planned":
        raise IllegalMoveError("only a planned drill is called off")
    row.state, row.version = "cancelled", row.version + 1
    _note(session, actor, row, "drill.called_off", now)


def score(session: Session, actor: Actor, drill_id: int, *, now: datetime) -> int:
    """Begin to score it on the card; gives the evaluation. Raises what ``evaluations.begin`` does."""
    row = _load(session, drill_id, None)
    if row.state not in {"held", "scored"}:
        raise IllegalMoveError("a drill is scored when it was played")
    call = session.get(Call, row.call_id) if row.call_id else None
    aim = evaluations.Aim(Purpose.DRILL, key=f"drill:{row.id}")
    made = evaluations.begin(
        session, actor, session.get_one(User, row.user_id), aim, call=call, version=_card(session, call), now=now
    )
    row.evaluation_id = made.id
    session.flush()
    return made.id


def _card(session: Session, call: Call | None) -> ScorecardVersion:
    """The card of drills, where the house has one; else the one that calls are scored on."""
    try:
        return scorecards.in_force(session, None, "drill")
    except IllegalMoveError:
        return scorecards.in_force(session, call.queue if call else None)


def follow(session: Session, *, now: datetime) -> int:
    """Drills whose card was handed in are scored, and so is what they were for. Gives how many."""
    rows = session.execute(
        select(Drill, Evaluation)
        .join(Evaluation, Evaluation.id == Drill.evaluation_id)
        .where(Drill.state == "held", Evaluation.state.in_([*DONE, State.RELEASED]))
    ).all()
    scored = 0
    for row, evaluation in rows:
        if evaluation.state == State.RELEASED:
            row.evaluation_id = None  # given back: somebody else may score it
            continue
        row.state, row.version, scored = "scored", row.version + 1, scored + 1
        given = session.get(TrainingAssignment, row.assignment_id) if row.assignment_id else None
        if given is not None and given.state == AssignedState.OPEN:
            given.state, given.done_at, given.outcome = AssignedState.DONE, evaluation.submitted_at or now, "scored"
            given.version += 1
    session.flush()
    return scored


def drills(session: Session, actor: Actor, *, mine: bool = False) -> tuple[DrillView, ...]:
    """His own, or those of the people whom he may see; who scores sees them all."""
    if mine:
        which: list[ColumnElement[bool]] = [Drill.user_id == actor.user_id]
    elif reach(actor.roles, Action.SCORE):
        which = []
    else:
        which = [or_(assignments.seen_by(actor, Action.TRAINING_READ, Drill.user_id), Drill.user_id == actor.user_id)]
    rows = session.execute(
        select(Drill, DrillScenario, User.username, Evaluation.score, Evaluation.grade)
        .join(DrillScenario, DrillScenario.id == Drill.scenario_id)
        .join(User, User.id == Drill.user_id)
        .outerjoin(Evaluation, (Evaluation.id == Drill.evaluation_id) & Evaluation.state.in_(DONE))
        .where(*which)
        .order_by(Drill.planned_at.desc())
        .limit(SHOWN)
    )
    return tuple(
        DrillView(
            row.id, row.scenario_id, scenario.title_zh, scenario.title_en, scenario.situation_zh, scenario.situation_en,
            row.user_id, name, row.caller, row.planned_at, row.held_at, row.state, row.call_id, row.evaluation_id,
            points, grade, row.note, row.version,
        )
        for row, scenario, name, points, grade in rows
    )  # fmt: skip


def _load(session: Session, drill_id: int, version: int | None) -> Drill:
    row = session.scalars(select(Drill).where(Drill.id == drill_id).with_for_update()).first()
    if row is None:
        raise NotFoundError("there is no such drill")
    if version is not None and row.version != version:
        raise ConflictError("somebody else changed this drill just now")
    return row


def _note(session: Session, actor: Actor, row: Drill, action: str, now: datetime) -> None:
    audit.append(
        session, at=now, actor=actor.name, action=action, subject=f"drill:{row.id}",
        detail={"user": row.user_id, "scenario": row.scenario_id},
    )  # fmt: skip
