"""Shapes of the API of work around calls: wrap-ups, tasks, calls out, missed callers, knowledge."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from crm.api.schemas import BIGGEST, one_of
from crm.domain.tasks import TaskKind
from crm.domain.tickets import Kind
from crm.services.knowledge import LANGUAGES, MAX_QUERY
from crm.services.outbound import MAX_REASON
from crm.services.tasks import MAX_OUTCOME, MAX_TITLE

ID = validate.Range(1, BIGGEST)


class Disposition(Schema):
    """Why somebody called; a branch has leaves."""

    code = fields.String(required=True)
    title_zh = fields.String(required=True)
    title_en = fields.String(required=True)
    leaves = fields.List(fields.Nested(lambda: Disposition()), required=True)  # noqa: PLW0108  (it has no name yet)


class DispositionList(Schema):
    """The whole tree."""

    items = fields.List(fields.Nested(Disposition), required=True)
    next = fields.String(allow_none=True, required=True)


class WrapUp(Schema):
    """The work after a call. ``missing``: what is to be filled in before it is done."""

    id = fields.Integer(required=True)
    call_id = fields.String(required=True)
    queue = fields.String(allow_none=True, required=True)
    state = fields.String(required=True)
    started_at = fields.DateTime(required=True)
    limit_at = fields.DateTime(required=True)
    finished_at = fields.DateTime(allow_none=True, required=True)
    disposition = fields.String(allow_none=True, required=True)
    note = fields.String(required=True)
    ticket_id = fields.Integer(allow_none=True, required=True)
    acw_time = fields.Float(allow_none=True, required=True)
    missing = fields.List(fields.String(), required=True)
    number = fields.String(allow_none=True, required=True)
    customer_id = fields.Integer(allow_none=True, required=True)
    language = fields.String(required=True)
    task_id = fields.Integer(allow_none=True, required=True)


class WrapUpList(Schema):
    """One's open wrap-up, or none."""

    items = fields.List(fields.Nested(WrapUp), required=True)
    next = fields.String(allow_none=True, required=True)


class Filling(Schema):
    """What is filled in; what is not given stays as it is."""

    disposition = fields.String(validate=validate.Length(1, 40))
    note = fields.String(validate=validate.Length(max=4_000))
    ticket_id = fields.Integer(strict=True, validate=ID)
    new_kind = fields.String(validate=one_of(Kind), metadata={"description": "make a ticket of this kind"})
    no_ticket = fields.Boolean(metadata={"description": "take back the ticket that was chosen"})
    finish = fields.Boolean(load_default=False, metadata={"description": "it is done; 422 names what is missing"})


class TasksQuery(Schema):
    """Whose tasks."""

    of = fields.String(validate=validate.OneOf(["mine", "team", "others"]), load_default="mine")


class Task(Schema):
    """Something that a person has to do."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    user = fields.String(allow_none=True, required=True)
    queue = fields.String(allow_none=True, required=True)
    ticket_id = fields.Integer(allow_none=True, required=True)
    ticket_number = fields.String(allow_none=True, required=True)
    call_id = fields.String(allow_none=True, required=True)
    customer_id = fields.Integer(allow_none=True, required=True)
    number = fields.String(allow_none=True, required=True)
    due_at = fields.DateTime(required=True)
    place_at = fields.DateTime(allow_none=True, required=True)
    state = fields.String(required=True)
    made_at = fields.DateTime(required=True)
    made_by = fields.String(required=True)
    done_at = fields.DateTime(allow_none=True, required=True)
    outcome = fields.String(required=True)
    overdue = fields.Boolean(required=True)
    version = fields.Integer(required=True)


class TaskList(Schema):
    """Open tasks, the next due first; callbacks due at one instant in the order in which callers first queued."""

    items = fields.List(fields.Nested(Task), required=True)
    next = fields.String(allow_none=True, required=True)


class NewTask(Schema):
    """A task to be made. ``mine`` false: for whoever takes it."""

    kind = fields.String(required=True, validate=validate.OneOf([TaskKind.CALLBACK, TaskKind.FOLLOW_UP]))
    title = fields.String(load_default="", validate=validate.Length(max=MAX_TITLE))
    due_at = fields.AwareDateTime(required=True)
    ticket_id = fields.Integer(strict=True, allow_none=True, validate=ID)
    customer_id = fields.Integer(strict=True, allow_none=True, validate=ID)
    call_id = fields.String(allow_none=True, validate=validate.Length(max=100))
    number = fields.String(allow_none=True, validate=validate.Length(max=32))
    queue = fields.String(allow_none=True, validate=validate.Length(max=40))
    mine = fields.Boolean(load_default=True)


class Outcome(Schema):
    """What came of a task."""

    outcome = fields.String(required=True, validate=validate.Length(1, MAX_OUTCOME))


class NewOutboundCall(Schema):
    """A call to be dialled through one's own phone: of a task, a ticket, a customer, or to a number."""

    reason = fields.String(required=True, validate=validate.Length(max=MAX_REASON))
    number = fields.String(validate=validate.Length(max=40))
    task_id = fields.Integer(strict=True, validate=ID)
    ticket_id = fields.Integer(strict=True, validate=ID)
    customer_id = fields.Integer(strict=True, validate=ID)
    agreed = fields.Boolean(
        load_default=False, metadata={"description": "the customer agreed to be called in quiet hours"}
    )


