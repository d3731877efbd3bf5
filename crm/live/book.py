"""What the live side writes down: stretches of agents' time and wrap-ups, by one thread, in order.

A database that is away is waited for, and what happened meanwhile is written afterwards with its own times. Whoever
is rung never waits for it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from crm.db.contact_centre import AgentState, WrapUp
from crm.db.people import User
from crm.db.session import Database
from crm.domain.desks import SIGNED_IN, Present, Wish, WrapUpNow
from crm.domain.live import AgentStateName
from crm.services import wrap_up

log = structlog.get_logger(__name__)

Entry = Callable[[Session], None]
_PAUSE = 1.0
_MOST = 100_000
_TRIES = 3


class Book:
    """Writes from ``start`` to ``stop``; ``stop`` waits for what is still to be written, for a while."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._entries: deque[Entry] = deque(maxlen=_MOST)
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="live-book", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what is left, and end."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join(5.0)

    def settle(self, timeout: float = 10.0) -> bool:
        """Wait until everything is written (for tests and the end); whether it was."""
        done = threading.Event()
        self.add(lambda _: done.set())
        return done.wait(timeout)

    def add(self, entry: Entry) -> None:
        """Have something written. Returns at once."""
        with self._changed:
            self._entries.append(entry)
            self._changed.notify()

    def _run(self) -> None:
        failures = 0
        while True:
            with self._changed:
                while not self._entries and not self._stopped:
                    self._changed.wait()
                if not self._entries:
                    return
                batch = list(self._entries)[:50]
            try:
                with self._database.write() as session:
                    for entry in batch:
                        entry(session)
            except SQLAlchemyError as error:
                failures += 1
                log.warning("live_not_written", error=type(error).__name__, waiting=len(self._entries))
                if failures > _TRIES and len(batch) == 1 and not self._database_is_away():
                    self._drop(1)
                if self._stopped:
                    return
                with self._changed:
                    self._changed.wait_for(lambda: self._stopped, _PAUSE)
                continue
            failures = 0
            self._drop(len(batch))

    def _drop(self, count: int) -> None:
        with self._changed:
            for _ in range(count):
                self._entries.popleft()

    def _database_is_away(self) -> bool:
        try:
            self._database.ping()
        except SQLAlchemyError:
            return True
        return False


def state_began(user: str, present: Present, at: datetime) -> Entry:
    """Begin a stretch of an agent's time; the same state once more changes nothing."""

    def write(session: Session) -> None:
        user_id = _user_id(session, user)
        if user_id is None:
            return
        row = session.scalars(
            select(AgentState).where(AgentState.user_id == user_id, AgentState.until.is_(None)).limit(1)
        ).first()
        if row is not None:
            if (row.state, row.reason, row.call_id) == (present.state, present.reason, present.call_id):
                return
            row.until = max(at, row.since)
        session.add(
            AgentState(
                user_id=user_id,
                state=present.state.value,
                reason=present.reason[:40],
                since=max(at, row.since) if row else at,
                call_id=present.call_id,
            )
        )
        session.flush()

    return write


def wrap_up_began(user: str, now: WrapUpNow) -> Entry:
    """Write down a wrap-up."""

    def write(session: Session) -> None:
        user_id = _user_id(session, user)
        if user_id is not None:
            wrap_up.begin(session, user_id, now.call_id, now.queue, now.started_at, now.limit_at - now.started_at)

    return write


def wrap_ups_lapsed(user: str, at: datetime) -> Entry:
    """What an agent has not filled in becomes a task of his."""

    def write(session: Session) -> None:
        user_id = _user_id(session, user)
        if user_id is not None:
            wrap_up.lapse_open(session, user_id, now=at)

    return write


def _user_id(session: Session, user: str) -> int | None:
    return session.scalars(select(User.id).where(User.username == user)).first()


def last_known(session: Session, now: datetime) -> dict[str, tuple[Wish, WrapUpNow | None, datetime]]:
    """What the last run of the service wrote of each agent: what he wished, his wrap-up, and since when."""
    found: dict[str, tuple[Wish, WrapUpNow | None, datetime]] = {}
    open_ones = {row.user_id: row for row in session.scalars(select(WrapUp).where(WrapUp.state == "open"))}
    for row in session.scalars(select(AgentState).where(AgentState.until.is_(None))):
        offline = row.state == AgentStateName.OFFLINE
        told = _before(session, row) if offline else row
        away = told is None or told.state == AgentStateName.PAUSED
        reason = told.reason if told is not None and away else SIGNED_IN
        wish = Wish(available=not away, reason=reason if away else "", at=row.since if offline else now)
        work = open_ones.get(row.user_id)
        found[row.user.username] = (wish, _wrap_up(work) if work else None, row.since)
    return found


def _before(session: Session, row: AgentState) -> AgentState | None:
    """What an agent was before his phone went."""
    earlier = (AgentState.user_id == row.user_id, AgentState.id != row.id, AgentState.state != AgentStateName.OFFLINE)
    return session.scalars(
        select(AgentState).where(*earlier).order_by(AgentState.since.desc(), AgentState.id.desc()).limit(1)
    ).first()


def _wrap_up(row: WrapUp) -> WrapUpNow:
    return WrapUpNow(row.call_id, row.queue, row.started_at, max(row.limit_at, row.started_at + timedelta(seconds=1)))
