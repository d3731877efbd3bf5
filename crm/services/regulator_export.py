"""Files for an authority: a register of complaints in a span, and on demand the archives of single ones.

Asked for by compliance, made by a job, sealed by a manifest, opened on record.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.archives import Archive, RegulatorExport
from crm.db.departments import Department
from crm.db.messages import Document
from crm.db.tickets import Ticket
from crm.documents import bundle, sheets
from crm.documents.bundle import File
from crm.documents.sheets import Column, Table
from crm.domain.access import Action, Actor, reach
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.statistics_codes import Axis, title
from crm.domain.tickets import COMPLAINT_KINDS
from crm.services import audit, documents
from crm.services.jobs import enqueue
from ivr.ticketnumbers import keyed, shown
from recordings.store import Store, StoredObject

MAKE = "make_regulator_export"
KIND = "regulator_export"
LONGEST = timedelta(days=3_660)
MOST_ARCHIVES = 50
_BATCH = 500

HEADS: tuple[tuple[str, str, str], ...] = (
    ("number", "投诉编号", "Number"),
    ("received", "受理时间", "Received"),
    ("channel", "投诉渠道", "Channel"),
    ("channel_code", "渠道分类(JR/T 0169)", "Channel (JR/T 0169)"),
    ("business", "业务类别(JR/T 0169)", "Business (JR/T 0169)"),
    ("reason", "投诉原因(JR/T 0169)", "Reason (JR/T 0169)"),
    ("level", "投诉级别", "Level"),
    ("complexity", "复杂程度", "Complexity"),
    ("source", "转办机关", "Forwarded by"),
    ("department", "责任部门", "Department"),
    ("amount", "涉及金额(元)", "Amount (yuan)"),
    ("legal_due", "办理期限", "Legal term"),
    ("notified", "告知时间", "Told"),
    ("in_time", "是否按期", "In time"),
    ("status", "状态", "Status"),
    ("closed", "办结时间", "Closed"),
)
"""The columns of the register: name, Chinese and English head."""


@dataclass(frozen=True)
class Wanted:
    """What an authority asks for. ``numbers``: tickets whose archives go with it."""

    body: str
    reference: str
    reason: str
    since: datetime
    until: datetime
    numbers: tuple[str, ...] = ()
    language: str = "zh"


def ask(session: Session, actor: Actor, wanted: Wanted, *, now: datetime) -> RegulatorExport:
    """Ask for a file; a job makes it. Raises ForbiddenError, InvalidInputError."""
    if not reach(actor.roles, Action.ARCHIVE_TAKE):
        raise ForbiddenError("your role does not allow this")
    if not 1 <= len(wanted.body.strip()) <= 200 or not wanted.reason.strip():
        raise InvalidInputError("body", "for whom it is and why must be said")
    if not wanted.since < wanted.until <= wanted.since + LONGEST:
        raise InvalidInputError("until", "must lie after the beginning, at most ten years")
    keys = [keyed(number) for number in wanted.numbers if number.strip()]
    known = set(session.scalars(select(Ticket.number).join(Archive, Archive.ticket_id == Ticket.id)
                                .where(Ticket.number.in_(keys), Archive.state != "purged")))  # fmt: skip
    if len(keys) > MOST_ARCHIVES or (missing := [number for number in keys if number not in known]):
        named = shown(missing[0]) if keys and len(keys) <= MOST_ARCHIVES and len(missing[0]) == 13 else ""
        raise InvalidInputError("numbers", f"{named} has no archive".strip() if named else "must name archived tickets")
    criteria = {"since": wanted.since.isoformat(), "until": wanted.until.isoformat(), "numbers": keys,
                "language": wanted.language}  # fmt: skip
    row = RegulatorExport(body=wanted.body.strip(), reference=wanted.reference.strip()[:120],
                          reason=wanted.reason.strip()[:500], criteria=criteria, state="queued", error="",
                          asked_by=actor.name, asked_at=now, tickets=0)  # fmt: skip
    session.add(row)
    session.flush()
    _note(session, row, "asked", actor.name, now)
    enqueue(session, MAKE, {"export_id": row.id}, now=now, unique_key=f"{MAKE}:{row.id}")
    return row


def make(session: Session, store: Store, export_id: int, *, zone: ZoneInfo, now: datetime) -> None:
    """Make the file. Raises StoreError; a second time does nothing."""
    row = session.get(RegulatorExport, export_id)
    if row is None or row.state == "done":
        return
    language = str(row.criteria.get("language", "zh"))
    since, until = datetime.fromisoformat(row.criteria["since"]), datetime.fromisoformat(row.criteria["until"])
    lines = register(session, since, until, zone=zone, language=language)
    heads = [zh if language == "zh" else en for _name, zh, en in HEADS]
    files = [
        File("register.csv", _csv(heads, lines)),
        File("register.xlsx", _xlsx(heads, lines, language, now)),
        *_archives(session, store, row.criteria.get("numbers", [])),
    ]
    head = {"for": row.body, "reference": row.reference, "since": row.criteria["since"], "until": row.criteria["until"],
            "tickets": len(lines), "made_at": now.isoformat(timespec="seconds"), "asked_by": row.asked_by}  # fmt: skip
    packed = bundle.pack(files, head, now)
    kept = documents.keep(session, store, packed.content, kind=KIND, file_name=f"export-{row.id}.zip",
                          media_type=documents.ZIP, ticket_id=None, by=row.asked_by, now=now)  # fmt: skip
    row.document_id, row.tickets, row.state, row.done_at = kept.id, len(lines), "done", now
    _note(session, row, "made", "system", now)


def register(session: Session, since: datetime, until: datetime, *, zone: ZoneInfo, language: str) -> list[list[str]]:
    """One line a complaint that was received in the span, in order."""
    names = {one.id: one.name_zh if language == "zh" else one.name_en for one in session.scalars(select(Department))}
    lines: list[list[str]] = []
    after: tuple[datetime, int] | None = None
    while True:
        query = select(Ticket).where(
            Ticket.kind.in_(sorted(COMPLAINT_KINDS)), Ticket.received_at >= since, Ticket.received_at < until
        )
        if after is not None:
            at, last = after
            query = query.where((Ticket.received_at > at) | ((Ticket.received_at == at) & (Ticket.id > last)))
        rows = session.scalars(query.order_by(Ticket.received_at, Ticket.id).limit(_BATCH)).unique().all()
        lines += [_line(row, names, zone, language) for row in rows]
        if len(rows) < _BATCH:
            return lines
        after = (rows[-1].received_at, rows[-1].id)


def _line(ticket: Ticket, departments: Mapping[int, str], zone: ZoneInfo, language: str) -> list[str]:
    def at(moment: datetime | None) -> str:
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else ""

    told = ticket.notified_at
    in_time = "" if told is None or ticket.legal_due_at is None else ("1" if told <= ticket.legal_due_at else "0")
    amount = f"{ticket.amount_fen / 100:.2f}" if ticket.amount_fen is not None else ""
    return [
        shown(ticket.number),
        at(ticket.received_at),
        ticket.channel,
        title(Axis.CHANNEL, ticket.channel_code, language) or "",
        title(Axis.BUSINESS, ticket.business_code, language) or "",
        title(Axis.REASON, ticket.reason_code, language) or "",
        str(ticket.level or ""),
        ticket.complexity,
        ticket.source_body or "",
        departments.get(ticket.department_id or 0, ""),
        amount,
        at(ticket.legal_due_at),
        at(told),
        in_time,
        ticket.status,
        at(ticket.closed_at),
    ]


def _csv(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> bytes:
    """With the mark that lets spreadsheets read it as UTF-8; nothing in it is a formula."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(heads)
    writer.writerows([[sheets.harmless(cell) for cell in line] for line in lines])
    return target.getvalue().encode("utf-8-sig")


