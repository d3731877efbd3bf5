"""Shapes of the handling order, signatures and reviews, as the API takes and gives them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from crm.api.schemas import TIME, one_of
from crm.domain.approvals import Decision, Post, RequestState, Subject
from crm.domain.handling import BY_HAND, Act
from crm.domain.tickets import Channel


class HandlingStep(Schema):
    """A place of the handling order."""

    step = fields.Integer(required=True, metadata={"description": "0 first agent to 4 general manager"})
    people = fields.List(fields.String(), required=True)
    reached = fields.Boolean(required=True)
    here = fields.Boolean(required=True)


class HandlingAct(Schema):
    """Something done along it."""

    act = fields.String(required=True, validate=one_of(Act))
    step = fields.Integer(required=True)
    actor = fields.String(required=True)
    at = fields.DateTime(required=True)
    note = fields.String(required=True)
    department = fields.String(allow_none=True, required=True)


class Handling(Schema):
    """Where a complaint is in the handling order."""

    level = fields.Integer(allow_none=True, required=True)
    step = fields.Integer(required=True)
    order = fields.List(fields.Nested(HandlingStep), required=True)
    acts = fields.List(fields.Nested(HandlingAct), required=True)
    due = fields.List(
        fields.String(), required=True, metadata={"description": "what its level asks for before the answer"}
    )


class NewAct(Schema):
    """An act to be written down."""

    act = fields.String(required=True, validate=one_of(BY_HAND))
    note = fields.String(required=True, validate=validate.Length(1, 5000))
    department = fields.String(validate=validate.Length(max=40))


class PassUp(Schema):
    """One step up."""

    reason = fields.String(required=True, validate=validate.Length(1, 5000))


class Regrade(Schema):
    """A new level, signed by who asks for it."""

    level = fields.Integer(required=True, strict=True, validate=validate.Range(1, 3))
    reason = fields.String(required=True, validate=validate.Length(1, 5000))


class NewFacts(Schema):
    """New facts on a complaint that is not answered yet."""

    new_facts = fields.String(required=True, validate=validate.Length(1, 5000))
    received_at = fields.AwareDateTime(allow_none=True, metadata=TIME)


class Seat(Schema):
    """A signature: given, or waited for."""

    post = fields.String(required=True, validate=one_of(Post))
    department_id = fields.Integer(allow_none=True, required=True)
    decision = fields.String(allow_none=True, required=True)
    signed_by = fields.String(allow_none=True, required=True)
    in_place_of = fields.String(allow_none=True, required=True)
    opinion = fields.String(required=True)
    at = fields.DateTime(allow_none=True, required=True)
    signature = fields.String(allow_none=True, required=True)


class ApprovalRequest(Schema):
    """A request for signatures. ``fingerprint``: of what is signed."""

    id = fields.Integer(required=True)
    subject = fields.String(required=True, validate=one_of(Subject))
    state = fields.String(required=True, validate=one_of(RequestState))
    reason = fields.String(required=True)
    amount_fen = fields.Integer(required=True)
    level = fields.Integer(allow_none=True, required=True)
    fingerprint = fields.String(required=True)
    requested_by = fields.String(allow_none=True, required=True)
    requested_at = fields.DateTime(required=True)
    seats = fields.List(fields.Nested(Seat), required=True)
    waiting_on = fields.List(fields.String(), required=True)
    may_sign = fields.Boolean(required=True)


class ApprovalRequests(Schema):
    """All of a ticket, the newest first."""

    items = fields.List(fields.Nested(ApprovalRequest), required=True)


class Signature(Schema):
    """A decision on a request."""

    decision = fields.String(required=True, validate=one_of(Decision))
    opinion = fields.String(load_default="", validate=validate.Length(max=2000))
    fingerprint = fields.String(
        validate=validate.Length(max=64), metadata={"description": "of what was read; refused when it has changed"}
    )


class NewReview(Schema):
    """What a complainant asks for in writing."""

    text = fields.String(required=True, validate=validate.Length(1, 20_000))
    channel = fields.String(required=True, validate=one_of(Channel))
    received_at = fields.AwareDateTime(allow_none=True, metadata=TIME)
    department = fields.String(validate=validate.Length(max=40), metadata={"description": "code of an upper office"})


class Department(Schema):
    """A department with its limits in days by priority."""

    code = fields.String(required=True)
    kind = fields.String(required=True)
    name_zh = fields.String(required=True)
    name_en = fields.String(required=True)
    days = fields.Dict(required=True)
    heads = fields.List(fields.String(), required=True)


class Departments(Schema):
    """Those in use."""

    items = fields.List(fields.Nested(Department), required=True)
