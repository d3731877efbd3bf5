"""People of quality and calls that were scored, for tests of what follows a score."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.departments import Department, DepartmentMember
from crm.db.people import User
from crm.domain.access import Actor, Role
from crm.domain.evaluations import MarkKind
from crm.domain.marks import Mark
from crm.services import evaluations, users
from crm.services.evaluations import Sheet

CAST = {
    "alice": Role.A1, "amy": Role.A1, "sam": Role.SM, "sue": Role.SM, "quinn": Role.QA, "qing": Role.QA,
    "qiu": Role.QA, "hera": Role.QA, "dora": Role.DG, "tess": Role.TR, "audrey": Role.AU,
}  # fmt: skip
"""Alice and Amy answer calls in Sam's section, Sue leads the other one; Hera heads those who score."""
SEATS = {
    "alice": ("service_section_1", "member"), "amy": ("service_section_1", "member"),
    "sam": ("service_section_1", "head"), "sue": ("service_section_2", "head"),
    "hera": ("customer_maintenance", "head"),
}  # fmt: skip
GREETING = Mark(MarkKind.ITEM, "A1", 2, note="no greeting")
EMPATHY = Mark(MarkKind.ITEM, "B2", 3, note="says only what the rule is")
PROMISE = Mark(MarkKind.FATAL, "X06", note="promised the money back")


def cast(session: Session, now: datetime, password_hash: str | None = None) -> dict[str, Actor]:
    """The people, each in his place."""
    departments = {row.code: row.id for row in session.scalars(select(Department))}
    made = {}
    for name, role in CAST.items():
        user = users.create_user(
            session, username=name, roles=frozenset({role}), password_hash=password_hash, by="test", now=now,
            locale="en",
        )  # fmt: skip
        made[name] = users.actor_of(user)
        if name in SEATS:
            code, post = SEATS[name]
            session.add(DepartmentMember(user_id=user.id, department_id=departments[code], post=post))
    session.flush()
    return made


def call(session: Session, number: int, at: datetime, agent: str = "alice") -> Call:
    """A call without a recording."""
    row = Call(
        call_id=f"huiyin01-{int(at.timestamp())}.{number}", language="zh", started_at=at, answered_at=at,
        ended_at=at + timedelta(minutes=5), outcome="answered", menu_path=[], flags=[], ivr_done=True, agent=agent,
        talk_time=290.0,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def scored(
    session: Session, scorer: Actor, row: Call, marks: Sequence[Mark] = (GREETING, EMPATHY), *, now: datetime
) -> int:
    """An evaluation that was handed in."""
    made = evaluations.claim(session, scorer, row.call_id, now=now)
    hand_in(session, scorer, made, marks, now=now)
    return made


def hand_in(session: Session, scorer: Actor, made: int, marks: Sequence[Mark], *, now: datetime) -> None:
    """Fill in an evaluation that was begun, and hand it in."""
    kept = evaluations.save(session, scorer, made, Sheet(tuple(marks), advice="Greet first."), version=1, now=now)
    evaluations.submit(session, scorer, made, version=kept.version, now=now)


def person(session: Session, name: str) -> User:
    """Somebody by name."""
    return session.scalars(select(User).where(User.username == name)).one()
