"""What time does to scores and appeals: terms begin and end, and a late house loses. Asked every minute; idempotent.

Each evaluation in a transaction of its own, so that one that cannot be served holds up no other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from crm.db.fairness import Appeal, AppealTerm
from crm.db.quality import Evaluation
from crm.db.session import Database
from crm.domain import appeals as rules_of
from crm.domain.access import SYSTEM, Role
from crm.domain.appeals import OPEN, Late, Step
from crm.domain.evaluations import Purpose, State
from crm.domain.notices import NoticeKind
from crm.services import appeal_people, appeal_rulings, appeals, notices
from crm.services.centre import Centre

log = structlog.get_logger(__name__)

AT_ONCE = 200
AHEAD = timedelta(days=1)
"""So long before its end somebody is reminded of a term."""
_AGAIN = timedelta(days=1)
_ANSWERABLE = (State.SUBMITTED, State.RULED)


@dataclass(frozen=True)
class Ticked:
    """What was done."""

    opened: int = 0
    reminded: int = 0
    lapsed: int = 0
    late: int = 0


def run(database: Database, centre: Centre, now: datetime) -> Ticked:
    """Do all that has come by now. Asking twice does nothing twice."""
    zone = centre.zone

    def opened(session: Session, number: int) -> None:
        appeals.open_term(session, session.get_one(Evaluation, number), zone)

    def late(session: Session, number: int) -> None:
        _late(session, session.get_one(Appeal, number), centre, now)

    return Ticked(
        _each(database, _without_term(), opened),
        _each(database, _ending(now), lambda session, number: _remind(session, number, now))
        + _each(database, _slow(now), lambda session, number: _press(session, number, now)),
        _each(database, _over(now), lambda session, number: _lapse(session, number, now)),
        _each(database, _overdue(now), late),
    )


def _each(database: Database, query: Select[int], work: Callable[[Session, int], None]) -> int:
    with database.read() as session:
        ids: Sequence[int] = session.scalars(query.limit(AT_ONCE)).all()
    done = 0
    for number in ids:
        try:
            with database.write() as session:
                work(session, number)
            done += 1
        except Exception:
            log.exception("appeal_tick_failed", id=number)
    return done


def _without_term() -> Select[int]:
    there = exists().where(AppealTerm.evaluation_id == Evaluation.id)
    return (
        select(Evaluation.id)
        .where(Evaluation.purpose == Purpose.ROUTINE, Evaluation.state == State.SUBMITTED, ~there)
        .order_by(Evaluation.id)
    )


def _answerable() -> Select[int]:
    return (
        select(AppealTerm.evaluation_id)
        .join(Evaluation, Evaluation.id == AppealTerm.evaluation_id)
        .where(Evaluation.state.in_(_ANSWERABLE))
        .order_by(AppealTerm.until_at)
    )


def _ending(now: datetime) -> Select[int]:
    return _answerable().where(
        AppealTerm.until_at > now, AppealTerm.until_at <= now + AHEAD, AppealTerm.reminded_at.is_(None)
    )


def _over(now: datetime) -> Select[int]:
    return _answerable().where(AppealTerm.until_at < now)


def _remind(session: Session, number: int, now: datetime) -> None:
    term, row = session.get_one(AppealTerm, number), session.get_one(Evaluation, number)
    term.reminded_at = now
    notices.tell(session, row.agent_id, NoticeKind.SCORE_ENDING, None, now, path=f"/scores/{row.id}")


def _lapse(session: Session, number: int, now: datetime) -> None:
    """The agent said nothing: the score stands."""
    row, term = session.get_one(Evaluation, number), session.get_one(AppealTerm, number)
    if row.state in _ANSWERABLE and term.until_at < now:
        appeals.settle(session, row, SYSTEM.name, "lapsed", now)


def _slow(now: datetime) -> Select[int]:
    """Appeals whose term ends within a day, and nobody was pressed yet."""
    return select(Appeal.id).where(
        Appeal.state.in_(sorted(OPEN)), Appeal.due_at > now, Appeal.due_at <= now + AHEAD, Appeal.warned_at.is_(None)
    )


def _press(session: Session, number: int, now: datetime) -> None:
    row = session.get_one(Appeal, number)
    row.warned_at = now
    _tell_of_lateness(session, row, now)


def _overdue(now: datetime) -> Select[int]:
    """Past their term: those that wait for a person come once a day."""
    again = or_(Appeal.warned_at.is_(None), Appeal.warned_at <= now - _AGAIN, Appeal.warned_at < Appeal.due_at)
    return select(Appeal.id).where(Appeal.state.in_(sorted(OPEN)), Appeal.due_at < now, again).order_by(Appeal.due_at)


def _late(session: Session, row: Appeal, centre: Centre, now: datetime) -> None:
    if row.state not in OPEN or row.due_at >= now:
        return
    what = rules_of.when_late(Step(row.step), [point["key"] for point in row.points])
    if what is Late.UPWARD:
        appeals.pass_on(session, row, centre.zone, now=now)
        notices.tell(session, row.agent_id, NoticeKind.APPEAL_LATE, None, now, path=f"/scores/{row.evaluation_id}")
    elif what is Late.GRANT:
        appeal_rulings.decide_by_term(session, row, zone=centre.zone, now=now)
    else:
        row.warned_at = now
        _tell_of_lateness(session, row, now)


def _tell_of_lateness(session: Session, row: Appeal, now: datetime) -> None:
    """Whoever has it, and those who answer for it."""
    chiefs = appeal_people.heads(session) or appeal_people.people(session, Role.DG)
    if row.step == Step.LAST and row.due_at < now:
        chiefs = [*chiefs, *appeal_people.people(session, Role.DG)]
    for who in dict.fromkeys([row.ruler_id, *(user.id for user in chiefs)]):
        if who != row.agent_id:
            notices.tell(session, who, NoticeKind.APPEAL_LATE, None, now, path=f"/appeals/{row.id}")
