"""The list of tickets at a million of them, on PostgreSQL: the whole request in the server beside the bare query.

The request goes through the application as a web server hands it over: bearer token, rights, filters, 50 summaries as
JSON. Beside it, in turns, the bare query that gives the same 50 rows with their calls and recordings, prepared, on a
connection of its own. Asked by an auditor, a manager, a handler and an agent, newest first and by their term, the
first page and one far down.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import psycopg

from bench import tickets_bed
from bench.asking import asker
from bench.figures import Figure
from crm.db.session import Database
from crm.db.terms import TicketCount
from crm.services import counters
from crm.services.paging import encode_cursor

ROUNDS = 60
GOAL_MS = 5.0
_COLUMNS = (
    "t.id, t.number, t.kind, t.status, t.level, t.category, t.severity, t.priority, t.customer_id, t.caller_number, "
    "t.channel, t.received_at, t.legal_due_at, t.internal_due_at, t.language, t.flags, t.version, u.username, "
    "(SELECT array_agg(l.call_id ORDER BY c.started_at) FROM ticket_calls l JOIN calls c ON c.call_id = l.call_id "
    "WHERE l.ticket_id = t.id), "
    "(SELECT array_agg(r.recording_id ORDER BY r.position) FROM ticket_recordings r WHERE r.ticket_id = t.id)"
)
_FROM = f"SELECT {_COLUMNS} FROM tickets t LEFT JOIN users u ON u.id = t.assignee_id"  # noqa: S608  (names stand above)


@dataclass(frozen=True)
class Case:
    """One question: who asks for what, and the bare query that gives the same rows."""

    who: str
    query: str
    bare: str
    values: tuple[Any, ...] = ()


def run(tickets: int = 1_000_000) -> list[Figure]:
    """Fill a database and measure."""
    with tickets_bed.million(tickets) as database:
        try:
            return measure(database, tickets_bed.tokens(database))
        finally:
            database.dispose()


def measure(database: Database, tokens: dict[str, str]) -> list[Figure]:
    """All cases in turns; the figures are over all of them, their spread from the best case to the worst."""
    ask = asker(database, tokens, "/api/v1/tickets")
    with tickets_bed.plain(database) as line:
        times = {case: _turns(ask, line, case) for case in _cases(database)}
        _others(database, line)
    rows = []
    for case, (ours, bare) in times.items():
        mine, sql = statistics.median(ours), statistics.median(bare)
        rows.append((mine, mine / sql))
        print(f"  {case.who:8} {case.query:58.58} {mine:7.2f} ms  bare {sql:6.3f} ms  {mine / sql:5.1f}")
    every = [value for ours, _ in times.values() for value in ours]
    ratios = [ratio for _, ratio in rows]
    beside = f"{len(rows)} questions in turns, the bare query beside each; spread: best and worst question"
    return [
        Figure(
            "tickets_list_p50_ms", statistics.median(every), "ms", beside, len(every), _spread(row[0] for row in rows)
        ),
        Figure("tickets_list_vs_sql", statistics.median(ratios), "ratio", beside, len(every), _spread(ratios)),
    ]


def _spread(values: Any) -> tuple[float, float]:
    found = list(values)
    return min(found), max(found)


def _turns(
    ask: Callable[[str, str], tuple[float, bytes]], line: psycopg.Connection[Any], case: Case
) -> tuple[list[float], list[float]]:
    ours, bare = [], []
    for turn in range(ROUNDS + 10):
        taken, body = ask(case.who, case.query)
        began = time.perf_counter()
        rows = line.execute(case.bare, case.values, prepare=True).fetchall()
        sql = time.perf_counter() - began
        if turn == 0:
            shown = [item["id"] for item in json.loads(body)["items"]]
            assert shown == [row[0] for row in rows], (case.who, case.query, "not the same tickets")
        if turn >= 10:
            ours.append(taken * 1000)
            bare.append(sql * 1000)
    return ours, bare


def _cases(database: Database) -> Iterator[Case]:
    newest, by_term = "ORDER BY t.received_at DESC, t.id DESC LIMIT 50", "ORDER BY t.legal_due_at, t.id LIMIT 50"
    agent = tickets_bed.actor(database, "agent0").user_id
    office = "t.kind IN ('complaint', 'review', 'report', 'callback', 'loss_report')"
    his = "(t.assignee_id = %s OR t.created_by_id = %s OR t.first_agent_id = %s)"
    with tickets_bed.plain(database) as line:
        at, key = _row(line, "received_at", "DESC", 300_000)
        due, due_key = _row(line, "legal_due_at", "ASC", 100_000)
    far = "cursor=" + quote(encode_cursor("-received_at", at, key))
    later = "sort=legal_due_at&cursor=" + quote(encode_cursor("legal_due_at", due, due_key))
    below, above = "(t.received_at, t.id) < (%s, %s)", "(t.legal_due_at, t.id) > (%s, %s)"
    for who in ("auditor", "manager"):
        yield Case(who, "limit=50", f"{_FROM} {newest}")
        yield Case(who, far, f"{_FROM} WHERE {below} {newest}", (at, key))
        yield Case(who, "sort=legal_due_at", f"{_FROM} WHERE t.legal_due_at IS NOT NULL {by_term}")
        yield Case(who, later, f"{_FROM} WHERE {above} {by_term}", (due, due_key))
    yield Case(
        "auditor",
        "kind=complaint&status=closed",
        f"{_FROM} WHERE t.kind = 'complaint' AND t.status = 'closed' {newest}",
    )
    yield Case(
        "auditor",
        "status=investigating&sort=legal_due_at",
        f"{_FROM} WHERE t.status = 'investigating' AND t.legal_due_at IS NOT NULL {by_term}",
    )
    yield Case("handler", "limit=50", f"{_FROM} WHERE {office} {newest}")
    yield Case("handler", far, f"{_FROM} WHERE {office} AND {below} {newest}", (at, key))
    yield Case("handler", later, f"{_FROM} WHERE {office} AND {above} {by_term}", (due, due_key))
    whose = (agent, agent, agent)
    yield Case("agent", "limit=50", f"{_FROM} WHERE {his} {newest}", whose)
    yield Case("agent", far, f"{_FROM} WHERE {his} AND {below} {newest}", (*whose, at, key))


def _row(line: psycopg.Connection[Any], column: str, way: str, place: int) -> tuple[Any, int]:
    """The row at a place of a list, found the slow way, once."""
    found = line.execute(
        f"SELECT {column}, id FROM tickets WHERE {column} IS NOT NULL "  # noqa: S608  (the names stand above)
        f"ORDER BY {column} {way}, id {way} OFFSET {place} LIMIT 1"
    ).fetchone()
    assert found is not None
    return found[0], found[1]


def _others(database: Database, line: psycopg.Connection[Any]) -> None:
    """The board's sums from the counters, beside counting."""
    with database.write() as session:
        counters.compact(session)
    with database.read() as session:
        counters.term_boards(session)
        began = time.perf_counter()
        for _ in range(20):
            counters.tickets_by(session, TicketCount.kind, TicketCount.status)
        sums = (time.perf_counter() - began) / 20 * 1000
    began = time.perf_counter()
    line.execute("SELECT kind, status, count(*) FROM tickets GROUP BY kind, status").fetchall()
    counted = (time.perf_counter() - began) * 1000
    print(f"  board from counters {sums:.2f} ms, by counting {counted:.0f} ms")
