"""Many people with one cause: complaints are put together as they come, and told of when they are many.

Twenty people with one cause make a major complaint by the rules; a group of them who come together counts each.
A person decides what it is: the sign goes to those who may declare an emergency.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.intake import ComplaintGroup, GroupMember, SuggestionRow, TicketIntake
from crm.db.tickets import Ticket
from crm.domain import catalogue
from crm.domain.access import Action, Actor
from crm.domain.classification import Axis
from crm.domain.emergency import Trigger
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.likeness import Cause, content_words, same_cause
from crm.domain.tickets import Kind, Status
from crm.services import audit, emergency_signals, rules
from crm.services.classify import SUPERSEDED, told
from crm.services.same_matters import persons

FORMING, NOTICED, CONFIRMED, DISMISSED = "forming", "noticed", "confirmed", "dismissed"
KINDS = frozenset({Kind.COMPLAINT, Kind.INCIDENT})
_WINDOW = timedelta(days=14)
_COMPARED = 400
"""Newer complaints that one is compared with, at most."""
_LEAST = 3
"""Fewer complaints than this are no group, only alike."""
_LIVE = (FORMING, NOTICED, CONFIRMED)


@dataclass(frozen=True)
class GroupView:
    """A group as the pages show it."""

    id: int
    cause: str
    category: str | None
    state: str
    people: int
    tickets: tuple[tuple[int, str], ...]
    ticket_count: int
    first_at: datetime
    last_at: datetime
    noticed_at: datetime | None
    decided_by: str
    note: str


def look(session: Session, ticket: Ticket, *, now: datetime) -> ComplaintGroup | None:
    """Put a complaint to those of the same cause; gives its group when it has one."""
    if Kind(ticket.kind) not in KINDS or session.get(GroupMember, ticket.id) is not None:
        return None
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext("complaint groups"))))
    intake = session.get(TicketIntake, ticket.id)
    mine = _cause(session, ticket, _suggested(session, [ticket.id]).get(ticket.id))
    near = _near(session, ticket, mine, now)
    group = _group_of(session, near)
    many = intake is not None and intake.people > 1
    if group is None:
        if len(near) + 1 < _LEAST and not many:
            return None
        group = _begin(session, ticket, now)
        for other, like in near:
            _join(session, group, other, like, now)
    _join(session, group, ticket, max((like for _, like in near), default=1.0), now)
    _count(session, group, now)
    return group


def _cause(session: Session, ticket: Ticket, suggested: str | None) -> Cause:
    category = ticket.category or suggested
    entry = catalogue.find(category)
    outage = bool(entry and entry.incident is catalogue.IncidentClass.TECHNICAL)
    words = content_words(told(session, ticket)[0])
    return Cause(_thing(category), words, ticket.received_at, outage, ticket.complained_about.casefold())


def _thing(category: str | None) -> str | None:
    """What a category is about for this purpose: a failing system is one thing whatever the kind of matter."""
    entry = catalogue.find(category)
    outage = entry is not None and entry.incident is catalogue.IncidentClass.TECHNICAL
    return "incidents.technical" if outage else category


def _suggested(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """The categories that words suggest, by ticket."""
    rows = session.execute(
        select(SuggestionRow.ticket_id, SuggestionRow.guesses)
        .where(SuggestionRow.ticket_id.in_(ids), SuggestionRow.state != SUPERSEDED)
        .order_by(SuggestionRow.id)
    )
    return {row.ticket_id: row.guesses[Axis.CATEGORY]["label"] for row in rows if Axis.CATEGORY in row.guesses}


def _near(session: Session, ticket: Ticket, mine: Cause, now: datetime) -> list[tuple[Ticket, float]]:
    """Complaints of late with the same cause. Only those about the same thing are read."""
    if mine.category is None:
        return []
    others = session.execute(
        select(Ticket.id, Ticket.category)
        .where(
            Ticket.received_at > now - _WINDOW,
            Ticket.kind.in_(sorted(KINDS)),
            Ticket.id != ticket.id,
            Ticket.status.not_in([Status.MERGED, Status.WITHDRAWN]),
        )
        .order_by(Ticket.received_at.desc(), Ticket.id.desc())
        .limit(_COMPARED)
    ).all()
    suggested = _suggested(session, [row.id for row in others])
    alike = [row.id for row in others if _thing(row.category or suggested.get(row.id)) == mine.category]
    found = []
    for other in session.scalars(select(Ticket).where(Ticket.id.in_(alike))):
        like = same_cause(mine, _cause(session, other, suggested.get(other.id)))
        if like > 0:
            found.append((other, like))
    return found


def _group_of(session: Session, near: Sequence[tuple[Ticket, float]]) -> ComplaintGroup | None:
    """The group that most of the alike ones are in."""
    weights = {other.id: like for other, like in near}
    rows = session.execute(
        select(GroupMember.ticket_id, ComplaintGroup)
        .join(ComplaintGroup, ComplaintGroup.id == GroupMember.group_id)
        .where(GroupMember.ticket_id.in_(weights), ComplaintGroup.state.in_(_LIVE))
    ).all()
    votes: Counter[int] = Counter()
    groups = {}
    for ticket_id, group in rows:
        groups[group.id] = group
        votes[group.id] += round(weights[ticket_id] * 1000)
    return groups[votes.most_common(1)[0][0]] if votes else None


def _begin(session: Session, ticket: Ticket, now: datetime) -> ComplaintGroup:
    group = ComplaintGroup(
        cause="", business_code=ticket.business_code, reason_code=ticket.reason_code, category=None, state=FORMING,
        people=0, first_at=ticket.received_at, last_at=now, decided_by="", note="", members=[],
    )  # fmt: skip
    session.add(group)
    session.flush()
    return group


def _join(session: Session, group: ComplaintGroup, ticket: Ticket, like: float, now: datetime) -> None:
    if session.get(GroupMember, ticket.id) is not None:
        return
    intake = session.get(TicketIntake, ticket.id)
    keys = sorted(persons(ticket, intake)) or [f"ticket:{ticket.id}"]
    group.members.append(
        GroupMember(
            ticket_id=ticket.id,
            person=hashlib.sha256(keys[0].encode()).hexdigest(),
            people=intake.people if intake else 1,
            likeness=like,
            added_at=now,
        )
    )
    group.first_at = min(group.first_at, ticket.received_at)
    group.last_at = max(group.last_at, ticket.received_at)
    session.flush()


def _count(session: Session, group: ComplaintGroup, now: datetime) -> None:
    """Count the people, name the cause, and tell of it when they are many."""
    most: dict[str, int] = {}
    for member in group.members:
        most[member.person] = max(most.get(member.person, 0), member.people)
    group.people = sum(most.values())
    ids = [member.ticket_id for member in group.members]
    group.category, group.cause = _described(session, ids)
    if group.state != FORMING or group.people < rules.current(session).group_people:
        return
    group.state, group.noticed_at = NOTICED, now
    emergency_signals.suggest(
        session,
        trigger=Trigger.GROUP,
        key=f"group-{group.id}",
        title="、".join(part for part in (catalogue.title(group.category, "zh"), group.cause) if part),
        ticket_ids=ids,
        why=f"{group.people} people, {len(ids)} tickets",
        now=now,
        words=group.cause.split("、"),
    )


def _described(session: Session, ids: Sequence[int]) -> tuple[str | None, str]:
    """The category that most have, and the deciding words that at least a third of them share."""
    rows = session.scalars(
        select(SuggestionRow.guesses).where(SuggestionRow.ticket_id.in_(ids), SuggestionRow.state != SUPERSEDED)
    ).all()
    categories: Counter[str] = Counter()
    words: Counter[str] = Counter()
    for guesses in rows:
        if Axis.CATEGORY in guesses:
            categories[guesses[Axis.CATEGORY]["label"]] += 1
        said = {
            word["word"]
            for axis in (Axis.CATEGORY, Axis.REASON, Axis.BUSINESS)
            for word in guesses.get(axis, {}).get("words", [])
        }
        words.update(said)
    shared = [word for word, times in words.most_common(6) if times * 3 >= len(rows)]
    category = categories.most_common(1)[0][0] if categories else None
    return category, "、".join(shared)[:200]


def listed(session: Session, actor: Actor, *, now: datetime) -> tuple[GroupView, ...]:
    """The groups of late that nobody has set aside, those with the most people first."""
    if not actor.may(Action.INTAKE_REVIEW):
        return ()
    rows = session.scalars(
        select(ComplaintGroup)
        .where(ComplaintGroup.state.in_(_LIVE), ComplaintGroup.last_at > now - _WINDOW)
        .order_by(ComplaintGroup.people.desc(), ComplaintGroup.id)
        .limit(50)
    ).all()
    return tuple(_view(session, row) for row in rows)


def get_group(session: Session, actor: Actor, group_id: int) -> GroupView:
    """One group. Raises NotFoundError."""
    row = session.get(ComplaintGroup, group_id)
    if row is None or not actor.may(Action.INTAKE_REVIEW):
        raise NotFoundError("there is no such group")
    return _view(session, row)


def _view(session: Session, row: ComplaintGroup) -> GroupView:
    ids = [member.ticket_id for member in row.members]
    numbers = session.execute(select(Ticket.id, Ticket.number).where(Ticket.id.in_(ids)).order_by(Ticket.id)).all()
    return GroupView(
        row.id, row.cause, row.category, row.state, row.people, tuple((one.id, one.number) for one in numbers),
        len(ids), row.first_at, row.last_at, row.noticed_at, row.decided_by, row.note,
    )  # fmt: skip


def decide(session: Session, actor: Actor, group_id: int, *, confirmed: bool, note: str, now: datetime) -> None:
    """A person says that it is one cause, or that it is none. Raises NotFoundError, ForbiddenError, ConflictError."""
    if not actor.may(Action.INTAKE_REVIEW):
        raise ForbiddenError("your role does not allow this")
    row = session.get(ComplaintGroup, group_id)
    if row is None:
        raise NotFoundError("there is no such group")
    if row.state in {CONFIRMED, DISMISSED}:
        raise ConflictError("somebody decided on this group already")
    if not note.strip():
        raise InvalidInputError("note", "say why")
    row.state, row.decided_by, row.decided_at, row.note = CONFIRMED if confirmed else DISMISSED, actor.name, now, note
    audit.append(
        session, at=now, actor=actor.name, action=f"group.{row.state}", subject=f"group:{row.id}",
        detail={"people": row.people, "tickets": len(row.members)},
    )  # fmt: skip
