"""Calibrations: some calls, some scorers, each scores alone; then all is revealed and compared.

Until then nobody sees what anybody found, neither who holds the calibration nor who reads all scores; only how many
are handed in. What was not handed in when it is revealed is given back and counts nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.fairness import Calibration, CalibrationCall, CalibrationReading, CalibrationScorer
from crm.db.people import User
from crm.db.quality import Evaluation
from crm.domain.access import Action, Actor, Role
from crm.domain.errors import ConflictError, ForbiddenError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.evaluations import OPEN as STILL_OPEN
from crm.domain.evaluations import Purpose
from crm.domain.notices import NoticeKind
from crm.domain.rules import Rules
from crm.domain.sampling import spread
from crm.services import appeal_people, audit, evaluations, notices, scorecards
from crm.services import sampling_population as population
from crm.services.evaluation_rights import scored_agent, why_not

MAX_TITLE, MAX_TEXT, MAX_CALLS, MAX_SCORERS = 120, 4_000, 50, 40
_SHORT, _LONG = 60.0, 900.0
"""Seconds of talk of calls that are proposed: others show little, or take too long."""
_LOOK_BACK = timedelta(days=60)
OPEN, REVEALED, CANCELLED = "open", "revealed", "cancelled"


@dataclass(frozen=True)
class Proposed:
    """A call that could be scored by all."""

    call_id: str
    agent: str
    started_at: datetime
    talk_time: float
    language: str | None


@dataclass(frozen=True)
class Progress:
    """How far a scorer is: nothing of what he found."""

    user_id: int
    name: str
    handed_in: int
    begun: int


def propose(session: Session, actor: Actor, *, seed: str, count: int, now: datetime) -> tuple[Proposed, ...]:
    """Calls drawn by lot from the last weeks, of as many agents as there are; the same seed draws the same."""
    _check_holds(actor)
    scored = exists().where(CalibrationCall.call_id == Call.call_id)
    rows = session.execute(
        select(Call.call_id, Call.agent).where(
            Call.started_at >= now - _LOOK_BACK, Call.agent.is_not(None), Call.talk_time >= _SHORT,
            Call.talk_time <= _LONG, *population.heard(), ~scored,
        )
    )  # fmt: skip
    chosen = spread(seed, {row.call_id: row.agent for row in rows}, count)
    calls = [session.get_one(Call, call_id) for call_id in chosen]
    return tuple(
        Proposed(one.call_id, one.agent or "", one.started_at, one.talk_time or 0.0, one.language) for one in calls
    )


def make(
    session: Session, actor: Actor, title: str, call_ids: Sequence[str], scorers: Sequence[str], *, due_at: datetime,
    rules: Rules, now: datetime,
) -> int:  # fmt: skip
    """Ask scorers to score the same calls. Raises ForbiddenError, InvalidInputError."""
    _check_holds(actor)
    if not 1 <= len(title.strip()) <= MAX_TITLE:
        raise InvalidInputError("title", f"must have 1 to {MAX_TITLE} characters")
    if due_at <= now:
        raise InvalidInputError("due", "must lie ahead")
    users = _scorers(session, scorers)
    calls = _calls(session, call_ids, users, least=rules.calibration_calls)
    version = scorecards.in_force(session, calls[0][0].queue)
    if any(scorecards.in_force(session, call.queue).id != version.id for call, _agent in calls):
        raise InvalidInputError("calls", "are not all scored by the same card")
    asked = [
        CalibrationCall(
            position=place,
            call_id=call.call_id,
            recording_id=evaluations.recording_of(session, call),
            agent_id=agent.id,
        )
        for place, (call, agent) in enumerate(calls, 1)
    ]
    row = Calibration(
        title=title.strip(), version_id=version.id, state=OPEN, due_at=due_at, made_at=now, made_by=actor.name, note="",
        calls=asked, scorers=[CalibrationScorer(user_id=user.id) for user in users],
    )  # fmt: skip
    session.add(row)
    session.flush()
    _note(session, row, actor.name, "made", now, calls=[one.call_id for one in row.calls], scorers=list(scorers))
    for user in users:
        notices.tell(
            session, user.id, NoticeKind.CALIBRATION_ASKED, None, now, by=actor.user_id, path=f"/calibrations/{row.id}"
        )
    return row.id


def _scorers(session: Session, names: Sequence[str]) -> list[User]:
    known = {user.username: user for user in appeal_people.people(session, Role.QA)}
    wanted = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    strange = [name for name in wanted if name not in known]
    if strange:
        raise InvalidInputError("scorers", f"{strange[0]!r} is nobody who scores")
    if not 2 <= len(wanted) <= MAX_SCORERS:
        raise InvalidInputError("scorers", f"must be 2 to {MAX_SCORERS} people")
    return [known[name] for name in wanted]


def _calls(session: Session, call_ids: Sequence[str], users: Sequence[User], *, least: int) -> list[tuple[Call, User]]:
    wanted = list(dict.fromkeys(one.strip() for one in call_ids if one.strip()))
    if not least <= len(wanted) <= MAX_CALLS:
        raise InvalidInputError("calls", f"must be {least} to {MAX_CALLS}")
    found = []
    for call_id in wanted:
        call = session.get(Call, call_id)
        if call is None or call.ended_at is None:
            raise InvalidInputError("calls", f"there is no such call that is over: {call_id}")
        agent = scored_agent(session, call, None)
        for user in users:
            why = why_not(session, user.id, user.username, agent, call)
            if why is not None:
                raise InvalidInputError("scorers", f"{user.username} does not score call {call_id}: {why}")
        found.append((call, agent))
    return found


def listing(session: Session, actor: Actor) -> Sequence[Calibration]:
    """Calibrations, the newest first. Raises ForbiddenError."""
    _check_reads(actor)
    return session.scalars(select(Calibration).order_by(Calibration.id.desc()).limit(200)).all()


def load(session: Session, actor: Actor, number: int) -> Calibration:
    """One calibration. Raises NotFoundError, ForbiddenError."""
    _check_reads(actor)
    row = session.get(Calibration, number)
    if row is None:
        raise NotFoundError("there is no such calibration")
    return row


def progress(session: Session, row: Calibration) -> tuple[Progress, ...]:
    """How far each scorer is."""
    states: dict[int, list[Evaluation]] = {}
    for one in sheets(session, [row.id]):
        states.setdefault(one.scorer_id, []).append(one)
    return tuple(
        Progress(
            who.user_id,
            who.user.display_name or who.user.username,
            sum(one.submitted_at is not None for one in states.get(who.user_id, [])),
            sum(one.state in STILL_OPEN for one in states.get(who.user_id, [])),
        )
        for who in row.scorers
    )


def sheets(session: Session, numbers: Iterable[int]) -> Sequence[Evaluation]:
    """What was filled in for these calibrations, whoever asks: callers show nothing of it before it is revealed."""
    return session.scalars(
        select(Evaluation)
        .where(Evaluation.session_id.in_(list(numbers)), Evaluation.purpose == Purpose.CALIBRATION)
        .order_by(Evaluation.id)
    ).all()


def own(session: Session, actor: Actor, row: Calibration) -> dict[str, Evaluation]:
    """Call → his own sheet."""
    return {one.call_id or "": one for one in sheets(session, [row.id]) if one.scorer_id == actor.user_id}


def score(session: Session, actor: Actor, number: int, call_id: str, *, now: datetime) -> int:
    """Begin, or go on with, one of the calls; gives the evaluation's id. Raises NotFoundError, IllegalMoveError."""
    row = load(session, actor, number)
    chosen = next((one for one in row.calls if one.call_id == call_id), None)
    if chosen is None or actor.user_id not in {one.user_id for one in row.scorers}:
        raise NotFoundError("this is none of your calls")
    if row.state != OPEN:
        raise IllegalMoveError("the calibration is over")
    aim = evaluations.Aim(
        Purpose.CALIBRATION, key=f"calibration:{row.id}:{chosen.id}:{actor.user_id}", session_id=row.id
    )
    agent, call = session.get_one(User, chosen.agent_id), session.get_one(Call, call_id)
    return evaluations.begin(session, actor, agent, aim, call=call, version=row.card, now=now).id


