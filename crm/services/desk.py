"""What somebody finds on his desk: his tickets by the clock, what is new, what waits on whom, how his people stand.

Every list is short and found by an index, so that the desk opens as fast in a house with a million tickets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.casefile import AssistanceRequest, ExecutionStep
from crm.db.departments import Department, DepartmentMember
from crm.db.handling import ApprovalRequest
from crm.db.people import User
from crm.db.terms import TicketCount, TicketTerm
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor, Relation, reach
from crm.domain.desk import Urgency, WaitsFor, turn, urgency
from crm.domain.term_types import TermKind, TermState
from crm.domain.tickets import ENDED, Status
from crm.services import case_contacts, scope
from crm.services.case_facts import PLANNED
from crm.services.counters import tickets_by
from crm.services.sections import SECTION

MOST = 200
MOST_NEW = 30
MOST_TEAM = 50
_FRESH = (Status.REGISTERED, Status.REOPENED, Status.ACKNOWLEDGED, Status.TRIAGED)


@dataclass(frozen=True)
class DeskTicket:
    """A ticket as a desk shows it. ``due_kind``: which of its terms is the next (a TermKind)."""

    id: int
    number: str
    kind: str
    status: str
    level: int | None
    priority: str
    channel: str
    category: str | None
    emergency: bool
    received_at: datetime
    assignee: str | None
    due_at: datetime | None
    due_kind: str | None
    legal_due_at: datetime | None
    urgency: Urgency
    waits_for: WaitsFor
    waits_on: tuple[str, ...] = ()
    """user names, posts and departments"""
    report_at: datetime | None = None
    """when the customer was promised to hear again"""


@dataclass(frozen=True)
class Colleague:
    """How somebody's work stands."""

    user: str
    display_name: str
    open: int
    overdue: int


@dataclass(frozen=True)
class Desk:
    """All of it."""

    mine: tuple[DeskTicket, ...]
    fresh: tuple[DeskTicket, ...]
    near: tuple[DeskTicket, ...]
    """of whom he leads: the next to be late"""
    team: tuple[Colleague, ...]
    by_channel: tuple[tuple[str, int], ...]

    @property
    def my_turn(self) -> tuple[DeskTicket, ...]:
        """Where he has to do the next thing."""
        return tuple(one for one in self.mine if one.waits_for in {WaitsFor.HANDLER, WaitsFor.OFFICE})

    @property
    def on_others(self) -> tuple[DeskTicket, ...]:
        """Where somebody else has to."""
        return tuple(one for one in self.mine if one.waits_for not in {WaitsFor.HANDLER, WaitsFor.OFFICE})

    @property
    def overdue(self) -> int:
        """How many of his are late."""
        return sum(one.urgency is Urgency.OVERDUE for one in self.mine)

    @property
    def today(self) -> int:
        """How many of his end today."""
        return sum(one.urgency is Urgency.TODAY for one in self.mine)


def desk(session: Session, actor: Actor, *, now: datetime) -> Desk:
    """The actor's desk. ``now`` in the centre's zone."""
    mine = _shown(session, _mine(session, actor), now)
    reached = reach(actor.roles, Action.TICKET_MOVE)
    leads = bool({Relation.ANY, Relation.SECTION} & reached)
    return Desk(
        mine=tuple(sorted(mine, key=_by_clock)),
        fresh=tuple(sorted(_shown(session, _fresh(session, actor), now), key=_by_priority)),
        near=tuple(sorted(_shown(session, _near(session, actor), now), key=_by_clock)) if leads else (),
        team=_team(session, actor, now, whole=Relation.ANY in reached) if leads else (),
        by_channel=tuple(Counter(one.channel for one in mine).most_common()),
    )


def _by_clock(one: DeskTicket) -> tuple[bool, datetime, str, int]:
    """Emergencies first, then the next to be late, then the higher priority."""
    return not one.emergency, one.due_at or datetime.max.replace(tzinfo=one.received_at.tzinfo), one.priority, one.id


