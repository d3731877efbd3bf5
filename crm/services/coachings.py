"""Coaching: planned from a deduction, held, tested again, ended; each step a row of its record.

A section manager coaches his section, quality staff and trainers anybody; nobody coaches himself. An evaluation that
asks for coaching has one by itself once it is final, with the head of the agent's section (``coaching_ticks``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, false, or_, select, update
from sqlalchemy.orm import Session

from crm.db.courses import TrainingAssignment
from crm.db.fairness import Coaching, CoachingEvent
from crm.db.people import User
from crm.db.quality import Evaluation
from crm.domain.access import Action, Actor, Relation, reach
from crm.domain.coaching import MAX_TEXT, MOVES, OPEN, Refused, Retest, State, Way, refused
from crm.domain.errors import ConflictError, ForbiddenError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.evaluations import OPEN as STILL_OPEN
from crm.domain.marks import fatals_of, taken_by_item
from crm.domain.notices import NoticeKind
from crm.services import audit, notices, scorecards
from crm.services.evaluation_rights import readable
from crm.services.evaluations import marks_of
from crm.services.sections import people_of_section

LISTS = ("open", "mine", "due", "ended")
ASKED = "retest_asked"
"""A call was drawn for the retest."""
SHOWN = 200


class RefusedStepError(IllegalMoveError):
    """A step that is not taken. ``why``: the pages have a sentence for it."""

    def __init__(self, why: Refused) -> None:
        super().__init__(f"the step is not taken: {why}")
        self.why = why


@dataclass(frozen=True)
class NewCoaching:
    """A coaching to be planned. ``code``: the item or the red line of the evaluation's card."""

    evaluation_id: int
    code: str
    goal: str
    due_on: date
    way: str = Way.TALK
    retest: str = Retest.CALL
    coach: str = ""
    """user name; empty: whoever plans it"""
    follows_id: int | None = None


def plan(session: Session, actor: Actor, new: NewCoaching, *, today: date, now: datetime) -> int:
    """Plan a coaching; gives its id. Raises ForbiddenError, NotFoundError, InvalidInputError, ConflictError."""
    row = session.scalars(select(Evaluation).where(Evaluation.id == new.evaluation_id, readable(actor))).first()
    if row is None or row.state in STILL_OPEN:
        raise NotFoundError("there is no such evaluation")
    check_coach(session, actor, row.agent_id)
    _check(new, row, today)
    if _there(session, row.id, new.code) and new.follows_id is None:
        raise ConflictError("this is coached already")
    coach = _coach(session, actor, new.coach, row.agent_id)
    made = Coaching(
        agent_id=row.agent_id, coach_id=coach.id, code=new.code, goal=new.goal.strip(), way=new.way,
        evaluation_id=None if new.follows_id is not None else row.id, retest=new.retest, state=State.PLANNED,
        due_on=new.due_on, made_at=now, made_by=actor.name, result="", says="", finding="",
        follows_id=_followed(session, actor, new, row.agent_id),
    )  # fmt: skip
    put_down(session, made, actor.name, now, by=actor.user_id)
    return made.id


def put_down(session: Session, made: Coaching, name: str, now: datetime, *, by: int | None = None) -> None:
    """Keep a new coaching, and tell those that it is about."""
    session.add(made)
    session.flush()
    record(session, made, name, "planned", now, code=made.code, due=made.due_on.isoformat())
    for who in dict.fromkeys([made.agent_id, made.coach_id]):
        notices.tell(
            session, who, NoticeKind.COACHING_PLANNED, None, now, by=by, path=f"/coaching/{made.id}", code=made.code
        )


def _check(new: NewCoaching, row: Evaluation, today: date) -> None:
    card = scorecards.card_of(row.card)
    if card.item(new.code) is None and card.fatal(new.code) is None:
        raise InvalidInputError("code", "is no item of the card")
    if not 1 <= len(new.goal.strip()) <= MAX_TEXT:
        raise InvalidInputError("goal", f"must have 1 to {MAX_TEXT} characters")
    if new.due_on < today:
        raise InvalidInputError("due_on", "must not lie in the past")
    for name, value, kinds in (("way", new.way, Way), ("retest", new.retest, Retest)):
        if value not in set(kinds):
            raise InvalidInputError(name, f"must be one of {', '.join(kinds)}")


def _there(session: Session, evaluation_id: int, code: str) -> bool:
    found = select(Coaching.id).where(Coaching.evaluation_id == evaluation_id, Coaching.code == code)
    return session.scalars(found).first() is not None


