"""The page of the letterhead: what stands on every letter, and where customers can turn who disagree."""

from __future__ import annotations

from dataclasses import fields

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from crm.domain.access import Action
from crm.domain.errors import DomainError
from crm.domain.letterhead import InLanguage, Letterhead
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import letterhead as service
from crm.web import after_words, case_words
from crm.web.case_forms import number, text

letterhead = Blueprint("letterhead", __name__, url_prefix="/letterhead")
_PLAIN = ("hotline", "address", "email")


@letterhead.get("/")
def show() -> str:
    """The letterhead in force."""
    return _page(None)


def _page(typed: Letterhead | None) -> str:
    with deps().database.read() as session:
        version = service.latest(session)
    return render_template(
        "letterhead.html", version=version, head=typed or version.head, names=[one.name for one in fields(InLanguage)],
        plain=_PLAIN, titles=after_words.LETTERHEAD, edits=may(Action.LETTERHEAD_EDIT), reason=text("reason"),
    )  # fmt: skip


@letterhead.post("/")
def save() -> Response | Answer:
    """Put a new one in force."""
    typed = Letterhead(zh=_language("zh"), en=_language("en"), **{name: text(name) for name in _PLAIN})
    try:
        with deps().database.write() as session:
            service.save(session, actor(), typed, base=number("base"), reason=text("reason"), now=deps().now())
    except DomainError as error:
        flash(case_words.case_sentence(error), "error")
        return Response(_page(typed), 422, content_type="text/html; charset=utf-8")
    flash(_("The letterhead is in force."), "success")
    return redirect(url_for("letterhead.show"))


def _language(code: str) -> InLanguage:
    return InLanguage(**{one.name: request.form.get(f"{code}_{one.name}", "").strip() for one in fields(InLanguage)})
