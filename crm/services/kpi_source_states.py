"""Agents' states as facts: milliseconds ready, busy and paused, each stretch cut at the hours that it goes through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm.db.contact_centre import AgentState
from crm.domain.kpi_facts import Fact, Period, SourceRow
from crm.domain.live import AgentStateName as State

FACT_OF: Mapping[str, Fact] = {
    State.AVAILABLE: Fact.READY_MS,
    State.RINGING: Fact.READY_MS,
    State.ON_CALL: Fact.BUSY_MS,
    State.WRAP_UP: Fact.BUSY_MS,
    State.PAUSED: Fact.PAUSED_MS,
}
_HOUR_MS = 3_600_000


def facts(session: Session, period: Period) -> Iterator[SourceRow]:
    """What the agents' time adds to the period, up to now."""
    start, end = _ms(period.start), min(_ms(period.end), _ms(period.now))
    found: dict[tuple[int, int], dict[Fact, int]] = defaultdict(dict)
    rows = session.execute(
        select(AgentState.user_id, AgentState.state, AgentState.since, AgentState.until).where(
            AgentState.since < period.end,
            or_(AgentState.until.is_(None), AgentState.until > period.start),
            AgentState.state.in_(FACT_OF),
        )
    )
    for user_id, state, since, until in rows:
        begin, stop = max(start, _ms(since)), min(end, _ms(until or period.now))
        while begin < stop:
            hour = begin // _HOUR_MS
            here = min(stop, (hour + 1) * _HOUR_MS)
            counts = found[user_id, hour]
            fact = FACT_OF[state]
            counts[fact] = counts.get(fact, 0) + here - begin
            begin = here
    for (user_id, hour), counts in sorted(found.items()):
        at = datetime.fromtimestamp(hour * 3600, UTC)
        yield SourceRow(period.day_of(at), counts, f"states:{user_id}", user_id, None, period.hour_of(at))


def _ms(at: datetime) -> int:
    """Whole milliseconds since 1970: a stretch ends at the very one at which the next begins."""
    return (at - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)
