"""Who signs a reward or a penalty, and who rules on an objection: never about himself, never what he proposed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.handling import ApprovalDecision, ApprovalStep, Penalty
from crm.db.merits import Merit
from crm.db.people import Role as RoleRow
from crm.db.people import User
from crm.domain.access import Role
from crm.domain.approvals import POST_ROLE, Chain, Decision, Post, Seat, Signature, Signer
from crm.services import deputies

RULERS = (Role.DG, Role.GM)


def _holders(session: Session, post: Post) -> list[User]:
    query = select(User).where(User.active, User.roles.any(RoleRow.name == POST_ROLE[post])).order_by(User.id)
    return list(session.scalars(query))


def able(session: Session, seats: Iterable[Seat], out: set[str], now: datetime) -> Mapping[Seat, frozenset[str]]:
    """Who could sign on each seat now. ``out``: who keeps out (who proposed it, and whom it is about)."""
    standing = deputies.standing_in(session, now)
    found: dict[Seat, frozenset[str]] = {}
    for seat in seats:
        own = _holders(session, seat.post)
        ids = {one.id for one in own}
        instead = [one.deputy for one in standing if one.principal_id in ids and one.deputy.active]
        found[seat] = frozenset(one.username for one in (*own, *instead)) - out
    return found


def signer(session: Session, user: User, seats: Iterable[Seat], merit: Merit, now: datetime) -> Signer:
    """This person, as somebody who would sign it."""
    absent = {one.id: one.username for one in deputies.principals_of(session, user.id, now)}
    fills: set[Seat] = set()
    stands_for: dict[Seat, str] = {}
    for seat in seats:
        for one in _holders(session, seat.post):
            if one.id == user.id:
                fills.add(seat)
            elif one.id in absent:
                stands_for.setdefault(seat, one.username)
    return Signer(user.username, frozenset(fills), stands_for, about_him=user.id == merit.person_id)


def chain_of(merit: Merit) -> Chain:
    """The chain of signatures as the rules know it."""
    signatures = tuple(
        Signature(
            Seat(Post(one.post)),
            one.decided_by.username,
            Decision(one.decision),
            one.in_place_of.username if one.in_place_of else None,
        )
        for one in merit.decisions
    )
    authors = {merit.proposed_by.username} if merit.proposed_by else set()
    return Chain(tuple(Seat(Post(post)) for post in merit.posts), frozenset(authors), merit.fingerprint, signatures)


def waiting_on(session: Session, merit: Merit, now: datetime) -> list[str]:
    """User names of who can give the next signature."""
    chain = chain_of(merit)
    if chain.next_seat is None:
        return []
    out = {*chain.authors, merit.person.username, *(one.person for one in chain.signatures)}
    return sorted(able(session, [chain.next_seat], out, now)[chain.next_seat])


def rulers(session: Session, merit: Merit) -> list[User]:
    """Who may rule on an objection: whoever signs such things and had no hand in this one.

    When all of them had, it is the general manager's: somebody must have the last word.
    """
    hands = _hands(session, merit)
    query = select(User).where(User.active, User.roles.any(RoleRow.name.in_(RULERS))).order_by(User.id)
    everybody = [one for one in session.scalars(query) if one.id != merit.person_id]
    free = [one for one in everybody if one.id not in hands]
    return free or [one for one in everybody if any(role.name == Role.GM for role in one.roles)]


def _hands(session: Session, merit: Merit) -> set[int]:
    """Who proposed or signed it, at the complaint where it came from there."""
    hands = {one.decided_by_id for one in merit.decisions}
    if merit.proposed_by_id is not None:
        hands.add(merit.proposed_by_id)
    if merit.penalty_id is not None:
        query = (
            select(ApprovalDecision.decided_by_id)
            .join(ApprovalStep, ApprovalStep.id == ApprovalDecision.step_id)
            .join(Penalty, Penalty.request_id == ApprovalStep.request_id)
            .where(Penalty.id == merit.penalty_id)
        )
        hands |= set(session.scalars(query))
    return hands
