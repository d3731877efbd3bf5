"""Rewards and penalties proposed, signed, told to whom they are about, objected to and ruled: the ledger.

Everything works in the caller's writing transaction. What is signed is hashed; each signature is a row of its own.
A penalty that comes of a complaint is proposed and signed there (``crm.services.penalties``) and enters the ledger
with the last signature.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.db.handling import Penalty
from crm.db.merits import Merit, MeritDecision
from crm.db.people import User
from crm.domain.access import Action, Actor, Role
from crm.domain.approvals import SIGNING_WHYS, Decision, Signing, filled, fingerprint_of, higher_seats, why_not_sign
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.merits import MAX_TEXT, MeritKind, MeritState, Proposal, chain, checked, lapses_on
from crm.domain.notices import NoticeKind
from crm.services import audit, careers, merit_evidence, merit_scheme, merit_signers, notices, sections
from crm.services.centre import Centre


def path_of(merit_id: int) -> str:
    """Where its page is."""
    return f"/merits/{merit_id}"


def propose(session: Session, actor: Actor, proposal: Proposal, *, centre: Centre, now: datetime) -> Merit:
    """Propose one, and ask for the signatures. Raises ForbiddenError, InvalidInputError, ConflictError."""
    if not actor.may(Action.REWARD_PROPOSE) or actor.user_id is None:
        raise ForbiddenError("these roles do not propose rewards and penalties")
    person = _person(session, actor, proposal.person)
    scheme, version = merit_scheme.current(session)
    today = now.astimezone(centre.zone).date()
    given = checked(proposal, scheme, today)
    evidence = merit_evidence.checked(session, actor, given, person)
    if given.kind is MeritKind.PROMOTION:
        careers.check_promotion(session, person.id, given.position)
    manager = any(role.name == Role.DG for role in person.roles)
    wanted = chain(given.kind, given.amount_fen, scheme, about_manager=manager)
    able = merit_signers.able(session, higher_seats(wanted), {actor.name, person.username}, now)
    pieces = [asdict(one) for one in evidence]
    content = {
        "person": person.username, "kind": given.kind, "amount_fen": given.amount_fen, "position": given.position,
        "month": given.month, "reason": given.reason, "evidence": pieces, "scheme": version, "author": actor.name,
    }  # fmt: skip
    row = Merit(
        person_id=person.id, kind=given.kind, amount_fen=given.amount_fen, position=given.position, month=given.month,
        reason=given.reason, evidence=pieces, scheme_version=version, content=content,
        fingerprint=fingerprint_of(content), posts=[str(seat.post) for seat in filled(wanted, able)],
        proposed_by_id=actor.user_id, proposed_at=now, state=MeritState.OPEN, decisions=[], objection=None,
    )  # fmt: skip
    session.add(row)
    session.flush()
    log(session, actor, row, "proposed", now, kind=row.kind, amount_fen=row.amount_fen, fingerprint=row.fingerprint)
    _tell_signers(session, row, now)
    return row


def _person(session: Session, actor: Actor, username: str) -> User:
    mine = sections.people_of_section(actor.user_id or 0, User.id)
    query = select(User).where(User.username == username.strip(), User.active)
    if actor.roles == frozenset({Role.SM}):
        query = query.where(mine)
    found = session.scalars(query).first()
    if found is None:
        raise InvalidInputError("person", "there is no such person whom you lead")
    if found.id == actor.user_id:
        raise InvalidInputError("person", "nobody decides about himself")
    if any(role.name == Role.GM for role in found.roles):
        raise InvalidInputError("person", "the general manager is for those above him")
    return found


def sign(
    session: Session, actor: Actor, merit_id: int, decision: Decision, *, opinion: str, seen: str, centre: Centre,
    now: datetime,
) -> Merit:  # fmt: skip
    """Sign, or send back, in one's own turn. ``seen``: the fingerprint of what he was shown.

    Raises NotFoundError, ForbiddenError, ConflictError, InvalidInputError. Who sends back says why.
    """
    row = locked(session, merit_id)
    refused = why_not(session, actor, row, now, seen=seen)
    if refused in {Signing.NOTHING, Signing.CHANGED}:
        raise ConflictError(SIGNING_WHYS[refused])
    if refused is not None:
        raise ForbiddenError(SIGNING_WHYS[refused])
    if decision is Decision.RETURN and not opinion.strip():
        raise InvalidInputError("opinion", "a reason must be given")
    if len(opinion) > MAX_TEXT or "\0" in opinion:
        raise InvalidInputError("opinion", f"must have at most {MAX_TEXT} characters")
    _write(session, actor, row, decision, opinion.strip(), now)
    if decision is Decision.RETURN:
        row.state, row.ended_at = MeritState.RETURNED, now
        _tell_author(session, row, NoticeKind.MERIT_RETURNED, now)
    elif len(row.decisions) == len(row.posts):
        _put_in_force(session, actor, row, centre, now)
    else:
        _tell_signers(session, row, now)
    session.flush()
    return row


def why_not(session: Session, actor: Actor, row: Merit, now: datetime, *, seen: str | None = None) -> Signing | None:
    """Why he cannot sign it now; None when he can."""
    user = session.get(User, actor.user_id) if actor.user_id is not None else None
    if row.state != MeritState.OPEN:
        return Signing.NOTHING
    if user is None or not user.active:
        return Signing.NOT_HIS_TURN
    chain = merit_signers.chain_of(row)
    one = merit_signers.signer(session, user, chain.seats, row, now)
    return why_not_sign(chain, one, row.fingerprint if seen is None else seen)


def _write(session: Session, actor: Actor, row: Merit, decision: Decision, opinion: str, now: datetime) -> None:
    chain = merit_signers.chain_of(row)
    seat = chain.next_seat
    user = session.get_one(User, actor.user_id)
    if seat is None:
        raise ConflictError(SIGNING_WHYS[Signing.NOTHING])
    one = merit_signers.signer(session, user, [seat], row, now)
    absent = None if seat in one.fills else one.stands_for.get(seat)
    principal = session.scalars(select(User).where(User.username == absent)).first() if absent else None
    text = "\n".join((row.fingerprint, seat.post, decision, actor.name, absent or "", opinion, now.isoformat()))
    made = MeritDecision(
        merit_id=row.id, position=len(row.decisions), post=seat.post, decision=decision, decided_by_id=user.id,
        in_place_of_id=principal.id if principal else None, opinion=opinion, at=now,
        signature=hashlib.sha256(text.encode()).hexdigest(),
    )  # fmt: skip
    session.add(made)
    try:
        session.flush()
    except IntegrityError as error:
        raise ConflictError("somebody else signed just now") from error
    session.refresh(row)
    log(session, actor, row, f"signed_{decision}", now, post=seat.post, fingerprint=row.fingerprint,
        signature=made.signature, in_place_of=absent)  # fmt: skip


def _put_in_force(session: Session, actor: Actor, row: Merit, centre: Centre, now: datetime) -> None:
    scheme = merit_scheme.of_version(session, row.scheme_version)
    today = now.astimezone(centre.zone).date()
    row.state, row.in_force_at = MeritState.APPROVED, now
    row.lapses_on = lapses_on(MeritKind(row.kind), scheme, today)
    if row.kind == MeritKind.PROMOTION:
        careers.promoted(session, actor, row, today, now=now)
    session.flush()
    _tell_author(session, row, NoticeKind.APPROVED, now)
    tell_person(session, row, now)


def withdraw(session: Session, actor: Actor, merit_id: int, *, now: datetime) -> None:
    """Take a proposal back before it is in force. Raises NotFoundError, ForbiddenError, ConflictError."""
    row = locked(session, merit_id)
    if row.proposed_by_id is None or row.proposed_by_id != actor.user_id:
        raise ForbiddenError("only who proposed it takes it back")
    if row.state != MeritState.OPEN:
        raise ConflictError("it is not open any more")
    row.state, row.ended_at = MeritState.WITHDRAWN, now
    log(session, actor, row, "withdrawn", now)


def enter_penalty(session: Session, penalty: Penalty, actor: Actor, *, centre: Centre | None, now: datetime) -> Merit:
    """A complaint's penalty is in force: it stands in the ledger from now on, and he is told."""
    there = session.scalars(select(Merit).where(Merit.penalty_id == penalty.id)).first()
    if there is not None:
        return there
    kind = MeritKind(penalty.kind)
    scheme, version = merit_scheme.current(session)
    day = now.astimezone(centre.zone).date() if centre is not None else now.date()
    content = {"penalty": penalty.id, "kind": kind, "amount_fen": penalty.amount_fen, "reason": penalty.reason}
    row = Merit(
        person_id=penalty.person_id, kind=kind, amount_fen=penalty.amount_fen, month=f"{day:%Y-%m}",
        reason=penalty.reason, evidence=[], scheme_version=version, ticket_id=penalty.ticket_id,
        penalty_id=penalty.id, content=content, fingerprint=fingerprint_of(content), posts=[],
        proposed_by_id=penalty.request.requested_by_id, proposed_at=penalty.request.requested_at,
        state=MeritState.APPROVED, in_force_at=now, lapses_on=lapses_on(kind, scheme, day),
    )  # fmt: skip
    session.add(row)
    session.flush()
    log(session, actor, row, "entered", now, penalty_id=penalty.id, fingerprint=row.fingerprint)
    tell_person(session, row, now)
    return row