def reveal(session: Session, actor: Actor, number: int, note: str, *, version: int, now: datetime) -> None:
    """Show everybody what everybody found. Before all is handed in and the term is over, it needs a reason."""
    row = _hold(session, actor, number)
    left = [one for one in progress(session, row) if one.handed_in < len(row.calls)]
    if left and now < row.due_at and not note.strip():
        raise InvalidInputError("note", "say why it is revealed before all have handed in")
    if len(row.scorers) - len(left) < 2:
        raise IllegalMoveError("fewer than two scorers have handed in all calls")
    _end(session, actor, row, REVEALED, note, version=version, now=now)
    for who in row.scorers:
        notices.tell(
            session, who.user_id, NoticeKind.CALIBRATION_SHOWN, None, now, by=actor.user_id,
            path=f"/calibrations/{row.id}",
        )  # fmt: skip


def cancel(session: Session, actor: Actor, number: int, note: str, *, version: int, now: datetime) -> None:
    """Call it off; nobody ever sees what was found. Raises InvalidInputError without a reason."""
    row = _hold(session, actor, number)
    if not note.strip():
        raise InvalidInputError("note", "say why it is called off")
    _end(session, actor, row, CANCELLED, note, version=version, now=now)


def _hold(session: Session, actor: Actor, number: int) -> Calibration:
    _check_holds(actor)
    row = load(session, actor, number)
    if row.state != OPEN:
        raise IllegalMoveError("the calibration is over")
    return row


