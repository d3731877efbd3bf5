"""Key figures: the dashboard, its lines, what is behind each figure, and the agent's own month with objections."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.db.departments import Department
from crm.domain.access import Action, Relation, reach
from crm.domain.errors import DomainError, InvalidInputError, NotFoundError
from crm.domain.kpi import FORMULAS, compute_all
from crm.domain.kpi_targets import BENCHMARKS, Part, silenced
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import (
    kpi_behind,
    kpi_figures,
    kpi_months,
    kpi_objections,
    kpi_people,
    kpi_scheme,
    kpi_source_calls,
)
from crm.services.kpi_questions import By, Line, Question, line_of
from crm.services.plan import plan_in_force
from crm.services.sections import SECTION
from crm.web.kpi_words import GROUPS
from crm.web.learn_words import why
from crm.web.locale import chosen_language

kpi = Blueprint("kpi", __name__, url_prefix="/kpi")
_SPANS = {"7": 7, "30": 30, "90": 90}
_LINES = ("offered", "answer_rate", "service_level_20", "speed_of_answer", "handled", "handle_time", "transfer_rate",
          "first_call_resolution", "csat", "quality_score")  # fmt: skip
_NARROWING = ("queue", "agent", "team")


def today() -> date:
    """The centre's day."""
    return deps().now().astimezone(deps().centre.zone).date()


def tabs() -> dict[str, bool]:
    """Which tabs and forms he sees: figures of others, rulings, months and the scheme."""
    others = bool(reach(actor().roles, Action.KPI_READ) & {Relation.ANY, Relation.SECTION})
    return {"others": others, "rules": may(Action.KPI_RULE), "manages": may(Action.KPI_MANAGE)}


def asked() -> Question:
    """The question that a page is asked. Raises InvalidInputError."""
    last = today()
    first = last - timedelta(days=_SPANS.get(request.args.get("span", "30"), 30) - 1)
    try:
        last = date.fromisoformat(request.args["last"]) if request.args.get("last") else last
        first = date.fromisoformat(request.args["first"]) if request.args.get("first") else min(first, last)
        by = By(request.args.get("by") or By.DAY)
    except ValueError:
        raise InvalidInputError("first", _("Write dates as 2026-11-22.")) from None
    narrowed = {name: request.args.get(name, "").strip()[:64] or None for name in _NARROWING}
    return Question(first, last, by, **narrowed)


@kpi.get("/")
def show() -> str:
    """Figures beside their targets, benchmarks and the period before; and the same in lines."""
    problem, sums, before = None, None, None
    rows: tuple[kpi_figures.Row, ...] = ()
    zone, now = deps().centre.zone, deps().now()
    with deps().database.read() as session:
        try:
            question = asked()
            whole = replace(question, by=By.TOTAL)
            sums = kpi_figures.answer(session, actor(), whole, zone=zone, now=now)[0]
            before = kpi_figures.answer(session, actor(), whole.before(), zone=zone, now=now)[0]
            if question.by is not By.TOTAL:
                rows = kpi_figures.answer(session, actor(), question, zone=zone, now=now)
        except DomainError as error:
            problem, question = why(error), Question(today(), today())
        context = _choices(session)
        targets = kpi_scheme.current(session).scheme.targets
    return render_template(
        "kpi.html", question=question, problem=problem, sums=sums, before=before, rows=rows, groups=GROUPS,
        lines=_LINES, targets=targets, benchmarks=BENCHMARKS, behind=_behind_of(question), bys=list(By), **context,
    )  # fmt: skip


def _choices(session: Session) -> dict[str, Any]:
    """What a question can be narrowed to, and the tabs."""
    english = chosen_language() == "en"
    plan = plan_in_force(session)
    queues = {one.name: one.title_en if english else one.title_zh for one in plan.queues} if plan else {}
    sections = session.scalars(select(Department).where(Department.kind == SECTION).order_by(Department.id))
    return {
        "queues": queues,
        "sections": {one.code: one.name_en if english else one.name_zh for one in sections},
        **tabs(),
    }


def _behind_of(question: Question) -> Any:
    """A function that gives the address of what is behind a figure, of the whole or of a line."""

    def address(figure: str, key: str | None = None) -> str:
        line = Line(question) if key is None else line_of(question, key)
        where = {name: getattr(line.question, name) for name in ("first", "last", *_NARROWING)}
        where |= {"hour": line.hour, "weekday": line.weekday}
        return url_for("kpi.behind", figure=figure, **where)

    return address


@kpi.get("/behind")
def behind() -> str:
    """What a figure was made of, a page at a time."""
    figure, problem, page = request.args.get("figure", ""), None, kpi_behind.BehindPage((), None)
    hour, weekday = (request.args.get(name, type=int) for name in ("hour", "weekday"))
    with deps().database.read() as session:
        try:
            question = asked()
            page = kpi_behind.behind(
                session, actor(), question, figure, hour=hour, weekday=weekday,
                cursor=request.args.get("cursor") or None, zone=deps().centre.zone, now=deps().now(),
            )  # fmt: skip
        except DomainError as error:
            problem, question = why(error), Question(today(), today())
        names = {number: name for name, number in kpi_source_calls.user_ids(session).items()}
        context = _choices(session)
    return render_template(
        "kpi_behind.html", question=question, figure=figure if figure in FORMULAS else None, hour=hour, weekday=weekday,
        page=page, problem=problem, names=names, query={k: v for k, v in request.args.items() if k != "cursor"},
        **context,
    )  # fmt: skip


@kpi.get("/mine")
def mine() -> str:
    """An agent's own month: figures, the composite, objections."""
    own, problem = actor(), None
    if own.user_id is None:
        raise NotFoundError("only a person has figures of his own")
    month = request.args.get("month") or f"{today():%Y-%m}"
    with deps().database.read() as session:
        try:
            first, last = kpi_months.days_of(kpi_scheme.checked_month(month))
        except InvalidInputError as error:
            problem, month = why(error), f"{today():%Y-%m}"
            first, last = kpi_months.days_of(month)
        frozen = kpi_months.frozen(session, month)
        scheme = (
            kpi_scheme.by_version(session, frozen.weights_version) if frozen else kpi_scheme.of_month(session, month)
        )
        if frozen:
            person = kpi_objections.standing(session, frozen, own.user_id)
        else:
            person = kpi_people.composites(session, first, last, scheme.scheme).get(own.user_id)
        objections = kpi_objections.of_person(session, own.user_id, month)
        until = kpi_objections.until(session, frozen, deps().centre) if frozen else None
        context = _choices(session)
        months = [one.month for one in kpi_months.freezes(session)]
    figures = silenced(compute_all(person.counts), {Part.PEOPLE}) if person else {}
    return render_template(
        "kpi_mine.html", month=month, months=months, frozen=frozen, person=person, figures=figures, scheme=scheme,
        objections=objections, until=until, objectable=until is not None and deps().now() <= until, problem=problem,
        first=first, last=last, kinds=kpi_objections.FIGURES, targets=scheme.scheme.targets, **context,
    )  # fmt: skip


@kpi.post("/mine/objections")
def object_to() -> Response:
    """Say that a figure of a frozen month is not right."""
    given = request.form
    month = given.get("month", "")
    try:
        with deps().database.write() as session:
            kpi_objections.make(
                session, actor(), month, given.get("figure", ""), given.get("text", ""), given.get("call_id"),
                centre=deps().centre, now=deps().now(),
            )  # fmt: skip
        flash(_("Your objection is written down. Somebody else rules on it."), "success")
    except DomainError as error:
        flash(why(error), "error")
    return redirect(url_for("kpi.mine", month=month))
