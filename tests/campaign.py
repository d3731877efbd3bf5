"""`python -m tests.campaign [--tickets 10000] [--database URL]`: many lives of tickets, then their terms held against
a plain re-computation, the counters against counting, and the audit chain against itself.

Without a URL it runs on a fresh SQLite and on a fresh PostgreSQL.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import func, select

from crm.db.migrate import upgrade
from crm.db.models import TermCount, Ticket, TicketCount, TicketEvent, TicketTerm
from crm.db.session import Database
from crm.services import audit, counters
from tests.database_fixture import PostgresServer
from tests.plain_terms import Ev, expected
from tests.ticket_lives import live, office
from tests.vault import VAULT


def carry_out(database: Database, tickets: int) -> dict[str, int]:
    """Live them all; gives how many ended in which status."""
    people, began = office(database).people, time.monotonic()
    for seed in range(tickets):
        live(database, people, seed)
        if seed % 500 == 499:
            print(f"  {seed + 1} tickets, {time.monotonic() - began:.0f} s", flush=True)
            with database.write() as session:
                counters.compact(session)
    with database.read() as session:
        query = select(Ticket.status, func.count()).group_by(Ticket.status)
        return dict(session.execute(query).all())


def differences(database: Database) -> list[str]:
    """Where rows, tickets or counters say something else than a plain re-computation; nothing when all is well."""
    found: list[str] = []
    with database.read() as session:
        last = 0
        while tickets := session.scalars(select(Ticket).where(Ticket.id > last).order_by(Ticket.id).limit(200)).all():
            for ticket in tickets:
                last = ticket.id
                events = session.scalars(
                    select(TicketEvent).where(TicketEvent.ticket_id == ticket.id).order_by(TicketEvent.id)
                )
                happened = [Ev(e.at, e.event, e.from_status, e.to_status, e.fields) for e in events]
                rows = session.scalars(select(TicketTerm).where(TicketTerm.ticket_id == ticket.id)).all()
                kept = {(row.kind, row.step): (row.due_at, row.state) for row in rows}
                wanted = expected(ticket, happened)
                if kept != wanted:
                    wrong = {key: (kept.get(key), wanted.get(key)) for key in {*kept, *wanted}}
                    wrong = {key: pair for key, pair in wrong.items() if pair[0] != pair[1]}
                    found.append(f"ticket {ticket.id} ({ticket.kind}, {ticket.status}): {wrong}")
            session.expunge_all()
        found += _counters(database)
        verdict = audit.verify(session)
        if verdict.broken:
            found.append(f"audit chain: {verdict.broken}")
    return found


def _counters(database: Database) -> list[str]:
    with database.read() as session:
        columns = (Ticket.kind, Ticket.status, Ticket.assignee_id)
        counted = {tuple(row[:3]): row[3] for row in session.execute(select(*columns, func.count()).group_by(*columns))}
        kept = counters.tickets_by(session, TicketCount.kind, TicketCount.status, TicketCount.assignee_id)
        terms = (TicketTerm.kind, TicketTerm.state, TicketTerm.stage)
        of_terms = {tuple(row[:3]): row[3] for row in session.execute(select(*terms, func.count()).group_by(*terms))}
        total = func.sum(TermCount.n)
        cells = (TermCount.kind, TermCount.state, TermCount.stage)
        summed = {
            tuple(row[:3]): row[3] for row in session.execute(select(*cells, total).group_by(*cells).having(total != 0))
        }
    return [
        name
        for name, one, other in (("ticket_counts", counted, kept), ("term_counts", of_terms, summed))
        if one != other
    ]


def run(url: str, tickets: int) -> bool:
    """One campaign on one database."""
    upgrade(url)
    database = Database(url, VAULT)
    try:
        print(f"{database.engine.dialect.name}: {tickets} tickets", flush=True)
        print(f"  {carry_out(database, tickets)}", flush=True)
        wrong = differences(database)
        print(
            "\n".join(f"  {line}" for line in wrong[:20])
            or "  clocks, counters and chain agree with a plain re-computation"
        )
        return not wrong
    finally:
        database.dispose()


def main() -> int:
    """Run what was asked for."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: servers and folders go
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=10_000)
    parser.add_argument("--database", default="", help="URL; sqlite or postgresql: a fresh one of that kind alone")
    options = parser.parse_args()
    good = True
    with tempfile.TemporaryDirectory(prefix="hy-campaign-", ignore_cleanup_errors=True) as folder:
        if options.database in {"", "sqlite"}:
            good &= run(f"sqlite:///{folder}/campaign.sqlite3", options.tickets)
        if options.database in {"", "postgresql"}:
            server = PostgresServer(Path(folder) / "data")
            try:
                good &= run(server.make(migrated=True), options.tickets)
            finally:
                server.stop()
        if options.database not in {"", "sqlite", "postgresql"}:
            good &= run(options.database, options.tickets)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
