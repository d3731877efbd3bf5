"""The panel of a ticket's return visits, and the pages on which visits are planned and made."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from crm.domain.access import Action, Actor, Relation, reach
from crm.domain.errors import DomainError, NotFoundError
from crm.domain.visits import KINDS, OUTCOMES, QUESTIONS, VisitKind, VisitState
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import rules, visit_effect, visit_lists, visits
from crm.services.tickets import TicketDetail
from crm.services.visits import Said
from crm.web import after_words, case_words
from crm.web.case_forms import number, text
from crm.web.case_reply import moment
from crm.web.locale import chosen_language

visit_pages = Blueprint("visits", __name__, url_prefix="/visits")
NAME = "visits"


def panel(session: Session, _asker: Actor, detail: TicketDetail) -> dict[str, Any] | None:
    """What the template shows: nothing before a visit is planned."""
    found = visit_lists.of_ticket(session, detail.summary.id, now=deps().now())
    if not found:
        return None
    last = found[-1]
    return {
        "visits": found,
        "opens": bool(reach(actor().roles, Action.VISIT_WORK) or reach(actor().roles, Action.VISIT_READ)),
        "summary": str(after_words.VISIT_STATES[last.state]),
        "open": last.state == VisitState.PLANNED or last.outcome == "not_satisfied",
        **_words(),
    }


def _words() -> dict[str, Any]:
    language = chosen_language()
    return {
        "kind_words": case_words.names(KINDS),
        "outcome_words": case_words.names(OUTCOMES),
        "questions": {
            kind: [(q.code, q.kind, q.title.title(language)) for q in asked] for kind, asked in QUESTIONS.items()
        },
        "state_words": after_words.VISIT_STATES,
    }


@visit_pages.get("/")
def index() -> str:
    """The visits that are due, or those that were made; and what they brought."""
    state = request.args.get("state", VisitState.PLANNED)
    state = state if state in set(VisitState) else VisitState.PLANNED
    kind = request.args.get("kind", "")
    kind = kind if kind in set(VisitKind) else ""
    with deps().database.read() as session:
        found = visit_lists.list_visits(session, actor(), state=state, kind=kind, now=deps().now())
        leads = Relation.ANY in reach(actor().roles, Action.VISIT_READ)
        effect = visit_effect.of_span(session, days=90, now=deps().now()) if leads else None
    plans = Relation.ANY in reach(actor().roles, Action.VISIT_WORK)
    return render_template("visits.html", visits=found, state=state, kind=kind, effect=effect, plans=plans,
                           states=list(VisitState), kinds=list(VisitKind), **_words())  # fmt: skip


@visit_pages.post("/service")
def plan_service() -> Response | Answer:
    """Plan a talk about products."""
    try:
        with deps().database.write() as session:
            made = visits.plan_service(session, actor(), number("customer"), due_at=moment("due_at"), now=deps().now())
            made_id = made.id
    except DomainError as error:
        flash(case_words.case_sentence(error), "error")
        return redirect(url_for("visits.index"))
    flash(_("The visit is planned."), "success")
    return redirect(url_for("visits.show", visit_id=made_id))


@visit_pages.get("/<int:visit_id>")
def show(visit_id: int) -> str:
    """One visit: whom to call, what to ask, what he said."""
    return _page(visit_id, {})


def _page(visit_id: int, given: dict[str, str]) -> str:
    with deps().database.read() as session:
        row = visits.seen(session, actor(), visit_id)
        view = visit_lists.get_visit(session, actor(), visit_id, now=deps().now())
        plans = Relation.ANY in reach(actor().roles, Action.VISIT_WORK)
        able = visits.visitors(session, row) if plans and view.state == VisitState.PLANNED else ()
        reads_ticket = view.ticket_id is not None and bool(reach(actor().roles, Action.TICKET_READ))
        needed = rules.current(session).no_answer_tries
        matter = visit_lists.matter_of(session, row)
        tries = visit_lists.made_tries(session, row)
    return render_template("visit.html", v=view, able=able, mine=view.visitor == actor().name, given=given,
                           reads_ticket=reads_ticket, needed=needed, matter=matter, tries=tries,
                           **_words())  # fmt: skip


@visit_pages.post("/<int:visit_id>/take")
def take(visit_id: int) -> Response | Answer:
    """Make it one's own."""
    return _act(visit_id, lambda session: visits.take(session, actor(), visit_id, now=deps().now()),
                str(_("It is yours now.")))  # fmt: skip


@visit_pages.post("/<int:visit_id>/give")
def give(visit_id: int) -> Response | Answer:
    """Give it to somebody independent."""
    return _act(visit_id, lambda session: visits.give_to(session, actor(), visit_id, text("visitor"), now=deps().now()),
                str(_("It is given to him.")))  # fmt: skip


@visit_pages.post("/<int:visit_id>/not-reached")
def not_reached(visit_id: int) -> Response | Answer:
    """He was not reached."""
    return _act(
        visit_id,
        lambda session: visits.not_reached(session, actor(), visit_id, call_id=text("call_id"), note=text("note"),
                                           centre=deps().centre, now=deps().now()),
        str(_("Written down. The next try is later.")),
    )  # fmt: skip


@visit_pages.post("/<int:visit_id>/said")
def said(visit_id: int) -> Response | Answer:
    """What he said."""
    answers = {name[2:]: value for name, value in request.form.items() if name.startswith("q_")}
    told = Said(answers, text("opinion"), text("call_id"), refused=text("refused") == "1")
    return _act(visit_id, lambda session: visits.record(session, actor(), visit_id, told, now=deps().now()),
                str(_("Written down.")))  # fmt: skip


@visit_pages.post("/<int:visit_id>/cancel")
def cancel(visit_id: int) -> Response | Answer:
    """Call it off."""
    return _act(visit_id, lambda session: visits.cancel(session, actor(), visit_id, text("reason"), now=deps().now()),
                str(_("It is called off.")))  # fmt: skip


def _act(visit_id: int, work: Any, done: str) -> Response | Answer:
    """Do it, and come back to the visit; what was refused is shown with what was typed."""
    try:
        with deps().database.write() as session:
            work(session)
    except NotFoundError:
        raise
    except DomainError as error:
        flash(case_words.case_sentence(error), "error")
        return Response(_page(visit_id, dict(request.form.items())), 422, content_type="text/html; charset=utf-8")
    flash(done, "success")
    return redirect(url_for("visits.show", visit_id=visit_id))
