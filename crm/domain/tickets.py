"""Tickets: kinds, statuses, and the moves between statuses as data (pure). Reference: domain 3.1."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from crm.domain.access import Role
from crm.domain.errors import IllegalMoveError


class Kind(StrEnum):
    """What a ticket is about."""

    INQUIRY = "inquiry"
    SERVICE = "service"
    INCIDENT = "incident"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    PRAISE = "praise"
    REPORT = "report"
    REVIEW = "review"
    LOSS_REPORT = "loss_report"
    CALLBACK = "callback"


class Channel(StrEnum):
    """The way a matter came in."""

    PHONE = "phone"
    WEB = "web"
    APP = "app"
    EMAIL = "email"
    LETTER = "letter"
    BRANCH = "branch"
    ONLINE = "online"
    CHAT = "chat"
    COMMUNITY = "community"
    SMS = "sms"
    SOCIAL = "social"
    QQ = "qq"


class Status(StrEnum):
    """Where a ticket stands."""

    REGISTERED = "registered"
    ACKNOWLEDGED = "acknowledged"
    TRIAGED = "triaged"
    ON_SPOT = "on_spot"
    ASSIGNED = "assigned"
    INVESTIGATING = "investigating"
    SUSPENDED = "suspended"
    PENDING_APPROVAL = "pending_approval"
    EXECUTING = "executing"
    NOTIFYING = "notifying"
    NOTIFIED = "notified"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    FORM_SIGNED = "form_signed"
    RETURN_VISIT = "return_visit"
    CLOSED = "closed"
    ARCHIVED = "archived"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    NOT_HANDLED = "not_handled"
    REOPENED = "reopened"


COMPLAINT_KINDS = frozenset({Kind.COMPLAINT, Kind.REVIEW, Kind.REPORT})
"""What the complaint office answers for."""

OFFICE_KINDS = COMPLAINT_KINDS | {Kind.CALLBACK, Kind.LOSS_REPORT}
"""What the complaint office reads: its own, and what callers left behind for whoever calls them back."""

ENDED = frozenset({Status.CLOSED, Status.ARCHIVED, Status.WITHDRAWN, Status.MERGED, Status.NOT_HANDLED})
"""Nothing is left to do, except to archive or to reopen."""

SEVERITY_PRIORITY: Mapping[str, str] = {"S1": "P1", "S2": "P2", "S3": "P3", "S4": "P4"}

_KIND_PRIORITY: Mapping[Kind, str] = {
    Kind.LOSS_REPORT: "P1",
    Kind.COMPLAINT: "P2",
    Kind.INCIDENT: "P2",
    Kind.REVIEW: "P2",
    Kind.REPORT: "P2",
}


def priority_of(kind: Kind, severity: str | None) -> str:
    """P1 (highest) to P4: the higher of what the kind and the severity ask for."""
    candidates = [_KIND_PRIORITY.get(kind, "P3")]
    if severity is not None and severity in SEVERITY_PRIORITY:
        candidates.append(SEVERITY_PRIORITY[severity])
    return min(candidates)


@dataclass(frozen=True)
class Facts:
    """What the guards look at: the ticket as it is, and what this move brings."""

    kind: Kind
    status: Status
    level: int | None = None
    assignee: str | None = None
    complained_about: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Guard:
    """A condition of a move, and the sentence that says why it does not hold."""

    holds: Callable[[Facts], bool]
    why: str
    field: str | None = None
    """The input that makes it hold; None when no input can."""


@dataclass(frozen=True)
class Move:
    """One way from some statuses to another."""

    sources: frozenset[Status]
    target: Status
    roles: frozenset[Role]
    guards: tuple[Guard, ...] = ()


def _needs(name: str, why: str) -> Guard:
    return Guard(lambda facts: bool(facts.given.get(name)), why, name)


_REASON = _needs("reason", "a reason must be given")
_RESULT = _needs("result", "the result must be written down")
_TEXT_SEVERITY = Guard(
    lambda facts: facts.given.get("severity") in SEVERITY_PRIORITY,
    "the severity must be S1, S2, S3 or S4",
    "severity",
)
_LEVEL = Guard(
    lambda facts: facts.kind is not Kind.COMPLAINT or facts.given.get("level") in {1, 2, 3},
    "a complaint needs its level: 1, 2 or 3",
    "level",
)
_SIMPLE = Guard(
    lambda facts: facts.kind is not Kind.COMPLAINT or facts.level == 1,
    "only a complaint of level 1 is solved on the spot",
)
_NOT_COMPLAINT = Guard(
    lambda facts: facts.kind not in COMPLAINT_KINDS,
    "a complaint is closed after its answer, its form and the return visit",
)
_RECUSAL = Guard(
    lambda facts: (
        bool(facts.given.get("assignee"))
        and facts.given.get("assignee") != (facts.given.get("complained_about") or facts.complained_about)
    ),
    "an assignee must be named, who is not the person complained about",
    "assignee",
)
_SATISFACTION = Guard(
    lambda facts: facts.given.get("satisfaction") in {1, 2, 3, 4, 5, "no_answer"},
    "the customer's satisfaction must be given: 1 to 5, or no_answer after three tries",
    "satisfaction",
)
_REPLY = tuple(
    _needs(name, f"the reply must state {what}")
    for name, what in (("facts", "the facts found"), ("basis", "the basis"), ("solution", "the solution"))
)

_DESK = frozenset({Role.A1, Role.A2, Role.SM, Role.CM, Role.DG, Role.GM})
_OFFICE = frozenset({Role.SM, Role.CM, Role.DG, Role.GM})
_WORK = _OFFICE | {Role.A2, Role.DH}
_HEADS = frozenset({Role.SM, Role.CM, Role.DG, Role.GM})
_MAINTENANCE = frozenset({Role.CM, Role.DG, Role.GM})

_S = Status
_OPEN = frozenset(Status) - ENDED

MOVES: Mapping[str, Move] = {
    "acknowledge": Move(frozenset({_S.REGISTERED, _S.REOPENED}), _S.ACKNOWLEDGED, _DESK),
    "triage": Move(frozenset({_S.ACKNOWLEDGED}), _S.TRIAGED, _DESK, (_TEXT_SEVERITY, _LEVEL)),
    "solve_on_spot": Move(frozenset({_S.TRIAGED}), _S.ON_SPOT, _DESK, (_SIMPLE, _RESULT)),
    "assign": Move(
        frozenset({_S.TRIAGED, _S.ASSIGNED, _S.INVESTIGATING}), _S.ASSIGNED, _OFFICE | {Role.A2}, (_RECUSAL,)
    ),
    "investigate": Move(frozenset({_S.ASSIGNED}), _S.INVESTIGATING, _WORK),
    "suspend": Move(frozenset({_S.INVESTIGATING}), _S.SUSPENDED, _OFFICE, (_REASON,)),
    "resume": Move(frozenset({_S.SUSPENDED}), _S.INVESTIGATING, _OFFICE),
    "propose": Move(
        frozenset({_S.INVESTIGATING}),
        _S.PENDING_APPROVAL,
        _WORK,
        (_needs("facts", "the facts found must be written down"), _needs("solution", "a solution is needed")),
    ),
    "return": Move(frozenset({_S.PENDING_APPROVAL}), _S.INVESTIGATING, _HEADS, (_REASON,)),
    "approve": Move(frozenset({_S.PENDING_APPROVAL}), _S.EXECUTING, _HEADS),
    "execute": Move(frozenset({_S.EXECUTING}), _S.NOTIFYING, _WORK, (_RESULT,)),
    "notify": Move(frozenset({_S.NOTIFYING}), _S.NOTIFIED, _MAINTENANCE, _REPLY),
    "tell_result": Move(frozenset({_S.ON_SPOT}), _S.NOTIFIED, _DESK),
    "confirm": Move(frozenset({_S.NOTIFIED}), _S.CONFIRMED, _DESK, (_SATISFACTION,)),
    "dispute": Move(frozenset({_S.NOTIFIED, _S.CONFIRMED}), _S.DISPUTED, _DESK, (_REASON,)),
    "sign_form": Move(frozenset({_S.CONFIRMED}), _S.FORM_SIGNED, _MAINTENANCE),
    "plan_visit": Move(frozenset({_S.FORM_SIGNED}), _S.RETURN_VISIT, _MAINTENANCE),
    "close": Move(frozenset({_S.RETURN_VISIT}), _S.CLOSED, _MAINTENANCE, (_RESULT,)),
    "complete": Move(
        frozenset({_S.ACKNOWLEDGED, _S.TRIAGED, _S.ASSIGNED, _S.NOTIFIED, _S.CONFIRMED}),
        _S.CLOSED,
        _DESK,
        (_NOT_COMPLAINT, _RESULT),
    ),
    "archive": Move(frozenset({_S.CLOSED}), _S.ARCHIVED, _MAINTENANCE),
    "withdraw": Move(_OPEN, _S.WITHDRAWN, _DESK, (_REASON,)),
    "merge": Move(_OPEN, _S.MERGED, _OFFICE, (_needs("into", "the number of the other ticket is needed"),)),
    "decline": Move(frozenset({_S.REGISTERED, _S.ACKNOWLEDGED, _S.TRIAGED}), _S.NOT_HANDLED, _MAINTENANCE, (_REASON,)),
    "reopen": Move(frozenset({_S.DISPUTED, _S.CLOSED, _S.WITHDRAWN, _S.NOT_HANDLED}), _S.REOPENED, _OFFICE, (_REASON,)),
}
"""Every move there is. A diagram, the buttons of a page and the tests are derived from this table."""


def refusal(move: str, facts: Facts, roles: Collection[Role], *, asked_only: bool = False) -> str | None:
    """Why this move cannot be made, or None when it can.

    With ``asked_only`` (what may be offered) guards that wait for an input of the move itself count as held.
    """
    wanted = MOVES.get(move)
    if wanted is None:
        return f"there is no move {move!r}"
    if facts.status not in wanted.sources:
        return f"a ticket that is {facts.status} cannot {move.replace('_', ' ')}"
    if wanted.roles.isdisjoint(roles):
        return f"{move.replace('_', ' ')} is for {', '.join(sorted(wanted.roles))}"
    for guard in wanted.guards:
        if asked_only and guard.field is not None:
            continue
        if not guard.holds(facts):
            return guard.why
    return None


@dataclass(frozen=True)
class Transition:
    """A move that was made."""

    move: str
    source: Status
    target: Status
    at: datetime


def transition(move: str, facts: Facts, roles: Collection[Role], at: datetime) -> Transition:
    """Make the move. Raises IllegalMoveError that says why not."""
    why = refusal(move, facts, roles)
    if why is not None:
        raise IllegalMoveError(why)
    return Transition(move, facts.status, MOVES[move].target, at)


STAGES: Mapping[Status, str] = {
    Status.REGISTERED: "registered",
    Status.ACKNOWLEDGED: "acknowledged",
    Status.TRIAGED: "triaged",
    Status.ON_SPOT: "notified",
    Status.ASSIGNED: "investigating",
    Status.INVESTIGATING: "investigating",
    Status.SUSPENDED: "investigating",
    Status.PENDING_APPROVAL: "pending_approval",
    Status.EXECUTING: "executing",
    Status.NOTIFYING: "notified",
    Status.NOTIFIED: "notified",
    Status.CONFIRMED: "notified",
    Status.DISPUTED: "investigating",
    Status.FORM_SIGNED: "notified",
    Status.RETURN_VISIT: "notified",
    Status.CLOSED: "closed",
    Status.ARCHIVED: "closed",
    Status.WITHDRAWN: "withdrawn",
    Status.MERGED: "merged",
    Status.NOT_HANDLED: "not_handled",
    Status.REOPENED: "acknowledged",
}
"""The only thing that a caller is told about a ticket; the prompts ``stage_…`` have these names."""
