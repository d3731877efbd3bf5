"""The dashboard of key figures at a million calls, on PostgreSQL: the whole request beside the bare query.

The million is proved first (``bench.kpi_proof``): a quick answer that is wrong is none. Then each question of the
dashboard is asked as a web server hands it over (token, rights, all figures as JSON), and beside it, in turns, the
bare query over the same sums, prepared, on a connection of its own. What counting the rows of all calls takes without
sums, the proof says.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from bench import kpi_bed, kpi_proof, tickets_bed
from bench.asking import asker
from bench.figures import Figure
from bench.kpi_world import NOW
from crm.db.session import Database
from crm.domain.access import Role
from crm.domain.kpi_facts import Fact
from crm.services import users

CALLS, DAYS, AGENTS, ROUNDS = 1_000_000, 90, 150, 60
_SUMS = ", ".join(f"SUM({fact})" for fact in Fact)


@dataclass(frozen=True)
class Case:
    """One question of the dashboard, and the bare query of the same sums."""

    query: str
    group: str
    where: str

    @property
    def bare(self) -> str:
        """The bare query."""
        columns = f"{self.group}, " if self.group else ""
        return f"SELECT {columns}{_SUMS} FROM kpi_sums WHERE {self.where}" + (  # noqa: S608  (the words stand here)
            f" GROUP BY {self.group}" if self.group else ""
        )


_MONTH = "day BETWEEN '2026-10-21' AND '2026-11-19'"
_SPAN = "from=2026-10-21&to=2026-11-19"
CASES = (
    Case(f"{_SPAN}&by=total", "", f"axis = 'day' AND {_MONTH}"),
    Case(f"{_SPAN}&by=day", "day", f"axis = 'day' AND {_MONTH}"),
    Case(f"{_SPAN}&by=queue", "queue", f"axis = 'queue' AND queue <> '' AND {_MONTH}"),
    Case(f"{_SPAN}&by=hour", "hour", f"axis = 'queue' AND hour <> -1 AND {_MONTH}"),
    Case(f"{_SPAN}&by=weekday_hour", "day, hour", f"axis = 'queue' AND hour <> -1 AND {_MONTH}"),
    Case(f"{_SPAN}&by=agent", "user_id", f"axis = 'agent' AND {_MONTH}"),
    Case(f"{_SPAN}&by=team", "team_id", f"axis = 'agent' AND team_id <> 0 AND {_MONTH}"),
    Case("from=2026-08-23&to=2026-11-20&by=month", "day", "axis = 'day' AND day BETWEEN '2026-08-23' AND '2026-11-20'"),
)


def run(calls: int = CALLS) -> list[Figure]:
    """Prove, then measure."""
    with tickets_bed.empty() as database:
        world = kpi_bed.world_of(database, agents=AGENTS, days=DAYS)
        unequal = kpi_proof.prove(database, world, calls)
        print("  " + ("all the same" if not unequal else f"{len(unequal)} differ: {unequal[:5]}"), flush=True)
        assert not unequal, "the figures are not right"
        try:
            return measure(database)
        finally:
            database.dispose()


def measure(database: Database) -> list[Figure]:
    """All questions in turns: the 95th percentile of ours over that of the bare query, of each question."""
    with database.write() as session:
        token = users.create_token(session, by="bench", now=NOW, role=Role.AU)
    ask = asker(database, {"auditor": token}, "/api/v1/kpi")
    ratios, every = [], []
    with tickets_bed.plain(database) as line:
        line.execute("ANALYZE kpi_sums")
        for case in CASES:
            ours, bare, lines = _turns(ask, line, case)
            mine, sql = _p95(ours), _p95(bare)
            ratios.append(mine / sql)
            every += ours
            print(f"  {case.query:48} {lines:4} lines  p95 {mine:7.2f} ms  bare {sql:7.2f} ms  {mine / sql:5.1f}")
    beside = f"{len(CASES)} questions in turns, p95 beside p95 of the bare query; spread: best and worst question"
    spread = (min(ratios), max(ratios))
    return [
        Figure("kpi_dashboard_p95_ms", _p95(every), "ms", beside, len(every), (min(every), max(every))),
        Figure("kpi_dashboard_vs_sql", statistics.median(ratios), "ratio", beside, len(every), spread),
    ]


def _p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def _turns(
    ask: Callable[[str, str], tuple[float, bytes]], line: psycopg.Connection[Any], case: Case
) -> tuple[list[float], list[float], int]:
    ours, bare, lines = [], [], 0
    for turn in range(ROUNDS + 10):
        taken, body = ask("auditor", case.query)
        began = time.perf_counter()
        rows = line.execute(case.bare, prepare=True).fetchall()
        sql = time.perf_counter() - began
        if turn == 0:
            items = json.loads(body)["items"]
            lines = len(items)
            place = case.group.count(",") + bool(case.group) + list(Fact).index(Fact.HANDLED)
            assert sum(item["counts"].get("handled", 0) for item in items) == sum(row[place] or 0 for row in rows), case
        if turn >= 10:
            ours.append(taken * 1000)
            bare.append(sql * 1000)
    return ours, bare, lines
