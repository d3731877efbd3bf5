"""The house's departments: who belongs to them, who heads them, what goes to which and how long each may take."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm.db.departments import Department, DepartmentMember, DepartmentRoute
from crm.db.people import User
from crm.domain.access import Action, Actor
from crm.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.rules import Rules
from crm.services import audit

KINDS = ("centre", "section", "office", "department", "upper")
UPPER = "upper"
POSTS = ("head", "deputy", "member")
PRIORITIES = ("P1", "P2", "P3", "P4")
AXES = ("reason", "category", "business", "level")
"""What a matter is routed by, the most telling first."""
_CODE = re.compile(r"\A[a-z][a-z0-9_]{1,39}\Z")
_MOST_DAYS = 60


@dataclass(frozen=True)
class DepartmentForm:
    """A department as somebody wants it. ``days``: its own limits by priority; None: the rules' limit."""

    code: str
    kind: str
    name_zh: str
    name_en: str
    duty_zh: str = ""
    duty_en: str = ""
    days: tuple[int | None, int | None, int | None, int | None] = (None, None, None, None)
    active: bool = True


def all_departments(session: Session, *, active_only: bool = False) -> list[Department]:
    """All of them, in the order in which they were made."""
    query = select(Department).order_by(Department.id)
    return list(session.scalars(query.where(Department.active) if active_only else query))


def by_code(session: Session, code: str) -> Department:
    """The active department of this code. Raises InvalidInputError."""
    found = session.scalars(select(Department).where(Department.code == code, Department.active)).first()
    if found is None:
        raise InvalidInputError("department", "there is no such department")
    return found


def department_of(session: Session, user_id: int | None) -> Department | None:
    """Where somebody belongs."""
    if user_id is None:
        return None
    member = session.get(DepartmentMember, user_id)
    return member.department if member is not None else None


def heads(department: Department) -> list[User]:
    """The head and the head's deputies, as far as they are active."""
    posts = sorted((one for one in department.members if one.post != "member"), key=lambda one: one.post != "head")
    return [one.user for one in posts if one.user.active]


def days_of(department: Department | None, priority: str, rules: Rules) -> int:
    """Calendar days in which this department answers: its own limit, or the rules'."""
    own = getattr(department, f"{priority.lower()}_days") if department is not None else None
    return own if own is not None else rules.department_days(priority)


def suggested(session: Session, known: Mapping[str, str | int | None]) -> Department | None:
    """The department that what is known of a matter routes it to; ``known`` by axis."""
    routes = {(one.axis, one.key): one.department for one in session.scalars(select(DepartmentRoute))}
    for axis in AXES:
        value = known.get(axis)
        found = routes.get((axis, str(value))) if value is not None else None
        if found is not None and found.active:
            return found
    return None


def save(session: Session, actor: Actor, form: DepartmentForm, *, now: datetime) -> Department:
    """Make a department, or change the one of this code. Raises ForbiddenError, InvalidInputError."""
    _may_edit(actor)
    _check(form)
    row = session.scalars(select(Department).where(Department.code == form.code)).first()
    if row is None:
        row = Department(code=form.code)
        session.add(row)
    row.kind, row.name_zh, row.name_en, row.active = form.kind, form.name_zh.strip(), form.name_en.strip(), form.active
    row.duty_zh, row.duty_en = form.duty_zh.strip(), form.duty_en.strip()
    row.p1_days, row.p2_days, row.p3_days, row.p4_days = form.days
    session.flush()
    detail = {"code": form.code, "kind": form.kind, "days": list(form.days), "active": form.active}
    audit.append(
        session, at=now, actor=actor.name, action="department.saved", subject=f"department:{row.id}", detail=detail
    )
    return row


def _check(form: DepartmentForm) -> None:
    if not _CODE.match(form.code):
        raise InvalidInputError("code", "must have 2 to 40 of a-z 0-9 _, a letter first")
    if form.kind not in KINDS:
        raise InvalidInputError("kind", f"must be one of {', '.join(KINDS)}")
    for field, text, most in (
        ("name_zh", form.name_zh, 80), ("name_en", form.name_en, 80),
        ("duty_zh", form.duty_zh, 500), ("duty_en", form.duty_en, 500),
    ):  # fmt: skip
        if len(text.strip()) > most or (field.startswith("name") and not text.strip()) or "\0" in text:
            raise InvalidInputError(field, f"must have 1 to {most} characters")
    given = [one for one in form.days if one is not None]
    if any(not 1 <= one <= _MOST_DAYS for one in given):
        raise InvalidInputError("days", f"must be 1 to {_MOST_DAYS}")
    if given != sorted(given):
        raise InvalidInputError("days", "a more urgent matter must not have more days than a less urgent one")


def place(session: Session, actor: Actor, user_id: int, department_id: int | None, post: str, *, now: datetime) -> None:
    """Say where a person belongs; None: nowhere. Raises ForbiddenError, InvalidInputError, NotFoundError."""
    _may_edit(actor)
    user = session.get(User, user_id)
    if user is None:
        raise NotFoundError("there is no such person")
    if post not in POSTS:
        raise InvalidInputError("post", f"must be one of {', '.join(POSTS)}")
    row = session.get(DepartmentMember, user_id)
    if department_id is None:
        if row is not None:
            session.delete(row)
    else:
        if session.get(Department, department_id) is None:
            raise InvalidInputError("department", "there is no such department")
        if row is None:
            session.add(DepartmentMember(user_id=user_id, department_id=department_id, post=post))
        else:
            row.department_id, row.post = department_id, post
    session.flush()
    session.expire_all()
    detail = {"username": user.username, "department_id": department_id, "post": post}
    audit.append(
        session, at=now, actor=actor.name, action="department.placed", subject=f"user:{user_id}", detail=detail
    )


def route(session: Session, actor: Actor, axis: str, key: str, department_id: int | None, *, now: datetime) -> None:
    """Say what goes to which department; None: no route. Raises ForbiddenError, InvalidInputError."""
    _may_edit(actor)
    if axis not in AXES or not 1 <= len(key) <= 40:
        raise InvalidInputError("axis", f"must be one of {', '.join(AXES)}")
    if department_id is not None and session.get(Department, department_id) is None:
        raise InvalidInputError("department", "there is no such department")
    session.execute(delete(DepartmentRoute).where(DepartmentRoute.axis == axis, DepartmentRoute.key == key))
    if department_id is not None:
        session.add(DepartmentRoute(axis=axis, key=key, department_id=department_id))
    session.flush()
    detail = {"axis": axis, "key": key, "department_id": department_id}
    audit.append(
        session, at=now, actor=actor.name, action="department.routed", subject=f"route:{axis}/{key}", detail=detail
    )


def _may_edit(actor: Actor) -> None:
    if not actor.may(Action.DEPARTMENT_EDIT):
        raise ForbiddenError("these roles do not change departments")


def _log(session: Session, actor: Actor, what: str, subject: str, detail: Mapping[str, Any], now: datetime) -> None:
    audit.append(session, at=now, actor=actor.name, action=f"department.{what}", subject=subject, detail=detail)
