"""Everything that belongs to a ticket, as files: rows as JSON, recordings, transcripts, files that came, letters, form.

Whatever table says ``ticket_id`` is of the archive, so that a part that is added later is not forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.mapper import Mapper

from crm.db.aftercare import AcceptanceForm, FormSignature
from crm.db.attachments import Attachment
from crm.db.calls import Call, Recording, TranscriptRow
from crm.db.casefile import Evidence, EvidenceCustody
from crm.db.handling import ApprovalDecision, ApprovalRequest, ApprovalStep
from crm.db.messages import Document, Message, MessageAttempt
from crm.db.models import Base
from crm.db.records import AuditEntry
from crm.db.tickets import Ticket, TicketRecording, ticket_calls
from crm.documents.bundle import File, json_bytes
from recordings.store import Store, StoreError

_SECRETS = frozenset({"digest", "link_digest", "progress_code", "store_key", "email_key", "handle_key", "caller_key"})
"""Columns that tell nothing of the matter: secrets of links, names in the store, blind indexes."""
_LEFT_OUT = frozenset({"archives", "notices", "deletion_items", "tickets", "ticket_recordings", "legal_holds"})
_CHILDREN: tuple[tuple[str, type[Base], Any, type[Base], Any], ...] = (
    ("evidence_custody", EvidenceCustody, EvidenceCustody.evidence_id, Evidence, Evidence.id),
    ("approval_steps", ApprovalStep, ApprovalStep.request_id, ApprovalRequest, ApprovalRequest.id),
    ("message_attempts", MessageAttempt, MessageAttempt.message_id, Message, Message.id),
    ("form_signatures", FormSignature, FormSignature.form_id, AcceptanceForm, AcceptanceForm.id),
)
README = """This is the archive of one complaint. 这是一件投诉的归档文件包。

manifest.json lists every file with its SHA-256 (sha256) and a seal (chain). To check one by hand:
chain = SHA-256 of four lines: the chain of the file before (64 zeros for the first), path, sha256, size;
the last chain stands at the end of the manifest. `huiyin archive verify FILE` does it for all.
manifest.json 列出每个文件的 SHA-256(sha256)和校验链(chain)。手工核对:
chain = 以下四行的 SHA-256:上一个文件的 chain(第一个为 64 个 0)、path、sha256、size;
最后一个 chain 记在清单末尾。命令 `huiyin archive verify 文件` 可核对全部。

ticket.json          the ticket 工单
events.json          what happened, in order 流转记录
audit.json           the links of the audit chain that seal it 审计链
rows/                everything else that was kept of it 其他全部记录
recordings/          recordings with their transcripts 录音及转写
attachments/         files that came with it 附件
documents/           letters and the signed form 答复函与已签受理单
"""


def gather(session: Session, store: Store, ticket: Ticket) -> Iterator[File]:
    """The files of a ticket's archive. Raises StoreError for a file that is not whole: an archive is all or nothing."""
    yield File("README.txt", README.encode())
    yield File("ticket.json", json_bytes(row_of(ticket)))
    yield from _tables(session, ticket.id)
    audit = select(AuditEntry).where(AuditEntry.subject == f"ticket:{ticket.id}").order_by(AuditEntry.id)
    yield File("audit.json", json_bytes([row_of(row) for row in session.scalars(audit)]))
    yield from _calls(session, ticket.id)
    yield from _recordings(session, store, ticket.id)
    for one in session.scalars(select(Attachment).where(Attachment.ticket_id == ticket.id).order_by(Attachment.id)):
        if one.state != "purged":
            yield File(f"attachments/{one.id}-{_plain(one.file_name)}", _read(store, one.store_key))
    papers = select(Document).where(Document.ticket_id == ticket.id, Document.kind != "archive").order_by(Document.id)
    for paper in session.scalars(papers):
        if paper.state != "purged":
            yield File(f"documents/{paper.id}-{_plain(paper.file_name)}", _read(store, paper.store_key))


def _tables(session: Session, ticket_id: int) -> Iterator[File]:
    for name, mapper in sorted(_mappers().items()):
        model: Any = mapper.class_
        rows = session.scalars(select(model).where(model.ticket_id == ticket_id).order_by(*mapper.primary_key)).all()
        if rows:
            path = "events.json" if name == "ticket_events" else f"rows/{name}.json"
            yield File(path, json_bytes([row_of(row) for row in rows]))
    for name, child, link, parent, key in _CHILDREN:
        owner: Any = parent
        rows = session.scalars(
            select(child).where(link.in_(select(key).where(owner.ticket_id == ticket_id))).order_by(*_keys(child))
        ).all()
        if rows:
            yield File(f"rows/{name}.json", json_bytes([row_of(row) for row in rows]))
    decisions = session.scalars(
        select(ApprovalDecision)
        .join(ApprovalStep, ApprovalStep.id == ApprovalDecision.step_id)
        .join(ApprovalRequest, ApprovalRequest.id == ApprovalStep.request_id)
        .where(ApprovalRequest.ticket_id == ticket_id)
        .order_by(ApprovalDecision.id)
    ).all()
    if decisions:
        yield File("rows/approval_decisions.json", json_bytes([row_of(row) for row in decisions]))


def _mappers() -> dict[str, Mapper[Any]]:
    """Every table that says of which ticket it is, by its name."""
    named = {mapper.class_.__tablename__: mapper for mapper in Base.registry.mappers if "ticket_id" in mapper.columns}
    return {name: mapper for name, mapper in named.items() if name not in _LEFT_OUT}


def _keys(model: type[Base]) -> tuple[Any, ...]:
    return tuple(model.__mapper__.primary_key)


def _calls(session: Session, ticket_id: int) -> Iterator[File]:
    linked = select(ticket_calls.c.call_id).where(ticket_calls.c.ticket_id == ticket_id)
    rows = session.scalars(select(Call).where(Call.call_id.in_(linked)).order_by(Call.started_at)).all()
    if rows:
        yield File("rows/calls.json", json_bytes([row_of(row) for row in rows]))


def _recordings(session: Session, store: Store, ticket_id: int) -> Iterator[File]:
    rows = session.scalars(
        select(Recording)
        .join(TicketRecording, TicketRecording.recording_id == Recording.id)
        .where(TicketRecording.ticket_id == ticket_id)
        .order_by(TicketRecording.position)
    ).all()
    for row in rows:
        yield File(f"recordings/{row.id}.json", json_bytes(row_of(row)))
        if row.state != "purged":
            yield File(f"recordings/{row.id}.wav", _read(store, row.store_key))
        words = session.scalars(
            select(TranscriptRow).where(TranscriptRow.recording_id == row.id).order_by(TranscriptRow.id)
        ).all()
        if words:
            yield File(f"recordings/{row.id}.transcripts.json", json_bytes([row_of(one) for one in words]))


def _read(store: Store, key: str) -> bytes:
    opened = store.open(key)
    content = b"".join(opened.read(0, opened.size))
    if len(content) != opened.size:
        raise StoreError("a file of the archive is cut short")
    return content


def row_of(row: Any) -> dict[str, Any]:
    """A row as JSON holds it: sealed fields opened, secrets left out."""
    return {
        column.key: _value(getattr(row, column.key))
        for column in row.__mapper__.column_attrs
        if column.key not in _SECRETS
    }


def _value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value


def _plain(name: str) -> str:
    """A file name that every unzip program takes."""
    return "".join(char if char.isalnum() or char in "-._" else "_" for char in name)[:100] or "file"
