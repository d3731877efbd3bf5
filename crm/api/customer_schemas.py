"""Shapes of the API of customers."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from crm.api.schemas import BIGGEST, PageQuery, one_of
from crm.domain.customers import (
    MAX_TEXT,
    ContactKind,
    Grade,
    IdKind,
    Income,
    NumberKind,
    PreferredChannel,
    Purpose,
    Vulnerability,
)
from crm.domain.feedback import About
from crm.domain.reveals import MAX_WORDS, RevealReason
from crm.domain.tickets import Channel
from crm.services.consents import MAX_EVIDENCE
from crm.services.customer_doubles import MAX_REASON
from crm.services.customer_records import LANGUAGES

ID = validate.Range(1, BIGGEST)
MASKED = {"description": "as the asker may see it: whole, masked with •, or null"}


class CustomersQuery(PageQuery):
    """Which customers to list, or what to search for."""

    q = fields.String(
        validate=validate.Length(1, 200),
        metadata={"description": "a number in any form, a name or its sound, an identity number, an address"},
    )
    grade = fields.String(validate=one_of(Grade))
    care = fields.Boolean(load_default=False, metadata={"description": "elderly, or in need of more care"})
    open_complaints = fields.Boolean(load_default=False)


class CustomerLine(Schema):
    """A customer in a list; names and numbers are masked for everybody."""

    id = fields.Integer(required=True)
    name = fields.String(allow_none=True, required=True)
    number = fields.String(allow_none=True, required=True)
    grade = fields.String(required=True)
    elderly = fields.Boolean(required=True)
    vulnerable = fields.List(fields.String(), required=True)
    language = fields.String(allow_none=True, required=True)
    open_tickets = fields.Integer(required=True)
    open_complaints = fields.Integer(required=True)
    created_at = fields.DateTime(required=True)


class CustomerList(Schema):
    """Customers."""

    items = fields.List(fields.Nested(CustomerLine), required=True)
    next = fields.String(allow_none=True, required=True)


class Number(Schema):
    """A telephone number of a customer."""

    id = fields.Integer(required=True)
    number = fields.String(allow_none=True, required=True, metadata=MASKED)
    kind = fields.String(required=True)
    preferred = fields.Boolean(required=True)
    source = fields.String(required=True)


class Contact(Schema):
    """Another way to reach a customer."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    address = fields.String(allow_none=True, required=True, metadata=MASKED)


class Customer(Schema):
    """One customer, each value as the asker may see it."""

    id = fields.Integer(required=True)
    name = fields.String(allow_none=True, required=True, metadata=MASKED)
    user_name = fields.String(allow_none=True, required=True, metadata=MASKED)
    id_kind = fields.String(required=True)
    id_number = fields.String(allow_none=True, required=True, metadata=MASKED)
    born_on = fields.String(allow_none=True, required=True, metadata=MASKED)
    age = fields.Integer(allow_none=True, required=True)
    address = fields.String(allow_none=True, required=True, metadata=MASKED)
    occupation = fields.String(allow_none=True, required=True)
    income = fields.String(allow_none=True, required=True)
    remarks = fields.String(allow_none=True, required=True)
    grade = fields.String(required=True)
    elderly = fields.Boolean(required=True)
    vulnerable = fields.List(fields.String(), required=True)
    language = fields.String(allow_none=True, required=True)
    preferred_channel = fields.String(allow_none=True, required=True)
    preferred_time = fields.String(required=True)
    numbers = fields.List(fields.Nested(Number), required=True)
    contacts = fields.List(fields.Nested(Contact), required=True)
    state = fields.String(required=True)
    merged_into_id = fields.Integer(allow_none=True, required=True)
    created_at = fields.DateTime(required=True)
    updated_at = fields.DateTime(allow_none=True, required=True)
    version = fields.Integer(required=True)
    masked = fields.List(fields.String(), required=True)
    may_reveal = fields.Boolean(required=True)
    may_edit = fields.Boolean(required=True)


class Changes(Schema):
    """A customer's own data; what is left out stays as it is."""

    name = fields.String(validate=validate.Length(max=200))
    user_name = fields.String(validate=validate.Length(max=200))
    id_kind = fields.String(validate=one_of(IdKind))
    id_number = fields.String(validate=validate.Length(max=64))
    born_on = fields.String(validate=validate.Length(max=10), metadata={"description": "1960-05-01"})
    address = fields.String(validate=validate.Length(max=500))
    occupation = fields.String(validate=validate.Length(max=200))
    income = fields.String(validate=one_of(Income))
    remarks = fields.String(validate=validate.Length(max=MAX_TEXT))
    grade = fields.String(validate=one_of(Grade))
    elderly = fields.Boolean()
    vulnerable = fields.List(fields.String(validate=one_of(Vulnerability)), validate=validate.Length(max=10))
    language = fields.String(validate=validate.OneOf(["", *LANGUAGES]))
    preferred_channel = fields.String(validate=validate.OneOf(["", *(str(one) for one in PreferredChannel)]))
    preferred_time = fields.String(validate=validate.Length(max=200))