def _end(
    session: Session, actor: Actor, row: Calibration, state: str, note: str, *, version: int, now: datetime
) -> None:
    if len(note) > MAX_TEXT:
        raise InvalidInputError("note", f"must have at most {MAX_TEXT} characters")
    changed = session.execute(
        update(Calibration)
        .where(Calibration.id == row.id, Calibration.version == version, Calibration.state == OPEN)
        .values(state=state, version=version + 1, note=note.strip(), revealed_at=now, revealed_by=actor.name)
        .returning(Calibration.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if changed is None:
        raise ConflictError("somebody else changed this calibration just now")
    session.refresh(row)
    for sheet in sheets(session, [row.id]):
        if sheet.state in STILL_OPEN:
            evaluations.give_back(session, sheet, actor.name, why=f"calibration {state}", now=now)
    _note(session, row, actor.name, state, now, note=note.strip()[:500])


def agree(session: Session, actor: Actor, number: int, code: str, text: str, *, now: datetime) -> None:
    """Write down how an item is read from now on. Raises InvalidInputError, IllegalMoveError, ForbiddenError."""
    row = load(session, actor, number)
    if not actor.may(Action.SCORE):
        raise ForbiddenError("these roles do not score")
    if row.state != REVEALED:
        raise IllegalMoveError("first it is revealed")
    card = scorecards.card_of(row.card)
    if card.item(code) is None and card.fatal(code) is None:
        raise InvalidInputError("code", "is no item of the card")
    if not 1 <= len(text.strip()) <= MAX_TEXT:
        raise InvalidInputError("text", f"must have 1 to {MAX_TEXT} characters")
    session.add(CalibrationReading(session_id=row.id, code=code, text=text.strip(), at=now, by=actor.name))
    _note(session, row, actor.name, "agreed", now, code=code)


def readings(session: Session, number: int | None = None) -> Sequence[CalibrationReading]:
    """What was agreed in a calibration, or in all of them, the newest first."""
    query = select(CalibrationReading).order_by(CalibrationReading.id.desc()).limit(500)
    return session.scalars(query if number is None else query.where(CalibrationReading.session_id == number)).all()


def remind(session: Session, now: datetime) -> int:
    """Tell scorers of a calibration that ends within a day, and whoever holds it that it is over; once each."""
    rows = session.scalars(
        select(Calibration).where(
            Calibration.state == OPEN, Calibration.due_at <= now + timedelta(days=1), Calibration.reminded_at.is_(None)
        )
    ).all()
    for row in rows:
        row.reminded_at = now
        for who in progress(session, row):
            if who.handed_in < len(row.calls):
                notices.tell(
                    session, who.user_id, NoticeKind.CALIBRATION_ASKED, None, now, path=f"/calibrations/{row.id}"
                )
    return len(rows)


def _check_holds(actor: Actor) -> None:
    if not actor.may(Action.CALIBRATE):
        raise ForbiddenError("these roles do not hold calibrations")


def _check_reads(actor: Actor) -> None:
    if not actor.may(Action.CALIBRATION_READ):
        raise ForbiddenError("these roles do not see calibrations")


def _note(session: Session, row: Calibration, by: str, event: str, now: datetime, **detail: object) -> None:
    audit.append(
        session, at=now, actor=by, action=f"calibration.{event}", subject=f"calibration:{row.id}",
        detail={"title": row.title, **detail},
    )  # fmt: skip
