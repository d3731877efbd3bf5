"""What a proposed reward or penalty points at: whether it is there, is about the person, and stands."""

from __future__ import annotations

from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.contact_centre import CallLeg
from crm.db.merits import Merit
from crm.db.people import User
from crm.db.quality import Evaluation
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor
from crm.domain.errors import ConflictError, InvalidInputError
from crm.domain.merits import PENALTIES, Evidence, EvidenceKind, MeritKind, MeritState, Proposal, punished_already
from crm.services import scope
from ivr import ticketnumbers


def checked(session: Session, actor: Actor, proposal: Proposal, person: User) -> tuple[Evidence, ...]:
    """The evidence in its one spelling. Raises InvalidInputError, ConflictError for what was punished already."""
    found = tuple(dict.fromkeys(_one(session, actor, one, proposal.kind, person) for one in proposal.evidence))
    earlier = (
        (MeritKind(kind), Evidence(EvidenceKind(piece["kind"]), piece["ref"]))
        for kind, pieces in session.execute(
            select(Merit.kind, Merit.evidence).where(
                Merit.person_id == person.id,
                Merit.kind.in_(PENALTIES),
                Merit.state.in_((MeritState.OPEN, MeritState.APPROVED)),
            )
        )
        for piece in pieces
    )
    given = Proposal(person.username, proposal.kind, proposal.month, proposal.reason, evidence=found)
    twice = punished_already(given, earlier)
    if twice is not None:
        raise ConflictError(f"one matter is punished once: {twice.kind} {twice.ref}")
    return found


def _one(session: Session, actor: Actor, piece: Evidence, kind: MeritKind, person: User) -> Evidence:
    if piece.kind is EvidenceKind.TICKET:
        return _ticket(session, actor, piece.ref)
    if piece.kind is EvidenceKind.CALL:
        return _call(session, piece.ref, person)
    if piece.kind is EvidenceKind.EVALUATION:
        return _evaluation(session, piece.ref, kind, person)
    return _month(piece.ref)


def _ticket(session: Session, actor: Actor, ref: str) -> Evidence:
    number = ticketnumbers.keyed(ref)
    query = select(Ticket.id).where(Ticket.number == number, scope.tickets_for(actor, Action.TICKET_READ))
    if session.scalar(query) is None:
        raise InvalidInputError("evidence", f"there is no such ticket: {ref[:40]}")
    return Evidence(EvidenceKind.TICKET, number)


def _call(session: Session, ref: str, person: User) -> Evidence:
    his_leg = select(CallLeg.id).where(CallLeg.call_id == Call.call_id, CallLeg.agent == person.username)
    query = select(Call.call_id).where(
        Call.call_id == ref.strip(), or_(Call.agent == person.username, his_leg.exists())
    )
    if session.scalar(query) is None:
        raise InvalidInputError("evidence", f"there is no such call of this person: {ref[:100]}")
    return Evidence(EvidenceKind.CALL, ref.strip())


def _evaluation(session: Session, ref: str, kind: MeritKind, person: User) -> Evidence:
    plain = ref.strip()
    row = session.get(Evaluation, int(plain)) if plain.isdecimal() and len(plain) < 16 else None
    if row is None or row.agent_id != person.id or not row.official:
        raise InvalidInputError("evidence", f"there is no such evaluation of this person: {ref[:40]}")
    if kind in PENALTIES and row.settled_at is None:
        raise InvalidInputError("evidence", f"this evaluation is not final yet: {plain}")
    return Evidence(EvidenceKind.EVALUATION, plain)


def _month(ref: str) -> Evidence:
    plain = ref.strip()
    try:
        first = date.fromisoformat(f"{plain}-01")
    except ValueError as error:
        raise InvalidInputError("evidence", f"this is no month: {ref[:20]}") from error
    return Evidence(EvidenceKind.KPI, f"{first:%Y-%m}")
