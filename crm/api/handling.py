"""The handling order over the API: acts, steps, levels, signatures, reviews; and departments."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from crm.api import handling_schemas as schemas
from crm.api import out
from crm.api.resources import PREFIX, gives, keyed, once, takes
from crm.api.schemas import BIGGEST, Ticket
from crm.db.handling import ApprovalRequest
from crm.db.tickets import Ticket as TicketRow
from crm.domain.access import Actor
from crm.domain.approvals import Decision
from crm.domain.errors import NotFoundError
from crm.domain.handling import Act
from crm.domain.tickets import Channel
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import approval_effects, departments, handling, handling_views, reviews, rules
from crm.services.departments import PRIORITIES
from crm.services.handling_views import RequestView
from crm.services.idempotency import Answer
from crm.services.reviews import Application
from crm.services.tickets import load_ticket

api_handling = Blueprint("api_handling", __name__, url_prefix=PREFIX, description="The handling order")
_TICKET = f"int(max={BIGGEST})"


def _handling(session: Session, asker: Actor, ticket_id: int) -> dict[str, Any]:
    row = load_ticket(session, asker, ticket_id)
    view = handling_views.handling_of(session, asker, row)
    if view is None:
        raise NotFoundError("the handling order is for complaints")
    return {
        "level": view.level,
        "step": view.step,
        "order": [
            {"step": int(one.step), "people": list(one.people), "reached": one.reached, "here": one.here}
            for one in view.order
        ],
        "acts": [
            {
                "act": one.act,
                "step": one.step,
                "actor": one.actor,
                "at": out.instant(one.at),
                "note": one.note,
                "department": one.department.code if one.department else None,
            }
            for one in view.acts
        ],
        "due": list(view.due),
    }


def _request(view: RequestView) -> dict[str, Any]:
    return {
        **{name: getattr(view, name) for name in ("id", "subject", "state", "reason", "amount_fen", "level")},
        "fingerprint": view.fingerprint,
        "requested_by": view.requested_by,
        "requested_at": out.instant(view.requested_at),
        "seats": [
            {
                "post": seat.post,
                "department_id": seat.department_id,
                "decision": seat.decision,
                "signed_by": seat.signed_by,
                "in_place_of": seat.in_place_of,
                "opinion": seat.opinion,
                "at": out.instant(seat.at) if seat.at else None,
                "signature": seat.signature,
            }
            for seat in view.seats
        ],
        "waiting_on": list(view.waiting_on),
        "may_sign": view.may_sign,
    }


@api_handling.route(f"/tickets/<{_TICKET}:ticket_id>/handling")
class HandlingOrder(MethodView):
    """Where a complaint is."""

    @gives(schemas.Handling)
    def get(self, ticket_id: int) -> Response:
        """The handling order of a complaint, what was done and what its level still asks for."""
        with deps().database.read() as session:
            return jsonify(_handling(session, actor(), ticket_id))


@api_handling.route(f"/tickets/<{_TICKET}:ticket_id>/handling/acts")
class HandlingActs(MethodView):
    """Acts along it."""

    @takes(schemas.NewAct)
    @keyed
    @gives(schemas.Handling, 201)
    def post(self, body: dict[str, Any], ticket_id: int) -> Response:
        """Write down what was said, found or agreed."""

        def work(session: Session) -> Answer:
            handling.record(
                session, actor(), ticket_id, Act(body["act"]), note=body["note"],
                department=body.get("department"), now=deps().now(),
            )  # fmt: skip
            return Answer(201, _handling(session, actor(), ticket_id))

        return once(work)


@api_handling.route(f"/tickets/<{_TICKET}:ticket_id>/handling/up")
class HandlingUp(MethodView):
    """One step up."""

    @takes(schemas.PassUp)
    @keyed
    @gives(schemas.Handling)
    def post(self, body: dict[str, Any], ticket_id: int) -> Response:
        """Pass it one step up the handling order."""

        def work(session: Session) -> Answer:
            handling.pass_up(session, actor(), ticket_id, reason=body["reason"], now=deps().now())
            return Answer(200, _handling(session, actor(), ticket_id))

        return once(work)


@api_handling.route(f"/tickets/<{_TICKET}:ticket_id>/handling/level")
class HandlingLevel(MethodView):
    """Its level."""

    @takes(schemas.Regrade)
    @keyed
    @gives(schemas.Handling)
    def post(self, body: dict[str, Any], ticket_id: int) -> Response:
        """Grade it anew; a lower level counts when the next higher one has signed."""

        def work(session: Session) -> Answer:
            handling.regrade(session, actor(), ticket_id, level=body["level"], reason=body["reason"], now=deps().now())
            return Answer(200, _handling(session, actor(), ticket_id))

        return once(work)


@api_handling.route(f"/tickets/<{_TICKET}:ticket_id>/handling/facts")
class HandlingFacts(MethodView):
    """New facts."""

    @takes(schemas.NewFacts)
    @keyed
    @gives(schemas.Handling)
    def post(self, body: dict[str, Any], ticket_id: int) -> Response:
        """New facts came in: the term begins anew with their receipt."""

        def work(session: Session) -> Answer:
            handling.new_facts(
                session, actor(), ticket_id, text=body["new_facts"], received_at=body.get("received_at"),
                now=deps().now(),
            )  # fmt: skip
            return Answer(200, _handling(session, actor(), ticket_id))

        return once(work)


@api_handling.route(f"/tickets/<{_TICKET}:ticket_id>/approvals")
class Approvals(MethodView):
    """Requests for signatures."""

    @gives(schemas.ApprovalRequests)
    def get(self, ticket_id: int) -> Response:
        """All requests of a ticket, the newest first, with who signed and whose turn it is."""
        with deps().database.read() as session:
            row = load_ticket(session, actor(), ticket_id)
            found = handling_views.requests_of(session, actor(), row, deps().now())
            return jsonify(items=[_request(one) for one in found])


@api_handling.route(f"/tickets/<{_TICKET}:ticket_id>/approvals/<{_TICKET}:request_id>")
class ApprovalById(MethodView):
    """One request."""

    @takes(schemas.Signature)
    @keyed
    @gives(schemas.ApprovalRequest)
    def post(self, body: dict[str, Any], ticket_id: int, request_id: int) -> Response:
        """Sign it, or send it back, in one's own turn."""

        def work(session: Session) -> Answer:
            request = session.get(ApprovalRequest, request_id)
            if request is None or request.ticket_id != ticket_id:
                raise NotFoundError("there is no such request")
            made = approval_effects.decide(
                session, actor(), request_id, Decision(body["decision"]), opinion=body["opinion"],
                seen=body.get("fingerprint"), now=deps().now(), centre=deps().centre,
            )  # fmt: skip
            row = session.get_one(TicketRow, ticket_id)
            return Answer(200, _request(handling_views.request_view(session, actor(), row, made, deps().now())))

        return once(work)


