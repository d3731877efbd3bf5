"""Calls, their waits and conversations, as facts. What a call is worth is said by ``crm.domain.kpi_calls``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.contact_centre import CallLeg, QueueVisit, WrapUp
from crm.db.people import User
from crm.domain.kpi_calls import CallParts, TookPart, WaitedIn, rows_of
from crm.domain.kpi_facts import Period, SourceRow

_LONGEST = timedelta(hours=12)
"""No call lasts longer, so none that began before then has a part in the period."""


def facts(session: Session, period: Period) -> Iterator[SourceRow]:
    """What calls add to the period."""
    return facts_of(session, period, ())


def facts_of(session: Session, period: Period, narrowed: Sequence[ColumnElement[bool]]) -> Iterator[SourceRow]:
    """The same of some calls only."""
    chosen = (Call.started_at >= period.start - _LONGEST, Call.started_at < period.end, *narrowed)
    users = user_ids(session)
    for call in _calls(session, chosen).values():
        yield from rows_of(call, users, period)


def of_agent(username: str, period: Period) -> ColumnElement[bool]:
    """A condition: calls in which somebody's phone rang."""
    legs = select(CallLeg.call_id).where(
        CallLeg.agent == username, CallLeg.rang_at >= period.start - _LONGEST, CallLeg.rang_at < period.end + _LONGEST
    )
    return Call.call_id.in_(legs)


def user_ids(session: Session) -> dict[str, int]:
    """User name → id."""
    return dict(session.execute(select(User.username, User.id)).all())


def _calls(session: Session, chosen: Sequence[ColumnElement[bool]]) -> dict[str, CallParts]:
    found = {
        row.call_id: CallParts(*row)
        for row in session.execute(
            select(
                Call.call_id,
                Call.direction,
                Call.outcome,
                Call.started_at,
                Call.ended_at,
                Call.answered_at,
                Call.queue,
                Call.agent,
            )
            .where(*chosen)
            .order_by(Call.started_at, Call.call_id)
        )
    }
    visits = (
        select(QueueVisit.call_id, QueueVisit.queue, QueueVisit.entered_at, QueueVisit.wait_time, QueueVisit.outcome)
        .join(Call, Call.call_id == QueueVisit.call_id)
        .where(*chosen)
        .order_by(QueueVisit.call_id, QueueVisit.seq)
    )
    for row in session.execute(visits):
        found[row.call_id].visits.append(WaitedIn(*row[1:]))
    _talks(session, chosen, found)
    return found


def _talks(session: Session, chosen: Sequence[ColumnElement[bool]], found: dict[str, CallParts]) -> None:
    legs = (
        select(
            CallLeg.call_id,
            CallLeg.agent,
            CallLeg.kind,
            CallLeg.queue,
            CallLeg.answered_at,
            CallLeg.ended_at,
            CallLeg.talk_time,
            CallLeg.hold_time,
            CallLeg.ended_by,
        )
        .join(Call, Call.call_id == CallLeg.call_id)
        .where(*chosen)
        .order_by(CallLeg.call_id, CallLeg.rang_at, CallLeg.leg)
    )
    for row in session.execute(legs):
        found[row.call_id].legs.append(TookPart(*row[1:]))
    wrap_ups = (
        select(WrapUp.call_id, User.username, WrapUp.acw_time)
        .join(Call, Call.call_id == WrapUp.call_id)
        .join(User, User.id == WrapUp.user_id)
        .where(*chosen, WrapUp.acw_time.is_not(None))
    )
    for call_id, agent, seconds in session.execute(wrap_ups):
        found[call_id].acw.setdefault(agent, []).append(seconds or 0.0)
