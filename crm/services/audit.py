"""The audit chain: what was done, by whom, each entry sealed with the hash of the one before.

Entries are written in the transaction of what they tell of, as its last step: on PostgreSQL an advisory lock
is held from here to the commit, so that there is one writer at a time; on SQLite the writing transaction
holds the only writer's lock anyway.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, func, select, text
from sqlalchemy.orm import Session

from crm.db.records import AuditEntry
from crm.db.tickets import TicketEvent

GENESIS = "0" * 64
_LOCK = 0x48594155
_BATCH = 1000


def append(
    session: Session, *, at: datetime, actor: str, action: str, subject: str, detail: Mapping[str, Any]
) -> AuditEntry:
    """Add an entry; the caller's transaction commits it. ``subject`` is ``kind:id``, as ``ticket:42``."""
    session.flush()
    lock(session)
    last = session.execute(select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)).one_or_none()
    entry = AuditEntry(
        id=last.id + 1 if last else 1,
        at=at,
        actor=actor,
        action=action,
        subject=subject,
        detail=json.loads(_canonical(dict(detail))),
        prev_hash=last.hash if last else GENESIS,
    )
    entry.hash = seal(entry)
    session.add(entry)
    session.flush()
    return entry


def lock(session: Session) -> None:
    """Be the only writer of the chain from here to the commit."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def append_ticket_event(session: Session, event: TicketEvent) -> None:
    """Seal a ticket's event into the chain, with the hash of its content."""
    session.add(event)
    session.flush()
    append(
        session,
        at=event.at,
        actor=event.actor,
        action=f"ticket.{event.event}",
        subject=f"ticket:{event.ticket_id}",
        detail={"event_id": event.id, "sha256": event_digest(event)},
    )


def seal(entry: AuditEntry | Row[Any]) -> str:
    """The hash that an entry must have."""
    content = {
        "id": entry.id,
        "at": _instant(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "detail": entry.detail,
    }
    return hashlib.sha256((entry.prev_hash + _canonical(content)).encode()).hexdigest()


def event_digest(event: TicketEvent | Row[Any]) -> str:
    """SHA-256 over what a ticket's event says."""
    content = {
        "ticket_id": event.ticket_id,
        "at": _instant(event.at),
        "actor": event.actor,
        "event": event.event,
        "from": event.from_status,
        "to": event.to_status,
        "reason": event.reason,
        "fields": event.fields,
    }
    return hashlib.sha256(_canonical(content).encode()).hexdigest()


@dataclass(frozen=True)
class Verdict:
    """What ``verify`` found. ``broken`` names the first bad row, as ``audit_log 17: …``; None: all whole."""

    entries: int
    head: str
    broken: str | None


def verify(session: Session) -> Verdict:
    """Walk the chain from its start, and hold the tickets' events against it."""
    expected_id, previous = 1, GENESIS
    for entries in _batches(session):
        events = _events_of(session, entries)
        for entry in entries:
            why = _flaw(entry, events, expected_id, previous)
            if why is not None:
                return Verdict(expected_id - 1, previous, f"audit_log {entry.id}: {why}")
            expected_id, previous = entry.id + 1, entry.hash
    sealed = select(func.count()).select_from(AuditEntry).where(AuditEntry.action.startswith("ticket."))
    known = select(func.count()).select_from(TicketEvent)
    # One statement, one moment: an event that is written between two counts would look like a forged one.
    both = session.execute(select(sealed.scalar_subquery().label("sealed"), known.scalar_subquery().label("known")))
    counts = both.one()
    if counts.sealed != counts.known:
        return Verdict(expected_id - 1, previous, "ticket_events: rows that the chain does not know")
    return Verdict(expected_id - 1, previous, None)


def _batches(session: Session) -> Iterator[Sequence[Row[Any]]]:
    """All entries in their order, as plain rows: a million of them must not become a million objects."""
    in_order = select(*AuditEntry.__table__.columns).order_by(AuditEntry.id).limit(_BATCH)
    entries = session.execute(in_order).all()
    while entries:
        yield entries
        entries = session.execute(in_order.where(AuditEntry.id > entries[-1].id)).all()


def _events_of(session: Session, entries: Sequence[Row[Any]]) -> Mapping[int, Row[Any]]:
    """The ticket events that these entries seal, fetched at once."""
    named = [entry.detail.get("event_id") for entry in entries if entry.action.startswith("ticket.")]
    wanted = {event_id for event_id in named if isinstance(event_id, int)}
    found = session.execute(select(*TicketEvent.__table__.columns).where(TicketEvent.id.in_(wanted)))
    return {event.id: event for event in found}


def _flaw(entry: Row[Any], events: Mapping[int, Row[Any]], expected_id: int, previous: str) -> str | None:
    if entry.id != expected_id:
        return f"expected entry {expected_id}; entries are missing"
    if entry.prev_hash != previous:
        return "does not follow the entry before it"
    if entry.hash != seal(entry):
        return "its content was changed"
    if entry.action.startswith("ticket."):
        event_id = entry.detail.get("event_id")
        event = events.get(event_id)
        if event is None:
            return f"ticket event {event_id} is missing"
        if event_digest(event) != entry.detail.get("sha256"):
            return f"ticket event {event_id} was changed"
    return None


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
