"""Documents that the house makes: put into the store, read by who may read their ticket, opened on record."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.messages import Document
from crm.domain.access import SYSTEM, Action, Actor
from crm.domain.errors import ConflictError, NotFoundError
from crm.services import audit, scope
from recordings.store import Store, StoredObject

PDF = "application/pdf"
ZIP = "application/zip"
PREFIX = "document"
"""Begins the name of each of its objects in the store."""


@dataclass(frozen=True)
class DocumentView:
    """A document as lists show it."""

    id: str
    ticket_id: int | None
    kind: str
    file_name: str
    media_type: str
    size: int
    sha256: str
    state: str
    made_at: datetime
    made_by: str


def keep(
    session: Session,
    store: Store,
    content: bytes,
    *,
    kind: str,
    file_name: str,
    media_type: str,
    ticket_id: int | None,
    by: str,
    now: datetime,
) -> DocumentView:
    """Put a document away; the caller's transaction commits its row. Raises StoreError."""
    document_id = str(uuid.uuid4())
    row = Document(
        id=document_id,
        ticket_id=ticket_id,
        kind=kind,
        file_name=file_name,
        media_type=media_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        state="stored",
        made_at=now,
        made_by=by,
        store_key=f"{now:%Y/%m/%d}/{PREFIX}-{document_id}",
    )
    store.put(row.store_key, content)
    session.add(row)
    session.flush()
    return view(row)


def of_ticket(session: Session, ticket_id: int, kind: str | None = None) -> tuple[DocumentView, ...]:
    """The documents of a ticket, oldest first; the caller has asked for rights."""
    query = select(Document).where(Document.ticket_id == ticket_id).order_by(Document.made_at, Document.id)
    if kind is not None:
        query = query.where(Document.kind == kind)
    return tuple(view(row) for row in session.scalars(query))


def rows_of(session: Session, ids: Sequence[str]) -> tuple[Document, ...]:
    """The rows of these ids, in their order, for the house's own work."""
    found = {row.id: row for row in session.scalars(select(Document).where(Document.id.in_(ids)))}
    return tuple(found[one] for one in ids if one in found)


def content_of(store: Store, row: Document) -> bytes:
    """The whole of a document. Raises StoreError."""
    opened = store.open(row.store_key)
    return b"".join(opened.read(0, opened.size))


def open_document(
    session: Session, store: Store, actor: Actor, document_id: str, *, now: datetime
) -> tuple[DocumentView, StoredObject]:
    """A document of a ticket, to be read; that it was opened stands in the audit chain (a writing session).

    Raises NotFoundError for what the actor may not see, ConflictError for what was deleted, StoreError.
    """
    row = session.get(Document, document_id)
    if row is None or row.ticket_id is None:
        raise NotFoundError("there is no such document")
    if not scope.may_on_ticket(session, actor, Action.TICKET_READ, row.ticket_id):
        raise NotFoundError("there is no such document")
    return view(row), opened(session, store, row, actor, now=now)


def opened(session: Session, store: Store, row: Document, actor: Actor, *, now: datetime) -> StoredObject:
    """Open a document for somebody whose right was asked for, on record."""
    if row.state == "purged":
        raise ConflictError("this document was deleted when its retention ended")
    found = store.open(row.store_key)
    audit.append(
        session,
        at=now,
        actor=actor.name,
        action="document.opened",
        subject=f"document:{row.id}",
        detail={"kind": row.kind, "ticket_id": row.ticket_id},
    )
    return found


def purge(session: Session, store: Store, row: Document, *, by: str, now: datetime) -> None:
    """Delete the content; the row stays and says so. Raises StoreError."""
    if row.state == "purged":
        return
    store.delete(row.store_key)
    row.state = "purged"
    audit.append(
        session,
        at=now,
        actor=by,
        action="document.purged",
        subject=f"document:{row.id}",
        detail={"kind": row.kind, "ticket_id": row.ticket_id, "sha256": row.sha256},
    )


def is_document_key(key: str) -> bool:
    """Whether an object of the store is a document's."""
    return key.rpartition("/")[2].startswith(f"{PREFIX}-")


def view(row: Document) -> DocumentView:
    """A row as lists show it."""
    return DocumentView(
        row.id, row.ticket_id, row.kind, row.file_name, row.media_type, row.size, row.sha256, row.state,
        row.made_at, row.made_by,
    )  # fmt: skip


def note_state(session: Session, document_id: str, state: str, *, now: datetime) -> None:
    """Write down that a document is missing, damaged, or whole again."""
    row = session.get(Document, document_id)
    if row is None or row.state in {state, "purged"}:
        return
    row.state = state
    audit.append(
        session,
        at=now,
        actor=SYSTEM.name,
        action=f"document.{state}",
        subject=f"document:{row.id}",
        detail={"kind": row.kind, "ticket_id": row.ticket_id},
    )
