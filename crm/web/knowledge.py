"""Looking things up: the search, its results while one types, an article; and writing one."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.domain.access import Action
from crm.domain.errors import DomainError
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import knowledge as service
from crm.services.knowledge import LANGUAGES, ArticleView, Draft
from crm.web import parts
from crm.web.locale import chosen_language
from crm.web.work_words import sentence

knowledge = Blueprint("knowledge", __name__, url_prefix="/knowledge")


def _language() -> str:
    """The language asked for, else that of the screen."""
    asked = request.args.get("language", "")
    return asked if asked in LANGUAGES else chosen_language()


@knowledge.get("/")
def index() -> str:
    """The search, with what it finds; without a question, what is opened most."""
    query, language = request.args.get("q", "").strip(), _language()
    with deps().database.read() as session:
        found = service.search(session, query, language)
    return parts.show(
        "knowledge.html", query=query, found=found, wanted=language, publishes=may(Action.KNOWLEDGE_PUBLISH)
    )


@knowledge.get("/found")
def found() -> str:
    """The results alone: asked for while somebody types."""
    query, language = request.args.get("q", "").strip(), _language()
    with deps().database.read() as session:
        results = service.search(session, query, language)
    return render_template("parts/knowledge_found.html", query=query, found=results, wanted=language)


@knowledge.get("/<slug>")
def article(slug: str) -> str:
    """One article; the look is counted."""
    with deps().database.write() as session:
        one = service.read(session, slug, _language())
    return parts.show("knowledge_article.html", article=one, publishes=may(Action.KNOWLEDGE_PUBLISH))


@knowledge.get("/edit")
def edit() -> str:
    """Write an article anew, or a new one."""
    slug, language = request.args.get("slug", ""), _language()
    one: ArticleView | None = None
    if slug:
        with deps().database.read() as session:
            one = service.read(session, slug, language, counted=False)
    return parts.show("knowledge_edit.html", article=one, wanted=language)


@knowledge.post("/edit")
def publish() -> Response | str:
    """Publish what was written."""
    given = request.form
    draft = Draft(
        slug=given.get("slug", "").strip(),
        language=given.get("language", ""),
        title=given.get("title", ""),
        body=given.get("body", "").replace("\r\n", "\n"),
        business=given.get("business", "").strip() or None,
    )
    try:
        with deps().database.write() as session:
            service.save(session, actor(), draft, now=deps().now())
        flash(_("Published: it is found from now on."), "success")
    except DomainError as error:
        flash(sentence(error), "error")
        return parts.show("knowledge_edit.html", article=draft, wanted=draft.language)
    return redirect(url_for("knowledge.article", slug=draft.slug, language=draft.language))
