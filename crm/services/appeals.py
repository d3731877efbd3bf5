"""The agent's side of a score: he sees and hears it, accepts it or appeals; and what time does to it without him.

The evaluation's own record has a row of every change. A term is written down once, so that a calendar that is
corrected later takes nobody's days away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crm.db.fairness import Appeal, AppealTerm
from crm.db.quality import Evaluation
from crm.domain import appeals as rules_of
from crm.domain.access import SYSTEM, Action, Actor, Relation
from crm.domain.appeals import Mark, Point, Refused, Step
from crm.domain.errors import ForbiddenError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.evaluations import MarkKind, Purpose, State
from crm.domain.notices import NoticeKind
from crm.services import appeal_people, evaluation_record, notices, public_calendar, rules
from crm.services.evaluations import move


class RefusedAppealError(IllegalMoveError):
    """An appeal that is not taken. ``why``: the pages have a sentence for it."""

    def __init__(self, why: Refused) -> None:
        super().__init__(f"the appeal is not taken: {why}")
        self.why = why


def marks(row: Evaluation) -> tuple[Mark, ...]:
    """The marks of an evaluation as an appeal names them."""
    return tuple(
        Mark(MarkKind(one.kind), one.code, one.taken, one.not_applicable, place)
        for place, one in enumerate(row.marks)
    )  # fmt: skip


def counts_now(session: Session, row: Evaluation) -> Evaluation:
    """What counts for the agent: the evaluation, or the last ruling that changed it."""
    ruled = [one.ruling_id for one in appeal_people.steps_of(session, row.id) if one.ruling_id is not None]
    return session.get_one(Evaluation, ruled[-1]) if ruled else row


def open_term(session: Session, row: Evaluation, zone: ZoneInfo) -> AppealTerm:
    """Until when it can be appealed; written down when it is first asked for."""
    term = session.get(AppealTerm, row.id)
    if term is None:
        if row.submitted_at is None:
            raise IllegalMoveError("this evaluation is not handed in")
        due = rules_of.appeal_end(row.submitted_at, rules.current(session), zone, public_calendar.calendar(session))
        term = AppealTerm(evaluation_id=row.id, step=Step.FIRST, until_at=due.at, certain=due.certain)
        session.add(term)
        session.flush()
    return term


def load_own(session: Session, actor: Actor, evaluation_id: int) -> Evaluation:
    """An evaluation of his own that counted for him. Raises NotFoundError, ForbiddenError."""
    if not actor.may(Action.SCORE_APPEAL, (Relation.OWN,)):
        raise ForbiddenError("these roles have no scores of their own")
    row = session.get(Evaluation, evaluation_id)
    mine = row is not None and actor.user_id is not None and row.agent_id == actor.user_id
    if row is None or not mine or row.purpose != Purpose.ROUTINE or row.submitted_at is None:
        raise NotFoundError("there is no such evaluation of yours")
    return row


def see(session: Session, actor: Actor, evaluation_id: int, zone: ZoneInfo, *, now: datetime) -> None:
    """He opened it: written down once."""
    row = load_own(session, actor, evaluation_id)
    term = open_term(session, row, zone)
    if term.seen_at is None:
        term.seen_at = now
        evaluation_record.event(session, row, actor.name, "seen", None, None, now)


def was_seen(session: Session, row: Evaluation) -> bool:
    """Whether the agent has opened it before."""
    term = session.get(AppealTerm, row.id)
    return term is not None and term.seen_at is not None


def acknowledge(session: Session, actor: Actor, evaluation_id: int, zone: ZoneInfo, *, now: datetime) -> None:
    """He accepts the score, or the ruling on it; with that it is settled. Raises IllegalMoveError."""
    row = load_own(session, actor, evaluation_id)
    open_term(session, row, zone)
    if row.state == State.SUBMITTED:
        move(session, row, State.ACKNOWLEDGED, "acknowledged", actor.name, now)
    elif row.state != State.RULED:
        raise IllegalMoveError("there is nothing to accept")
    settle(session, row, actor.name, "accepted", now)


def settle(session: Session, row: Evaluation, by: str, event: str, now: datetime) -> None:
    """It ends here: the evaluation and the ruling that stands for it become final."""
    ruling = counts_now(session, row)
    move(session, row, State.FINAL, event, by, now)
    if ruling.id != row.id and ruling.state != State.FINAL:
        move(session, ruling, State.FINAL, event, by, now)


def appeal(
    session: Session, actor: Actor, evaluation_id: int, points: Sequence[Point], text: str, zone: ZoneInfo, *,
    now: datetime,
) -> int:  # fmt: skip
    """Appeal against points of a score, or of the ruling on it. Gives the appeal's id.

    Raises RefusedAppealError, InvalidInputError, NotFoundError.
    """
    row = load_own(session, actor, evaluation_id)
    if len(text) > rules_of.MAX_TEXT:
        raise InvalidInputError("text", f"must have at most {rules_of.MAX_TEXT} characters")
    term, against = open_term(session, row, zone), counts_now(session, row)
    step = rules_of.next_step(State(row.state), len(appeal_people.steps_of(session, row.id)))
    why = rules_of.refused(points, marks(against), step=step, now=now, until=term.until_at)
    if why is not None or step is None:
        raise RefusedAppealError(why or Refused.SETTLED)
    move(session, row, State.APPEALED, "appealed", actor.name, now, step=int(step), points=[one.key for one in points])
    told = [asdict(point) for point in points]
    made = put_up(session, row, against, step, told, text.strip(), zone, now=now)
    if step is Step.FIRST and not appeal_people.rulers(session, row, step):
        made = pass_on(session, made, zone, now=now)
    else:
        _tell_rulers(session, row, made, now)
    notices.tell(session, row.scorer_id, NoticeKind.APPEAL_MADE, None, now, path=f"/appeals/{made.id}")
    return made.id


def put_up(
    session: Session, row: Evaluation, against: Evaluation, step: Step, points: list[dict[str, object]], text: str,
    zone: ZoneInfo, *, now: datetime,
) -> Appeal:  # fmt: skip
    """Write a step of an appeal down, with the house's own term."""
    due = rules_of.ruling_end(step, now, rules.current(session), zone, public_calendar.calendar(session))
    made = Appeal(
        evaluation_id=row.id, against_id=against.id, step=int(step), agent_id=row.agent_id, text=text, points=points,
        made_at=now, due_at=due.at, certain=due.certain, decisions=[], reason="",
    )  # fmt: skip
    session.add(made)
    session.flush()
    evaluation_record.note(session, row, row.agent.username, "appealed", now, step=int(step), appeal_id=made.id)
    return made