def _coach(session: Session, actor: Actor, name: str, agent_id: int) -> User:
    wanted = name.strip() or actor.name
    coach = session.scalars(select(User).where(User.username == wanted, User.active)).first()
    if coach is None:
        raise InvalidInputError("coach", "there is no such active user")
    if coach.id == agent_id:
        raise InvalidInputError("coach", "nobody coaches himself")
    return coach


def _followed(session: Session, actor: Actor, new: NewCoaching, agent_id: int) -> int | None:
    if new.follows_id is None:
        return None
    before = load(session, actor, new.follows_id)
    if before.agent_id != agent_id or before.state != State.FAILED:
        raise InvalidInputError("follows", "only a coaching of his that did not help is followed by another")
    return before.id


def check_coach(session: Session, actor: Actor, agent_id: int) -> None:
    """Raises ForbiddenError unless he may coach this agent."""
    if not may_coach(session, actor, agent_id):
        raise ForbiddenError("these roles do not coach him")


def may_coach(session: Session, actor: Actor, agent_id: int) -> bool:
    """Whether he may coach this agent."""
    enough = reach(actor.roles, Action.COACH)
    if actor.user_id is None or actor.user_id == agent_id or not enough:
        return False
    if Relation.ANY in enough:
        return True
    his = select(User.id).where(User.id == agent_id, people_of_section(actor.user_id, User.id))
    return Relation.SECTION in enough and session.scalars(his).first() is not None


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    enough = reach(actor.roles, Action.COACHING_READ)
    if not enough:
        raise ForbiddenError("these roles do not see coaching")
    if Relation.ANY in enough:
        return Coaching.id.is_not(None)
    mine = Coaching.coach_id == (actor.user_id or 0)
    parts = [mine, Coaching.agent_id == (actor.user_id or 0)]
    if Relation.SECTION in enough and actor.user_id is not None:
        parts.append(people_of_section(actor.user_id, Coaching.agent_id))
    return or_(false(), *parts)


def listing(session: Session, actor: Actor, which: str, *, today: date) -> Sequence[Coaching]:
    """Coachings that he may know of: ``open``, ``mine`` (he coaches, or is coached), ``due``, ``ended``."""
    still = Coaching.state.in_(sorted(OPEN))
    his = or_(Coaching.coach_id == (actor.user_id or 0), Coaching.agent_id == (actor.user_id or 0))
    conditions: dict[str, ColumnElement[bool]] = {
        "open": still,
        "mine": and_(still, his),
        "due": and_(Coaching.state == State.PLANNED, Coaching.due_on <= today),
        "ended": ~still,
    }
    order = Coaching.ended_at.desc() if which == "ended" else Coaching.due_on
    query = select(Coaching).where(conditions.get(which, still), _seen_by(actor)).order_by(order, Coaching.id)
    return session.scalars(query.limit(SHOWN)).all()


def load(session: Session, actor: Actor, number: int) -> Coaching:
    """One coaching. Raises NotFoundError, ForbiddenError."""
    row = session.scalars(select(Coaching).where(Coaching.id == number, _seen_by(actor))).first()
    if row is None:
        raise NotFoundError("there is no such coaching")
    return row


def of_evaluation(session: Session, evaluation_ids: Sequence[int]) -> Sequence[Coaching]:
    """What came of these evaluations."""
    return session.scalars(
        select(Coaching).where(Coaching.evaluation_id.in_(evaluation_ids)).order_by(Coaching.id)
    ).all()


def origin(session: Session, row: Coaching) -> Evaluation | None:
    """The evaluation that it comes from; one that follows another comes from the same."""
    while row.evaluation is None and row.follows_id is not None:
        row = session.get_one(Coaching, row.follows_id)
    return row.evaluation


def learning(session: Session, row: Coaching) -> Sequence[TrainingAssignment]:
    """Courses and exams that belong to it."""
    return session.scalars(
        select(TrainingAssignment)
        .where(TrainingAssignment.source.in_(("coaching", "retest")), TrainingAssignment.source_id == row.id)
        .order_by(TrainingAssignment.id)
    ).all()


def events(session: Session, row: Coaching) -> Sequence[CoachingEvent]:
    """Its record."""
    return session.scalars(
        select(CoachingEvent).where(CoachingEvent.coaching_id == row.id).order_by(CoachingEvent.id)
    ).all()


def retest_asked(session: Session, row: Coaching) -> CoachingEvent | None:
    """That a call was drawn for the retest, the last time; None while none is."""
    return next((one for one in reversed(events(session, row)) if one.event == ASKED), None)


