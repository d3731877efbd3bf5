"""The analysis of complaints: what, why, where, since when; alarms; the same as a sheet and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from crm.documents.analysis_report import report_paper, report_sheets
from crm.domain.access import Action
from crm.domain.analysis import Bar, Outlook, grain_for, vital_few
from crm.domain.axes import TITLES, Axis
from crm.domain.errors import DomainError, InvalidInputError
from crm.domain.tickets import Kind
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import alarm_watch, analysis_reports, hot_topics, process_reviews, rules, statistics
from crm.services.statistics import Slice
from crm.web import pdf_answers
from crm.web.learn_words import axis_title, why
from crm.web.locale import chosen_language

analysis = Blueprint("analysis", __name__, url_prefix="/analysis")
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SPANS = {"30": 30, "90": 90, "365": 365}
_MOST_BARS = 15
_NARROWING = (Axis.BUSINESS, Axis.REASON, Axis.CHANNEL, Axis.REGION, Axis.CAME_BY, Axis.LEVEL, Axis.CATEGORY)


def today() -> date:
    """The centre's day."""
    return deps().now().astimezone(deps().centre.zone).date()


def asked() -> tuple[Slice, str | None]:
    """The slice that the page is asked for, and what is wrong with the question."""
    last, problem = today(), None
    first = last - timedelta(days=_SPANS.get(request.args.get("span", "90"), 90) - 1)
    try:
        first = date.fromisoformat(request.args["first"]) if request.args.get("first") else first
        last = date.fromisoformat(request.args["last"]) if request.args.get("last") else last
    except ValueError:
        problem = _("Write dates as 2026-11-22.")
    narrowed = tuple((axis, request.args[axis][:40]) for axis in _NARROWING if request.args.get(axis))
    kind = request.args.get("kind", Kind.COMPLAINT)
    part = Slice(first, last, kind if kind in set(Kind) else None, narrowed)
    try:
        statistics.check(actor(), part)
    except InvalidInputError as error:
        return Slice(today() - timedelta(days=89), today()), why(error)
    return part, problem


@analysis.get("/")
def show() -> str:
    """Figures, pictures, and the tables that they draw."""
    part, problem = asked()
    with deps().database.read() as session:
        sums, before = statistics.totals(session, part), statistics.totals(session, part.before())
        by = {axis: statistics.ranked(session, part, axis) for axis in analysis_reports.AXES}
        causes, unknown = statistics.causes(session, part)
        points = statistics.over_time(session, part, grain_for(part.first, part.last))
        history, outlook = statistics.weeks(session, replace(part, narrowed=part.narrowed), today())
        growing = {
            axis: statistics.fastest(session, part, axis) for axis in (Axis.BUSINESS, Axis.REASON, Axis.CATEGORY)
        }
        day, topics = hot_topics.current(session, actor())
        alarms = alarm_watch.alarms(session, actor(), waiting=True)
        review_due = process_reviews.due(session, rules.current(session))
    return render_template(
        "analysis.html",
        part=part,
        problem=problem,
        sums=sums,
        before=before,
        by=by,
        axes=TITLES,
        causes=causes,
        unknown=unknown,
        vital=len(vital_few(causes)),
        points=points,
        outlook=outlook,
        pictures=_pictures(by, causes, points, history, outlook),
        growing={axis: bars for axis, bars in growing.items() if bars},
        topics=topics,
        topics_day=day,
        alarms=alarms,
        review_due=review_due,
        review_late=review_due is not None and review_due <= today(),
        plans=may(Action.IMPROVE_PLAN),
        kinds=list(Kind),
        narrowing=_NARROWING,
        query=request.args.to_dict(),
        english=chosen_language() == "en",
    )