def _by_priority(one: DeskTicket) -> tuple[str, bool, datetime, str, int]:
    """What nobody has taken: the higher priority first."""
    return one.priority, *_by_clock(one)


def _mine(session: Session, actor: Actor) -> Sequence[Ticket]:
    if actor.user_id is None:
        return ()
    open_ones = [Ticket.assignee_id == actor.user_id, Ticket.status.not_in(sorted(ENDED))]
    return session.scalars(select(Ticket).where(*open_ones).order_by(Ticket.legal_due_at, Ticket.id).limit(MOST)).all()


def _fresh(session: Session, actor: Actor) -> Sequence[Ticket]:
    """What came in and nobody has taken, as far as he may move it."""
    untaken = [Ticket.status.in_(_FRESH), Ticket.assignee_id.is_(None), scope.tickets_for(actor, Action.TICKET_MOVE)]
    query = select(Ticket).where(*untaken).order_by(Ticket.received_at.desc(), Ticket.id.desc())
    return session.scalars(query.limit(MOST_NEW)).all()


def _near(session: Session, actor: Actor) -> Sequence[Ticket]:
    """Of everything that he leads, what the law wants answered next: one kind at a time, in the order of an index."""
    found: list[tuple[datetime, Ticket]] = []
    for kind in (TermKind.LEGAL, TermKind.REVIEW):
        query = (
            select(TicketTerm.due_at, Ticket)
            .join(Ticket, Ticket.id == TicketTerm.ticket_id)
            .where(
                TicketTerm.state == TermState.OPEN,
                TicketTerm.kind == kind,
                TicketTerm.paused_since.is_(None),
                scope.tickets_for(actor, Action.TICKET_MOVE),
            )
            .order_by(TicketTerm.due_at, TicketTerm.ticket_id)
            .limit(MOST_TEAM)
        )
        found += [(row[0], row[1]) for row in session.execute(query).unique()]
    return [ticket for _due, ticket in sorted(found, key=lambda one: (one[0], one[1].id))[:MOST_TEAM]]


def _team(session: Session, actor: Actor, now: datetime, *, whole: bool) -> tuple[Colleague, ...]:
    """Who has how many open tickets, and how many of them are late by law: from counters and the open terms.

    ``whole``: everybody; else the people of his section, or everybody while he is in none.
    """
    open_by = tickets_by(session, TicketCount.assignee_id, where=[TicketCount.status.not_in(sorted(ENDED))])
    late = select(Ticket.assignee_id, func.count()).join(TicketTerm, TicketTerm.ticket_id == Ticket.id)
    late = late.where(
        TicketTerm.state == TermState.OPEN,
        TicketTerm.kind.in_([TermKind.LEGAL, TermKind.REVIEW]),
        TicketTerm.paused_since.is_(None),
        TicketTerm.due_at < now,
    )
    overdue = {row[0]: int(row[1]) for row in session.execute(late.group_by(Ticket.assignee_id))}
    counts = {key[0]: number for key, number in open_by.items() if key[0] is not None and number > 0}
    query = select(User.id, User.username, User.display_name).where(User.id.in_(counts))
    section = None if whole else _section(session, actor)
    if section is not None:
        query = query.where(
            User.id.in_(select(DepartmentMember.user_id).where(DepartmentMember.department_id == section))
        )
    people = session.execute(query)
    found = [Colleague(row.username, row.display_name, counts[row.id], overdue.get(row.id, 0)) for row in people]
    return tuple(sorted(found, key=lambda one: (-one.overdue, -one.open, one.user)))


def _section(session: Session, actor: Actor) -> int | None:
    return session.scalar(
        select(Department.id)
        .join(DepartmentMember, DepartmentMember.department_id == Department.id)
        .where(DepartmentMember.user_id == actor.user_id, Department.kind == SECTION)
    )


