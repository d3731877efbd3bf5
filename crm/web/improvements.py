"""Rectification plans and the reviews that departments hold over the process."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from crm.db.departments import Department
from crm.domain import statistics_codes
from crm.domain.access import Action
from crm.domain.axes import TITLES, Axis
from crm.domain.causes import LEAVES
from crm.domain.errors import DomainError, InvalidInputError
from crm.domain.improvement import Kind
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import process_reviews, rectifications, rules
from crm.services.process_reviews import NewReview
from crm.services.rectifications import NewPlan
from crm.web.analysis import today
from crm.web.learn_words import axis_title, why
from crm.web.locale import chosen_language

improvements = Blueprint("improvements", __name__, url_prefix="/improvements")
_LISTS = ("open", "check", "mine", "ended")


@improvements.get("/")
def index() -> str:
    """Plans: open ones, those whose effect is to be checked, mine, ended."""
    which = request.args.get("which", "open")
    which = which if which in _LISTS else "open"
    with deps().database.read() as session:
        found = rectifications.plans(session, actor(), today=today(), which=which)
        due = process_reviews.due(session, rules.current(session))
    return render_template(
        "improvements.html", plans=found, which=which, lists=_LISTS, makes=may(Action.IMPROVE_PLAN), review_due=due,
        today=today(),
    )  # fmt: skip


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError as error:
        raise InvalidInputError(name, "must be a date") from error


def measures() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What an effect can be measured by: axis, its name, its keys with their names."""
    language = chosen_language()
    keys = {
        Axis.CAUSE: sorted(LEAVES),
        Axis.REASON: [one.key for one in statistics_codes.choices(statistics_codes.Axis.REASON)],
        Axis.BUSINESS: [one.key for one in statistics_codes.choices(statistics_codes.Axis.BUSINESS)],
        Axis.CHANNEL: [one.key for one in statistics_codes.choices(statistics_codes.Axis.CHANNEL)],
    }
    return [
        (axis, TITLES[axis].title(language), [(key, axis_title(axis, key)) for key in some])
        for axis, some in keys.items()
    ]


@improvements.get("/new")
def form() -> str:
    """The form of a new plan; an alarm, a cause, an emergency or a review may fill it in."""
    given = {
        name: request.args.get(name, "")[:200] for name in ("title", "axis", "key", "source", "source_id", "follows")
    }
    given["measure"] = f"{given['axis']}:{given['key']}" if given["axis"] and given["key"] else ""
    given["due_on"] = (today() + timedelta(days=30)).isoformat()
    return _form(given)


def _form(given: dict[str, Any]) -> str:
    with deps().database.read() as session:
        departments = session.scalars(select(Department).where(Department.active).order_by(Department.id)).all()
    return render_template(
        "improvement_new.html", given=given, kinds=list(Kind), measures=measures(), departments=departments,
        today=today(),
    )  # fmt: skip


@improvements.post("/new")
def make() -> Response | str:
    """Make a plan."""
    given = request.form
    axis, _colon, key = given.get("measure", "").partition(":")
    try:
        new = NewPlan(
            kind=given.get("kind", ""),
            title=given.get("title", ""),
            cause=given.get("cause", ""),
            plan=given.get("plan", ""),
            owner=given.get("owner", ""),
            due_on=_day("due_on"),
            department_id=given.get("department_id", type=int),
            axis=axis or None,
            key=key or None,
            source=given.get("source") or "own",
            source_id=given.get("source_id", type=int),
            follows_id=given.get("follows", type=int),
        )
        with deps().database.write() as session:
            made = rectifications.make(session, actor(), new, now=deps().now(), today=today())
    except DomainError as error:
        flash(why(error), "error")
        return _form(given.to_dict())
    flash(_("The plan is made; its owner was told."), "success")
    return redirect(url_for("improvements.show", plan_id=made))


@improvements.get("/<int:plan_id>")
def show(plan_id: int) -> str:
    """One plan."""
    with deps().database.read() as session:
        numbers = rules.current(session)
        plan = rectifications.get(session, actor(), plan_id, rules=numbers, today=today())
    return render_template(
        "improvement.html", plan=plan, weeks=numbers.effect_weeks, axes=TITLES, english=chosen_language() == "en",
        makes=may(Action.IMPROVE_PLAN),
    )  # fmt: skip


@improvements.post("/<int:plan_id>")
def move(plan_id: int) -> Response:
    """Take a plan one step on."""
    given = request.form
    try:
        with deps().database.write() as session:
            rectifications.move(
                session, actor(), plan_id, given.get("move", ""), given.get("text", ""),
                version=given.get("version", 0, type=int), rules=rules.current(session), now=deps().now(),
                zone=deps().centre.zone,
            )  # fmt: skip
        flash(_("Written down."), "success")
    except DomainError as error:
        flash(why(error), "error")
    return redirect(url_for("improvements.show", plan_id=plan_id))


@improvements.get("/reviews")
def reviews() -> str:
    """The sittings of departments over the process."""
    with deps().database.read() as session:
        found = process_reviews.reviews(session, actor())
        due = process_reviews.due(session, rules.current(session))
        departments = session.scalars(select(Department).order_by(Department.id)).all()
    return render_template(
        "process_reviews.html",
        reviews=found,
        due=due,
        names={one.id: one.name_en if chosen_language() == "en" else one.name_zh for one in departments},
        departments=[one for one in departments if one.active],
        today=today(),
        since=today() - timedelta(days=90),
        writes=may(Action.IMPROVE_PLAN),
    )


@improvements.post("/reviews")
def hold() -> Response:
    """Write a sitting down."""
    given = request.form
    try:
        new = NewReview(
            held_on=_day("held_on"),
            period_from=_day("period_from"),
            period_to=_day("period_to"),
            department_ids=tuple(int(one) for one in given.getlist("department") if one.isdecimal()),
            people=given.get("people", ""),
            findings=given.get("findings", ""),
            decisions=given.get("decisions", ""),
        )
        with deps().database.write() as session:
            process_reviews.write(session, actor(), new, now=deps().now(), today=today())
        flash(_("The review is written down, with the figures that were looked at."), "success")
    except DomainError as error:
        flash(why(error), "error")
    return redirect(url_for("improvements.reviews"))
