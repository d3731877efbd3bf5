"""What a case file comes to, read: its evidence, its findings, its solution.

Nothing here changes a ticket, so that the guards of its moves can ask here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.casefile import Evidence, ExecutionStep, Investigation, Solution
from crm.domain import investigation as finding_rules
from crm.domain import solutions as plan_rules
from crm.domain.evidence import Custody, custody_of
from crm.domain.investigation import Findings
from crm.domain.solutions import Missing, Plan

PLANNED, DONE = "planned", "done"


def custody(row: Evidence) -> Custody:
    """What the custody log of a piece of evidence comes to."""
    return custody_of([(one.act, one.holder, one.at) for one in row.custody])


def evidence_count(session: Session, ticket_id: int) -> int:
    """How many pieces of evidence count: all that are not withdrawn."""
    rows = session.scalars(select(Evidence).where(Evidence.ticket_id == ticket_id))
    return sum(custody(row).held for row in rows)


def plain(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document as JSON gives it back."""
    loaded: dict[str, Any] = json.loads(json.dumps(document, ensure_ascii=False))
    return loaded


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of a document."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class FindingsView:
    """The findings of a ticket as they are now. ``version`` 0: nothing was written yet."""

    findings: Findings
    version: int
    missing: tuple[finding_rules.Missing, ...]
    updated_at: datetime | None = None
    updated_by: str = ""


def findings_of(session: Session, ticket_id: int) -> FindingsView:
    """The findings now. The caller has asked who may read the ticket."""
    row = session.get(Investigation, ticket_id)
    if row is None:
        return FindingsView(Findings(), 0, finding_rules.missing(Findings()))
    findings = finding_rules.from_document(row.document)
    return FindingsView(findings, row.version, finding_rules.missing(findings), row.updated_at, row.updated_by)


@dataclass(frozen=True)
class SolutionView:
    """The solution of a ticket as it is now. ``version`` 0: nothing was written yet."""

    plan: Plan
    version: int
    missing: tuple[Missing, ...]
    updated_at: datetime | None = None
    updated_by: str = ""

    @property
    def document(self) -> dict[str, Any]:
        """What is signed."""
        return plain(self.plan.to_document())

    @property
    def fingerprint(self) -> str:
        """Hash of what is signed."""
        return digest(self.document)


def solution_of(session: Session, ticket_id: int) -> SolutionView:
    """The solution now. The caller has asked who may read the ticket."""
    row = session.get(Solution, ticket_id)
    if row is None:
        return SolutionView(Plan(), 0, plan_rules.missing(Plan()))
    plan = plan_rules.from_document({name: row.document[name] for name in ("summary", "measures", "steps", "no_cost")})
    return SolutionView(plan, row.version, plan_rules.missing(plan), row.updated_at, row.updated_by)


def solution_parts(session: Session, ticket_id: int) -> frozenset[str]:
    """Which parts of a proposal are written down: facts, responsibility, basis, solution, cost."""
    found, solution = findings_of(session, ticket_id), solution_of(session, ticket_id)
    lacks, unsolved = set(found.missing), set(solution.missing)
    late, cause = finding_rules.Missing.OURS, finding_rules.Missing.ROOT_CAUSE
    parts = {
        "facts": not lacks & {finding_rules.Missing.FACTS, finding_rules.Missing.VERDICT},
        "responsibility": not lacks & {finding_rules.Missing.RESPONSIBILITY, late, cause},
        "basis": finding_rules.Missing.BASIS not in lacks,
        "solution": not unsolved & {Missing.SUMMARY, Missing.MEASURES, Missing.STEPS},
        "cost": solution.version > 0 and Missing.COST not in unsolved,
    }
    return frozenset(name for name, there in parts.items() if there)


def to_execute(session: Session, ticket_id: int) -> int | None:
    """How many steps the solution has that is in force; None while the file has no solution."""
    version = session.scalar(select(Solution.version).where(Solution.ticket_id == ticket_id))
    if version is None:
        return None
    counted = select(func.count()).where(
        ExecutionStep.ticket_id == ticket_id, ExecutionStep.solution_version == version
    )
    return session.scalar(counted) or 0


def steps_open(session: Session, ticket_id: int) -> int:
    """How many of its steps are not done."""
    counted = select(func.count()).where(ExecutionStep.ticket_id == ticket_id, ExecutionStep.state == PLANNED)
    return session.scalar(counted) or 0


def reply_parts(session: Session, ticket_id: int, language: str) -> dict[str, str]:
    """What the answer to the customer says: facts, basis, solution, execution; only what is there."""
    found, solution = findings_of(session, ticket_id), solution_of(session, ticket_id)
    basis = [
        f"{entry.line}{('：' if language == 'zh' else ': ') + entry.says.strip() if entry.says.strip() else ''}"
        for entry in found.findings.basis
    ]
    done = _done(session, ticket_id)
    parts = {
        "facts": found.findings.facts.strip(),
        "basis": "\n".join(basis),
        "solution": plan_rules.solution_text(solution.plan, language),
        "execution": "\n".join(f"{number}. {step.outcome}" for number, step in enumerate(done, 1)),
    }
    return {name: text for name, text in parts.items() if text}


def _done(session: Session, ticket_id: int) -> list[ExecutionStep]:
    rows = select(ExecutionStep).where(ExecutionStep.ticket_id == ticket_id, ExecutionStep.state == DONE)
    return list(session.scalars(rows.order_by(ExecutionStep.done_at, ExecutionStep.id)))
