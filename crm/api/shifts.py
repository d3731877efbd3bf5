"""Shifts over the API: the published roster, its gaps, and how shifts were kept."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from flask_smorest import Blueprint

from crm.api import out
from crm.api import shift_schemas as schemas
from crm.api.resources import PREFIX, gives, takes
from crm.db.shifts import AttendanceDay
from crm.domain.errors import InvalidInputError
from crm.domain.rosters import Gap
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import attendance, roster_checks
from crm.services.attendance import Line

api_shifts = Blueprint("api_shifts", __name__, url_prefix=PREFIX, description="Shifts and attendance")
MOST_DAYS = 62
FIRST, LAST = date(2000, 1, 1), date(2200, 1, 1)
_WEEK = timedelta(days=6)


def _days(query: dict[str, Any]) -> tuple[date, date]:
    """The days that are asked for. Raises InvalidInputError."""
    first = query.get("first", deps().now().astimezone(deps().centre.zone).date())
    if not FIRST <= first <= LAST:
        raise InvalidInputError("from", "is out of range")
    last = query.get("last", first + _WEEK)
    if not 0 <= (last - first).days < MOST_DAYS:
        raise InvalidInputError("to", f"must be 1 to {MOST_DAYS} days from the first")
    return first, last


@api_shifts.route("/shifts")
class Shifts(MethodView):
    """The published roster."""

    @takes(schemas.ShiftsQuery, "query")
    @gives(schemas.ShiftList)
    def get(self, query: dict[str, Any]) -> Response:
        """Published shifts of some days: one's own, those of one's section, or everybody's."""
        first, last = _days(query)
        with deps().database.read() as session:
            found = attendance.lines(session, actor(), first, last)
            return jsonify(items=[_shift(one) for one in found], next=None)


def _shift(line: Line) -> dict[str, Any]:
    shift = line.shift
    return {
        "id": shift.id,
        "user": line.user.username,
        "day": shift.day.isoformat(),
        "kind": shift.kind,
        "starts_at": out.instant(shift.starts_at),
        "ends_at": out.instant(shift.ends_at),
        "parts": [
            {
                "activity": str(part.activity),
                "starts_at": out.instant(part.span.begin),
                "ends_at": out.instant(part.span.end),
            }
            for part in roster_checks.parts_of_row(shift)
        ],
    }


@api_shifts.route("/shifts/gaps")
class Gaps(MethodView):
    """What the roster lacks."""

    @takes(schemas.ShiftsQuery, "query")
    @gives(schemas.GapList)
    def get(self, query: dict[str, Any]) -> Response:
        """Every stretch of some days in which too few people are planned, of drafts and published shifts."""
        first, last = _days(query)
        with deps().database.read() as session:
            found = roster_checks.check(session, first, last, deps().centre)
        told = [(one, False) for one in found.gaps] + [(one, True) for one in found.break_gaps]
        items = [_gap(gap, in_breaks=soft) for gap, soft in sorted(told, key=lambda one: one[0].span)]
        return jsonify(items=items, next=None)


def _gap(gap: Gap, *, in_breaks: bool) -> dict[str, Any]:
    return {
        "starts_at": out.instant(gap.span.begin),
        "ends_at": out.instant(gap.span.end),
        "have": gap.have,
        "least": gap.least,
        "for": list(gap.keys),
        "in_breaks": in_breaks,
    }


@api_shifts.route("/attendance")
class Attendance(MethodView):
    """How shifts were kept."""

    @takes(schemas.ShiftsQuery, "query")
    @gives(schemas.AttendanceList)
    def get(self, query: dict[str, Any]) -> Response:
        """Shifts of some days that are over: who came and went when, and how much of the plan was kept."""
        first, last = _days(query)
        with deps().database.read() as session:
            found = attendance.lines(session, actor(), first, last)
            return jsonify(items=[_kept(one, one.day) for one in found if one.day is not None], next=None)


def _kept(line: Line, day: AttendanceDay) -> dict[str, Any]:
    return {
        "shift_id": day.shift_id,
        "user": line.user.username,
        "day": day.day.isoformat(),
        "verdict": day.verdict,
        "came_at": out.instant(day.came_at) if day.came_at else None,
        "went_at": out.instant(day.went_at) if day.went_at else None,
        "planned_time": day.planned / 1000,
        "adhered_time": day.kept / 1000,
        "logged_time": day.logged / 1000,
        "late_time": day.late / 1000,
        "early_time": day.early / 1000,
    }
