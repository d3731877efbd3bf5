"""Looking after the knowledge base: writing, checking, publishing; what is due, what did not help, what is missing."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.domain import catalogue
from crm.domain.access import Action
from crm.domain.errors import DomainError, InvalidInputError
from crm.domain.knowledge import ArticleKind
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import case_library, knowledge_use
from crm.services import knowledge as reading
from crm.services import knowledge_keeping as keeping
from crm.services import knowledge_versions as service
from crm.services.knowledge_versions import Draft
from crm.web.inputs import day, whole
from crm.web.knowledge import language, today
from crm.web.locale import chosen_language
from crm.web.training import attempt
from crm.web.training_words import sentence

knowledge_keeping = Blueprint("knowledge_keeping", __name__, url_prefix="/knowledge")
_REVIEW_IN = timedelta(days=180)
"""What a new text is set to, until somebody sets another day."""


@knowledge_keeping.get("/keeping")
def index() -> str:
    """How all articles stand, what did not help, and what was asked and not found."""
    only = request.args.get("only", "")
    with deps().database.read() as session:
        rows = keeping.kept(session, actor(), today=today(), only=only)
        found = {
            "rows": rows,
            "waiting": service.mine(session, actor()),
            "complaints": knowledge_use.complaints(session, actor()),
            "gaps": knowledge_use.gaps(session, actor(), since=today() - timedelta(days=30)),
            "synonyms": knowledge_use.synonyms(session, actor()),
        }
    return render_template(
        "knowledge_keeping.html", only=only, publishes=may(Action.KNOWLEDGE_PUBLISH),
        suggests=may(Action.KNOWLEDGE_SUGGEST), next_review=today() + _REVIEW_IN, **found,
    )  # fmt: skip


@knowledge_keeping.get("/mine")
def mine() -> str:
    """Texts that wait for him."""
    with deps().database.read() as session:
        waiting = service.mine(session, actor())
    return render_template("knowledge_mine.html", waiting=waiting)


@knowledge_keeping.get("/write")
def form() -> str:
    """Write an article, or the next text of one (``?slug=``)."""
    slug, given = request.args.get("slug", ""), None
    edition: int | None = None
    if slug:
        with deps().database.read() as session:
            text = service.open_text(session, actor(), slug, language())
            given, edition = (text.draft, text.edition) if text else (_from_force(session, slug), None)
    return _form(given, edition)


def _from_force(session: Session, slug: str) -> Draft:
    one = reading.read(session, slug, language(), today=today())
    return Draft(
        one.slug, language(), one.title, one.body, today() + _REVIEW_IN, one.kind, one.business, one.category,
        "", one.expires_on if one.expires_on and one.expires_on > today() else None,
    )  # fmt: skip


def _form(given: Draft | None, edition: int | None) -> str:
    wanted = chosen_language()
    return render_template(
        "knowledge_write.html", given=given, edition=edition, wanted=given.language if given else language(),
        kinds=list(ArticleKind), categories=[(one.code, one.title(wanted)) for one in catalogue.ENTRIES],
        review_on=given.review_on if given else today() + _REVIEW_IN,
    )  # fmt: skip


@knowledge_keeping.post("/write")
def write() -> Response | str:
    """Keep what was written; with ``hand_in``, hand it in as well."""
    given, edition = request.form, whole("edition")
    try:
        draft = _drafted()
    except InvalidInputError as error:
        flash(sentence(error), "error")
        return _form(None, edition)
    try:
        with deps().database.write() as session:
            made = service.write(session, actor(), draft, today=today(), now=deps().now(), edition=edition)
            if given.get("hand_in"):
                service.step(session, actor(), made.id, "submit", now=deps().now(), today=today())
    except DomainError as error:
        flash(sentence(error), "error")
        return _form(draft, edition)
    flash(_("Handed in: it is checked next.") if given.get("hand_in") else _("The draft is kept."), "success")
    return redirect(url_for("knowledge_keeping.version", version_id=made.id))


def _drafted() -> Draft:
    given = request.form
    return Draft(
        slug=given.get("slug", "").strip(),
        language=given.get("language", ""),
        title=given.get("title", ""),
        body=given.get("body", "").replace("\r\n", "\n"),
        review_on=_day("review_on"),
        kind=given.get("kind", ArticleKind.ARTICLE),
        business=given.get("business", "").strip() or None,
        category=given.get("category") or None,
        change=given.get("change", ""),
        expires_on=day("expires_on"),
    )


def _day(name: str) -> date:
    found = day(name)
    if found is None:
        raise InvalidInputError(name, "must be a day")
    return found


@knowledge_keeping.get("/versions/<int:version_id>")
def version(version_id: int) -> str:
    """A text with how far it is, beside the one in force."""
    with deps().database.read() as session:
        one = service.get(session, actor(), version_id)
        history = service.history(session, actor(), one.slug, one.language)
        cases = knowledge_use.cases_of(session, actor(), one.slug)
        choices = case_library.search(session, actor()) if may(Action.KNOWLEDGE_SUGGEST) else ()
    before = next((text for text in history if text.version < one.version and text.published_at), None)
    return render_template(
        "knowledge_version.html", one=one, before=before, history=history, cases=cases,
        choices=[case for case in choices if case.state == "published"],
    )  # fmt: skip


@knowledge_keeping.post("/versions/<int:version_id>")
def step(version_id: int) -> Response:
    """Hand in, check, return, publish or withdraw."""
    given = request.form

    def do(session: Session) -> None:
        service.step(
            session, actor(), version_id, given.get("step", ""), now=deps().now(), today=today(),
            note=given.get("note", ""), edition=whole("edition"),
        )  # fmt: skip

    attempt(do, _("Done."))
    return redirect(url_for("knowledge_keeping.version", version_id=version_id))


@knowledge_keeping.post("/versions/<int:version_id>/case")
def case(version_id: int) -> Response:
    """Show a case of the library with the article, or no more."""
    linked = request.form.get("linked") != "no"

    def do(session: Session) -> None:
        one = service.get(session, actor(), version_id)
        knowledge_use.link_case(session, actor(), one.slug, whole("case") or 0, linked=linked, now=deps().now())

    attempt(do, _("Done."))
    return redirect(url_for("knowledge_keeping.version", version_id=version_id))


@knowledge_keeping.post("/keeping/<int:article_id>")
def keep(article_id: int) -> Response:
    """Confirm that a text still holds, or take an article out."""
    given = request.form

    def do(session: Session) -> None:
        if given.get("what") == "retire":
            keeping.retire(session, actor(), article_id, given.get("why", ""), now=deps().now())
        else:
            keeping.still_holds(session, actor(), article_id, _day("review_on"), today=today(), now=deps().now())

    attempt(do, _("Done."))
    return redirect(url_for("knowledge_keeping.index", only=given.get("only", "")))


@knowledge_keeping.post("/keeping/seen-to/<int:vote_id>")
def settle(vote_id: int) -> Response:
    """What was missing is seen to."""
    attempt(lambda session: knowledge_use.settle(session, actor(), vote_id, now=deps().now()), _("Done."))
    return redirect(url_for("knowledge_keeping.index"))


@knowledge_keeping.post("/synonyms")
def synonym() -> Response:
    """Say that two words mean the same, or that they do not."""
    given = request.form

    def do(session: Session) -> None:
        if remove := whole("remove"):
            knowledge_use.remove_synonym(session, actor(), remove, now=deps().now())
            return
        knowledge_use.add_synonym(
            session, actor(), given.get("language", ""), given.get("word", ""), given.get("means", ""), now=deps().now()
        )

    attempt(do, _("Done."))
    return redirect(url_for("knowledge_keeping.index", _anchor="synonyms"))
