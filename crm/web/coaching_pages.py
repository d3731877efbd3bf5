"""Coaching: planned from a deduction, held, tested again; and what it brought."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.db.fairness import Coaching
from crm.domain.access import Action
from crm.domain.coaching import OPEN, Retest, State, Way
from crm.domain.errors import DomainError, InvalidInputError
from crm.domain.scorecards import Words
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import (
    coaching_effect,
    coaching_learning,
    coachings,
    evaluation_views,
    rules,
    score_views,
    scorecards,
)
from crm.services.coachings import LISTS, NewCoaching
from crm.web import inputs
from crm.web.analysis import today
from crm.web.fairness_words import why
from crm.web.locale import chosen_language

coaching_pages = Blueprint("coaching", __name__, url_prefix="/coaching")
_TERM = timedelta(days=7)


@coaching_pages.get("/")
def index() -> str:
    """Coachings: open, mine, due, ended."""
    which = request.args.get("which", "open")
    which = which if which in LISTS else "open"
    with deps().database.read() as session:
        rows = coachings.listing(session, actor(), which, today=today())
        found = [(row, title_of(session, row)) for row in rows]
        return render_template("coachings.html", found=found, which=which, lists=LISTS, today=today())


def title_of(session: Session, row: Coaching) -> Words:
    """The item's name on the card that it comes from, or on the one in force."""
    scored = coachings.origin(session, row)
    card = scorecards.card_of(scored.card if scored is not None else scorecards.in_force(session))
    asked = card.item(row.code) or card.fatal(row.code)
    return asked.title if asked is not None else Words(row.code, row.code)


@coaching_pages.get("/new")
def form() -> str:
    """The form of a new one, for a point of an evaluation."""
    given = {name: request.args.get(name, "")[:40] for name in ("evaluation_id", "code", "follows_id")}
    number = request.args.get("evaluation_id", 0, type=int)
    return _form(number, {**given, "due_on": (today() + _TERM).isoformat()})


def _form(number: int, given: dict[str, Any]) -> str:
    with deps().database.read() as session:
        row = evaluation_views.load(session, actor(), number)
        view = score_views.one(session, row, zone=deps().centre.zone, now=deps().now())
    given.setdefault("goal", row.advice)
    return render_template(
        "coaching_new.html", given=given, view=view, ways=list(Way), retests=list(Retest), today=today()
    )


@coaching_pages.post("/new")
def plan() -> Response | str:
    """Plan it; agent and coach are told."""
    given = request.form
    number = given.get("evaluation_id", 0, type=int)
    try:
        new = NewCoaching(
            evaluation_id=number, code=given.get("code", ""),
            goal=given.get("goal", ""), due_on=_due(), way=given.get("way", ""),
            retest=given.get("retest", ""), coach=given.get("coach", ""), follows_id=given.get("follows_id", type=int),
        )  # fmt: skip
        with deps().database.write() as session:
            made = coachings.plan(session, actor(), new, today=today(), now=deps().now())
    except DomainError as error:
        flash(why(error), "error")
        return _form(number, given.to_dict())
    flash(_("The coaching is planned; both were told."), "success")
    return redirect(url_for("coaching.show", number=made))


def _due() -> date:
    found = inputs.day("due_on")
    if found is None:
        raise InvalidInputError("due_on", "must be a day")
    return found


@coaching_pages.get("/<int:number>")
def show(number: int) -> str:
    """One of them, with its record and what it brought."""
    with deps().database.read() as session:
        row = coachings.load(session, actor(), number)
        weeks = rules.current(session).coaching_weeks
        scored = coachings.origin(session, row)
        leads = row.state in OPEN and may(Action.COACH) and coachings.leads(session, actor(), row)
        return render_template(
            "coaching.html", row=row, title=title_of(session, row), moves=coachings.moves(session, actor(), row),
            measured=coaching_effect.measure(session, row, weeks, zone=deps().centre.zone, today=today()),
            events=coachings.events(session, row), weeks=weeks,
            learning=coaching_learning.given(session, row.id, today=today()),
            language=chosen_language(), choices=coaching_learning.choices(session) if leads else (),
            by_agent=row.agent_id == actor().user_id, open=row.state in OPEN, today=today(),
            takes=row.coach_id != actor().user_id and row.state in OPEN
            and coachings.may_coach(session, actor(), row.agent_id),
            again=scored.id if scored is not None and row.state == State.FAILED and may(Action.COACH) else None,
            source=evaluation_views.first_of(session, scored).id if scored is not None else None,
            reads=may(Action.SCORE_READ), asked=coachings.retest_call(session, row),
        )  # fmt: skip


@coaching_pages.post("/<int:number>")
def move(number: int) -> Response:
    """Take a step."""
    given = request.form
    try:
        with deps().database.write() as session:
            coachings.move(
                session, actor(), number, given.get("move", ""), given.get("text", ""),
                version=given.get("version", 0, type=int), now=deps().now(),
            )  # fmt: skip
        flash(_("Written down."), "success")
    except DomainError as error:
        flash(why(error), "error")
    return redirect(url_for("coaching.show", number=number))


@coaching_pages.post("/<int:number>/say")
def say(number: int) -> Response:
    """What the agent says of it."""
    given = request.form
    try:
        with deps().database.write() as session:
            coachings.say(
                session, actor(), number, given.get("says", ""), version=given.get("version", 0, type=int),
                now=deps().now(),
            )  # fmt: skip
        flash(_("Written down."), "success")
    except DomainError as error:
        flash(why(error), "error")
    return redirect(url_for("coaching.show", number=number))


@coaching_pages.post("/<int:number>/take")
def take(number: int) -> Response:
    """Become its coach."""
    try:
        with deps().database.write() as session:
            version = request.form.get("version", 0, type=int)
            coachings.take_over(session, actor(), number, version=version, now=deps().now())
        flash(_("You are the coach now."), "success")
    except DomainError as error:
        flash(why(error), "error")
    return redirect(url_for("coaching.show", number=number))


@coaching_pages.post("/<int:number>/learn")
def learn(number: int) -> Response:
    """Give him something to learn for it, or its retest."""
    given = request.form
    try:
        with deps().database.write() as session:
            coaching_learning.give(
                session, actor(), number, given.get("what", ""), retest=given.get("retest") == "1",
                due_on=_due(), today=today(), now=deps().now(),
            )  # fmt: skip
        flash(_("Given; he was told."), "success")
    except DomainError as error:
        flash(why(error), "error")
    return redirect(url_for("coaching.show", number=number))