def pass_on(session: Session, made: Appeal, zone: ZoneInfo, *, now: datetime) -> Appeal:
    """Nobody ruled in time, or nobody else can: the head of quality rules. Gives the last step."""
    made.state, made.ruled_at, made.automatic = rules_of.AppealState.PASSED_ON, now, True
    made.version += 1
    session.flush()
    row = made.evaluation
    last = put_up(session, row, made.against, Step.LAST, made.points, made.text, zone, now=now)
    evaluation_record.event(session, row, SYSTEM.name, "passed_on", None, None, now, appeal_id=last.id, step=2)
    _tell_rulers(session, row, last, now)
    return last


def _tell_rulers(session: Session, row: Evaluation, made: Appeal, now: datetime) -> None:
    for user in appeal_people.rulers(session, row, Step(made.step)):
        notices.tell(session, user.id, NoticeKind.APPEAL_WAITING, None, now, path=f"/appeals/{made.id}")


def withdraw(session: Session, actor: Actor, appeal_id: int, *, now: datetime) -> int:
    """Take an appeal back; the score stands as it was. Gives the evaluation's id. Raises IllegalMoveError."""
    made = session.get(Appeal, appeal_id)
    if made is None or made.agent_id != actor.user_id:
        raise NotFoundError("there is no such appeal of yours")
    if made.state not in rules_of.OPEN:
        raise IllegalMoveError("it is ruled on already")
    row = load_own(session, actor, made.evaluation_id)
    made.state, made.ruled_at, made.version = rules_of.AppealState.WITHDRAWN, now, made.version + 1
    settle(session, row, actor.name, "withdrawn", now)
    return row.id
