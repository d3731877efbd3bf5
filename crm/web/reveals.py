"""A masked value, whole: asked for with a reason, told once."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from crm.domain.errors import DomainError
from crm.domain.reveals import RevealReason
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import reveals as service
from crm.services.reveals import Wanted
from crm.web import parts
from crm.web.customer_words import said, sentence
from crm.web.pages import own_page

reveals = Blueprint("reveals", __name__, url_prefix="/reveals")


@reveals.get("/")
def ask() -> str:
    """The form that asks what it is needed for."""
    return _form(request.args.get("subject", ""), request.args.get("field", ""), request.args.get("back", "/"))


def _form(subject: str, field: str, back: str, problem: str = "") -> str:
    return parts.show(
        "reveal.html", subject=subject[:120], field=field[:40], back=own_page(back), reasons=tuple(RevealReason),
        said=said, problem=problem, value=None,
    )  # fmt: skip


@reveals.post("/")
def tell() -> Response | str:
    """The value. It stands in this answer and nowhere else."""
    form = request.form
    wanted = Wanted(form.get("subject", "")[:120], form.get("field", "")[:40])
    try:
        with deps().database.write() as session:
            value = service.reveal(
                session, actor(), wanted, reason=form.get("reason", ""), words=form.get("words", ""),
                region=deps().centre.region, now=deps().now(),
            )  # fmt: skip
    except DomainError as error:
        return _form(wanted.subject, wanted.field, form.get("back", "/"), sentence(error))
    back = own_page(form.get("back", "/"))
    if parts.wants_part():
        return render_template("parts/revealed.html", value=value)
    return parts.show("reveal.html", value=value, back=back, said=said, problem="")
