"""Scheduled reports made at their times: the files put away, a mail to each recipient, and what came of it.

A time of a schedule is made once: its row is unique. Each recipient gets what his own roles let him read on that day;
who may not read it any more, or has left, gets nothing, and the run says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.people import User
from crm.db.schedules import ReportDelivery, ReportRun, ReportSchedule
from crm.domain.access import SYSTEM, Actor
from crm.domain.boards import Board
from crm.domain.errors import DomainError, ForbiddenError, NotFoundError
from crm.domain.notices import NoticeKind
from crm.domain.report_times import Span, covers, missed, next_after
from crm.services import audit, documents, messages, notices, report_contents, report_schedules, users
from crm.services.centre import Centre
from crm.services.report_contents import Report, Wanted
from recordings.store import Store, StoredObject

CATCH_UP = 7
"""After a stop at most so many times of a schedule are made up for."""
TEMPLATE = "report"


def due(session: Session, now: datetime) -> list[int]:
    """Schedules whose time has come."""
    query = select(ReportSchedule.id).where(ReportSchedule.next_at.is_not(None), ReportSchedule.next_at <= now)
    return list(session.scalars(query.order_by(ReportSchedule.next_at)))


def make_due(session: Session, store: Store, schedule_id: int, *, centre: Centre, now: datetime) -> int:
    """Make what is due of one schedule, and set its next time. Asking twice makes nothing twice."""
    query = select(ReportSchedule).where(ReportSchedule.id == schedule_id)
    row = session.scalars(query.with_for_update(skip_locked=True, of=ReportSchedule)).first()
    if row is None or row.next_at is None or row.next_at > now:
        return 0
    rhythm = report_schedules.rhythm_of(row)
    times = missed(rhythm, row.next_at, now, centre.zone, CATCH_UP)
    for at in times:
        make(session, store, row, at, by=SYSTEM, centre=centre, now=now)
    row.next_at = next_after(rhythm, times[-1], centre.zone)
    session.flush()
    return len(times)


def make_now(
    session: Session, store: Store, actor: Actor, schedule_id: int, *, centre: Centre, now: datetime
) -> ReportRun:
    """Make it at once, over the last days that are over, and mail it. Raises ForbiddenError, NotFoundError."""
    row = report_schedules.get(session, actor, schedule_id)
    return make(session, store, row, now, by=actor, centre=centre, now=now)


def make(
    session: Session, store: Store, row: ReportSchedule, at: datetime, *, by: Actor, centre: Centre, now: datetime
) -> ReportRun:
    """Make the report of one of its times; one that is there already stays as it is."""
    there = select(ReportRun).where(ReportRun.schedule_id == row.id, ReportRun.due_at == at)
    found = session.scalars(there).first()
    if found is not None:
        return found
    first, last = covers(Span(row.span), at, centre.zone)
    run = ReportRun(
        schedule_id=row.id, due_at=at, made_at=now, made_by=by.name, first=first, last=last, documents={}, error="",
        deliveries=[],
    )  # fmt: skip
    session.add(run)
    session.flush()
    maker = _Maker(session, store, row, run, centre, now)
    for recipient in row.recipients:
        run.deliveries.append(maker.deliver(recipient.user))
    run.documents = {part: [one.id for one in kept] for part, kept in maker.kept.items()}
    run.error = maker.error
    session.flush()
    outcomes = {one.user.username: one.outcome for one in run.deliveries}
    detail = {"run": run.id, "due_at": at.isoformat(), "first": str(first), "last": str(last), "outcomes": outcomes}
    audit.append(session, at=now, actor=by.name, action="schedule.run", subject=f"schedule:{row.id}", detail=detail)
    return run


@dataclass
class _Maker:
    """Makes each part once, however many get it."""

    session: Session
    store: Store
    row: ReportSchedule
    run: ReportRun
    centre: Centre
    now: datetime
    kept: dict[str, list[documents.DocumentView]] = field(default_factory=dict)
    headings: dict[str, str] = field(default_factory=dict)
    error: str = ""

    def deliver(self, user: User) -> ReportDelivery:
        """What came of it for one of the recipients."""
        actor = users.actor_of(user)
        language = "en" if user.locale == "en" else "zh"
        if not user.active:
            return self._noted(user, "inactive", "")
        try:
            part = self._part(actor, language)
        except ForbiddenError:
            return self._noted(user, "no_right", "")
        except DomainError as error:
            self.error = str(error)[:300]
            return self._noted(user, "failed", "")
        if not user.email:
            path = f"/report-mail/runs/{self.run.id}"
            notices.tell(self.session, user.id, NoticeKind.REPORT_READY, None, self.now, path=path)
            return self._noted(user, "no_address", part)
        return self._noted(user, "mailed", part, self._mail(user, language, part))

    def _noted(self, user: User, outcome: str, part: str, message_id: int | None = None) -> ReportDelivery:
        return ReportDelivery(
            run_id=self.run.id, user_id=user.id, user=user, outcome=outcome, part=part, message_id=message_id
        )

    def _part(self, actor: Actor, language: str) -> str:
        wanted = Wanted(
            Board(self.row.board),
            self.run.first,
            self.run.last,
            self.row.choice.get("queue"),
            self.row.choice.get("team"),
        )
        forms = tuple(self.row.formats)
        team = report_contents.team_for(self.session, actor, wanted)
        part = f"{language}:{team}"
        if part not in self.kept:
            made = report_contents.make(
                self.session, actor, wanted, forms, language, zone=self.centre.zone, now=self.now
            )
            self.kept[part] = self._keep(made)
            self.headings[part] = made.heading
        return part

    def _keep(self, made: Report) -> list[documents.DocumentView]:
        return [
            documents.keep(
                self.session, self.store, one.content, kind="report", file_name=one.name, media_type=one.media_type,
                ticket_id=None, by=self.run.made_by, now=self.now,
            )
            for one in made.files
        ]  # fmt: skip

    def _mail(self, user: User, language: str, part: str) -> int:
        return messages.queue_message(
            self.session, ticket_id=None, user_id=user.id, channel="email", template=TEMPLATE, language=language,
            params=self._params(user, part), now=self.now, sent_by=self.run.made_by,
            documents=[one.id for one in self.kept[part]],
            unique_key=f"report:{self.row.id}:{self.run.due_at:%Y%m%dT%H%M%S}:{user.id}",
        )  # fmt: skip

    def _params(self, user: User, part: str) -> Mapping[str, str]:
        return {
            "name": user.display_name or user.username, "title": self.row.title, "heading": self.headings[part],
            "first": str(self.run.first), "last": str(self.run.last),
            "files": "\n".join(one.file_name for one in self.kept[part]),
        }  # fmt: skip


def open_document(
    session: Session, store: Store, actor: Actor, run_id: int, document_id: str, *, now: datetime
) -> tuple[documents.DocumentView, StoredObject]:
    """A file of a run, on record (a writing session). Raises NotFoundError for what is not his to read."""
    run = session.get(ReportRun, run_id)
    parts = [] if run is None else report_schedules.readable_parts(session, actor, run)
    allowed = {one for part in parts for one in (run.documents[part] if run is not None else ())}
    rows = documents.rows_of(session, [document_id]) if document_id in allowed else ()
    if not rows:
        raise NotFoundError("there is no such report")
    return documents.view(rows[0]), documents.opened(session, store, rows[0], actor, now=now)


def files_of(session: Session, actor: Actor, run: ReportRun) -> list[documents.DocumentView]:
    """The files of a run that he may open."""
    parts = report_schedules.readable_parts(session, actor, run)
    ids = [one for part in parts for one in run.documents[part]]
    return [documents.view(row) for row in documents.rows_of(session, ids)]
