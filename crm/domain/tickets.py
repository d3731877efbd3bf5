"""Tickets: kinds, channels, statuses, and the facts that a move looks at (pure). Reference: domain 3.1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from crm.domain.actions import Role


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


class Complexity(StrEnum):
    """How long the law lets a complaint take."""

    SIMPLE = "simple"
    COMPLEX = "complex"
    SPECIAL = "special"


class Recusal(StrEnum):
    """Why somebody keeps out of a matter."""

    COMPLAINED_ABOUT = "complained_about"
    HANDLED_BEFORE = "handled_before"
    """he had a hand in the complaint that this is a review of"""


class Merging(StrEnum):
    """Why a ticket cannot be merged into another."""

    UNKNOWN = "unknown"
    ITSELF = "itself"
    ENDED = "ended"
    KIND = "kind"
    CUSTOMER = "customer"


class Reviewing(StrEnum):
    """What is wrong with a review."""

    NO_COMPLAINT = "no_complaint"
    NOT_HIGHER = "not_higher"


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
    """What the guards look at: the ticket as it is, who moves it, and what this move brings.

    ``None`` where a number or an answer could stand: nobody keeps count of it here, and no guard asks for it.
    """

    kind: Kind
    status: Status
    level: int | None = None
    assignee: str | None = None
    complained_about: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    actor: str = ""
    """user name of who moves it"""
    roles: frozenset[Role] = frozenset(Role)
    """of who moves it"""
    first_agent: str | None = None
    recused: Mapping[str, str] = field(default_factory=dict)
    """user name → a Recusal: who may not handle, approve or review this, and why"""
    classified: frozenset[str] = frozenset()
    """which of category, department, business_code, reason_code are known"""
    read_back: bool = False
    told: bool = False
    first_acts_due: tuple[str, ...] = ()
    """what the first agent of a complaint of this level still has to do (crm.domain.handling)"""
    acts_due: tuple[str, ...] = ()
    """what must have happened along the chain before the answer, and has not"""
    reopened: bool = False
    """whether it was taken up again at least once"""
    amount_fen: int = 0
    evidence: int | None = None
    solution: frozenset[str] = frozenset()
    """parts of the solution that are written down: facts, responsibility, basis, solution, cost"""
    to_execute: int | None = None
    """steps of execution in all"""
    steps_open: int = 0
    signing: str | None = None
    """why this actor cannot sign now (crm.domain.approvals.Signing); None: he can, or nothing asks for signatures"""
    outstanding: int = 0
    """signatures that are missing when this actor has given his"""
    reply: frozenset[str] = frozenset()
    """parts of the reply that are written down: facts, basis, solution, execution, remedies"""
    proof: bool | None = None
    """whether there is proof that the answer reached the customer by the preferred channel"""
    contact_tries: int | None = None
    tries_needed: int = 3
    form_missing: tuple[str, ...] = ()
    """sign-offs of the acceptance form that are missing"""
    visit: str | None = None
    """outcome of the return visit: satisfied, not_satisfied, no_answer; open: not yet"""
    tasks_open: int = 0
    archive_hash: str | None = None
    archive_made: bool | None = None
    merging: str | None = None
    """why it cannot be merged into the ticket that is named (Merging)"""
    reviewing: str | None = None
    """for a review: what is wrong with it (Reviewing)"""


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
