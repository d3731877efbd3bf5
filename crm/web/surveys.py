"""What surveys came to, with the calls behind; and the public page of a survey's link, which works once."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.domain.errors import ConflictError, DomainError, InvalidInputError
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import letterhead, survey_results
from crm.services import surveys as service
from crm.services.replies import digest_of
from crm.services.survey_results import Span
from crm.web import public_limits
from crm.web.learn_words import why
from crm.web.locale import chosen_language

surveys = Blueprint("surveys", __name__, url_prefix="/surveys")
survey = Blueprint("survey", __name__, url_prefix="/survey")
_DAYS = 30


@surveys.get("/")
def show() -> str:
    """Satisfaction, recommendation and response of some days; the surveys one by one, low marks alone if wished."""
    problem, found, page = None, None, None
    span = _recent()
    low = request.args.get("low") == "1"
    try:
        span = _asked()
        with deps().database.read() as session:
            found = survey_results.results(session, actor(), span)
            page = survey_results.listed(session, actor(), span, low=low, cursor=request.args.get("cursor"))
            follow_ups = {one.id: one.follow_up for one in page.items if one.follow_up_id is not None}
    except DomainError as error:
        problem, follow_ups = why(error), {}
    return render_template(
        "surveys.html", found=found, page=page, span=span, low=low, problem=problem, follow_ups=follow_ups
    )


@surveys.get("/<int:survey_id>")
def one(survey_id: int) -> str:
    """One survey, as a figure names it."""
    with deps().database.read() as session:
        row = survey_results.load(session, actor(), survey_id)
        follow_up = row.follow_up
    return render_template("survey.html", row=row, follow_up=follow_up)


def _recent() -> Span:
    zone = deps().centre.zone
    today = deps().now().astimezone(zone).date()
    return Span(today - timedelta(days=_DAYS - 1), today, zone)


def _asked() -> Span:
    usual = _recent()
    try:
        last = date.fromisoformat(request.args["last"]) if request.args.get("last") else usual.last
        first = date.fromisoformat(request.args["first"]) if request.args.get("first") else min(usual.first, last)
    except ValueError:
        raise InvalidInputError("first", _("Write dates as 2026-11-22.")) from None
    return Span(first, last, usual.zone)


@survey.get("/<secret>")
def ask(secret: str) -> Response:
    """The question."""
    with deps().database.read() as session:
        row = service.by_secret(session, secret, now=deps().now())
    if row is None:
        return _page("answered_done.html", 404, state="gone")
    if row.answered_at is not None:
        return _page("answered_done.html", state="before")
    return _page("survey_ask.html", secret=secret, problem="", given={})


@survey.post("/<secret>")
def answer(secret: str) -> Response:
    """What the customer says, once."""
    if not public_limits.look_allowed(digest_of(secret)[:20]):
        return _page("answered_done.html", 429, state="limit")
    given = {name: request.form.get(name, "").strip() for name in ("score", "recommends", "opinion")}
    try:
        with deps().database.write() as session:
            service.answer(
                session, secret, _mark(given["score"]) or 0, _mark(given["recommends"]), given["opinion"],
                centre=deps().centre, now=deps().now(),
            )  # fmt: skip
    except ConflictError as error:
        return _page("answered_done.html", 409, state="before" if "answered" in str(error) else "gone")
    except InvalidInputError as error:
        return _page("survey_ask.html", 422, secret=secret, problem=error.field, given=given)
    return _page("answered_done.html", state="thanks")


def _mark(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 2 else None


def _page(template: str, status: int = 200, **more: object) -> Response:
    with deps().database.read() as session:
        house = letterhead.house_params(session, chosen_language())
    response = Response(render_template(template, house=house, **more), status, content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
