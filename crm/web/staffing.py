"""Staffing: the calls of the hours to come, the agents that they need, and those who are planned."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.domain.erlang import Goal, heads
from crm.domain.errors import DomainError, InvalidInputError
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import staffing as service
from crm.services.plan import plan_in_force
from crm.services.rosters import monday_of
from crm.services.staffing import ERLANG_A, ERLANG_C, Outlook, Question
from crm.web import parts, shift_words
from crm.web.shift_words import said
from crm.web.shifts import day_of, do, today

staffing = Blueprint("staffing", __name__, url_prefix="/staffing")
SHRINKAGE = 30
_GOAL = {"share": (80, 1, 99), "seconds": (20, 0, 600), "busy": (85, 1, 100)}
"""Fields of what callers are promised: what stands there at first, the least and the most."""
_DIGITS = 3
KEPT = ("first", "days", "weeks", "share", "seconds", "busy")


@staffing.get("/")
def index() -> str:
    """A week hour by hour."""
    problem = ""
    with deps().database.read() as session:
        asked = Question(monday_of(today() + timedelta(days=7)))
        try:
            asked = _question(request.args)
            found = service.outlook(session, actor(), asked, centre=deps().centre, now=deps().now())
        except (DomainError, ValueError) as error:
            problem = said(error)
            found = service.outlook(session, actor(), asked, centre=deps().centre, now=deps().now())
        plan = plan_in_force(session)
        shrinkage = _shrinkage(request.args.get("shrinkage"))
        return render_template(
            "staffing.html",
            asked=asked,
            found=found,
            days=[found.hours[n : n + 24] for n in range(0, len(found.hours), 24)],
            problem=problem,
            queues=plan.queues if plan else (),
            queue_title=parts.queue_titles(session),
            shrinkage=shrinkage,
            heads=lambda agents: heads(agents, shrinkage / 100),
            picture=_picture(found),
            methods=(ERLANG_C, ERLANG_A),
            words=shift_words,
        )


def _shrinkage(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) <= _DIGITS and int(text) < 90 else SHRINKAGE


def _question(given: Any) -> Question:
    """What was asked. Raises InvalidInputError."""
    first = day_of("first", given.get("first"), monday_of(today() + timedelta(days=7)))
    if abs((first - today()).days) > 366:
        raise InvalidInputError("first", "lies too far away")
    share, seconds, busy = (_number(given, name, *limits) for name, limits in _GOAL.items())
    goal = Goal(share / 100, seconds, busy / 100)
    days, weeks = _number(given, "days", 7), _number(given, "weeks", 8)
    return Question(first, days, weeks, given.get("queue") or None, goal)


def _number(given: Any, name: str, default: int, least: int = 0, most: int = 999) -> int:
    text = given.get(name, "")
    if not text:
        return default
    if not (text.isdecimal() and len(text) <= _DIGITS and least <= int(text) <= most):
        raise InvalidInputError(name, f"must be a number from {least} to {most}")
    return int(text)


def _picture(found: Outlook) -> dict[str, Any]:
    """Needed and planned agents, hour by hour; the table below says the same."""
    return {
        "kind": "line",
        "title": str(_("Agents needed and planned, hour by hour")),
        "labels": [f"{one.expected.day:%m-%d} {one.expected.hour:02d}" for one in found.hours],
        "values": [one.needed_c.agents if one.needed_c else 0 for one in found.hours],
        "name": str(_("Needed (Erlang C)")),
        "expected": [one.planned for one in found.hours],
        "expectedName": str(_("Planned")),
    }


@staffing.post("/")
def adopt() -> Response:
    """Take the forecast over as what the roster is checked against."""
    form = request.form

    def work(session: Session) -> str:
        hours = service.adopt(
            session, actor(), _question(form), form.get("method", ""), centre=deps().centre, now=deps().now()
        )
        return str(_("Hours taken over: %(count)s.", count=hours))

    kept: dict[str, Any] = {name: form[name] for name in KEPT if form.get(name)}
    return do(work, url_for("staffing.index", **kept))
