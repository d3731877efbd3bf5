"""A complaint along the handling order: the acts of its level, one step up at a time, regrading.

第一客服 → 室经理 → 客户维护室 → 副总经理 → 总经理. Every act is a row that nobody changes, and an event of the ticket.
Everything works in the caller's writing transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.casefile import AssistanceRequest
from crm.db.departments import Department
from crm.db.handling import ApprovalRequest, HandlingAct
from crm.db.people import User
from crm.db.tickets import Ticket, TicketEvent
from crm.domain import handling
from crm.domain.access import SYSTEM, Action, Actor, Role
from crm.domain.approvals import Seat, Subject, post_above
from crm.domain.errors import ConflictError, ForbiddenError, IllegalMoveError, InvalidInputError
from crm.domain.handling import BY_HAND, STEP_ROLES, Act, Step
from crm.domain.notices import NoticeKind
from crm.domain.tickets import COMPLAINT_KINDS, ENDED, Kind, Recusal, Status
from crm.services import approvals, departments, notices, recusal, scope, signers
from crm.services.approvals import Asked
from crm.services.ticket_changes import record_event
from crm.services.tickets import load_ticket

MAX_NOTE = 5_000
LEVELS = frozenset(handling.FIRST_ACTS)
ANSWERED = frozenset({Status.NOTIFIED, Status.CONFIRMED, Status.DISPUTED, Status.FORM_SIGNED, Status.RETURN_VISIT})
"""The customer has the answer; what comes after it does not change it."""
FINDS_FACTS_NEW = frozenset({Role.CM, Role.DG, Role.GM})
"""Nobody below gives a complaint more time."""
ABOUT_HIMSELF = "nobody handles or decides a matter about himself"


@dataclass(frozen=True)
class StepView:
    """A place of the handling order, and who stands there for this ticket."""

    step: Step
    people: tuple[str, ...]
    reached: bool
    here: bool


def round_of(session: Session, ticket_id: int) -> int:
    """How often the ticket has been taken up again."""
    counted = select(func.count()).where(TicketEvent.ticket_id == ticket_id, TicketEvent.to_status == Status.REOPENED)
    return session.scalar(counted) or 0


def acts_of(session: Session, ticket_id: int) -> list[HandlingAct]:
    """All acts, oldest first."""
    query = select(HandlingAct).where(HandlingAct.ticket_id == ticket_id).order_by(HandlingAct.id)
    return list(session.scalars(query))


def done_acts(session: Session, ticket: Ticket) -> frozenset[Act]:
    """What was done since the ticket was last taken up."""
    now_round = round_of(session, ticket.id)
    query = select(HandlingAct.act).where(HandlingAct.ticket_id == ticket.id, HandlingAct.round == now_round)
    done = {Act(act) for act in session.scalars(query)}
    asked = select(AssistanceRequest.id).where(
        AssistanceRequest.ticket_id == ticket.id, AssistanceRequest.state != "withdrawn"
    )
    return frozenset(done | ({Act.CONSULTED} if session.scalars(asked.limit(1)).first() is not None else set()))


def write(
    session: Session,
    ticket: Ticket,
    act: Act,
    *,
    actor: str,
    now: datetime,
    note: str = "",
    about: User | None = None,
    department: Department | None = None,
    step: Step | None = None,
) -> HandlingAct:
    """Write an act down; rights were asked before. ``step`` None: where it is now."""
    at_step = ticket.handling_step if step is None else int(step)
    row = HandlingAct(
        ticket_id=ticket.id,
        act=act,
        step=at_step,
        round=round_of(session, ticket.id),
        actor=actor,
        at=now,
        note=note.strip(),
        about_id=about.id if about else None,
        department_id=department.id if department else None,
    )
    session.add(row)
    fields: dict[str, Any] = {"step": at_step}
    if department is not None:
        fields["department"] = department.code
    promises = handling.promises_in(note) if act in handling.TO_THE_CUSTOMER else ()
    if promises:
        fields["promises"] = list(promises)
    record_event(session, ticket, f"act_{act}", actor=actor, at=now, reason=note.strip(), fields=fields)
    return row


def record(
    session: Session,
    actor: Actor,
    ticket_id: int,
    act: Act,
    *,
    note: str,
    department: str | None = None,
    now: datetime,
) -> HandlingAct:
    """An act that a person did. Raises ForbiddenError, IllegalMoveError, InvalidInputError, NotFoundError."""
    ticket = _for_work(session, actor, ticket_id)
    allowed = BY_HAND.get(act)
    if allowed is None:
        raise IllegalMoveError("this is written down by what it belongs to")
    if allowed.isdisjoint(actor.roles):
        raise ForbiddenError(f"this is for {', '.join(sorted(allowed))}")
    if not 1 <= len(note.strip()) <= MAX_NOTE or "\0" in note:
        raise InvalidInputError("note", f"must have 1 to {MAX_NOTE} characters")
    of = departments.by_code(session, department) if department else None
    if act is Act.CONSULTED and of is None:
        raise InvalidInputError("department", "the department that was asked must be named")
    ticket.version += 1
    return write(session, ticket, act, actor=actor.name, now=now, note=note, department=of)


def _for_work(session: Session, actor: Actor, ticket_id: int) -> Ticket:
    ticket = load_ticket(session, actor, ticket_id)
    if not scope.may_on_ticket(session, actor, Action.TICKET_MOVE, ticket_id):
        raise ForbiddenError("these roles do not move this ticket")
    if ticket.kind not in COMPLAINT_KINDS:
        raise IllegalMoveError("the handling order is for complaints")
    if ticket.status in ENDED:
        raise IllegalMoveError("the matter has ended")
    if recusal.recused(session, ticket).get(actor.name) == Recusal.COMPLAINED_ABOUT:
        raise ForbiddenError(ABOUT_HIMSELF)
    return ticket


def people_at(session: Session, ticket: Ticket, step: Step) -> list[User]:
    """Who stands at this step for this ticket: active, and not kept out of it."""
    out = recusal.recused(session, ticket)
    if step is Step.FIRST_AGENT:
        found = [ticket.first_agent] if ticket.first_agent is not None else []
    elif step is Step.SECTION_MANAGER:
        section = departments.department_of(session, ticket.first_agent_id)
        heads = departments.heads(section) if section is not None and section.kind == signers.SECTION else []
        found = heads or signers.people_with_role(session, Role.SM)
    else:
        found = [one for role in sorted(STEP_ROLES[step]) for one in signers.people_with_role(session, role)]
    return [one for one in found if one.active and one.username not in out]


def order_of(session: Session, ticket: Ticket) -> tuple[StepView, ...]:
    """The handling order of this ticket, from the first agent to the general manager."""
    return tuple(
        StepView(
            step,
            tuple(one.username for one in people_at(session, ticket, step)),
            step <= ticket.handling_step,
            step == ticket.handling_step,
        )
        for step in Step
    )


def pass_up(session: Session, actor: Actor, ticket_id: int, *, reason: str, now: datetime) -> Step:
    """One step up the handling order, over steps where nobody can be found. Raises IllegalMoveError at the top."""
    ticket = _for_work(session, actor, ticket_id)
    if not 1 <= len(reason.strip()) <= MAX_NOTE:
        raise InvalidInputError("reason", "a reason must be given")
    return climb(session, ticket, by=actor, reason=reason, now=now)


def climb(session: Session, ticket: Ticket, *, by: Actor, reason: str, now: datetime) -> Step:
    """The same for who may do it anyway, the clocks included. Raises IllegalMoveError."""
    before = Step(ticket.handling_step)
    vacant = [step for step in Step if step > before and not people_at(session, ticket, step)]
    after = handling.reachable_steps(before, vacant)
    if after is None:
        raise IllegalMoveError("there is nobody higher in the handling order")
    write(session, ticket, Act.PASSED_UP, actor=by.name, now=now, note=reason)
    ticket.handling_step, ticket.version = after, ticket.version + 1
    fields = {"from": int(before), "to": int(after)}
    record_event(session, ticket, "escalated", actor=by.name, at=now, reason=reason.strip(), fields=fields)
    if after >= Step.DEPUTY_GM and by is not SYSTEM:
        write(session, ticket, Act.REPORTED, actor=by.name, now=now, note=reason)
    for user in people_at(session, ticket, after):
        notices.tell(session, user.id, NoticeKind.ESCALATED, ticket.id, now, by=by.user_id, **fields)
    return after


def regrade(
    session: Session, actor: Actor, ticket_id: int, *, level: int, reason: str, now: datetime
) -> ApprovalRequest | None:
    """Grade a complaint anew, signed by who does it. To make it lighter somebody higher must sign: then the request.

    Raises ForbiddenError, IllegalMoveError, InvalidInputError, ConflictError.
    """
    ticket = load_ticket(session, actor, ticket_id)
    if not scope.may_on_ticket(session, actor, Action.TICKET_RECLASSIFY, ticket_id):
        raise ForbiddenError("these roles do not grade this ticket")
    _may_be_graded(session, ticket, actor, level)
    if not 1 <= len(reason.strip()) <= MAX_NOTE:
        raise InvalidInputError("reason", "a reason must be given")
    if handling.regrading_needs_signature(ticket.level, level):
        ticket.version += 1
        asked = Asked(
            Subject.REGRADE,
            {"from": ticket.level, "to": level, "reason": reason.strip(), "category": ticket.category},
            (Seat(post_above(actor.roles)),),
            reason=reason.strip(),
        )
        return approvals.ask(session, ticket, actor, asked, now=now)
    apply_grade(session, ticket, level, actor=actor.name, reason=reason, signed_by=(actor.name,), now=now)
    return None


def _may_be_graded(session: Session, ticket: Ticket, actor: Actor, level: int) -> None:
    if ticket.kind != Kind.COMPLAINT or ticket.status in ENDED | ANSWERED:
        raise IllegalMoveError("only a complaint that is not answered yet is graded anew")
    if ticket.level is None:
        raise IllegalMoveError("it is graded first at its triage")
    if level not in LEVELS:
        raise InvalidInputError("level", "a complaint needs its level: 1, 2 or 3")
    if level == ticket.level:
        raise ConflictError("it has this level already")
    if recusal.recused(session, ticket).get(actor.name) == Recusal.COMPLAINED_ABOUT:
        raise ForbiddenError(ABOUT_HIMSELF)


def apply_grade(
    session: Session,
    ticket: Ticket,
    level: int,
    *,
    actor: str,
    reason: str,
    signed_by: Collection[str],
    now: datetime,
) -> None:
    """The new level counts, with everything that it asks for; what others were signing must be asked for again."""
    before, ticket.level = ticket.level, level
    ticket.version += 1
    fields = {"from": before, "to": level, "signed_by": list(signed_by)}
    write(session, ticket, Act.REGRADED, actor=actor, now=now, note=reason)
    record_event(session, ticket, "regraded", actor=actor, at=now, reason=reason.strip(), fields=fields)


def new_facts(
    session: Session, actor: Actor, ticket_id: int, *, text: str, received_at: datetime | None, now: datetime
) -> None:
    """New facts on a complaint that is not answered yet: its term begins anew with their receipt.

    The maintenance office and its superiors only: nobody gives himself more time. Raises ForbiddenError,
    IllegalMoveError, InvalidInputError.
    """
    ticket = _for_work(session, actor, ticket_id)
    if actor.roles.isdisjoint(FINDS_FACTS_NEW):
        raise ForbiddenError("only the maintenance office and its superiors find that facts are new")
    if ticket.status in ANSWERED:
        raise IllegalMoveError("the matter was answered: take it up again")
    if not 1 <= len(text.strip()) <= MAX_NOTE:
        raise InvalidInputError("new_facts", "what is new must be written down, and where it comes from")
    at = received_at or now
    if at.tzinfo is None or not ticket.received_at <= at <= now:
        raise InvalidInputError("received_at", "must lie between the receipt of the complaint and now")
    ticket.version += 1
    write(session, ticket, Act.NEW_FACTS, actor=actor.name, now=now, note=text)
    fields = {"received_at": at.isoformat(), "new_facts": text.strip()}
    record_event(session, ticket, "new_facts", actor=actor.name, at=now, fields=fields)


def promises(row: HandlingAct) -> tuple[str, ...]:
    """Words with which an act promised the customer a result before there was one: for a person to judge."""
    return handling.promises_in(row.note) if Act(row.act) in handling.TO_THE_CUSTOMER else ()
