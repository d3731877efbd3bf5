"""The panel of words with the customer, and of questions to other departments."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from crm.domain import case_contacts as rules
from crm.domain.access import Actor
from crm.domain.case_contacts import ContactKind, ContactOutcome
from crm.domain.errors import DomainError, InvalidInputError, NotFoundError
from crm.domain.evidence import READ_ONLY
from crm.domain.tickets import COMPLAINT_KINDS, Channel, Kind
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import assistance, case_access, case_contacts
from crm.services.case_contacts import NewContact
from crm.services.tickets import TicketDetail
from crm.web import case_forms, case_lists, case_page, case_words, parts, words
from crm.web.case_forms import number, text

contacts = Blueprint("case_contacts", __name__, url_prefix="/tickets/<int:ticket_id>/contacts")
case_assistance = Blueprint("case_assistance", __name__, url_prefix="/tickets/<int:ticket_id>/assistance")
questions = Blueprint("questions", __name__, url_prefix="/questions")
CONTACTS, ASSISTANCE = "contacts", "assistance"
_USUAL = timedelta(days=2)


def contacts_panel(session: Session, asker: Actor, ticket: TicketDetail) -> dict[str, Any] | None:
    """Words with the customer; for what is no case, only when there are some."""
    found = case_contacts.of_ticket(session, ticket.summary.id)
    writes = _writes(session, asker, ticket)
    if not found and not (writes and Kind(ticket.summary.kind) in COMPLAINT_KINDS):
        return None
    now = deps().now().astimezone(deps().centre.zone)
    promised = found[0].next_report_at if found else None
    outcomes = [
        (code, [(str(one), case_words.names(rules.OUTCOMES)[one]) for one in rules.OUTCOMES_OF[ContactKind(code)]])
        for code, _name in case_words.options(rules.KINDS)
    ]
    return {
        "contacts": found,
        "writes": writes,
        "kinds": case_words.names(rules.KINDS),
        "kind_options": case_words.options(rules.KINDS),
        "outcomes": case_words.names(rules.OUTCOMES),
        "outcome_options": case_words.options(rules.OUTCOMES),
        "outcomes_of": outcomes,
        "channels": [(code, str(name)) for code, name in words.CHANNELS.items()],
        "now": now,
        "late": promised is not None and promised < now and writes,
        "summary": ngettext("%(num)s time", "%(num)s times", len(found)) if found else str(_("none yet")),
        "open": ticket.summary.status in case_page.AT_WORK,
    }


def assistance_panel(session: Session, asker: Actor, ticket: TicketDetail) -> dict[str, Any] | None:
    """Questions to departments."""
    asked = assistance.of_ticket(session, ticket.summary.id)
    writes = _writes(session, asker, ticket)
    if not asked and not (writes and Kind(ticket.summary.kind) in COMPLAINT_KINDS):
        return None
    now = deps().now().astimezone(deps().centre.zone)
    waiting = sum(one.state == assistance.OPEN for one in asked)
    return {
        "asked": asked,
        "writes": writes,
        "departments": case_lists.departments(session),
        "now": now,
        "usual": (now + _USUAL).replace(minute=0),
        "summary": ngettext("%(num)s waits for its answer", "%(num)s wait for their answers", waiting)
        if waiting
        else "",
        "open": bool(asked),
    }


def _writes(session: Session, asker: Actor, ticket: TicketDetail) -> bool:
    return ticket.summary.status not in READ_ONLY and case_access.may_write(session, asker, ticket.summary.id)


@contacts.post("/")
def write(ticket_id: int) -> Response | Answer:
    """Write down a word with the customer."""

    def work(session: Session) -> str:
        for name, known in (("kind", ContactKind), ("outcome", ContactOutcome), ("channel", Channel)):
            if text(name) not in set(known):
                raise InvalidInputError(name, "must be one of the list")
        promised = text("next_report_at")
        new = NewContact(
            kind=ContactKind(text("kind")),
            outcome=ContactOutcome(text("outcome")),
            channel=Channel(text("channel")),
            at=parts.local_instant("at", text("at")),
            told=text("told"),
            heard=text("heard"),
            proposal=text("proposal"),
            spoke_with=text("spoke_with"),
            next_report_at=parts.local_instant("next_report_at", promised) if promised else None,
        )
        case_contacts.write(session, actor(), ticket_id, new, now=deps().now())
        return str(_("The contact is written down."))

    return case_forms.act(ticket_id, CONTACTS, work)


@case_assistance.post("/")
def ask(ticket_id: int) -> Response | Answer:
    """Ask a department."""

    def work(session: Session) -> str:
        assistance.ask(
            session,
            actor(),
            ticket_id,
            department=text("department"),
            question=text("question"),
            disclosed=text("disclosed"),
            due_at=parts.local_instant("due_at", text("due_at")),
            now=deps().now(),
        )
        return str(_("The department is asked."))

    return case_forms.act(ticket_id, ASSISTANCE, work)


@case_assistance.post("/<int:request_id>/withdraw")
def withdraw(ticket_id: int, request_id: int) -> Response | Answer:
    """Do not ask any more."""

    def work(session: Session) -> str:
        assistance.withdraw(
            session,
            actor(),
            ticket_id,
            request_id,
            reason=text("reason"),
            expected_version=number("version"),
            now=deps().now(),
        )
        return str(_("The question is withdrawn."))

    return case_forms.act(ticket_id, ASSISTANCE, work)


@questions.get("/<int:request_id>")
def show(request_id: int) -> str:
    """A question, for the department that is asked: the question and what it may know, nothing else of the case."""
    with deps().database.read() as session:
        found = assistance.get_request(session, actor(), request_id)
        names = dict(case_lists.departments(session))
    return render_template("question.html", question=found, departments=names, now=deps().now())


@questions.post("/<int:request_id>")
def answer(request_id: int) -> Response | Answer | str:
    """Answer it for one's department."""
    try:
        with deps().database.write() as session:
            assistance.answer(
                session,
                actor(),
                request_id,
                text=text("answer"),
                expected_version=number("version"),
                now=deps().now(),
            )
    except NotFoundError:
        raise
    except DomainError as error:
        flash(case_words.case_sentence(error), "error")
        case_forms.keep()
        return show(request_id)
    flash(_("The answer is given. Whoever asked is told."), "success")
    return redirect(url_for("desk.show"))
