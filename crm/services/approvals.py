"""Approvals: what must be signed, by whom in which order, and each signature as a row that nobody changes.

A request is of one content: its fingerprint is what everybody signs. When what stands there has changed, nothing can
be signed any more and it must be asked for again. Everything works in the caller's writing transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.db.handling import ApprovalDecision, ApprovalRequest, ApprovalStep
from crm.db.people import User
from crm.db.tickets import Ticket
from crm.domain.access import Actor
from crm.domain.approvals import (
    SIGNING_WHYS,
    Chain,
    Decision,
    Post,
    RequestState,
    Seat,
    Signature,
    Signing,
    Subject,
    filled,
    fingerprint_of,
    higher_seats,
    why_not_sign,
)
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.extensions import EXTENDS_TO
from crm.domain.notices import NoticeKind
from crm.services import approval_contents, notices, signers
from crm.services.ticket_changes import record_event

_OPINION = 2_000


@dataclass(frozen=True)
class Asked:
    """What somebody asks to have signed. ``seats``: the chain as the rules have it, before vacancies are seen to."""

    subject: Subject
    content: Mapping[str, Any]
    seats: Sequence[Seat]
    amount_fen: int = 0
    reason: str = ""
    authors: frozenset[str] = frozenset()
    """who wrote what is to be signed, beside who asks"""


def ask(
    session: Session, ticket: Ticket, actor: Actor, asked: Asked, *, now: datetime, one_at_a_time: bool = True
) -> ApprovalRequest:
    """Ask for signatures. Raises InvalidInputError.

    ``one_at_a_time``: an open request of the same subject is superseded.
    """
    if not asked.seats:
        raise InvalidInputError("seats", "somebody must sign")
    if one_at_a_time:
        _supersede(session, ticket.id, asked.subject, now)
    authors = sorted(asked.authors | {actor.name})
    wanted = higher_seats(asked.seats)
    seats = filled(asked.seats, signers.able(session, ticket, wanted, authors, now))
    content = {**asked.content, "authors": authors}
    request = ApprovalRequest(
        ticket_id=ticket.id,
        subject=asked.subject,
        fingerprint=fingerprint_of(content),
        content=content,
        level=ticket.level,
        amount_fen=asked.amount_fen,
        reason=asked.reason,
        requested_by_id=actor.user_id,
        requested_at=now,
        state=RequestState.OPEN,
        steps=[ApprovalStep(position=i, post=s.post, department_id=s.department_id) for i, s in enumerate(seats)],
    )
    session.add(request)
    session.flush()
    _tell_next(session, ticket, request, now, by=actor.user_id)
    return request


def _supersede(session: Session, ticket_id: int, subject: Subject, now: datetime) -> None:
    for row in open_requests(session, ticket_id, subject):
        row.state, row.ended_at = RequestState.SUPERSEDED, now


def open_requests(session: Session, ticket_id: int, subject: Subject | None = None) -> list[ApprovalRequest]:
    """Requests of a ticket that wait for signatures."""
    query = select(ApprovalRequest).where(
        ApprovalRequest.ticket_id == ticket_id, ApprovalRequest.state == RequestState.OPEN
    )
    if subject is not None:
        query = query.where(ApprovalRequest.subject == subject)
    return list(session.scalars(query.order_by(ApprovalRequest.id)))


def requests_of(session: Session, ticket_id: int) -> list[ApprovalRequest]:
    """All requests of a ticket, the newest first."""
    query = select(ApprovalRequest).where(ApprovalRequest.ticket_id == ticket_id)
    return list(session.scalars(query.order_by(ApprovalRequest.id.desc())))


def chain_of(request: ApprovalRequest) -> Chain:
    """The chain of a request as the rules know it."""
    made = [step.decision for step in request.steps if step.decision is not None]
    signatures = tuple(
        Signature(
            _seat(one.step),
            one.decided_by.username,
            Decision(one.decision),
            one.in_place_of.username if one.in_place_of else None,
        )
        for one in made
    )
    return Chain(
        tuple(_seat(step) for step in request.steps),
        frozenset(request.content.get("authors", ())),
        request.fingerprint,
        signatures,
    )


def _seat(step: ApprovalStep) -> Seat:
    return Seat(Post(step.post), step.department_id)


def why_not(session: Session, ticket: Ticket, request: ApprovalRequest, actor: Actor, now: datetime) -> Signing | None:
    """Why this person cannot sign this request now; None when he can."""
    user = session.get(User, actor.user_id) if actor.user_id is not None else None
    if request.state != RequestState.OPEN:
        return Signing.NOTHING
    if user is None or not user.active:
        return Signing.NOT_HIS_TURN
    chain = chain_of(request)
    one = signers.signer(session, ticket, user, chain.seats, now)
    return why_not_sign(chain, one, approval_contents.fingerprint_now(session, ticket, request))


def missing(request: ApprovalRequest) -> int:
    """How many signatures a request lacks."""
    return sum(step.decision is None for step in request.steps)


def waiting_on(session: Session, ticket: Ticket, request: ApprovalRequest, now: datetime) -> list[str]:
    """User names of who can give the next signature; empty when nobody can, and somebody must be named."""
    chain = chain_of(request)
    seat = chain.next_seat
    if seat is None or request.state != RequestState.OPEN:
        return []
    signed = {one.person for one in chain.signatures}
    return sorted(signers.able(session, ticket, [seat], chain.authors, now)[seat] - signed)


def sign(
    session: Session,
    actor: Actor,
    request_id: int,
    decision: Decision,
    *,
    opinion: str = "",
    seen: str | None = None,
    now: datetime,
) -> ApprovalRequest:
    """Sign, or send back, in one's own turn. ``seen``: the fingerprint of what the person was shown.

    Raises NotFoundError, ForbiddenError, ConflictError, InvalidInputError. Who sends back says why.
    """
    request, ticket = _locked(session, request_id)
    if seen is not None and seen != request.fingerprint:
        raise ConflictError(SIGNING_WHYS[Signing.CHANGED])
    refused = why_not(session, ticket, request, actor, now)
    if refused is Signing.CHANGED and decision is Decision.RETURN:
        refused = None  # what has changed is not signed, but it goes back to whoever asked
    if refused in {Signing.NOTHING, Signing.CHANGED}:
        raise ConflictError(SIGNING_WHYS[refused])
    if refused is not None:
        raise ForbiddenError(SIGNING_WHYS[refused])
    if decision is Decision.RETURN and not opinion.strip():
        raise InvalidInputError("reason", "a reason must be given")
    if len(opinion) > _OPINION or "\0" in opinion:
        raise InvalidInputError("reason", f"must have at most {_OPINION} characters")
    _write(session, actor, ticket, request, decision, opinion.strip(), now)
    _settle(session, actor, ticket, request, decision, now)
    return request


def _locked(session: Session, request_id: int) -> tuple[ApprovalRequest, Ticket]:
    query = select(ApprovalRequest).where(ApprovalRequest.id == request_id).with_for_update(of=ApprovalRequest)
    request = session.scalars(query.execution_options(populate_existing=True)).first()
    if request is None:
        raise NotFoundError("there is no such request")
    return request, session.get_one(Ticket, request.ticket_id)


def _write(
    session: Session,
    actor: Actor,
    ticket: Ticket,
    request: ApprovalRequest,
    decision: Decision,
    opinion: str,
    now: datetime,
) -> None:
    step = next(one for one in request.steps if one.decision is None)
    user = session.get_one(User, actor.user_id)
    seat = _seat(step)
    one = signers.signer(session, ticket, user, [seat], now)
    absent = None if seat in one.fills else one.stands_for.get(seat)
    principal = session.scalars(select(User).where(User.username == absent)).first() if absent else None
    text = "\n".join((request.fingerprint, str(step.id), decision, actor.name, absent or "", opinion, now.isoformat()))
    row = ApprovalDecision(
        step_id=step.id,
        decision=decision,
        decided_by_id=user.id,
        in_place_of_id=principal.id if principal else None,
        opinion=opinion,
        at=now,
        signature=hashlib.sha256(text.encode()).hexdigest(),
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise ConflictError("somebody else signed just now") from error
    session.refresh(step)
    session.refresh(request)
    fields = {
        "subject": request.subject,
        "post": step.post,
        "decision": decision,
        "in_place_of": absent,
        "fingerprint": request.fingerprint,
        "signature": row.signature,
    }
    record_event(session, ticket, "approval_signed", actor=actor.name, at=now, reason=opinion, fields=fields)


def _settle(
    session: Session, actor: Actor, ticket: Ticket, request: ApprovalRequest, decision: Decision, now: datetime
) -> None:
    if decision is Decision.RETURN:
        request.state, request.ended_at = RequestState.RETURNED, now
        kind = NoticeKind.RETURNED
    elif missing(request) == 0:
        request.state, request.ended_at = RequestState.APPROVED, now
        kind = NoticeKind.APPROVED
    else:
        _tell_next(session, ticket, request, now, by=actor.user_id)
        return
    session.flush()
    subject = request.subject
    if subject in EXTENDS_TO:
        event = "extension_approved" if kind is NoticeKind.APPROVED else "extension_refused"
        fields = {"to": EXTENDS_TO[subject], "request_id": request.id}
        record_event(session, ticket, event, actor=actor.name, at=now, fields=fields)
    notices.tell(session, request.requested_by_id, kind, ticket.id, now, by=actor.user_id, subject=subject)


def _tell_next(session: Session, ticket: Ticket, request: ApprovalRequest, now: datetime, *, by: int | None) -> None:
    names = waiting_on(session, ticket, request, now)
    for user in session.scalars(select(User).where(User.username.in_(names)).order_by(User.id)):
        notices.tell(session, user.id, NoticeKind.APPROVAL_WAITING, ticket.id, now, by=by, subject=request.subject)


def approved(session: Session, ticket_id: int, subject: Subject, *, since: datetime | None = None) -> bool:
    """Whether a request of this subject has all its signatures (that came after ``since``)."""
    query = select(ApprovalRequest.id).where(
        ApprovalRequest.ticket_id == ticket_id,
        ApprovalRequest.subject == subject,
        ApprovalRequest.state == RequestState.APPROVED,
    )
    if since is not None:
        query = query.where(ApprovalRequest.ended_at >= since)
    return session.scalars(query.limit(1)).first() is not None
