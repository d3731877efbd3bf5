"""My shifts: what is planned for me, what I ask for, what colleagues ask me, and how I kept it."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.domain.errors import InvalidInputError
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import attendance, leaves, rosters, shift_kinds, shift_people, shift_swaps
from crm.services.leaves import LeaveForm, LeaveKind
from crm.services.roster_checks import parts_of_row
from crm.web import parts, shift_words
from crm.web.shifts import asked_day, do, today

my_shifts = Blueprint("my_shifts", __name__, url_prefix="/shifts/mine")
AHEAD = timedelta(days=34)
BACK = timedelta(days=31)


@my_shifts.get("/")
def index() -> str:
    """The next five weeks, requests, and the last month."""
    me, now = actor(), deps().now()
    first = asked_day("from", today())
    with deps().database.read() as session:
        user_id = me.user_id or 0
        coming = rosters.of_person(session, me, user_id, first, first + AHEAD)
        swaps = shift_swaps.of_person(session, user_id)
        kept = [one for one in attendance.lines(session, me, today() - BACK, today()) if one.user.id == user_id]
        mates = shift_people.colleagues(session, me)
        return render_template(
            "my_shifts.html",
            coming=coming,
            parts_of=parts_of_row,
            kinds={row.code: row for row in shift_kinds.kinds(session)},
            swaps=swaps,
            waiting=[one for one in swaps if one.partner_id == user_id and one.state == "asked"],
            leaves=leaves.of_person(session, user_id),
            leave_kinds=list(LeaveKind),
            mates=mates,
            mates_shifts=shift_swaps.offers(session, [one.id for one in mates], now, now + AHEAD),
            kept=[one for one in kept if one.day is not None],
            sums=attendance.sums(kept),
            me=user_id,
            now=now,
            first=first,
            words=shift_words,
        )


@my_shifts.post("/leave")
def ask_leave() -> Response:
    """Ask for leave."""
    form = request.form

    def work(session: Session) -> str:
        wanted = LeaveForm(
            form.get("kind", ""),
            parts.local_instant("starts_at", form.get("starts_at", "")),
            parts.local_instant("ends_at", form.get("ends_at", "")),
            form.get("reason", ""),
        )
        leaves.ask(session, actor(), wanted, now=deps().now())
        return str(_("Asked for. You are told when it is decided."))

    return do(work, url_for("my_shifts.index", _anchor="leave"))


@my_shifts.post("/leave/<int:leave_id>/back")
def withdraw_leave(leave_id: int) -> Response:
    """Take leave back."""

    def work(session: Session) -> str:
        leaves.withdraw(session, actor(), leave_id, now=deps().now())
        return str(_("Taken back."))

    return do(work, url_for("my_shifts.index", _anchor="leave"))


@my_shifts.post("/swaps")
def ask_swap() -> Response:
    """Ask a colleague to take a shift over. ``with``: USER for nothing, or USER:SHIFT for one of his."""
    form = request.form

    def work(session: Session) -> str:
        partner, _colon, other = form.get("with", "").partition(":")
        if not partner.isdecimal():
            raise InvalidInputError("partner", "there is no such colleague")
        shift_swaps.ask(
            session, actor(), form.get("shift", 0, type=int), int(partner),
            other_shift_id=int(other) if other.isdecimal() else None, reason=form.get("reason", ""), now=deps().now(),
        )  # fmt: skip
        return str(_("Asked. Your colleague is told; then who plans decides."))

    return do(work, url_for("my_shifts.index", _anchor="swaps"))


@my_shifts.post("/swaps/<int:swap_id>/answer")
def answer_swap(swap_id: int) -> Response:
    """Agree, or decline."""
    agree = request.form.get("answer") == "agree"

    def work(session: Session) -> str:
        shift_swaps.answer(session, actor(), swap_id, agree=agree, now=deps().now())
        return str(_("Agreed. Who plans decides now.") if agree else _("Declined."))

    return do(work, url_for("my_shifts.index", _anchor="swaps"))


@my_shifts.post("/swaps/<int:swap_id>/back")
def withdraw_swap(swap_id: int) -> Response:
    """Take a swap back."""

    def work(session: Session) -> str:
        shift_swaps.withdraw(session, actor(), swap_id, now=deps().now())
        return str(_("Taken back."))

    return do(work, url_for("my_shifts.index", _anchor="swaps"))
