"""Departments and deputies: duties, time limits, heads, what goes where; who signs for whom while he is away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.db.departments import DepartmentRoute
from crm.db.people import User
from crm.domain import catalogue, statistics_codes
from crm.domain.access import Action
from crm.domain.errors import DomainError, InvalidInputError, NotFoundError
from crm.domain.statistics_codes import Axis
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import departments as service
from crm.services import deputies, rules
from crm.services.departments import AXES, KINDS, POSTS, PRIORITIES, DepartmentForm
from crm.web import handling_words, parts
from crm.web.handling_words import said
from crm.web.locale import chosen_language
from crm.web.words import word

departments = Blueprint("departments", __name__, url_prefix="/departments")


@departments.get("/")
def show() -> str:
    """All of them, the routes and the deputies."""
    with deps().database.read() as session:
        return _page(session)


def _page(session: Session) -> str:
    now, english = deps().now(), chosen_language() == "en"
    found = service.all_departments(session)
    numbers = rules.current(session)
    return render_template(
        "departments.html",
        found=found,
        name=lambda one: one.name_en if english else one.name_zh,
        duty=lambda one: one.duty_en if english else one.duty_zh,
        days=lambda one, priority: service.days_of(one, priority, numbers),
        own=lambda one, priority: getattr(one, f"{priority.lower()}_days"),
        priorities=PRIORITIES,
        kinds=[(kind, word(handling_words.DEPARTMENT_KINDS, kind)) for kind in KINDS],
        posts=[(post, word(handling_words.MEMBER_POSTS, post)) for post in POSTS],
        routes=_routes(session),
        deputies=deputies.listed(session, now),
        people=_people(session),
        edits=may(Action.DEPARTMENT_EDIT),
        names_deputies=may(Action.DEPUTY_NAME),
        me=actor().name,
        now=now.astimezone(deps().centre.zone),
        words=handling_words,
    )


def _people(session: Session) -> list[tuple[str, str]]:
    query = select(User.username, User.display_name).where(User.active).order_by(User.username)
    return [(row.username, row.display_name or row.username) for row in session.execute(query)]


def _routes(session: Session) -> list[tuple[str, str, list[tuple[str, str, int | None]]]]:
    """Axis, its name, and for each key its name and where it goes."""
    language = chosen_language()
    there = {(one.axis, one.key): one.department_id for one in session.scalars(select(DepartmentRoute))}
    titles: dict[str, tuple[str, list[tuple[str, str]]]] = {
        "reason": (str(_("Reason")), [(c.key, c.title(language)) for c in statistics_codes.choices(Axis.REASON)]),
        "category": (
            str(_("Class")),
            [(str(c), title.title(language)) for c, title in catalogue.INCIDENT_CLASSES.items()],
        ),
        "business": (str(_("Business")), [(c.key, c.title(language)) for c in statistics_codes.choices(Axis.BUSINESS)]),
        "level": (str(_("Level")), [(code, code) for code in ("1", "2", "3")]),
    }
    return [
        (axis, titles[axis][0], [(key, title, there.get((axis, key))) for key, title in titles[axis][1]])
        for axis in AXES
    ]


def _do(work: Callable[[Session], str], anchor: str) -> Response:
    try:
        with deps().database.write() as session:
            told = work(session)
        flash(told, "success")
    except NotFoundError:
        raise
    except DomainError as error:
        flash(said(error), "error")
    return redirect(url_for("departments.show", _anchor=anchor))


@departments.post("/")
def save() -> Response:
    """Make or change a department."""
    form = request.form

    def work(session: Session) -> str:
        days: list[int | None] = []
        for priority in PRIORITIES:
            text = form.get(f"days_{priority}", "").strip()
            if text and not (text.isascii() and text.isdigit()):
                raise InvalidInputError("days", "must be 1 to 60")
            days.append(int(text) if text else None)
        wanted = DepartmentForm(
            code=form.get("code", "").strip(),
            kind=form.get("kind", ""),
            name_zh=form.get("name_zh", ""),
            name_en=form.get("name_en", ""),
            duty_zh=form.get("duty_zh", ""),
            duty_en=form.get("duty_en", ""),
            days=(days[0], days[1], days[2], days[3]),
            active=form.get("active") == "1",
        )
        service.save(session, actor(), wanted, now=deps().now())
        return str(_("Saved."))

    return _do(work, f"department-{form.get('code', '')}")


@departments.post("/place")
def place() -> Response:
    """Say who belongs to a department, or no longer does."""
    form = request.form

    def work(session: Session) -> str:
        user = session.scalars(select(User).where(User.username == form.get("user", "").strip())).first()
        if user is None:
            raise InvalidInputError("person", "there is no such person")
        department_id = form.get("department_id", type=int)
        service.place(session, actor(), user.id, department_id, form.get("post", ""), now=deps().now())
        return str(_("Saved."))

    return _do(work, "departments")


@departments.post("/routes")
def route() -> Response:
    """Say what goes where."""
    form = request.form

    def work(session: Session) -> str:
        changed = 0
        for axis, _title, rows in _routes(session):
            for key, _name, before in rows:
                wanted = form.get(f"{axis}:{key}", type=int) if f"{axis}:{key}" in form else before
                if wanted != before:
                    service.route(session, actor(), axis, key, wanted, now=deps().now())
                    changed += 1
        return str(_("Saved.") if changed else _("Nothing was changed."))

    return _do(work, "routes")


@departments.post("/deputies")
def name_deputy() -> Response:
    """Name a deputy."""
    form = request.form

    def work(session: Session) -> str:
        fields: dict[str, Any] = {name: form.get(name, "") for name in ("principal", "deputy", "reason")}
        begin = parts.local_instant("from", form.get("from_at", ""))
        end = parts.local_instant("until", form.get("until_at", ""))
        deputies.name_deputy(session, actor(), **fields, from_at=begin, until_at=end, now=deps().now())
        return str(_("Named. He signs under his own name, in place of who is away."))

    return _do(work, "deputies")


@departments.post("/deputies/<int:deputy_id>/end")
def end_deputy(deputy_id: int) -> Response:
    """He is back."""

    def work(session: Session) -> str:
        deputies.end(session, actor(), deputy_id, now=deps().now())
        return str(_("He signs for himself again."))

    return _do(work, "deputies")
