"""The panel of the acceptance form: filled in, signed in order, filed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor, Role
from crm.domain.errors import ConflictError
from crm.domain.forms import FIELDS, ORDER, FormState
from crm.domain.tickets import COMPLAINT_KINDS, Channel, Kind, Status
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import form_paper, forms, own_password, scope
from crm.services.after_facts import form_of
from crm.services.ticket_moves import move_ticket, system_move
from crm.services.tickets import TicketDetail, load_ticket
from crm.web import case_forms, words
from crm.web.after_words import AFTER_WHYS, FORM_STATES
from crm.web.case_forms import number, text
from crm.web.locale import chosen_language
from crm.web.pdf_answers import pdf

case_form = Blueprint("case_form", __name__, url_prefix="/tickets/<int:ticket_id>/form")
NAME = "form"
_LONG = frozenset({"content"})


def panel(session: Session, asker: Actor, detail: TicketDetail) -> dict[str, Any] | None:
    """What the template shows: nothing before the customer has his answer."""
    if Kind(detail.summary.kind) not in COMPLAINT_KINDS:
        return None
    status = Status(detail.summary.status)
    row = form_of(session, detail.summary.id)
    if row is None and status not in forms.FILLED_IN:
        return None
    ticket = session.get_one(Ticket, detail.summary.id)
    signs = scope.may_on_ticket(session, asker, Action.FORM_SIGN, ticket.id)
    why = forms.why_not(session, asker, ticket, row, deps().now()) if signs else "your role does not allow this"
    view = forms.view(session, row) if row else None
    language = chosen_language()
    return {
        "form": view,
        "fields": [(one.name, one.place, _title(one), one.name in _LONG, one.asked) for one in FIELDS],
        "order": [(one.place.value, _title(one), one.opinion) for one in ORDER],
        "signed": {one.place: one for one in view.signatures} if view else {},
        "fills_in": view is None and why is None and status in forms.FILLED_IN,
        "given": _prefill(session, ticket, asker) if view is None and why is None else {},
        "channels": [(channel.value, words.word(words.CHANNELS, channel)) for channel in Channel],
        "signs": view is not None and why is None,
        "files": view is not None and view.state == FormState.COMPLETE and Role.CM in asker.roles,
        "gives_up": view is not None and view.state in {FormState.SIGNING, FormState.COMPLETE}
        and (Role.CM in asker.roles),
        "why_not": str(AFTER_WHYS.get(why or "", why or "")) if view and view.state == FormState.SIGNING else "",
        "broken": forms.broken(row) if row else None,
        "language": language,
        "summary": str(FORM_STATES[view.state]) if view else str(_("not filled in yet")),
        "open": view is None or view.state != FormState.FILED,
    }  # fmt: skip


def _title(one: Any) -> str:
    return str(one.title_zh if chosen_language() == "zh" else one.title_en)


def _prefill(session: Session, ticket: Ticket, asker: Actor) -> dict[str, str]:
    return form_paper.prefill(
        session, ticket, asker, language=chosen_language(), zone=deps().centre.zone, now=deps().now()
    )


@case_form.post("/")
def fill_in(ticket_id: int) -> Response | Answer:
    """Fill in the form."""

    def work(session: Session) -> str:
        given = {one.name: text(one.name) for one in FIELDS}
        forms.fill_in(session, actor(), ticket_id, given, language=text("language"), now=deps().now())
        return str(_("The form is filled in. Now it is signed, in its order."))

    return case_forms.act(ticket_id, NAME, work, action=Action.FORM_SIGN)


@case_form.post("/sign")
def sign(ticket_id: int) -> Response | Answer:
    """Sign it: with one's password, as a signature must be one's own."""

    def work(session: Session) -> str:
        _may_sign_now(session, ticket_id)
        own_password.demand(session, actor(), text("password"))
        forms.sign(session, actor(), ticket_id, text("opinion"), seen=number("seen"), now=deps().now())
        return str(_("Signed."))

    return case_forms.act(ticket_id, NAME, work, action=Action.FORM_SIGN)


def _may_sign_now(session: Session, ticket_id: int) -> None:
    """Whoever reads the form and is not next gets a line on it, not a page that turns him away."""
    ticket = load_ticket(session, actor(), ticket_id)
    row = form_of(session, ticket.id)
    why = forms.why_not(session, actor(), ticket, row, deps().now())
    if row is not None and why is not None:
        raise ConflictError(why)


@case_form.post("/file")
def file(ticket_id: int) -> Response | Answer:
    """Put the form away as a PDF; the ticket goes on to its return visit."""

    def work(session: Session) -> str:
        now = deps().now()
        ticket = load_ticket(session, actor(), ticket_id)
        row = form_of(session, ticket.id)
        if row is None or row.state != FormState.COMPLETE:
            raise ConflictError("the form lacks signatures, or is filed already")
        view = forms.view(session, row)
        content = form_paper.draw(session, ticket, view, _channel(view), zone=deps().centre.zone)
        kept = form_paper.keep(session, deps().store, actor(), ticket, content, view.language, now=now)
        forms.file(session, actor(), ticket_id, kept.id, now=now)
        session.refresh(ticket)
        if Status(ticket.status) is Status.CONFIRMED:
            move_ticket(session, actor(), ticket_id, "sign_form", now=now)
            session.refresh(ticket)
            system_move(session, ticket, "plan_visit", now=now)
        return str(_("The form is filed; the return visit is next."))

    return case_forms.act(ticket_id, NAME, work, action=Action.FORM_SIGN)


@case_form.post("/give-up")
def give_up(ticket_id: int) -> Response | Answer:
    """Give up a form that was filled in wrongly."""

    def work(session: Session) -> str:
        forms.void(session, actor(), ticket_id, text("reason"), now=deps().now())
        return str(_("The form was given up; another one can be filled in."))

    return case_forms.act(ticket_id, NAME, work, action=Action.FORM_SIGN)


@case_form.get("/form.pdf")
def see(ticket_id: int) -> Response:
    """The form as it is now."""
    with deps().database.read() as session:
        ticket = load_ticket(session, actor(), ticket_id)
        row = form_of(session, ticket.id)
        if row is None:
            raise ConflictError("the form is not filled in yet")
        view = forms.view(session, row)
        content = form_paper.draw(session, ticket, view, _channel(view), zone=deps().centre.zone)
    return pdf(content, f"acceptance-form-{ticket.number}.pdf")


def _channel(view: forms.FormView) -> str:
    """The channel in words, in the form's own language."""
    channel = view.fields.get("channel", "")
    with force_locale("zh_Hans_CN" if view.language == "zh" else "en"):
        return words.word(words.CHANNELS, channel) if channel in set(Channel) else channel
