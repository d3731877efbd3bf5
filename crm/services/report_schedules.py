"""Scheduled reports: who gets what when. Who sets one up chooses from people whose roles read such figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.people import User
from crm.db.schedules import ReportDelivery, ReportRecipient, ReportRun, ReportSchedule
from crm.domain.access import Action, Actor, Relation, reach
from crm.domain.boards import Board
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.report_times import Rhythm, next_after, rhythm
from crm.services import audit, kpi_questions, report_contents, users

MOST_RECIPIENTS = 50
RUNS_SHOWN = 60


@dataclass(frozen=True)
class Form:
    """A schedule as it was typed."""

    title: str
    board: str
    queue: str
    team: str
    formats: tuple[str, ...]
    span: str
    on_day: int
    at_time: str
    recipients: tuple[str, ...]


def rhythm_of(row: ReportSchedule) -> Rhythm:
    """When it is made."""
    return rhythm(row.span, row.on_day, row.at_time)


def listed(session: Session, actor: Actor) -> Sequence[ReportSchedule]:
    """All schedules, those at rest last."""
    _may(actor)
    query = select(ReportSchedule).order_by(ReportSchedule.active.desc(), ReportSchedule.next_at, ReportSchedule.id)
    return session.scalars(query).all()


def get(session: Session, actor: Actor, schedule_id: int) -> ReportSchedule:
    """One of them. Raises ForbiddenError, NotFoundError."""
    _may(actor)
    row = session.get(ReportSchedule, schedule_id)
    if row is None:
        raise NotFoundError("there is no such schedule")
    return row


def readers(session: Session, board: Board) -> list[User]:
    """Active people whose roles read these figures."""
    query = select(User).where(User.active).order_by(User.display_name, User.id)
    return [one for one in session.scalars(query) if report_contents.may_read(users.actor_of(one), board)]


def save(
    session: Session, actor: Actor, form: Form, *, schedule_id: int | None, seen: int, zone: ZoneInfo, now: datetime
) -> ReportSchedule:
    """Make a schedule, or change one. Raises ForbiddenError, InvalidInputError, NotFoundError, ConflictError."""
    _may(actor)
    board, given = _checked(session, actor, form)
    people = _recipients(session, board, form.recipients)
    row = _held(session, schedule_id, seen)
    row.title, row.board, row.formats = (
        form.title.strip(),
        board,
        [one for one in report_contents.FORMATS if one in form.formats],
    )
    row.choice = {name: value for name, value in (("queue", form.queue), ("team", form.team)) if value}
    row.span, row.on_day, row.at_time = given.span, given.on_day, f"{given.at_time:%H:%M}"
    row.made_by_id, row.made_at = actor.user_id or 0, now
    row.next_at = next_after(given, now, zone) if row.active else None
    kept = {one.user_id: one for one in row.recipients}
    row.recipients = [kept.get(one.id) or ReportRecipient(user_id=one.id) for one in people]
    row.version += 1
    session.add(row)
    session.flush()
    _log(session, actor, row, "saved", now)
    return row


def _held(session: Session, schedule_id: int | None, seen: int) -> ReportSchedule:
    if schedule_id is None:
        return ReportSchedule(active=True, version=0, recipients=[])
    row = _locked(session, schedule_id)
    if row.version != seen:
        raise ConflictError("somebody else changed this schedule just now")
    return row


def _locked(session: Session, schedule_id: int) -> ReportSchedule:
    query = select(ReportSchedule).where(ReportSchedule.id == schedule_id)
    row = session.scalars(query.with_for_update(of=ReportSchedule)).first()
    if row is None:
        raise NotFoundError("there is no such schedule")
    return row


def _checked(session: Session, actor: Actor, form: Form) -> tuple[Board, Rhythm]:
    if not 1 <= len(form.title.strip()) <= 100 or not form.title.isprintable():
        raise InvalidInputError("title", "must have 1 to 100 characters")
    if form.board not in set(Board):
        raise InvalidInputError("board", "must be calls, people or complaints")
    board = Board(form.board)
    if not report_contents.may_read(actor, board):
        raise ForbiddenError("these roles do not read this")
    if not form.formats or not set(form.formats) <= set(report_contents.FORMATS):
        raise InvalidInputError("formats", "must be any of xlsx, pdf, csv")
    if form.queue and form.team:
        raise InvalidInputError("queue", "choose a queue or a section, not both")
    if len(form.queue) > 40 or (form.queue and board is not Board.CALLS):
        raise InvalidInputError("queue", "only the service board has queues")
    if form.team:
        if board is Board.COMPLAINTS:
            raise InvalidInputError("team", "complaints are not counted by section")
        kpi_questions.team_id(session, form.team)
    return board, rhythm(form.span, form.on_day, form.at_time)


def _recipients(session: Session, board: Board, names: Sequence[str]) -> list[User]:
    wanted = set(names)
    if not 1 <= len(wanted) <= MOST_RECIPIENTS:
        raise InvalidInputError("recipients", f"must be 1 to {MOST_RECIPIENTS} people")
    found = [one for one in readers(session, board) if one.username in wanted]
    if len(found) != len(wanted):
        strangers = ", ".join(sorted(wanted - {one.username for one in found}))
        raise InvalidInputError("recipients", f"their roles do not read this, or they are not there: {strangers[:200]}")
    return found


def rest(session: Session, actor: Actor, schedule_id: int, *, active: bool, zone: ZoneInfo, now: datetime) -> None:
    """Stop a schedule, or have it go on from now. Raises ForbiddenError, NotFoundError."""
    _may(actor)
    row = _locked(session, schedule_id)
    if row.active == active:
        return
    row.active = active
    row.next_at = next_after(rhythm_of(row), now, zone) if active else None
    row.version += 1
    _log(session, actor, row, "woken" if active else "rested", now)


def runs(session: Session, actor: Actor, schedule_id: int) -> Sequence[ReportRun]:
    """The times that it was made, the newest first."""
    _may(actor)
    query = select(ReportRun).where(ReportRun.schedule_id == schedule_id).order_by(ReportRun.due_at.desc())
    return session.scalars(query.limit(RUNS_SHOWN)).all()


def mine(session: Session, actor: Actor) -> list[tuple[ReportSchedule, ReportRun, ReportDelivery]]:
    """Reports made for this person, the newest first."""
    query = (
        select(ReportSchedule, ReportRun, ReportDelivery)
        .join(ReportRun, ReportRun.schedule_id == ReportSchedule.id)
        .join(ReportDelivery, ReportDelivery.run_id == ReportRun.id)
        .where(ReportDelivery.user_id == actor.user_id)
        .order_by(ReportRun.due_at.desc(), ReportRun.id.desc())
    )
    return [(one, run, sent) for one, run, sent in session.execute(query.limit(RUNS_SHOWN))]


def readable_parts(session: Session, actor: Actor, run: ReportRun) -> list[str]:
    """Which documents of a run he may open: those made for him, and all where he reads all such figures anyway."""
    schedule = session.get_one(ReportSchedule, run.schedule_id)
    board = Board(schedule.board)
    if not report_contents.may_read(actor, board):
        return []
    action = Action.ANALYSIS_READ if board is Board.COMPLAINTS else Action.KPI_READ
    if Relation.ANY in reach(actor.roles, action):
        return sorted(run.documents)
    return sorted({one.part for one in run.deliveries if one.user_id == actor.user_id and one.part in run.documents})


def _may(actor: Actor) -> None:
    if not actor.may(Action.REPORT_SCHEDULE) or actor.user_id is None:
        raise ForbiddenError("these roles do not schedule reports")


def _log(session: Session, actor: Actor, row: ReportSchedule, what: str, now: datetime) -> None:
    detail = {
        "title": row.title, "board": row.board, "choice": row.choice, "formats": row.formats, "span": row.span,
        "on_day": row.on_day, "at_time": row.at_time, "recipients": [one.user_id for one in row.recipients],
    }  # fmt: skip
    subject = f"schedule:{row.id}"
    audit.append(session, at=now, actor=actor.name, action=f"schedule.{what}", subject=subject, detail=detail)
