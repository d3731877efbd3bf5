"""The panel of intake: what was told, by whom, what is suggested, what was confirmed, what else came in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, request
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.db.departments import Department
from crm.db.intake import TicketIntake
from crm.db.tickets import Ticket
from crm.domain import masking
from crm.domain.access import Action, Actor
from crm.domain.errors import DomainError, ForbiddenError
from crm.domain.field_rules import Field, sight
from crm.domain.money import yuan
from crm.domain.tickets import ENDED, Channel
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import classify, contributions, intake_review, receipts, same_matters, scope
from crm.services.classify import Chosen
from crm.services.contributions import Said
from crm.services.tickets import TicketDetail, load_ticket
from crm.web import case_page, intake_shown, intake_words
from crm.web.locale import chosen_language

case_intake = Blueprint("case_intake", __name__, url_prefix="/tickets/<int:ticket_id>/intake")
NAME = "intake"


def panel(session: Session, asker: Actor, ticket: TicketDetail) -> dict[str, Any] | None:
    """What the template shows."""
    ticket_id = ticket.summary.id
    intake = session.get(TicketIntake, ticket_id)
    row = session.get_one(Ticket, ticket_id)
    suggestion = classify.newest(session, ticket_id)
    text, source = classify.told(session, row)
    links = same_matters.of_ticket(session, asker, ticket_id)
    open_links = [one for one in links if one.state == same_matters.SUGGESTED]
    waits = suggestion is not None and suggestion.state == classify.OPEN
    return {
        "row": row,
        "intake": intake,
        "unit": _unit(session, intake.received_by_unit if intake else None),
        "suggestion": suggestion,
        "guesses": intake_shown.guesses(suggestion.guesses) if suggestion else [],
        "pieces": intake_shown.marked(text, suggestion.guesses) if suggestion and source == "text" else (),
        "spoken": text if source == classify.TRANSCRIPT else "",
        "label": intake_shown.label,
        "choices": intake_shown.choices(),
        "sign_tones": intake_words.SIGN_TONES,
        "links": links,
        "said": contributions.of_ticket(session, ticket_id),
        "yuan": yuan,
        "seen": lambda value, field: masking.shown(value, Field(field), sight(asker.roles, Field(field))) or "",
        "classifies": scope.may_on_ticket(session, asker, Action.TICKET_RECLASSIFY, ticket_id),
        "works": scope.may_on_ticket(session, asker, Action.TICKET_MOVE, ticket_id) and row.status not in ENDED,
        "summary": _("a decision is waited for") if waits or open_links else "",
        "open": True,
    }


def _unit(session: Session, code: str | None) -> str:
    """A department's name by its code."""
    found = session.scalars(select(Department).where(Department.code == code)).first() if code else None
    if found is None:
        return code or ""
    return found.name_en if chosen_language() == "en" else found.name_zh


def _done(ticket_id: int, work: Callable[[Session], object], said: str, anchor: str = NAME) -> Response:
    """Do it, say so, and come back to the panel; or say why not."""
    try:
        with deps().database.write() as session:
            work(session)
        flash(said, "success")
    except DomainError as error:
        flash(intake_words.sentence(error), "error")
    return redirect(case_page.back_to(ticket_id, anchor))


@case_intake.post("/classify")
def confirm(ticket_id: int) -> Response:
    """Confirm what is suggested, or say otherwise."""
    form = request.form
    level = form.get("level", "")
    chosen = Chosen(
        kind=form.get("kind") or None,
        category=form.get("category") or None,
        severity=form.get("severity") or None,
        level=int(level) if level in {"1", "2", "3"} else None,
        business_code=form.get("business_code") or None,
        reason_code=form.get("reason_code") or None,
        channel_code=form.get("channel_code") or None,
    )
    version = form.get("version", type=int)
    return _done(
        ticket_id,
        lambda session: classify.confirm(session, actor(), ticket_id, chosen, now=deps().now(), version=version),
        _("Confirmed. It stands in the history."),
    )


@case_intake.post("/read-back")
def read_back(ticket_id: int) -> Response:
    """The record was read to the customer, and he agreed."""
    return _done(
        ticket_id,
        lambda session: receipts.read_back(session, actor(), ticket_id, now=deps().now()),
        _("Written down."),
    )


@case_intake.post("/told")
def told(ticket_id: int) -> Response:
    """The customer was told number, time and contact."""
    return _done(
        ticket_id,
        lambda session: receipts.told_by_person(session, actor(), ticket_id, now=deps().now()),
        _("Written down."),
    )


@case_intake.post("/contacted")
def contacted(ticket_id: int) -> Response:
    """Somebody spoke with the customer."""
    note = request.form.get("note", "")
    return _done(
        ticket_id,
        lambda session: intake_review.contacted(session, actor(), ticket_id, note, now=deps().now()),
        _("Written down."),
    )


@case_intake.post("/added")
def added(ticket_id: int) -> Response:
    """Something that the customer added by telephone, letter or at the counter."""
    text, channel = request.form.get("text", ""), request.form.get("channel", "")
    way = channel if channel in set(Channel) else Channel.PHONE

    def work(session: Session) -> None:
        ticket = load_ticket(session, actor(), ticket_id)
        if not scope.may_on_ticket(session, actor(), Action.TICKET_MOVE, ticket_id):
            raise ForbiddenError("your role does not allow this")
        contributions.add(
            session, deps().store, ticket, Said(text, way, actor().name, source="staff"), now=deps().now()
        )

    return _done(ticket_id, work, _("Written down."))


@case_intake.post("/links/<int:link_id>")
def decide_link(ticket_id: int, link_id: int) -> Response:
    """Merge two tickets, keep them apart, or call one a repeat of the other."""
    ways: dict[str, Callable[..., int]] = {
        "merge": same_matters.merge,
        "apart": same_matters.keep_apart,
        "linked": same_matters.keep_linked,
    }
    way = ways.get(request.form.get("as", ""), same_matters.keep_apart)
    reason = request.form.get("reason", "").strip()
    return _done(
        ticket_id,
        lambda session: way(session, actor(), link_id, reason=reason, now=deps().now()),
        _("Done. It stands in the history below."),
    )
