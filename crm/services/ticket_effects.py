"""What a move does beside the new status: the columns that it sets, and what else happens in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.people import User
from crm.db.tickets import Ticket
from crm.domain import catalogue, statistics_codes
from crm.domain import handling as order
from crm.domain.access import SYSTEM, Actor, Role
from crm.domain.approvals import Post, RequestState, Subject, solution_chain
from crm.domain.errors import InvalidInputError
from crm.domain.handling import Act, Step
from crm.domain.money import MOST_FEN, fen_of
from crm.domain.notices import NoticeKind
from crm.domain.statistics_codes import Axis
from crm.domain.tickets import SEVERITY_PRIORITY, Kind, Status, priority_of
from crm.services import (
    approval_contents,
    approvals,
    case_facts,
    departments,
    execution,
    handling,
    merging,
    notices,
    rules,
)
from crm.services.approvals import Asked
from crm.services.users import person_named


@dataclass(frozen=True)
class Made:
    """A move that is being made."""

    move: str
    source: Status
    target: Status
    given: Mapping[str, Any]
    actor: Actor
    now: datetime


_ENDS = frozenset({Status.CLOSED, Status.WITHDRAWN, Status.MERGED, Status.NOT_HANDLED})
_CODES = (
    ("business_code", Axis.BUSINESS),
    ("reason_code", Axis.REASON),
    ("channel_code", Axis.CHANNEL),
)


def columns(session: Session, ticket: Ticket, made: Made) -> dict[str, Any]:
    """Columns that the move sets. Raises InvalidInputError for an input that cannot be used."""
    changes = {**_classification(ticket, made.given), **_people(session, ticket, made.given)}
    if made.given.get("department"):
        changes["department_id"] = departments.by_code(session, str(made.given["department"])).id
    if made.given.get("amount_fen") is not None:
        changes["amount_fen"] = checked_fen("amount_fen", made.given["amount_fen"])
    if made.given.get("demand"):
        changes["demand"] = str(made.given["demand"])[:2000]
    return {**changes, **_instants(ticket, made)}


def routed(session: Session, ticket: Ticket, given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a triage with the department that class, reason and business lead to, unless one is named."""
    if given.get("department") or ticket.department_id is not None:
        return dict(given)
    entry = catalogue.find(str(given.get("category") or ticket.category or ""))
    known = {
        "reason": given.get("reason_code") or ticket.reason_code,
        "category": entry.incident if entry is not None and entry.incident else None,
        "business": given.get("business_code") or ticket.business_code,
        "level": given.get("level"),
    }
    found = departments.suggested(session, known)
    return {**given, "department": found.code} if found is not None else dict(given)


