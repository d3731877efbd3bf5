"""Screen-pops: made ready when somebody calls in, so that a ring only has to send what is there.

Looking up is done by threads of its own. A ring sends what was found while the caller heard the menu, with what he
had done in it when he began to wait. Behind that first sending the phone side is asked once more; when something is
old, or the call itself has made a ticket since, it is looked up anew, and sent again if it came out different.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
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
_MOST = 5000
"""Calls that are kept ready; the oldest go first."""
Send = Callable[[Mapping[str, Any]], None]
_OF_THE_CALL = ("caller_number", "language", "menu_path", "queue")
"""What the phone side knows best, and newer than any look-up."""
_FOUND = ("customers", "open_tickets", "last_tickets", "last_calls", "ticket_ids_of_call")
"""What a look-up finds; when it differs, the card is sent again."""


def bare(facts: Facts) -> dict[str, Any]:
    """A pop with nothing looked up: what is shown when the database is away."""
    names = ("call_id", "caller_number", "queue", "waited_s", "menu_path", "language", "kind")
    return {**{name: facts.get(name) for name in names}, "customers": [], "open_tickets": []}


@dataclass
class _Ready:
    """What is ready of a call, or will be: what the CRM knows, and what the phone side knew when the caller waited."""

    looked_up_at: datetime
    found: Future[Mapping[str, Any]]
    facts: Future[Facts] | None = None


class Pops:
    """Makes pops. ``gather`` reads what the phone side knows of a call; ``compose`` adds what the CRM knows."""

    def __init__(self, database: Database, compose: Compose, gather: Callable[[str], Facts], workers: int = 2) -> None:
        self._database = database
        self._compose = compose
        self._gather = gather
        # Few threads: each one that computes holds up the one that hears of the next ring.
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="live-pop")
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="live-pop-facts")
        self._ready: dict[str, _Ready] = {}
        self._lock = threading.Lock()

    def prepare(self, call_id: str, told: Facts, now: datetime) -> Future[Mapping[str, Any]]:
        """Begin to look up what belongs to a call, unless that was done already."""
        return self._prepared(call_id, told, now).found

    def _prepared(self, call_id: str, told: Facts, now: datetime) -> _Ready:
        with self._lock:
            if call_id not in self._ready:
                while len(self._ready) >= _MOST:
                    self._ready.pop(next(iter(self._ready)))
                self._ready[call_id] = _Ready(now, self._pool.submit(self._look_up, call_id, told))
            return self._ready[call_id]

    def waits(self, call_id: str, told: Facts, now: datetime) -> None:
        """The caller has left the menu: a phone may ring at any moment."""
        self._prepared(call_id, told, now).facts = self._reading.submit(self._facts, call_id, told)

    def ring(self, call_id: str, told: Facts, now: datetime, send: Send) -> None:
        """Send the card of a call as soon as it is known, and once more when a new look finds something else.

        When all is ready it is sent before this returns.
        """
        ready = self._prepared(call_id, told, now)
        facts = ready.facts = ready.facts or self._reading.submit(self._facts, call_id, told)

        def tell(_known: object) -> None:
            first = _card(ready.found.result(), {**facts.result(), **_given(told)})
            send(first)
            self._submit(self._look_again, call_id, told, now, first, send)

        ready.found.add_done_callback(lambda _found: facts.add_done_callback(tell))

    def _look_again(self, call_id: str, told: Facts, now: datetime, first: Facts, send: Send) -> None:
        """Behind the card that was sent: another one, if it would say something else by now."""
        with self._lock:
            ready = self._ready.get(call_id)
        if ready is None:
            return
        card, facts = ready.found.result(), self._facts(call_id, told)
        old = (now - ready.looked_up_at).total_seconds() > FRESH
        if old or facts.get("made_ticket") or facts.get("caller_number") not in {None, card["caller_number"]}:
            newer: Future[Mapping[str, Any]] = Future()
            newer.set_result(self._look_up(call_id, told))
            with self._lock:
                if call_id in self._ready:
                    self._ready[call_id] = _Ready(now, newer, ready.facts)
            card = newer.result()
        again = _card(card, facts)
        if any(again.get(name) != first.get(name) for name in _FOUND + _OF_THE_CALL):
            send(again)

    def _submit(self, work: Callable[..., None], *args: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the service ends
            self._pool.submit(work, *args)

    def _facts(self, call_id: str, told: Facts) -> dict[str, Any]:
        return {"call_id": call_id, **self._gather(call_id), **_given(told)}

    def forget(self, call_id: str) -> None:
        """The call is over."""
        with self._lock:
            self._ready.pop(call_id, None)

    def close(self) -> None:
        """Look up no more."""
        for pool in (self._pool, self._reading):
            pool.shutdown(wait=False, cancel_futures=True)

    def _look_up(self, call_id: str, told: Facts) -> Mapping[str, Any]:
        facts = self._facts(call_id, told)
        try:
            with self._database.read() as session:
                return self._compose(session, facts)
        except SQLAlchemyError as error:
            log.warning("pop_without_customer", error=type(error).__name__)
            return bare(facts)
        except Exception:
            log.exception("pop_not_composed", call_id=call_id)
            return bare(facts)


def _given(told: Facts) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value is not None}


def _card(found: Facts, facts: Facts) -> dict[str, Any]:
    """What the CRM found, with what the phone side knows better."""
    return {**found, **{name: facts[name] for name in _OF_THE_CALL if facts.get(name)}}
