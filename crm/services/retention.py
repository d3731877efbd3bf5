"""What is kept and what is deleted: lists of what is over, agreed to by a person, carried out by a job, reported.

Nothing that the law keeps is deleted early, nothing that is held is deleted at all, and each list ends in a report.
Every function works in the caller's writing transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, cast, exists, literal, select, update
from sqlalchemy.orm import Session

from crm.db.archives import Deletion, DeletionItem
from crm.db.calls import Recording
from crm.db.tickets import Ticket, TicketRecording
from crm.domain.access import SYSTEM, Action, Actor, Relation, reach
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.rules import DEFAULT_RULES, Rules
from crm.domain.tickets import COMPLAINT_KINDS, ENDED, Kind, Status
from crm.services import audit, rules
from crm.services.archives import years_after
from crm.services.holds import is_held
from crm.services.jobs import enqueue
from ivr.ticketnumbers import keyed, shown

CARRY_OUT = "carry_out_deletion"
MOST = 500
"""Things on one list: a person looks through it."""
PURGED = "purged"
DELETED, HELD, KEPT = "deleted", "held", "kept"
EXPIRY, EARLY = "expiry", "early"
PROPOSED, AGREED, DONE, REFUSED = "proposed", "agreed", "done", "refused"


@dataclass(frozen=True)
class Over:
    """Something whose time is over."""

    subject: str
    label: str
    rule: str
    since: datetime


def over(session: Session, *, now: datetime, limit: int = MOST) -> tuple[Over, ...]:
    """What may be deleted now: files of ended tickets, and recordings of calls that no ticket has; the oldest first."""
    numbers = rules.current(session)
    found = [*_tickets_over(session, numbers, now, limit), *_recordings_over(session, numbers, now, limit)]
    return tuple(sorted(found, key=lambda one: one.since)[:limit])


def _tickets_over(session: Session, numbers: Rules, now: datetime, limit: int) -> list[Over]:
    found = []
    shortest = min(numbers.complaint_file_years, numbers.service_recording_years)
    query = (
        select(Ticket)
        .where(
            Ticket.status.in_(sorted(ENDED)),
            Ticket.closed_at.is_not(None),
            Ticket.closed_at <= years_after(now, -shortest),
            Ticket.legal_hold.is_(False),
            Ticket.id.not_in([int(one) for one in _listed(session, "ticket")]),
            ~exists().where(
                DeletionItem.subject == literal("ticket:").concat(cast(Ticket.id, String)),
                DeletionItem.outcome == DELETED,
            ),
        )
        .order_by(Ticket.closed_at, Ticket.id)
        .limit(limit)
    )
    for ticket in session.scalars(query):
        name, years = _rule_of(ticket, numbers)
        since = years_after(ticket.closed_at or now, years)
        if since <= now:
            found.append(Over(f"ticket:{ticket.id}", shown(ticket.number), name, since))
    return found


def _rule_of(ticket: Ticket, numbers: Rules) -> tuple[str, int]:
    if Kind(ticket.kind) in COMPLAINT_KINDS:
        return "complaint_file_years", numbers.complaint_file_years
    return "service_recording_years", numbers.service_recording_years


def _recordings_over(session: Session, numbers: Rules, now: datetime, limit: int) -> list[Over]:
    of_tickets = select(TicketRecording.recording_id)
    rows = session.scalars(
        select(Recording)
        .where(
            Recording.state != PURGED,
            Recording.started_at <= years_after(now, -numbers.service_recording_years),
            Recording.id.not_in(of_tickets),
            Recording.id.not_in(_listed(session, "recording")),
        )
        .order_by(Recording.started_at, Recording.id)
        .limit(limit)
    )
    years = numbers.service_recording_years
    return [
        Over(f"recording:{row.id}", row.id[:8], "service_recording_years", years_after(row.started_at, years))
        for row in rows
    ]


def _listed(session: Session, kind: str) -> set[str]:
    """What stands on an open list already. Lists are short, and there are few open ones."""
    subjects = session.scalars(
        select(DeletionItem.subject)
        .join(Deletion, Deletion.id == DeletionItem.deletion_id)
        .where(Deletion.state.in_((PROPOSED, AGREED)), DeletionItem.subject.startswith(f"{kind}:"))
    )
    return {subject.partition(":")[2] for subject in subjects}


def propose_expiry(session: Session, *, now: datetime) -> Deletion | None:
    """Put what is over on a list for a person to agree to; None when there is nothing."""
    found = over(session, now=now)
    return _propose(session, EXPIRY, found, "", SYSTEM.name, now) if found else None


def _propose(session: Session, kind: str, found: Sequence[Over], reason: str, by: str, now: datetime) -> Deletion:
    row = Deletion(kind=kind, state=PROPOSED, reason=reason, proposed_by=by, proposed_at=now, version=1, items=[])
    row.items = [
        DeletionItem(subject=one.subject, label=one.label, rule=one.rule, expired_at=one.since, detail={})
        for one in found
    ]
    session.add(row)
    session.flush()
    note(session, row, "proposed", by, now)
    return row


def propose_early(session: Session, actor: Actor, numbers: Sequence[str], *, reason: str, now: datetime) -> Deletion:
    """Ask to delete tickets before their time, as a customer may want it of what is no complaint.

    Raises ForbiddenError, InvalidInputError: the law keeps the file of a complaint.
    """
    if not reach(actor.roles, Action.DELETE_EARLY):
        raise ForbiddenError("your role does not allow this")
    if not 1 <= len(reason.strip()) <= 500:
        raise InvalidInputError("reason", "must have 1 to 500 characters")
    found = [_early(session, number, now) for number in dict.fromkeys(numbers) if number.strip()]
    if not 1 <= len(found) <= MOST:
        raise InvalidInputError("numbers", f"must be 1 to {MOST} ticket numbers")
    return _propose(session, EARLY, found, reason.strip(), actor.name, now)


def _early(session: Session, number: str, now: datetime) -> Over:
    ticket = session.scalars(select(Ticket).where(Ticket.number == keyed(number))).first()
    if ticket is None:
        raise InvalidInputError("numbers", f"{number.strip()[:20]}: there is no such ticket")
    if Status(ticket.status) not in ENDED:
        raise InvalidInputError("numbers", f"{shown(ticket.number)}: it has not ended")
    if ticket.legal_hold or is_held(session, ticket.id):
        raise InvalidInputError("numbers", f"{shown(ticket.number)}: it is held")
    least = years_after(ticket.closed_at or now, DEFAULT_RULES.complaint_file_years)
    if Kind(ticket.kind) in COMPLAINT_KINDS and now < least:
        raise InvalidInputError("numbers", f"{shown(ticket.number)}: the law keeps the file of a complaint longer")
    return Over(f"ticket:{ticket.id}", shown(ticket.number), EARLY, now)


def agree(session: Session, actor: Actor, deletion_id: int, *, seen: int, now: datetime) -> None:
    """Agree to a list; a job carries it out. An early one needs somebody else than who asked for it.

    Raises ForbiddenError, NotFoundError, ConflictError.
    """
    row = load(session, actor, deletion_id)
    if not _may_agree(actor, row):
        raise ForbiddenError("somebody else agrees to what you proposed")
    _change(session, row, seen, state=AGREED, agreed_by=actor.name, agreed_at=now)
    note(session, row, "agreed", actor.name, now)
    enqueue(session, CARRY_OUT, {"deletion_id": row.id}, now=now, unique_key=f"{CARRY_OUT}:{row.id}")


def _may_agree(actor: Actor, row: Deletion) -> bool:
    """Whether this person may: for an early deletion the right counts only beside another person's."""
    if row.kind == EXPIRY:
        return bool(reach(actor.roles, Action.DELETION_AGREE))
    return row.proposed_by != actor.name and actor.may(Action.DELETE_EARLY, {Relation.APPROVED})


