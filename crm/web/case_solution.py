"""The panel of the solution: remedies with their costs, steps with who does them until when, and what came of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from crm.domain import solutions as rules
from crm.domain.access import Action, Actor
from crm.domain.errors import DomainError, InvalidInputError, NotFoundError
from crm.domain.investigation import OPEN_FOR_FINDINGS
from crm.domain.money import fen_of, yuan
from crm.domain.solutions import POSTED, REMEDIES, Measure, Plan, RemedyKind, Step
from crm.domain.tickets import Status
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import case_access, execution, scope, solutions
from crm.services.case_facts import solution_of
from crm.services.execution import StepView
from crm.services.tickets import TicketDetail
from crm.web import case_forms, case_lists, case_page, case_words, parts
from crm.web.case_forms import number, text

case_solution = Blueprint("case_solution", __name__, url_prefix="/tickets/<int:ticket_id>/solution")
steps = Blueprint("steps", __name__, url_prefix="/steps")
NAME = "solution"


def panel(session: Session, asker: Actor, ticket: TicketDetail) -> dict[str, Any] | None:
    """What the template shows; nothing before anybody may or did write something."""
    ticket_id = ticket.summary.id
    view = solution_of(session, ticket_id)
    writes = ticket.summary.status in OPEN_FOR_FINDINGS and case_access.may_write(
        session, asker, ticket_id, Action.SOLUTION_PROPOSE
    )
    if not view.version and not writes:
        return None
    rows = execution.steps_of(session, ticket_id)
    executes = ticket.summary.status == Status.EXECUTING and case_access.may_write(session, asker, ticket_id)
    lacks = [word_of_missing(code) for code in view.missing]
    return {
        "view": view,
        "plan": view.plan,
        "steps_of": {
            one.id: [step for step in view.plan.steps if step.measure == one.id] for one in view.plan.measures
        },
        "rows": rows,
        "writes": writes,
        "executes": executes,
        "missing": lacks,
        "names": remedy_names(),
        "options": list(remedy_names().items()),
        "posted": POSTED,
        "people": case_lists.people(session) if writes else [],
        "departments": case_lists.departments(session),
        "versions": solutions.versions(session, ticket_id),
        "yuan": yuan,
        "instant": datetime.fromisoformat,
        "now": deps().now().astimezone(deps().centre.zone),
        "summary": _summary(view.plan, rows, lacks if writes else [], ticket.summary.status),
        "open": ticket.summary.status in case_page.AT_WORK,
    }


def remedy_names() -> dict[str, str]:
    """Kinds of remedies, as people read them."""
    return case_words.names({kind: remedy.name for kind, remedy in REMEDIES.items()})


def _summary(plan: Plan, rows: tuple[StepView, ...], lacks: list[str], status: str) -> str:
    if lacks:
        return str(_("still missing: %(what)s", what=", ".join(lacks)))
    cost = str(_("%(amount)s yuan", amount=yuan(plan.cost_fen)))
    undone = sum(one.state == "planned" for one in rows)
    if status == Status.EXECUTING and undone:
        return f"{cost} · " + str(ngettext("%(num)s step to do", "%(num)s steps to do", undone))
    return cost


def word_of_missing(code: str) -> str:
    """What a solution still lacks, in words."""
    known = {
        rules.Missing.SUMMARY: _("solution in a few sentences"),
        rules.Missing.MEASURES: _("remedies"),
        rules.Missing.COST: _("cost, or that there is none"),
        rules.Missing.STEPS: _("who carries each remedy out"),
    }
    return str(known[rules.Missing(code)])


def _change(ticket_id: int, change: solutions.Change, said: str) -> Response | Answer:
    def work(session: Session) -> str:
        solutions.write(session, actor(), ticket_id, change, expected_version=number("version"), now=deps().now())
        return said

    return case_forms.act(ticket_id, NAME, work, action=Action.SOLUTION_PROPOSE)


@case_solution.post("/summary")
def summary(ticket_id: int) -> Response | Answer:
    """Write the solution in a few sentences; say whether it costs nothing."""
    return _change(
        ticket_id,
        lambda plan: replace(plan, summary=text("summary"), no_cost=bool(text("no_cost"))),
        str(_("The solution is saved.")),
    )


@case_solution.post("/measures")
def measures(ticket_id: int) -> Response | Answer:
    """Add a remedy, or take one away with its steps."""

    def change(plan: Plan) -> Plan:
        if text("act") == "remove":
            return rules.without_measure(plan, number("measure"))
        if text("kind") not in set(RemedyKind):
            raise InvalidInputError("kind", "must be one of the list")
        amount = fen_of(text("amount")) if text("amount") else 0
        made = Measure(rules.next_id(plan.measures), RemedyKind(text("kind")), text("text"), amount)
        return replace(plan, measures=(*plan.measures, made), no_cost=plan.no_cost and not amount)

    return _change(ticket_id, change, str(_("The remedies are saved.")))


@case_solution.post("/steps")
def plan_steps(ticket_id: int) -> Response | Answer:
    """Add a step, or take one away."""

    def change(plan: Plan) -> Plan:
        if text("act") == "remove":
            gone = number("step")
            if all(one.id != gone for one in plan.steps):
                raise InvalidInputError("step", "there is no such step")
            return replace(plan, steps=tuple(one for one in plan.steps if one.id != gone))
        due = parts.local_instant("due_at", text("due_at"))
        made = Step(
            rules.next_id(plan.steps),
            number("measure"),
            text("text"),
            due.isoformat(),
            text("user") or None,
            text("department") or None,
        )
        return replace(plan, steps=(*plan.steps, made))

    return _change(ticket_id, change, str(_("The steps are saved.")))


@steps.get("/<int:step_id>")
def show(step_id: int) -> str:
    """One step, for whoever carries it out: what is to be done, and nothing else of the case."""
    with deps().database.read() as session:
        step = execution.get_step(session, actor(), step_id)
        sees = _sees_ticket(session, step.ticket_id)
        departments = case_lists.departments(session)
    return render_template(
        "step.html",
        step=step,
        sees=sees,
        names=remedy_names(),
        departments=dict(departments),
        yuan=yuan,
        posted=POSTED,
    )


def _sees_ticket(session: Session, ticket_id: int) -> bool:
    return scope.may_on_ticket(session, actor(), Action.TICKET_READ, ticket_id)


@steps.post("/<int:step_id>")
def finish(step_id: int) -> Response | Answer | str:
    """It was done, or it could not be done."""
    try:
        with deps().database.write() as session:
            if text("act") == "problem":
                execution.report_problem(
                    session,
                    actor(),
                    step_id,
                    problem=text("outcome"),
                    expected_version=number("version"),
                    now=deps().now(),
                )
                flash(_("Whoever has the case is told."), "success")
            else:
                execution.do_step(
                    session,
                    actor(),
                    step_id,
                    outcome=text("outcome"),
                    reference=text("reference"),
                    evidence=_position(text("evidence")),
                    expected_version=number("version"),
                    now=deps().now(),
                )
                flash(_("The step is done."), "success")
            ticket_id = execution.get_step(session, actor(), step_id).ticket_id
            sees = _sees_ticket(session, ticket_id)
    except NotFoundError:
        raise
    except DomainError as error:
        flash(case_words.case_sentence(error), "error")
        case_forms.keep()
        return show(step_id)
    if text("back") == "desk" or not sees:
        return redirect(url_for("desk.show"))
    return redirect(url_for("tickets.show", ticket_id=ticket_id, _anchor=NAME))


def _position(given: str) -> int | None:
    """``E3``, or 3."""
    plain = given.upper().removeprefix("E")
    if not plain:
        return None
    if not plain.isdecimal():
        raise InvalidInputError("evidence", "there is no such evidence")
    return int(plain)
