"""Results of tests, as facts: exams, exam_tenths (out of a hundred points, times ten). ``behind``: exam:ID.

Each sheet of a test that counts is a result, a repeated one as well, on the day on which all of it was marked first.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.training import ExamAttempt, ExamPaper
from crm.domain.exams import AttemptState, out_of_a_hundred
from crm.domain.kpi_facts import Fact, Period, SourceRow


def facts(session: Session, period: Period) -> Iterable[SourceRow]:
    """A row for each sheet of these days."""
    rows = session.execute(
        select(ExamAttempt.id, ExamAttempt.user_id, ExamAttempt.marked_at, ExamAttempt.tenths, ExamAttempt.of_tenths)
        .join(ExamPaper, ExamPaper.id == ExamAttempt.paper_id)
        .where(
            ExamPaper.counts,
            ExamAttempt.state == AttemptState.MARKED,
            ExamAttempt.marked_at >= period.start,
            ExamAttempt.marked_at < period.end,
        )
        .order_by(ExamAttempt.id)
    )
    for row in rows:
        tenths = out_of_a_hundred(row.tenths, row.of_tenths)
        yield SourceRow(
            period.day_of(row.marked_at),
            {Fact.EXAMS: 1, Fact.EXAM_TENTHS: tenths},
            f"exam:{row.id}",
            user_id=row.user_id,
        )
