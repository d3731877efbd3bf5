"""Plans of training: induction for who comes, periodic for who is there."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.domain.access import Role
from crm.domain.errors import DomainError, InvalidInputError
from crm.domain.training import AssignedKind, Plan, PlanKind, PlanState, PlanStep, thing_of
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import courses, drills, exam_papers, training_plans
from crm.web.inputs import day, whole
from crm.web.knowledge import today
from crm.web.training import attempt
from crm.web.training_words import sentence

plan_pages = Blueprint("training_plans", __name__, url_prefix="/training/plans")
STEPS = 8
"""Rows for steps on the form."""


@plan_pages.get("/")
def index() -> str:
    """All plans, and a form for another, or for one of them (``?plan=``)."""
    return _page(request.args.get("plan", type=int))


def _page(number: int | None) -> str:
    with deps().database.read() as session:
        found = training_plans.plans(session)
        row = training_plans.load(session, number) if number else None
        things = [
            (AssignedKind.COURSE, [(one.id, one) for one in courses.courses(session, only_open=True)]),
            (AssignedKind.EXAM, [(one.id, one.text) for one in exam_papers.papers(session, only_open=True)]),
            (AssignedKind.DRILL, [(one.id, one) for one in drills.scenarios(session)]),
        ]
        steps = list(row.steps) if row else []
        session.expunge_all()
    return render_template(
        "training_plans.html", plans=found, plan=row, things=things, steps=steps + [None] * max(0, STEPS - len(steps)),
        roles=[role.value for role in Role], today=today(),
    )  # fmt: skip


@plan_pages.post("/")
def write() -> Response | str:
    """Keep a plan."""
    number = whole("plan")
    try:
        plan = _plan(number or 0)
        titles = (request.form.get("title_zh", ""), request.form.get("title_en", ""))
        with deps().database.write() as session:
            training_plans.write(session, actor(), plan, titles, now=deps().now(), version=whole("version") or 0)
    except DomainError as error:
        flash(sentence(error), "error")
        return _page(number)
    flash(_("The plan is kept."), "success")
    return redirect(url_for("training_plans.index"))


def _plan(number: int) -> Plan:
    given = request.form
    if given.get("kind") not in set(PlanKind):
        raise InvalidInputError("kind", "must be one of the list")
    return Plan(
        number,
        PlanKind(given["kind"]),
        frozenset(given.getlist("roles")),
        tuple(_steps()),
        day("starts_on") or today(),
        whole("months") or 0,
    )


def _steps() -> list[PlanStep]:
    found = []
    for row in range(STEPS):
        key = request.form.get(f"thing_{row}", "")
        if not key:
            continue
        thing = thing_of(key)
        if thing is None:
            raise InvalidInputError("steps", "must be courses, tests or drills")
        days = whole(f"days_{row}")
        found.append(PlanStep(*thing, 0 if days is None else days))
    return found


@plan_pages.post("/<int:plan_id>/state")
def state(plan_id: int) -> Response:
    """Let it give, or end it."""
    wanted = PlanState.ACTIVE if request.form.get("state") == "active" else PlanState.ENDED
    version = whole("version") or 0
    attempt(
        lambda session: training_plans.set_state(session, actor(), plan_id, wanted, version=version, now=deps().now()),
        _("Done."),
    )
    return redirect(url_for("training_plans.index"))
