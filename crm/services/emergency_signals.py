"""Signs of emergencies: suggested by words, by numbers or by a colleague; decided by a person.

``suggest`` is for every part of the house that sees something: it tells the leads at once, and once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.emergencies import EmergencySignal as Signal
from crm.db.people import Role as RoleRow
from crm.db.people import User, user_roles
from crm.db.records import AuditEntry
from crm.db.tickets import Ticket
from crm.domain import catalogue
from crm.domain.access import Action, Actor, Role
from crm.domain.emergency import ALARMING, Trigger, signs
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.notices import NoticeKind
from crm.services import audit, notices, scope
from crm.services.ticket_counters import mark_of

SHOWN = 50
_TOLD = frozenset({Role.SM, Role.CM, Role.DG, Role.GM})
FOLLOWER = "emergency_signals"
_LOOKED_AT = 2_000
"""Entries of the audit chain that one look takes; what is left is looked at by the next."""
_FRESH = timedelta(days=2)


@dataclass(frozen=True)
class SignalView:
    """A sign as the page shows it."""

    id: int
    trigger: str
    title: str
    why: str
    words: tuple[str, ...]
    tickets: tuple[tuple[int, str], ...]
    """ids and numbers of those tickets that the reader may see"""
    ticket_count: int
    raised_at: datetime
    raised_by: str
    state: str
    decided_by: str | None
    reason: str
    emergency_id: int | None


def suggest(
    session: Session,
    *,
    trigger: Trigger,
    key: str,
    title: str,
    ticket_ids: Sequence[int],
    why: str,
    now: datetime,
    words: Sequence[str] = (),
    by: str = "system",
) -> int | None:
    """Say that this may be an emergency; gives the signal's id, or None when it was said before.

    ``key`` names what it is about (a cause, a ticket). A signal that still waits is joined by the new tickets.
    """
    unique = f"{trigger}:{key}"[:200]
    there = session.scalars(select(Signal).where(Signal.unique_key == unique)).first()
    if there is not None:
        if there.state == "new":
            there.ticket_ids = sorted({*there.ticket_ids, *ticket_ids})
            there.why = why
        return None
    row = Signal(
        unique_key=unique, trigger=trigger, title=title[:200], why=why, words=list(words), ticket_ids=list(ticket_ids),
        raised_at=now, raised_by=by, state="new", reason="",
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.append(
        session, at=now, actor=by, action="emergency.suggested", subject=f"signal:{row.id}",
        detail={"trigger": trigger, "tickets": len(ticket_ids)},
    )  # fmt: skip
    kind = NoticeKind.GROUP_COMPLAINT if trigger is Trigger.GROUP else NoticeKind.EMERGENCY_SIGN
    only = ticket_ids[0] if len(ticket_ids) == 1 else None
    for user_id in leads(session):
        notices.tell(session, user_id, kind, only, now, title=row.title, path="/emergencies/")
    return row.id


def leads(session: Session) -> Sequence[int]:
    """Who is told of a sign: those who may declare an emergency."""
    return session.scalars(
        select(User.id)
        .join(user_roles, user_roles.c.user_id == User.id)
        .join(RoleRow, RoleRow.id == user_roles.c.role_id)
        .where(RoleRow.name.in_(sorted(_TOLD)), User.active)
        .distinct()
    ).all()


def waiting(session: Session, actor: Actor) -> tuple[SignalView, ...]:
    """Signs that nobody has decided on, the newest first."""
    if not actor.may(Action.EMERGENCY_READ):
        return ()
    rows = session.scalars(select(Signal).where(Signal.state == "new").order_by(Signal.id.desc()).limit(SHOWN)).all()
    return tuple(_view(session, actor, row) for row in rows)


def get(session: Session, actor: Actor, signal_id: int) -> SignalView:
    """One sign. Raises NotFoundError."""
    row = session.get(Signal, signal_id)
    if row is None or not actor.may(Action.EMERGENCY_READ):
        raise NotFoundError("there is no such signal")
    return _view(session, actor, row)


def _view(session: Session, actor: Actor, row: Signal) -> SignalView:
    some = [int(ticket_id) for ticket_id in row.ticket_ids[:SHOWN]]
    seen = session.execute(select(Ticket.id, Ticket.number).where(Ticket.id.in_(some), scope.tickets_for(actor)))
    return SignalView(
        row.id, row.trigger, row.title, row.why, tuple(row.words), tuple((one.id, one.number) for one in seen),
        len(row.ticket_ids), row.raised_at, row.raised_by, row.state, row.decided_by, row.reason, row.emergency_id,
    )  # fmt: skip


def dismiss(session: Session, actor: Actor, signal_id: int, reason: str, *, now: datetime) -> None:
    """Say why it is none. Raises ForbiddenError, NotFoundError, ConflictError, InvalidInputError."""
    if not actor.may(Action.EMERGENCY_DECLARE):
        raise ForbiddenError("these roles do not decide on emergencies")
    if not reason.strip():
        raise InvalidInputError("reason", "say why this is no emergency")
    row = session.get(Signal, signal_id)
    if row is None:
        raise NotFoundError("there is no such signal")
    decide(session, row, "dismissed", actor, reason.strip()[:1000], now)


def decide(session: Session, row: Signal, state: str, actor: Actor, reason: str, now: datetime) -> None:
    """Write the decision down. Raises ConflictError when somebody else decided."""
    if row.state != "new":
        raise ConflictError("somebody else has decided on this signal")
    row.state, row.decided_at, row.decided_by, row.reason = state, now, actor.name, reason
    audit.append(
        session, at=now, actor=actor.name, action=f"emergency.signal_{state}", subject=f"signal:{row.id}",
        detail={"reason": reason},
    )  # fmt: skip


def follow(session: Session, *, now: datetime) -> int:
    """Look at the texts of tickets that something happened to since the last time; gives how many were looked at.

    Nothing older than two days: what was there before the house ran is no news.
    """
    mark = mark_of(session, FOLLOWER, now)
    entries = session.execute(
        select(AuditEntry.id, AuditEntry.subject)
        .where(AuditEntry.id > mark.last_event_id)
        .order_by(AuditEntry.id)
        .limit(_LOOKED_AT)
    ).all()
    if not entries:
        return 0
    mark.last_event_id, mark.at = entries[-1].id, now
    named = (entry.subject.removeprefix("ticket:") for entry in entries if entry.subject.startswith("ticket:"))
    fresh = {int(text) for text in named if text.isascii() and text.isdigit()}
    tickets = session.scalars(
        select(Ticket).where(Ticket.id.in_(fresh), Ticket.received_at >= now - _FRESH, ~Ticket.emergency)
    ).all()
    for ticket in tickets:
        look_at(session, ticket, ticket.text, now=now)
    return len(tickets)


def look_at(session: Session, ticket: Ticket, text: str, *, now: datetime) -> tuple[int, ...]:
    """Suggest what a ticket's text speaks for; gives the new signals."""
    entry = catalogue.find(ticket.category)
    technical = entry is not None and entry.incident is catalogue.IncidentClass.TECHNICAL
    found = []
    for sign in signs(text, severity=ticket.severity, technical=technical):
        if sign.trigger in ALARMING:
            made = suggest(
                session, trigger=sign.trigger, key=f"ticket:{ticket.id}", title=ticket.number,
                ticket_ids=[ticket.id], why="words", words=sign.words, now=now,
            )  # fmt: skip
            found += [made] if made is not None else []
    return tuple(found)
