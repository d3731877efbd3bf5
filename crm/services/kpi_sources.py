"""Where the facts of the key figures come from: one function a source, all of one shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from sqlalchemy.orm import Session

from crm.domain.kpi_facts import Period, Source, SourceRow
from crm.services import (
    kpi_source_calls,
    kpi_source_exams,
    kpi_source_quality,
    kpi_source_repeats,
    kpi_source_shifts,
    kpi_source_states,
    kpi_source_surveys,
    kpi_source_tickets,
)


class Facts(Protocol):
    """Gives what counts in a period: each row's day lies in it, and a row is given for one day only.

    It reads and changes nothing. The same period gives the same rows until something behind them changes.
    """

    def __call__(self, session: Session, period: Period) -> Iterable[SourceRow]:
        """The rows."""


SOURCES: Mapping[Source, Facts] = {
    Source.CALLS: kpi_source_calls.facts,
    Source.REPEATS: kpi_source_repeats.facts,
    Source.STATES: kpi_source_states.facts,
    Source.TICKETS: kpi_source_tickets.facts,
    Source.QUALITY: kpi_source_quality.facts,
    Source.SURVEYS: kpi_source_surveys.facts,
    Source.EXAMS: kpi_source_exams.facts,
    Source.SHIFTS: kpi_source_shifts.facts,
}
