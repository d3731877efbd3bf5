"""Kinds of shifts and patterns: the page on which they are made and changed."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.domain.errors import InvalidInputError
from crm.domain.shifts import BREAKS, DAY_MINUTES, Activity, Break, Kind
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import rules
from crm.services import shift_kinds as service
from crm.services.shift_kinds import KindForm
from crm.web import shift_words
from crm.web.shifts import do

shift_kinds = Blueprint("shift_kinds", __name__, url_prefix="/shifts/kinds")
MOST_BREAKS = 5


@shift_kinds.get("/")
def index() -> str:
    """All of them."""
    with deps().database.read() as session:
        found = service.kinds(session)
        chosen = next((one for one in found if one.code == request.args.get("kind")), None)
        patterns = service.patterns(session)
        pattern = next((one for one in patterns if one.id == request.args.get("pattern", type=int)), None)
        return render_template(
            "shift_kinds.html",
            kinds=found,
            by_code={one.code: one for one in found},
            patterns=patterns,
            chosen=chosen,
            pattern=pattern,
            most_breaks=MOST_BREAKS,
            clock=clock,
            numbers=rules.current(session),
            words=shift_words,
        )


def clock(minute: int) -> str:
    """A minute of the day as a clock shows it."""
    return f"{minute % DAY_MINUTES // 60:02d}:{minute % 60:02d}"


def minute_of(name: str, text: str) -> int:
    """A time of the day in minutes. Raises InvalidInputError."""
    hour, _colon, minute = text.strip().partition(":")
    if not (hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60):
        raise InvalidInputError(name, "must be a time of the day, as 07:30")
    return int(hour) * 60 + int(minute)


@shift_kinds.post("/")
def save_kind() -> Response:
    """Make or change a kind of shift. Its end and its breaks are given as times of the clock."""
    form = request.form

    def work(session: Session) -> str:
        begins, ends = minute_of("begins", form.get("begins", "")), minute_of("ends", form.get("ends", ""))
        minutes = (ends - begins) % DAY_MINUTES or DAY_MINUTES
        kind = Kind(form.get("code", "").strip(), begins, minutes, tuple(_breaks(begins)))
        wanted = KindForm(kind, form.get("title_zh", ""), form.get("title_en", ""), form.get("active") == "1")
        service.save_kind(session, actor(), wanted, now=deps().now())
        return str(_("Saved."))

    return do(work, url_for("shift_kinds.index"))


def _breaks(begins: int) -> list[Break]:
    found = []
    for number in range(MOST_BREAKS):
        at, minutes = request.form.get(f"break_at_{number}", ""), request.form.get(f"break_minutes_{number}", type=int)
        name = request.form.get(f"break_kind_{number}", "")
        if at and minutes and name in {str(one) for one in BREAKS}:
            found.append(Break(Activity(name), (minute_of("break", at) - begins) % DAY_MINUTES, minutes))
    return sorted(found, key=lambda one: one.after)


@shift_kinds.post("/patterns")
def save_pattern() -> Response:
    """Make or change a pattern: days apart by spaces, a dash is a day of rest."""
    form = request.form

    def work(session: Session) -> str:
        days = ["" if one in {"-", "–", "—"} else one for one in form.get("days", "").split()]
        service.save_pattern(
            session, actor(), form.get("id", type=int), form.get("title_zh", ""), form.get("title_en", ""), days,
            active=form.get("active") == "1", now=deps().now(),
        )  # fmt: skip
        return str(_("Saved."))

    return do(work, url_for("shift_kinds.index", _anchor="patterns"))
