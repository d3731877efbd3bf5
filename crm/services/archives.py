"""Archives: the bundle of a closed complaint, sealed, kept as long as the rules say, and checked again at any time.

Each archive's seal covers the archive before it. Everything works in the caller's writing transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from crm.db.archives import Archive
from crm.db.messages import Document
from crm.db.tickets import Ticket
from crm.documents import bundle
from crm.domain.access import Action, Actor, reach
from crm.domain.errors import ConflictError, ForbiddenError, NotFoundError
from crm.domain.tickets import Status
from crm.services import archive_files, documents, rules, scope
from crm.services.jobs import enqueue
from crm.services.rounds import round_of
from crm.services.ticket_changes import record_event
from ivr.ticketnumbers import shown
from recordings.store import Store, StoredObject, StoreError

KIND = "archive"
MAKE = "make_archive"
GENESIS = "0" * 64
_LOCK = 0x48594152
_BATCH = 200


@dataclass(frozen=True)
class ArchiveView:
    """An archive as lists show it."""

    id: int
    ticket_id: int
    ticket_number: str
    document_id: str
    sha256: str
    hash: str
    size: int
    files: int
    made_at: datetime
    made_by: str
    retain_until: datetime
    state: str
    held: bool


def ask(session: Session, actor: Actor, ticket_id: int, *, now: datetime) -> None:
    """Have the archive of a closed ticket made. Raises NotFoundError, ForbiddenError, ConflictError."""
    if not scope.may_on_ticket(session, actor, Action.TICKET_READ, ticket_id):
        raise NotFoundError("there is no such ticket")
    if not scope.may_on_ticket(session, actor, Action.TICKET_MOVE, ticket_id):
        raise ForbiddenError("these roles do not move this ticket")
    ticket = session.get_one(Ticket, ticket_id)
    if Status(ticket.status) is not Status.CLOSED:
        raise ConflictError("a ticket is archived when it is closed")
    put_down(session, ticket, by=actor.name, now=now)


def put_down(session: Session, ticket: Ticket, *, by: str, now: datetime) -> None:
    """Write the job that makes the archive of this round, once."""
    turn = round_of(session, ticket.id)
    enqueue(session, MAKE, {"ticket_id": ticket.id, "by": by}, now=now, unique_key=f"{MAKE}:{ticket.id}:{turn}")


def make(session: Session, store: Store, ticket: Ticket, *, by: str, now: datetime) -> Archive:
    """Make and seal the archive. Raises ConflictError (there is one), StoreError (a file of it is not whole)."""
    turn = round_of(session, ticket.id)
    if session.scalar(select(Archive.id).where(Archive.ticket_id == ticket.id, Archive.round == turn)) is not None:
        raise ConflictError("this ticket has its archive")
    _one_at_a_time(session)
    last = session.execute(select(Archive.id, Archive.hash).order_by(Archive.id.desc()).limit(1)).one_or_none()
    before = last.hash if last else GENESIS
    head = {
        "ticket": shown(ticket.number),
        "made_at": now.astimezone(UTC).isoformat(timespec="seconds"),
        "made_by": by,
        "previous_archive": before,
    }
    packed = bundle.pack(archive_files.gather(session, store, ticket), head, now)
    kept = documents.keep(session, store, packed.content, kind=KIND, file_name=f"archive-{shown(ticket.number)}.zip",
                          media_type=documents.ZIP, ticket_id=ticket.id, by=by, now=now)  # fmt: skip
    row = Archive(
        id=last.id + 1 if last else 1,
        ticket_id=ticket.id,
        round=turn,
        document_id=kept.id,
        sha256=kept.sha256,
        manifest_sha256=packed.manifest_sha256,
        size=kept.size,
        files=packed.files,
        prev_hash=before,
        hash="",
        made_at=now,
        made_by=by,
        retain_until=kept_until(session, ticket, now),
        state="stored",
    )
    row.hash = seal(row)
    session.add(row)
    session.flush()
    record_event(session, ticket, "archive_made", actor=by, at=now,
                 fields={"archive_id": row.id, "sha256": row.sha256, "hash": row.hash, "files": row.files})  # fmt: skip
    return row


def kept_until(session: Session, ticket: Ticket, now: datetime) -> datetime:
    """Until when the file of this ticket is kept: so many years from its end."""
    years = rules.current(session).complaint_file_years
    return years_after(ticket.closed_at or now, years)


def years_after(start: datetime, years: int) -> datetime:
    """The same day so many years later; of the 29th of February, the first of March."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return start.replace(year=start.year + years, month=3, day=1)


