"""Questions to other departments. A department learns the question and what the asker discloses, not the case (PR-02).

IV-08. The answer becomes evidence of the case. Who is asked is told; who asked is told of the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from crm.db.casefile import AssistanceRequest, Evidence, EvidenceCustody
from crm.db.departments import Department, DepartmentMember
from crm.db.tickets import Ticket
from crm.domain.access import Actor
from crm.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm.domain.evidence import CustodyAct, EvidenceKind, digest_of
from crm.domain.notices import NoticeKind
from crm.domain.redaction import hide_cards
from crm.services import audit, case_access, notices
from crm.services.ticket_changes import record_event

OPEN, ANSWERED, WITHDRAWN = "open", "answered", "withdrawn"
MAX_TEXT = 5_000
_FARTHEST = timedelta(days=60)


@dataclass(frozen=True)
class RequestView:
    """A question as its two sides see it."""

    id: int
    ticket_id: int
    ticket_number: str
    department: str
    department_id: int
    question: str
    disclosed: str
    asked_by: str
    asked_at: datetime
    due_at: datetime
    state: str
    answer: str
    answered_by: str | None
    answered_at: datetime | None
    version: int


def of_ticket(session: Session, ticket_id: int) -> tuple[RequestView, ...]:
    """The questions of a ticket. The caller has asked who may read the ticket."""
    return _views(session, [AssistanceRequest.ticket_id == ticket_id])


def waiting_for(session: Session, actor: Actor) -> tuple[RequestView, ...]:
    """Open questions to the actor's department, the next due first."""
    if actor.user_id is None:
        return ()
    return _views(session, [AssistanceRequest.state == OPEN, _to_his_department(actor.user_id)])


def asked_by(session: Session, actor: Actor) -> tuple[RequestView, ...]:
    """Open questions that the actor asked."""
    return _views(session, [AssistanceRequest.state == OPEN, AssistanceRequest.asked_by_id == actor.user_id])


def get_request(session: Session, actor: Actor, request_id: int) -> RequestView:
    """A question, for the department that is asked. Raises NotFoundError."""
    his = _to_his_department(actor.user_id or 0)
    found = _views(session, [AssistanceRequest.id == request_id, his])
    if not found:
        raise NotFoundError("there is no such question")
    return found[0]


def ask(
    session: Session,
    actor: Actor,
    ticket_id: int,
    *,
    department: str,
    question: str,
    disclosed: str,
    due_at: datetime,
    now: datetime,
) -> int:
    """Ask a department. Raises InvalidInputError, NotFoundError, ForbiddenError, ConflictError. Gives the id."""
    ticket = case_access.for_writing(session, actor, ticket_id)
    found = session.scalars(select(Department).where(Department.code == department, Department.active)).one_or_none()
    if found is None:
        raise InvalidInputError("department", "there is no such department")
    if not question.strip() or len(question) > MAX_TEXT:
        raise InvalidInputError("question", f"must have 1 to {MAX_TEXT} characters")
    if len(disclosed) > MAX_TEXT or "\0" in question + disclosed:
        raise InvalidInputError("disclosed", f"must have at most {MAX_TEXT} characters")
    if due_at.tzinfo is None or not now < due_at <= now + _FARTHEST:
        raise InvalidInputError("due_at", "must lie ahead, within two months")
    row = AssistanceRequest(
        ticket_id=ticket_id,
        department_id=found.id,
        question=hide_cards(question.strip())[0],
        disclosed=hide_cards(disclosed.strip())[0],
        asked_by_id=actor.user_id,
        asked_at=now,
        due_at=due_at,
    )
    session.add(row)
    session.flush()
    fields = {"department": found.code, "due_at": due_at.isoformat(), "request_id": row.id}
    record_event(session, ticket, "assistance_asked", actor=actor.name, at=now, reason=row.question, fields=fields)
    _tell_department(session, row, ticket, NoticeKind.ASSISTANCE_ASKED, actor, now)
    return row.id


def _tell_department(
    session: Session, row: AssistanceRequest, ticket: Ticket, kind: NoticeKind, actor: Actor, now: datetime
) -> None:
    """Tell whoever belongs to the department, but not the person complained about."""
    members = select(DepartmentMember.user_id).where(DepartmentMember.department_id == row.department_id)
    for user_id in session.scalars(members):
        if user_id != ticket.complained_about_id:
            notices.tell(session, user_id, kind, None, now, by=actor.user_id, request_id=row.id)


