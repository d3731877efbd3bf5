"""How long callers waited and agents spoke, how scores are spread, why customers called: counted in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session

from crm.db.contact_centre import CallLeg, Disposition, QueueVisit, WrapUp
from crm.db.kpi import KPI_SUMS
from crm.db.people import User
from crm.db.quality import Evaluation
from crm.domain.analysis import Bar, bars
from crm.domain.boards import HANDLE_EDGES, SCORE_EDGES, WAIT_EDGES, Bin
from crm.domain.boards import bins as binned
from crm.services.kpi_sums import AGENT

_SPOKE = ("queue", "transfer", "rejoin")
"""Kinds of legs in which an agent spoke with a caller who came to him."""
_LONGEST = timedelta(hours=12)


@dataclass(frozen=True)
class Span:
    """Days of the centre; ``queue`` or ``team_id`` (a section's people) narrow them."""

    first: date
    last: date
    zone: ZoneInfo
    queue: str = ""
    team_id: int = 0

    @property
    def start(self) -> datetime:
        """The instant at which it begins."""
        return datetime.combine(self.first, time.min, tzinfo=self.zone)

    @property
    def end(self) -> datetime:
        """The instant before which it ends."""
        return datetime.combine(self.last + timedelta(days=1), time.min, tzinfo=self.zone)

    def holds(self, column: Any) -> list[ColumnElement[bool]]:
        """Conditions on an instant."""
        return [column >= self.start, column < self.end]

    def team(self) -> Select[int]:
        """People who were in the section in this time."""
        sums = KPI_SUMS.c
        return select(sums.user_id).where(
            sums.axis == AGENT, sums.team_id == self.team_id, sums.day >= self.first, sums.day <= self.last
        )


def _spread(session: Session, column: Any, edges: Sequence[int], query: Select[Any]) -> tuple[Bin, ...]:
    """How many lie between the edges: one pass in the database, however many there are."""
    above = [*edges[1:], None]
    counted = [
        func.sum(case((column >= low if high is None else and_(column >= low, column < high), 1), else_=0))
        for low, high in zip(edges, above, strict=True)
    ]
    row = session.execute(query.with_only_columns(*counted, maintain_column_froms=True)).one()
    return binned(edges, [int(value or 0) for value in row])


def waits(session: Session, span: Span) -> tuple[Bin, ...]:
    """How long the answered waited, in seconds, with the queues that they overflowed from."""
    earlier = (
        select(QueueVisit.call_id, func.sum(QueueVisit.wait_time).label("waited"))
        .where(
            QueueVisit.outcome == "overflow",
            QueueVisit.entered_at >= span.start - _LONGEST,
            QueueVisit.entered_at < span.end,
        )
        .group_by(QueueVisit.call_id)
        .subquery()
    )
    query = (
        select(QueueVisit)
        .outerjoin(earlier, earlier.c.call_id == QueueVisit.call_id)
        .where(QueueVisit.outcome == "answered", *span.holds(QueueVisit.entered_at))
    )
    if span.queue:
        query = query.where(QueueVisit.queue == span.queue)
    waited = func.coalesce(QueueVisit.wait_time, 0) + func.coalesce(earlier.c.waited, 0)
    return _spread(session, waited, WAIT_EDGES, query)


def talks(session: Session, span: Span) -> tuple[Bin, ...]:
    """How long agents spoke with callers, hold with it, in seconds."""
    query = select(CallLeg).where(
        CallLeg.outcome == "answered", CallLeg.kind.in_(_SPOKE), *span.holds(CallLeg.answered_at)
    )
    if span.queue:
        query = query.where(CallLeg.queue == span.queue)
    if span.team_id:
        query = query.where(CallLeg.agent.in_(select(User.username).where(User.id.in_(span.team()))))
    spoke = func.coalesce(CallLeg.talk_time, 0) + func.coalesce(CallLeg.hold_time, 0)
    return _spread(session, spoke, HANDLE_EDGES, query)


def scores(session: Session, span: Span) -> tuple[Bin, ...]:
    """Scores of the evaluations that stand, in points."""
    query = select(Evaluation).where(Evaluation.official.is_(True), *span.holds(Evaluation.submitted_at))
    if span.team_id:
        query = query.where(Evaluation.agent_id.in_(span.team()))
    return _spread(session, Evaluation.score / 10.0, SCORE_EDGES, query)


def reasons(session: Session, span: Span) -> tuple[tuple[Bar, ...], Mapping[str, tuple[str, str]]]:
    """Why customers called, as agents noted it, the most frequent first; and what each code is called (zh, en)."""
    query = (
        select(WrapUp.disposition, func.count())
        .where(WrapUp.disposition.is_not(None), *span.holds(WrapUp.started_at))
        .group_by(WrapUp.disposition)
    )
    if span.queue:
        query = query.where(WrapUp.queue == span.queue)
    if span.team_id:
        query = query.where(WrapUp.user_id.in_(span.team()))
    counts = {str(code): int(count) for code, count in session.execute(query)}
    titles = session.execute(select(Disposition.code, Disposition.title_zh, Disposition.title_en))
    return bars(counts), {row.code: (row.title_zh, row.title_en) for row in titles}
