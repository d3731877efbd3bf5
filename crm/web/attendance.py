"""Attendance: who is not where he should be now, how shifts were kept, each shift second by second, and corrections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.domain.errors import InvalidInputError, NotFoundError
from crm.domain.shifts import Span
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import attendance as service
from crm.services import clocking, shift_kinds, shift_people
from crm.web import parts, shift_words
from crm.web.shifts import asked_day, do, today

attendance = Blueprint("attendance", __name__, url_prefix="/attendance")
MOST_DAYS = 62
WIDTH = 1000
_AROUND = timedelta(hours=1)


@attendance.get("/")
def index() -> str:
    """Now, and the days that are over."""
    first = asked_day("first", today() - timedelta(days=6))
    last = min(max(first, asked_day("last", today())), first + timedelta(days=MOST_DAYS - 1))
    department_id = request.args.get("team", type=int)
    with deps().database.read() as session:
        found = service.lines(session, actor(), first, last, department_id=department_id)
        return render_template(
            "attendance.html",
            first=first,
            last=last,
            team=department_id,
            teams=shift_people.teams(session),
            standings=service.standings(session, actor(), deps().now()),
            lines=[one for one in reversed(found) if one.day is not None],
            sums=service.sums(found),
            kinds={row.code: row for row in shift_kinds.kinds(session)},
            words=shift_words,
        )


@dataclass(frozen=True)
class Piece:
    """A stretch of a bar: its kind, where it begins and how wide it is."""

    name: str
    x: float
    width: float


def _piece(name: str, span: Span, whole: Span) -> Piece | None:
    cut = span.within(whole)
    if cut is None:
        return None
    return Piece(
        name, round((cut.begin - whole.begin) / whole.length * WIDTH, 2), round(cut.length / whole.length * WIDTH, 2)
    )


@attendance.get("/<int:shift_id>")
def show(shift_id: int) -> str:
    """One shift: the plan above, what was done below, and every stretch in which they differ."""
    with deps().database.read() as session:
        found = service.of_shift(session, actor(), shift_id, deps().now())
        if found is None:
            raise NotFoundError("there is no such shift")
        user = found.shift.user
        whole = Span(found.shift.starts_at, found.shift.ends_at)
        near = Span(whole.begin - _AROUND, whole.end + _AROUND)
        plan = [_piece(str(one.activity), one.span, whole) for one in found.adherence.plan]
        done = [_piece(one.state, one.span, whole) for one in found.states]
        gone = [_piece("gone", one, whole) for one in found.gone]
        return render_template(
            "attendance_shift.html",
            found=found,
            user=user,
            plan=[one for one in (*plan, *gone) if one is not None],
            done=[one for one in done if one is not None],
            clocked=clocking.events_of(session, user.id, near),
            excused=clocking.excused_of(session, user.id, near),
            corrects=shift_people.may_plan(session, actor(), user.id),
            over=found.shift.ends_at <= deps().now(),
            width=WIDTH,
            words=shift_words,
        )


def _page(shift_id: int) -> str:
    return url_for("attendance.show", shift_id=shift_id)


def _user_of(session: Session, shift_id: int) -> int:
    found = service.of_shift(session, actor(), shift_id, deps().now())
    if found is None:
        raise NotFoundError("there is no such shift")
    return found.shift.user_id


@attendance.post("/<int:shift_id>/clock")
def correct(shift_id: int) -> Response:
    """Say when somebody came or went."""
    form = request.form

    def work(session: Session) -> str:
        clocking.correct(
            session, actor(), _user_of(session, shift_id), parts.local_instant("at", form.get("at", "")),
            form.get("kind", ""), form.get("reason", ""), now=deps().now(),
        )  # fmt: skip
        return str(_("Corrected, and reckoned anew."))

    return do(work, _page(shift_id))


@attendance.post("/<int:shift_id>/excuse")
def excuse(shift_id: int) -> Response:
    """Do not hold some time against somebody."""
    form = request.form

    def work(session: Session) -> str:
        begin = parts.local_instant("starts_at", form.get("starts_at", ""))
        end = parts.local_instant("ends_at", form.get("ends_at", ""))
        if end <= begin:
            raise InvalidInputError("ends_at", "must lie after the beginning, and within a year")
        clocking.excuse(
            session, actor(), _user_of(session, shift_id), Span(begin, end), form.get("reason", ""), now=deps().now()
        )
        return str(_("Excused, and reckoned anew."))

    return do(work, _page(shift_id))


@attendance.post("/<int:shift_id>/excuse/<int:excused_id>/lift")
def lift(shift_id: int, excused_id: int) -> Response:
    """Take an excuse back."""

    def work(session: Session) -> str:
        clocking.lift(session, actor(), excused_id, now=deps().now())
        return str(_("Taken back, and reckoned anew."))

    return do(work, _page(shift_id))
