"""Evaluations that stand, as facts: scored, score_tenths (points times ten), fatals. ``behind``: evaluation:ID.

Of one call and agent one evaluation stands: the scorer's, or the ruling on it. It counts on the day on which the scorer
handed his in; a ruling changes what that day comes to, not which day it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.domain.kpi_facts import Fact, Period, SourceRow
from crm.services.evaluation_views import that_count


def facts(session: Session, period: Period) -> Iterable[SourceRow]:
    """What counts in the period."""
    found = that_count(session, period.start, period.end)
    named = {one.call_id for one in found if one.call_id is not None}
    rows = session.execute(select(Call.call_id, Call.queue).where(Call.call_id.in_(named)))
    queues = {row.call_id: row.queue for row in rows}
    for one in found:
        yield SourceRow(
            day=period.day_of(one.at),
            counts={Fact.SCORED: 1, Fact.SCORE_TENTHS: one.score, Fact.FATALS: int(one.fatal)},
            behind=f"evaluation:{one.evaluation_id}",
            user_id=one.agent_id,
            queue=queues.get(one.call_id) if one.call_id else None,
            call_id=one.call_id,
        )
