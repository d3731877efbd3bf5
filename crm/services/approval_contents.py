"""What is signed: the content of each request, and its fingerprint as things stand now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.casefile import AssistanceRequest, Solution
from crm.db.departments import Department
from crm.db.handling import ApprovalRequest, HandlingAct
from crm.db.tickets import Ticket
from crm.domain.approvals import Subject, fingerprint_of
from crm.domain.handling import Act
from crm.domain.tickets import Kind
from crm.services import case_facts
from crm.services.departments import UPPER

WRITTEN = ("facts", "responsibility", "basis", "solution", "cost")
"""Parts of a proposal that a move may bring itself."""


def solution_content(session: Session, ticket: Ticket, given: Mapping[str, Any]) -> dict[str, Any]:
    """What is signed of a solution: the case file's findings and plan, and what the move itself brought."""
    findings, solution = case_facts.findings_of(session, ticket.id), case_facts.solution_of(session, ticket.id)
    return {
        "kind": ticket.kind,
        "level": ticket.level,
        "findings_version": findings.version,
        "findings": case_facts.digest(case_facts.plain(findings.findings.to_document())) if findings.version else None,
        "solution_version": solution.version,
        "solution": solution.document if solution.version else None,
        "given": {name: given[name] for name in WRITTEN if given.get(name) is not None},
    }


def fingerprint_now(session: Session, ticket: Ticket, request: ApprovalRequest) -> str:
    """The fingerprint of what stands there now; the request's own for what cannot change behind it."""
    if request.subject != Subject.SOLUTION:
        return request.fingerprint
    content = solution_content(session, ticket, request.content.get("given", {}))
    return fingerprint_of({**content, "authors": request.content.get("authors", [])})


def solution_authors(session: Session, ticket: Ticket) -> frozenset[str]:
    """Who wrote the plan and who has the case: none of them signs it."""
    names = {ticket.assignee.username} if ticket.assignee else set()
    row = session.get(Solution, ticket.id)
    return frozenset(names | ({row.updated_by} if row is not None else set()))


def answering_departments(session: Session, ticket: Ticket) -> list[int]:
    """Departments whose heads sign: the one that answers for it, and those that were asked; a review's upper office."""
    ids = [] if ticket.department_id is None else [ticket.department_id]
    asked = select(AssistanceRequest.department_id).where(
        AssistanceRequest.ticket_id == ticket.id, AssistanceRequest.state != "withdrawn"
    )
    consulted = select(HandlingAct.department_id).where(
        HandlingAct.ticket_id == ticket.id, HandlingAct.act == Act.CONSULTED, HandlingAct.department_id.is_not(None)
    )
    ids += sorted({one for query in (asked, consulted) for one in session.scalars(query) if one is not None} - {*ids})
    wanted = UPPER if ticket.kind == Kind.REVIEW else "department"
    found = session.execute(select(Department.id, Department.kind).where(Department.id.in_(ids)))
    kinds = {row.id: row.kind for row in found}
    return [one for one in ids if kinds.get(one) == wanted]
