"""Shapes of what the API takes and gives about evaluations and scorecards."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from crm.api.schemas import BIGGEST, PageQuery, one_of
from crm.domain.evaluations import MarkKind, Purpose, State
from crm.domain.marks import MAX_MARKS, MAX_NOTE, MAX_WORDS, Flaw
from crm.services.evaluations import MAX_COUNT, MAX_TEXT

MAX_MS = 48 * 3_600_000
_NAME = validate.Length(1, 64)


class EvaluationsQuery(PageQuery):
    """What evaluations to list."""

    agent = fields.String(validate=_NAME, metadata={"description": "user name"})
    scorer = fields.String(validate=_NAME, metadata={"description": "user name"})
    call_id = fields.String(validate=validate.Length(1, 100))
    purpose = fields.String(validate=one_of(Purpose))
    state = fields.String(validate=one_of(State), metadata={"description": "without it: all but the released"})
    since = fields.AwareDateTime(metadata={"description": "begun then or later"})
    until = fields.AwareDateTime(metadata={"description": "begun before"})
    official = fields.Boolean(metadata={"description": "what counts for the agent, or what does not"})
    fatal = fields.Boolean()


class NewEvaluation(Schema):
    """An evaluation to begin."""

    call_id = fields.String(required=True, validate=validate.Length(1, 100))
    agent = fields.String(validate=_NAME, metadata={"description": "without it: who spoke last"})
    purpose = fields.String(
        load_default=Purpose.ROUTINE.value, validate=validate.OneOf([Purpose.ROUTINE.value, Purpose.BLIND.value])
    )


class Mark(Schema):
    """A deduction, an item that does not apply, or a fatal finding; milliseconds of the recording."""

    kind = fields.String(required=True, validate=one_of(MarkKind))
    code = fields.String(required=True, validate=validate.Length(1, 12))
    taken = fields.Integer(strict=True, load_default=0, validate=validate.Range(0, 100))
    not_applicable = fields.Boolean(load_default=False)
    from_ms = fields.Integer(strict=True, allow_none=True, load_default=None, validate=validate.Range(0, MAX_MS))
    to_ms = fields.Integer(strict=True, allow_none=True, load_default=None, validate=validate.Range(0, MAX_MS))
    words = fields.String(load_default="", validate=validate.Length(max=MAX_WORDS))
    note = fields.String(load_default="", validate=validate.Length(max=MAX_NOTE))
    candidate_id = fields.Integer(
        strict=True, allow_none=True, load_default=None, validate=validate.Range(1, BIGGEST),
        metadata={"description": "the suggestion that it confirms"},
    )  # fmt: skip


class Draft(Schema):
    """All that stands on the sheet; what is left out is taken off it."""

    version = fields.Integer(required=True, strict=True, validate=validate.Range(1, 2**31 - 1))
    marks = fields.List(fields.Nested(Mark), load_default=list, validate=validate.Length(max=MAX_MARKS))
    good = fields.String(load_default="", validate=validate.Length(max=MAX_TEXT))
    advice = fields.String(load_default="", validate=validate.Length(max=MAX_TEXT))
    seconds = fields.Integer(strict=True, allow_none=True, load_default=None, validate=validate.Range(0, MAX_COUNT))
    keys = fields.Integer(strict=True, allow_none=True, load_default=None, validate=validate.Range(0, MAX_COUNT))


class HandIn(Schema):
    """The version that is handed in."""

    version = fields.Integer(required=True, strict=True, validate=validate.Range(1, 2**31 - 1))


class GiveBack(Schema):
    """Why it is given back."""

    why = fields.String(load_default="", validate=validate.Length(max=500))


class CandidateDecision(Schema):
    """What a person says of a suggestion."""

    confirmed = fields.Boolean(required=True)
    note = fields.String(load_default="", validate=validate.Length(max=500))


class Evaluation(Schema):
    """An evaluation. ``score``: points of 100, with a tenth at most; null while it is open."""

    id = fields.Integer(required=True)
    call_id = fields.String(allow_none=True, required=True)
    recording_id = fields.String(allow_none=True, required=True)
    agent = fields.String(required=True)
    scorer = fields.String(required=True)
    purpose = fields.String(required=True)
    state = fields.String(required=True)
    score = fields.Float(allow_none=True, required=True)
    raw_score = fields.Float(allow_none=True, required=True)
    grade = fields.String(allow_none=True, required=True)
    fatal = fields.Boolean(required=True)
    coach = fields.Boolean(required=True)
    official = fields.Boolean(required=True)
    card = fields.String(required=True)
    card_version = fields.Integer(required=True)
    about_id = fields.Integer(allow_none=True, required=True)
    sample_id = fields.Integer(allow_none=True, required=True)
    made_at = fields.DateTime(required=True)
    submitted_at = fields.DateTime(allow_none=True, required=True)
    settled_at = fields.DateTime(allow_none=True, required=True)
    seconds = fields.Integer(allow_none=True, required=True)
    keys = fields.Integer(allow_none=True, required=True)
    version = fields.Integer(required=True)


class EvaluationList(Schema):
    """A page of them."""

    items = fields.List(fields.Nested(Evaluation), required=True)
    next = fields.String(allow_none=True, required=True)


class ItemResult(Schema):
    """What one item came to."""

    code = fields.String(required=True)
    earned = fields.Integer(required=True)
    possible = fields.Integer(required=True)
    applies = fields.Boolean(required=True)


class FlawAt(Schema):
    """What keeps it from being handed in. ``place``: of the mark, from 0; -1: of all."""

    place = fields.Integer(required=True)
    flaw = fields.String(required=True, validate=one_of(Flaw))


class EvaluationDetail(Evaluation):
    """One evaluation with its marks; while it is open, ``stands_at`` is what it would come to now."""

    marks = fields.List(fields.Nested(Mark), required=True)
    good = fields.String(required=True)
    advice = fields.String(required=True)
    items = fields.List(fields.Nested(ItemResult), required=True)
    stands_at = fields.Float(required=True)
    flaws = fields.List(fields.Nested(FlawAt), required=True)


class Candidate(Schema):
    """A suggestion of a machine, and what a person said of it."""

    id = fields.Integer(required=True)
    code = fields.String(required=True)
    finding = fields.String(required=True)
    state = fields.String(required=True)


class ScorecardVersion(Schema):
    """A version of a scorecard. ``content``: sections, items, fatal findings, grades."""

    id = fields.Integer(required=True)
    card = fields.String(required=True)
    number = fields.Integer(required=True)
    subject = fields.String(required=True)
    queues = fields.List(fields.String(), required=True)
    published_at = fields.DateTime(allow_none=True, required=True)
    sha256 = fields.String(required=True)
    content = fields.Dict(required=True)


class ScorecardList(Schema):
    """Those in force."""

    items = fields.List(fields.Nested(ScorecardVersion), required=True)