def refuse(session: Session, actor: Actor, deletion_id: int, reason: str, *, seen: int, now: datetime) -> None:
    """Refuse a list, with a reason: nothing of it is deleted, and what is over comes back on the next one."""
    row = load(session, actor, deletion_id)
    if not reach(actor.roles, Action.DELETION_AGREE):
        raise ForbiddenError("your role does not allow this")
    if not reason.strip():
        raise InvalidInputError("reason", "a reason must be given")
    _change(session, row, seen, state=REFUSED, agreed_by=actor.name, agreed_at=now, reason=reason.strip()[:500])
    note(session, row, "refused", actor.name, now)


def load(session: Session, actor: Actor, deletion_id: int) -> Deletion:
    """A list. Raises ForbiddenError, NotFoundError."""
    if not reach(actor.roles, Action.ARCHIVE_READ):
        raise ForbiddenError("your role does not allow this")
    row = session.get(Deletion, deletion_id)
    if row is None:
        raise NotFoundError("there is no such list")
    return row


def newest(session: Session, actor: Actor, limit: int = 30) -> Sequence[Deletion]:
    """The newest lists. Raises ForbiddenError."""
    if not reach(actor.roles, Action.ARCHIVE_READ):
        raise ForbiddenError("your role does not allow this")
    return session.scalars(select(Deletion).order_by(Deletion.id.desc()).limit(limit)).all()


def _change(session: Session, row: Deletion, seen: int, **values: object) -> None:
    changed = session.execute(
        update(Deletion)
        .where(Deletion.id == row.id, Deletion.version == seen, Deletion.state == PROPOSED)
        .values(**values, version=Deletion.version + 1)
        .returning(Deletion.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if changed is None:
        raise ConflictError("somebody else decided about this list")
    session.refresh(row)


def note(
    session: Session, row: Deletion, what: str, by: str, now: datetime, more: Mapping[str, object] | None = None
) -> None:
    """Write a step of a list into the audit chain."""
    detail = {"kind": row.kind, "items": len(row.items), **(more or {})}
    audit.append(session, at=now, actor=by, action=f"deletion.{what}", subject=f"deletion:{row.id}", detail=detail)
