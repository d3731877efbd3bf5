"""Scores and their appeals as people read them: by the agent who was scored, and by whoever rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.fairness import Appeal, AppealTerm, Coaching
from crm.db.people import User
from crm.db.quality import Evaluation, EvaluationEvent
from crm.domain import appeals as rules_of
from crm.domain.access import Actor
from crm.domain.appeals import OPEN
from crm.domain.evaluations import DONE, MarkKind, Purpose, State
from crm.domain.scorecards import Words
from crm.services import appeal_people, appeals, coachings, public_calendar, rules, scorecards

SHOWN = 200
NO_WORDS = Words("", "")


@dataclass(frozen=True)
class MarkView:
    """A mark with the names of its card. Times in seconds of the recording."""

    key: str
    fatal: bool
    code: str
    title: Words
    guide: Words
    taken: int
    points: int
    not_applicable: bool
    from_s: float | None
    to_s: float | None
    words: str
    note: str
    hurts: bool


@dataclass(frozen=True)
class PointView:
    """One point of an appeal, and what became of it. ``taken``: from then on."""

    mark: MarkView
    says: str
    at_s: float | None
    verdict: str | None
    taken: int | None
    reason: str


@dataclass(frozen=True)
class StepView:
    """One step of an appeal."""

    id: int
    step: int
    state: str
    made_at: datetime
    due_at: datetime
    certain: bool
    late: bool
    text: str
    points: tuple[PointView, ...]
    ruler: str | None
    ruler_id: int | None
    ruled_at: datetime | None
    outcome: str | None
    reason: str
    automatic: bool
    before: int | None
    after: int | None
    version: int


@dataclass(frozen=True)
class ScoreLine:
    """A score in a list. Scores in tenths; ``counts``: what stands after the rulings."""

    id: int
    call_id: str | None
    call_at: datetime | None
    agent: str
    scorer: str
    score: int
    counts: int
    grade: Words
    fatal: bool
    state: str
    until_at: datetime | None
    submitted_at: datetime | None
    open: bool


@dataclass(frozen=True)
class ScoreView:
    """One score with all that belongs to it."""

    line: ScoreLine
    recording_id: str | None
    marks: tuple[MarkView, ...]
    good: str
    advice: str
    certain: bool
    next_step: int | None
    steps: tuple[StepView, ...]
    events: tuple[tuple[datetime, str, str, Mapping[str, object]], ...]
    coaching: tuple[Coaching, ...]


def mine(session: Session, actor: Actor, *, zone: ZoneInfo) -> tuple[ScoreLine, ...]:
    """The actor's own scores, the newest first."""
    rows = session.scalars(
        select(Evaluation)
        .where(
            Evaluation.agent_id == (actor.user_id or 0), Evaluation.purpose == Purpose.ROUTINE,
            Evaluation.state.in_(sorted(DONE)),
        )
        .order_by(Evaluation.submitted_at.desc(), Evaluation.id.desc())
        .limit(SHOWN)
    ).all()  # fmt: skip
    return tuple(line(session, row, zone) for row in rows)


def line(session: Session, row: Evaluation, zone: ZoneInfo) -> ScoreLine:
    """A score in a list."""
    counts, call = appeals.counts_now(session, row), session.get(Call, row.call_id) if row.call_id else None
    card = scorecards.card_of(counts.card)
    grade = next((one.title for one in card.grades if one.code == counts.grade), NO_WORDS)
    return ScoreLine(
        row.id, row.call_id, call.started_at if call else None, _name(row.agent), _name(row.scorer), row.score or 0,
        counts.score or 0, grade, counts.fatal, row.state, _until(session, row, zone), row.submitted_at,
        row.state in {State.SUBMITTED, State.RULED},
    )  # fmt: skip


