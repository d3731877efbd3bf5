"""The house's side of an appeal: a scorer takes it, rules point by point, and the record of it.

A ruling that changes something is an evaluation of its own, by the same version of the card; it counts from then on.
Where every point stands, the first one keeps counting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from crm.db.fairness import Appeal, AppealTerm
from crm.db.people import User
from crm.db.quality import Evaluation
from crm.domain import appeals as rules_of
from crm.domain.access import SYSTEM, Action, Actor, Relation, reach
from crm.domain.appeals import OPEN, AppealState, Flaw, Ruled, Step, Verdict
from crm.domain.errors import ConflictError, ForbiddenError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.evaluations import State
from crm.domain.notices import NoticeKind
from crm.services import appeal_people, appeals, evaluation_record, evaluations, notices, public_calendar, rules

SHOWN = 200
LISTS = ("open", "mine", "late", "ended")


class BadRulingError(InvalidInputError):
    """A ruling that cannot stand: at which point, and why."""

    def __init__(self, key: str, flaw: Flaw) -> None:
        super().__init__(key, f"the ruling cannot stand: {flaw}")
        self.flaw = flaw


def right(step: int) -> Action:
    """What one must be allowed to do to rule on this step."""
    return Action.APPEAL_RULE if step == Step.FIRST else Action.APPEAL_FINAL


def listing(session: Session, actor: Actor, which: str, *, now: datetime) -> Sequence[Appeal]:
    """Appeals that he may know of: ``open``, ``mine`` (he has taken them), ``late``, ``ended``; by their due date."""
    still = Appeal.state.in_(sorted(OPEN))
    conditions: dict[str, ColumnElement[bool]] = {
        "open": still,
        "mine": still & (Appeal.ruler_id == (actor.user_id or 0)),
        "late": still & (Appeal.due_at < now),
        "ended": ~still,
    }
    order = Appeal.made_at.desc() if which == "ended" else Appeal.due_at
    query = select(Appeal).where(conditions.get(which, still), _known_to(actor)).order_by(order, Appeal.id)
    return session.scalars(query.limit(SHOWN)).all()


def _known_to(actor: Actor) -> ColumnElement[bool]:
    """All of them for whoever reads every score; his own for an agent, those against his scores for a scorer."""
    if Relation.ANY in reach(actor.roles, Action.SCORE_READ):
        return Appeal.id.is_not(None)
    scored = select(Evaluation.id).where(Evaluation.scorer_id == (actor.user_id or 0))
    return or_(Appeal.agent_id == (actor.user_id or 0), Appeal.evaluation_id.in_(scored))


def load(session: Session, actor: Actor, appeal_id: int) -> Appeal:
    """One appeal. Raises NotFoundError."""
    row = session.scalars(select(Appeal).where(Appeal.id == appeal_id, _known_to(actor))).first()
    if row is None:
        raise NotFoundError("there is no such appeal")
    return row


def why_not(session: Session, actor: Actor, row: Appeal) -> str | None:
    """Why he does not rule on it; None when he may."""
    user = session.get(User, actor.user_id) if actor.user_id is not None else None
    if user is None or not actor.may(right(row.step), (Relation.OTHERS,)):
        return "role"
    return appeal_people.why_barred(session, user, row.evaluation, Step(row.step))


def _may(session: Session, actor: Actor, appeal_id: int) -> Appeal:
    row = load(session, actor, appeal_id)
    why = why_not(session, actor, row)
    if why is not None:
        raise ForbiddenError(f"you do not rule on this appeal: {why}")
    if row.state not in OPEN:
        raise IllegalMoveError("it is ruled on already")
    return row


def _swap(session: Session, row: Appeal, version: int, **values: object) -> None:
    changed = session.execute(
        update(Appeal)
        .where(Appeal.id == row.id, Appeal.version == version, Appeal.state.in_(sorted(OPEN)))
        .values(version=version + 1, **values)
        .returning(Appeal.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if changed is None:
        raise ConflictError("somebody else changed this appeal just now")
    session.refresh(row)


def take(session: Session, actor: Actor, appeal_id: int, *, now: datetime) -> None:
    """Take an appeal that nobody has, or give back one's own. Raises ForbiddenError, ConflictError."""
    row = _may(session, actor, appeal_id)
    if row.ruler_id == actor.user_id:
        _swap(session, row, row.version, ruler_id=None, taken_at=None, state=AppealState.WAITING)
        evaluation_record.event(session, row.evaluation, actor.name, "appeal_left", None, None, now, appeal_id=row.id)
        return
    if row.ruler_id is not None:
        raise ConflictError("somebody else has taken this appeal")
    _swap(session, row, row.version, ruler_id=actor.user_id, taken_at=now, state=AppealState.TAKEN)
    evaluation_record.event(session, row.evaluation, actor.name, "appeal_taken", None, None, now, appeal_id=row.id)


