"""Attachments: files that came with a matter. Checked by their bytes, sealed in the store of recordings, never lost.

``keep`` is for whoever takes a file in; who reads one is asked for his rights, and downloading is written down.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.attachments import Attachment
from crm.db.tickets import Ticket
from crm.domain import file_types
from crm.domain.access import SYSTEM, Action, Actor
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.services import audit, file_check, scope
from crm.services.ticket_changes import record_event
from recordings.store import Store, StoredObject

Source = Literal["web", "email", "api", "staff"]
MAX_OF_TICKET = 100
"""Files of one ticket; more is no evidence any more but a flood."""
ACTIVE = "active"
_PREFIX = "attachment"
"""Begins the name of each object in the store: what has no row after a day is the half of a broken intake."""


@dataclass(frozen=True)
class AttachmentView:
    """A file as lists show it. ``shown``: a browser may show it within a page."""

    id: str
    ticket_id: int
    file_name: str
    media_type: str
    size: int
    sha256: str
    state: str
    flags: tuple[str, ...]
    source: str
    added_at: datetime
    added_by: str
    shown: bool


def keep(
    session: Session,
    store: Store,
    stream: BinaryIO,
    *,
    file_name: str,
    by: str,
    now: datetime,
    ticket_id: int,
    source: Source = "staff",
) -> AttachmentView:
    """Check, seal and put away a file, with its event in the ticket. The caller's transaction commits the row.

    The same content comes twice to a ticket (a mail that is fetched again): it is kept once. Raises
    InvalidInputError (which field ``file``, why), NotFoundError, StoreError.
    """
    checked = file_check.check(file_check.read_limited(stream))
    digest = hashlib.sha256(checked.content).hexdigest()
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise NotFoundError("there is no such ticket")
    there = session.scalars(
        select(Attachment).where(Attachment.ticket_id == ticket_id, Attachment.sha256 == digest)
    ).first()
    if there is not None:
        return view(there)
    if count(session, ticket_id) >= MAX_OF_TICKET:
        raise InvalidInputError("file", f"would be more than {MAX_OF_TICKET} files of one ticket")
    attachment_id = str(uuid.uuid4())
    row = Attachment(
        id=attachment_id,
        ticket_id=ticket_id,
        file_name=file_types.clean_name(file_name, checked.kind),
        media_type=checked.kind.media_type,
        size=len(checked.content),
        sha256=digest,
        state="stored",
        flags=[ACTIVE] if checked.active else [],
        source=source,
        added_at=now,
        added_by=by,
        store_key=f"{now:%Y/%m/%d}/{_PREFIX}-{attachment_id}",
    )
    store.put(row.store_key, checked.content)
    session.add(row)
    fields = {"file_name": row.file_name, "attachment_id": row.id, "sha256": digest}
    record_event(session, ticket, "attachment_added", actor=by, at=now, fields=fields)
    return view(row)


def add(
    session: Session, store: Store, actor: Actor, ticket_id: int, stream: BinaryIO, *, file_name: str, now: datetime
) -> AttachmentView:
    """A file that a person of the house adds to a ticket. Raises what ``keep`` raises, and ForbiddenError."""
    if not scope.may_on_ticket(session, actor, Action.TICKET_READ, ticket_id):
        raise NotFoundError("there is no such ticket")
    if not scope.may_on_ticket(session, actor, Action.ATTACHMENT_ADD, ticket_id):
        raise ForbiddenError("your role does not allow this")
    return keep(session, store, stream, file_name=file_name, by=actor.name, now=now, ticket_id=ticket_id)


def count(session: Session, ticket_id: int) -> int:
    """How many files a ticket has (purged ones too: they were there)."""
    counted = select(func.count()).select_from(Attachment).where(Attachment.ticket_id == ticket_id)
    return session.scalar(counted) or 0


def of_ticket(session: Session, actor: Actor, ticket_id: int) -> tuple[AttachmentView, ...]:
    """The files of a ticket in their order; none for whoever may not see it."""
    if not scope.may_on_ticket(session, actor, Action.ATTACHMENT_READ, ticket_id):
        return ()
    rows = session.scalars(
        select(Attachment).where(Attachment.ticket_id == ticket_id).order_by(Attachment.added_at, Attachment.id)
    )
    return tuple(view(row) for row in rows)


def get_attachment(session: Session, actor: Actor, attachment_id: str) -> AttachmentView:
    """Facts of a file. Raises NotFoundError for what the actor may not see, as for what is not there."""
    return view(_load(session, actor, attachment_id))


def open_content(session: Session, store: Store, actor: Actor, attachment_id: str, *, now: datetime) -> StoredObject:
    """The content, to read ranges from; that it was opened is written in the audit chain (a writing session).

    Raises NotFoundError, ConflictError for what was deleted when its retention ended, StoreError.
    """
    row = _load(session, actor, attachment_id)
    if row.state == "purged":
        raise ConflictError("this file was deleted when its retention ended")
    opened = store.open(row.store_key)
    audit.append(
        session,
        at=now,
        actor=actor.name,
        action="attachment.opened",
        subject=f"attachment:{row.id}",
        detail={"ticket_id": row.ticket_id},
    )
    return opened


def contents(session: Session, ticket_id: int) -> Sequence[Attachment]:
    """The rows of a ticket for the house's own work (archive, integrity): no rights are asked."""
    return session.scalars(
        select(Attachment).where(Attachment.ticket_id == ticket_id).order_by(Attachment.added_at, Attachment.id)
    ).all()


def purge(session: Session, store: Store, attachment_id: str, *, by: str, now: datetime) -> None:
    """Delete the content at the end of its retention; the row stays and says so. Raises NotFoundError, StoreError."""
    row = session.get(Attachment, attachment_id)
    if row is None:
        raise NotFoundError("there is no such file")
    if row.state == "purged":
        return
    store.delete(row.store_key)
    row.state = "purged"
    audit.append(
        session,
        at=now,
        actor=by,
        action="attachment.purged",
        subject=f"attachment:{row.id}",
        detail={"ticket_id": row.ticket_id, "sha256": row.sha256},
    )


def note_state(session: Session, attachment_id: str, state: str, *, now: datetime) -> None:
    """Write down that a file is missing, damaged, or whole again."""
    row = session.get(Attachment, attachment_id)
    if row is None or row.state in {state, "purged"}:
        return
    row.state = state
    audit.append(
        session,
        at=now,
        actor=SYSTEM.name,
        action=f"attachment.{state}",
        subject=f"attachment:{row.id}",
        detail={"ticket_id": row.ticket_id},
    )


def is_attachment_key(key: str) -> bool:
    """Whether an object of the store is an attachment's."""
    return key.rpartition("/")[2].startswith(f"{_PREFIX}-")


def view(row: Attachment) -> AttachmentView:
    """A row as lists show it."""
    kind = file_types.BY_MEDIA_TYPE.get(row.media_type)
    return AttachmentView(
        id=row.id,
        ticket_id=row.ticket_id,
        file_name=row.file_name,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
        state=row.state,
        flags=tuple(row.flags),
        source=row.source,
        added_at=row.added_at,
        added_by=row.added_by,
        shown=kind is not None and kind.shown and ACTIVE not in row.flags,
    )


def _load(session: Session, actor: Actor, attachment_id: str) -> Attachment:
    row = session.scalars(
        select(Attachment)
        .join(Ticket, Ticket.id == Attachment.ticket_id)
        .where(Attachment.id == attachment_id, scope.tickets_for(actor, Action.ATTACHMENT_READ))
    ).first()
    if row is None:
        raise NotFoundError("there is no such file")
    return row
