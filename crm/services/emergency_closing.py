"""The end of an emergency: the report of a leak, the closing report, its signature."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.emergencies import Emergency, EmergencyBulletin, EmergencyMeasure
from crm.domain.access import Action, Actor
from crm.domain.emergency import REPORT_PARTS, Closing, State, Trigger, closing_problems, report_gaps
from crm.domain.errors import ConflictError, IllegalMoveError, InvalidInputError
from crm.services import emergencies
from crm.services import emergency_book as book

MAX_PART = 10_000


def report_leak(session: Session, actor: Actor, emergency_id: int, text: str, *, now: datetime) -> None:
    """Write down that the central bank was told of the leak: when, by which way, under which number."""
    row = book.load(session, actor, emergency_id, Action.EMERGENCY_WORK)
    book.still_open(row)
    if row.trigger != Trigger.LEAK:
        raise ConflictError("this emergency is no leak")
    if not 1 <= len(text.strip()) <= MAX_PART:
        raise InvalidInputError("text", "say how it was reported, and under which number")
    row.leak_report, row.leak_reported_at = text.strip(), now
    book.log(session, row, "leak_reported", actor=actor.name, now=now, text=row.leak_report)


def write_report(
    session: Session, actor: Actor, emergency_id: int, parts: Mapping[str, str], *, done: bool, now: datetime
) -> tuple[str, ...]:
    """Keep what was written of the closing report; ``done``: hand it in for signature. Gives what is missing.

    Raises InvalidInputError when it is handed in with gaps.
    """
    row = book.load(session, actor, emergency_id, Action.EMERGENCY_WORK)
    book.still_open(row)
    kept = {part: str(parts.get(part, "")).strip()[:MAX_PART] for part in REPORT_PARTS}
    gaps = report_gaps(kept)
    if done and gaps:
        raise InvalidInputError("report", "the closing report is not complete")
    row.report = kept
    if done:
        row.report_by_id, row.report_at, row.state = actor.user_id, now, State.REPORTED
        book.log(session, row, "report", actor=actor.name, now=now, characters=sum(map(len, kept.values())))
        book.tell(session, row, book.team_ids(row), "report", now=now, by=actor.user_id)
    else:
        row.version += 1
        if row.state == State.REPORTED:
            row.state, row.report_by_id, row.report_at = State.OPEN, None, None
            book.log(session, row, "report_reopened", actor=actor.name, now=now)
    return gaps


def what_is_missing(session: Session, row: Emergency, actor: Actor) -> tuple[str, ...]:
    """What stands against this person closing it."""
    open_measures = session.scalar(
        select(func.count())
        .select_from(EmergencyMeasure)
        .where(EmergencyMeasure.emergency_id == row.id, EmergencyMeasure.ended_at.is_(None))
    )
    last = session.scalars(
        select(EmergencyBulletin)
        .where(EmergencyBulletin.emergency_id == row.id)
        .order_by(EmergencyBulletin.position.desc())
        .limit(1)
    ).first()
    return closing_problems(
        Closing(
            report={part: str(text) for part, text in row.report.items()},
            author=row.report_by_id,
            closer=actor.user_id or 0,
            interim=row.interim_at is not None,
            measures_open=open_measures or 0,
            final_bulletin=last is not None and last.final,
            leak_report_missing=row.trigger == Trigger.LEAK and row.leak_reported_at is None,
        )
    )


def missing_for(session: Session, actor: Actor, emergency_id: int) -> tuple[str, ...]:
    """The same, for a page."""
    return what_is_missing(session, book.load(session, actor, emergency_id), actor)


def close(session: Session, actor: Actor, emergency_id: int, *, now: datetime) -> None:
    """Sign the closing report: the emergency is over. Raises IllegalMoveError that says what is missing."""
    row = book.load(session, actor, emergency_id, Action.EMERGENCY_CLOSE)
    book.still_open(row, State.REPORTED)
    problems = what_is_missing(session, row, actor)
    if problems:
        raise IllegalMoveError(problems[0])
    emergencies.end(session, row, State.CLOSED, actor, str(row.report.get("lessons", ""))[:500], now)
