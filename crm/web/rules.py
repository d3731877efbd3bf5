"""The house's numbers and the public calendar: what is in force, every change a version, what is law marked as law."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import groupby
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.domain.access import Action
from crm.domain.errors import ConflictError, InvalidInputError
from crm.domain.rule_fields import Group, Law, Mark, Spec, Unit
from crm.domain.rules import SPECS, Fault, Problem, Rules
from crm.domain.rules_form import rules_of, shown
from crm.domain.working_days import NoticeError
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import public_calendar
from crm.services import rules as service
from crm.services.jobs import enqueue
from crm.services.term_recount import RECOUNT
from crm.web.locale import chosen_language
from crm.web.words import Words, word

rules = Blueprint("rules", __name__, url_prefix="/rules")
_YEARS_BACK, _YEARS_ON = 1, 2
_MOST_LINES = 20_000

GROUPS: Words = {
    Group.LEGAL: lazy_gettext("Terms of the law"),
    Group.TARGETS: lazy_gettext("Targets of the house"),
    Group.WARNINGS: lazy_gettext("Warnings"),
    Group.APPROVAL: lazy_gettext("Who approves how much"),
    Group.PRIORITY: lazy_gettext("What makes a matter urgent"),
    Group.CUSTOMERS: lazy_gettext("Contact with customers"),
    Group.EMERGENCY: lazy_gettext("Emergencies"),
    Group.ANALYSIS: lazy_gettext("Alarms, effects and reviews"),
    Group.ANALYSIS: lazy_gettext("Analysis and alarms"),
    Group.QUALITY: lazy_gettext("Quality: appeals, calibration, coaching"),
    Group.SHIFTS: lazy_gettext("Shifts, breaks and the clock"),
    Group.RETENTION: lazy_gettext("How long things are kept"),
}
UNITS: Words = {
    Unit.MINUTES: lazy_gettext("minutes"),
    Unit.HOURS: lazy_gettext("hours"),
    Unit.DAYS: lazy_gettext("calendar days"),
    Unit.WORKING_DAYS: lazy_gettext("working days"),
    Unit.MONTHS: lazy_gettext("months"),
    Unit.YEARS: lazy_gettext("years"),
    Unit.PERCENT: lazy_gettext("% of the term"),
    Unit.FEN: lazy_gettext("yuan"),
    Unit.PEOPLE: lazy_gettext("people"),
    Unit.TIMES: lazy_gettext("times"),
    Unit.CALLS: lazy_gettext("calls"),
    Unit.POINTS: lazy_gettext("points"),
    Unit.SHARE: lazy_gettext("% of all"),
    Unit.HUNDREDTHS: lazy_gettext("hundredths"),
    Unit.WEEKS: lazy_gettext("weeks"),
    Unit.PRIORITY: lazy_gettext("(1 is the highest)"),
}
NOTICE_FAULTS: Words = {
    "parts": lazy_gettext("A line has a day, what it is, and a name: 2027-01-01,holiday,New Year"),
    "date": lazy_gettext("This is no day: write it as 2027-01-01."),
    "kind": lazy_gettext("A day is a holiday (放假) or a make-up working day (上班)."),
    "name": lazy_gettext("The name is too long or holds what cannot be printed."),
    "year": lazy_gettext("This day is not in the year that you are entering."),
    "twice": lazy_gettext("This day stands there twice."),
    "makeup_on_workday": lazy_gettext("Only a Saturday or Sunday can be a make-up working day."),
    "no_holiday": lazy_gettext("No holiday is in it; every term would end too early."),
    "too_many": lazy_gettext("There are more days in it than a notice has."),
}


@rules.get("/")
def show() -> str:
    """The numbers in force, and their history."""
    with deps().database.read() as session:
        return _page(session, service.current(session), {}, ())


@rules.post("/")
def save() -> str | Response:
    """A new version, or the same page with what is wrong."""
    form = request.form
    with deps().database.write() as session:
        wanted, wrong = rules_of(service.current(session), form)
        seen = form.get("version", type=int)
        if not wrong and seen is not None:
            try:
                made = service.save(session, actor(), wanted, form.get("reason", ""), seen=seen, now=deps().now())
            except InvalidInputError:
                flash(_("Say why the numbers change."), "error")
            except ConflictError:
                flash(_("Somebody changed the numbers meanwhile. Look at his version, then change it anew."), "error")
            else:
                flash(_("Saved as version %(version)s. What begins from now on counts by it.", version=made), "success")
                return redirect(url_for("rules.show"))
        else:
            flash(_("Nothing was saved: something is wrong below."), "error")
        return _page(session, service.current(session), form, wrong)


@rules.post("/versions/<int:version>/again")
def restore(version: int) -> Response:
    """An earlier version once more, as a new one."""
    reason = _("Back to version %(version)s", version=version)
    with deps().database.write() as session:
        made = service.restore(session, actor(), version, reason, now=deps().now())
    flash(_("Version %(old)s is in force again, as version %(new)s.", old=version, new=made), "success")
    return redirect(url_for("rules.show"))


def _page(session: Session, current: Rules, form: Mapping[str, str], wrong: tuple[Problem, ...]) -> str:
    groups = [(group, list(found)) for group, found in groupby(SPECS.values(), key=lambda spec: spec.group)]
    return render_template(
        "rules.html",
        groups=groups,
        group_words=GROUPS,
        units=UNITS,
        values={
            spec.name: form.get(spec.name, shown(getattr(current, spec.name), spec.unit)) for spec in SPECS.values()
        },
        errors={one.name: _in_words(one) for one in reversed(wrong)},
        form=form,
        limits={spec.name: _limits(spec) for spec in SPECS.values()},
        is_law=lambda spec: spec.law is not None and spec.mark in {Mark.V1, Mark.V2},
        version=service.version(session),
        versions=service.versions(session),
        edits=may(Action.RULES_EDIT),
        **_calendar(session),
    )


def _limits(spec: Spec) -> str:
    """What may be set, in words."""
    least, most = spec.limits
    if spec.law is Law.AT_MOST:
        return str(_("by law at most %(most)s", most=shown(most, spec.unit)))
    if spec.law is Law.AT_LEAST:
        return str(_("by law at least %(least)s", least=shown(least, spec.unit)))
    return str(_("%(least)s to %(most)s", least=shown(least, spec.unit), most=shown(most, spec.unit)))


def _in_words(problem: Problem) -> str:
    spec = SPECS[problem.name]
    if problem.fault is Fault.ORDER:
        other = SPECS[problem.other]
        return str(_("Must not be more than “%(other)s”.", other=_title(other)))
    if problem.fault is Fault.LAW:
        return str(_("The law does not allow this: %(limits)s.", limits=_limits(spec)))
    if problem.fault is Fault.NOT_A_NUMBER:
        return str(_("This is no number: %(limits)s.", limits=_limits(spec)))
    return str(_("Must be %(limits)s.", limits=_limits(spec)))


def _title(spec: Spec) -> str:
    return spec.title_zh if chosen_language() == "zh" else spec.title_en


@rules.post("/calendar")
def enter() -> str | Response:
    """Take in the notice of a year, and count the terms anew that it decides about."""
    form = request.form
    year, source = form.get("year", type=int), form.get("source", "")
    uploaded = request.files.get("file")
    raw = uploaded.read(_MOST_LINES).decode("utf-8-sig", errors="replace") if uploaded and uploaded.filename else ""
    lines = raw or form.get("lines", "")[:_MOST_LINES]
    try:
        with deps().database.write() as session:
            now = deps().now()
            made = public_calendar.enter(session, actor(), year or 0, lines, source, now=now)
            enqueue(
                session, RECOUNT, {"year": year, "by": actor().name}, now=now, unique_key=f"{RECOUNT}:{year}:{made}"
            )
    except (NoticeError, InvalidInputError) as error:
        flash(_("The calendar was not taken in: %(why)s", why=_why(error)), "error")
        with deps().database.read() as session:
            typed = {"year": form.get("year", ""), "source": source, "lines": lines}
            return _page(session, service.current(session), typed, ())
    flash(
        _("Year %(year)s is known, version %(version)s. Open terms are counted anew within a minute.",
          year=year, version=made), "success",
    )  # fmt: skip
    return redirect(url_for("rules.show", _anchor="calendar"))


def _calendar(session: Session) -> dict[str, Any]:
    today: date = deps().now().astimezone(deps().centre.zone).date()
    return {
        "years": public_calendar.years(session, today.year - _YEARS_BACK, today.year + _YEARS_ON),
        "this_year": today.year,
        "notices": public_calendar.history(session),
    }


def _why(error: NoticeError | InvalidInputError) -> str:
    if isinstance(error, NoticeError):
        why = word(NOTICE_FAULTS, error.fault)
        return (
            _("line %(line)s (%(text)s): %(why)s", line=error.line, text=error.text, why=why)
            if error.line
            else str(why)
        )
    return str(_("The year and where it was published are needed."))
