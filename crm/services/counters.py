"""How many tickets and terms there are of each sort, without counting them. Triggers keep the counts.

Each change of a row adds rows with +1 and -1; their sums are the counts at any moment. ``compact`` puts what has
come together into one row a sort, so that the sums stay short.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm.db.terms import TermCount, TicketCount
from crm.domain.term_types import TermState

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "ticket_counts": ("kind", "status", "department_id", "assignee_id"),
    "term_counts": ("kind", "state", "stage"),
}


def tickets_by(
    session: Session, *columns: InstrumentedAttribute[Any], where: Sequence[ColumnElement[bool]] = ()
) -> dict[tuple[Any, ...], int]:
    """Counts of tickets by columns of ``TicketCount``; a sort of which there are none is not there."""
    total = func.sum(TicketCount.n)
    rows = session.execute(select(*columns, total).where(*where).group_by(*columns).having(total != 0))
    return {tuple(row[:-1]): int(row[-1]) for row in rows}


@dataclass(frozen=True)
class TermBoard:
    """How the terms of one kind stand."""

    kind: str
    open: int
    near: int
    """of the open ones: warned for the last or the last but one time"""
    overdue: int
    met: int
    late: int

    @property
    def in_time(self) -> float | None:
        """The share that was done in time. What is overdue and still open counts as not in time."""
        done = self.met + self.late + self.overdue
        return self.met / done if done else None


def term_boards(session: Session) -> dict[str, TermBoard]:
    """How the terms stand, by kind."""
    total = func.sum(TermCount.n)
    found: dict[str, dict[tuple[str, str], int]] = {}
    query = select(TermCount.kind, TermCount.state, TermCount.stage, total)
    for kind, state, stage, n in session.execute(query.group_by(TermCount.kind, TermCount.state, TermCount.stage)):
        found.setdefault(kind, {})[state, stage] = int(n)
    return {kind: _board(kind, cells) for kind, cells in found.items()}


def _board(kind: str, cells: Mapping[tuple[str, str], int]) -> TermBoard:
    def of(state: TermState, *stages: str) -> int:
        return sum(n for (s, stage), n in cells.items() if s == state and (not stages or stage in stages))

    return TermBoard(
        kind,
        open=of(TermState.OPEN),
        near=of(TermState.OPEN, "second", "last"),
        overdue=of(TermState.OPEN, "overdue"),
        met=of(TermState.MET),
        late=of(TermState.LATE),
    )


def compact(session: Session) -> None:
    """Put the rows of each sort together. One statement each: what others add meanwhile is neither lost nor doubled."""
    for table, columns in _COLUMNS.items():
        names = ", ".join(columns)
        if session.get_bind().dialect.name == "postgresql":
            session.execute(
                text(  # the names stand above
                    f"WITH gone AS (DELETE FROM {table} RETURNING {names}, n) "  # noqa: S608
                    f"INSERT INTO {table} ({names}, n) "
                    f"SELECT {names}, SUM(n) FROM gone GROUP BY {names} HAVING SUM(n) <> 0"
                )
            )
            continue
        last = session.execute(text(f"SELECT MAX(id) FROM {table}")).scalar() or 0  # noqa: S608  (as above)
        session.execute(
            text(
                f"INSERT INTO {table} ({names}, n) SELECT {names}, SUM(n) FROM {table} "  # noqa: S608  (as above)
                f"WHERE id <= :last GROUP BY {names} HAVING SUM(n) <> 0"
            ),
            {"last": last},
        )
        session.execute(text(f"DELETE FROM {table} WHERE id <= :last"), {"last": last})  # noqa: S608  (as above)