def retest_call(session: Session, row: Coaching) -> str | None:
    """The call that was drawn for the retest; None while none is."""
    asked = retest_asked(session, row)
    return str(asked.detail["call_id"]) if asked is not None else None


def tested(session: Session, row: Coaching) -> bool:
    """Whether the retest that was agreed has been taken."""
    if row.retest == Retest.CALL:
        return row.retest_id is not None
    exams = [one for one in learning(session, row) if one.source == "retest"]
    return row.retest == Retest.NONE or any(one.state == "done" for one in exams)


def moves(session: Session, actor: Actor, row: Coaching) -> tuple[str, ...]:
    """The steps that he can take now."""
    if not leads(session, actor, row):
        return ()
    by_agent, done = actor.user_id == row.agent_id, tested(session, row)
    return tuple(
        move
        for move in MOVES
        if refused(move, State(row.state), text="x", by_agent=by_agent, retest=Retest(row.retest), tested=done) is None
    )


def leads(session: Session, actor: Actor, row: Coaching) -> bool:
    """Whether he is its coach, or could be."""
    return row.coach_id == actor.user_id or may_coach(session, actor, row.agent_id)


def move(session: Session, actor: Actor, number: int, name: str, text: str, *, version: int, now: datetime) -> None:
    """Take a step. Raises RefusedStepError, ForbiddenError, ConflictError."""
    row = load(session, actor, number)
    if not leads(session, actor, row):
        raise ForbiddenError("these roles do not coach him")
    by_agent = actor.user_id == row.agent_id
    why = refused(
        name, State(row.state), text=text, by_agent=by_agent, retest=Retest(row.retest), tested=tested(session, row)
    )
    if why is not None:
        raise RefusedStepError(why)
    held = name == "hold"
    values: dict[str, object] = {"result": text.strip(), "held_at": now} if held else {"finding": text.strip()}
    if not held:
        values["ended_at"] = now
    swap(session, row, version, state=MOVES[name][1], **values)
    record(session, row, actor.name, name, now, text=text.strip()[:500])
    if not held:
        notices.tell(
            session, row.agent_id, NoticeKind.COACHING_ENDED, None, now, by=actor.user_id, path=f"/coaching/{row.id}",
            state=row.state,
        )  # fmt: skip


def say(session: Session, actor: Actor, number: int, text: str, *, version: int, now: datetime) -> None:
    """What the agent himself says of it. Raises NotFoundError, InvalidInputError."""
    row = load(session, actor, number)
    if row.agent_id != actor.user_id:
        raise ForbiddenError("only the agent says what he thinks of it")
    if not 1 <= len(text.strip()) <= MAX_TEXT:
        raise InvalidInputError("says", f"must have 1 to {MAX_TEXT} characters")
    swap(session, row, version, says=text.strip(), said_at=now)
    record(session, row, actor.name, "said", now, text=text.strip()[:500])


def take_over(session: Session, actor: Actor, number: int, *, version: int, now: datetime) -> None:
    """Become the coach of one that nobody has, or that somebody else does not get to."""
    row = load(session, actor, number)
    check_coach(session, actor, row.agent_id)
    if row.state not in OPEN:
        raise RefusedStepError(Refused.STATE)
    swap(session, row, version, coach_id=actor.user_id)
    record(session, row, actor.name, "taken", now)


def swap(session: Session, row: Coaching, version: int, **values: object) -> None:
    """Change what was not changed since. Raises ConflictError."""
    changed = session.execute(
        update(Coaching)
        .where(Coaching.id == row.id, Coaching.version == version)
        .values(version=version + 1, **values)
        .returning(Coaching.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if changed is None:
        raise ConflictError("somebody else changed this coaching just now")
    session.refresh(row)


def record(session: Session, row: Coaching, by: str, event: str, now: datetime, **detail: object) -> None:
    """A row of its record, and a line of the audit chain."""
    session.add(CoachingEvent(coaching_id=row.id, at=now, actor=by, event=event, detail=detail))
    audit.append(
        session, at=now, actor=by, action=f"coaching.{event}", subject=f"coaching:{row.id}",
        detail={"agent_id": row.agent_id, "state": row.state, **detail},
    )  # fmt: skip


def worst(row: Evaluation) -> str | None:
    """What an evaluation lost most by: a red line, else the item with the most points; None where it lost nothing."""
    marks = marks_of(row)
    fatals, taken = fatals_of(marks), taken_by_item(marks)
    return fatals[0] if fatals else max(taken, key=lambda code: (taken[code], code), default=None)
