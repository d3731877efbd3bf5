"""Shapes of agents, queues and events, as the API takes and gives them."""

from __future__ import annotations

from marshmallow import INCLUDE, Schema, fields, validate

from crm.api.schemas import one_of
from crm.domain.agent_states import ASKABLE, MAX_REASON
from crm.domain.live import AgentStateName
from ivr.switchboard import Verb


class Agent(Schema):
    """Somebody who answers calls, as he is now."""

    user = fields.String(required=True)
    display_name = fields.String(required=True)
    state = fields.String(required=True, validate=one_of(AgentStateName))
    reason = fields.String(required=True, metadata={"description": "why he is paused; of a colleague: empty"})
    since = fields.DateTime(required=True)
    call_id = fields.String(
        allow_none=True, required=True, metadata={"description": "of a colleague: null, except for who leads"}
    )
    phone = fields.String(
        allow_none=True,
        required=True,
        validate=validate.OneOf(["web", "desk"]),
        metadata={"description": "the phone that rings"},
    )
    queues = fields.List(fields.String(), required=True)


class AgentList(Schema):
    """Agents by name. ``live`` is false when this is only what was last written down."""

    items = fields.List(fields.Nested(Agent), required=True)
    next = fields.String(allow_none=True, required=True)
    live = fields.Boolean(required=True)
    exchange = fields.Boolean(required=True, metadata={"description": "whether the telephone exchange is heard now"})


class Reason(Schema):
    """A reason to pause."""

    code = fields.String(required=True)
    title_zh = fields.String(required=True)
    title_en = fields.String(required=True)


class Me(Agent):
    """Who asks, and the reasons that he may choose from."""

    reasons = fields.List(fields.Nested(Reason), required=True)
    live = fields.Boolean(required=True)


class NewState(Schema):
    """A state that an agent chooses."""

    state = fields.String(required=True, validate=one_of(ASKABLE))
    reason = fields.String(
        load_default="",
        validate=validate.Length(max=MAX_REASON),
        metadata={"description": "of a pause: one of the codes, or own words"},
    )


class Caller(Schema):
    """Somebody who waits."""

    call_id = fields.String(required=True)
    caller_number = fields.String(allow_none=True, required=True)
    since = fields.DateTime(required=True)
    waited_s = fields.Float(required=True)
    priority = fields.Integer(required=True)
    position = fields.Integer(allow_none=True, required=True)
    language = fields.String(allow_none=True, required=True)


class Queue(Schema):
    """A queue now. What is not known (``live`` false) is null."""

    name = fields.String(required=True)
    title_zh = fields.String(required=True)
    title_en = fields.String(required=True)
    waiting = fields.Integer(allow_none=True, required=True)
    longest_wait_s = fields.Float(allow_none=True, required=True, metadata={"description": "0 when nobody waits"})
    service_level = fields.Float(
        allow_none=True,
        required=True,
        metadata={"description": "share of today's callers answered in time; null before the first"},
    )
    agents = fields.Dict(
        keys=fields.String(), values=fields.Integer(), required=True, metadata={"description": "state → how many"}
    )
    callers = fields.List(
        fields.Nested(Caller), allow_none=True, required=True, metadata={"description": "null where the role may not"}
    )


class QueueList(Schema):
    """Queues in the order of the plan. ``live`` is false when the callers are not known."""

    items = fields.List(fields.Nested(Queue), required=True)
    next = fields.String(allow_none=True, required=True)
    live = fields.Boolean(required=True)
    exchange = fields.Boolean(
        required=True, metadata={"description": "false: the telephone exchange is not heard, this is the last known"}
    )


_TARGET = {"description": "agent:NAME, or (only to send the caller there) queue:NAME"}


class Nothing(Schema):
    """An empty object."""


class Target(Schema):
    """Whom to ask."""

    target = fields.String(required=True, validate=validate.Length(1, 80), metadata=_TARGET)


class MaybeTarget(Schema):
    """To whom; nobody: the colleague who was consulted."""

    target = fields.String(validate=validate.Length(1, 80), metadata=_TARGET)


class WhoseCall(Schema):
    """Whose call; may be left out when one agent is on it."""

    agent = fields.String(validate=validate.Length(1, 64))


