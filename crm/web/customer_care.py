"""What is written down of a customer's needs, the risk that he bears, talks about money, and his plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask import Blueprint, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.domain import wealth
from crm.domain.errors import InvalidInputError
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import customer_care as service
from crm.services.customer_care import AdviceInput, NeedInput, PlanInput
from crm.web.customers import done

customer_care = Blueprint("customer_care", __name__, url_prefix="/customers/<int:customer_id>")


@customer_care.post("/needs")
def need(customer_id: int) -> Response:
    """What he needs."""
    form = request.form
    given = NeedInput(
        form.getlist("products"), form.get("preference", ""), form.get("liquidity", ""), form.get("horizon", ""),
        form.get("note", ""),
    )  # fmt: skip
    return done(
        customer_id, "needs",
        lambda session: service.write_need(session, actor(), customer_id, given, now=deps().now()),
        _("Written down."),
    )  # fmt: skip


@customer_care.post("/assessments")
def assess(customer_id: int) -> Response:
    """The questionnaire."""
    answers = {name: request.form.get(name, type=int) for name in wealth.QUESTIONS}
    return done(
        customer_id, "needs",
        lambda session: service.assess(session, actor(), customer_id, answers, now=deps().now()),
        _("The assessment counts for a year."),
    )  # fmt: skip


@customer_care.post("/advice")
def advise(customer_id: int) -> Response:
    """A talk about money."""
    form = request.form
    accepted = {"yes": True, "no": False}.get(form.get("accepted", ""))
    given = AdviceInput(
        form.get("kind", ""), form.get("text", ""), form.get("product", ""), form.get("product_risk", ""), accepted,
        bool(form.get("own_wish")),
    )  # fmt: skip
    return done(
        customer_id, "needs",
        lambda session: service.advise(session, actor(), customer_id, given, now=deps().now()),
        _("Written down."),
    )  # fmt: skip


@customer_care.post("/plans")
def draw_up(customer_id: int) -> Response:
    """A new draft of the plan."""
    form = request.form

    def work(session: object) -> None:
        given = PlanInput(
            _mix(form), form.getlist("services"), form.get("manager", "").strip(),
            form.get("visit_days", type=int), _day(form.get("review_on", "")), form.get("note", ""),
        )  # fmt: skip
        service.draw_up(session, actor(), customer_id, given, now=deps().now())  # type: ignore[arg-type]  # done's session

    return done(customer_id, "plan", work, _("The draft stands below. Go through it with the customer."))


def _mix(form: Mapping[str, str]) -> list[tuple[str, int, str]]:
    parts = []
    for product in wealth.RISK:
        text = form.get(f"share_{product}", "").strip()
        if text and text != "0":
            if not (text.isascii() and text.isdigit()):
                raise InvalidInputError("mix", "has a share that is not 1 to 100")
            parts.append((str(product), int(text[:4]), form.get(f"risk_{product}", wealth.RISK[product])))
    return parts


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InvalidInputError("review_on", "must lie ahead, within two years") from error


@customer_care.post("/plans/<int:plan_id>")
def settle(customer_id: int, plan_id: int) -> Response:
    """The customer agreed to a draft, or a plan ends."""
    what = service.agree if request.form.get("what") == "agree" else service.end
    return done(
        customer_id, "plan", lambda session: what(session, actor(), customer_id, plan_id, now=deps().now()),
        _("Written down."),
    )  # fmt: skip
