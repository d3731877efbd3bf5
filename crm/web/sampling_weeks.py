"""The sampling of a week: how far it has come, as a page and as a sheet; and the draw, which anybody can make again."""

from __future__ import annotations

import json
from fractions import Fraction

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from crm.documents.sheets import Cell, Column, Table, comma_separated, workbook
from crm.domain.access import Action
from crm.domain.errors import DomainError, InvalidInputError, NotFoundError
from crm.domain.sampling import Week
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import quality_candidates, sampling_draws
from crm.services.sampling_coverage import Coverage, coverage
from crm.services.sampling_plans import check_planner
from crm.web import sampling_words as words
from crm.web.analysis import SHEET, file_answer
from crm.web.quality_words import refusal
from crm.web.sampling import item_titles
from crm.web.words import word

sampling_weeks = Blueprint("sampling_weeks", __name__, url_prefix="/sampling/weeks")
_CSV = "text/csv; charset=utf-8"


def _this_week() -> Week:
    return Week.of(deps().now().astimezone(deps().centre.zone).date())


def _asked() -> tuple[Week, bool]:
    """The week that the page is asked for, by default the last one; and whether the question was understood."""
    text = request.args.get("week", "").strip()
    try:
        return (Week.parse(text) if text else _this_week().before), True
    except InvalidInputError:
        return _this_week().before, False


def _report(week: Week) -> Coverage:
    with deps().database.read() as session:
        return coverage(session, actor(), week, zone=deps().centre.zone, now=deps().now())


@sampling_weeks.get("/")
def index() -> str:
    """How far a week has come: agents, risk rules, scorers; and how often the machine was right."""
    week, understood = _asked()
    if not understood:
        flash(_("Write a week as 2026-W47."), "error")
    report = _report(week)
    with deps().database.read() as session:
        known = sampling_draws.weeks(session, zone=deps().centre.zone)
        since = week.before.before.before.bounds(deps().centre.zone)[0]
        records = quality_candidates.records(session, since) if may(Action.SCORE) else ()
        titles = item_titles(session)
    return render_template(
        "sampling_week.html",
        report=report,
        week=week,
        weeks=[view.week for view in known],
        this_week=_this_week(),
        records=records,
        standing_tones=words.STANDING_TONES,
        samples_here=may(Action.SCORE),
        item_titles=titles,
    )


@sampling_weeks.get("/sheet")
def sheet() -> Response:
    """The same as a workbook, or as text with commas."""
    week, _understood = _asked()
    tables = _tables(_report(week))
    if request.args.get("as") == "csv":
        return file_answer(comma_separated(tables), _CSV, f"sampling-{week}.csv")
    title = _("Sampling of week %(week)s", week=str(week))
    return file_answer(workbook(tables, title=title, made_at=deps().now()), SHEET, f"sampling-{week}.xlsx")


def _share(value: Fraction | None) -> Cell:
    return "–" if value is None else float(value)


def _tables(report: Coverage) -> list[Table]:
    heading = _("Sampling of week %(week)s", week=str(report.week))
    counts = (
        _("Calls"),
        _("Drawn"),
        _("Scored"),
        _("Cannot be scored"),
        _("At risk beside the draw"),
        _("Of these scored"),
        _("Late"),
    )
    agents = Table(
        _("Agents"), heading,
        [
            Column(_("Agent"), width=22), Column(_("New"), width=8), Column(_("At least"), "count", 10),
            Column(_("With time"), "count", 10), *(Column(str(one), "count", 12) for one in counts),
            Column(_("Share of calls"), "share", 12), Column(_("Standing"), width=14),
        ],
        [
            (
                f"{one.name} ({one.agent})", _("yes") if one.newcomer else "", one.quota.least, one.quota.most,
                one.calls, one.drawn, one.scored, one.excused, one.at_risk, one.at_risk_scored, one.late,
                _share(one.share), str(word(words.STANDINGS, one.standing)),
            )
            for one in report.agents
        ],
    )  # fmt: skip
    rules = Table(
        _("Risk rules"), heading,
        [
            Column(_("Risk rule"), width=22), Column(_("To be scored"), "share", 14), Column(_("Named"), "count", 10),
            Column(_("Taken"), "count", 10), Column(_("Scored"), "count", 10), Column(_("Share scored"), "share", 10),
        ],
        [
            (str(word(words.REASONS, one.rule)), one.percent / 100, one.named, one.taken, one.scored, _share(one.share))
            for one in report.rules
        ],
    )  # fmt: skip
    scorers = Table(
        _("Scorers"), heading,
        [Column(_("Scorer"), width=22), Column(_("Scored"), "count"), Column(_("Claimed"), "count")],
        [(one.name, one.scored, one.claimed) for one in report.scorers],
    )  # fmt: skip
    return [agents, rules, scorers]


def _week(text: str) -> Week:
    try:
        return Week.parse(text)
    except InvalidInputError as error:
        raise NotFoundError("there is no such week") from error


@sampling_weeks.get("/<week>/draw")
def draw(week: str) -> str:
    """The draw of a week, made again beside what was kept."""
    asked = _week(week)
    with deps().database.read() as session:
        view = sampling_draws.one_week(session, asked, zone=deps().centre.zone)
        frames = sampling_draws.frames(session, actor(), asked)
        again = sampling_draws.again(session, actor(), asked, zone=deps().centre.zone) if view.seed else []
    by_agent = {one.agent: one for one in again}
    return render_template(
        "sampling_draw.html",
        view=view,
        week=asked,
        frames=frames,
        again=by_agent,
        holds=all(one.holds for one in again),
        over=deps().now() >= asked.bounds(deps().centre.zone)[1],
        plans=may(Action.SAMPLING_PLAN),
        samples_here=may(Action.SCORE),
    )


@sampling_weeks.post("/<week>/draw")
def draw_now(week: str) -> Answer:
    """Draw a week that is over before its time comes."""
    asked = _week(week)
    try:
        check_planner(actor())
        with deps().database.write() as session:
            drawn = sampling_draws.draw(
                session, asked, zone=deps().centre.zone, now=deps().now(), by=actor().name
            )  # fmt: skip
    except DomainError as error:
        flash(refusal(error), "error")
    else:
        flash(_("%(count)s calls were drawn.", count=drawn), "success")
    return redirect(url_for("sampling_weeks.draw", week=str(asked)))


@sampling_weeks.get("/<week>/draw.json")
def draw_file(week: str) -> Response:
    """All that is needed to make the draw again with another tool."""
    asked = _week(week)
    with deps().database.read() as session:
        view = sampling_draws.one_week(session, asked, zone=deps().centre.zone)
        frames = sampling_draws.frames(session, actor(), asked)
    document = {
        "week": str(asked), "commitment": view.commitment, "seed": view.seed, "digest": view.digest,
        "lot": "SHA-256 of: seed, 'draw', agent, call, with a line feed between; the smallest are drawn",
        "agents": [
            {
                "agent": one.agent, "least": one.least, "most": one.most, "calls": one.call_ids, "drawn": one.drawn,
                "digest": one.digest,
            }
            for one in frames
        ],
    }  # fmt: skip
    content = json.dumps(document, ensure_ascii=False, indent=1).encode()
    return file_answer(content, "application/json", f"draw-{asked}.json")
