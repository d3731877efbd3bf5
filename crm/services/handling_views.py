"""A ticket's handling order and its signatures as pages and the API show them. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crm.db.handling import ApprovalRequest, HandlingAct, Penalty
from crm.db.tickets import Ticket
from crm.domain import handling as order
from crm.domain.access import Action, Actor
from crm.domain.approvals import Post, RequestState
from crm.domain.handling import BY_HAND, Act
from crm.domain.tickets import COMPLAINT_KINDS, ENDED, Kind, Recusal
from crm.services import approvals, handling, penalties, recusal, scope
from crm.services.handling import StepView


@dataclass(frozen=True)
class SeatView:
    """A signature of a request: given, or waited for."""

    post: Post
    department_id: int | None
    department_zh: str | None
    department_en: str | None
    decision: str | None
    signed_by: str | None
    in_place_of: str | None
    opinion: str
    at: datetime | None
    signature: str | None


@dataclass(frozen=True)
class RequestView:
    """A request for signatures."""

    id: int
    subject: str
    state: str
    reason: str
    amount_fen: int
    level: int | None
    content: Mapping[str, Any]
    fingerprint: str
    requested_by: str | None
    requested_at: datetime
    seats: tuple[SeatView, ...]
    waiting_on: tuple[str, ...]
    """user names of who can sign next; empty while it is open: somebody must be named"""
    may_sign: bool
    why_not: str | None


@dataclass(frozen=True)
class HandlingView:
    """Where a complaint is in the handling order, and what its level asks for."""

    level: int | None
    step: int
    order: tuple[StepView, ...]
    acts: tuple[HandlingAct, ...]
    due: tuple[str, ...]
    penalties: tuple[Penalty, ...]
    by_hand: tuple[Act, ...]
    """acts that this person may write down now"""
    may_work: bool
    may_grade: bool
    may_find_facts_new: bool
    may_punish: bool
    about_him: bool


def handling_of(session: Session, actor: Actor, ticket: Ticket) -> HandlingView | None:
    """The handling order of a complaint; None for what has none."""
    if ticket.kind not in COMPLAINT_KINDS:
        return None
    about_him = recusal.recused(session, ticket).get(actor.name) == Recusal.COMPLAINED_ABOUT
    is_open = ticket.status not in ENDED and not about_him
    works = is_open and scope.may_on_ticket(session, actor, Action.TICKET_MOVE, ticket.id)
    complaint = ticket.kind == Kind.COMPLAINT
    unanswered = is_open and complaint and ticket.status not in handling.ANSWERED
    return HandlingView(
        level=ticket.level,
        step=ticket.handling_step,
        order=handling.order_of(session, ticket),
        acts=tuple(handling.acts_of(session, ticket.id)),
        due=_due(session, ticket) if complaint and ticket.status not in ENDED else (),
        penalties=tuple(penalties.of_ticket(session, ticket.id)),
        by_hand=tuple(act for act, roles in BY_HAND.items() if works and not roles.isdisjoint(actor.roles)),
        may_work=works,
        may_grade=unanswered
        and ticket.level is not None
        and scope.may_on_ticket(session, actor, Action.TICKET_RECLASSIFY, ticket.id),
        may_find_facts_new=works and unanswered and not actor.roles.isdisjoint(handling.FINDS_FACTS_NEW),
        may_punish=is_open and ticket.level is not None and actor.may(Action.REWARD_PROPOSE),
        about_him=about_him,
    )


def _due(session: Session, ticket: Ticket) -> tuple[str, ...]:
    """What is missing, first of the first agent, then along the chain. Nothing before there is a level."""
    done = handling.done_acts(session, ticket)
    due = [str(act) for act in order.first_acts_due(ticket.level, done)]
    due += ["/".join(group) for group in order.chain_acts_due(ticket.level, done)]
    return (*due, *(("penalty_signed",) if penalties.open_ones(session, ticket.id) else ()))


def requests_of(session: Session, actor: Actor, ticket: Ticket, now: datetime) -> tuple[RequestView, ...]:
    """All requests of a ticket, the newest first."""
    return tuple(request_view(session, actor, ticket, one, now) for one in approvals.requests_of(session, ticket.id))


def request_view(
    session: Session, actor: Actor, ticket: Ticket, request: ApprovalRequest, now: datetime
) -> RequestView:
    """One request, and whether this person may sign it now."""
    is_open = request.state == RequestState.OPEN
    why = approvals.why_not(session, ticket, request, actor, now) if is_open else None
    return RequestView(
        id=request.id,
        subject=request.subject,
        state=request.state,
        reason=request.reason,
        amount_fen=request.amount_fen,
        level=request.level,
        content=request.content,
        fingerprint=request.fingerprint,
        requested_by=request.requested_by.username if request.requested_by else None,
        requested_at=request.requested_at,
        seats=_seats(request),
        waiting_on=tuple(approvals.waiting_on(session, ticket, request, now)) if is_open else (),
        may_sign=is_open and why is None,
        why_not=why,
    )


def _seats(request: ApprovalRequest) -> tuple[SeatView, ...]:
    found = []
    for step in request.steps:
        one = step.decision
        found.append(
            SeatView(
                post=Post(step.post),
                department_id=step.department_id,
                department_zh=step.department.name_zh if step.department else None,
                department_en=step.department.name_en if step.department else None,
                decision=one.decision if one else None,
                signed_by=one.decided_by.username if one else None,
                in_place_of=one.in_place_of.username if one and one.in_place_of else None,
                opinion=one.opinion if one else "",
                at=one.at if one else None,
                signature=one.signature if one else None,
            )
        )
    return tuple(found)
