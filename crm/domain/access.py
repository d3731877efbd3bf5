"""Who may do what: one table, one function, no by default (pure). Reference: domain 3.4."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The roles of the house."""

    A1 = "A1"
    A2 = "A2"
    SM = "SM"
    CM = "CM"
    DG = "DG"
    GM = "GM"
    DH = "DH"
    QA = "QA"
    TR = "TR"
    WF = "WF"
    CO = "CO"
    AU = "AU"
    AD = "AD"


ROLE_TITLES: Mapping[Role, str] = {
    Role.A1: "front-line agent",
    Role.A2: "second-line agent",
    Role.SM: "section manager, supervisor",
    Role.CM: "customer maintenance office, complaint handler",
    Role.DG: "deputy general manager",
    Role.GM: "general manager",
    Role.DH: "department handler",
    Role.QA: "quality staff",
    Role.TR: "trainer, knowledge",
    Role.WF: "scheduler",
    Role.CO: "consumer protection, compliance",
    Role.AU: "auditor",
    Role.AD: "system administrator",
}


class Action(StrEnum):
    """What can be asked for."""

    TICKET_CREATE = "ticket_create"
    TICKET_READ = "ticket_read"
    TICKET_MOVE = "ticket_move"
    CALL_READ = "call_read"
    RECORDING_LISTEN = "recording_listen"
    TRANSCRIPT_READ = "transcript_read"
    CUSTOMER_READ = "customer_read"
    AUDIT_READ = "audit_read"
    LIVE_READ = "live_read"
    """agents and queues as they are now; who may not see all of it sees colleagues' states without their calls"""
    AGENT_WORK = "agent_work"
    """answer calls: set his own state, control his own calls"""
    SUPERVISE = "supervise"
    """listen to a colleague's call, whisper, join it, take it over"""
    ROUTING_READ = "routing_read"
    """queues, their hours, who serves what"""
    ROUTING_EDIT = "routing_edit"
    """a new version of it"""
    USER_ADMIN = "user_admin"
    SYSTEM_READ = "system_read"
    """how the parts are, and what waits for a person"""
    SYSTEM_MEND = "system_mend"
    """run a dead job again, try a quarantined folder again"""
    WRAP_UP = "wrap_up"
    """fill in what a call was about"""
    TASK_WORK = "task_work"
    """see tasks, take them, make them, end them"""
    OUTBOUND_CALL = "outbound_call"
    """have a number dialled: any, or only one of his own tasks, tickets and customers"""
    MISSED_READ = "missed_read"
    """the callers whom nobody spoke with: of every queue, or of those he serves"""
    ATTACHMENT_READ = "attachment_read"
    """files that came with a ticket; opening one is written down"""
    ATTACHMENT_ADD = "attachment_add"
    KNOWLEDGE_READ = "knowledge_read"
    KNOWLEDGE_PUBLISH = "knowledge_publish"


class Relation(StrEnum):
    """How the actor stands to the thing; a thing may have several relations at once."""

    ANY = "any"
    """every thing of the kind"""
    OWN = "own"
    """his ticket (assigned to him, or made by him), his call"""
    COMPLAINT = "complaint"
    """a complaint, or a recording of one"""
    ON_CALL = "on_call"
    """of the customer of his live call: while it rings at him, while he speaks, until his work after it is done"""


_ANY = frozenset({Relation.ANY})
_OWN = frozenset({Relation.OWN})
_CASES = frozenset({Relation.OWN, Relation.COMPLAINT})
_CALLERS = frozenset({Relation.OWN, Relation.ON_CALL})

_READ_OWN = {
    Action.TICKET_READ: _OWN,
    Action.CALL_READ: _OWN,
    Action.RECORDING_LISTEN: _OWN,
    Action.TRANSCRIPT_READ: _OWN,
    Action.CUSTOMER_READ: _OWN,
    Action.ATTACHMENT_READ: _OWN,
}
_ANSWERS_CALLS = {Action.AGENT_WORK: _ANY, Action.LIVE_READ: _OWN}
_READ_ALL = dict.fromkeys(_READ_OWN, _ANY)
_KNOWS = {Action.KNOWLEDGE_READ: _ANY}
_DESK = {Action.WRAP_UP: _OWN, Action.TASK_WORK: _OWN, Action.MISSED_READ: _OWN, **_KNOWS, **_ANSWERS_CALLS}
_LEADS = {
    Action.TASK_WORK: _ANY,
    Action.MISSED_READ: _ANY,
    Action.LIVE_READ: _ANY,
    Action.ROUTING_READ: _ANY,
    **_KNOWS,
}
_ROUTES = {Action.ROUTING_READ: _ANY, Action.ROUTING_EDIT: _ANY}
_READ_CASES = dict.fromkeys(_READ_OWN, _CASES | _CALLERS)
_READ_CALLERS = dict.fromkeys(_READ_OWN, _CALLERS)

