"""Screen-pops: made ready as soon as a caller waits, so that a ring only has to send what is there.

What is looked up is looked up by a thread of its own; a ring that comes before it is ready is told when it is, and
not any more when the phone has stopped ringing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from crm.db.session import Database

log = structlog.get_logger(__name__)

Facts = Mapping[str, Any]
Compose = Callable[[Session, Facts], Mapping[str, Any]]
FRESH = 20.0
"""Seconds after which what was made ready is looked up anew: another call may have changed the customer's tickets."""


def bare(facts: Facts) -> dict[str, Any]:
    """A pop with nothing looked up: what is shown when the database is away."""
    names = ("call_id", "caller_number", "queue", "waited_s", "menu_path", "language", "kind")
    return {**{name: facts.get(name) for name in names}, "customers": [], "open_tickets": []}


class Pops:
    """Makes pops. ``gather`` reads what the phone side knows of a call; ``compose`` adds what the CRM knows."""

    def __init__(self, database: Database, compose: Compose, gather: Callable[[str], Facts], workers: int = 4) -> None:
        self._database = database
        self._compose = compose
        self._gather = gather
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="live-pop")
        self._ready: dict[str, tuple[datetime, Future[Mapping[str, Any]]]] = {}
        self._lock = threading.Lock()

    def prepare(self, call_id: str, told: Facts, now: datetime) -> Future[Mapping[str, Any]]:
        """Begin to look up what belongs to a call, unless that was done just now."""
        with self._lock:
            found = self._ready.get(call_id)
            if found and (not found[1].done() or (now - found[0]).total_seconds() < FRESH):
                return found[1]
            made = self._pool.submit(self._look_up, call_id, told)
            self._ready[call_id] = (now, made)
            return made

    def forget(self, call_id: str) -> None:
        """The call is over."""
        with self._lock:
            self._ready.pop(call_id, None)

    def close(self) -> None:
        """Look up no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _look_up(self, call_id: str, told: Facts) -> Mapping[str, Any]:
        facts = {"call_id": call_id, **self._gather(call_id), **{k: v for k, v in told.items() if v is not None}}
        try:
            with self._database.read() as session:
                return self._compose(session, facts)
        except SQLAlchemyError as error:
            log.warning("pop_without_customer", error=type(error).__name__)
            return bare(facts)
        except Exception:
            log.exception("pop_not_composed", call_id=call_id)
            return bare(facts)
