"""Scorecards: which there are, a version as a scorer sees it, and the editor with its preview."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.domain.access import Action
from crm.domain.card_editing import content_from, differences, edit
from crm.domain.card_form import CardFlawsError, parse
from crm.domain.errors import ConflictError, DomainError, ForbiddenError
from crm.domain.scorecards import Auto, Card, Effect, FatalKind, NotApplicable, Words
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import scorecards as service
from crm.services.plan import plan_in_force
from crm.services.scorecards import SUBJECTS, VersionView
from crm.web import quality_words, refusal_words
from crm.web.locale import chosen_language

scorecards = Blueprint("scorecards", __name__, url_prefix="/scorecards")


@scorecards.get("/")
def index() -> str:
    """All cards and their versions."""
    with deps().database.read() as session:
        found = service.versions(session, actor())
        queues = _queues(session)
    cards: dict[int, list[VersionView]] = {}
    for one in found:
        cards.setdefault(one.card_id, []).append(one)
    return render_template(
        "scorecards.html", cards=list(cards.values()), queues=queues, edits=may(Action.SCORECARD_EDIT),
        subjects=SUBJECTS, language=chosen_language(),
    )  # fmt: skip


def _queues(session: Session) -> dict[str, str]:
    plan, english = plan_in_force(session), chosen_language() == "en"
    return {one.name: one.title_en if english else one.title_zh for one in plan.queues} if plan else {}


@scorecards.post("/")
def make() -> Response:
    """A new card, with a draft like another's version."""
    form = request.form
    try:
        with deps().database.write() as session:
            draft = service.make(
                session, actor(), form.get("code", ""), like=form.get("like", 0, type=int),
                subject=form.get("subject", ""), queues=form.getlist("queue"), now=deps().now(),
            )  # fmt: skip
    except DomainError as error:
        flash(_why(error), "error")
        return redirect(url_for("scorecards.index"))
    return redirect(url_for("scorecards.edit_draft", version_id=draft))


@scorecards.post("/<int:card_id>")
def assign(card_id: int) -> Response:
    """Which calls a card is for, and whether it is in use."""
    try:
        with deps().database.write() as session:
            service.assign(
                session, actor(), card_id, queues=request.form.getlist("queue"),
                active=request.form.get("active") == "1", now=deps().now(),
            )  # fmt: skip
        flash(_("Written down."), "success")
    except DomainError as error:
        flash(_why(error), "error")
    return redirect(url_for("scorecards.index"))


@scorecards.get("/versions/<int:version_id>")
def show(version_id: int) -> str:
    """A version as a scorer sees it, and what it asks otherwise than the one before."""
    with deps().database.read() as session:
        one = service.version(session, actor(), version_id)
        family = service.versions(session, actor(), one.card_id)
    before = next((other for other in family if other.number < one.number and other.state == "published"), None)
    changed = differences(before.card, one.card) if before and before.card and one.card else []
    return render_template(
        "scorecard.html", one=one, before=before, changed=[_told(*row) for row in changed],
        edits=may(Action.SCORECARD_EDIT), language=chosen_language(), publishes=one.made_by != actor().name,
    )  # fmt: skip


def _told(code: str, what: str, was: object, is_now: object) -> tuple[str, str, str, str]:
    return code, what, _said(was), _said(is_now)


def _said(value: object) -> str:
    """A part of a card in words."""
    if isinstance(value, Words):
        return value[chosen_language()]
    title = getattr(value, "title", None)
    if isinstance(title, Words):
        return title[chosen_language()]
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    return "" if value is None else str(value)


@scorecards.post("/versions/<int:version_id>/draft")
def draft(version_id: int) -> Response:
    """A draft of the next version."""
    with deps().database.write() as session:
        made = service.draft(session, actor(), version_id, now=deps().now())
    return redirect(url_for("scorecards.edit_draft", version_id=made))


@scorecards.get("/versions/<int:version_id>/edit")
def edit_draft(version_id: int) -> str | Response:
    """The editor."""
    with deps().database.read() as session:
        one = service.version(session, actor(), version_id)
    if one.state != service.DRAFT or not may(Action.SCORECARD_EDIT):
        return redirect(url_for("scorecards.show", version_id=version_id))
    return _editor(one, dict(one.content))


@scorecards.post("/versions/<int:version_id>/edit")
def keep(version_id: int) -> str | Response:
    """Keep the draft as it stands in the form, with one change where a button asked for it."""
    form = request.form
    content = edit(content_from(form), form.get("do", ""))
    try:
        with deps().database.write() as session:
            one = service.save(
                session, actor(), version_id, content, lock=form.get("lock", 0, type=int), now=deps().now()
            )
    except ConflictError:
        with deps().database.read() as session:
            one = service.version(session, actor(), version_id)
        flash(
            _("Somebody else changed this draft meanwhile. Below is what you wrote; saving again overwrites his."),
            "error",
        )
        return _editor(one, content)
    except DomainError as error:
        flash(_why(error), "error")
        return redirect(url_for("scorecards.show", version_id=version_id))
    if form.get("do") == "close":
        return redirect(url_for("scorecards.show", version_id=version_id))
    return _editor(one, content)


@scorecards.post("/versions/<int:version_id>/preview")
def preview(version_id: int) -> str:
    """The card in the form as a scorer would see it, and what keeps it from being published."""
    with deps().database.read() as session:
        service.version(session, actor(), version_id)
    return render_template("parts/card_preview.html", **_seen(content_from(request.form)))


def _seen(content: dict[str, Any]) -> dict[str, Any]:
    card: Card | None = None
    flaws: tuple[tuple[str, str], ...] = ()
    try:
        card = parse(content)
    except CardFlawsError as error:
        flaws = error.flaws
    return {"card": card, "flaws": flaws, "language": chosen_language()}


def _editor(one: VersionView, content: dict[str, Any]) -> str:
    return render_template(
        "scorecard_edit.html", one=one, content=content, kinds=list(FatalKind), effects=list(Effect), autos=list(Auto),
        rules=list(NotApplicable), **_seen(content),
    )  # fmt: skip


@scorecards.post("/versions/<int:version_id>/publish")
def publish(version_id: int) -> Response:
    """Bring a draft into force."""
    try:
        with deps().database.write() as session:
            service.publish(
                session, actor(), version_id, request.form.get("reason", ""),
                lock=request.form.get("lock", 0, type=int), now=deps().now(),
            )  # fmt: skip
        flash(_("It is in force. What was begun before stays with the version that it was begun with."), "success")
    except DomainError as error:
        flash(_why(error), "error")
    return redirect(url_for("scorecards.show", version_id=version_id))


@scorecards.post("/versions/<int:version_id>/discard")
def discard(version_id: int) -> Response:
    """Throw a draft away."""
    try:
        with deps().database.write() as session:
            service.discard(session, actor(), version_id)
        flash(_("The draft is gone."), "success")
    except DomainError as error:
        flash(_why(error), "error")
        return redirect(url_for("scorecards.show", version_id=version_id))
    return redirect(url_for("scorecards.index"))


def _why(error: DomainError) -> str:
    if isinstance(error, ForbiddenError) and str(error) not in quality_words.CARD_WHYS:
        raise error
    known = quality_words.CARD_WHYS.get(str(error))
    return str(known) if known is not None else refusal_words.plain(error)
