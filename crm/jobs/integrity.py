"""The nightly job ``verify_integrity``: every row has its file, every file its row, and they are the same.

Recordings and attachments share the store; the names of attachments tell them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import select

from crm.db.attachments import Attachment
from crm.db.calls import Recording
from crm.db.intake import Mail
from crm.db.messages import Document
from crm.domain.access import SYSTEM
from crm.jobs.work import JobContext
from crm.services import attachments, audit, documents, mail_in
from crm.services.stored_audio import standing, standing_of
from recordings.store import StoreMissingError

log = structlog.get_logger(__name__)

VERIFY = "verify_integrity"
_BATCH = 100
_SETTLED = timedelta(days=1)
"""Younger copies stay: a call that is being taken in puts its audio before it writes the row."""


@dataclass(frozen=True)
class Findings:
    """What a check found. ``superseded``: older copies of replaced audio that were dropped."""

    checked: int
    missing: tuple[str, ...]
    damaged: tuple[str, ...]
    orphans: tuple[str, ...]
    superseded: int


def verify_integrity(context: JobContext, _payload: Mapping[str, Any]) -> None:
    """Check all, and write down what is wrong."""
    found = check(context)
    log.info(
        "integrity_checked",
        checked=found.checked,
        missing=len(found.missing),
        damaged=len(found.damaged),
        orphans=len(found.orphans),
        superseded=found.superseded,
    )


def check(context: JobContext) -> Findings:
    """Hold the store against the rows, both ways. A file that comes back whole is ``stored`` again."""
    everything = set(context.store.keys())
    files = {key for key in everything if attachments.is_attachment_key(key)}
    papers = {key for key in everything if documents.is_document_key(key)}
    letters = {key for key in everything if mail_in.is_mail_key(key)}
    before = everything - files - papers - letters
    known: dict[str, str] = {}
    missing: list[str] = []
    damaged: list[str] = []
    after = ""
    while True:
        with context.database.read() as session:
            rows = session.scalars(
                select(Recording).where(Recording.id > after).order_by(Recording.id).limit(_BATCH)
            ).all()
        for row in rows:
            known[row.store_key] = row.id
            if row.state == "purged":
                context.store.delete(row.store_key)  # where a crash left the file behind its row
                continue
            state = standing(context.store, row)
            if state == "missing":
                missing.append(row.id)
            elif state == "damaged" and "unreadable" not in row.flags:
                damaged.append(row.id)
            if state != row.state and "unreadable" not in row.flags:
                _note(context, row, state)
        if len(rows) < _BATCH:
            break
        after = rows[-1].id
    extra = before - set(known)
    ids = set(known.values())
    extra -= _rows_since(context, extra)
    superseded = {key for key in extra if key.rpartition("/")[2][:36] in ids}
    dropped = {key for key in superseded if _is_settled(context, key)}
    for key in dropped:
        context.store.delete(key)
    orphans = tuple(sorted(extra - superseded))
    for key in orphans:
        log.warning("recording_without_row", key=key)
    checked = _check_attachments(context, missing, damaged)
    checked += _check_documents(context, missing, damaged) + _check_mails(context, letters, missing, damaged)
    halves = _drop_halves(context, files) + _drop_unwritten(context, papers)
    return Findings(len(known) + checked, tuple(missing), tuple(damaged), orphans, len(dropped) + halves)


def _check_attachments(context: JobContext, missing: list[str], damaged: list[str]) -> int:
    """Hold every attachment's file against its row; gives how many there are."""
    checked, after = 0, ""
    while True:
        with context.database.read() as session:
            rows = session.scalars(
                select(Attachment).where(Attachment.id > after).order_by(Attachment.id).limit(_BATCH)
            ).all()
        for row in rows:
            if row.state == "purged":
                continue
            state = standing_of(context.store, row.store_key, row.sha256)
            (missing if state == "missing" else damaged if state == "damaged" else []).append(row.id)
            if state != row.state:
                with context.database.write() as session:
                    attachments.note_state(session, row.id, state, now=context.now())
        checked += len(rows)
        if len(rows) < _BATCH:
            return checked
        after = rows[-1].id


def _drop_halves(context: JobContext, files: set[str]) -> int:
    """Delete files whose intake was broken off before their row was written; gives how many there were."""
    wanted, rows = sorted(files), set[str]()
    with context.database.read() as session:
        for start in range(0, len(wanted), _BATCH):
            part = wanted[start : start + _BATCH]
            rows |= set(session.scalars(select(Attachment.store_key).where(Attachment.store_key.in_(part))))
    halves = [key for key in files - rows if _is_settled(context, key)]
    for key in halves:
        context.store.delete(key)
    return len(halves)


def _check_documents(context: JobContext, missing: list[str], damaged: list[str]) -> int:
    """Hold the file of every document of ours against its row; gives how many there are."""
    checked, after = 0, ""
    while True:
        with context.database.read() as session:
            rows = session.scalars(
                select(Document).where(Document.id > after).order_by(Document.id).limit(_BATCH)
            ).all()
        for row in rows:
            if row.state == "purged":
                continue
            state = standing_of(context.store, row.store_key, row.sha256)
            checked += 1
            {"missing": missing, "damaged": damaged}.get(state, []).append(row.id)
            if state != row.state:
                with context.database.write() as session:
                    documents.note_state(session, row.id, state, now=context.now())
        if len(rows) < _BATCH:
            return checked
        after = rows[-1].id


def _check_mails(context: JobContext, keys: set[str], missing: list[str], damaged: list[str]) -> int:
    """Hold every mail that came in against its row, and drop halves; gives how many mails there are."""
    with context.database.read() as session:
        rows = session.execute(select(Mail.id, Mail.store_key, Mail.sha256)).all()
    for row in rows:
        state = standing_of(context.store, row.store_key, row.sha256)
        {"missing": missing, "damaged": damaged}.get(state, []).append(f"mail:{row.id}")
    for key in keys - {row.store_key for row in rows}:
        if _is_settled(context, key):
            context.store.delete(key)
    return len(rows)


def _drop_unwritten(context: JobContext, keys: set[str]) -> int:
    """Drop documents whose row was never written; gives how many."""
    with context.database.read() as session:
        known = set(session.scalars(select(Document.store_key)))
    left = {key for key in keys - known if _is_settled(context, key)}
    for key in left:
        context.store.delete(key)
    return len(left)


def _is_settled(context: JobContext, key: str) -> bool:
    try:
        return context.store.written_at(key) < (context.now() - _SETTLED).timestamp()
    except StoreMissingError:
        return False


def _note(context: JobContext, row: Recording, state: str) -> None:
    with context.database.write() as session:
        fresh = session.get(Recording, row.id)
        if fresh is None or fresh.store_key != row.store_key:
            return
        fresh.state = state
        audit.append(
            session,
            at=context.now(),
            actor=SYSTEM.name,
            action=f"recording.{state}",
            subject=f"recording:{row.id}",
            detail={"call_id": row.call_id},
        )


def _rows_since(context: JobContext, keys: set[str]) -> set[str]:
    """Of these keys, the ones that got their row while we were looking."""
    found: set[str] = set()
    wanted = sorted(keys)
    with context.database.read() as session:
        for start in range(0, len(wanted), _BATCH):
            part = wanted[start : start + _BATCH]
            found |= set(session.scalars(select(Recording.store_key).where(Recording.store_key.in_(part))))
    return found
