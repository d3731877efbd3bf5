"""Surveys, as facts: offered, answered, good; promoters and detractors. ``behind``: survey:ID.

A survey counts on the day on which it was offered, whenever it is answered: so its answer is a part of what was
offered that day.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.surveys import Survey
from crm.domain.kpi_facts import Fact, Period, SourceRow
from crm.domain.surveys import Answer, tally


def facts(session: Session, period: Period) -> Iterable[SourceRow]:
    """A row for each survey of these days."""
    rows = session.execute(
        select(
            Survey.id, Survey.offered_at, Survey.user_id, Survey.queue, Survey.call_id, Survey.score, Survey.recommends
        )
        .where(Survey.offered_at >= period.start, Survey.offered_at < period.end)
        .order_by(Survey.id)
    )
    for row in rows:
        counted = tally([Answer(row.score, row.recommends)])
        counts = {
            Fact.SURVEYS_OFFERED: counted.offered,
            Fact.SURVEYS_ANSWERED: counted.answered,
            Fact.SURVEYS_GOOD: counted.good,
            Fact.NPS_ANSWERED: counted.marked,
            Fact.NPS_PROMOTERS: counted.promoters,
            Fact.NPS_DETRACTORS: counted.detractors,
        }
        yield SourceRow(
            period.day_of(row.offered_at),
            {fact: count for fact, count in counts.items() if count},
            f"survey:{row.id}",
            user_id=row.user_id,
            queue=row.queue,
            call_id=row.call_id,
        )