def _shown(session: Session, tickets: Sequence[Ticket], now: datetime) -> tuple[DeskTicket, ...]:
    ids = [ticket.id for ticket in tickets]
    terms, asked = _next_terms(session, ids), _asked(session, ids)
    waiting = {
        WaitsFor.SIGNATURE: _signers(session, [t.id for t in tickets if t.status == Status.PENDING_APPROVAL]),
        WaitsFor.EXECUTION: _doers(session, [t.id for t in tickets if t.status == Status.EXECUTING]),
        WaitsFor.DEPARTMENT: asked,
    }
    promised = _promised(session, ids)
    found = []
    for ticket in tickets:
        term = terms.get(ticket.id)
        waits_for = turn(
            ticket.status,
            assigned=ticket.assignee_id is not None,
            asked_departments=len(asked.get(ticket.id, ())),
        )
        one = DeskTicket(
            id=ticket.id,
            number=ticket.number,
            kind=ticket.kind,
            status=ticket.status,
            level=ticket.level,
            priority=ticket.priority,
            channel=ticket.channel,
            category=ticket.category,
            emergency=ticket.emergency,
            received_at=ticket.received_at,
            assignee=ticket.assignee.username if ticket.assignee else None,
            due_at=term.due_at if term else None,
            due_kind=term.kind if term else None,
            legal_due_at=ticket.legal_due_at,
            urgency=urgency(term.due_at if term else None, now),
            waits_for=waits_for,
            report_at=promised.get(ticket.id),
        )
        found.append(replace(one, waits_on=waiting.get(waits_for, {}).get(ticket.id, ())))
    return tuple(found)


def _next_terms(session: Session, ids: Collection[int]) -> dict[int, TicketTerm]:
    """Of each ticket, the open term that ends first; a term that stands still does not count."""
    open_ones = [TicketTerm.ticket_id.in_(ids), TicketTerm.state == TermState.OPEN, TicketTerm.paused_since.is_(None)]
    found: dict[int, TicketTerm] = {}
    for term in session.scalars(select(TicketTerm).where(*open_ones).order_by(TicketTerm.due_at.desc())):
        found[term.ticket_id] = term
    return found


def _asked(session: Session, ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    rows = session.execute(
        select(AssistanceRequest.ticket_id, Department.code)
        .join(Department, Department.id == AssistanceRequest.department_id)
        .where(AssistanceRequest.ticket_id.in_(ids), AssistanceRequest.state == "open")
        .order_by(AssistanceRequest.due_at)
    )
    return _grouped(rows)


def _doers(session: Session, ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    rows = session.execute(
        select(ExecutionStep.ticket_id, func.coalesce(User.username, Department.code))
        .outerjoin(User, User.id == ExecutionStep.user_id)
        .outerjoin(Department, Department.id == ExecutionStep.department_id)
        .where(ExecutionStep.ticket_id.in_(ids), ExecutionStep.state == PLANNED)
        .order_by(ExecutionStep.due_at)
    )
    return _grouped(rows)


def _signers(session: Session, ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """The posts whose turn it is to sign."""
    requests = session.scalars(
        select(ApprovalRequest).where(ApprovalRequest.ticket_id.in_(ids), ApprovalRequest.state == "open")
    )
    found = []
    for request in requests:
        step = next((one for one in request.steps if one.decision is None), None)
        if step is not None:
            found.append((request.ticket_id, step.department.code if step.department else step.post))
    return _grouped(found)


def _promised(session: Session, ids: Collection[int]) -> dict[int, datetime]:
    """When customers were promised to hear again; the last word counts."""
    last = case_contacts.last_of(session, ids)
    return {ticket_id: one.next_report_at for ticket_id, one in last.items() if one.next_report_at is not None}


def _grouped(rows: Any) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for ticket_id, who in rows:
        if who not in found.get(ticket_id, ()):
            found[ticket_id] = (*found.get(ticket_id, ()), str(who))
    return found