PERMISSIONS: Mapping[Role, Mapping[Action, frozenset[Relation]]] = {
    Role.A1: {
        Action.TICKET_CREATE: _ANY,
        Action.TICKET_MOVE: _OWN,
        Action.ATTACHMENT_ADD: _OWN,
        **_DESK,
        Action.OUTBOUND_CALL: _OWN,
        **_READ_CALLERS,
    },
    Role.A2: {
        Action.TICKET_CREATE: _ANY,
        Action.TICKET_MOVE: _OWN,
        Action.ATTACHMENT_ADD: _OWN,
        **_DESK,
        Action.OUTBOUND_CALL: _ANY,
        **_READ_CALLERS,
    },
    Role.SM: {
        Action.TICKET_CREATE: _ANY,
        Action.TICKET_MOVE: _ANY,
        Action.ATTACHMENT_ADD: _ANY,
        Action.SYSTEM_READ: _ANY,
        Action.WRAP_UP: _OWN,
        Action.OUTBOUND_CALL: _ANY,
        Action.AGENT_WORK: _ANY,
        Action.SUPERVISE: _ANY,
        **_LEADS,
        **_ROUTES,
        **_READ_ALL,
    },
    Role.CM: {
        Action.TICKET_CREATE: _ANY,
        Action.TICKET_MOVE: _CASES,
        Action.ATTACHMENT_ADD: _CASES,
        **_DESK,
        Action.MISSED_READ: _ANY,
        Action.OUTBOUND_CALL: _ANY,
        **_READ_CASES,
    },
    Role.DG: {
        Action.TICKET_CREATE: _ANY,
        Action.TICKET_MOVE: _ANY,
        Action.ATTACHMENT_ADD: _ANY,
        Action.SUPERVISE: _ANY,
        **_LEADS,
        **_READ_ALL,
    },
    Role.GM: {
        Action.TICKET_CREATE: _ANY,
        Action.TICKET_MOVE: _ANY,
        Action.ATTACHMENT_ADD: _ANY,
        **_LEADS,
        **_READ_ALL,
    },
    Role.DH: {Action.TICKET_MOVE: _OWN, Action.ATTACHMENT_ADD: _OWN, **_KNOWS, **_READ_OWN},
    Role.QA: {Action.CALL_READ: _ANY, Action.RECORDING_LISTEN: _ANY, Action.TRANSCRIPT_READ: _ANY, **_KNOWS},
    Role.TR: {**_KNOWS, Action.KNOWLEDGE_PUBLISH: _ANY},
    Role.WF: {Action.LIVE_READ: _ANY, **_ROUTES},
    Role.CO: {
        Action.TICKET_CREATE: _ANY,
        Action.ATTACHMENT_ADD: _OWN,
        Action.MISSED_READ: _ANY,
        **_KNOWS,
        **_READ_ALL,
        Action.RECORDING_LISTEN: _CASES,
        Action.TRANSCRIPT_READ: _CASES,
        Action.AUDIT_READ: _ANY,
    },
    Role.AU: {
        **_READ_ALL,
        **_KNOWS,
        Action.MISSED_READ: _ANY,
        Action.LIVE_READ: _ANY,
        Action.ROUTING_READ: _ANY,
        Action.AUDIT_READ: _ANY,
    },
    Role.AD: {Action.USER_ADMIN: _ANY, **_ROUTES, Action.SYSTEM_READ: _ANY, Action.SYSTEM_MEND: _ANY},
}
"""Role → action → the relations that are enough. What is not here is refused. There is one section so far,
so a section manager's section is everything; departments come with them."""

CHANGING = frozenset(
    {
        Action.TICKET_CREATE,
        Action.TICKET_MOVE,
        Action.USER_ADMIN,
        Action.SYSTEM_MEND,
        Action.ROUTING_EDIT,
        Action.AGENT_WORK,
        Action.SUPERVISE,
        Action.WRAP_UP,
        Action.TASK_WORK,
        Action.OUTBOUND_CALL,
        Action.KNOWLEDGE_PUBLISH,
        Action.ATTACHMENT_ADD,
    }
)


def may(roles: Collection[Role], action: Action, relations: Collection[Relation] = ()) -> bool:
    """Whether somebody with these roles, standing so to the thing, may do this. No by default."""
    enough = reach(roles, action)
    return Relation.ANY in enough or not enough.isdisjoint(relations)


def reach(roles: Collection[Role], action: Action) -> frozenset[Relation]:
    """All relations that are enough for one of the roles; empty when none is."""
    nothing: frozenset[Relation] = frozenset()
    return nothing.union(*(PERMISSIONS[role].get(action, nothing) for role in roles))


@dataclass(frozen=True)
class Actor:
    """Who asks. ``user_id`` is None for a token without a person and for the system itself."""

    name: str
    roles: frozenset[Role]
    user_id: int | None = None

    def may(self, action: Action, relations: Collection[Relation] = ()) -> bool:
        """Whether this actor may."""
        return may(self.roles, action, relations)


SYSTEM = Actor("system", frozenset())
"""The house itself (ingest, jobs). It asks nobody; its name stands in events and audit."""
