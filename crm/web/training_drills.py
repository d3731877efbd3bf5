"""Drills: scenarios, who plays which when, and the way to the card that they are scored on."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.domain.access import Action
from crm.domain.errors import DomainError, ForbiddenError, InvalidInputError
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import assignments, drills
from crm.services.drills import ScenarioText
from crm.web.inputs import instant, whole
from crm.web.training import attempt
from crm.web.training_words import sentence

training_drills = Blueprint("training_drills", __name__, url_prefix="/training/drills")
_FIELDS = ("title_zh", "title_en", "topic", "situation_zh", "situation_en", "caller_zh", "caller_en")


@training_drills.get("/")
def index() -> str:
    """The drills of those whom he may see, the scenarios, and a form for another (``?scenario=``)."""
    return _page(request.args.get("scenario", type=int))


def _page(number: int | None) -> str:
    if not (may(Action.TRAINING_RUN) or may(Action.SCORE)):
        raise ForbiddenError("these roles have nothing to do with drills")
    with deps().database.read() as session:
        found, scenarios = drills.drills(session, actor()), drills.scenarios(session)
        row = drills.load_scenario(session, number) if number else None
        people = assignments.people(session, actor()) if may(Action.TRAINING_RUN) else ()
        session.expunge_all()
    return render_template(
        "training_drills.html", drills=found, scenarios=scenarios, scenario=row, people=people,
        runs=may(Action.TRAINING_RUN), scores=may(Action.SCORE),
    )  # fmt: skip


@training_drills.post("/scenarios")
def scenario() -> Response | str:
    """Keep a scenario."""
    number = whole("scenario")
    text = ScenarioText(**{name: request.form.get(name, "").replace("\r\n", "\n") for name in _FIELDS})
    try:
        with deps().database.write() as session:
            drills.write_scenario(
                session, actor(), text, now=deps().now(), scenario_id=number, version=whole("version") or 0
            )
    except DomainError as error:
        flash(sentence(error), "error")
        return _page(number)
    flash(_("The scenario is kept."), "success")
    return redirect(url_for("training_drills.index"))


@training_drills.post("/")
def plan() -> Response:
    """Plan a drill with somebody."""

    def do(session: Session) -> int:
        at = instant("planned_at")
        if at is None:
            raise InvalidInputError("planned_at", "must be later than now")
        return drills.plan(
            session, actor(), whole("scenario") or 0, whole("person") or 0, planned_at=at,
            caller=request.form.get("caller", ""), now=deps().now(),
        )  # fmt: skip

    attempt(do, _("The drill is planned."))
    return redirect(url_for("training_drills.index"))


@training_drills.post("/<int:drill_id>")
def held(drill_id: int) -> Response:
    """It was played, or is called off."""

    def do(session: Session) -> None:
        version, given = whole("version") or 0, request.form
        if given.get("what") == "call_off":
            drills.call_off(session, actor(), drill_id, version=version, now=deps().now())
            return
        drills.held(
            session, actor(), drill_id, call_id=given.get("call", "").strip() or None, note=given.get("note", ""),
            version=version, now=deps().now(),
        )  # fmt: skip

    attempt(do, _("Written down."))
    return redirect(url_for("training_drills.index"))


@training_drills.post("/<int:drill_id>/score")
def score(drill_id: int) -> Response:
    """Score it on the card."""
    made = attempt(lambda session: drills.score(session, actor(), drill_id, now=deps().now()))
    if made is None:
        return redirect(url_for("training_drills.index"))
    return redirect(f"/evaluations/{made}")
