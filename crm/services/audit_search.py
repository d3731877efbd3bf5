"""The audit chain read by people: searched by who, what, about what and when; never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from crm.db.records import AuditEntry
from crm.db.tickets import Ticket, TicketEvent
from crm.domain.access import Action, Actor
from crm.domain.errors import ForbiddenError, InvalidInputError
from crm.services.checkpoints import Checkpoint, newest
from ivr import ticketnumbers

PER_PAGE = 50
_CHECKS = ("audit.verified", "audit.broken")


@dataclass(frozen=True)
class Wanted:
    """What to look for; empty: everything. ``subject``: ``kind:id``, a kind alone, or a ticket's number."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Entry:
    """An entry as people read it. ``told``: the event of a ticket that it seals, in its own words."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any]
    hash: str
    told: Mapping[str, Any]


@dataclass(frozen=True)
class Found:
    """A page of entries, newest first. ``before``: where the next page begins, None when this was the last."""

    entries: tuple[Entry, ...]
    before: int | None


@dataclass(frozen=True)
class Standing:
    """What is known of the chain as a whole."""

    checkpoint: Checkpoint | None
    checked: Entry | None


def search(
    session: Session, actor: Actor, wanted: Wanted, *, before: int | None = None, limit: int = PER_PAGE
) -> Found:
    """Entries, newest first. Raises ForbiddenError, InvalidInputError."""
    _may(actor)
    if before is not None and not 0 < before < 2**62:
        raise InvalidInputError("before", "is not an entry")
    query = select(AuditEntry).where(*_conditions(session, wanted))
    if before is not None:
        query = query.where(AuditEntry.id < before)
    rows = session.scalars(query.order_by(AuditEntry.id.desc()).limit(limit + 1)).all()
    events = _events(session, rows[:limit])
    entries = tuple(_entry(row, events.get(row.detail.get("event_id", 0))) for row in rows[:limit])
    return Found(entries, entries[-1].id if len(rows) > limit else None)


def standing(session: Session, actor: Actor) -> Standing:
    """The newest checkpoint, and how the last walk along the chain ended. Raises ForbiddenError."""
    _may(actor)
    checks = select(AuditEntry).where(AuditEntry.action.in_(_CHECKS)).order_by(AuditEntry.id.desc()).limit(1)
    row = session.scalars(checks).first()
    return Standing(newest(session), _entry(row, None) if row is not None else None)


def _conditions(session: Session, wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.actor:
        found.append(AuditEntry.actor == wanted.actor)
    if wanted.action:
        exact = "." in wanted.action and not wanted.action.endswith(".")
        prefix = wanted.action if wanted.action.endswith(".") else wanted.action + "."
        found.append(
            AuditEntry.action == wanted.action
            if exact
            else (AuditEntry.action >= prefix) & (AuditEntry.action < prefix + "\U0010ffff")
        )
    if wanted.subject:
        found.append(_about(session, wanted.subject))
    if wanted.since is not None:
        found.append(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        found.append(AuditEntry.at < wanted.until)
    return found


def _about(session: Session, text: str) -> ColumnElement[bool]:
    number = ticketnumbers.keyed(text)
    if ticketnumbers.is_valid(number):
        ticket_id = session.scalar(select(Ticket.id).where(Ticket.number == number))
        return AuditEntry.subject == f"ticket:{ticket_id}"
    if ":" in text:
        return AuditEntry.subject == text
    return (AuditEntry.subject >= f"{text}:") & (AuditEntry.subject < f"{text};")


def _events(session: Session, rows: Any) -> dict[int, TicketEvent]:
    ids = [row.detail["event_id"] for row in rows if isinstance(row.detail.get("event_id"), int)]
    found = session.scalars(select(TicketEvent).where(TicketEvent.id.in_(ids)))
    return {event.id: event for event in found}


def _entry(row: AuditEntry, event: TicketEvent | None) -> Entry:
    told = {"from": event.from_status, "to": event.to_status, "reason": event.reason} if event is not None else {}
    return Entry(
        row.id, row.at, row.actor, row.action, row.subject, row.detail, row.hash,
        {name: value for name, value in told.items() if value},
    )  # fmt: skip


def _may(actor: Actor) -> None:
    if not actor.may(Action.AUDIT_READ):
        raise ForbiddenError("these roles do not read the audit log")