def _one_at_a_time(session: Session) -> None:
    """Archives are sealed one after the other. On SQLite the writing transaction is alone anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def seal(row: Archive) -> str:
    """The hash that an archive's row must have."""
    content: dict[str, Any] = {
        "id": row.id,
        "ticket": row.ticket_id,
        "round": row.round,
        "sha256": row.sha256,
        "manifest": row.manifest_sha256,
        "files": row.files,
        "size": row.size,
        "made_at": row.made_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "made_by": row.made_by,
    }
    return hashlib.sha256((row.prev_hash + json.dumps(content, sort_keys=True)).encode()).hexdigest()


def of_ticket(session: Session, ticket_id: int) -> tuple[ArchiveView, ...]:
    """The archives of a ticket, oldest first; the caller has asked for rights."""
    rows = session.execute(
        select(Archive, Ticket).join(Ticket, Ticket.id == Archive.ticket_id).where(Archive.ticket_id == ticket_id)
    )
    return tuple(view(row, ticket) for row, ticket in rows)


def newest(session: Session, actor: Actor, *, number: str = "", limit: int = 50) -> tuple[ArchiveView, ...]:
    """The newest archives, or those of a ticket number. Raises ForbiddenError."""
    if not reach(actor.roles, Action.ARCHIVE_READ):
        raise ForbiddenError("your role does not allow this")
    query = select(Archive, Ticket).join(Ticket, Ticket.id == Archive.ticket_id)
    if number:
        query = query.where(Ticket.number == number)
    return tuple(view(row, ticket) for row, ticket in session.execute(query.order_by(Archive.id.desc()).limit(limit)))


def open_archive(
    session: Session, store: Store, actor: Actor, archive_id: int, *, now: datetime
) -> tuple[Document, StoredObject]:
    """A bundle, to be taken out of the house: only by who may, and on record. Raises as documents do."""
    if not reach(actor.roles, Action.ARCHIVE_TAKE):
        raise ForbiddenError("your role does not allow this")
    row = session.get(Archive, archive_id)
    paper = session.get(Document, row.document_id) if row is not None else None
    if paper is None:
        raise NotFoundError("there is no such archive")
    return paper, documents.opened(session, store, paper, actor, now=now)


@dataclass(frozen=True)
class Checked:
    """What a check of all archives found. ``problems``: archive and what is wrong with it."""

    archives: int
    purged: int
    head: str
    problems: tuple[str, ...]


def verify(session: Session, store: Store, only: str = "") -> Checked:
    """Walk the archives' chain, and hold each bundle against its row and its manifest; ``only``: of one number."""
    problems: list[str] = []
    count, purged, before = 0, 0, GENESIS
    for expected, (row, number) in enumerate(_all(session), start=1):
        flaw = _flaw_of_row(row, expected, before)
        if flaw is not None:
            problems.append(f"archive {row.id} ({shown(number)}): {flaw}")
        before = row.hash
        if only and number != only:
            continue
        count += 1
        if row.state == "purged":
            purged += 1
            continue
        problems += [f"archive {row.id} ({shown(number)}): {one}" for one in _flaws_of_file(session, store, row)]
    return Checked(count, purged, before, tuple(problems))


def _all(session: Session) -> Iterator[tuple[Archive, str]]:
    after = 0
    while True:
        rows = session.execute(
            select(Archive, Ticket.number)
            .join(Ticket, Ticket.id == Archive.ticket_id)
            .where(Archive.id > after)
            .order_by(Archive.id)
            .limit(_BATCH)
        ).all()
        for row, number in rows:
            yield row, number
            after = row.id
        if len(rows) < _BATCH:
            return


def _flaw_of_row(row: Archive, expected: int, before: str) -> str | None:
    if row.id != expected:
        return f"expected archive {expected}; one is missing"
    if row.prev_hash != before:
        return "does not follow the archive before it"
    return None if seal(row) == row.hash else "its row was changed"


def _flaws_of_file(session: Session, store: Store, row: Archive) -> list[str]:
    paper = session.get(Document, row.document_id)
    try:
        if paper is None:
            return ["its file is not in the book"]
        content = documents.content_of(store, paper)
    except StoreError as error:
        return [f"its file is not whole: {error}"]
    if hashlib.sha256(content).hexdigest() != row.sha256:
        return ["its file is not the one that was sealed"]
    verdict = bundle.verify(content)
    flaws = list(verdict.problems)
    if verdict.manifest_sha256 != row.manifest_sha256:
        flaws.append("its manifest is not the one that was sealed")
    return flaws


def view(row: Archive, ticket: Ticket) -> ArchiveView:
    """A row as lists show it."""
    return ArchiveView(
        row.id, row.ticket_id, ticket.number, row.document_id, row.sha256, row.hash, row.size, row.files, row.made_at,
        row.made_by, row.retain_until, row.state, ticket.legal_hold,
    )  # fmt: skip
