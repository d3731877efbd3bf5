"""Rings the bells: tells open pages of notices that were just written, whichever process wrote them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from crm.db.session import Database
from crm.domain.live import Event, Message, instant, to_user
from crm.services import notices
from crm.services.notices import Ring

EVERY = 1.0


class Bell:
    """Looks into the book once a second. Its ``turn`` is for one thread."""

    def __init__(
        self, database: Database, send: Callable[[Sequence[Message]], None], now: Callable[[], datetime]
    ) -> None:
        self._database, self._send, self._now = database, send, now
        self._floor: int | None = None
        self._rung: set[int] = set()
        self._pause = threading.Event()

    def turn(self) -> None:
        """One look, and the wait after it."""
        self.look()
        self._pause.wait(EVERY)

    def look(self) -> None:
        """Ring for what is new. The first look only learns where the book stands: a page shows the rest by itself."""
        with self._database.read() as session:
            if self._floor is None:
                self._floor = notices.newest(session)
                return
            found = notices.rings_after(session, self._floor)
        fresh = [ring for ring in found if ring.id not in self._rung]
        self._send([_message(ring) for ring in fresh])
        self._floor = notices.settled(found, self._floor, self._now())
        self._rung = {ring.id for ring in found if ring.id > self._floor}


def _message(ring: Ring) -> Message:
    data = {
        "id": ring.id,
        "kind": ring.kind,
        "ticket_id": ring.ticket_id,
        "ticket_number": ring.ticket_number,
        "at": instant(ring.at),
        "unread": ring.unread,
    }
    return Message(to_user(ring.username), Event.NOTICE, data)
