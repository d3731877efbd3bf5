"""The case library: found, read, suggested, checked, published."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.domain import catalogue, statistics_codes
from crm.domain.access import Action
from crm.domain.errors import DomainError
from crm.domain.improvement import CaseText
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import case_library as service
from crm.web.learn_words import why
from crm.web.locale import chosen_language

cases = Blueprint("cases", __name__, url_prefix="/cases")


def _choices() -> dict[str, Any]:
    """Categories and reasons to choose from."""
    language = chosen_language()
    return {
        "categories": [(one.code, one.title(language)) for one in catalogue.ENTRIES],
        "reasons": [(one.key, one.title(language)) for one in statistics_codes.choices(statistics_codes.Axis.REASON)],
    }


@cases.get("/")
def index() -> str:
    """The cases that he may read."""
    query, category = request.args.get("q", "").strip(), request.args.get("category", "")
    level = request.args.get("level", type=int)
    with deps().database.read() as session:
        found = service.search(session, actor(), query=query, category=category, level=level)
        waiting = service.waiting(session, actor())
    return render_template(
        "cases.html", cases=found, waiting=waiting, query=query, category=category, level=level,
        suggests=may(Action.KNOWLEDGE_SUGGEST), **_choices(),
    )  # fmt: skip


@cases.get("/<int:case_id>")
def show(case_id: int) -> str:
    """One case; the look is counted."""
    with deps().database.write() as session:
        one = service.read(session, actor(), case_id, counted=True)
    return render_template("case_study.html", case=one, **_choices())


@cases.get("/write")
def form() -> str:
    """Write one, from a ticket (``?ticket=``) or anew; or a draft again (``?case=``)."""
    case_id = request.args.get("case", type=int)
    given: dict[str, Any] = {"language": chosen_language(), "ticket": request.args.get("ticket", type=int)}
    if case_id is not None:
        with deps().database.read() as session:
            one = service.read(session, actor(), case_id)
        text = one.text
        given = {
            "case": case_id, "version": one.version, "language": one.language, "title": text.title,
            "situation": text.situation, "handling": text.handling, "lessons": text.lessons,
            "category": text.category, "reason": text.reason, "level": text.level,
            "ticket": one.ticket[0] if one.ticket else None,
        }  # fmt: skip
    return render_template("case_write.html", given=given, **_choices())


@cases.post("/write")
def write() -> Response | str:
    """Keep what was written."""
    given = request.form
    text = CaseText(
        title=given.get("title", ""),
        situation=given.get("situation", "").replace("\r\n", "\n"),
        handling=given.get("handling", "").replace("\r\n", "\n"),
        lessons=given.get("lessons", "").replace("\r\n", "\n"),
        category=given.get("category") or None,
        reason=given.get("reason") or None,
        level=given.get("level", type=int),
    )
    try:
        with deps().database.write() as session:
            made = service.suggest(
                session, actor(), text, language=given.get("language", ""), now=deps().now(),
                ticket_id=given.get("ticket", type=int), case_id=given.get("case", type=int),
                version=given.get("version", 0, type=int),
            )  # fmt: skip
    except DomainError as error:
        flash(why(error), "error")
        return render_template("case_write.html", given=given.to_dict(), **_choices())
    flash(_("Kept. Compliance checks it, then a trainer publishes it."), "success")
    return redirect(url_for("cases.show", case_id=made))


@cases.post("/<int:case_id>")
def move(case_id: int) -> Response:
    """Check, publish or take out."""
    given = request.form
    try:
        with deps().database.write() as session:
            service.move(
                session, actor(), case_id, given.get("what", ""), version=given.get("version", 0, type=int),
                now=deps().now(),
            )  # fmt: skip
        flash(_("Written down."), "success")
    except DomainError as error:
        flash(why(error), "error")
    return redirect(url_for("cases.show", case_id=case_id))