def answer(session: Session, actor: Actor, request_id: int, *, text: str, expected_version: int, now: datetime) -> None:
    """Answer for one's department; the answer is evidence of the case from now on.

    Raises NotFoundError, InvalidInputError, ConflictError.
    """
    get_request(session, actor, request_id)
    row = session.get_one(AssistanceRequest, request_id)
    ticket = session.get_one(Ticket, row.ticket_id)
    if not text.strip() or len(text) > MAX_TEXT or "\0" in text:
        raise InvalidInputError("answer", f"must have 1 to {MAX_TEXT} characters")
    if row.state != OPEN or row.version != expected_version:
        raise ConflictError("somebody else was first")
    kept = hide_cards(text.strip())[0]
    evidence = _as_evidence(session, row, kept, actor, now)
    values = {
        "state": ANSWERED,
        "answer": kept,
        "answered_by_id": actor.user_id,
        "answered_at": now,
        "evidence_id": evidence.id,
    }
    _set(session, row, values, expected_version)
    fields = {"department": row.department.code, "evidence": f"E{evidence.position}", "request_id": row.id}
    record_event(session, ticket, "assistance_answered", actor=actor.name, at=now, fields=fields)
    notices.tell(session, row.asked_by_id, NoticeKind.ASSISTANCE_ANSWERED, ticket.id, now, by=actor.user_id)


def _as_evidence(session: Session, row: AssistanceRequest, text: str, actor: Actor, now: datetime) -> Evidence:
    position = select(func.max(Evidence.position)).where(Evidence.ticket_id == row.ticket_id)
    source = f"{row.department.name_zh} / {row.department.name_en}, {actor.name}"[:200]
    made = Evidence(
        ticket_id=row.ticket_id,
        position=(session.scalar(position) or 0) + 1,
        kind=EvidenceKind.STATEMENT,
        title=row.question[:100],
        shows=row.question,
        text=text,
        facts={},
        source=source,
        sha256=digest_of(EvidenceKind.STATEMENT, text, {}),
        obtained_at=now,
        added_at=now,
        added_by=actor.name,
    )
    session.add(made)
    session.flush()
    session.add(
        EvidenceCustody(
            evidence_id=made.id,
            at=now,
            actor=actor.name,
            act=CustodyAct.COLLECTED,
            holder=row.asked_by.username,
            note=source,
            sha256=made.sha256,
        )
    )
    detail = {"evidence": made.position, "sha256": made.sha256}
    audit.append(
        session,
        at=now,
        actor=actor.name,
        action="evidence.collected",
        subject=f"ticket:{row.ticket_id}",
        detail=detail,
    )
    return made


def withdraw(
    session: Session,
    actor: Actor,
    ticket_id: int,
    request_id: int,
    *,
    reason: str,
    expected_version: int,
    now: datetime,
) -> None:
    """The question is not asked any more. Raises NotFoundError, InvalidInputError, ConflictError."""
    ticket = case_access.for_writing(session, actor, ticket_id)
    row = session.get(AssistanceRequest, request_id)
    if row is None or row.ticket_id != ticket_id:
        raise NotFoundError("there is no such question")
    if not reason.strip():
        raise InvalidInputError("reason", "a reason must be given")
    _set(session, row, {"state": WITHDRAWN}, expected_version)
    fields = {"department": row.department.code, "request_id": row.id}
    record_event(
        session, ticket, "assistance_withdrawn", actor=actor.name, at=now, reason=reason.strip(), fields=fields
    )
    _tell_department(session, row, ticket, NoticeKind.ASSISTANCE_WITHDRAWN, actor, now)


def _set(session: Session, row: AssistanceRequest, values: Mapping[str, Any], expected_version: int) -> None:
    changed = session.execute(
        update(AssistanceRequest)
        .where(
            AssistanceRequest.id == row.id,
            AssistanceRequest.version == expected_version,
            AssistanceRequest.state == OPEN,
        )
        .values(**values, version=expected_version + 1)
        .returning(AssistanceRequest.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if changed is None:
        raise ConflictError("somebody else was first")
    session.refresh(row)


def _to_his_department(user_id: int) -> Any:
    """Questions to where he belongs, none of a matter about himself; for a query that joins the ticket."""
    his = select(DepartmentMember.department_id).where(DepartmentMember.user_id == user_id)
    not_about_him = or_(Ticket.complained_about_id.is_(None), Ticket.complained_about_id != user_id)
    return and_(AssistanceRequest.department_id.in_(his), not_about_him)


def _views(session: Session, conditions: Sequence[Any]) -> tuple[RequestView, ...]:
    rows = session.execute(
        select(AssistanceRequest, Ticket.number)
        .join(Ticket, Ticket.id == AssistanceRequest.ticket_id)
        .where(*conditions)
        .order_by(AssistanceRequest.due_at, AssistanceRequest.id)
        .limit(200)
    )
    return tuple(
        RequestView(
            id=row.id,
            ticket_id=row.ticket_id,
            ticket_number=number,
            department=row.department.code,
            department_id=row.department_id,
            question=row.question,
            disclosed=row.disclosed,
            asked_by=row.asked_by.username,
            asked_at=row.asked_at,
            due_at=row.due_at,
            state=row.state,
            answer=row.answer,
            answered_by=row.answered_by.username if row.answered_by else None,
            answered_at=row.answered_at,
            version=row.version,
        )
        for row, number in rows
    )