class OutboundCall(Schema):
    """A call out. ``state``: refused, dialled, answered, failed; ``refused`` names the rule. Cost in fen."""

    id = fields.Integer(required=True)
    call_id = fields.String(allow_none=True, required=True)
    user = fields.String(required=True)
    number = fields.String(required=True)
    customer_id = fields.Integer(allow_none=True, required=True)
    ticket_id = fields.Integer(allow_none=True, required=True)
    task_id = fields.Integer(allow_none=True, required=True)
    reason = fields.String(required=True)
    asked_at = fields.DateTime(required=True)
    state = fields.String(required=True)
    refused = fields.String(allow_none=True, required=True)
    agreed = fields.Boolean(required=True)
    cost = fields.Integer(required=True)


class MissedQuery(Schema):
    """How far back."""

    days = fields.Integer(load_default=7, metadata={"description": "1 to 31"})
    waiting = fields.Boolean(load_default=False, metadata={"description": "only whom nobody has called back"})


class MissedCaller(Schema):
    """A caller whom nobody spoke with. ``since``: nothing, planned, tried, came_through or reached."""

    call_id = fields.String(required=True)
    number = fields.String(allow_none=True, required=True)
    why = fields.String(required=True)
    at = fields.DateTime(required=True)
    queue = fields.String(allow_none=True, required=True)
    language = fields.String(required=True)
    waited = fields.Float(allow_none=True, required=True)
    calls = fields.Integer(required=True)
    customer_id = fields.Integer(allow_none=True, required=True)
    since = fields.String(required=True)
    since_at = fields.DateTime(allow_none=True, required=True)
    since_by = fields.String(allow_none=True, required=True)
    task_id = fields.Integer(allow_none=True, required=True)


class MissedList(Schema):
    """Each number once, the latest first."""

    items = fields.List(fields.Nested(MissedCaller), required=True)
    next = fields.String(allow_none=True, required=True)


class KnowledgeQuery(Schema):
    """What is asked; without it, what is opened most."""

    q = fields.String(load_default="", validate=validate.Length(max=MAX_QUERY))
    language = fields.String(load_default="zh", validate=validate.OneOf(LANGUAGES))


class KnowledgeFound(Schema):
    """An article that was found."""

    slug = fields.String(required=True)
    language = fields.String(required=True)
    title = fields.String(required=True)
    snippet = fields.String(required=True)
    business = fields.String(allow_none=True, required=True)
    used = fields.Integer(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(("article", "norm")))
    due = fields.Boolean(
        required=True, metadata={"description": "nobody has looked at it since the day that was set for its review"}
    )


class KnowledgeList(Schema):
    """The best first."""

    items = fields.List(fields.Nested(KnowledgeFound), required=True)
    next = fields.String(allow_none=True, required=True)


class LanguageQuery(Schema):
    """The language to read."""

    language = fields.String(load_default="zh", validate=validate.OneOf(LANGUAGES))


class Article(Schema):
    """One article."""

    slug = fields.String(required=True)
    language = fields.String(required=True)
    title = fields.String(required=True)
    body = fields.String(required=True)
    business = fields.String(allow_none=True, required=True)
    updated_at = fields.DateTime(required=True)
    used = fields.Integer(required=True)
    version = fields.Integer(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(("article", "norm")))
    category = fields.String(allow_none=True, required=True)
    standing = fields.String(required=True, validate=validate.OneOf(("holds", "soon", "due", "expired")))
    review_on = fields.Date(allow_none=True, required=True)
    expires_on = fields.Date(allow_none=True, required=True)
    helped = fields.Integer(required=True, metadata={"description": "who said that this text helped"})
    not_helped = fields.Integer(required=True)
