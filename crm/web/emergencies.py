"""Emergencies: the list with its signs, the room of one, the link by which somebody answers a call-out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.documents.emergency_report import report_paper
from crm.domain.access import Action, Relation
from crm.domain.emergency import REPORT_PARTS, TEAMS, Duty, Trigger, core_missing
from crm.domain.errors import DomainError
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import (
    duty_roster,
    emergency_bulletins,
    emergency_closing,
    emergency_room,
    emergency_signals,
    emergency_team,
    rules,
)
from crm.services import emergencies as service
from crm.services import emergency_book as book
from crm.services.emergencies import Declaration
from crm.services.emergency_bulletins import NewBulletin, NewMeasure
from crm.web import parts, pdf_answers
from crm.web.learn_words import why
from crm.web.locale import chosen_language

emergencies = Blueprint("emergencies", __name__, url_prefix="/emergencies")
_NUMBERS = re.compile(r"[\s,，;；、]+")
Change = Callable[[Session], object]


@emergencies.get("/")
def index() -> str:
    """What is on, what may become one, what agents say to callers."""
    with deps().database.read() as session:
        return render_template(
            "emergencies.html",
            active=emergency_room.summaries(session, actor(), active=True),
            over=emergency_room.summaries(session, actor(), active=False),
            signals=emergency_signals.waiting(session, actor()) if _all() else (),
            instructions=emergency_bulletins.instructions(session),
            gaps=duty_roster.gaps(session, now=deps().now()) if _all() else (),
            declares=may(Action.EMERGENCY_DECLARE),
            edits_roster=may(Action.ROSTER_EDIT),
        )


def _all() -> bool:
    return actor().may(Action.EMERGENCY_READ)


@emergencies.get("/declare")
def form() -> str:
    """The form by which one is declared; ``?signal=`` fills it in."""
    signal = None
    with deps().database.read() as session:
        if (signal_id := request.args.get("signal", type=int)) is not None:
            signal = emergency_signals.get(session, actor(), signal_id)
        roster = duty_roster.entries(session, now=deps().now())
    given = {"trigger": signal.trigger if signal else "", "title": "", "situation": "", "numbers": "", "duties": set()}
    if signal is not None and signal.trigger == Trigger.GROUP:
        given["title"] = signal.title
    if request.args.get("ticket"):
        given["numbers"] = request.args["ticket"][:20]
    return _form(given, signal, roster)


def _form(given: dict[str, Any], signal: Any, roster: Any) -> str:
    manned = {one.duty for one in roster if one.now}
    return render_template(
        "emergency_declare.html", given=given, signal=signal, triggers=list(Trigger), duties=list(Duty), teams=TEAMS,
        manned=manned, core_missing=core_missing(manned),
    )  # fmt: skip


@emergencies.post("/declare")
def declare() -> Response | str:
    """Declare one, and call its team out."""
    wanted = request.form
    signal_id = wanted.get("signal", type=int)
    given = Declaration(
        trigger=wanted.get("trigger", ""),
        title=wanted.get("title", ""),
        situation=wanted.get("situation", "").replace("\r\n", "\n"),
        numbers=_numbers(wanted.get("numbers", "")),
        duties=frozenset(wanted.getlist("duty")),
        signal_id=signal_id,
    )
    try:
        with deps().database.write() as session:
            numbers, now = rules.current(session), deps().now()
            made = service.declare(session, actor(), given, centre=deps().centre, rules=numbers, now=now)
            row = book.load(session, actor(), made, Action.EMERGENCY_WORK)
            emergency_team.call_out(session, row, rules=numbers, centre=deps().centre, site=_site, now=now)
    except DomainError as error:
        flash(why(error), "error")
        with deps().database.read() as session:
            signal = emergency_signals.get(session, actor(), signal_id) if signal_id is not None else None
            roster = duty_roster.entries(session, now=deps().now())
        shown = {**wanted.to_dict(), "duties": set(wanted.getlist("duty"))}
        return _form(shown, signal, roster)
    flash(_("Declared. The team is being called out."), "success")
    return redirect(url_for("emergencies.show", emergency_id=made))


def _numbers(text: str) -> tuple[str, ...]:
    return tuple(part for part in _NUMBERS.split(text) if part)


def _site(path: str) -> str:
    """An address of ours as others open it: at the address that was set, else where this page was asked for."""
    return (deps().centre.public_url or request.url_root.rstrip("/")) + path


@emergencies.get("/<int:emergency_id>")
def show(emergency_id: int) -> str:
    """The room of one."""
    with deps().database.read() as session:
        room = emergency_room.room(session, actor(), emergency_id, rules.current(session))
        row = book.load(session, actor(), emergency_id)
        missing = emergency_closing.what_is_missing(session, row, actor())
        failed = emergency_team.failed_messages(session, row)
    works = actor().may(Action.EMERGENCY_WORK, [Relation.OWN] if room.mine else [])
    last = room.bulletins[-1] if room.bulletins else None
    return render_template(
        "emergency.html",
        room=room,
        e=room.summary,
        on=room.summary.state in {"open", "reported"},
        works=works,
        closes=may(Action.EMERGENCY_CLOSE),
        missing=missing,
        failed=failed,
        last=last,
        clock=deps().now(),
    )


def _changed(emergency_id: int, anchor: str, done: str, change: Change) -> Response:
    """Make a change, say what came of it, come back to its place in the room."""
    try:
        with deps().database.write() as session:
            change(session)
        flash(done, "success")
    except DomainError as error:
        flash(why(error), "error")
    return redirect(url_for("emergencies.show", emergency_id=emergency_id, _anchor=anchor))


@emergencies.post("/<int:emergency_id>/answer")
def answer(emergency_id: int) -> Response:
    """He comes or cannot; or a colleague says what he was told."""
    given, of = request.form.get("answer", ""), request.form.get("of", type=int)
    note = request.form.get("note", "")
    return _changed(
        emergency_id, "team", _("Written down."),
        lambda session: emergency_team.answer(
            session, actor(), emergency_id, given, now=deps().now(), note=note, of=of
        ),
    )  # fmt: skip


@emergencies.post("/<int:emergency_id>/people")
def add_person(emergency_id: int) -> Response:
    """Put somebody on a seat's list, and call him."""
    duty, username = request.form.get("duty", ""), request.form.get("username", "")

    def change(session: Session) -> None:
        now = deps().now()
        emergency_team.add_person(session, actor(), emergency_id, duty, username, now=now)
        row = book.load(session, actor(), emergency_id, Action.EMERGENCY_WORK)
        emergency_team.call_out(session, row, rules=rules.current(session), centre=deps().centre, site=_site, now=now)

    return _changed(emergency_id, "team", _("Put on the list."), change)


