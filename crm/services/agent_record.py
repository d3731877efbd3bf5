"""An agent's day: his states, his part in calls, and who joined his calls; for himself and for who leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm.db.contact_centre import AgentState, CallLeg
from crm.db.people import User
from crm.db.records import AuditEntry
from crm.domain.access import Action, Actor, Relation
from crm.domain.errors import ForbiddenError, NotFoundError

MOST = 500
"""Rows of each kind that a page shows at most."""


@dataclass(frozen=True)
class AgentDay:
    """What an agent did on a day of the centre's zone, the latest first. ``sums``: state → seconds."""

    user: User
    begin: datetime
    end: datetime
    states: Sequence[AgentState]
    legs: Sequence[CallLeg]
    joined: Sequence[AuditEntry]
    sums: dict[str, float]


def agent_day(session: Session, actor: Actor, username: str, day: date, zone: ZoneInfo, now: datetime) -> AgentDay:
    """The day. Raises ForbiddenError, NotFoundError."""
    if not actor.may(Action.LIVE_READ, [Relation.OWN] if actor.name == username else []):
        raise ForbiddenError("the record of an agent is for himself and for who leads")
    user = session.scalars(select(User).where(User.username == username)).one_or_none()
    if user is None:
        raise NotFoundError("there is no such agent")
    begin = datetime.combine(day, time.min, tzinfo=zone)
    end = datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)
    states = _states(session, user.id, begin, end)
    return AgentDay(
        user, begin, end, states, _legs(session, username, begin, end), _joined(session, username, begin, end),
        _sums(states, begin, min(end, now)),
    )  # fmt: skip


def _states(session: Session, user_id: int, begin: datetime, end: datetime) -> Sequence[AgentState]:
    return session.scalars(
        select(AgentState)
        .where(
            AgentState.user_id == user_id,
            AgentState.since < end,
            or_(AgentState.until.is_(None), AgentState.until > begin),
        )
        .order_by(AgentState.since.desc(), AgentState.id.desc())
        .limit(MOST)
    ).all()


def _legs(session: Session, username: str, begin: datetime, end: datetime) -> Sequence[CallLeg]:
    return session.scalars(
        select(CallLeg)
        .where(CallLeg.agent == username, CallLeg.rang_at >= begin, CallLeg.rang_at < end)
        .order_by(CallLeg.rang_at.desc())
        .limit(MOST)
    ).all()


def _joined(session: Session, username: str, begin: datetime, end: datetime) -> Sequence[AuditEntry]:
    return session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject == f"agent:{username}", AuditEntry.at >= begin, AuditEntry.at < end)
        .order_by(AuditEntry.id.desc())
        .limit(MOST)
    ).all()


def _sums(states: Sequence[AgentState], begin: datetime, end: datetime) -> dict[str, float]:
    """Seconds in each state within the day; the present stretch counts until now."""
    sums: dict[str, float] = {}
    for row in states:
        seconds = (min(row.until or end, end) - max(row.since, begin)).total_seconds()
        sums[row.state] = sums.get(row.state, 0.0) + max(0.0, seconds)
    return sums
