"""Evaluations: begun, kept as drafts, given back, handed in, and what they come to. Every change of one is a row.

A scorer begins (``claim`` for a call, ``begin`` for anything), saves as often as he likes and hands in; from then on
marks and score stay as they are, by the database's own triggers. What follows (hearing, appeal, ruling) moves its state
with ``move``; a ruling is an evaluation of its own (``rule``) that takes the place of the first one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.db.calls import Call, Recording
from crm.db.people import User
from crm.db.quality import Evaluation, EvaluationEvent, ScorecardVersion
from crm.db.sampling import QualityCandidate
from crm.domain.access import Actor
from crm.domain.errors import ConflictError, ForbiddenError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.evaluations import NEXT, OPEN, MarkKind, Purpose, State
from crm.domain.marks import HANDING_IN, Flaw, Mark, changes, flaws, score_of
from crm.domain.notices import NoticeKind
from crm.domain.scorecards import Card, Effect
from crm.services import evaluation_record as record
from crm.services import notices, scorecards
from crm.services.evaluation_rights import call_to_score, check_scorer, scored_agent

MAX_TEXT = 4_000
MAX_COUNT = 10_000_000


class BadMarksError(InvalidInputError):
    """Marks that cannot be kept, or not handed in: place (-1: of all) and flaw of each."""

    def __init__(self, found: Sequence[tuple[int, Flaw]]) -> None:
        super().__init__("marks", "; ".join(f"{place}: {flaw}" for place, flaw in found))
        self.found = tuple(found)


@dataclass(frozen=True)
class Sheet:
    """What a scorer has written. ``seconds`` and ``keys``: what it took so far."""

    marks: tuple[Mark, ...] = ()
    good: str = ""
    advice: str = ""
    seconds: int | None = None
    keys: int | None = None


@dataclass(frozen=True)
class Aim:
    """What an evaluation is made for. ``key`` keeps it from being made twice; a routine or blind one has its own."""

    purpose: Purpose = Purpose.ROUTINE
    key: str = ""
    about_id: int | None = None
    sample_id: int | None = None
    session_id: int | None = None


ROUTINE = Aim()


@dataclass(frozen=True)
class Result:
    """What an evaluation came to. ``score`` and ``raw`` in tenths."""

    evaluation_id: int
    state: State
    score: int
    raw: int
    grade: str
    fatal: bool
    official: bool


def claim(
    session: Session, actor: Actor, call_id: str, *, agent: str | None = None, aim: Aim = ROUTINE, now: datetime
) -> int:
    """Begin to score an agent's part of a call; gives the evaluation's id. His own open one is given again.

    Raises NotFoundError, InvalidInputError, ForbiddenError (he keeps out), ConflictError (it is somebody else's).
    """
    call = call_to_score(session, actor, call_id)
    user = scored_agent(session, call, agent)
    if aim.purpose is Purpose.BLIND:
        aim = replace(aim, about_id=_first_of_two(session, actor, call, user, aim.about_id).id)
    return begin(session, actor, user, replace(aim, key=aim.key or _key(aim, call, user)), call=call, now=now).id


def begin(
    session: Session, actor: Actor, agent: User, aim: Aim, *, call: Call | None = None,
    version: ScorecardVersion | None = None, now: datetime,
) -> Evaluation:  # fmt: skip
    """Begin an evaluation of an agent, of a call or not, by this version of a card or the one in force."""
    check_scorer(session, actor, agent, call)
    there = session.scalars(select(Evaluation).where(Evaluation.unique_key == aim.key)).first()
    if there is not None:
        if there.scorer_id != actor.user_id:
            raise ConflictError("somebody else scores this, or has scored it")
        return there
    subject = "drill" if aim.purpose is Purpose.DRILL and call is None else "call"
    row = Evaluation(
        call_id=call.call_id if call else None, recording_id=recording_of(session, call), agent_id=agent.id,
        scorer_id=actor.user_id or 0, purpose=aim.purpose, state=State.CLAIMED, unique_key=aim.key,
        version_id=(version or scorecards.in_force(session, call.queue if call else None, subject)).id,
        about_id=aim.about_id, sample_id=aim.sample_id, session_id=aim.session_id, good="", advice="", made_at=now,
        version=1,
    )  # fmt: skip
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise ConflictError("somebody else began to score this just now") from error
    record.event(session, row, actor.name, "claimed", None, State.CLAIMED, now, purpose=str(aim.purpose))
    record.note(session, row, actor.name, "claimed", now)
    return row


def _key(aim: Aim, call: Call, agent: User) -> str:
    if aim.purpose is Purpose.ROUTINE:
        return f"routine:{call.call_id}:{agent.id}"
    if aim.purpose is Purpose.BLIND:
        return f"blind:{aim.about_id}"
    raise InvalidInputError("purpose", "cannot be begun here")


def _first_of_two(session: Session, actor: Actor, call: Call, agent: User, about_id: int | None) -> Evaluation:
    """The evaluation that a blind second stands beside: somebody else's, and never read by him."""
    first = session.scalars(
        select(Evaluation).where(
            Evaluation.unique_key == f"routine:{call.call_id}:{agent.id}",
            Evaluation.id == about_id if about_id is not None else Evaluation.id.is_not(None),
        )
    ).first()
    if first is None:
        raise NotFoundError("nobody has scored this call yet")
    if first.scorer_id == actor.user_id:
        raise ForbiddenError("the second scorer is another person")
    read = select(EvaluationEvent.id).where(
        EvaluationEvent.evaluation_id == first.id, EvaluationEvent.event == "read", EvaluationEvent.actor == actor.name
    )
    if session.scalars(read.limit(1)).first() is not None:
        raise ForbiddenError("who has read the first evaluation is not blind to it")
    return first


def recording_of(session: Session, call: Call | None) -> str | None:
    """The longest recording of the whole call that can be heard."""
    if call is None:
        return None
    return session.scalars(
        select(Recording.id)
        .where(Recording.call_id == call.call_id, Recording.kind == "call", Recording.state == "stored")
        .order_by(Recording.duration.desc(), Recording.id)
        .limit(1)
    ).first()


def save(
    session: Session, actor: Actor, evaluation_id: int, sheet: Sheet, *, version: int, now: datetime
) -> Evaluation:
    """Keep a draft. Raises BadMarksError, ConflictError (it was saved elsewhere meanwhile), IllegalMoveError."""
    row = _mine(session, actor, evaluation_id)
    _check_sheet(session, row, sheet, handing_in=False)
    before = [record.told(mark) for mark in _marks(row)]
    record.swap(
        session, row, version, state=State.DRAFT, saved_at=now, good=sheet.good, advice=sheet.advice,
        seconds=_least(row.seconds, sheet.seconds), keys=_least(row.keys, sheet.keys),
    )  # fmt: skip
    after = [record.told(mark) for mark in sheet.marks]
    if before != after or [mark.words for mark in _marks(row)] != [mark.words for mark in sheet.marks]:
        record.rewrite(session, row, sheet.marks)
        record.event(session, row, actor.name, "saved", None, State.DRAFT, now, **changes(before, after))
    return row


def submit(session: Session, actor: Actor, evaluation_id: int, *, version: int, now: datetime) -> Result:
    """Hand the draft in. Raises BadMarksError, ConflictError, IllegalMoveError (suggestions wait for a decision)."""
    row = _mine(session, actor, evaluation_id)
    marks = tuple(_marks(row))
    sheet = Sheet(marks, row.good, row.advice)
    _check_sheet(session, row, sheet, handing_in=True)
    if row.purpose == Purpose.ROUTINE and _undecided(session, row):
        raise BadMarksError([(-1, Flaw.UNDECIDED)])
    was = State(row.state)
    record.swap(session, row, version, **_outcome(row, marks), state=State.SUBMITTED, submitted_at=now)
    return _handed_in(session, row, actor, was, now)


def _outcome(row: Evaluation, marks: Iterable[Mark]) -> dict[str, Any]:
    card = scorecards.card_of(row.card)
    found = score_of(card, marks)
    coach = found.grade == card.grades[-1].code or any(
        fatal.effect is Effect.COACH for code in found.fatals if (fatal := card.fatal(code)) is not None
    )
    return {
        "raw_score": found.raw, "score": found.score, "grade": found.grade, "fatal": found.fatal, "coach": coach,
        "official": row.purpose == Purpose.ROUTINE,
    }  # fmt: skip


def _handed_in(session: Session, row: Evaluation, actor: Actor, was: State | None, now: datetime) -> Result:
    record.event(
        session, row, actor.name, "submitted", was, State.SUBMITTED, now, score=row.score, raw=row.raw_score,
        grade=row.grade, fatal=row.fatal, card=row.card.number,
    )  # fmt: skip
    record.note(session, row, actor.name, "submitted", now, score=row.score, fatal=row.fatal)
    if row.official and row.purpose == Purpose.ROUTINE:  # of a ruling the appeal tells
        notices.tell(
            session, row.agent_id, NoticeKind.EVALUATED, None, now, by=actor.user_id, score=row.score,
            fatal=row.fatal, path=f"/scores/{row.id}",
        )  # fmt: skip
    return result(row)


def release(session: Session, actor: Actor, evaluation_id: int, *, why: str = "", now: datetime) -> None:
    """Give an open evaluation back; another may begin anew. What was written stays on record."""
    row = _mine(session, actor, evaluation_id)
    give_back(session, row, actor.name, why=why, now=now)


def give_back(session: Session, row: Evaluation, by: str, *, why: str, now: datetime) -> None:
    """The same for the house itself, when a claim has run out. Raises IllegalMoveError."""
    move(session, row, State.RELEASED, "released", by, now, why=why[:500])
    row.unique_key = f"released:{row.id}"
    session.flush()
    record.note(session, row, by, "released", now)


def move(session: Session, row: Evaluation, to: State, event: str, by: str, now: datetime, **detail: Any) -> None:
    """Take an evaluation on to another state, with its row of the record. Raises IllegalMoveError, ConflictError."""
    was = State(row.state)
    if to not in NEXT[was]:
        raise IllegalMoveError(f"an evaluation that is {was} cannot become {to}")
    settled = {"settled_at": now} if to is State.FINAL else {}
    record.swap(session, row, row.version, state=to, **settled)
    record.event(session, row, by, event, was, to, now, **detail)
    if to is State.FINAL:
        record.note(session, row, by, "final", now, score=row.score)


def rule(
    session: Session, actor: Actor, original: Evaluation, marks: Sequence[Mark], *, key: str, good: str = "",
    advice: str = "", now: datetime,
) -> Evaluation:  # fmt: skip
    """A ruling: the same call by the same version of the card, with these marks; it counts instead of the first.

    Whether he may rule is asked before. Raises BadMarksError, ConflictError.
    """
    row = Evaluation(
        call_id=original.call_id, recording_id=original.recording_id, agent_id=original.agent_id,
        scorer_id=actor.user_id or original.scorer_id, purpose=Purpose.RULING, state=State.DRAFT, unique_key=key,
        about_id=original.id, version_id=original.version_id, sample_id=original.sample_id, good=good, advice=advice,
        made_at=now, saved_at=now, version=1,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _check_sheet(session, row, Sheet(tuple(marks), good, advice), handing_in=False)
    record.rewrite(session, row, marks)
    original.official = False
    session.flush()
    record.swap(session, row, 1, **{**_outcome(row, marks), "official": True}, state=State.SUBMITTED, submitted_at=now)
    _handed_in(session, row, actor, None, now)
    return row


def result(row: Evaluation) -> Result:
    """What an evaluation came to. Raises IllegalMoveError while it is open."""
    if row.score is None or row.raw_score is None or row.grade is None:
        raise IllegalMoveError("this evaluation is not handed in")
    return Result(row.id, State(row.state), row.score, row.raw_score, row.grade, row.fatal, row.official)


def marks_of(row: Evaluation) -> tuple[Mark, ...]:
    """The marks of an evaluation in their order."""
    return tuple(_marks(row))


def _marks(row: Evaluation) -> Iterable[Mark]:
    for one in row.marks:
        yield Mark(
            MarkKind(one.kind), one.code, one.taken, one.not_applicable, one.from_ms, one.to_ms, one.words, one.note,
            one.candidate_id,
        )  # fmt: skip


def duration_ms(session: Session, row: Evaluation) -> int | None:
    """How long its recording is; None where there is none to be heard."""
    recording = session.get(Recording, row.recording_id) if row.recording_id else None
    return math.ceil(recording.duration * 1000) if recording and recording.state == "stored" else None


def _check_sheet(session: Session, row: Evaluation, sheet: Sheet, *, handing_in: bool) -> None:
    for name, text in (("good", sheet.good), ("advice", sheet.advice)):
        if len(text) > MAX_TEXT:
            raise InvalidInputError(name, f"must have at most {MAX_TEXT} characters")
    for name, count in (("seconds", sheet.seconds), ("keys", sheet.keys)):
        if count is not None and not 0 <= count <= MAX_COUNT:
            raise InvalidInputError(name, "is no such number")
    card: Card = scorecards.card_of(session.get_one(ScorecardVersion, row.version_id))
    found = flaws(card, sheet.marks, duration_ms=duration_ms(session, row))
    found = found if handing_in else [one for one in found if one[1] not in HANDING_IN]
    if found:
        raise BadMarksError(found)
    named = {mark.candidate_id for mark in sheet.marks if mark.candidate_id is not None}
    known = select(QualityCandidate.id).where(
        QualityCandidate.id.in_(named),
        QualityCandidate.call_id == row.call_id,
        QualityCandidate.agent_id == row.agent_id,
    )
    if named and named != set(session.scalars(known)):
        raise InvalidInputError("candidate_id", "is none of this call")


def _undecided(session: Session, row: Evaluation) -> bool:
    waiting = select(QualityCandidate.id).where(
        QualityCandidate.call_id == row.call_id, QualityCandidate.agent_id == row.agent_id,
        QualityCandidate.finding == "fatal", QualityCandidate.state == "open",
    )  # fmt: skip
    return session.scalars(waiting.limit(1)).first() is not None


def _mine(session: Session, actor: Actor, evaluation_id: int) -> Evaluation:
    row = session.get(Evaluation, evaluation_id)
    if row is None or actor.user_id is None or row.scorer_id != actor.user_id:
        raise NotFoundError("there is no such evaluation of yours")
    if State(row.state) not in OPEN:
        raise IllegalMoveError("this evaluation is not open any more")
    return row


def _least(kept: int | None, given: int | None) -> int | None:
    """Time and keys only grow: a page that was opened anew begins from what was kept."""
    return kept if given is None else max(given, kept or 0)


def was_read(session: Session, actor: Actor, row: Evaluation) -> bool:
    """Whether it is on record that he read it, or he wrote it."""
    again = select(EvaluationEvent.id).where(
        EvaluationEvent.evaluation_id == row.id, EvaluationEvent.event == "read", EvaluationEvent.actor == actor.name
    )
    return row.scorer_id == actor.user_id or session.scalars(again.limit(1)).first() is not None


def note_reading(session: Session, actor: Actor, row: Evaluation, *, now: datetime) -> None:
    """Write down, once, that somebody read it: who has read it does not score the call blind."""
    if not was_read(session, actor, row):
        record.event(session, row, actor.name, "read", None, None, now)
