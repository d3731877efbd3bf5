"""`make kpi-proof [CALLS=1000000]`: every key figure on made-up calls, three ways, and whether they are the same.

The generator knows the truth of what it makes (``bench.kpi_world``). The product counts its sums. Plain SQL counts
everything once more from the rows (``bench/kpi_facts.sql``). All facts of every day, hour, queue and agent must be
the same to the last unit, and every figure of every month, hour and agent the same fraction.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import psycopg
from sqlalchemy import select

from bench import kpi_bed, kpi_sql, tickets_bed
from bench.kpi_world import NOW, ZONE, Key, World
from crm.db.kpi import KPI_SUMS
from crm.db.session import Database
from crm.domain.kpi_facts import Fact
from crm.services import kpi_figures
from crm.services.kpi_questions import By, Question

Facts = Mapping[Key, Mapping[str, int]]
_CLOSE = Fraction(1, 10**15)
"""Numeric division in SQL is rounded; nothing here is as close as that and different."""


def truth_of(world: World) -> Facts:
    """What the generator wrote down, without zeros."""
    return _tidy(world.truth)


def kept(database: Database) -> Facts:
    """The product's sums."""
    found: dict[Key, dict[str, int]] = {}
    with database.read() as session:
        for row in session.execute(select(KPI_SUMS)).mappings():
            key = (row["axis"], row["day"], row["hour"], row["queue"], row["user_id"])
            sums = found.setdefault(key, {})
            for fact in Fact:
                sums[fact.value] = sums.get(fact.value, 0) + (row[fact.value] or 0)
    return _tidy(found)


def in_sql(line: psycopg.Connection[Any]) -> Facts:
    """The same by plain SQL, which leaves its count in a table of the connection."""
    line.execute("SET work_mem = '256MB'")
    line.execute("SET jit = off")  # what it takes to compile is more than it saves here
    for statement in kpi_sql.COUNT:
        psycopg.ClientCursor(line).execute(statement, {"now": NOW})
    found: dict[Key, dict[str, int]] = {}
    for axis, day, hour, queue, user_id, fact, value in line.execute(kpi_sql.FACTS):
        found.setdefault((axis, day, hour, queue, user_id), {})[fact] = value
    return _tidy(found)


def _tidy(facts: Facts) -> Facts:
    tidy = {key: {fact: value for fact, value in sums.items() if value} for key, sums in facts.items()}
    return {key: sums for key, sums in tidy.items() if sums}


def differences(one: Facts, other: Facts) -> list[str]:
    """Where two counts differ, in words."""
    found = []
    for key in sorted({*one, *other}, key=str):
        for fact in sorted({*one.get(key, {}), *other.get(key, {})}):
            left, right = one.get(key, {}).get(fact, 0), other.get(key, {}).get(fact, 0)
            if left != right:
                found.append(f"{key} {fact}: {left} and {right}")
    return found


def figure_differences(database: Database, line: psycopg.Connection[Any], world: World) -> tuple[int, list[str]]:
    """Every figure of the product beside SQL's own division: how many were compared, and which differ."""
    days = [key[1] for key in world.truth]
    compared, found = 0, []
    for by in (By.DAY, By.MONTH, By.HOUR, By.AGENT, By.QUEUE):
        question = Question(min(days), max(days), by)
        with database.read() as session:
            ours = kpi_figures.counted(session, question, zone=ZONE, now=NOW)
        rows = line.execute(kpi_sql.figures(tuple(Fact), by.value)).fetchall()
        theirs = {row[0]: dict(zip(kpi_sql.FORMULAS, row[1:], strict=True)) for row in rows}
        found += [f"{by} {key}: only on one side" for key in {*ours} ^ {*theirs}]
        for key in {*ours} & {*theirs}:
            figures = kpi_figures.Row(key, ours[key]).figures
            for name, value in theirs[key].items():
                compared += 1
                if not _same(figures[name].value, value):
                    found.append(f"{by} {key} {name}: {figures[name].value} and {value}")
    return compared, found


def _same(ours: Fraction | None, theirs: Decimal | None) -> bool:
    if ours is None or theirs is None:
        return ours is None and theirs is None
    return abs(ours - Fraction(theirs)) <= _CLOSE * (1 + abs(ours))


def prove(database: Database, world: World, calls: int) -> list[str]:
    """Make the world, count it, compare, tell; gives what differs, in words."""
    took = {"made": _timed(lambda: kpi_bed.fill_quickly(database, world, calls))}
    took["counted"] = _timed(lambda: kpi_bed.count_all(database, world))
    with tickets_bed.plain(database) as line:
        began = time.monotonic()
        sql = in_sql(line)
        took["counted in SQL"] = time.monotonic() - began
        ours, truth = kept(database), truth_of(world)
        compared, wrong = figure_differences(database, line, world)
    values = sum(map(len, truth.values()))
    print(f"{calls} calls, {len(truth)} sums of {values} facts: truth, product and SQL; {compared} figures", flush=True)
    print(", ".join(f"{what} in {seconds:.0f} s" for what, seconds in took.items()), flush=True)
    return [*differences(truth, ours), *differences(ours, sql), *wrong]


def _timed(work: Callable[[], None]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def main() -> int:
    """The proof by itself."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: servers and folders go
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--agents", type=int, default=150)
    options = parser.parse_args()
    with tickets_bed.empty() as database:
        world = kpi_bed.world_of(database, agents=options.agents, days=options.days)
        unequal = prove(database, world, options.calls)
        database.dispose()
    print("\n".join(unequal[:40]) or "all the same")
    return 1 if unequal else 0


if __name__ == "__main__":
    sys.exit(main())
