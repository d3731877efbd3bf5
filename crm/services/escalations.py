"""Escalated complaints: raised on a ground, looked into anew by somebody else, deliberated at a higher level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.db.emergencies import Escalation as Row
from crm.db.people import User
from crm.db.tickets import Ticket, TicketEvent
from crm.domain.access import Action, Actor, Role
from crm.domain.emergency import Trigger
from crm.domain.errors import ConflictError, ForbiddenError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.escalation import Decision, Deliberation, Ground, State, investigator_problem, problems
from crm.domain.handling import STEP_ROLES, Step
from crm.domain.notices import NoticeKind
from crm.domain.tickets import ENDED, Kind, Status
from crm.services import emergency_signals, notices, scope
from crm.services.ticket_changes import record_event

MAX_TEXT = 10_000
_AFTER_FIRST_RESULT = frozenset({Status.NOTIFIED, Status.CONFIRMED, Status.DISPUTED, Status.REOPENED, Status.ON_SPOT})


@dataclass(frozen=True)
class EscalationView:
    """An escalation as the ticket's page shows it."""

    id: int
    ground: str
    why: str
    raised_at: datetime
    raised_by: str
    from_step: int
    to_step: int
    state: str
    investigator: str | None
    findings: str
    found_at: datetime | None
    participants: tuple[str, ...]
    decision: str | None
    reasons: str
    decided_at: datetime | None
    decided_by: str | None
    version: int


def raise_one(session: Session, actor: Actor, ticket_id: int, ground: str, why: str, *, now: datetime) -> int:
    """Escalate a complaint one level up. Raises InvalidInputError, ConflictError, ForbiddenError."""
    ticket = _ticket(session, actor, ticket_id)
    if ground not in set(Ground):
        raise InvalidInputError("ground", f"must be one of {', '.join(Ground)}")
    if not 1 <= len(why.strip()) <= MAX_TEXT:
        raise InvalidInputError("why", f"must have 1 to {MAX_TEXT} characters")
    if ground == Ground.REFUSED and ticket.status not in _AFTER_FIRST_RESULT:
        raise ConflictError("there is no first result that the customer could refuse")
    if _open(session, ticket_id) is not None:
        raise ConflictError("this complaint is escalated already")
    if actor.user_id is None:
        raise ForbiddenError("a complaint is escalated by a person")
    to_step = min(ticket.handling_step + 1, Step.GM)
    row = Row(
        ticket_id=ticket.id, ground=ground, why=why.strip(), raised_at=now, raised_by_id=actor.user_id,
        from_step=ticket.handling_step, to_step=to_step, state=State.RAISED, participants=[], findings="", reasons="",
        handled_before=sorted(_hands(session, ticket)), version=1,
    )  # fmt: skip
    session.add(row)
    session.execute(
        update(Ticket)
        .where(Ticket.id == ticket.id)
        .values(handling_step=to_step, version=Ticket.version + 1)
        .execution_options(synchronize_session=False)
    )
    session.refresh(ticket)
    record_event(session, ticket, "escalated", actor=actor.name, at=now, reason=why.strip(),
                 fields={"v": [ground, row.from_step, to_step]})  # fmt: skip
    for user_id in _of_step(session, to_step):
        notices.tell(session, user_id, NoticeKind.ESCALATED, ticket.id, now, by=actor.user_id)
    if ground == Ground.REPUTATION or to_step == Step.GM:
        emergency_signals.suggest(
            session, trigger=Trigger.ESCALATION, key=f"ticket:{ticket.id}", title=ticket.number,
            ticket_ids=[ticket.id], why="escalation", words=[ground], now=now, by=actor.name,
        )  # fmt: skip
    return row.id


def _ticket(session: Session, actor: Actor, ticket_id: int) -> Ticket:
    ticket = session.scalars(select(Ticket).where(Ticket.id == ticket_id, scope.tickets_for(actor))).first()
    if ticket is None:
        raise NotFoundError("there is no such ticket")
    if not scope.may_on_ticket(session, actor, Action.TICKET_MOVE, ticket_id):
        raise ForbiddenError("these roles do not move this ticket")
    if ticket.kind not in {Kind.COMPLAINT, Kind.REPORT, Kind.REVIEW}:
        raise ConflictError("only complaints are escalated")
    if ticket.status in ENDED:
        raise ConflictError("this ticket is over: reopen it, or ask for a review")
    return ticket


def _hands(session: Session, ticket: Ticket) -> set[int]:
    """Everybody who moved or had this ticket before."""
    names = set(session.scalars(select(TicketEvent.actor).where(TicketEvent.ticket_id == ticket.id)))
    ids = set(session.scalars(select(User.id).where(User.username.in_(names))))
    return ids | {one for one in (ticket.assignee_id, ticket.first_agent_id) if one is not None}


def _of_step(session: Session, step: int) -> list[int]:
    wanted = {str(role) for role in STEP_ROLES[Step(step)]}
    users = session.scalars(select(User).where(User.active))
    return [user.id for user in users if wanted & {role.name for role in user.roles}]


def _open(session: Session, ticket_id: int) -> Row | None:
    return session.scalars(
        select(Row).where(Row.ticket_id == ticket_id, Row.state != State.DECIDED).with_for_update(of=Row)
    ).first()