class Done(Schema):
    """What was done. Some steps tell whom it concerned."""

    class Meta:
        """What the switchboard adds is passed on."""

        unknown = INCLUDE

    call_id = fields.String(required=True)
    done = fields.String(required=True, validate=one_of(Verb))
    agent = fields.String(metadata={"description": "whose call, of a supervisor's step"})
    to = fields.String(metadata={"description": "who has the caller now"})


class DirectoryEntry(Schema):
    """A colleague or a queue."""

    target = fields.String(required=True)
    title_zh = fields.String(required=True)
    title_en = fields.String(required=True)
    state = fields.String(allow_none=True, required=True)
    queues = fields.List(fields.String(), required=True)
    waiting = fields.Integer(allow_none=True, required=True)
    reachable = fields.Boolean(required=True)


class DirectoryList(Schema):
    """Colleagues by name, then queues in the order of the plan."""

    items = fields.List(fields.Nested(DirectoryEntry), required=True)
    next = fields.String(allow_none=True, required=True)
    live = fields.Boolean(required=True)


class WhichCustomer(Schema):
    """One of the candidates of a screen-pop."""

    customer_id = fields.Integer(required=True, strict=True, validate=validate.Range(1, 2**53))


class WhichTicket(Schema):
    """A ticket by its number, with or without dashes."""

    ticket = fields.String(required=True, validate=validate.Length(1, 32))


class PopCustomer(Schema):
    """Somebody who has the number, the likeliest first."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    grade = fields.String(required=True)
    elderly = fields.Boolean(required=True)
    language = fields.String(allow_none=True, required=True)
    verified = fields.Boolean(required=True)
    open_tickets = fields.Integer(required=True)
    open_complaints = fields.Integer(required=True)
    calls = fields.Integer(required=True)
    last_contact_at = fields.DateTime(allow_none=True, required=True)


class PopTicket(Schema):
    """A ticket with its clocks."""

    id = fields.Integer(required=True)
    number = fields.String(required=True)
    kind = fields.String(required=True)
    is_complaint = fields.Boolean(required=True)
    status = fields.String(required=True)
    level = fields.Integer(allow_none=True, required=True)
    priority = fields.String(required=True)
    category = fields.String(allow_none=True, required=True)
    customer_id = fields.Integer(allow_none=True, required=True)
    assignee = fields.String(allow_none=True, required=True)
    received_at = fields.DateTime(required=True)
    legal_due_at = fields.DateTime(allow_none=True, required=True)
    internal_due_at = fields.DateTime(allow_none=True, required=True)
    legal_overdue = fields.Boolean(required=True)
    overdue = fields.Boolean(required=True)
    text = fields.String(required=True)


class PopCall(Schema):
    """An earlier call."""

    call_id = fields.String(required=True)
    started_at = fields.DateTime(required=True)
    outcome = fields.String(allow_none=True, required=True)
    queue = fields.String(allow_none=True, required=True)
    agent = fields.String(allow_none=True, required=True)
    menu_path = fields.List(fields.String(), required=True)
    talk_time = fields.Float(allow_none=True, required=True)
    ticket_ids = fields.List(fields.Integer(), required=True)


class Pop(Schema):
    """Who calls, and why. Nobody is verified by his number."""

    call_id = fields.String(required=True)
    caller_number = fields.String(allow_none=True, required=True)
    withheld = fields.Boolean(required=True)
    queue = fields.String(allow_none=True, required=True)
    waited_s = fields.Float(required=True)
    menu_path = fields.List(fields.String(), required=True)
    language = fields.String(allow_none=True, required=True)
    kind = fields.String(allow_none=True, required=True)
    outbound = fields.Boolean(required=True)
    verified = fields.Boolean(required=True)
    customers = fields.List(fields.Nested(PopCustomer), required=True)
    open_tickets = fields.List(fields.Nested(PopTicket), required=True)
    live_complaint = fields.Nested(PopTicket, allow_none=True, required=True)
    ticket_ids_of_call = fields.List(fields.Integer(), required=True)
    last_tickets = fields.List(fields.Nested(PopTicket), required=True)
    last_calls = fields.List(fields.Nested(PopCall), required=True)