def _classification(ticket: Ticket, given: Mapping[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if given.get("severity") in SEVERITY_PRIORITY:
        changes["severity"] = given["severity"]
        changes["priority"] = priority_of(Kind(ticket.kind), given["severity"])
    if given.get("level") in {1, 2, 3}:
        changes["level"] = given["level"]
    if given.get("category"):
        changes["category"] = str(given["category"])[:40]
    for name, axis in _CODES:
        key = given.get(name)
        if key and not statistics_codes.is_choice(axis, str(key)):
            raise InvalidInputError(name, "there is no such code")
        if key:
            changes[name] = str(key)
    return changes


def _people(session: Session, ticket: Ticket, given: Mapping[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if given.get("assignee"):
        user = _user(session, str(given["assignee"]))
        if user is None or not user.active:
            raise InvalidInputError("assignee", "there is no such active user")
        changes["assignee_id"] = user.id
        changes["handling_step"] = max(ticket.handling_step, _step_of(user))
    if given.get("complained_about"):
        named = str(given["complained_about"]).strip()
        user = person_named(session, named)
        changes["complained_about_id"] = user.id if user is not None else ticket.complained_about_id
        changes["complained_about"] = named[:200]
    return changes


def _step_of(user: User) -> int:
    """Where in the handling order somebody stands; the first step for who is beside it."""
    roles = {Role(one.name) for one in user.roles}
    return max((int(step) for step, of in order.STEP_ROLES.items() if not roles.isdisjoint(of)), default=0)


def _user(session: Session, username: str) -> User | None:
    return session.scalars(select(User).where(User.username == username.strip())).first()


def _instants(ticket: Ticket, made: Made) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if made.move == "acknowledge":
        changes |= {"read_back_at": made.now, "told_at": made.now}
        if ticket.first_agent_id is None and made.actor.user_id is not None:
            changes["first_agent_id"] = made.actor.user_id
    if made.target is Status.NOTIFIED:
        changes["notified_at"] = made.now
    if made.target in _ENDS:
        changes["closed_at"] = _received(ticket, made) if made.target is Status.WITHDRAWN else made.now
    if made.target is Status.REOPENED:
        changes |= {"closed_at": None, "notified_at": None, "read_back_at": None, "told_at": None}
        if made.source in {Status.DISPUTED, Status.RETURN_VISIT}:
            changes["handling_step"] = min(max(ticket.handling_step, 0) + 1, int(Step.GM))
    return changes


def _received(ticket: Ticket, made: Made) -> datetime:
    """When a withdrawal reached us: the matter ended on that day, whenever somebody writes it down."""
    given = made.given.get("received_at")
    if not given:
        return made.now
    try:
        at = datetime.fromisoformat(str(given))
    except ValueError as error:
        raise InvalidInputError("received_at", "must be a date and a time") from error
    if at.tzinfo is None or not ticket.received_at <= at <= made.now:
        raise InvalidInputError("received_at", "must lie between the receipt of the complaint and now")
    return at


def checked_fen(field: str, value: object) -> int:
    """An amount: whole fen, or text in yuan. Raises InvalidInputError."""
    if isinstance(value, str):
        return fen_of(value, field) if value.strip() else 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_FEN:
        raise InvalidInputError(field, "must be whole fen, or yuan as text")
    return value


def after(session: Session, ticket: Ticket, made: Made) -> None:
    """Everything else that the move does; the new status stands already."""
    effect = _EFFECTS.get(made.move)
    if effect is not None:
        effect(session, ticket, made)
    if made.target in _ENDS | {Status.REOPENED}:
        for request in approvals.open_requests(session, ticket.id):
            request.state, request.ended_at = RequestState.SUPERSEDED, made.now


def _triaged(session: Session, ticket: Ticket, made: Made) -> None:
    said = [str(made.given[name]) for name in ("grounds", "demand_fair") if made.given.get(name)]
    if ticket.kind == Kind.COMPLAINT and said:
        handling.write(session, ticket, Act.CHECKED, actor=made.actor.name, now=made.now, note="; ".join(said))
    _first_acts(session, ticket, made)


def _first_acts(session: Session, ticket: Ticket, made: Made) -> None:
    """What the first agent said to the customer, as the acts that the level asks for."""
    said = made.given.get("first_act")
    if ticket.kind != Kind.COMPLAINT or not said:
        return
    for act in order.first_acts_due(ticket.level, handling.done_acts(session, ticket)):
        by, at = made.actor.name, made.now
        handling.write(session, ticket, act, actor=by, now=at, note=str(said), step=Step.FIRST_AGENT)


def _assigned(session: Session, ticket: Ticket, made: Made) -> None:
    _first_acts(session, ticket, made)
    notices.tell(session, ticket.assignee_id, NoticeKind.ASSIGNED, ticket.id, made.now, by=made.actor.user_id)


def _proposed(session: Session, ticket: Ticket, made: Made) -> None:
    """Ask for the signatures that level and amount want."""
    cost = case_facts.solution_of(session, ticket.id)
    fen = cost.plan.cost_fen if cost.version else checked_fen("cost", made.given.get("cost") or 0)
    answering = approval_contents.answering_departments(session, ticket)
    seats = solution_chain(Kind(ticket.kind), ticket.level, fen, answering, rules.current(session))
    asked = Asked(
        Subject.SOLUTION,
        approval_contents.solution_content(session, ticket, made.given),
        seats,
        fen,
        str(made.given.get("reason", "")),
        approval_contents.solution_authors(session, ticket),
    )
    request = approvals.ask(session, ticket, made.actor, asked, now=made.now)
    if ticket.kind == Kind.COMPLAINT and any(step.post == Post.GM for step in request.steps):
        handling.write(session, ticket, Act.REPORTED, actor=made.actor.name, now=made.now)


def _approved(session: Session, ticket: Ticket, made: Made) -> None:
    if ticket.kind == Kind.COMPLAINT and ticket.level == 3:
        handling.write(session, ticket, Act.MEASURE_AGREED, actor=made.actor.name, now=made.now)
    if made.target is Status.EXECUTING:
        execution.begin_execution(session, ticket, now=made.now, by=made.actor.user_id)


def _notified(session: Session, ticket: Ticket, made: Made) -> None:
    if ticket.kind == Kind.COMPLAINT:
        handling.write(session, ticket, Act.RESULT_TOLD, actor=made.actor.name, now=made.now)


def _merged(session: Session, ticket: Ticket, made: Made) -> None:
    other = merging.target(session, made.actor, made.given.get("into"))
    if other is None:
        raise InvalidInputError("into", "there is no ticket of that number")
    merging.merge(session, ticket, other, actor=made.actor.name, now=made.now)


def _reopened(session: Session, ticket: Ticket, made: Made) -> None:
    by = made.actor.user_id
    for user_id in dict.fromkeys((ticket.assignee_id, ticket.first_agent_id)):
        notices.tell(session, user_id, NoticeKind.REOPENED, ticket.id, made.now, by=by)


def _disputed(session: Session, ticket: Ticket, made: Made) -> None:
    by = None if made.actor is SYSTEM else made.actor.user_id
    notices.tell(session, ticket.assignee_id, NoticeKind.DISPUTED, ticket.id, made.now, by=by)


_EFFECTS: Mapping[str, Callable[[Session, Ticket, Made], None]] = {
    "triage": _triaged,
    "solve_on_spot": _first_acts,
    "assign": _assigned,
    "propose": _proposed,
    "approve": _approved,
    "approve_only": _approved,
    "notify": _notified,
    "tell_result": _notified,
    "merge": _merged,
    "dispute": _disputed,
    "reopen": _reopened,
}
