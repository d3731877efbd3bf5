"""Customers over the API. What it tells of them is what the asker may see; whole values only by a reveal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from crm.api import customer_schemas as schemas
from crm.api import out
from crm.api.resources import PREFIX, gives, keyed, once, takes
from crm.api.schemas import BIGGEST, PageQuery
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import (
    consents,
    customer_doubles,
    customer_feedback,
    customer_records,
    customer_search,
    customer_timeline,
    customer_views,
    reveals,
)
from crm.services.customer_feedback import FeedbackInput
from crm.services.customer_scope import load_customer
from crm.services.customer_search import CustomerFilters
from crm.services.idempotency import Answer
from crm.services.reveals import Wanted

api_customers = Blueprint("api_customers", __name__, url_prefix=PREFIX, description="Customers")
_ID = f"int(max={BIGGEST})"


def _today() -> date:
    return deps().now().astimezone(deps().centre.zone).date()


def _json(value: Any) -> Any:
    """A view of a service as JSON: instants as text, sequences as lists."""
    if isinstance(value, datetime):
        return out.instant(value)
    if isinstance(value, Mapping):
        return {name: _json(one) for name, one in value.items()}
    if isinstance(value, (tuple, list)):
        return [_json(one) for one in value]
    return value


def _document(found: Any) -> dict[str, Any]:
    made: dict[str, Any] = _json(asdict(found))
    return made


def _view(session: Session, customer_id: int) -> dict[str, Any]:
    region = deps().centre.region
    return _document(customer_views.get_view(session, actor(), customer_id, today=_today(), region=region))


@api_customers.route("/customers")
class Customers(MethodView):
    """Customers that the asker may see."""

    @takes(schemas.CustomersQuery, "query")
    @gives(schemas.CustomerList)
    def get(self, query: dict[str, Any]) -> Response:
        """The newest first; with ``q`` those whom it stands for, the surest first."""
        when: dict[str, Any] = {"today": _today(), "region": deps().centre.region}
        with deps().database.read() as session:
            if "q" in query:
                found = customer_search.search(session, actor(), query["q"], **when)
                return jsonify(items=[_document(one) for one in found], next=None)
            filters = CustomerFilters(query.get("grade"), query["care"], query["open_complaints"])
            paging: dict[str, Any] = {name: query.get(name) for name in ("cursor", "limit")}
            page = customer_search.list_customers(session, actor(), filters, **paging, **when)
        return jsonify(out.page(page, _document))

    @takes(schemas.NewCustomer)
    @keyed
    @gives(schemas.Customer, 201)
    def post(self, body: dict[str, Any]) -> Response:
        """Make a customer; 409 when somebody has the number already."""
        values = dict(body)
        number = values.pop("number", None)

        def make(session: Session) -> Answer:
            made = customer_records.make_customer(
                session, actor(), values, number=number, centre=deps().centre, now=deps().now()
            )
            return Answer(201, _view(session, made.id))

        return once(make)


@api_customers.route(f"/customers/<{_ID}:customer_id>")
class CustomerById(MethodView):
    """One customer; a double's address gives who was kept."""

    @gives(schemas.Customer)
    def get(self, customer_id: int) -> Response:
        """Each value whole, masked or null, as the asker may see it."""
        with deps().database.read() as session:
            return jsonify(_view(session, customer_id))

    @takes(schemas.CustomerChanges)
    @keyed
    @gives(schemas.Customer)
    def patch(self, body: dict[str, Any], customer_id: int) -> Response:
        """Change what is named, nothing else; 409 when somebody changed it since ``version``."""
        changes = dict(body)
        version = changes.pop("version", None)

        def work(session: Session) -> Answer:
            customer_records.edit(
                session, actor(), customer_id, changes, centre=deps().centre, now=deps().now(), expected_version=version
            )
            return Answer(200, _view(session, customer_id))

        return once(work)


@api_customers.route(f"/customers/<{_ID}:customer_id>/numbers")
class Numbers(MethodView):
    """Telephone numbers of a customer."""

    @takes(schemas.NewNumber)
    @keyed
    @gives(schemas.Customer, 201)
    def post(self, body: dict[str, Any], customer_id: int) -> Response:
        """Add one."""

        def work(session: Session) -> Answer:
            customer_records.add_number(
                session, actor(), customer_id, body["number"], kind=body["kind"], centre=deps().centre, now=deps().now()
            )
            return Answer(201, _view(session, customer_id))

        return once(work)


@api_customers.route(f"/customers/<{_ID}:customer_id>/numbers/<{_ID}:number_id>")
class NumberById(MethodView):
    """One of them."""

    @gives(schemas.Customer)
    def delete(self, customer_id: int, number_id: int) -> Response:
        """Take it away."""
        with deps().database.write() as session:
            customer_records.drop_number(session, actor(), customer_id, number_id, now=deps().now())
            return jsonify(_view(session, customer_id))


