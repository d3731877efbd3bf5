"""Shifts that are over, as facts: planned, adhered and paid time, shifts planned and kept. ``behind``: shift:ID.

Leave that was granted takes nothing away and adds nothing: such a shift is not planned, and not paid as work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.shifts import AttendanceDay
from crm.domain.adherence import Verdict
from crm.domain.kpi_facts import Fact, Period, SourceRow


def facts(session: Session, period: Period) -> Iterable[SourceRow]:
    """A row for each shift of these days that was reckoned; a shift counts on the day of its beginning."""
    query = (
        select(AttendanceDay)
        .where(AttendanceDay.day >= period.first, AttendanceDay.day <= period.last)
        .order_by(AttendanceDay.shift_id)
    )
    return _rows(session.scalars(query))


def _rows(found: Iterable[AttendanceDay]) -> Iterator[SourceRow]:
    for row in found:
        asked = row.verdict != Verdict.LEAVE
        counts = {
            Fact.PLANNED_MS: row.planned,
            Fact.ADHERED_MS: row.kept,
            Fact.PAID_MS: row.paid,
            Fact.SHIFTS_PLANNED: int(asked),
            Fact.SHIFTS_KEPT: int(row.verdict == Verdict.PRESENT),
        }
        yield SourceRow(row.day, counts, f"shift:{row.shift_id}", user_id=row.user_id)