def _until(session: Session, row: Evaluation, zone: ZoneInfo) -> datetime | None:
    """Until when it can be appealed; counted here while nobody has written it down yet."""
    if row.state not in {State.SUBMITTED, State.RULED} or row.submitted_at is None:
        return None
    term = session.get(AppealTerm, row.id)
    if term is not None:
        return term.until_at
    return rules_of.appeal_end(row.submitted_at, rules.current(session), zone, public_calendar.calendar(session)).at


def one(session: Session, row: Evaluation, *, zone: ZoneInfo, now: datetime) -> ScoreView:
    """A score with its marks, its appeal and what came of it. Who may read it is asked before."""
    counts, term = appeals.counts_now(session, row), session.get(AppealTerm, row.id)
    steps = appeal_people.steps_of(session, row.id)
    step = rules_of.next_step(State(row.state), len(steps))
    until = _until(session, row, zone)
    open_step = int(step) if step is not None and until is not None and now <= until else None
    ids = [row.id, *(one.ruling_id for one in steps if one.ruling_id is not None)]
    return ScoreView(
        line(session, row, zone), row.recording_id, marks(counts), row.good, row.advice,
        term.certain if term else True, open_step, tuple(step_view(session, one, now) for one in steps),
        tuple(_events(session, row.id)), tuple(coachings.of_evaluation(session, ids)),
    )  # fmt: skip


def _events(session: Session, number: int) -> Iterable[tuple[datetime, str, str, Mapping[str, object]]]:
    rows = session.scalars(
        select(EvaluationEvent)
        .where(EvaluationEvent.evaluation_id == number, EvaluationEvent.event.not_in(("saved", "claimed", "read")))
        .order_by(EvaluationEvent.id)
    )
    for event in rows:
        yield event.at, event.actor, event.event, event.detail


def marks(row: Evaluation) -> tuple[MarkView, ...]:
    """The marks of an evaluation, with the names of its card: red lines first."""
    card, found = scorecards.card_of(row.card), []
    for named, mark in zip(appeals.marks(row), row.marks, strict=True):
        item, fatal = card.item(mark.code), card.fatal(mark.code)
        is_fatal = named.kind is MarkKind.FATAL
        asked = fatal if is_fatal else item
        found.append(
            MarkView(
                named.key, is_fatal, mark.code, asked.title if asked else NO_WORDS,
                asked.guide if asked else NO_WORDS, mark.taken, item.points if item and not is_fatal else 0,
                mark.not_applicable, _seconds(mark.from_ms), _seconds(mark.to_ms), mark.words, mark.note,
                named.hurts,
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda one: (not one.fatal, one.not_applicable)))


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def step_view(session: Session, row: Appeal, now: datetime) -> StepView:
    """One step of an appeal."""
    known = {mark.key: mark for mark in marks(row.against)}
    decided = {one["key"]: one for one in row.decisions}
    after = session.get(Evaluation, row.ruling_id) if row.ruling_id else None
    return StepView(
        row.id, row.step, row.state, row.made_at, row.due_at, row.certain, row.state in OPEN and row.due_at < now,
        row.text, tuple(_point(point, known[point["key"]], decided.get(point["key"])) for point in row.points),
        _name(row.ruler) if row.ruler else None, row.ruler_id, row.ruled_at, row.outcome, row.reason, row.automatic,
        row.against.score, (after or row.against).score if row.outcome else None, row.version,
    )  # fmt: skip


def _point(point: Mapping[str, object], mark: MarkView, decided: Mapping[str, object] | None) -> PointView:
    at = point.get("at_ms")
    told = decided or {}
    verdict, taken = told.get("verdict"), told.get("taken")
    return PointView(
        mark, str(point["says"]), at / 1000 if isinstance(at, int) else None, str(verdict) if verdict else None,
        taken if isinstance(taken, int) else None, str(told.get("reason", "")),
    )  # fmt: skip


def last_step(view: ScoreView) -> StepView | None:
    """The step that waits for a ruling; None where none does."""
    return next((step for step in view.steps if step.state in OPEN), None)


def _name(user: User) -> str:
    return user.display_name or user.username
