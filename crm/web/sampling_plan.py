"""The plan of sampling: quotas, risk rules, claims, listed words; every change a version. And first days at work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.domain.access import Action
from crm.domain.errors import ConflictError, InvalidInputError
from crm.domain.sampling_plan import NUMBERS, Fault, Plan, Problem, from_form
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import sampling_plans as service
from crm.services import sampling_population as population
from crm.web.locale import chosen_language
from crm.web.words import Words, word

sampling_plan = Blueprint("sampling_plan", __name__, url_prefix="/sampling/plan")
GROUPS: Mapping[str, tuple[str, ...]] = {
    "quotas": ("veteran_least", "veteran_most", "newcomer_least", "newcomer_most", "newcomer_days", "least_talk",
               "draw_after"),
    "risk": ("silence_seconds", "silence_percent", "words_percent", "repeat_percent", "repeat_calls", "repeat_hours",
             "low_survey"),
    "work": ("claims", "claim_hours", "due_days", "risk_due_days"),
    "pace": ("slow_zh", "fast_zh", "slow_en", "fast_en"),
}  # fmt: skip
GROUP_WORDS: Words = {
    "quotas": lazy_gettext("How many calls of whom"),
    "risk": lazy_gettext("What counts as risk"),
    "work": lazy_gettext("Claims and terms"),
    "pace": lazy_gettext("How fast an agent speaks"),
}
UNITS: Words = {
    "calls": lazy_gettext("calls"),
    "days": lazy_gettext("days"),
    "hours": lazy_gettext("hours"),
    "seconds": lazy_gettext("seconds"),
    "percent": lazy_gettext("percent"),
    "points": lazy_gettext("points"),
    "per_minute": lazy_gettext("a minute"),
}


@sampling_plan.get("/")
def show() -> str:
    """The plan in force, and its history."""
    with deps().database.read() as session:
        return _page(session, _filled(service.current(session)), ())


@sampling_plan.post("/")
def save() -> str | Response:
    """A new version, or the same page with what is wrong."""
    form = request.form
    plan, wrong = from_form(form)
    seen = form.get("version", type=int)
    with deps().database.write() as session:
        if wrong or seen is None:
            flash(_("Nothing was saved: something is wrong below."), "error")
            return _page(session, form, wrong)
        try:
            made = service.save(session, actor(), plan, form.get("reason", ""), seen=seen, now=deps().now())
        except ConflictError:
            flash(_("Somebody changed the plan meanwhile. Look at his version, then change it anew."), "error")
            return _page(session, _filled(service.current(session)), ())
        except InvalidInputError:
            flash(_("Say why the plan changes."), "error")
            return _page(session, form, ())
    flash(_("Saved as version %(version)s.", version=made), "success")
    return redirect(url_for("sampling_plan.show"))


@sampling_plan.post("/starts/<int:user_id>")
def start(user_id: int) -> Response:
    """Write down somebody's first day."""
    today = deps().now().astimezone(deps().centre.zone).date()
    try:
        given = date.fromisoformat(request.form.get("started_on", ""))
        with deps().database.write() as session:
            service.set_start(session, actor(), user_id, given, today=today, now=deps().now())
    except (ValueError, InvalidInputError):
        flash(_("This is no first day at work: %(day)s", day=request.form.get("started_on", "")[:20]), "error")
    else:
        flash(_("Written down."), "success")
    return redirect(url_for("sampling_plan.show", _anchor="starts"))


def _filled(plan: Plan) -> dict[str, str]:
    values = {name: str(getattr(plan, name)) for name in NUMBERS}
    return values | {f"words_{language}": "\n".join(said) for language, said in plan.words.items()}


def _page(session: Session, form: Mapping[str, str], wrong: Iterable[Problem]) -> str:
    zone = deps().centre.zone
    agents = population.agents(session)
    week_quotas = service.current(session).quotas
    today = deps().now().astimezone(zone).date()
    return render_template(
        "sampling_plan.html",
        groups=[(word(GROUP_WORDS, name), names) for name, names in GROUPS.items()],
        numbers=NUMBERS,
        units=UNITS,
        values=form,
        errors={one.name: _in_words(one) for one in reversed(list(wrong))},
        version=service.version(session),
        versions=service.versions(session),
        edits=may(Action.SAMPLING_PLAN),
        agents=list(agents.values()),
        starts=service.starts(session, agents, zone),
        newcomer_days=week_quotas.newcomer_days,
        today=today,
        english=chosen_language() == "en",
        samples_here=may(Action.SCORE),
    )


def _in_words(problem: Problem) -> str:
    limits = NUMBERS.get(problem.name)
    if problem.fault is Fault.TOO_MANY_WORDS:
        return str(_("At most 200 words."))
    if problem.fault is Fault.LONG_WORD:
        return str(_("This word is too long: %(word)s", word=problem.other))
    if problem.fault is Fault.ORDER:
        other = NUMBERS[problem.other]
        return str(_("Must not be more than “%(other)s”.",
                     other=other.title_en if chosen_language() == "en" else other.title_zh))  # fmt: skip
    if limits is None:
        return ""
    return str(_("Must be a whole number from %(low)s to %(high)s.", low=limits.low, high=limits.high))