def _xlsx(heads: Sequence[str], lines: Sequence[Sequence[str]], language: str, now: datetime) -> bytes:
    name = "投诉登记" if language == "zh" else "Complaints"
    table = Table(name, name, [Column(head, width=18) for head in heads], lines)
    return sheets.workbook([table], title=name, made_at=now)


def _archives(session: Session, store: Store, numbers: Sequence[str]) -> list[File]:
    rows = session.execute(
        select(Ticket.number, Document)
        .join(Archive, Archive.ticket_id == Ticket.id)
        .join(Document, Document.id == Archive.document_id)
        .where(Ticket.number.in_(list(numbers)), Archive.state != "purged")
        .order_by(Ticket.number, Archive.id)
    ).all()
    return [
        File(f"archives/{shown(number)}-{paper.id[:8]}.zip", documents.content_of(store, paper))
        for number, paper in rows
    ]


def newest(session: Session, actor: Actor, limit: int = 30) -> Sequence[RegulatorExport]:
    """The newest files. Raises ForbiddenError."""
    if not reach(actor.roles, Action.ARCHIVE_READ):
        raise ForbiddenError("your role does not allow this")
    return session.scalars(select(RegulatorExport).order_by(RegulatorExport.id.desc()).limit(limit)).all()


def open_export(
    session: Session, store: Store, actor: Actor, export_id: int, *, now: datetime
) -> tuple[Document, StoredObject]:
    """The file, to be taken out of the house, on record. Raises ForbiddenError, NotFoundError, ConflictError."""
    if not reach(actor.roles, Action.ARCHIVE_TAKE):
        raise ForbiddenError("your role does not allow this")
    row = session.get(RegulatorExport, export_id)
    if row is None:
        raise NotFoundError("there is no such file")
    paper = session.get(Document, row.document_id) if row.document_id else None
    if paper is None:
        raise ConflictError("this file is not made yet")
    return paper, documents.opened(session, store, paper, actor, now=now)


def _note(session: Session, row: RegulatorExport, what: str, by: str, now: datetime) -> None:
    detail = {"body": row.body, "reference": row.reference, "tickets": row.tickets, **row.criteria}
    audit.append(session, at=now, actor=by, action=f"export.{what}", subject=f"export:{row.id}", detail=detail)
