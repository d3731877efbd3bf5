"""The roster: a week of people and days; shifts given and taken away, patterns rolled out, checked and published."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.db.people import User
from crm.domain.access import Action
from crm.domain.errors import DomainError, InvalidInputError, NotFoundError
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import leaves, roster_checks, rosters, shift_kinds, shift_people, shift_swaps
from crm.services.rosters import Fill
from crm.web import parts, shift_words
from crm.web.inputs import wholes
from crm.web.shift_words import said

shifts = Blueprint("shifts", __name__, url_prefix="/shifts")
FIRST, LAST = date(2000, 1, 1), date(2200, 1, 1)
"""Days beyond these are mistakes of typing."""


def today() -> date:
    """The day on the centre's calendar."""
    return deps().now().astimezone(deps().centre.zone).date()


def day_of(name: str, text: str | None, default: date) -> date:
    """A day of the address or of a form; what cannot be read in an address is the default."""
    if not text:
        return default
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(name, "must be a date") from error
    if not FIRST <= found <= LAST:
        raise InvalidInputError(name, "lies too far away")
    return found


def asked_day(name: str, default: date) -> date:
    """A day of the address; what cannot be read is the default."""
    try:
        return day_of(name, request.args.get(name), default)
    except InvalidInputError:
        return default


@shifts.get("/")
def index() -> str:
    """A week: who works when, and what is wrong with it."""
    centre, now = deps().centre, deps().now()
    first = rosters.monday_of(asked_day("week", today()))
    department_id = request.args.get("team", type=int)
    with deps().database.read() as session:
        week = rosters.week(session, actor(), first, centre, department_id=department_id)
        kinds = shift_kinds.kinds(session)
        chosen = _chosen(session, week)
        return render_template(
            "shifts.html",
            week=week,
            kinds={row.code: row for row in kinds},
            usable=[row for row in kinds if row.active],
            patterns=shift_kinds.patterns(session, only_active=True),
            checked=roster_checks.check(session, week.days[0], week.days[-1], centre),
            people={one.id: one.display_name or one.username for one in week.people},
            teams=shift_people.teams(session),
            team=department_id,
            chosen=chosen,
            events=rosters.history(session, actor(), chosen[0].id) if chosen else (),
            drafts=sum(one.state == "draft" for rows in week.shifts.values() for one in rows),
            publications=rosters.publications(session, 5),
            queue_title=parts.queue_titles(session),
            now=now,
            today=today(),
            step=timedelta(days=7),
            words=shift_words,
        )


def _chosen(session: Session, week: rosters.Week) -> tuple[User, date] | None:
    """The person and the day that a cell was opened for."""
    user = next((one for one in week.people if one.id == request.args.get("user", type=int)), None)
    day = asked_day("day", week.first)
    if user is None or day not in week.days or not shift_people.within(session, actor(), user.id, Action.SHIFT_PLAN):
        return None
    return user, day


def do(work: Callable[[Session], str], address: str) -> Response:
    """Do something in a transaction, and say what came of it on the page that it was asked on."""
    try:
        with deps().database.write() as session:
            told = work(session)
        flash(told, "success")
    except NotFoundError:
        raise
    except DomainError as error:
        flash(said(error), "error")
    return redirect(address)


def _back() -> str:
    """The week that the form was on."""
    return url_for("shifts.index", week=request.form.get("week") or None, team=request.form.get("team") or None)


@shifts.post("/")
def give() -> Response:
    """Give somebody a shift, or another one."""
    form = request.form

    def work(session: Session) -> str:
        day = day_of("day", form.get("day"), today())
        rosters.assign(
            session, actor(), form.get("user", 0, type=int), day, form.get("kind", ""), centre=deps().centre,
            now=deps().now(), replaces=form.get("replaces", type=int), version=form.get("version", type=int),
        )  # fmt: skip
        return str(_("The shift is on the roster."))

    return do(work, _back())


@shifts.post("/<int:shift_id>/away")
def take_away(shift_id: int) -> Response:
    """Take a shift away."""
    form = request.form

    def work(session: Session) -> str:
        rosters.cancel(
            session, actor(), shift_id, reason=form.get("reason", ""), now=deps().now(),
            version=form.get("version", type=int),
        )  # fmt: skip
        return str(_("The shift was taken away."))

    return do(work, _back())


@shifts.post("/fill")
def fill() -> Response:
    """Roll a pattern out."""
    form = request.form

    def work(session: Session) -> str:
        wanted = Fill(
            form.get("pattern", 0, type=int),
            tuple(wholes("people")),
            day_of("first", form.get("first"), today()),
            day_of("last", form.get("last"), today()),
            form.get("offset", 1, type=int) - 1,
            form.get("step", 1, type=int),
        )
        done = rosters.fill(session, actor(), wanted, centre=deps().centre, now=deps().now())
        made = _("Shifts made: %(count)s.", count=done.made)
        left = _(" Left out: %(count)s, since something was there already or it is over.", count=done.left_out)
        return f"{made}{left if done.left_out else ''}"

    return do(work, _back())


@shifts.post("/publish")
def publish() -> Response:
    """Publish the drafts of some days."""
    form = request.form

    def work(session: Session) -> str:
        first = day_of("first", form.get("first"), today())
        last = day_of("last", form.get("last"), first)
        done = rosters.publish(
            session, actor(), first, last, centre=deps().centre, now=deps().now(), reason=form.get("reason", "")
        )
        return str(_("Published: %(shifts)s shifts of %(people)s people, who were told.",
                     shifts=done.shifts, people=done.people))  # fmt: skip

    return do(work, f"{_back()}#publish")


@shifts.get("/requests")
def requests() -> str:
    """Leave and swaps that wait for a decision."""
    with deps().database.read() as session:
        swaps = shift_swaps.waiting(session, actor())
        asked = leaves.waiting(session, actor())
        return render_template(
            "shift_requests.html",
            swaps=[(one, shift_swaps.after(session, one)) for one in swaps],
            leaves=[(one, leaves.shifts_during(session, one)) for one in asked],
            kinds={row.code: row for row in shift_kinds.kinds(session)},
            words=shift_words,
        )


@shifts.post("/leave/<int:leave_id>")
def decide_leave(leave_id: int) -> Response:
    """Grant or refuse leave."""
    grant = request.form.get("decision") == "grant"

    def work(session: Session) -> str:
        leaves.decide(session, actor(), leave_id, grant=grant, note=request.form.get("note", ""), now=deps().now())
        return str(_("Granted.") if grant else _("Refused."))

    return do(work, url_for("shifts.requests"))


@shifts.post("/swaps/<int:swap_id>")
def decide_swap(swap_id: int) -> Response:
    """Approve or refuse a swap."""
    approve = request.form.get("decision") == "approve"

    def work(session: Session) -> str:
        shift_swaps.decide(
            session, actor(), swap_id, approve=approve, note=request.form.get("note", ""), now=deps().now()
        )
        return str(_("Approved: the shifts have changed hands.") if approve else _("Refused."))

    return do(work, url_for("shifts.requests"))
