"""What is kept and what goes: archives, files for authorities, deletions that were agreed to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.orm import Session

from crm.db.archives import Deletion, RegulatorExport
from crm.db.tickets import Ticket
from crm.documents import deletion_report
from crm.documents.deletion_report import DeletionReport, Line
from crm.domain.access import SYSTEM
from crm.domain.errors import ConflictError, IllegalMoveError
from crm.domain.tickets import Status
from crm.jobs.work import JobContext
from crm.services import archives, documents, letterhead, purging, regulator_export, retention
from crm.services.ticket_moves import system_move

log = structlog.get_logger(__name__)

_ZONE = ZoneInfo("Asia/Shanghai")
REPORT = "deletion_report"


def make_archive(context: JobContext, payload: Mapping[str, Any]) -> None:
    """Make the archive of a closed ticket, then move it there. A second time does nothing."""
    now = context.now()
    with context.database.write() as session:
        ticket = session.get(Ticket, int(payload["ticket_id"]))
        if ticket is None or Status(ticket.status) is not Status.CLOSED:
            return
        try:
            archives.make(session, context.store, ticket, by=str(payload.get("by", SYSTEM.name)), now=now)
        except ConflictError:
            log.info("archive_made_before", ticket=ticket.id)
        try:
            with session.begin_nested():
                system_move(session, ticket, "archive", now=now)
        except IllegalMoveError as error:
            log.warning("archive_without_move", ticket=ticket.id, why=str(error))


def make_export(context: JobContext, payload: Mapping[str, Any]) -> None:
    """Make a file for an authority."""
    zone = context.centre.zone if context.centre else _ZONE
    with context.database.write() as session:
        regulator_export.make(session, context.store, int(payload["export_id"]), zone=zone, now=context.now())


def export_failed(session: Session, payload: Mapping[str, Any], error: str, _now: datetime) -> None:
    """All tries were used up: whoever asked sees why."""
    row = session.get(RegulatorExport, int(payload["export_id"]))
    if row is not None and row.state == "queued":
        row.state, row.error = "failed", error[:500]


def carry_out_deletion(context: JobContext, payload: Mapping[str, Any]) -> None:
    """Delete what a list says, one thing a transaction, then write the report. It goes on where it was cut off."""
    deletion_id = int(payload["deletion_id"])
    while _next(context, deletion_id):
        pass
    with context.database.write() as session:
        row = session.get_one(Deletion, deletion_id)
        if row.state != retention.AGREED:
            return
        now = context.now()
        row.state, row.done_at = retention.DONE, now
        row.version += 1
        session.flush()
        _report(context, session, row, now)


def _next(context: JobContext, deletion_id: int) -> bool:
    """Delete the next thing of the list; False when nothing is left."""
    with context.database.write() as session:
        row = session.get_one(Deletion, deletion_id)
        item = next((one for one in row.items if one.outcome is None), None)
        if row.state != retention.AGREED or item is None:
            return False
        purging.carry_out(session, context.store, row, item, now=context.now())
        return True


def _report(context: JobContext, session: Session, row: Deletion, now: datetime) -> None:
    zone = context.centre.zone if context.centre else _ZONE
    deleted = sum(item.outcome == retention.DELETED for item in row.items)
    drawn = deletion_report.draw(_printed(session, row, zone), deleted)
    kept = documents.keep(session, context.store, drawn, kind=REPORT, file_name=f"deletion-{row.id}.pdf",
                          media_type=documents.PDF, ticket_id=None, by=SYSTEM.name, now=now)  # fmt: skip
    row.document_id = kept.id
    retention.note(session, row, "done", SYSTEM.name, now, {"deleted": deleted, "report": kept.sha256})


_OUTCOMES = {retention.DELETED: "已删除", retention.HELD: "因保全保留", retention.KEPT: "保留"}
_RULES = {
    "complaint_file_years": "投诉档案保存期满",
    "service_recording_years": "服务录音保存期满",
    retention.EARLY: "提前删除",
}
_KINDS = {retention.EXPIRY: "到期删除", retention.EARLY: "提前删除(双人)"}
_PARTS = {"recordings": "录音", "attachments": "附件", "documents": "文书", "messages": "消息"}


def _printed(session: Session, row: Deletion, zone: ZoneInfo) -> DeletionReport:
    """The report is the house's own paper, and so in Chinese."""
    words = letterhead.current(session).words("zh")

    def at(moment: datetime | None) -> str:
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else "–"

    lines = [
        Line(
            item.label,
            _RULES.get(item.rule, item.rule),
            f"{item.expired_at.astimezone(zone):%Y-%m-%d}" if item.expired_at else "–",
            _OUTCOMES.get(item.outcome or "", "–"),
            ",".join(f"{_PARTS.get(name, name)} {count}" for name, count in item.detail.items() if count),
        )
        for item in row.items
    ]
    return DeletionReport(
        language="zh",
        bank=f"{words.bank} {words.centre}",
        number=str(row.id),
        kind=_KINDS.get(row.kind, row.kind),
        reason=row.reason or "–",
        proposed=f"{row.proposed_by} {at(row.proposed_at)}",
        agreed=f"{row.agreed_by or '–'} {at(row.agreed_at)}",
        done=at(row.done_at),
        lines=lines,
        made_at=row.done_at or row.proposed_at,
    )
