"""Calls that are to be scored, from a scorer's side: the next one, claimed for a time, given back, or not to be scored.

A claim makes the evaluation. It lapses when nothing was saved for as long as the plan says: the evaluation is given
back with what stands in it, and the call is there for others. Nobody is given himself, his own line, or a call that he
had a part in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, selectinload

from crm.db.calls import Call
from crm.db.people import User
from crm.db.quality import Evaluation
from crm.db.sampling import Sample
from crm.domain.access import SYSTEM, Action, Actor
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.evaluations import DONE, Purpose, State
from crm.domain.evaluations import OPEN as WRITING
from crm.domain.notices import NoticeKind
from crm.domain.sampling_plan import ORDER, Reason
from crm.services import audit, evaluations, notices, samples, sampling_draws, sampling_plans
from crm.services import sampling_population as population
from crm.services.evaluation_rights import check_scorer, why_not
from crm.services.samples import CLAIMED, EXCUSED, OPEN, SCORED

LOOKED_AT = 200
"""Samples that are looked at for the next one, the most urgent first."""
_LATELY = timedelta(days=28)
_NOTE = 500


class Excuse(StrEnum):
    """Why a call is not scored."""

    UNHEARD = "unheard"
    """the recording cannot be understood"""
    NO_TALK = "no_talk"
    """nobody spoke with a caller: a test, a wrong number"""
    OTHER_AGENT = "other_agent"
    """it was not this agent"""
    OTHER = "other"


@dataclass(frozen=True)
class Claimed:
    """A call that somebody has before him now."""

    sample: Sample
    evaluation_id: int


def claims(session: Session, actor: Actor) -> list[Sample]:
    """What he has claimed and not handed in, the first to lapse at the top."""
    if actor.user_id is None:
        return []
    query = (
        select(Sample)
        .join(Evaluation, Evaluation.id == Sample.evaluation_id)
        .where(Sample.claimed_by_id == actor.user_id, Sample.state == CLAIMED, Evaluation.state.in_(sorted(WRITING)))
    )
    return list(session.scalars(query.options(selectinload(Sample.call)).order_by(Sample.expires_at, Sample.id)))


def waiting(
    session: Session, actor: Actor, *, reason: Reason | None = None, agent: str = "", limit: int = LOOKED_AT
) -> list[Sample]:
    """What waits to be scored, is not begun by anybody and not closed to him; the most urgent first.

    Raises ForbiddenError.
    """
    _check(actor)
    begun = exists(
        select(1).where(
            Evaluation.call_id == Sample.call_id, Evaluation.agent_id == Sample.agent_id,
            Evaluation.purpose == Purpose.ROUTINE, Evaluation.state != State.RELEASED,
        )
    )  # fmt: skip
    free = select(Sample).where(Sample.state == OPEN, ~begun)
    query = free.options(selectinload(Sample.call)).order_by(*_by_urgency())
    if agent:
        query = query.where(Sample.agent_id.in_(select(User.id).where(User.username == agent)))
    found: list[Sample] = []
    for row in session.scalars(query.limit(LOOKED_AT * 5)):
        if (reason is None or reason in row.reasons) and _may(session, actor, row):
            found.append(row)
        if len(found) >= limit:
            break
    return found


def _by_urgency() -> tuple[ColumnElement[object], ...]:
    """What may be fatal, what is due, what is graver."""
    fatal = Sample.urgency > ORDER.index(Reason.FATAL)
    spare = Sample.urgency >= samples.IF_TIME
    return fatal, spare, Sample.due_at, Sample.urgency, Sample.id  # type: ignore[return-value]  # columns are elements


def _may(session: Session, actor: Actor, row: Sample) -> bool:
    return actor.user_id is not None and why_not(session, actor.user_id, actor.name, row.agent, row.call) is None


def next_for(session: Session, actor: Actor, *, reason: Reason | None = None, now: datetime) -> Sample | None:
    """The call that he should score next; of those that are as urgent, of the agent whom he scored least lately."""
    found = waiting(session, actor, reason=reason, limit=LOOKED_AT // 4)
    if not found:
        return None
    lately = Counter(
        session.scalars(
            select(Evaluation.agent_id).where(Evaluation.scorer_id == actor.user_id, Evaluation.made_at > now - _LATELY)
        )
    )

    def place(row: Sample) -> tuple[bool, int, object, int, int]:
        first = ORDER.index(Reason.FATAL)
        spare = row.urgency >= samples.IF_TIME
        return row.urgency > first, spare, row.due_at.date(), row.urgency, lately[row.agent_id]

    return min(found, key=place)


def claim_next(session: Session, actor: Actor, *, reason: Reason | None = None, now: datetime) -> Claimed | None:
    """Claim what comes next; what he claimed before and has not begun comes first. None: there is nothing for him."""
    begun = [row for row in claims(session, actor) if reason is None or reason in row.reasons]
    for row in begun:
        evaluation = session.get(Evaluation, row.evaluation_id) if row.evaluation_id else None
        if evaluation is not None and evaluation.state == "claimed":
            return Claimed(row, evaluation.id)
    wanted = next_for(session, actor, reason=reason, now=now)
    return claim(session, actor, wanted.id, now=now) if wanted else None


def claim(session: Session, actor: Actor, sample_id: int, *, now: datetime) -> Claimed:
    """Claim a call and begin its evaluation; his own claim is given again.

    Raises ForbiddenError, NotFoundError, ConflictError (it is claimed or scored; he holds as many as he may).
    """
    _check(actor)
    row = _load(session, sample_id)
    if row.state == CLAIMED and row.claimed_by_id == actor.user_id and row.evaluation_id is not None:
        return Claimed(row, row.evaluation_id)
    if row.state != OPEN:
        raise ConflictError("this call is claimed by somebody else, or scored")
    check_scorer(session, actor, row.agent, row.call)
    plan = sampling_plans.current(session)
    held = len(claims(session, actor))
    if held >= plan.claims:
        raise ConflictError(f"{plan.claims} calls are the most that one may hold at once; hand one in or give it back")
    evaluation_id = evaluations.claim(
        session, actor, row.call_id, agent=row.agent.username, aim=evaluations.Aim(sample_id=row.id), now=now
    )
    samples.swap(
        session, row, state=CLAIMED, claimed_by_id=actor.user_id, claimed_at=now, evaluation_id=evaluation_id,
        expires_at=now + timedelta(hours=plan.claim_hours),
    )  # fmt: skip
    samples.note(session, row, actor.name, "claimed", now, evaluation=evaluation_id)
    return Claimed(row, evaluation_id)


def release(session: Session, actor: Actor, sample_id: int, *, why: str = "", now: datetime) -> None:
    """Give a claim back; what was written stays on record. Raises NotFoundError: it is not his."""
    row = _own(session, actor, sample_id)
    evaluation = session.get(Evaluation, row.evaluation_id) if row.evaluation_id else None
    if evaluation is not None and evaluation.state in WRITING:
        evaluations.release(session, actor, evaluation.id, why=why, now=now)
    _reopen(session, row, actor.name, "released", now, why=why.strip()[:_NOTE])


def release_evaluation(session: Session, actor: Actor, evaluation_id: int, *, why: str = "", now: datetime) -> None:
    """Give an open evaluation back, and the claim on its call with it. Raises NotFoundError, IllegalMoveError."""
    evaluations.release(session, actor, evaluation_id, why=why, now=now)
    row = session.scalars(select(Sample).where(Sample.evaluation_id == evaluation_id, Sample.state == CLAIMED)).first()
    if row is not None:
        _reopen(session, row, actor.name, "released", now, why=why.strip()[:_NOTE])


def excuse(
    session: Session, actor: Actor, sample_id: int, why: Excuse, note: str, *, zone: ZoneInfo, now: datetime
) -> Sample | None:
    """Say that a claimed call cannot be scored; of a drawn one gives the next of the same draw in its place."""
    row = _own(session, actor, sample_id)
    note = note.strip()
    if not 1 <= len(note) <= _NOTE:
        raise InvalidInputError("note", f"must say why, in at most {_NOTE} characters")
    evaluation = session.get(Evaluation, row.evaluation_id) if row.evaluation_id else None
    if evaluation is not None and evaluation.state in WRITING:
        evaluations.release(session, actor, evaluation.id, why=note, now=now)
    samples.swap(
        session, row, state=EXCUSED, excuse=why, note=note, claimed_by_id=None, claimed_at=None, expires_at=None,
        evaluation_id=None,
    )  # fmt: skip
    samples.note(session, row, actor.name, "excused", now, why=why, note=note)
    audit.append(
        session, at=now, actor=actor.name, action="sample.excused", subject=f"sample:{row.id}",
        detail={"call_id": row.call_id, "agent_id": row.agent_id, "why": why, "note": note},
    )  # fmt: skip
    return sampling_draws.replacement(session, row, zone=zone, now=now)


def ask(
    session: Session, actor: Actor, call_id: str, agent: str, why: str, *, zone: ZoneInfo, now: datetime
) -> list[Sample]:
    """Have a call scored for a reason of one's own; of one agent, or of all who spoke in it.

    Raises ForbiddenError, NotFoundError, InvalidInputError.
    """
    if not actor.may(Action.SCORE) and not actor.may(Action.SAMPLING_PLAN):
        raise ForbiddenError("these roles do not ask for a call to be scored")
    why = why.strip()
    if not 1 <= len(why) <= _NOTE:
        raise InvalidInputError("why", f"is needed, {_NOTE} characters at most")
    call = session.get(Call, call_id)
    if call is None:
        raise NotFoundError("there is no such call")
    plan = sampling_plans.current(session)
    people = [one for one in population.agents_in(session, call_id, 0) if agent in ("", one.username)]
    if not people:
        raise InvalidInputError("call_id", "nobody whose calls are scored is heard in this call")
    made = [
        samples.add(session, call, one.id, Reason.ASKED, plan=plan, zone=zone, by=actor.name, now=now, why=why)
        for one in people
    ]
    audit.append(
        session, at=now, actor=actor.name, action="sample.asked", subject=f"call:{call_id}",
        detail={"agents": [one.username for one in people], "why": why},
    )  # fmt: skip
    return made


def tidy(session: Session, *, now: datetime) -> tuple[int, int]:
    """Mark what was scored, and let claims lapse on which nobody worked; gives how many of each."""
    scored = [_scored(session, row, evaluation, now) for row, evaluation in _handed_in(session)]
    lapsed = 0
    hours = timedelta(hours=sampling_plans.current(session).claim_hours)
    late = select(Sample).where(Sample.state == CLAIMED, Sample.expires_at <= now).order_by(Sample.id)
    for row in session.scalars(late).all():
        evaluation = session.get(Evaluation, row.evaluation_id) if row.evaluation_id else None
        if evaluation is not None and evaluation.saved_at is not None and evaluation.saved_at + hours > now:
            samples.swap(session, row, expires_at=evaluation.saved_at + hours)
            continue
        if evaluation is not None and evaluation.state in WRITING:
            evaluations.give_back(session, evaluation, SYSTEM.name, why="the claim lapsed", now=now)
        whose = row.claimed_by_id
        _reopen(session, row, SYSTEM.name, "lapsed", now, evaluation=row.evaluation_id)
        notices.tell(session, whose, NoticeKind.CLAIM_LAPSED, None, now, path=f"/sampling/{row.id}")
        lapsed += 1
    return len(scored), lapsed


def _handed_in(session: Session) -> Sequence[tuple[Sample, Evaluation]]:
    """Samples whose call was scored, by whomever and on whatever way."""
    query = (
        select(Sample, Evaluation)
        .join(Evaluation, (Evaluation.call_id == Sample.call_id) & (Evaluation.agent_id == Sample.agent_id))
        .where(
            Sample.state.in_((OPEN, CLAIMED)), Evaluation.purpose == Purpose.ROUTINE,
            Evaluation.state.in_(sorted(DONE)),
        )
        .order_by(Sample.id, Evaluation.id)
    )  # fmt: skip
    return [(row[0], row[1]) for row in session.execute(query).unique()]


def _scored(session: Session, row: Sample, evaluation: Evaluation, now: datetime) -> int:
    if row.state == SCORED:  # evaluated twice: the first one counts
        return row.id
    samples.swap(
        session, row, state=SCORED, evaluation_id=evaluation.id, scored_at=evaluation.submitted_at,
        claimed_by_id=evaluation.scorer_id, expires_at=None,
    )  # fmt: skip
    samples.note(session, row, SYSTEM.name, "scored", now, evaluation=evaluation.id)
    return row.id


def _reopen(session: Session, row: Sample, by: str, event: str, now: datetime, **detail: object) -> None:
    samples.swap(session, row, state=OPEN, claimed_by_id=None, claimed_at=None, expires_at=None, evaluation_id=None)
    samples.note(session, row, by, event, now, **detail)


def _check(actor: Actor) -> None:
    if not actor.may(Action.SCORE) or actor.user_id is None:
        raise ForbiddenError("these roles do not score")


def _load(session: Session, sample_id: int) -> Sample:
    row = session.get(Sample, sample_id)
    if row is None:
        raise NotFoundError("there is no such sample")
    return row


def _own(session: Session, actor: Actor, sample_id: int) -> Sample:
    row = _load(session, sample_id)
    if actor.user_id is None or row.claimed_by_id != actor.user_id or row.state != CLAIMED:
        raise NotFoundError("this call is not claimed by you")
    return row
