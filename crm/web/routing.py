"""The routing plan: queues, opening hours, and who serves what; every change is a version that can be taken back."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.domain.access import Action
from crm.domain.errors import InvalidInputError
from crm.domain.plan_form import FormError, hours_shown, plan_of, with_agents
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import routing as service
from crm.web.words import Words, word
from ivr.plan_check import RANGES, Fault, Problem, problems
from ivr.routing_plan import BUSINESSES, Plan

routing = Blueprint("routing", __name__, url_prefix="/routing")

ERRORS: Words = {
    "hours": lazy_gettext("Write hours as 08:30-12:00, 13:00-20:00."),
    "overlap": lazy_gettext("Two spans of this day overlap."),
    "never_open": lazy_gettext("This queue would never be open: give it hours, or let it always be open."),
    "number": lazy_gettext("This must be a whole number within the limits."),
    "ratio": lazy_gettext("This must be a number such as 3 or 2.5; 0 switches it off."),
    "title": lazy_gettext("A name has 1 to 40 characters."),
    "name": lazy_gettext("A code begins with a small letter and has small letters, digits and _ only."),
    "taken": lazy_gettext("There is a queue with this code already."),
    "business": lazy_gettext("Choose a business."),
    "level": lazy_gettext("A level is 1 (first) to 9 (last), or empty."),
    "no_language": lazy_gettext("Who serves a queue speaks at least one language."),
}


FAULTS: Words = {
    Fault.NO_QUEUE: lazy_gettext("No queue serves this business."),
    Fault.QUEUE_NAME: lazy_gettext("A queue's code is taken twice, or the exchange cannot have it."),
    Fault.UNKNOWN_BUSINESS: lazy_gettext("There is no such business."),
    Fault.UNKNOWN_QUEUE: lazy_gettext("It sends callers on to a queue that there is not."),
    Fault.LOOP: lazy_gettext("It sends callers on in a circle."),
    Fault.NOBODY: lazy_gettext("Nobody who serves it, or where it overflows, speaks this language."),
    Fault.UNKNOWN_AGENT: lazy_gettext("This agent is not here any more, or is named twice."),
    Fault.LEVEL: lazy_gettext("A level is 1 (first) to 9 (last), or empty."),
    Fault.LANGUAGE: lazy_gettext("This language is not served."),
    Fault.OPENING: lazy_gettext("Write hours as 08:30-12:00, 13:00-20:00."),
    Fault.NUMBER: lazy_gettext("This must be a whole number within the limits."),
}


@routing.get("/")
def show() -> str:
    """The plan in force, and its history."""
    with deps().database.write() as session:
        plan = _plan(session)
        return _page(plan, service.versions(session), {}, ())


@routing.post("/")
def save() -> str | Response:
    """A new version, or the same page with what is wrong."""
    form = request.form
    with deps().database.write() as session:
        plan = _plan(session)
        if form.get("version") != str(plan.version):
            flash(
                _("Somebody changed the plan meanwhile. This is his version: look at it, and change it anew."), "error"
            )
            return redirect(url_for("routing.show"))
        wanted, errors = plan_of(plan, form)
        reason = form.get("reason", "").strip()
        if not errors:
            faults = problems(wanted, service.agents_of(session))
            errors = (FormError("plan", " ".join(map(_in_words, faults))),) if faults else ()
        if errors:
            flash(_("Nothing was saved: something is wrong below."), "error")
            return _page(plan, service.versions(session), form, errors)
        made = service.save_plan(session, actor(), wanted, reason, deps().now())
    flash(
        _("Saved as version %(version)s. It is in force within seconds; no call is dropped.", version=made.version),
        "success",
    )
    return redirect(url_for("routing.show"))


@routing.post("/versions/<int:version>/again")
def restore(version: int) -> Response:
    """An earlier version once more, as a new one."""
    reason = _("Back to version %(version)s", version=version)
    try:
        with deps().database.write() as session:
            made = service.restore(session, actor(), version, reason, deps().now())
    except InvalidInputError:
        flash(_("That version does not fit the house any more: somebody in it is gone."), "error")
        return redirect(url_for("routing.show"))
    flash(_("Version %(old)s is in force again, as version %(new)s.", old=version, new=made.version), "success")
    return redirect(url_for("routing.show"))


def _plan(session: Session) -> Plan:
    """The plan in force, with a row for each agent of today."""
    return with_agents(service.ensure_plan(session, deps().now()), service.agents_of(session))


def _in_words(problem: Problem) -> str:
    about = ": ".join(part for part in (problem.about, problem.detail) if part)
    return f"{about} – {word(FAULTS, problem.fault)}"


def _page(plan: Plan, versions: object, form: Mapping[str, str], errors: tuple[FormError, ...]) -> str:
    return render_template(
        "routing.html",
        plan=plan,
        versions=versions,
        form=form,
        errors={error.field: str(ERRORS.get(error.code, error.code)) for error in errors},
        businesses=BUSINESSES,
        limits=RANGES,
        hours_shown=hours_shown,
        edits=may(Action.ROUTING_EDIT),
        weekdays=_weekdays(),
    )


def _weekdays() -> tuple[str, ...]:
    return (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
