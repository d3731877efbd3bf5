"""Months of key figures for those who keep them: freeze, compare, rule on objections, set the scheme."""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.domain.errors import DomainError, InvalidInputError
from crm.domain.kpi import FORMULAS, UNITS, Unit, compute_all
from crm.domain.kpi_composite import Share
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import kpi_months, kpi_objections, kpi_people, kpi_scheme
from crm.web.kpi import tabs, today
from crm.web.kpi_words import FIGURES
from crm.web.learn_words import why
from crm.web.words import word

kpi_keeping = Blueprint("kpi_keeping", __name__, url_prefix="/kpi")
MONTHS_BACK = 12
_MOST_DIFFERENCES = 200
_DECIMAL = re.compile(r"\A[0-9]{1,9}(\.[0-9]{1,4})?\Z")
"""A limit as people write one. A power of ten (1e400) would be no number that anybody could show again."""


@kpi_keeping.get("/months")
def months() -> str:
    """Months that are over: frozen, being frozen, open."""
    with deps().database.read() as session:
        frozen = {one.month: one for one in kpi_months.freezes(session)}
        waiting = kpi_months.waiting(session)
    past, day = [], today().replace(day=1)
    for _back in range(MONTHS_BACK):
        day = (day - timedelta(days=1)).replace(day=1)
        past.append(f"{day:%Y-%m}")
    listed = sorted({*past, *frozen}, reverse=True)
    return render_template("kpi_months.html", listed=listed, frozen=frozen, waiting=waiting, **tabs())


@kpi_keeping.post("/months")
def freeze() -> Response:
    """Ask for a month to be frozen."""
    given = request.form
    try:
        with deps().database.write() as session:
            month, note = given.get("month", ""), given.get("note", "")
            kpi_months.ask(session, actor(), month, note, today=today(), now=deps().now())
        flash(_("The month is counted anew and fixed: this takes a moment."), "success")
    except DomainError as error:
        flash(why(error), "error")
    return redirect(url_for("kpi_keeping.months"))


@kpi_keeping.get("/months/<month>")
def month(month: str) -> str:
    """A frozen month: whether it is whole, what it says of everybody, what is counted differently today."""
    with deps().database.read() as session:
        found = kpi_months.load(session, month)
        differences = kpi_months.compare(session, found)
        people = []
        for row in kpi_months.rows_of(session, found, kpi_months.COMPOSITE):
            then = kpi_people.from_document(row.document)
            stands = kpi_objections.standing(session, found, int(row.key)) or then
            people.append((kpi_months.title_of(session, row.axis, row.key), then, stands))
        house = kpi_months.sums_of(session, found, kpi_months.HOUSE).get("", {})
        titles = {
            (one.axis, one.key): kpi_months.title_of(session, one.axis, one.key)
            for one in differences[:_MOST_DIFFERENCES]
        }
        whole = kpi_months.is_whole(session, found)
        scheme = kpi_scheme.by_version(session, found.weights_version)
    return render_template(
        "kpi_month.html", found=found, whole=whole, people=people, figures=compute_all(house), scheme=scheme,
        differences=differences[:_MOST_DIFFERENCES], differing=len(differences), titles=titles, **tabs(),
    )  # fmt: skip


@kpi_keeping.get("/objections")
def objections() -> str:
    """Objections that wait for a ruling, and those that are decided."""
    with deps().database.read() as session:
        waiting, decided = kpi_objections.to_rule(session, actor())
    return render_template("kpi_objections.html", waiting=waiting, decided=decided, now=deps().now(), **tabs())


@kpi_keeping.post("/objections/<int:objection_id>")
def rule(objection_id: int) -> Response:
    """Decide on one."""
    given = request.form
    try:
        with deps().database.write() as session:
            kpi_objections.rule(
                session, actor(), objection_id, given.get("answer", ""), upheld=given.get("upheld") == "1",
                left_out=given.get("left_out", "").replace(",", "\n").splitlines(), centre=deps().centre,
                now=deps().now(),
            )  # fmt: skip
        flash(_("Written down."), "success")
    except DomainError as error:
        flash(why(error), "error")
    return redirect(url_for("kpi_keeping.objections"))


@kpi_keeping.get("/scheme")
def scheme() -> str:
    """How the composite is made and what figures are held against, with all versions."""
    with deps().database.read() as session:
        versions = kpi_scheme.history(session)
    return render_template(
        "kpi_scheme.html", versions=versions, current=versions[0], shares=list(Share), figures=list(FORMULAS),
        units=UNITS, shown=_shown, this_month=f"{today():%Y-%m}", **tabs(),
    )  # fmt: skip


def _shown(name: str, limit: Fraction | None) -> str:
    """A limit as it is typed: a share in per cent."""
    if limit is None:
        return ""
    number = float(limit * 100 if UNITS[name] is Unit.SHARE else limit)
    return f"{number:.4f}".rstrip("0").rstrip(".")


@kpi_keeping.post("/scheme")
def change() -> Response:
    """Set a new version."""
    given = request.form
    try:
        with deps().database.write() as session:
            kpi_scheme.change(
                session, actor(), _document(), first_month=given.get("first_month", ""),
                reason=given.get("reason", ""), expected=_whole(given.get("expected", "")), now=deps().now(),
                today=today(),
            )  # fmt: skip
        flash(_("The new version is kept."), "success")
    except DomainError as error:
        flash(_refusal(error), "error")
    return redirect(url_for("kpi_keeping.scheme"))


def _refusal(error: DomainError) -> str:
    """Why the scheme is not kept, and which figure's limits are meant."""
    name = error.field.removeprefix("target_") if isinstance(error, InvalidInputError) else ""
    if name not in FIGURES:
        return why(error)
    return str(_("%(field)s: %(why)s", field=word(FIGURES, name), why=why(error)))


def _document() -> dict[str, Any]:
    given = request.form
    numbers = ("volume_cap", "complaint_cost", "fatal_cap", "least_counted")
    targets = {}
    for name in FORMULAS:
        limits = [_limit(name, given.get(f"{name}_{side}", "")) for side in ("low", "high")]
        if limits != [None, None]:
            targets[name] = limits
    return {
        "weights": {share.value: _whole(given.get(f"weight_{share}", "")) for share in Share},
        **{name: _whole(given.get(name, "")) for name in numbers},
        "targets": targets,
    }


def _whole(text: str) -> int:
    """A whole number; what is none is refused by the scheme as -1."""
    return int(text) if text.isdecimal() and len(text) < 7 else -1


def _limit(name: str, text: str) -> str | None:
    if not text.strip():
        return None
    if not _DECIMAL.match(text.strip()):
        raise InvalidInputError(f"target_{name}", "must be a number")
    number = Fraction(text.strip())
    return str(number / 100 if UNITS[name] is Unit.SHARE else number)
