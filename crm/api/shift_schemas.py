"""Shapes of the API of shifts: the published roster, its gaps, attendance."""

from __future__ import annotations

from marshmallow import Schema, fields

from crm.api.schemas import one_of
from crm.domain.adherence import Verdict
from crm.domain.shifts import Activity


class ShiftsQuery(Schema):
    """Days of the centre's calendar, the last included; a week from today unless said."""

    first = fields.Date(data_key="from")
    last = fields.Date(data_key="to")


class ShiftPart(Schema):
    """What is planned inside a shift and is no work on the phone."""

    activity = fields.String(required=True, validate=one_of(Activity))
    starts_at = fields.DateTime(required=True)
    ends_at = fields.DateTime(required=True)


class Shift(Schema):
    """A published shift."""

    id = fields.Integer(required=True)
    user = fields.String(required=True)
    day = fields.Date(required=True)
    kind = fields.String(required=True)
    starts_at = fields.DateTime(required=True)
    ends_at = fields.DateTime(required=True)
    parts = fields.List(fields.Nested(ShiftPart), required=True)


class ShiftList(Schema):
    """Shifts by their beginning."""

    items = fields.List(fields.Nested(Shift), required=True)
    next = fields.String(allow_none=True, required=True)


class AttendanceLine(Schema):
    """A shift that is over, reckoned; times in seconds."""

    shift_id = fields.Integer(required=True)
    user = fields.String(required=True)
    day = fields.Date(required=True)
    verdict = fields.String(required=True, validate=one_of(Verdict))
    came_at = fields.DateTime(allow_none=True, required=True)
    went_at = fields.DateTime(allow_none=True, required=True)
    planned_time = fields.Float(required=True)
    adhered_time = fields.Float(required=True)
    logged_time = fields.Float(required=True)
    late_time = fields.Float(required=True)
    early_time = fields.Float(required=True)


class AttendanceList(Schema):
    """Shifts that are over, by their beginning."""

    items = fields.List(fields.Nested(AttendanceLine), required=True)
    next = fields.String(allow_none=True, required=True)


class Gap(Schema):
    """A stretch with too few people. ``for``: ``least``, ``need`` (of a forecast), or QUEUE/LANGUAGE."""

    starts_at = fields.DateTime(required=True)
    ends_at = fields.DateTime(required=True)
    have = fields.Integer(required=True)
    least = fields.Integer(required=True)
    keys = fields.List(fields.String(), required=True, data_key="for")
    in_breaks = fields.Boolean(required=True, metadata={"description": "only because others have a break"})


class GapList(Schema):
    """Gaps by their beginning."""

    items = fields.List(fields.Nested(Gap), required=True)
    next = fields.String(allow_none=True, required=True)