@api_handling.route(f"/tickets/<{_TICKET}:ticket_id>/reviews")
class Reviews(MethodView):
    """Reviews of a complaint."""

    @takes(schemas.NewReview)
    @keyed
    @gives(Ticket, 201)
    def post(self, body: dict[str, Any], ticket_id: int) -> Response:
        """Take in what the complainant asks for in writing; answers with the review's own ticket."""

        def work(session: Session) -> Answer:
            wanted = Application(
                body["text"], Channel(body["channel"]), body.get("received_at"), body.get("department")
            )
            made = reviews.apply_for(session, actor(), ticket_id, wanted, centre=deps().centre, now=deps().now())
            return Answer(201, out.ticket(made))

        return once(work)


@api_handling.route("/departments")
class Departments(MethodView):
    """Departments."""

    @gives(schemas.Departments)
    def get(self) -> Response:
        """Those in use, with the days in which they answer."""
        with deps().database.read() as session:
            numbers = rules.current(session)
            return jsonify(
                items=[
                    {
                        "code": one.code,
                        "kind": one.kind,
                        "name_zh": one.name_zh,
                        "name_en": one.name_en,
                        "days": {priority: departments.days_of(one, priority, numbers) for priority in PRIORITIES},
                        "heads": [user.username for user in departments.heads(one)],
                    }
                    for one in departments.all_departments(session, active_only=True)
                ]
            )