def locked(session: Session, merit_id: int) -> Merit:
    """The row, held until the end of the transaction. Raises NotFoundError."""
    query = select(Merit).where(Merit.id == merit_id).with_for_update(of=Merit)
    row = session.scalars(query.execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFoundError("there is no such entry")
    return row


def tell_person(session: Session, row: Merit, now: datetime) -> None:
    """Tell whom it is about."""
    notices.tell(session, row.person_id, NoticeKind.MERIT_TOLD, None, now, path=path_of(row.id), merit=row.kind)


def _tell_author(session: Session, row: Merit, kind: NoticeKind, now: datetime) -> None:
    notices.tell(session, row.proposed_by_id, kind, None, now, path=path_of(row.id))


def _tell_signers(session: Session, row: Merit, now: datetime) -> None:
    names = merit_signers.waiting_on(session, row, now)
    for user in session.scalars(select(User).where(User.username.in_(names)).order_by(User.id)):
        notices.tell(session, user.id, NoticeKind.APPROVAL_WAITING, None, now, path=path_of(row.id))


def log(session: Session, actor: Actor, row: Merit, what: str, now: datetime, **detail: object) -> None:
    """Write it into the audit chain."""
    told = {"person_id": row.person_id, **{name: value for name, value in detail.items() if value is not None}}
    audit.append(session, at=now, actor=actor.name, action=f"merit.{what}", subject=f"merit:{row.id}", detail=told)
