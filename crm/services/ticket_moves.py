"""Moves of tickets made, and which ones may be. Everything works in the caller's writing transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from crm.db.tickets import Ticket
from crm.domain.access import SYSTEM, Actor
from crm.domain.approvals import Decision, Subject
from crm.domain.errors import ConflictError, ForbiddenError, IllegalMoveError, InvalidInputError
from crm.domain.moves import MOVES, SIGNED_MOVES, action_of, refusal, transition
from crm.domain.tickets import Kind
from crm.services import approvals, reviews, scope, ticket_effects, ticket_facts
from crm.services.ticket_changes import record_event
from crm.services.ticket_effects import Made
from crm.services.tickets import TicketDetail, detail_of, load_ticket

MAX_FIELDS = 20_000
NOT_YOURS = "these roles do not move this ticket"


@dataclass(frozen=True)
class MoveOption:
    """A move, and whether this actor may make it now. ``why`` tells why not."""

    move: str
    allowed: bool
    why: str | None
    needs: tuple[str, ...] = ()
    """inputs that the move asks for"""


def allowed_moves(session: Session, actor: Actor, ticket_id: int, *, now: datetime) -> tuple[MoveOption, ...]:
    """Every move, whether the actor may make it now, and what it asks for."""
    ticket = load_ticket(session, actor, ticket_id)
    facts = ticket_facts.gather(session, ticket, actor, now=now)
    reach: dict[str, bool] = {}
    options = []
    for name, move in MOVES.items():
        seen = replace(facts, outstanding=0) if name in SIGNED_MOVES and facts.signing is None else facts
        why = refusal(name, seen, actor.roles, asked_only=True)
        if why is None:
            action = action_of(name, facts.kind)
            if action not in reach:
                reach[action] = scope.may_on_ticket(session, actor, action, ticket_id)
            why = None if reach[action] else NOT_YOURS
        options.append(MoveOption(name, why is None, why, move.lacks(facts)))
    return tuple(options)


def move_ticket(
    session: Session,
    actor: Actor,
    ticket_id: int,
    move: str,
    *,
    now: datetime,
    reason: str = "",
    fields: Mapping[str, Any] | None = None,
    expected_version: int | None = None,
) -> TicketDetail:
    """Move a ticket. Raises IllegalMoveError (it says why), ConflictError (somebody was first), NotFoundError.

    A move that several have to sign is signed; it is made by the last of them.
    """
    ticket = load_ticket(session, actor, ticket_id)
    if not scope.may_on_ticket(session, actor, action_of(move, Kind(ticket.kind)), ticket_id):
        raise ForbiddenError(NOT_YOURS)
    if expected_version is not None and ticket.version != expected_version:
        raise ConflictError("the ticket has changed since it was read")
    given = {**(fields or {}), **({"reason": reason} if reason else {})}
    _check_given(given)
    if move == "triage":
        given = ticket_effects.routed(session, ticket, given)
    _make(session, actor, ticket, move, given, now)
    return detail_of(session, ticket)


def system_move(
    session: Session,
    ticket: Ticket,
    move: str,
    *,
    now: datetime,
    reason: str = "",
    fields: Mapping[str, Any] | None = None,
) -> None:
    """A move that the house makes itself, as when the customer answers by his link. Its guards hold all the same."""
    given = {**(fields or {}), **({"reason": reason} if reason else {})}
    _make(session, SYSTEM, ticket, move, given, now)


def _make(session: Session, actor: Actor, ticket: Ticket, move: str, given: Mapping[str, Any], now: datetime) -> None:
    roles = None if actor is SYSTEM else actor.roles
    facts = ticket_facts.gather(session, ticket, actor, given, now=now)
    if move in SIGNED_MOVES and facts.signing is None and facts.outstanding:
        why = refusal(move, replace(facts, outstanding=0), roles)
        if why is not None:
            raise IllegalMoveError(why)
        _sign(session, actor, ticket, Decision.APPROVE, given, now)
        ticket.version += 1
        session.flush()
        return
    made = transition(move, facts, roles, now)
    if move in SIGNED_MOVES or move == "return":
        decision = Decision.RETURN if move == "return" else Decision.APPROVE
        _sign(session, actor, ticket, decision, given, now)
    making = Made(move, made.source, made.target, given, actor, now)
    _set(session, ticket, making)
    record_event(
        session,
        ticket,
        move,
        actor=actor.name,
        at=now,
        from_status=made.source,
        to_status=made.target,
        reason=str(given.get("reason", "")),
        fields={name: value for name, value in given.items() if name != "reason"},
    )
    session.refresh(ticket)
    ticket_effects.after(session, ticket, making)
    if move == "notify" and ticket.kind == Kind.REVIEW and given.get("outcome") == reviews.Outcome.CHANGED:
        _take_up_again(session, ticket, now)
    session.flush()
    session.refresh(ticket)


def _sign(
    session: Session, actor: Actor, ticket: Ticket, decision: Decision, given: Mapping[str, Any], now: datetime
) -> None:
    """Give the signature that the move stands for. A request that is not there any more was answered by others."""
    waiting = approvals.open_requests(session, ticket.id, Subject.SOLUTION)
    if not waiting:
        return
    seen = given.get("fingerprint")
    approvals.sign(
        session,
        actor,
        waiting[-1].id,
        decision,
        opinion=str(given.get("reason", "")),
        seen=seen if isinstance(seen, str) else None,
        now=now,
    )


def _set(session: Session, ticket: Ticket, made: Made) -> None:
    changes = ticket_effects.columns(session, ticket, made)
    session.flush()
    moved = session.execute(
        update(Ticket)
        .where(Ticket.id == ticket.id, Ticket.version == ticket.version, Ticket.status == made.source)
        .values(status=made.target, version=ticket.version + 1, **changes)
        .returning(Ticket.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if moved is None:
        raise ConflictError("somebody else moved this ticket just now")
    session.refresh(ticket)


def _take_up_again(session: Session, review: Ticket, now: datetime) -> None:
    """The upper office found otherwise: the complaint is taken up again, unless its file is closed for good."""
    parent = session.get(Ticket, review.parent_id)
    if parent is None:
        return
    fields = {"new_facts": f"review {review.number}", "review": review.number}
    if refusal("reopen", ticket_facts.gather(session, parent, SYSTEM, {**fields, "reason": "-"}, now=now), None):
        record_event(session, parent, "review_changed", actor=SYSTEM.name, at=now, fields=fields)
        return
    system_move(session, parent, "reopen", now=now, reason=f"review {review.number}", fields=fields)


def _check_given(given: Mapping[str, Any]) -> None:
    try:
        text = json.dumps(dict(given), ensure_ascii=False)
    except TypeError as error:
        raise InvalidInputError("fields", "must be plain values") from error
    if len(text) > MAX_FIELDS:
        raise InvalidInputError("fields", f"must have at most {MAX_FIELDS} characters")
    if "\0" in text or "\\u0000" in text:
        raise InvalidInputError("fields", "must not hold a NUL character")
