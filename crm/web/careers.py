"""Careers: what somebody is, what leads on from there, and the plan that he and who leads him agreed on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from crm.domain.access import Action
from crm.domain.careers import GoalKind, GoalState, PlanState, Position, next_positions
from crm.domain.errors import DomainError, InvalidInputError, NotFoundError
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import career_checks
from crm.services import career_plans as plans
from crm.services import careers as service
from crm.services.career_plans import Settling
from crm.web import inputs
from crm.web.merit_words import why

careers = Blueprint("careers", __name__, url_prefix="/careers")


def _today() -> date:
    return deps().now().astimezone(deps().centre.zone).date()


@careers.get("/")
def index() -> str | Answer:
    """The people whose careers he may see; somebody who sees his own only comes to it at once."""
    with deps().database.read() as session:
        people = service.staff(session, actor(), _today())
    if len(people) == 1 and people[0][0].id == actor().user_id:
        return redirect(url_for("careers.show", person_id=people[0][0].id))
    return render_template("careers.html", people=people)


@careers.get("/<int:person_id>")
def show(person_id: int) -> str:
    """One career: positions, what the next ones ask, plans with their goals and talks."""
    zone, now = deps().centre.zone, deps().now()
    with deps().database.read() as session:
        person = service.load(session, actor(), person_id)
        here, since = service.position_of(session, person, _today())
        mine = person.id == actor().user_id
        leads = not mine and may(Action.CAREER_LEAD) and _leads(session, person_id)
        found = plans.plans_of(session, person_id) if mine or leads or may(Action.CAREER_LEAD) or _reads_all() else []
        return render_template(
            "career.html", person=person, here=here, since=since, history=service.history(session, person_id),
            steps=career_checks.next_steps(session, person, zone=zone, now=now), plans=found, mine=mine, leads=leads,
            goal_kinds=list(GoalKind), positions=list(Position), following=next_positions(here), today=_today(),
            open_plan=next((one for one in found if one.state in plans.OPEN), None),
        )  # fmt: skip


def _leads(session: Session, person_id: int) -> bool:
    try:
        service.load(session, actor(), person_id, Action.CAREER_LEAD)
    except NotFoundError:
        return False
    return True


def _reads_all() -> bool:
    return actor().may(Action.CAREER_READ)


def _act(person_id: int, work: Callable[[Session], None]) -> Answer:
    try:
        with deps().database.write() as session:
            service.load(session, actor(), person_id)
            work(session)
        flash(_("Written down."), "success")
    except NotFoundError:
        raise
    except DomainError as error:
        flash(why(error), "error")
    return redirect(url_for("careers.show", person_id=person_id))


@careers.post("/<int:person_id>/position")
def place(person_id: int) -> Answer:
    """Write down what somebody is."""

    def work(session: Session) -> None:
        position, since = request.form.get("position"), inputs.day("since")
        if position not in set(Position) or since is None:
            raise InvalidInputError("due_on", "must be a kind and a date")
        reason = request.form.get("reason", "")
        service.place(session, actor(), person_id, Position(position), since, reason, now=deps().now())

    return _act(person_id, work)


@careers.post("/<int:person_id>/plan")
def write(person_id: int) -> Answer:
    """Write one's own plan."""

    def work(session: Session) -> None:
        target = request.form.get("target")
        if person_id != actor().user_id or target not in set(Position):
            raise InvalidInputError("target", "no way leads there from the present position")
        wish = request.form.get("wish", "")
        plans.write(session, actor(), Position(target), wish, today=_today(), now=deps().now())

    return _act(person_id, work)


@careers.post("/<int:person_id>/plan/<int:plan_id>/<move>")
def move(person_id: int, plan_id: int, move: str) -> Answer:
    """Agree to a plan, or end it."""

    def work(session: Session) -> None:
        seen, now = inputs.whole("version") or 0, deps().now()
        if move == "agree":
            plans.agree(session, actor(), plan_id, seen=seen, today=_today(), now=now)
        elif move in {PlanState.REACHED, PlanState.DROPPED}:
            plans.end(session, actor(), plan_id, PlanState(move), seen=seen, now=now)
        else:
            raise NotFoundError("there is no such move")

    return _act(person_id, work)


@careers.post("/<int:person_id>/plan/<int:plan_id>/goals")
def add_goal(person_id: int, plan_id: int) -> Answer:
    """A step on the way."""

    def work(session: Session) -> None:
        given = request.form
        goal = plans.goal_of(given.get("kind", ""), given.get("text", ""), given.get("due_on", ""))
        seen = inputs.whole("version") or 0
        plans.add_goal(session, actor(), plan_id, goal, seen=seen, today=_today(), now=deps().now())

    return _act(person_id, work)


@careers.post("/<int:person_id>/goals/<int:goal_id>")
def settle_goal(person_id: int, goal_id: int) -> Answer:
    """Say what came of a goal."""

    def work(session: Session) -> None:
        state = request.form.get("state")
        if state not in set(GoalState):
            raise InvalidInputError("state", "must be done or dropped")
        settling = Settling(GoalState(state), request.form.get("note", ""))
        plans.settle_goal(session, actor(), goal_id, settling, now=deps().now())

    return _act(person_id, work)


@careers.post("/<int:person_id>/plan/<int:plan_id>/talks")
def talk(person_id: int, plan_id: int) -> Answer:
    """Write a talk down."""

    def work(session: Session) -> None:
        held_on = inputs.day("held_on") or _today()
        text = request.form.get("text", "")
        plans.talk(session, actor(), plan_id, held_on, text, today=_today(), now=deps().now())

    return _act(person_id, work)
