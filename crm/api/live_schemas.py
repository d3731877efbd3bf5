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