@emergencies.post("/<int:emergency_id>/measures")
def decide(emergency_id: int) -> Response:
    """Put a temporary solution in force."""

    def change(session: Session) -> None:
        ends = request.form.get("ends_at", "")
        new = NewMeasure(
            text=request.form.get("text", ""),
            owner=request.form.get("owner", ""),
            tell_agents=request.form.get("tell_agents", ""),
            ends_at=parts.local_instant("ends_at", ends) if ends else None,
        )
        emergency_bulletins.decide(session, actor(), emergency_id, new, now=deps().now())

    return _changed(emergency_id, "measures", _("In force."), change)


@emergencies.post("/<int:emergency_id>/measures/<int:measure_id>/end")
def end_measure(emergency_id: int, measure_id: int) -> Response:
    """End a temporary solution."""
    outcome = request.form.get("outcome", "")
    return _changed(
        emergency_id, "measures", _("Ended."),
        lambda session: emergency_bulletins.end_measure(
            session, actor(), emergency_id, measure_id, outcome, now=deps().now()
        ),
    )  # fmt: skip


@emergencies.post("/<int:emergency_id>/bulletins")
def issue(emergency_id: int) -> Response:
    """Issue a bulletin."""
    new = NewBulletin(
        internal=request.form.get("internal", "").replace("\r\n", "\n"),
        customer_zh=request.form.get("customer_zh", ""),
        customer_en=request.form.get("customer_en", ""),
        final=request.form.get("final") == "1",
    )
    return _changed(
        emergency_id, "bulletins", _("Issued."),
        lambda session: emergency_bulletins.issue(
            session, actor(), emergency_id, new, rules=rules.current(session), centre=deps().centre, now=deps().now()
        ),
    )  # fmt: skip


