"""Carrying a signed solution out: whose step it is, what came of it; and what the reply says of all that.

Every function that changes something works in the caller's writing transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session

from crm.db.casefile import Evidence, ExecutionStep
from crm.db.departments import DepartmentMember
from crm.db.tickets import Ticket
from crm.domain.access import Actor
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.notices import NoticeKind
from crm.domain.solutions import POSTED
from crm.domain.tickets import Status
from crm.services import case_access, notices
from crm.services.case_facts import DONE, PLANNED
from crm.services.ticket_changes import record_event

MAX_OUTCOME = 2_000
MAX_REFERENCE = 100
MAX_SHOWN = 200


@dataclass(frozen=True)
class StepView:
    """A step as pages show it."""

    id: int
    ticket_id: int
    ticket_number: str
    position: int
    kind: str
    text: str
    amount_fen: int
    user: str | None
    department: str | None
    due_at: datetime
    state: str
    done_at: datetime | None
    done_by: str | None
    reference: str
    outcome: str
    problem: str
    evidence_id: int | None
    version: int
    active: bool
    """the solution is signed: it is time to do it"""


def steps_of(session: Session, ticket_id: int) -> tuple[StepView, ...]:
    """The steps of a ticket: what was done, then what is planned."""
    rows = _steps(session, [ExecutionStep.ticket_id == ticket_id])
    return tuple(sorted(rows, key=lambda step: (step.state == PLANNED, step.done_at or step.due_at, step.id)))


def steps_for(session: Session, actor: Actor) -> tuple[StepView, ...]:
    """Steps that wait for this person or his department, the next due first."""
    if actor.user_id is None:
        return ()
    conditions = [ExecutionStep.state == PLANNED, Ticket.status == Status.EXECUTING, _his(actor.user_id)]
    return tuple(sorted(_steps(session, conditions), key=lambda step: step.due_at))


def get_step(session: Session, actor: Actor, step_id: int) -> StepView:
    """One step, for who carries it out or writes in the case file. Raises NotFoundError."""
    found = _steps(session, [ExecutionStep.id == step_id])
    if not found or not _may_execute(session, actor, step_id, found[0].ticket_id):
        raise NotFoundError("there is no such step")
    return found[0]


def begin_execution(session: Session, ticket: Ticket, *, now: datetime, by: int | None) -> None:
    """The solution is signed: tell everybody who has a step of it."""
    rows = session.scalars(
        select(ExecutionStep).where(ExecutionStep.ticket_id == ticket.id, ExecutionStep.state == PLANNED)
    )
    for user_id in sorted({user_id for row in rows for user_id in _doers(session, row)}):
        notices.tell(session, user_id, NoticeKind.STEP_ASSIGNED, ticket.id, now, by=by)


def _doers(session: Session, row: ExecutionStep) -> Sequence[int]:
    if row.user_id is not None:
        return [row.user_id]
    members = select(DepartmentMember.user_id).where(DepartmentMember.department_id == row.department_id)
    return session.scalars(members).all()


def do_step(
    session: Session,
    actor: Actor,
    step_id: int,
    *,
    outcome: str,
    reference: str = "",
    evidence: int | None = None,
    expected_version: int,
    now: datetime,
) -> StepView:
    """A step was carried out. What moves money names the posting. Raises ConflictError, InvalidInputError, and more."""
    row, ticket = _open_step(session, actor, step_id, expected_version)
    if not 1 <= len(outcome.strip()) <= MAX_OUTCOME:
        raise InvalidInputError("outcome", f"must have 1 to {MAX_OUTCOME} characters")
    if len(reference) > MAX_REFERENCE:
        raise InvalidInputError("reference", f"must have at most {MAX_REFERENCE} characters")
    if row.kind in POSTED and row.amount_fen and not reference.strip():
        raise InvalidInputError("reference", "the number of the posting is needed")
    values = {
        "state": DONE,
        "done_at": now,
        "done_by": actor.name,
        "outcome": outcome.strip(),
        "reference": reference.strip(),
        "problem": "",
        "evidence_id": _evidence_id(session, ticket.id, evidence),
    }
    _set(session, row, values)
    fields = {"step": row.text, "kind": row.kind, "amount_fen": row.amount_fen, "reference": reference.strip()}
    record_event(session, ticket, "step_done", actor=actor.name, at=now, reason=outcome.strip(), fields=fields)
    return get_step(session, actor, step_id)


def report_problem(
    session: Session, actor: Actor, step_id: int, *, problem: str, expected_version: int, now: datetime
) -> None:
    """A step could not be carried out; it stays open, and who has the case is told."""
    row, ticket = _open_step(session, actor, step_id, expected_version)
    if not 1 <= len(problem.strip()) <= MAX_OUTCOME:
        raise InvalidInputError("problem", f"must have 1 to {MAX_OUTCOME} characters")
    _set(session, row, {"problem": problem.strip()})
    record_event(
        session, ticket, "step_failed", actor=actor.name, at=now, reason=problem.strip(), fields={"step": row.text}
    )
    notices.tell(session, ticket.assignee_id, NoticeKind.STEP_FAILED, ticket.id, now, by=actor.user_id)


def _open_step(session: Session, actor: Actor, step_id: int, expected_version: int) -> tuple[ExecutionStep, Ticket]:
    row = session.get(ExecutionStep, step_id)
    if row is None or not _may_execute(session, actor, step_id, row.ticket_id):
        raise NotFoundError("there is no such step")
    ticket = session.get_one(Ticket, row.ticket_id)
    if ticket.complained_about_id is not None and ticket.complained_about_id == actor.user_id:
        raise ForbiddenError("nobody handles or decides a matter about himself")
    if ticket.status != Status.EXECUTING:
        raise ConflictError("the solution is not signed, or is carried out already")
    if row.state != PLANNED or row.version != expected_version:
        raise ConflictError("somebody else was first")
    return row, ticket


def _set(session: Session, row: ExecutionStep, values: Mapping[str, Any]) -> None:
    changed = session.execute(
        update(ExecutionStep)
        .where(ExecutionStep.id == row.id, ExecutionStep.version == row.version, ExecutionStep.state == PLANNED)
        .values(**values, version=row.version + 1)
        .returning(ExecutionStep.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if changed is None:
        raise ConflictError("somebody else was first")
    session.refresh(row)


def _evidence_id(session: Session, ticket_id: int, position: int | None) -> int | None:
    if position is None:
        return None
    found = session.scalar(select(Evidence.id).where(Evidence.ticket_id == ticket_id, Evidence.position == position))
    if found is None:
        raise InvalidInputError("evidence", "there is no such evidence")
    return found


def _his(user_id: int) -> Any:
    departments = select(DepartmentMember.department_id).where(DepartmentMember.user_id == user_id)
    return or_(ExecutionStep.user_id == user_id, ExecutionStep.department_id.in_(departments))


def _may_execute(session: Session, actor: Actor, step_id: int, ticket_id: int) -> bool:
    if actor.user_id is None:
        return False
    his = session.scalar(select(exists().where(ExecutionStep.id == step_id, _his(actor.user_id))))
    return bool(his) or case_access.may_write(session, actor, ticket_id)


def _steps(session: Session, conditions: Sequence[Any]) -> list[StepView]:
    rows = session.execute(
        select(ExecutionStep, Ticket.number, Ticket.status)
        .join(Ticket, Ticket.id == ExecutionStep.ticket_id)
        .where(*conditions)
        .order_by(ExecutionStep.due_at, ExecutionStep.id)
        .limit(MAX_SHOWN)
    )
    return [
        StepView(
            id=row.id,
            ticket_id=row.ticket_id,
            ticket_number=number,
            position=row.position,
            kind=row.kind,
            text=row.text,
            amount_fen=row.amount_fen,
            user=row.user.username if row.user else None,
            department=row.department.code if row.department else None,
            due_at=row.due_at,
            state=row.state,
            done_at=row.done_at,
            done_by=row.done_by,
            reference=row.reference,
            outcome=row.outcome,
            problem=row.problem,
            evidence_id=row.evidence_id,
            version=row.version,
            active=status == Status.EXECUTING,
        )
        for row, number, status in rows
    ]
