"""Calibrations: choose calls and scorers, score, reveal, agree; and how scorers drift."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.domain.access import Action, Role
from crm.domain.calibration import Drift
from crm.domain.errors import DomainError, InvalidInputError
from crm.domain.working_days import end_of
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import appeal_people, calibration_results, calibrations, rules
from crm.services.calibration_results import Drifts
from crm.web import inputs
from crm.web.analysis import today
from crm.web.fairness_words import why

calibration_pages = Blueprint("calibrations", __name__, url_prefix="/calibrations")
_TERM = timedelta(days=7)


@calibration_pages.get("/")
def index() -> str:
    """All of them, the newest first."""
    with deps().database.read() as session:
        rows = calibrations.listing(session, actor())
        found = [(row, calibrations.progress(session, row)) for row in rows]
        return render_template("calibrations.html", found=found, holds=may(Action.CALIBRATE), now=deps().now())


@calibration_pages.get("/new")
def form() -> str:
    """The form of a new one, with calls drawn by lot; another seed draws others."""
    seed = request.args.get("seed") or today().isoformat()
    return _form({"title": _("Calibration %(month)s", month=f"{today():%Y-%m}"), "seed": seed[:40]})


def _form(given: dict[str, Any]) -> str:
    with deps().database.read() as session:
        numbers = rules.current(session)
        proposed = calibrations.propose(
            session, actor(), seed=given["seed"], count=max(numbers.calibration_calls, 5), now=deps().now()
        )
        people = appeal_people.people(session, Role.QA)
        scorers = [(user.username, user.display_name or user.username) for user in people]
    return render_template(
        "calibration_new.html", given=given, proposed=proposed, scorers=scorers, least=numbers.calibration_calls,
        due=given.get("due") or (today() + _TERM).isoformat(), today=today(),
        next_seed=f"{given['seed'].split('+')[0]}+{_again(given['seed']) + 1}",
    )  # fmt: skip


def _again(seed: str) -> int:
    times = seed.partition("+")[2]
    return int(times) if times.isdecimal() else 0


@calibration_pages.post("/new")
def make() -> Response | str:
    """Make it; who scores is told."""
    given = request.form
    more = re.split(r"[\s,;，；]+", given.get("more", ""))
    try:
        last = inputs.day("due")
        if last is None:
            raise InvalidInputError("due", "must be a day")
        due_at = end_of(last, deps().centre.zone)
        with deps().database.write() as session:
            made = calibrations.make(
                session, actor(), given.get("title", ""), [*given.getlist("call"), *more], given.getlist("scorer"),
                due_at=due_at, rules=rules.current(session), now=deps().now(),
            )  # fmt: skip
    except DomainError as error:
        flash(why(error), "error")
        kept = {"title": given.get("title", ""), "seed": given.get("seed", "")[:40] or "1", "due": given.get("due", "")}
        chosen = {"calls": given.getlist("call"), "scorers": given.getlist("scorer"), "more": given.get("more", "")}
        return _form({**kept, **chosen})
    flash(_("The calibration is made; its scorers were told."), "success")
    return redirect(url_for("calibrations.show", number=made))


@calibration_pages.get("/<int:number>")
def show(number: int) -> str:
    """One of them: who is how far; once it is revealed, all that it shows."""
    with deps().database.read() as session:
        row = calibrations.load(session, actor(), number)
        numbers = rules.current(session)
        revealed = row.state == calibrations.REVEALED
        shown = calibration_results.shown(session, actor(), number, numbers) if revealed else None
        return render_template(
            "calibration.html", row=row, progress=calibrations.progress(session, row), shown=shown,
            own=calibrations.own(session, actor(), row), holds=may(Action.CALIBRATE), scores=may(Action.SCORE),
            mine=actor().user_id in {one.user_id for one in row.scorers}, over=deps().now() >= row.due_at,
            readings=calibrations.readings(session, number),
        )  # fmt: skip


@calibration_pages.post("/<int:number>/score")
def score(number: int) -> Response:
    """Begin, or go on with, one of the calls."""
    try:
        with deps().database.write() as session:
            made = calibrations.score(session, actor(), number, request.form.get("call", ""), now=deps().now())
    except DomainError as error:
        flash(why(error), "error")
        return redirect(url_for("calibrations.show", number=number))
    return redirect(url_for("evaluations.show", evaluation_id=made))


@calibration_pages.post("/<int:number>/end")
def end(number: int) -> Response:
    """Reveal it, or call it off."""
    given, cancels = request.form, request.form.get("how") == "cancel"
    act = calibrations.cancel if cancels else calibrations.reveal
    try:
        with deps().database.write() as session:
            act(
                session, actor(), number, given.get("note", ""), version=given.get("version", 0, type=int),
                now=deps().now(),
            )  # fmt: skip
        flash(_("It is called off.") if cancels else _("It is revealed; its scorers were told."), "success")
    except DomainError as error:
        flash(why(error), "error")
    return redirect(url_for("calibrations.show", number=number))


@calibration_pages.post("/<int:number>/readings")
def agree(number: int) -> Response:
    """Write down how an item is read from now on."""
    given = request.form
    try:
        with deps().database.write() as session:
            calibrations.agree(session, actor(), number, given.get("code", ""), given.get("text", ""), now=deps().now())
        flash(_("Written down."), "success")
    except DomainError as error:
        flash(why(error), "error")
    return redirect(url_for("calibrations.show", number=number, _anchor="readings"))


@calibration_pages.get("/drift")
def drift() -> str:
    """How scorers lean against each other, month by month."""
    with deps().database.read() as session:
        numbers = rules.current(session)
        found = calibration_results.drifts(session, actor(), numbers, zone=deps().centre.zone, now=deps().now())
    return render_template("drift.html", found=found, picture=_picture(found), allowed=numbers.calibration_gap)


def _picture(found: Drifts) -> dict[str, Any]:
    def values(one: Drift) -> list[float | None]:
        return [_points(one, month) for month in found.months]

    return {
        "kind": "lines", "title": str(_("How scorers lean")), "labels": list(found.months), "values": [],
        "name": str(_("points")), "unit": "",
        "lines": [{"name": found.names[one.scorer], "values": values(one)} for one in found.scorers],
    }  # fmt: skip


def _points(one: Drift, month: str) -> float | None:
    tenths = one.months.get(month)
    return None if tenths is None else round(float(tenths) / 10, 1)
