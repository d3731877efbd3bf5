"""Evidence of a case: collected, handed over, checked, withdrawn; each act stands in its custody log and in the audit.

Every function that changes something works in the caller's writing transaction, which he commits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.attachments import Attachment
from crm.db.calls import Recording, TranscriptRow
from crm.db.casefile import Evidence, EvidenceCustody
from crm.db.tickets import TicketRecording
from crm.domain import evidence as rules
from crm.domain.access import Action, Actor
from crm.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm.domain.evidence import Custody, CustodyAct, EvidenceKind
from crm.domain.redaction import hide_cards
from crm.services import attachments, audit, case_facts, scope
from crm.services.case_access import for_writing
from crm.services.ticket_changes import record_event
from crm.services.tickets import load_ticket
from recordings.store import Store, StoreError

_PIECE = 1 << 20
_MAX_NOTE = 1_000
_MAX_HOLDER = 100


@dataclass(frozen=True)
class NewEvidence:
    """What is to be kept. At most one of recording, transcript (of which recording) and attachment; else ``text``."""

    kind: EvidenceKind
    title: str
    shows: str
    source: str
    obtained_at: datetime
    text: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    recording_id: str | None = None
    attachment_id: str | None = None


@dataclass(frozen=True)
class ActView:
    """A line of the custody log."""

    at: datetime
    actor: str
    act: str
    holder: str
    note: str
    sha256: str | None


@dataclass(frozen=True)
class EvidenceView:
    """A piece of evidence as the case file shows it."""

    id: int
    position: int
    kind: str
    title: str
    shows: str
    text: str
    facts: Mapping[str, Any]
    source: str
    recording_id: str | None
    transcript_id: int | None
    attachment_id: str | None
    attachment_name: str | None
    sha256: str
    obtained_at: datetime
    added_at: datetime
    added_by: str
    custody: Custody
    log: tuple[ActView, ...]


def of_ticket(session: Session, ticket_id: int) -> tuple[EvidenceView, ...]:
    """The evidence of a ticket in its order, withdrawn pieces too. The caller has asked who may read the ticket."""
    rows = session.scalars(select(Evidence).where(Evidence.ticket_id == ticket_id).order_by(Evidence.position))
    return tuple(_view(row) for row in rows)


def add(session: Session, actor: Actor, ticket_id: int, new: NewEvidence, *, now: datetime) -> EvidenceView:
    """Take a piece into the file. Raises InvalidInputError, NotFoundError, ForbiddenError, ConflictError.

    Card numbers in what was typed are masked before it is kept.
    """
    ticket = for_writing(session, actor, ticket_id)
    rules.check(new.title, new.shows, new.text, new.source, new.obtained_at, now)
    text, hidden = hide_cards(new.text)
    refers = _referred(session, actor, ticket_id, new, text)
    position = (session.scalar(select(func.max(Evidence.position)).where(Evidence.ticket_id == ticket_id)) or 0) + 1
    if position > rules.MAX_OF_TICKET:
        raise InvalidInputError("title", f"there are {rules.MAX_OF_TICKET} pieces already")
    row = Evidence(
        ticket_id=ticket_id,
        position=position,
        kind=new.kind,
        title=hide_cards(new.title.strip())[0],
        shows=hide_cards(new.shows.strip())[0],
        text=text.strip(),
        facts=dict(new.facts),
        source=new.source.strip(),
        obtained_at=new.obtained_at,
        added_at=now,
        added_by=actor.name,
        **refers,
    )
    session.add(row)
    session.flush()
    masked = f" (card numbers masked: {hidden})" if hidden else ""
    _note(session, row, CustodyAct.COLLECTED, actor, now, note=new.source.strip() + masked, sha256=row.sha256)
    fields = {"evidence": f"E{position}", "title": row.title, "sha256": row.sha256}
    record_event(session, ticket, "evidence_added", actor=actor.name, at=now, fields=fields)
    return _view(row)


def _referred(session: Session, actor: Actor, ticket_id: int, new: NewEvidence, text: str) -> dict[str, Any]:
    """Columns of what it refers to, with the hash of that."""
    if new.kind in {EvidenceKind.RECORDING, EvidenceKind.TRANSCRIPT}:
        return _recorded(session, actor, ticket_id, new)
    if new.attachment_id is not None:
        attachment = attachments.get_attachment(session, actor, new.attachment_id)
        if attachment.ticket_id != ticket_id:
            raise NotFoundError("there is no such file")
        _once(session, ticket_id, Evidence.attachment_id == attachment.id)
        return {"attachment_id": attachment.id, "sha256": attachment.sha256}
    if not text.strip():
        raise InvalidInputError("text", "a file, a recording or what was read off is needed")
    return {"sha256": rules.digest_of(new.kind, text.strip(), new.facts)}


def _recorded(session: Session, actor: Actor, ticket_id: int, new: NewEvidence) -> dict[str, Any]:
    reads = Action.RECORDING_LISTEN if new.kind is EvidenceKind.RECORDING else Action.TRANSCRIPT_READ
    recording = session.scalars(
        select(Recording)
        .join(TicketRecording, TicketRecording.recording_id == Recording.id)
        .where(
            Recording.id == (new.recording_id or ""),
            TicketRecording.ticket_id == ticket_id,
            scope.recordings_for(actor, reads),
        )
    ).first()
    if recording is None:
        raise InvalidInputError("recording_id", "must be a recording of this ticket that you may hear")
    _once(session, ticket_id, (Evidence.recording_id == recording.id) & (Evidence.kind == new.kind))
    if new.kind is EvidenceKind.RECORDING:
        return {"recording_id": recording.id, "sha256": recording.sha256}
    transcript = session.scalars(
        select(TranscriptRow)
        .where(
            TranscriptRow.recording_id == recording.id,
            TranscriptRow.superseded_by.is_(None),
            TranscriptRow.state == "done",
        )
        .order_by(TranscriptRow.id.desc())
    ).first()
    if transcript is None:
        raise InvalidInputError("recording_id", "this recording has no transcript yet")
    return {"recording_id": recording.id, "transcript_id": transcript.id, "sha256": _text_digest(transcript)}


def _once(session: Session, ticket_id: int, same: Any) -> None:
    there = session.scalars(select(Evidence).where(Evidence.ticket_id == ticket_id, same)).all()
    if any(_view(one).custody.held for one in there):
        raise ConflictError("this is evidence of the case already")


def _text_digest(transcript: TranscriptRow) -> str:
    return hashlib.sha256(transcript.text.encode()).hexdigest()


def hand_over(
    session: Session, actor: Actor, ticket_id: int, evidence_id: int, *, holder: str, note: str, now: datetime
) -> None:
    """Write down who has it from now on: paper, a disk, an original."""
    row = _load(session, actor, ticket_id, evidence_id)
    if not 1 <= len(holder.strip()) <= _MAX_HOLDER:
        raise InvalidInputError("holder", f"must have 1 to {_MAX_HOLDER} characters")
    if not _view(row).custody.held:
        raise ConflictError("this evidence is withdrawn")
    _note(session, row, CustodyAct.HANDED_OVER, actor, now, holder=holder.strip(), note=note)


def withdraw(session: Session, actor: Actor, ticket_id: int, evidence_id: int, *, reason: str, now: datetime) -> None:
    """It does not count any more; it stays in the file with the reason."""
    row = _load(session, actor, ticket_id, evidence_id)
    if not reason.strip():
        raise InvalidInputError("reason", "a reason must be given")
    if not _view(row).custody.held:
        raise ConflictError("this evidence is withdrawn")
    _note(session, row, CustodyAct.WITHDRAWN, actor, now, note=reason)
    ticket = for_writing(session, actor, ticket_id)
    fields = {"evidence": f"E{row.position}", "title": row.title}
    record_event(session, ticket, "evidence_withdrawn", actor=actor.name, at=now, reason=reason, fields=fields)


def restore(session: Session, actor: Actor, ticket_id: int, evidence_id: int, *, reason: str, now: datetime) -> None:
    """It counts again."""
    row = _load(session, actor, ticket_id, evidence_id)
    if not reason.strip():
        raise InvalidInputError("reason", "a reason must be given")
    if _view(row).custody.held:
        raise ConflictError("this evidence is not withdrawn")
    _note(session, row, CustodyAct.RESTORED, actor, now, note=reason)


@dataclass(frozen=True)
class Check:
    """What a look at one piece found. ``sha256`` None: it is gone or cannot be read; ``note`` says why."""

    evidence_id: int
    sha256: str | None
    note: str


def look(session: Session, store: Store, actor: Actor, ticket_id: int) -> tuple[Check, ...]:
    """Hash anew what the evidence refers to. Reads whole files, so in a transaction that only reads."""
    load_ticket(session, actor, ticket_id)
    rows = session.scalars(select(Evidence).where(Evidence.ticket_id == ticket_id).order_by(Evidence.position)).all()
    return tuple(Check(row.id, *_digest_now(session, store, row)) for row in rows)


def note_checks(
    session: Session, actor: Actor, ticket_id: int, checks: Sequence[Check], *, now: datetime
) -> tuple[int, int]:
    """Write down what a look found: how many are the same, and how many are not."""
    for_writing(session, actor, ticket_id)
    same = differs = 0
    for check in checks:
        row = _load(session, actor, ticket_id, check.evidence_id)
        whole = check.sha256 == row.sha256
        same, differs = same + whole, differs + (not whole)
        act = CustodyAct.VERIFIED if whole else CustodyAct.DIFFERS
        _note(session, row, act, actor, now, note=check.note, sha256=check.sha256)
    return same, differs


def _digest_now(session: Session, store: Store, row: Evidence) -> tuple[str | None, str]:
    if row.transcript_id is not None:
        transcript = session.get(TranscriptRow, row.transcript_id)
        return (_text_digest(transcript), "") if transcript else (None, "the transcript is gone")
    key = None
    if row.attachment_id is not None:
        attachment = session.get(Attachment, row.attachment_id)
        key = attachment.store_key if attachment else None
    elif row.recording_id is not None:
        recording = session.get(Recording, row.recording_id)
        key = recording.store_key if recording else None
    else:
        return rules.digest_of(row.kind, row.text, row.facts), ""
    if key is None:
        return None, "what it refers to is gone"
    try:
        opened, digest = store.open(key), hashlib.sha256()
        for start in range(0, opened.size, _PIECE):
            for piece in opened.read(start, min(start + _PIECE, opened.size)):
                digest.update(piece)
        return digest.hexdigest(), ""
    except StoreError as error:
        return None, type(error).__name__


def _load(session: Session, actor: Actor, ticket_id: int, evidence_id: int) -> Evidence:
    for_writing(session, actor, ticket_id)
    row = session.scalars(
        select(Evidence).where(Evidence.id == evidence_id, Evidence.ticket_id == ticket_id)
    ).one_or_none()
    if row is None:
        raise NotFoundError("there is no such evidence")
    return row


def _note(
    session: Session,
    row: Evidence,
    act: CustodyAct,
    actor: Actor,
    now: datetime,
    *,
    holder: str | None = None,
    note: str = "",
    sha256: str | None = None,
) -> None:
    if len(note) > _MAX_NOTE:
        raise InvalidInputError("note", f"must have at most {_MAX_NOTE} characters")
    before = row.custody[-1].holder if row.custody else actor.name
    log = EvidenceCustody(
        evidence_id=row.id, at=now, actor=actor.name, act=act, holder=holder or before, note=note.strip(), sha256=sha256
    )
    session.add(log)
    session.flush()
    session.refresh(row, ["custody"])
    audit.append(
        session,
        at=now,
        actor=actor.name,
        action=f"evidence.{act}",
        subject=f"ticket:{row.ticket_id}",
        detail={"evidence": row.position, "custody_id": log.id, "holder": log.holder, "sha256": sha256},
    )


def _view(row: Evidence) -> EvidenceView:
    log = tuple(ActView(one.at, one.actor, one.act, one.holder, one.note, one.sha256) for one in row.custody)
    return EvidenceView(
        id=row.id,
        position=row.position,
        kind=row.kind,
        title=row.title,
        shows=row.shows,
        text=row.text,
        facts=row.facts,
        source=row.source,
        recording_id=row.recording_id,
        transcript_id=row.transcript_id,
        attachment_id=row.attachment_id,
        attachment_name=row.attachment.file_name if row.attachment else None,
        sha256=row.sha256,
        obtained_at=row.obtained_at,
        added_at=row.added_at,
        added_by=row.added_by,
        custody=case_facts.custody(row),
        log=log,
    )


def labels(session: Session, ticket_id: int) -> Sequence[tuple[int, str]]:
    """Position and title of what counts: to name it in a finding."""
    return [(one.position, one.title) for one in of_ticket(session, ticket_id) if one.custody.held]
