"""Shapes of what the API takes and gives. What it gives is written by ``crm.api.out``; a test holds both together."""

from __future__ import annotations

from marshmallow import INCLUDE, Schema, ValidationError, fields, validate

from crm.domain.handling import Lapse
from crm.domain.money import MOST_FEN
from crm.domain.statistics_codes import Axis, choices
from crm.domain.tickets import SEVERITY_PRIORITY, Channel, Kind, Status
from crm.services.reviews import Outcome
from crm.services.tickets import SORTS

BIGGEST = 2**63 - 1
TIME = {"format": "date-time"}


def one_of(codes: object) -> validate.OneOf:
    """One of these words."""
    return validate.OneOf([str(code) for code in codes])  # type: ignore[attr-defined]  # StrEnum classes and mappings are iterable


class PageQuery(Schema):
    """How lists are paged."""

    cursor = fields.String(metadata={"description": "``next`` of the page before"})
    limit = fields.Integer(metadata={"description": "1 to 200 (50)"})


class CallsQuery(PageQuery):
    """What calls to list."""

    caller_number = fields.String(metadata={"description": "in any way of writing it"})
    since = fields.AwareDateTime(metadata={"description": "calls that began then or later"})


class TicketsQuery(PageQuery):
    """What tickets to list."""

    caller_number = fields.String(metadata={"description": "in any way of writing it"})
    kind = fields.String(validate=one_of(Kind))
    status = fields.String(validate=one_of(Status))
    number = fields.String(metadata={"description": "with or without dashes"})
    sort = fields.String(validate=one_of(SORTS), load_default="-received_at")


