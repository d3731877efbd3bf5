"""Solutions of tickets, kept by version.

A plan is written while the matter is investigated, and is then what others sign: it can be changed again only when it
was returned. Its steps are rows of their own, so that whoever has to do one finds it on his desk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from crm.db.casefile import ExecutionStep, Solution, SolutionVersion
from crm.db.departments import Department
from crm.db.people import User
from crm.domain import solutions as rules
from crm.domain.access import Action, Actor
from crm.domain.errors import ConflictError, InvalidInputError
from crm.domain.investigation import OPEN_FOR_FINDINGS
from crm.domain.solutions import Plan
from crm.services import case_access
from crm.services.case_facts import PLANNED, SolutionView, digest, plain, solution_of
from crm.services.ticket_changes import record_event

Change = Callable[[Plan], Plan]


def versions(session: Session, ticket_id: int) -> tuple[SolutionVersion, ...]:
    """All versions, the oldest first."""
    rows = select(SolutionVersion).where(SolutionVersion.ticket_id == ticket_id)
    return tuple(session.scalars(rows.order_by(SolutionVersion.version)))


def write(
    session: Session, actor: Actor, ticket_id: int, change: Change, *, expected_version: int, now: datetime
) -> SolutionView:
    """Change the plan. Raises InvalidInputError, ForbiddenError, ConflictError (too late, or others were first)."""
    ticket = case_access.for_writing(
        session, actor, ticket_id, action=Action.SOLUTION_PROPOSE, statuses=OPEN_FOR_FINDINGS
    )
    before = solution_of(session, ticket_id)
    if before.version != expected_version:
        raise ConflictError("somebody else changed the solution meanwhile")
    after = change(before.plan)
    if after == before.plan:
        return before
    rules.check(after)
    version = before.version + 1
    _keep(session, ticket_id, before.version, version, after, actor, now)
    _plan_steps(session, ticket_id, version, after, now)
    sealed = digest(plain(after.to_document()))
    fields = {"version": version, "cost_fen": after.cost_fen, "sha256": sealed}
    record_event(session, ticket, "solution_written", actor=actor.name, at=now, fields=fields)
    return solution_of(session, ticket_id)


def _keep(session: Session, ticket_id: int, old: int, new: int, plan: Plan, actor: Actor, now: datetime) -> None:
    document = plain(plan.to_document())
    values = {
        "version": new,
        "cost_fen": plan.cost_fen,
        "updated_at": now,
        "updated_by": actor.name,
        "document": document,
    }
    row = session.get(Solution, ticket_id)
    if row is None:
        session.add(Solution(ticket_id=ticket_id, **values))
    else:
        changed = session.execute(
            update(Solution)
            .where(Solution.ticket_id == ticket_id, Solution.version == old)
            .values(**values)
            .returning(Solution.ticket_id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if changed is None:
            raise ConflictError("somebody else changed the solution meanwhile")
        session.refresh(row)
    session.add(
        SolutionVersion(
            ticket_id=ticket_id, version=new, at=now, actor=actor.name, document=document, sha256=digest(document)
        )
    )
    session.flush()


def _plan_steps(session: Session, ticket_id: int, version: int, plan: Plan, now: datetime) -> None:
    """The rows of steps that nobody has done: those of the new version instead of the old ones.

    What was carried out in an earlier round is not to be done again.
    """
    session.execute(delete(ExecutionStep).where(ExecutionStep.ticket_id == ticket_id, ExecutionStep.state == PLANNED))
    measures = {one.id: one for one in plan.measures}
    done = select(ExecutionStep.position, ExecutionStep.text).where(ExecutionStep.ticket_id == ticket_id)
    carried_out = {(row.position, row.text) for row in session.execute(done)}
    for step in plan.steps:
        if (step.id, step.text) in carried_out:
            continue
        due = datetime.fromisoformat(step.due_at)
        if due < now.replace(second=0, microsecond=0) and not _was_there(session, ticket_id, version - 1, step.due_at):
            raise InvalidInputError("due_at", "must lie ahead")
        measure = measures[step.measure]
        first = next(one.id for one in plan.steps if one.measure == step.measure) == step.id
        session.add(
            ExecutionStep(
                ticket_id=ticket_id,
                solution_version=version,
                position=step.id,
                kind=measure.kind,
                text=step.text,
                amount_fen=measure.amount_fen if first else 0,
                user_id=_user_id(session, step.user),
                department_id=_department_id(session, step.department),
                due_at=due,
            )
        )
    session.flush()


def _was_there(session: Session, ticket_id: int, version: int, due_at: str) -> bool:
    """A date of the version before may lie behind: it was right when it was written."""
    row = session.get(SolutionVersion, (ticket_id, version))
    return row is not None and any(step["due_at"] == due_at for step in row.document["steps"])


def _user_id(session: Session, username: str | None) -> int | None:
    if username is None:
        return None
    found = session.scalar(select(User.id).where(User.username == username, User.active))
    if found is None:
        raise InvalidInputError("user", "there is no such active user")
    return found


def _department_id(session: Session, code: str | None) -> int | None:
    if code is None:
        return None
    found = session.scalar(select(Department.id).where(Department.code == code, Department.active))
    if found is None:
        raise InvalidInputError("department", "there is no such department")
    return found


def with_summary(plan: Plan, summary: str, *, no_cost: bool) -> Plan:
    """The plan with another summary, and whether it says that it costs nothing."""
    return replace(plan, summary=summary.strip(), no_cost=no_cost)