@api_customers.route(f"/customers/<{_ID}:customer_id>/contacts")
class Contacts(MethodView):
    """Other ways to reach a customer."""

    @takes(schemas.NewContact)
    @keyed
    @gives(schemas.Customer, 201)
    def post(self, body: dict[str, Any], customer_id: int) -> Response:
        """Add one."""

        def work(session: Session) -> Answer:
            customer_records.add_contact(session, actor(), customer_id, body["kind"], body["address"], now=deps().now())
            return Answer(201, _view(session, customer_id))

        return once(work)


@api_customers.route(f"/customers/<{_ID}:customer_id>/contacts/<{_ID}:contact_id>")
class ContactById(MethodView):
    """One of them."""

    @gives(schemas.Customer)
    def delete(self, customer_id: int, contact_id: int) -> Response:
        """Take it away."""
        with deps().database.write() as session:
            customer_records.drop_contact(session, actor(), customer_id, contact_id, now=deps().now())
            return jsonify(_view(session, customer_id))


@api_customers.route(f"/customers/<{_ID}:customer_id>/consents")
class Consents(MethodView):
    """What a customer agreed to and refused."""

    @gives(schemas.ConsentList)
    def get(self, customer_id: int) -> Response:
        """What counts of each purpose now."""
        with deps().database.read() as session:
            row = load_customer(session, actor(), customer_id)
            found = consents.standing(session, row.id)
        return jsonify(items=[_document(one) for one in found.values()], next=None)

    @takes(schemas.NewConsent)
    @keyed
    @gives(schemas.ConsentList, 201)
    def post(self, body: dict[str, Any], customer_id: int) -> Response:
        """Write down what he said."""

        def work(session: Session) -> Answer:
            given = dict(body)
            consents.write_down(session, actor(), customer_id, given.pop("purpose"), **given, now=deps().now())
            found = consents.standing(session, customer_id)
            return Answer(201, {"items": [_document(one) for one in found.values()], "next": None})

        return once(work)


@api_customers.route(f"/customers/<{_ID}:customer_id>/timeline")
class Timeline(MethodView):
    """What happened with a customer."""

    @takes(PageQuery, "query")
    @gives(schemas.Timeline)
    def get(self, query: dict[str, Any], customer_id: int) -> Response:
        """The latest first; only what the asker may see."""
        with deps().database.read() as session:
            found = customer_timeline.timeline(session, actor(), customer_id, **query)
        return jsonify(out.page(found, _document))


@api_customers.route(f"/customers/<{_ID}:customer_id>/feedback")
class Feedback(MethodView):
    """What a customer said of the house."""

    @takes(schemas.NewFeedback)
    @keyed
    @gives(schemas.Made, 201)
    def post(self, body: dict[str, Any], customer_id: int) -> Response:
        """Write it down."""

        def work(session: Session) -> Answer:
            said = FeedbackInput(**body)
            made = customer_feedback.write_down(session, actor(), customer_id, said, now=deps().now())
            return Answer(201, {"id": made})

        return once(work)


@api_customers.route(f"/customers/<{_ID}:customer_id>/doubles")
class Doubles(MethodView):
    """Who else may be this person."""

    @gives(schemas.DoubleList)
    def get(self, customer_id: int) -> Response:
        """The likeliest first."""
        with deps().database.read() as session:
            found = customer_doubles.doubles_of(session, actor(), customer_id)
        items = [
            {"customer_id": one.customer_id, "points": one.likeness.points, **_document(one.likeness)} for one in found
        ]
        return jsonify(items=items, next=None)


@api_customers.route(f"/customers/<{_ID}:customer_id>/merge")
class Merge(MethodView):
    """Two customers who are one person."""

    @takes(schemas.NewMerge)
    @keyed
    @gives(schemas.Merge, 201)
    def post(self, body: dict[str, Any], customer_id: int) -> Response:
        """Let the other one go into this one; everything of his goes over."""

        def work(session: Session) -> Answer:
            made = customer_doubles.merge(
                session, actor(), customer_id, body["merged_id"], reason=body["reason"], now=deps().now()
            )
            return Answer(201, _document(made))

        return once(work)


@api_customers.route(f"/customer-merges/<{_ID}:merge_id>/undo")
class MergeUndo(MethodView):
    """A merge that was wrong."""

    @takes(schemas.Why)
    @keyed
    @gives(schemas.Merge)
    def post(self, body: dict[str, Any], merge_id: int) -> Response:
        """Part them again; 409 when a later merge stands on it."""

        def work(session: Session) -> Answer:
            done = customer_doubles.undo(session, actor(), merge_id, reason=body["reason"], now=deps().now())
            return Answer(200, _document(done))

        return once(work)


@api_customers.route("/reveals")
class Reveals(MethodView):
    """Masked values, whole."""

    @takes(schemas.NewReveal)
    @gives(schemas.Revealed)
    def post(self, body: dict[str, Any]) -> Response:
        """Tell one value for a reason; both stand in the audit chain. Nothing of it is kept for a repetition."""
        given = dict(body)
        wanted = Wanted(given.pop("subject"), given.pop("field"))
        with deps().database.write() as session:
            value = reveals.reveal(session, actor(), wanted, **given, region=deps().centre.region, now=deps().now())
        return jsonify(value=value)
