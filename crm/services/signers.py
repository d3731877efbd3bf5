"""Who may fill which seat of a chain of approvals: by role, as head of a department, or for somebody absent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.departments import Department
from crm.db.people import Role as RoleRow
from crm.db.people import User
from crm.db.tickets import Ticket
from crm.domain.approvals import POST_ROLE, Post, Seat, Signer
from crm.domain.tickets import Recusal
from crm.services import departments, deputies, recusal

SECTION = "section"


def holders(session: Session, ticket: Ticket, seat: Seat) -> list[User]:
    """The active people whose own seat it is. A section's: the heads of the first agent's section, if it has any."""
    if seat.post is Post.DEPARTMENT:
        department = session.get(Department, seat.department_id)
        return departments.heads(department) if department is not None else []
    if seat.post is Post.SECTION:
        section = departments.department_of(session, ticket.first_agent_id)
        own = departments.heads(section) if section is not None and section.kind == SECTION else []
        if own:
            return own
    return people_with_role(session, POST_ROLE[seat.post])


def people_with_role(session: Session, role: str) -> list[User]:
    """Active people who have this role."""
    query = select(User).where(User.active, User.roles.any(RoleRow.name == role)).order_by(User.id)
    return list(session.scalars(query))


def able(
    session: Session, ticket: Ticket, seats: Iterable[Seat], authors: Iterable[str], now: datetime
) -> Mapping[Seat, frozenset[str]]:
    """Who could sign on each seat now: the holders and those who stand in for them, without who keeps out."""
    out = {*authors, *recusal.recused(session, ticket)}
    standing = deputies.standing_in(session, now)
    found: dict[Seat, frozenset[str]] = {}
    for seat in seats:
        own = holders(session, ticket, seat)
        ids = {one.id for one in own}
        instead = [one.deputy for one in standing if one.principal_id in ids and one.deputy.active]
        found[seat] = frozenset(one.username for one in (*own, *instead)) - out
    return found


def signer(session: Session, ticket: Ticket, user: User, seats: Iterable[Seat], now: datetime) -> Signer:
    """This person, as somebody who would sign on one of these seats."""
    why = recusal.recused(session, ticket).get(user.username)
    absent = {one.id: one.username for one in deputies.principals_of(session, user.id, now)}
    fills: set[Seat] = set()
    stands_for: dict[Seat, str] = {}
    for seat in seats:
        own = holders(session, ticket, seat)
        if any(one.id == user.id for one in own):
            fills.add(seat)
        for one in own:
            if one.id in absent:
                stands_for.setdefault(seat, one.username)
    return Signer(
        user.username,
        frozenset(fills),
        stands_for,
        about_him=why == Recusal.COMPLAINED_ABOUT,
        took_part=why == Recusal.HANDLED_BEFORE,
    )
