"""Shapes of the API of intake."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from crm.api.schemas import BIGGEST, one_of
from crm.domain.money import MOST_FEN
from crm.domain.submissions import LIMITS, MAX_PEOPLE, Form, OnBehalf, Preferred
from crm.domain.tickets import SEVERITY_PRIORITY, Channel, Kind


def _text(name: str, **more: object) -> fields.String:
    return fields.String(load_default="", validate=validate.Length(max=LIMITS[name]), **more)  # type: ignore[arg-type]  # metadata


class NewMatter(Schema):
    """A matter as the customer told it. Only kind, channel and text are needed."""

    kind = fields.String(
        required=True, validate=validate.OneOf([str(kind) for kind in Kind if kind is not Kind.REVIEW])
    )
    channel = fields.String(required=True, validate=one_of(Channel))
    text = fields.String(required=True, validate=validate.Length(1, LIMITS["text"]))
    demand = _text("demand", metadata={"description": "what the customer asks for"})
    name = _text("name")
    phone = _text("phone")
    email = _text("email")
    user_name = _text("user_name", metadata={"description": "his name on our site"})
    postal_address = _text("postal_address")
    preferred = fields.String(
        load_default="",
        validate=validate.OneOf(["", *map(str, Preferred)]),
        metadata={"description": "how the customer wants to be answered; empty: by the first way that is given"},
    )
    occurred_at = fields.AwareDateTime(allow_none=True)
    amount_fen = fields.Integer(strict=True, allow_none=True, validate=validate.Range(0, MOST_FEN))
    complained_about = _text("complained_about")
    on_behalf = fields.String(load_default=str(OnBehalf.SELF), validate=one_of(OnBehalf))
    representative = _text("representative")
    people = fields.Integer(strict=True, load_default=1, validate=validate.Range(1, MAX_PEOPLE))
    place = _text("place")
    platform = _text("platform", metadata={"description": "weibo, wechat, the name of a community, …"})
    handle = _text("handle", metadata={"description": "his name on the platform"})
    external_url = _text("external_url", metadata={"description": "address of the post"})
    external_id = _text("external_id", metadata={"description": "the platform's own id: taken in once"})
    language = fields.String(load_default="zh", validate=validate.OneOf(["zh", "en"]))
    received_at = fields.AwareDateTime(allow_none=True)
    form = fields.String(allow_none=True, validate=one_of(Form))
    customer_id = fields.Integer(strict=True, allow_none=True, validate=validate.Range(1, BIGGEST))
    category = fields.String(allow_none=True, validate=validate.Length(max=40))
    severity = fields.String(allow_none=True, validate=one_of(SEVERITY_PRIORITY))
    business_code = fields.String(allow_none=True, validate=validate.Length(max=40))
    reason_code = fields.String(allow_none=True, validate=validate.Length(max=40))
    shown = fields.Boolean(
        load_default=False,
        metadata={"description": "the customer sees number and time in the system that sends this: no other receipt"},
    )


class Receipt(Schema):
    """What the customer is to be told. ``again``: it was taken in before."""

    ticket_id = fields.Integer(required=True)
    number = fields.String(required=True)
    progress_code = fields.String(required=True, metadata={"description": "with the number, opens the progress page"})
    received_at = fields.DateTime(required=True)
    expected_at = fields.DateTime(allow_none=True, required=True)
    again = fields.Boolean(required=True)


class Words(Schema):
    """A text."""

    text = fields.String(required=True, validate=validate.Length(1, LIMITS["text"]))


class DecidingWord(Schema):
    """A word that decided, and where it stands."""

    word = fields.String(required=True)
    start = fields.Integer(required=True)
    end = fields.Integer(required=True)


class Guess(Schema):
    """A label, how likely it is among those of its axis, and the words that decided."""

    label = fields.String(required=True)
    share = fields.Float(required=True)
    words = fields.List(fields.Nested(DecidingWord), required=True)


class Suggested(Schema):
    """What a text seems to be about; ``guesses`` by axis: kind, level, severity, business, reason and so on."""

    version = fields.String(required=True)
    guesses = fields.Dict(keys=fields.String(), values=fields.Nested(Guess), required=True)
    signs = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), required=True)


class NewFile(Schema):
    """How a file is called."""

    file_name = fields.String(required=True, validate=validate.Length(1, 255))


class Attachment(Schema):
    """A file of a ticket."""

    id = fields.String(required=True)
    ticket_id = fields.Integer(required=True)
    file_name = fields.String(required=True)
    media_type = fields.String(required=True, metadata={"description": "by its bytes"})
    size = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    state = fields.String(required=True)
    flags = fields.List(fields.String(), required=True, metadata={"description": "active: holds scripts or macros"})
    source = fields.String(required=True)
    added_at = fields.DateTime(required=True)
    added_by = fields.String(required=True)


class AttachmentList(Schema):
    """All files of a ticket."""

    items = fields.List(fields.Nested(Attachment), required=True)
    next = fields.String(allow_none=True, required=True)
