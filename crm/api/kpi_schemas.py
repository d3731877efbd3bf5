"""Shapes of the key figures, as the API takes and gives them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from crm.api.schemas import PageQuery, one_of
from crm.domain.kpi import FORMULAS, Unit
from crm.services.kpi_questions import By

_DAY = {"description": "a day of the centre (2026-11-22), or an instant that lies in it"}
_NAME = validate.Length(1, 64)


class KpiSpan(Schema):
    """Which days, and whose figures."""

    first = fields.String(data_key="from", metadata=_DAY, validate=validate.Length(1, 40))
    last = fields.String(data_key="to", metadata={**_DAY, "description": f"{_DAY['description']}; it is counted, too"},
                         validate=validate.Length(1, 40))  # fmt: skip
    queue = fields.String(validate=_NAME)
    agent = fields.String(validate=_NAME, metadata={"description": "user name"})
    team = fields.String(validate=_NAME, metadata={"description": "code of a section"})


class KpiQuery(KpiSpan):
    """Which figures."""

    by = fields.String(validate=one_of(By), load_default=By.TOTAL.value)


class KpiCallsQuery(KpiSpan, PageQuery):
    """Behind which figure."""

    figure = fields.String(required=True, validate=one_of(FORMULAS))
    hour = fields.Integer(validate=validate.Range(0, 23), metadata={"description": "of the day, in the centre's zone"})
    weekday = fields.Integer(validate=validate.Range(1, 7), metadata={"description": "1 is Monday"})


class KpiFigure(Schema):
    """A figure with what it was made of."""

    value = fields.Float(allow_none=True, required=True, metadata={"description": "null: nothing to divide by"})
    numerator = fields.Float(required=True)
    denominator = fields.Integer(required=True)
    unit = fields.String(required=True, validate=one_of(Unit))


class KpiItem(Schema):
    """A line of figures."""

    key = fields.String(required=True, metadata={"description": "user name, section, queue, hour, day, week or month"})
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    figures = fields.Dict(keys=fields.String(), values=fields.Nested(KpiFigure), required=True)
    behind = fields.String(
        required=True, metadata={"description": "with a figure's name after it: where the calls behind it are listed"}
    )
    call_ids = fields.List(
        fields.String(),
        allow_none=True,
        required=True,
        metadata={"description": "all calls behind the line; null when there are many: then see behind"},
    )


class KpiAnswer(Schema):
    """The figures of some days."""

    first = fields.String(data_key="from", required=True)
    last = fields.String(data_key="to", required=True)
    by = fields.String(required=True, validate=one_of(By))
    items = fields.List(fields.Nested(KpiItem), required=True)


class KpiBehind(Schema):
    """One thing that a figure was made of."""

    behind = fields.String(required=True, metadata={"description": "call:ID, ticket:ID, evaluation:ID and so on"})
    call_id = fields.String(allow_none=True, required=True)
    day = fields.String(required=True)
    hour = fields.Integer(allow_none=True, required=True)
    agent = fields.String(allow_none=True, required=True)
    queue = fields.String(allow_none=True, required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class KpiBehindList(Schema):
    """A page of them."""

    items = fields.List(fields.Nested(KpiBehind), required=True)
    next = fields.String(allow_none=True, required=True)


class KpiBenchmark(Schema):
    """What others published."""

    publisher = fields.String(required=True)
    year = fields.Integer(allow_none=True, required=True)
    value = fields.Float(required=True)
    mark = fields.String(required=True)


class KpiDefinition(Schema):
    """What a figure is."""

    name = fields.String(required=True)
    unit = fields.String(required=True)
    definition = fields.String(required=True)
    needs = fields.List(fields.String(), required=True)
    target_low = fields.Float(allow_none=True, required=True)
    target_high = fields.Float(allow_none=True, required=True)
    benchmarks = fields.List(fields.Nested(KpiBenchmark), required=True)


class KpiDefinitions(Schema):
    """All figures."""

    items = fields.List(fields.Nested(KpiDefinition), required=True)
