"""Exchange events to Redis, by a thread of its own: whoever publishes never waits, whether Redis lives or not.

What Redis could not take waits in a buffer of bounded size. Where it flowed over, or Redis came back empty, the
state is told anew, so nobody needs what was lost.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

import structlog
from redis import Redis, RedisError

from ivr.exchange import EVENT_STREAM, ExchangeEvent

KEPT = 5_000
"""Entries that stay in the stream, about: minutes of a busy house. A reader needs what came since the last whole look,
half a minute at most; looks are the largest entries, and the only ones of a quiet house."""
BUFFER = 10_000
_PAUSE = 0.5
_AT_ONCE = 200

log = structlog.get_logger()


class EventStream:
    """Publishes from ``start`` to ``stop``. ``lost`` is called when Redis is back and events may have been lost."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url, socket_timeout=2.0, socket_connect_timeout=1.0)
        self.lost: Callable[[], None] = lambda: None
        self._waiting: deque[str] = deque(maxlen=BUFFER)
        self._changed = threading.Condition()
        self._overflowed = False
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="exchange-stream", daemon=True)

    def start(self) -> None:
        """Begin to publish."""
        self._thread.start()

    def stop(self) -> None:
        """Publish no more."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join(5.0)
        self._redis.close()

    def publish(self, event: ExchangeEvent) -> None:
        """Have the event published. Returns at once."""
        with self._changed:
            self._overflowed = self._overflowed or len(self._waiting) == BUFFER
            self._waiting.append(event.to_line())
            self._changed.notify()

    def _run(self) -> None:
        away = False
        while True:
            with self._changed:
                while not self._waiting and not self._stopped:
                    self._changed.wait()
                if self._stopped:
                    return
                lines = [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]
            try:
                self._send(lines)
            except RedisError as error:
                self._put_back(lines)
                if not away:
                    log.warning("exchange_stream_away", error=type(error).__name__)
                away = True
                with self._changed:
                    self._changed.wait_for(lambda: self._stopped, _PAUSE)
                continue
            if away or self._overflowed:
                away = self._overflowed = False
                log.info("exchange_stream_back")
                self.lost()

    def _send(self, lines: list[str]) -> None:
        pipe = self._redis.pipeline(transaction=False)
        for line in lines:
            pipe.xadd(EVENT_STREAM, {"line": line}, maxlen=KEPT, approximate=True)
        pipe.execute()

    def _put_back(self, lines: list[str]) -> None:
        with self._changed:
            room = BUFFER - len(self._waiting)
            self._overflowed = self._overflowed or len(lines) > room
            self._waiting.extendleft(reversed(lines[max(0, len(lines) - room) :]))