@emergencies.post("/<int:emergency_id>/tickets")
def join(emergency_id: int) -> Response:
    """Bind more tickets to it."""
    numbers = _numbers(request.form.get("numbers", ""))
    return _changed(
        emergency_id, "tickets", _("Joined."),
        lambda session: service.join(session, actor(), emergency_id, numbers, now=deps().now()),
    )  # fmt: skip


@emergencies.post("/<int:emergency_id>/notes")
def note(emergency_id: int) -> Response:
    """Write something into the log."""
    text = request.form.get("text", "")
    return _changed(
        emergency_id, "log", _("Written down."),
        lambda session: service.note(session, actor(), emergency_id, text, now=deps().now()),
    )  # fmt: skip


@emergencies.post("/<int:emergency_id>/leak")
def report_leak(emergency_id: int) -> Response:
    """Write down that the leak was reported."""
    text = request.form.get("text", "")
    return _changed(
        emergency_id, "leak", _("Written down."),
        lambda session: emergency_closing.report_leak(session, actor(), emergency_id, text, now=deps().now()),
    )  # fmt: skip


@emergencies.post("/<int:emergency_id>/report")
def write_report(emergency_id: int) -> Response:
    """Keep the closing report, or hand it in."""
    texts = {part: request.form.get(part, "").replace("\r\n", "\n") for part in REPORT_PARTS}
    done = request.form.get("done") == "1"
    return _changed(
        emergency_id, "report", _("Handed in for signature.") if done else _("Kept."),
        lambda session: emergency_closing.write_report(
            session, actor(), emergency_id, texts, done=done, now=deps().now()
        ),
    )  # fmt: skip


@emergencies.post("/<int:emergency_id>/close")
def close(emergency_id: int) -> Response:
    """Sign the report; the emergency is over."""
    return _changed(
        emergency_id, "report", _("Closed."),
        lambda session: emergency_closing.close(session, actor(), emergency_id, now=deps().now()),
    )  # fmt: skip


@emergencies.post("/<int:emergency_id>/stand-down")
def stand_down(emergency_id: int) -> Response:
    """It was none."""
    reason = request.form.get("reason", "")
    return _changed(
        emergency_id, "report", _("Stood down."),
        lambda session: service.stand_down(session, actor(), emergency_id, reason, now=deps().now()),
    )  # fmt: skip


@emergencies.get("/<int:emergency_id>/report.pdf")
def report_file(emergency_id: int) -> Response:
    """The closing report on paper."""
    with deps().database.read() as session:
        room = emergency_room.room(session, actor(), emergency_id, rules.current(session))
    content = report_paper(emergency_room.on_paper(room, deps().centre.zone), chosen_language(), made_at=deps().now())
    return pdf_answers.pdf(content, f"{room.summary.number}.pdf")


@emergencies.post("/signals/<int:signal_id>/dismiss")
def dismiss(signal_id: int) -> Response:
    """Say why a sign is none."""
    try:
        with deps().database.write() as session:
            emergency_signals.dismiss(session, actor(), signal_id, request.form.get("reason", ""), now=deps().now())
        flash(_("Written down."), "success")
    except DomainError as error:
        flash(why(error), "error")
    return redirect(url_for("emergencies.index"))


@emergencies.get("/answer/<token>")
def link(token: str) -> str:
    """What somebody sees who follows the link of his message: what it is, and two buttons."""
    with deps().database.read() as session:
        row, call = emergency_team.by_link(session, token)
        shown = {"number": row.number, "title": row.title, "situation": row.situation, "at": row.declared_at}
        said = call.answer
        name = call.user.display_name or call.user.username
    return render_template("emergency_answer.html", token=token, shown=shown, said=said, name=name)


@emergencies.post("/answer/<token>")
def answer_link(token: str) -> Response:
    """His answer by the link."""
    try:
        with deps().database.write() as session:
            emergency_team.answer_by_link(session, token, request.form.get("answer", ""), now=deps().now())
        flash(_("Thank you, it is written down."), "success")
    except DomainError as error:
        flash(why(error), "error")
    return redirect(url_for("emergencies.link", token=token))
