"""What the guards of moves look at, gathered from rows. Each part of a case is asked of the service that owns it.

A part that is not asked here leaves its fact as ``Facts`` has it: no guard asks for it then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.contact_centre import Task
from crm.db.tickets import Ticket
from crm.domain import handling as order
from crm.domain.access import Actor
from crm.domain.approvals import Subject
from crm.domain.tasks import TaskState
from crm.domain.tickets import COMPLAINT_KINDS, Facts, Kind, Status
from crm.services import after_facts, approvals, case_facts, handling, merging, penalties, recusal, reviews, rules


def gather(
    session: Session, ticket: Ticket, actor: Actor, given: Mapping[str, Any] | None = None, *, now: datetime
) -> Facts:
    """The facts of this ticket, for a move that this actor makes with these inputs."""
    given = given or {}
    facts = Facts(
        kind=Kind(ticket.kind),
        status=Status(ticket.status),
        level=ticket.level,
        assignee=ticket.assignee.username if ticket.assignee else None,
        complained_about=ticket.accused.username if ticket.accused else None,
        given=given,
        actor=actor.name,
        roles=actor.roles,
        first_agent=ticket.first_agent.username if ticket.first_agent else None,
        recused=recusal.recused(session, ticket),
        classified=_classified(ticket),
        read_back=ticket.read_back_at is not None,
        told=ticket.told_at is not None,
        reopened=handling.round_of(session, ticket.id) > 0,
        amount_fen=ticket.amount_fen or 0,
        merging=_merging(session, actor, ticket, given),
        reviewing=reviews.wrong_with(session, ticket),
    )
    facts = _with_acts(session, ticket, facts)
    facts = _with_case(session, ticket, facts)
    facts = _with_signatures(session, ticket, actor, facts, now)
    facts = _with_after(session, ticket, facts)
    return replace(facts, tasks_open=_tasks_open(session, ticket.id))


def _classified(ticket: Ticket) -> frozenset[str]:
    known = {
        "category": ticket.category,
        "department": ticket.department_id,
        "business_code": ticket.business_code,
        "reason_code": ticket.reason_code,
    }
    return frozenset(name for name, value in known.items() if value is not None)


def _merging(session: Session, actor: Actor, ticket: Ticket, given: Mapping[str, Any]) -> str | None:
    if not given.get("into"):
        return None
    return merging.why_not(ticket, merging.target(session, actor, given["into"]))


def _with_acts(session: Session, ticket: Ticket, facts: Facts) -> Facts:
    """What the level asks for along the handling order."""
    if facts.kind is not Kind.COMPLAINT:
        return facts
    done = handling.done_acts(session, ticket)
    due = ["/".join(group) for group in order.chain_acts_due(facts.level, done)]
    if penalties.open_ones(session, ticket.id):
        due.append("penalty_signed")
    return replace(facts, first_acts_due=order.first_acts_due(facts.level, done), acts_due=tuple(due))


def _with_case(session: Session, ticket: Ticket, facts: Facts) -> Facts:
    """What the case file holds."""
    return replace(
        facts,
        evidence=case_facts.evidence_count(session, ticket.id) if facts.kind in COMPLAINT_KINDS else None,
        solution=case_facts.solution_parts(session, ticket.id),
        to_execute=case_facts.to_execute(session, ticket.id),
        steps_open=case_facts.steps_open(session, ticket.id) if facts.status is Status.EXECUTING else 0,
    )


def _with_signatures(session: Session, ticket: Ticket, actor: Actor, facts: Facts, now: datetime) -> Facts:
    """Who has to sign, while signatures are waited for."""
    if facts.status is not Status.PENDING_APPROVAL:
        return facts
    waiting = approvals.open_requests(session, ticket.id, Subject.SOLUTION)
    if not waiting:
        return replace(facts, outstanding=1)
    signing = approvals.why_not(session, ticket, waiting[-1], actor, now)
    outstanding = approvals.missing(waiting[-1]) - (signing is None)
    return replace(facts, signing=signing, outstanding=outstanding)


_ANSWERING = frozenset({Status.NOTIFYING, Status.ON_SPOT})
_ANSWERED = frozenset({Status.NOTIFIED, Status.CONFIRMED, Status.DISPUTED, Status.FORM_SIGNED, Status.RETURN_VISIT})


def _with_after(session: Session, ticket: Ticket, facts: Facts) -> Facts:
    """The answer, and what follows it; asked for only where a guard of this status looks at it."""
    if facts.kind not in COMPLAINT_KINDS:
        return facts
    if facts.status in _ANSWERING | _ANSWERED:
        facts = replace(
            facts,
            reply=after_facts.reply_written(session, ticket.id),
            proof=after_facts.reply_proven(session, ticket.id),
        )
    if facts.status in _ANSWERED and facts.kind is Kind.COMPLAINT:
        facts = replace(
            facts,
            contact_tries=after_facts.contact_tries(session, ticket.id),
            tries_needed=rules.current(session).no_answer_tries,
            form_missing=after_facts.form_missing(session, ticket.id),
            visit=after_facts.visit_outcome(session, ticket.id),
        )
    if facts.status is Status.CLOSED and facts.kind is Kind.COMPLAINT:
        made = after_facts.archive_hash(session, ticket.id)
        facts = replace(facts, archive_hash=made, archive_made=made is not None)
    return facts


def _tasks_open(session: Session, ticket_id: int) -> int:
    counted = select(func.count()).where(Task.ticket_id == ticket_id, Task.state == TaskState.OPEN)
    return session.scalar(counted) or 0