class CustomerChanges(Changes):
    """With ``version``: only if nobody changed it since."""

    version = fields.Integer(strict=True, validate=ID)


class NewCustomer(Changes):
    """A customer to be made."""

    number = fields.String(validate=validate.Length(max=64))


class NewNumber(Schema):
    """A number to be added."""

    number = fields.String(required=True, validate=validate.Length(1, 64))
    kind = fields.String(load_default="", validate=one_of(NumberKind))


class NewContact(Schema):
    """An address to be added."""

    kind = fields.String(required=True, validate=one_of(ContactKind))
    address = fields.String(required=True, validate=validate.Length(1, 300))


class Consent(Schema):
    """What counts of a purpose now; ``given`` null: never asked."""

    purpose = fields.String(required=True)
    given = fields.Boolean(allow_none=True, required=True)
    at = fields.DateTime(allow_none=True, required=True)
    until = fields.DateTime(allow_none=True, required=True)
    by = fields.String(required=True)
    channel = fields.String(required=True)
    evidence = fields.String(required=True)


class ConsentList(Schema):
    """Every purpose."""

    items = fields.List(fields.Nested(Consent), required=True)
    next = fields.String(allow_none=True, required=True)


class NewConsent(Schema):
    """What a customer agreed to or refused."""

    purpose = fields.String(required=True, validate=one_of(Purpose))
    given = fields.Boolean(required=True)
    channel = fields.String(required=True, validate=one_of(Channel))
    evidence = fields.String(load_default="", validate=validate.Length(max=MAX_EVIDENCE))
    until = fields.AwareDateTime(allow_none=True, load_default=None)


class TimelineEntry(Schema):
    """Something that happened with a customer."""

    at = fields.DateTime(required=True)
    kind = fields.String(required=True)
    about = fields.Raw(required=True, metadata={"description": "id of the call, ticket, message …"})
    by = fields.String(required=True)
    facts = fields.Dict(required=True)


class Timeline(Schema):
    """The latest first."""

    items = fields.List(fields.Nested(TimelineEntry), required=True)
    next = fields.String(allow_none=True, required=True)


class Double(Schema):
    """Another customer who may be the same person."""

    customer_id = fields.Integer(required=True)
    points = fields.Integer(required=True)
    shared = fields.List(fields.String(), required=True)
    against = fields.List(fields.String(), required=True)


class DoubleList(Schema):
    """The likeliest first."""

    items = fields.List(fields.Nested(Double), required=True)
    next = fields.String(allow_none=True, required=True)


class NewMerge(Schema):
    """Make one of two: ``merged_id`` goes into the customer of the address."""

    merged_id = fields.Integer(required=True, strict=True, validate=ID)
    reason = fields.String(required=True, validate=validate.Length(1, MAX_REASON))


class Why(Schema):
    """A reason."""

    reason = fields.String(required=True, validate=validate.Length(1, MAX_REASON))


class Merge(Schema):
    """A merge. ``counts``: rows that went over, by table and column."""

    id = fields.Integer(required=True)
    kept_id = fields.Integer(required=True)
    merged_id = fields.Integer(required=True)
    at = fields.DateTime(required=True)
    by = fields.String(required=True)
    reason = fields.String(required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    undone_at = fields.DateTime(allow_none=True, required=True)
    undone_by = fields.String(allow_none=True, required=True)
    undo_reason = fields.String(allow_none=True, required=True)


class NewReveal(Schema):
    """A masked value that is to be seen whole."""

    subject = fields.String(
        required=True, validate=validate.Length(1, 120), metadata={"description": "customer:7, ticket:42 or call:…"}
    )
    field = fields.String(
        required=True,
        validate=validate.Length(1, 40),
        metadata={"description": "of a customer name, id_number, …, number:ID, contact:ID; else number"},
    )
    reason = fields.String(required=True, validate=one_of(RevealReason))
    words = fields.String(load_default="", validate=validate.Length(max=MAX_WORDS))


class Revealed(Schema):
    """The value, whole."""

    value = fields.String(required=True)


class NewFeedback(Schema):
    """What a customer said of the house."""

    about = fields.String(required=True, validate=one_of(About))
    subject = fields.String(required=True, validate=validate.Length(1, 24))
    score = fields.Integer(strict=True, allow_none=True, load_default=None, validate=validate.Range(1, 5))
    text = fields.String(load_default="", validate=validate.Length(max=MAX_TEXT))
    ticket_id = fields.Integer(strict=True, allow_none=True, load_default=None, validate=ID)


class Made(Schema):
    """Something that was made."""

    id = fields.Integer(required=True)