def _pictures(
    by: dict[Axis, tuple[Bar, ...]], causes: Sequence[Bar], points: Sequence[tuple[date, int]],
    history: Sequence[tuple[date, int]], outlook: Outlook,
) -> dict[str, Any]:  # fmt: skip
    """What the pictures draw; each stands above the table that says the same."""
    count, before = _("this period"), _("the period before")
    found: dict[str, Any] = {
        str(axis): {
            "kind": "bars", "title": TITLES[axis].title(chosen_language()), "name": count, "beforeName": before,
            "labels": [axis_title(axis, bar.key) for bar in bars[:_MOST_BARS]],
            "values": [bar.count for bar in bars[:_MOST_BARS]],
            "before": [bar.before or 0 for bar in bars[:_MOST_BARS]],
        }
        for axis, bars in by.items()
    }  # fmt: skip
    found["cause"] = {
        "kind": "pareto", "title": _("Root causes"), "name": count, "runningName": _("running share"),
        "labels": [axis_title(Axis.CAUSE, bar.key) for bar in causes[:_MOST_BARS]],
        "values": [bar.count for bar in causes[:_MOST_BARS]],
        "running": [round(bar.running * 100, 1) for bar in causes[:_MOST_BARS]],
    }  # fmt: skip
    found["line"] = {
        "kind": "line", "title": _("Received over time"), "name": _("received"),
        "labels": [day.isoformat() for day, _count in points], "values": [number for _day, number in points],
    }  # fmt: skip
    past = list(history)[-26:]
    gap: list[float | None] = [None] * max(len(past) - 1, 0)
    last = [float(past[-1][1])] if past else []
    found["outlook"] = {
        "kind": "outlook", "title": _("Outlook"), "name": _("received"), "expectedName": _("expected"),
        "rangeName": _("nine weeks of ten"),
        "labels": [week.isoformat() for week, _count in past] + [one.week.isoformat() for one in outlook.weeks],
        "values": [number for _week, number in past],
        "expected": [*gap, *last, *(round(one.expected, 1) for one in outlook.weeks)],
        "low": [number for _week, number in past] + [round(one.low, 1) for one in outlook.weeks],
        "high": [number for _week, number in past] + [round(one.high, 1) for one in outlook.weeks],
    }  # fmt: skip
    return found


@analysis.get("/figures.xlsx")
def sheet() -> Response:
    """The page's figures as a workbook."""
    part, _problem = asked()
    with deps().database.read() as session:
        document = analysis_reports.at_once(session, part)
    content = report_sheets(document, chosen_language(), made_at=deps().now())
    return file_answer(content, SHEET, f"complaints-{part.first}-{part.last}.xlsx")


@analysis.get("/figures.pdf")
def paper() -> Response:
    """The same on paper."""
    part, _problem = asked()
    with deps().database.read() as session:
        document = analysis_reports.at_once(session, part)
    content = report_paper(document, chosen_language(), made_at=deps().now())
    return pdf_answers.pdf(content, f"complaints-{part.first}-{part.last}.pdf")


def file_answer(content: bytes, media_type: str, name: str) -> Response:
    """A file to keep."""
    answer = Response(content, mimetype=media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@analysis.get("/alarms")
def alarms() -> str:
    """Alarms that wait for a decision, and those that somebody decided on."""
    with deps().database.read() as session:
        return render_template(
            "alarms.html",
            waiting=alarm_watch.alarms(session, actor(), waiting=True),
            decided=alarm_watch.alarms(session, actor(), waiting=False),
            axes=TITLES,
            english=chosen_language() == "en",
            numbers=rules.current(session),
            plans=may(Action.IMPROVE_PLAN),
        )


@analysis.post("/alarms/<int:alarm_id>")
def decide(alarm_id: int) -> Answer:
    """Say what an alarm was."""
    given = request.form
    try:
        with deps().database.write() as session:
            acted = given.get("acted") == "1"
            alarm_watch.decide(session, actor(), alarm_id, given.get("note", ""), acted=acted, now=deps().now())
        flash(_("Written down."), "success")
    except DomainError as error:
        flash(why(error), "error")
    return redirect(url_for("analysis.alarms"))
