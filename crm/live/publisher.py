"""What screens are told: messages on a Redis stream, and the whole state under a key. Redis away: nothing is told.

A thread of its own does it, so that whoever hears of the next ring waits neither for Redis nor for JSON. What came
together meanwhile goes in one trip. A card alone does not wait for that thread: its own thread takes it, with all
that was told before it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

import redis
import structlog

from crm.domain.live import STATE_KEY, STREAM, STREAM_LENGTH, LiveState, Message

log = structlog.get_logger(__name__)

_MOST = 10_000
"""Tellings in one trip; more than come together in the time that Redis may take."""


@dataclass(frozen=True)
class _Told:
    messages: tuple[Message, ...]
    state: LiveState | None


class Publisher:
    """The way to the screens. Its methods may be used from any thread, and return at once."""

    def __init__(self, url: str) -> None:
        self._redis: Any = redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=2)
        self._away = False
        self._line: SimpleQueue[_Told] = SimpleQueue()
        self._come = threading.Event()
        self._ended = False
        self._publishing = threading.Lock()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def send(self, messages: Sequence[Message], state: LiveState | None = None) -> None:
        """Publish messages in their order; before them the state that they tell of, or a newer one.

        So whoever listens first and reads the state then misses nothing, whichever of the two came first.
        """
        if messages:
            self._tell(_Told(tuple(messages), state))

    def send_at_once(self, message: Message) -> None:
        """Publish a message now, after all that was told before it; it returns when Redis has it."""
        with self._publishing:
            self._publish([*self._told(), _Told((message,), None)])

    def keep(self, state: LiveState) -> None:
        """Put the whole state where the web looks for it."""
        self._tell(_Told((), state))

    def close(self) -> None:
        """Publish what is left, and end."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._ended = True
            self._come.set()
            thread.join(5.0)
        self._redis.close()

    def _tell(self, told: _Told) -> None:
        self._line.put(told)
        self._come.set()
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="live-publisher", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while self._come.wait():
            self._come.clear()
            ended = self._ended  # asked before the line is emptied: what was told before the end is in it
            with self._publishing:
                self._publish(list(self._told()))
            if ended:
                return

    def _told(self) -> Iterator[_Told]:
        """What there is to tell by now."""
        for _ in range(_MOST):
            try:
                yield self._line.get_nowait()
            except Empty:
                return

    def _publish(self, waiting: Sequence[_Told]) -> None:
        if not waiting:
            return
        pipe = self._redis.pipeline(transaction=False)
        states = [told.state for told in waiting if told.state is not None]
        if states:
            pipe.set(STATE_KEY, states[-1].to_json())
        for told in waiting:
            for message in told.messages:
                pipe.xadd(STREAM, message.to_fields(), maxlen=STREAM_LENGTH, approximate=True)
        try:
            pipe.execute()
        except redis.RedisError as error:
            if not self._away:
                log.warning("live_not_published", error=type(error).__name__)
            self._away = True
        else:
            self._away = False
