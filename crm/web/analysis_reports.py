"""Reports of months and years: frozen figures, the disclosure table, as a page, a sheet and on paper."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from crm.documents.analysis_report import (
    Words,
    axis_rows,
    cause_rows,
    heading,
    percent,
    report_paper,
    report_sheets,
    seal_line,
    summary_rows,
)
from crm.domain.access import Action
from crm.domain.axes import TITLES, Axis
from crm.domain.errors import DomainError
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import analysis_reports as service
from crm.services.analysis_reports import ReportView
from crm.web import pdf_answers
from crm.web.analysis import SHEET, file_answer
from crm.web.learn_words import why
from crm.web.locale import chosen_language

analysis_reports = Blueprint("analysis_reports", __name__, url_prefix="/reports")


@analysis_reports.get("/")
def index() -> str:
    """The reports there are, and the form for another edition."""
    with deps().database.read() as session:
        found = service.reports(session, actor())
    return render_template("reports.html", reports=found, makes=may(Action.REPORT_MAKE))


@analysis_reports.post("/")
def make() -> Answer:
    """Freeze the figures of a period."""
    span = request.form.get("span", "")
    period = request.form.get("month" if span == "month" else "year", "").strip()
    try:
        with deps().database.write() as session:
            made = service.make(session, actor(), span, period, zone=deps().centre.zone, now=deps().now())
        flash(_("The figures are frozen as a new edition."), "success")
    except DomainError as error:
        flash(why(error), "error")
        return redirect(url_for("analysis_reports.index"))
    return redirect(url_for("analysis_reports.show", report_id=made))


@analysis_reports.get("/<int:report_id>")
def show(report_id: int) -> str:
    """One report with its tables."""
    language = chosen_language()
    one = _get(report_id)
    return render_template(
        "report.html",
        report=one,
        d=one.document,
        title=heading(one.document, language),
        summary=summary_rows(one.document, language),
        tables={
            TITLES[axis].title(language): axis_rows(one.document, axis, language)
            for axis in map(Axis, one.document["by"])
        },
        causes=cause_rows(one.document, language),
        percent=percent,
        w=Words(language),
    )


def _get(report_id: int) -> ReportView:
    with deps().database.read() as session:
        return service.get(session, actor(), report_id)


def _seal(one: ReportView) -> str:
    at = f"{one.made_at.astimezone(deps().centre.zone):%Y-%m-%d %H:%M}"
    return seal_line(chosen_language(), at=at, edition=one.edition, sha256=one.sha256)


@analysis_reports.get("/<int:report_id>.xlsx")
def sheet(report_id: int) -> Response:
    """One report as a workbook."""
    one = _get(report_id)
    content = report_sheets(one.document, chosen_language(), made_at=one.made_at, seal=_seal(one))
    return file_answer(content, SHEET, f"report-{one.period}-{one.edition}.xlsx")


@analysis_reports.get("/<int:report_id>.pdf")
def paper(report_id: int) -> Response:
    """One report on paper."""
    one = _get(report_id)
    content = report_paper(one.document, chosen_language(), made_at=one.made_at, seal=_seal(one))
    return pdf_answers.pdf(content, f"report-{one.period}-{one.edition}.pdf")
