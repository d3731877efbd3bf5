"""The ledger of rewards and penalties as people read it: their own, their section's, or all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true
from sqlalchemy.orm import Session

from crm.db.merits import Merit, MeritObjection
from crm.domain.access import Action, Actor, Relation, reach
from crm.domain.approvals import SIGNERS
from crm.domain.errors import NotFoundError
from crm.domain.merits import PENALTIES, REWARDS, MeritState
from crm.services import merits, sections

PAGE = 50
IN_FORCE = (MeritState.APPROVED, MeritState.LIFTED)
"""What whom it is about may read; a proposal he does not see."""


@dataclass(frozen=True)
class Search:
    """What is looked for; empty: all."""

    person: str = ""
    sort: str = ""
    """reward or penalty"""
    kind: str = ""
    state: str = ""
    month: str = ""


@dataclass(frozen=True)
class Sums:
    """Of what is in force in what was found: how many, and how much money."""

    rewards: int
    penalties: int
    given_fen: int
    deducted_fen: int


def readable(actor: Actor) -> ColumnElement[bool]:
    """Entries that this actor may read; of those about himself only what is in force."""
    if actor.user_id is None:
        return true() if actor.may(Action.REWARD_READ) else false()
    enough = reach(actor.roles, Action.REWARD_READ)
    mine = and_(Merit.person_id == actor.user_id, Merit.state.in_(IN_FORCE))
    if Relation.ANY in enough:
        others: ColumnElement[bool] = Merit.person_id != actor.user_id
    elif Relation.SECTION in enough:
        others = and_(Merit.person_id != actor.user_id, sections.people_of_section(actor.user_id, Merit.person_id))
    else:
        others = false()
    proposed = and_(Merit.proposed_by_id == actor.user_id, Merit.person_id != actor.user_id)
    return or_(mine, others, proposed) if enough else false()


def _where(actor: Actor, search: Search) -> list[ColumnElement[bool]]:
    found = [readable(actor)]
    if search.person:
        found.append(Merit.person.has(username=search.person.strip()))
    if search.sort:
        found.append(Merit.kind.in_(REWARDS if search.sort == "reward" else PENALTIES))
    for column, value in ((Merit.kind, search.kind), (Merit.state, search.state), (Merit.month, search.month)):
        if value:
            found.append(column == value)
    return found


def entries(
    session: Session, actor: Actor, search: Search, before: int | None = None
) -> tuple[list[Merit], int | None]:
    """A page of entries, the newest first, and where the next one begins."""
    where = _where(actor, search)
    if before is not None:
        where.append(Merit.id < before)
    rows = list(session.scalars(select(Merit).where(*where).order_by(Merit.id.desc()).limit(PAGE + 1)))
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None


def sums(session: Session, actor: Actor, search: Search) -> Sums:
    """What is in force of what was found."""
    query = (
        select(Merit.kind, func.count(), func.coalesce(func.sum(Merit.amount_fen), 0))
        .where(*_where(actor, search), Merit.state == MeritState.APPROVED)
        .group_by(Merit.kind)
    )
    counts = {kind: (int(count), int(fen)) for kind, count, fen in session.execute(query)}

    def of(kinds: tuple[str, ...], part: int) -> int:
        return sum(counts[kind][part] for kind in kinds if kind in counts)

    return Sums(of(REWARDS, 0), of(PENALTIES, 0), of(REWARDS, 1), of(PENALTIES, 1))


def get(session: Session, actor: Actor, merit_id: int, now: datetime) -> Merit:
    """One entry: what he may read, and what he signs or has signed. Raises NotFoundError for all else."""
    row = session.get(Merit, merit_id)
    if row is None or not (_reads(session, actor, row) or _signs(session, actor, row, now)):
        raise NotFoundError("there is no such entry")
    return row


def _reads(session: Session, actor: Actor, row: Merit) -> bool:
    return session.scalar(select(Merit.id).where(Merit.id == row.id, readable(actor))) is not None


def _signs(session: Session, actor: Actor, row: Merit, now: datetime) -> bool:
    """Who signs for somebody absent reads what he signs, whatever his own roles read."""
    if any(one.decided_by_id == actor.user_id for one in row.decisions):
        return row.person_id != actor.user_id
    return merits.why_not(session, actor, row, now) is None


def note_seen(session: Session, actor: Actor, merit_id: int, *, now: datetime) -> bool:
    """He has read what is about himself, for the first time."""
    row = session.get(Merit, merit_id)
    if row is None or row.person_id != actor.user_id or row.seen_at is not None or row.state not in IN_FORCE:
        return False
    row.seen_at = now
    merits.log(session, actor, row, "seen", now)
    return True


def waiting(session: Session, actor: Actor, now: datetime) -> list[Merit]:
    """What waits for his signature."""
    if SIGNERS.isdisjoint(actor.roles):
        return []
    rows = session.scalars(select(Merit).where(Merit.state == MeritState.OPEN).order_by(Merit.id).limit(PAGE * 4))
    return [row for row in rows if merits.why_not(session, actor, row, now) is None]


def objections(session: Session) -> list[Merit]:
    """Penalties with an objection that nobody has ruled on yet, the oldest first."""
    query = select(Merit).join(MeritObjection).where(MeritObjection.ruling == "").order_by(MeritObjection.due_at)
    return list(session.scalars(query.limit(PAGE)))


def weighing(session: Session, person_id: int, day: date) -> list[Merit]:
    """Penalties of somebody that weigh on this day."""
    query = select(Merit).where(
        Merit.person_id == person_id,
        Merit.kind.in_(PENALTIES),
        Merit.state == MeritState.APPROVED,
        or_(Merit.lapses_on.is_(None), Merit.lapses_on > day),
    )
    return list(session.scalars(query.order_by(Merit.id)))