def _current(session: Session, ticket_id: int, version: int) -> Row:
    row = _open(session, ticket_id)
    if row is None:
        raise NotFoundError("this complaint is not escalated")
    if row.version != version:
        raise ConflictError("somebody else changed this just now")
    return row


def name_investigator(
    session: Session, actor: Actor, ticket_id: int, username: str, *, version: int, now: datetime
) -> None:
    """Name who looks into it anew: nobody with a hand in it before. Raises InvalidInputError."""
    ticket = _ticket(session, actor, ticket_id)
    row = _current(session, ticket_id, version)
    user = session.scalars(select(User).where(User.username == username.strip(), User.active)).first()
    if user is None:
        raise InvalidInputError("investigator", "there is no such active user")
    why = investigator_problem(user.id, row.handled_before, ticket.complained_about_id)
    if why is not None:
        raise InvalidInputError("investigator", why)
    row.investigator_id, row.state, row.version = user.id, State.INVESTIGATING, row.version + 1
    record_event(session, ticket, "escalation_investigator", actor=actor.name, at=now,
                 fields={"investigator": user.username})  # fmt: skip
    notices.tell(session, user.id, NoticeKind.ASSIGNED, ticket.id, now, by=actor.user_id)


def write_findings(
    session: Session, actor: Actor, ticket_id: int, findings: str, *, version: int, now: datetime
) -> None:
    """What the new investigation found; by its investigator alone. Raises ForbiddenError, InvalidInputError."""
    ticket = _ticket(session, actor, ticket_id)
    row = _current(session, ticket_id, version)
    if row.investigator_id is None or row.investigator_id != actor.user_id:
        raise ForbiddenError("only who investigates anew writes the findings")
    if not 1 <= len(findings.strip()) <= MAX_TEXT:
        raise InvalidInputError("findings", f"must have 1 to {MAX_TEXT} characters")
    row.findings, row.found_at, row.version = findings.strip(), now, row.version + 1
    record_event(session, ticket, "escalation_findings", actor=actor.name, at=now, reason=row.findings[:500])


def decide(
    session: Session, actor: Actor, ticket_id: int, *, participants: Sequence[str], decision: str, reasons: str,
    version: int, now: datetime,
) -> None:  # fmt: skip
    """Write the deliberation down. Raises IllegalMoveError that says what is missing, ForbiddenError."""
    ticket = _ticket(session, actor, ticket_id)
    if not actor.may(Action.APPROVE) or actor.user_id is None:
        raise ForbiddenError("these roles do not decide on escalated complaints")
    row = _current(session, ticket_id, version)
    users = session.scalars(
        select(User).where(User.username.in_([name.strip() for name in participants]), User.active)
    ).all()
    missing = {name.strip() for name in participants} - {user.username for user in users}
    if missing:
        raise InvalidInputError("participants", f"there is no such active user: {', '.join(sorted(missing))}")
    people = {user.id for user in users} | {actor.user_id}
    found = problems(
        Deliberation(
            investigator=row.investigator_id,
            handled_before=frozenset(int(one) for one in row.handled_before),
            complained_about=ticket.complained_about_id,
            participants=frozenset(people),
            seniors=frozenset(_seniors(session, people, row.from_step)),
            findings=row.findings,
            decision=Decision(decision) if decision in set(Decision) else None,
            reasons=reasons,
        )
    )
    if found:
        raise IllegalMoveError(found[0])
    row.participants, row.decision, row.reasons = sorted(people), decision, reasons.strip()[:MAX_TEXT]
    row.decided_at, row.decided_by_id, row.state = now, actor.user_id, State.DECIDED
    row.version += 1
    record_event(session, ticket, "escalation_decided", actor=actor.name, at=now, reason=row.reasons[:500],
                 fields={"v": decision})  # fmt: skip
    notices.tell(session, ticket.assignee_id, NoticeKind.ESCALATED, ticket.id, now, by=actor.user_id)


def _seniors(session: Session, people: set[int], from_step: int) -> set[int]:
    """Those whose role stands above the step that gave the first answer."""
    above = {str(role) for step in Step if step > min(from_step, Step.DEPUTY_GM) for role in STEP_ROLES[step]}
    users = session.scalars(select(User).where(User.id.in_(people)))
    return {user.id for user in users if above & {Role(role.name) for role in user.roles}}


def of_ticket(session: Session, actor: Actor, ticket_id: int) -> tuple[EscalationView, ...]:
    """The escalations of a ticket that he may see, the newest first."""
    if not scope.may_on_ticket(session, actor, Action.TICKET_READ, ticket_id):
        return ()
    rows = session.scalars(select(Row).where(Row.ticket_id == ticket_id).order_by(Row.id.desc())).all()
    ids = {int(one) for row in rows for one in row.participants}
    names = {
        user.id: user.display_name or user.username for user in session.scalars(select(User).where(User.id.in_(ids)))
    }
    return tuple(_view(row, names) for row in rows)


def _view(row: Row, names: dict[int, str]) -> EscalationView:
    def name(user: User | None) -> str | None:
        return None if user is None else user.display_name or user.username

    return EscalationView(
        row.id, row.ground, row.why, row.raised_at, name(row.raised_by) or "", row.from_step, row.to_step, row.state,
        name(row.investigator), row.findings, row.found_at, tuple(names.get(int(one), "–") for one in row.participants),
        row.decision, row.reasons, row.decided_at, name(row.decided_by), row.version,
    )  # fmt: skip
