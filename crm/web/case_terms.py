"""The panel of a ticket's terms: the law's and the house's side by side, longer terms, letters from above, leaks."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor
from crm.domain.clocks import Body
from crm.domain.errors import InvalidInputError
from crm.domain.extensions import Offer
from crm.domain.term_types import BY_LAW, Term, TermKind, TermState
from crm.domain.tickets import ENDED, Kind
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import approvals, extensions, scope, term_actions, terms
from crm.services.tickets import TicketDetail
from crm.web import case_forms
from crm.web.case_forms import text
from crm.web.term_words import BODIES, NO_EXTENSION, TERM_KINDS, standing_of
from crm.web.words import CHANNELS

case_terms = Blueprint("case_terms", __name__, url_prefix="/tickets/<int:ticket_id>/terms")
NAME = "terms"
_ANSWERS = (TermKind.LEGAL, TermKind.REVIEW, TermKind.TARGET)


def panel(session: Session, asker: Actor, ticket: TicketDetail) -> dict[str, Any] | None:
    """What the template shows; nothing for a ticket that has no terms."""
    row, now = session.get_one(Ticket, ticket.summary.id), deps().now()
    clock = terms.clock(session, row)
    shown = [term for term in clock.terms if term.state is not TermState.DROPPED]
    if not shown:
        return None
    answers = [_view(term, now) for kind in _ANSWERS if (term := clock.current(kind))]
    others = [term for term in shown if term.kind not in _ANSWERS and term.state is TermState.OPEN]
    open_ticket = row.status not in ENDED
    grades = open_ticket and scope.may_on_ticket(session, asker, Action.TICKET_RECLASSIFY, row.id)
    leak = clock.current(TermKind.LEAK)
    return {
        "summary": answers[0]["standing"] if answers else "",
        "answers": answers,
        "others": [_view(term, now) for term in sorted(others, key=lambda term: term.due_at)],
        "past": [_view(term, now) for term in clock.terms if term.state is not TermState.OPEN],
        "paused_since": clock.paused_since,
        "fixed": clock.fixed or row.source_body == Body.REGULATOR,
        "body": str(BODIES[row.source_body]) if row.source_body and row.source_body in BODIES else "",
        "letter_missing": row.source_body == Body.REGULATOR and not _has_letter(ticket),
        "extension": _extension(session, asker, row, now) if row.kind == Kind.COMPLAINT and open_ticket else None,
        "grades": grades and row.kind == Kind.COMPLAINT,
        "leaks": grades,
        "leak_open": leak is not None and leak.state is TermState.OPEN,
        "bodies": list(BODIES.items()),
        "today": now.astimezone(deps().centre.zone).date(),
    }


def _view(term: Term, now: datetime) -> dict[str, Any]:
    standing, tone = standing_of(term, now)
    whole = (term.due_at - term.started_at).total_seconds()
    until = term.ended_at or term.paused_since or now
    gone = (until - term.started_at).total_seconds()
    return {
        "kind": term.kind.value,
        "title": str(TERM_KINDS[term.kind]),
        "due_at": term.due_at,
        "started_at": term.started_at,
        "ended_at": term.ended_at,
        "standing": standing,
        "tone": tone,
        "percent": max(0, min(100, round(100 * gone / whole))) if whole > 0 else 100,
        "certain": term.certain,
        "cycle": term.cycle,
        "step": term.step,
        "law": term.kind in BY_LAW,
    }


def _has_letter(ticket: TicketDetail) -> bool:
    return any(event.event == "forwarded" and event.fields.get("letter_due") for event in ticket.events)


def _extension(session: Session, asker: Actor, row: Ticket, now: datetime) -> dict[str, Any]:
    standing = extensions.standing(session, row, now)
    works = scope.may_on_ticket(session, asker, Action.CASE_WORK, row.id)
    offered = standing.offer
    message = standing.message
    waits = approvals.waiting_on(session, row, standing.request, now) if standing.request is not None else []
    return {
        "asks": works and isinstance(offered, Offer),
        "to": offered.to if isinstance(offered, Offer) else standing.clock.asked,
        "why_not": "" if isinstance(offered, Offer) else str(NO_EXTENSION[offered]),
        "would_end": standing.would_end,
        "asked": standing.clock.asked,
        "approved": standing.clock.approved,
        "waits": waits,
        "reason": standing.request.reason if standing.request is not None else "",
        "message": message,
        "tells": works and standing.clock.approved and (message is None or message.state == "failed"),
        "channels": [(name, str(CHANNELS[name])) for name in extensions.channels(session, row)],
    }


@case_terms.post("/extension")
def ask(ticket_id: int) -> Response | Answer:
    """Ask for a longer term."""

    def work(session: Session) -> str:
        extensions.ask(session, actor(), ticket_id, text("reason"), now=deps().now())
        return str(_("Asked for. It counts when it is signed and the customer was told, both before the term is over."))

    return case_forms.act(ticket_id, NAME, work)


@case_terms.post("/notice")
def tell(ticket_id: int) -> Response | Answer:
    """Tell the customer of a longer term that is signed."""

    def work(session: Session) -> str:
        extensions.tell(session, actor(), ticket_id, text("channel") or None, now=deps().now())
        return str(_("The customer is being told. The term is longer as soon as that is proven."))

    return case_forms.act(ticket_id, NAME, work)


@case_terms.post("/forwarded")
def forwarded(ticket_id: int) -> Response | Answer:
    """Write down that somebody above us forwarded it."""

    def work(session: Session) -> str:
        term_actions.forwarded(
            session, actor(), ticket_id, body=text("body"), letter=text("letter"),
            letter_due=_day("letter_due"), now=deps().now(),
        )  # fmt: skip
        return str(_("Written down. The terms were counted anew."))

    return case_forms.act(ticket_id, NAME, work, action=Action.TICKET_RECLASSIFY)


@case_terms.post("/leak")
def leak(ticket_id: int) -> Response | Answer:
    """Write down a leak of data."""

    def work(session: Session) -> str:
        term_actions.leak_found(session, actor(), ticket_id, what=text("what"), now=deps().now())
        return str(_("Written down. The clock of the report to the central bank runs."))

    return case_forms.act(ticket_id, NAME, work, action=Action.TICKET_RECLASSIFY)


@case_terms.post("/leak/report")
def leak_reported(ticket_id: int) -> Response | Answer:
    """Write down that the central bank was told."""

    def work(session: Session) -> str:
        term_actions.leak_reported(session, actor(), ticket_id, how=text("how"), now=deps().now())
        return str(_("Written down: the central bank was told."))

    return case_forms.act(ticket_id, NAME, work, action=Action.TICKET_RECLASSIFY)


def _day(name: str) -> date | None:
    typed = text(name)
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError as error:
        raise InvalidInputError(name, "must be a day, as 2026-12-01") from error