def rule(
    session: Session, actor: Actor, appeal_id: int, decisions: Sequence[Ruled], reason: str, *, version: int,
    zone: ZoneInfo, now: datetime,
) -> None:  # fmt: skip
    """Rule on every point. Raises BadRulingError, ForbiddenError, ConflictError, IllegalMoveError."""
    row = _may(session, actor, appeal_id)
    if row.ruler_id not in {None, actor.user_id}:
        raise ConflictError("somebody else has taken this appeal")
    if not 1 <= len(reason.strip()) <= rules_of.MAX_TEXT:
        raise InvalidInputError("reason", f"is needed, {rules_of.MAX_TEXT} characters at most")
    _decide(session, actor, row, decisions, reason.strip(), version=version, zone=zone, now=now)


def decide_by_term(session: Session, row: Appeal, *, zone: ZoneInfo, now: datetime) -> None:
    """The end of the last term decides: the agent has all the points that he appealed."""
    decisions = [Ruled(point["key"], Verdict.LIFTED, "the term is over") for point in row.points]
    _decide(session, SYSTEM, row, decisions, "", version=row.version, zone=zone, now=now)


def _decide(
    session: Session, actor: Actor, row: Appeal, decisions: Sequence[Ruled], reason: str, *, version: int,
    zone: ZoneInfo, now: datetime,
) -> None:  # fmt: skip
    marks = appeals.marks(row.against)
    wrong = rules_of.flaw(decisions, [point["key"] for point in row.points], marks)
    if wrong is not None:
        raise BadRulingError(*wrong)
    outcome = rules_of.outcome(decisions)
    _swap(
        session, row, version, state=AppealState.RULED, ruler_id=actor.user_id, ruled_at=now, outcome=str(outcome),
        decisions=[asdict(one) for one in decisions], reason=reason, automatic=actor is SYSTEM,
    )  # fmt: skip
    if outcome is not rules_of.Outcome.UPHELD:
        row.ruling_id = _new_evaluation(session, actor, row, decisions, now).id
    first = row.evaluation
    evaluations.move(
        session, first, State.RULED, "ruled", actor.name, now, appeal_id=row.id, step=row.step, outcome=str(outcome),
        automatic=row.automatic,
    )  # fmt: skip
    evaluation_record.note(session, first, actor.name, "ruled", now, appeal_id=row.id, outcome=str(outcome))
    _go_on(session, row, actor, zone, now)


def _new_evaluation(
    session: Session, actor: Actor, row: Appeal, decisions: Sequence[Ruled], now: datetime
) -> Evaluation:
    """The same call as the ruling leaves it: its words and spans stay with the marks that are left."""
    left = {mark.place: mark for mark in rules_of.after(appeals.marks(row.against), decisions)}
    kept = [
        replace(mark, taken=left[place].taken)
        for place, mark in enumerate(evaluations.marks_of(row.against))
        if place in left
    ]
    return evaluations.rule(
        session, actor, row.against, kept, key=f"ruling:{row.id}", good=row.against.good, advice=row.against.advice,
        now=now,
    )  # fmt: skip


def _go_on(session: Session, row: Appeal, actor: Actor, zone: ZoneInfo, now: datetime) -> None:
    """After the first ruling the agent may go one step on; after the last one it is over."""
    first = row.evaluation
    told: dict[str, Any] = {"path": f"/scores/{row.evaluation_id}", "outcome": row.outcome, "step": row.step}
    notices.tell(session, row.agent_id, NoticeKind.APPEAL_RULED, None, now, **told)
    told["path"] = f"/appeals/{row.id}"
    notices.tell(session, first.scorer_id, NoticeKind.APPEAL_RULED, None, now, by=actor.user_id, **told)
    if row.step == Step.LAST:
        appeals.settle(session, first, actor.name, "settled", now)
        return
    due = rules_of.appeal_end(now, rules.current(session), zone, public_calendar.calendar(session))
    term = session.get_one(AppealTerm, first.id)
    term.step, term.until_at, term.certain, term.reminded_at = int(Step.LAST), due.at, due.certain, None
    session.flush()