class Problem(Schema):
    """What went wrong (RFC 9457)."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    errors = fields.Dict()


class Call(Schema):
    """One customer contact end to end. Durations in seconds."""

    call_id = fields.String(required=True)
    caller_number = fields.String(allow_none=True, required=True)
    dialled_number = fields.String(allow_none=True, required=True)
    direction = fields.String(required=True, validate=validate.OneOf(["inbound", "outbound"]))
    language = fields.String(required=True)
    started_at = fields.DateTime(required=True)
    answered_at = fields.DateTime(allow_none=True, required=True)
    ended_at = fields.DateTime(allow_none=True, required=True)
    outcome = fields.String(allow_none=True, required=True)
    menu_path = fields.List(fields.String(), required=True)
    queue = fields.String(allow_none=True, required=True)
    agent = fields.String(allow_none=True, required=True)
    wait_time = fields.Float(allow_none=True, required=True)
    talk_time = fields.Float(allow_none=True, required=True)
    hold_time = fields.Float(allow_none=True, required=True)
    acw_time = fields.Float(allow_none=True, required=True)
    ticket_ids = fields.List(fields.Integer(), required=True)
    recording_ids = fields.List(fields.String(), required=True)
    flags = fields.List(fields.String(), required=True)


class TicketSummary(Schema):
    """A ticket as lists show it."""

    id = fields.Integer(required=True)
    number = fields.String(required=True)
    kind = fields.String(required=True)
    status = fields.String(required=True)
    level = fields.Integer(allow_none=True, required=True)
    category = fields.String(allow_none=True, required=True)
    severity = fields.String(allow_none=True, required=True)
    priority = fields.String(required=True)
    customer_id = fields.Integer(allow_none=True, required=True)
    caller_number = fields.String(allow_none=True, required=True)
    channel = fields.String(required=True)
    language = fields.String(required=True)
    received_at = fields.DateTime(required=True)
    legal_due_at = fields.DateTime(allow_none=True, required=True)
    internal_due_at = fields.DateTime(allow_none=True, required=True)
    assignee = fields.String(allow_none=True, required=True)
    flags = fields.List(fields.String(), required=True)
    version = fields.Integer(required=True)
    call_ids = fields.List(fields.String(), required=True)
    recording_ids = fields.List(fields.String(), required=True)


class TicketEvent(Schema):
    """Something that happened to a ticket."""

    id = fields.Integer(required=True)
    at = fields.DateTime(required=True)
    actor = fields.String(required=True)
    event = fields.String(required=True)
    from_status = fields.String(allow_none=True, required=True)
    to_status = fields.String(allow_none=True, required=True)
    reason = fields.String(required=True)
    fields_ = fields.Dict(required=True, data_key="fields", attribute="fields")


class Ticket(TicketSummary):
    """One ticket with its text and its events, oldest first."""

    text = fields.String(required=True)
    events = fields.List(fields.Nested(TicketEvent), required=True)


class NewTicket(Schema):
    """A ticket to be made."""

    kind = fields.String(required=True, validate=one_of(Kind))
    channel = fields.String(required=True, validate=one_of(Channel))
    text = fields.String(required=True, validate=validate.Length(1, 20_000))
    caller_number = fields.String(allow_none=True, validate=validate.Length(max=64))
    customer_id = fields.Integer(strict=True, allow_none=True, validate=validate.Range(1, BIGGEST))
    category = fields.String(allow_none=True)
    severity = fields.String(allow_none=True, validate=one_of(SEVERITY_PRIORITY))
    received_at = fields.AwareDateTime(allow_none=True)
    language = fields.String(load_default="zh", validate=validate.OneOf(["zh", "en"]))
    call_id = fields.String(
        validate=validate.Length(1, 100),
        metadata={"description": "a call that it is made of: linked, and its number, customer and language taken over"},
    )


def _satisfaction(value: object) -> None:
    if isinstance(value, bool) or value not in (1, 2, 3, 4, 5, "no_answer"):
        raise ValidationError("must be 1 to 5, or no_answer")


class NewMove(Schema):
    """A move to be made, with what it needs."""

    class Meta:
        """Inputs that this version does not know are kept with the event."""

        unknown = INCLUDE

    move = fields.String(required=True, validate=validate.Length(1, 40))
    reason = fields.String(load_default="", validate=validate.Length(max=5000))
    result = fields.String(validate=validate.Length(max=5000))
    severity = fields.String(validate=one_of(SEVERITY_PRIORITY))
    level = fields.Integer(strict=True, validate=validate.Range(1, 3))
    assignee = fields.String(validate=validate.Length(max=64))
    complained_about = fields.String(validate=validate.Length(max=64))
    category = fields.String(validate=validate.Length(max=40))
    satisfaction = fields.Raw(validate=_satisfaction)
    facts = fields.String(validate=validate.Length(max=5000))
    basis = fields.String(validate=validate.Length(max=5000))
    solution = fields.String(validate=validate.Length(max=5000))
    into = fields.String(validate=validate.Length(max=20))
    read_back = fields.Boolean(
        metadata={"description": "acknowledge: the record was read back; making the move states it, false says not"}
    )
    told = fields.Boolean(
        metadata={"description": "acknowledge: number, time and contact were told; suspend, decline: told so"}
    )
    department = fields.String(validate=validate.Length(max=40), metadata={"description": "code of a department"})
    business_code = fields.String(validate=one_of(code.key for code in choices(Axis.BUSINESS)))
    reason_code = fields.String(validate=one_of(code.key for code in choices(Axis.REASON)))
    channel_code = fields.String(validate=one_of(code.key for code in choices(Axis.CHANNEL)))
    amount_fen = fields.Integer(strict=True, validate=validate.Range(0, MOST_FEN))
    demand = fields.String(validate=validate.Length(max=2000))
    lapse = fields.String(validate=one_of(Lapse), metadata={"description": "triage: what we are said to have done"})
    grounds = fields.String(validate=validate.Length(max=500))
    demand_fair = fields.String(validate=validate.Length(max=500))
    first_act = fields.String(
        validate=validate.Length(max=5000), metadata={"description": "how it was explained, or what was apologised for"}
    )
    agreed = fields.Boolean(metadata={"description": "solve_on_spot: the customer agrees"})
    clear = fields.Boolean(metadata={"description": "solve_on_spot: facts and responsibility are clear"})
    appraisal = fields.String(validate=validate.Length(max=500), metadata={"description": "who appraises what"})
    responsibility = fields.String(validate=validate.Length(max=5000))
    cost = fields.Raw(metadata={"description": "whole fen, or yuan as text", "type": ["integer", "string"]})
    execution = fields.String(validate=validate.Length(max=5000))
    remedies = fields.String(validate=validate.Length(max=5000))
    remedies_told = fields.Boolean()
    proof = fields.String(validate=validate.Length(max=500))
    new_facts = fields.String(validate=validate.Length(max=5000))
    received_at = fields.String(
        validate=validate.Length(max=40), metadata={**TIME, "description": "reopen, withdraw: when it reached us"}
    )
    outcome = fields.String(validate=one_of(Outcome), metadata={"description": "notify of a review: what it came to"})
    version = fields.Integer(strict=True, metadata={"description": "refuse when the ticket has changed since"})


class Move(Schema):
    """A move, and whether it can be made now."""

    move = fields.String(required=True)
    allowed = fields.Boolean(required=True)
    why = fields.String(allow_none=True, required=True)
    needs = fields.List(fields.String(), required=True)


class Moves(Schema):
    """Every move there is."""

    items = fields.List(fields.Nested(Move), required=True)


class Recording(Schema):
    """An audio file and how it is."""

    id = fields.String(required=True)
    call_id = fields.String(required=True)
    kind = fields.String(required=True)
    state = fields.String(required=True)
    started_at = fields.DateTime(required=True)
    duration = fields.Float(required=True)
    rate = fields.Integer(required=True)
    channels = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    size = fields.Integer(required=True)
    flags = fields.List(fields.String(), required=True)
    estimated_loss = fields.Float(allow_none=True, required=True)
    transcript_state = fields.String(allow_none=True, required=True)


class Word(Schema):
    """A word with its times."""

    text = fields.String(required=True)
    start = fields.Float(required=True)
    end = fields.Float(required=True)
    confidence = fields.Float(required=True)


class Segment(Schema):
    """An utterance."""

    side = fields.String(required=True)
    start = fields.Float(required=True)
    end = fields.Float(required=True)
    text = fields.String(required=True)
    confidence = fields.Float(required=True)
    words = fields.List(fields.Nested(Word), required=True)


class Transcript(Schema):
    """What was said, and what heard it."""

    recording_id = fields.String(required=True)
    language = fields.String(required=True)
    engine = fields.String(allow_none=True, required=True)
    model = fields.String(allow_none=True, required=True)
    model_version = fields.String(allow_none=True, required=True)
    state = fields.String(required=True)
    text = fields.String(required=True)
    segments = fields.List(fields.Nested(Segment), required=True)


class CallList(Schema):
    """A page of calls."""

    items = fields.List(fields.Nested(Call), required=True)
    next = fields.String(allow_none=True, required=True)


class TicketList(Schema):
    """A page of tickets."""

    items = fields.List(fields.Nested(TicketSummary), required=True)
    next = fields.String(allow_none=True, required=True)
