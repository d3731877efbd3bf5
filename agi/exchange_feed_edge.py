"""The event feed's hands: listens to Asterisk, tells the CRM by Redis and the call's folder, and waits for neither.

After each connection it listens first and then asks for the whole state; what was heard meanwhile is applied after
that state. So nothing is missing between the two, whatever was missed before.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from agi.ami_client import AmiClient
from agi.ami_protocol import AmiError, Message
from agi.exchange_feed import Feed
from agi.exchange_words import stamp
from ivr.exchange import EXCHANGE_FILE, ExchangeEvent
from ivr.exchange import ExchangeEventName as Name

PING = 5.0
"""Seconds of silence after which Asterisk is asked whether it is there."""
SWEEP = 5.0
"""Seconds between two looks at Asterisk's channels, in case something was not heard."""
_WHOLE = 6
"""Every so many looks the queues are looked at as well."""
_TURN = 0.25
_BACKOFF = (0.0, 0.2, 0.5, 1.0, 2.0)
MAX_WAITING = 50_000
"""Messages that may wait to be read; with more than that the connection is begun anew."""

log = structlog.get_logger()

Publish = Callable[[ExchangeEvent], None]


@dataclass(frozen=True)
class FeedConfig:
    """Where Asterisk is, the AMI reader's password, and where calls are written down."""

    ami_address: tuple[str, int]
    username: str
    secret: str
    spool: Path


class ExchangeFeed:
    """Listens in a thread of its own from ``start`` to ``stop``."""

    def __init__(self, config: FeedConfig, publish: Publish) -> None:
        self._config = config
        self._publish = publish
        self._stop = threading.Event()
        self._anew = threading.Event()
        self._feed = Feed()
        self._threads = [
            threading.Thread(target=self._run, name="exchange-feed", daemon=True),
            threading.Thread(target=self._sweep, name="exchange-sweep", daemon=True),
        ]

    def start(self) -> None:
        """Begin to listen."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self._stop.set()
        for thread in self._threads:
            thread.join(5.0)

    def ask_for_snapshot(self) -> None:
        """Tell the whole state again soon: somebody has lost what was told."""
        self._anew.set()

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            connection = _Connection(self._config)
            try:
                connection.open()
                self._feed = Feed()
                self._snapshot(connection, self._feed)
            except AmiError as error:  # nobody listens, or Asterisk is still loading its modules
                connection.close()
                if failures == 0:
                    log.warning("exchange_unreachable", reason=str(error))
                self._stop.wait(_BACKOFF[min(failures, len(_BACKOFF) - 1)])
                failures += 1
                continue
            failures = 0
            log.info("exchange_heard")
            try:
                self._listen(connection, self._feed)
            except AmiError as error:
                log.warning("exchange_lost", reason=str(error))
            finally:
                connection.close()
            now = datetime.now(UTC)
            self._tell(ExchangeEvent(now, Name.LINK_LOST, fields={"since": now.isoformat()}))

    def _listen(self, connection: _Connection, feed: Feed) -> None:
        heard_at = time.monotonic()
        while not self._stop.is_set():
            message = connection.next(_TURN)
            if message is not None:
                heard_at = time.monotonic()
                for event in feed.take(message):
                    self._tell(event)
            elif time.monotonic() - heard_at >= PING:
                connection.ping()
                heard_at = time.monotonic()
            if self._anew.is_set():
                self._anew.clear()
                self._snapshot(connection, feed)

    def _snapshot(self, connection: _Connection, feed: Feed) -> None:
        at, channels, queues = connection.whole_state()
        self._tell(feed.snapshot(at, channels, queues))

    def _sweep(self) -> None:
        """Look every few seconds, over a connection of its own, so that what is heard is not held up by the lists."""
        client = AmiClient(self._config.ami_address)
        turn = 0
        while not self._stop.wait(SWEEP):
            turn += 1
            try:
                if not client.connected:
                    client = AmiClient(self._config.ami_address)
                    client.connect(self._config.username, self._config.secret)
                at = stamp(client.action("Ping")) or datetime.now(UTC)
                channels = client.collect("CoreShowChannels")
                queues = client.collect("QueueStatus") if turn % _WHOLE == 0 else None
                self._publish(self._feed.shown(at, channels, queues))
            except AmiError:
                client.close()  # whoever listens says so in the log
        client.close()

    def _tell(self, event: ExchangeEvent) -> None:
        self._publish(event)
        if event.call_id:
            with contextlib.suppress(OSError, ValueError):  # no folder: not a call of the hotline
                write_down(self._config.spool, event)


def write_down(spool: Path, event: ExchangeEvent) -> None:
    """Append the event to its call's folder. Raises OSError where there is none, ValueError for a bad id."""
    if "/" in event.call_id or event.call_id.startswith("."):
        raise ValueError("not a call's id")
    folder = spool / event.call_id
    if not folder.is_dir():
        return
    with (folder / EXCHANGE_FILE).open("a", encoding="utf-8") as file:
        file.write(event.to_line() + "\n")


class _Connection:
    """One connection to Asterisk. Its reader thread only puts messages into the queue."""

    def __init__(self, config: FeedConfig) -> None:
        self._config = config
        self._heard: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._client = AmiClient(config.ami_address, on_event=self._hear)

    def open(self) -> None:
        """Connect and subscribe. Raises AmiError."""
        self._client.connect(self._config.username, self._config.secret)

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def _hear(self, message: Message) -> None:
        self._heard.put(message)
        if self._heard.qsize() > MAX_WAITING:
            self._client.close()

    def next(self, patience: float) -> Message | None:
        """The next message, None after so many seconds without one. Raises AmiError when the connection is gone."""
        with contextlib.suppress(queue.Empty):
            return self._heard.get(timeout=patience)
        if not self._client.connected:
            raise AmiError("the connection ended")
        return None

    def ping(self) -> None:
        """Raises AmiError when Asterisk does not answer."""
        self._client.action("Ping")

    def whole_state(self) -> tuple[datetime, list[Message], list[Message]]:
        """Asterisk's time before it was asked, its channels, its queues. Raises AmiError."""
        at = stamp(self._client.action("Ping")) or datetime.now(UTC)
        return at, self._client.collect("CoreShowChannels"), self._client.collect("QueueStatus")
