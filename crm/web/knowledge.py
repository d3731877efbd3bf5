"""Looking things up: the search, its results while one types, an article, and whether it helped."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from crm.domain.access import Action
from crm.domain.errors import DomainError
from crm.domain.knowledge import ArticleKind
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import knowledge as service
from crm.services import knowledge_use, knowledge_versions
from crm.services.knowledge import LANGUAGES
from crm.web import parts
from crm.web.locale import chosen_language
from crm.web.training_words import sentence

knowledge = Blueprint("knowledge", __name__, url_prefix="/knowledge")


def today() -> date:
    """The centre's day."""
    return deps().now().astimezone(deps().centre.zone).date()


def language() -> str:
    """The language asked for, else that of the screen."""
    asked = request.values.get("language", "")
    return asked if asked in LANGUAGES else chosen_language()


def kind() -> str:
    """The kind of article asked for; empty: every kind."""
    asked = request.args.get("kind", "")
    return asked if asked in set(ArticleKind) else ""


@knowledge.get("/")
def index() -> str:
    """The search, with what it finds; without a question, what is opened most. What is not found is counted."""
    query, wanted = request.args.get("q", "").strip(), language()
    with deps().database.read() as session:
        found = service.search(session, query, wanted, today=today(), kind=kind())
        waiting = knowledge_versions.mine(session, actor())
    if query and not found:
        with deps().database.write() as session:
            knowledge_use.not_found(session, query, wanted, today=today())
    return parts.show(
        "knowledge.html", query=query, found=found, wanted=wanted, kind=kind(), waiting=len(waiting),
        suggests=may(Action.KNOWLEDGE_SUGGEST), keeps=knowledge_versions.keeps(actor()),
    )  # fmt: skip


@knowledge.get("/found")
def found() -> str:
    """The results alone: asked for while somebody types."""
    query, wanted = request.args.get("q", "").strip(), language()
    with deps().database.read() as session:
        results = service.search(session, query, wanted, today=today(), kind=kind())
    return render_template("parts/knowledge_found.html", query=query, found=results, wanted=wanted)


@knowledge.get("/<slug>")
def article(slug: str) -> str:
    """One article; the look is counted, with the call that it was for."""
    with deps().database.write() as session:
        one = service.read(session, slug, language(), today=today(), reader=actor(), now=deps().now())
        said = knowledge_use.my_vote(session, actor(), one.id, one.version)
        cases = knowledge_use.cases_of(session, actor(), slug)
        history = knowledge_versions.history(session, actor(), slug, one.language)
    return parts.show(
        "knowledge_article.html", article=one, said=said, cases=cases, history=history,
        suggests=may(Action.KNOWLEDGE_SUGGEST), keeps=knowledge_versions.keeps(actor()),
    )  # fmt: skip


@knowledge.post("/<slug>/helped")
def helped(slug: str) -> str:
    """He says whether it helped; the answer takes the question's place."""
    said, problem = request.form.get("helped") == "yes", ""
    try:
        with deps().database.write() as session:
            knowledge_use.vote(
                session, actor(), slug, language(), helped=said, note=request.form.get("note", ""), now=deps().now()
            )
    except DomainError as error:
        problem = sentence(error)
    with deps().database.read() as session:
        one = service.read(session, slug, language(), today=today())
        now = knowledge_use.my_vote(session, actor(), one.id, one.version)
    if parts.wants_part():
        return render_template("parts/knowledge_helped.html", article=one, said=now, problem=problem)
    return parts.show(
        "knowledge_article.html", article=one, said=now, problem=problem, cases=(), history=(), suggests=False,
        keeps=False, thanks=_("Thank you. Who looks after this article will see it."),
    )  # fmt: skip
