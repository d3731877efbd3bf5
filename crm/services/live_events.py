"""Messages to screens: one reader of the Redis stream a process, a bounded line of messages for each screen.

A screen that does not keep up is cut off; it comes back with the id of the last message that it saw and is given
what it missed, or is told to load everything anew when that is no longer known.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

import redis
import structlog

from crm.domain.live import STREAM, STREAM_LENGTH, Event

log = structlog.get_logger(__name__)

BACKLOG = 256
"""Messages that may wait for a screen before it is cut off."""
_MISSED = 2000
"""Who missed more than that loads everything anew instead."""
_STUCK = 20.0
"""Seconds that a message may wait for a screen."""
START = (0, 0)
_ID = re.compile(r"\A(\d{1,19})-(\d{1,19})\Z")
_NAMES = frozenset(Event)

Position = tuple[int, int]


class TooManyStreamsError(Exception):
    """This person, or the house, has as many streams as there may be."""


@dataclass(frozen=True)
class Sent:
    """A message as it goes to a screen. ``data`` is one line of JSON."""

    at: Position
    to: str
    event: str
    data: str

    def frame(self) -> bytes:
        """As an event stream has it."""
        return f"id: {text_of(self.at)}\nevent: {self.event}\ndata: {self.data}\n\n".encode()


class Client:
    """The other end of a stream, as far as it can be looked at. This one cannot."""

    def gone(self) -> bool:
        """Whether it has hung up, which writing to it would only show later."""
        return False

    def cut(self) -> None:
        """End the connection, whatever a thread is just writing to it."""


@dataclass(eq=False)
class Subscription:
    """One screen's line. ``wants`` says whether a message for somebody is for this screen."""

    user: str
    wants: Callable[[str], bool]
    client: Client = field(default_factory=Client)
    start: Position | None = None
    """Where the stream stood when it began; None while Redis is away."""
    ended: bool = False
    _line: SimpleQueue[Sent | None] = field(default_factory=SimpleQueue)
    _waits_since: float | None = None
    """since when there is something that nobody has taken"""

    def put(self, message: Sent) -> bool:
        """Add a message; whether there was room."""
        if self.ended or self._line.qsize() >= BACKLOG:
            return False
        if self._waits_since is None:
            self._waits_since = time.monotonic()
        self._line.put(message)
        return True

    def is_stuck(self) -> bool:
        """Whether a message has waited for long: its other end is there and does not read."""
        since = self._waits_since
        return since is not None and time.monotonic() - since > _STUCK

    def get(self, seconds: float) -> Sent | None:
        """The next message, or None: nothing came in that time, or it was ended."""
        try:
            taken = self._line.get(timeout=seconds)
        except Empty:
            return None
        self._waits_since = time.monotonic() if self._line.qsize() else None
        return taken

    def end(self) -> None:
        """Wake whoever waits: it is over."""
        self.ended = True
        self._line.put(None)


class Broadcaster:
    """The one reader of a process, and its screens. It starts with the first screen, so after any fork.

    ``look``: seconds after which it looks up from the stream, to see who has hung up and whether all is well.
    """

    def __init__(self, url: str, *, streams: int = 300, per_browser_user: int = 6, look: float = 1.0) -> None:
        wait = look + 2
        self._look_seconds = look
        self._redis: Any = redis.Redis.from_url(url, protocol=2, socket_connect_timeout=1, socket_timeout=wait)
        self._most, self._most_of_user = streams, per_browser_user
        self._lock = threading.Lock()
        self._screens: set[Subscription] = set()
        self._position: Position | None = None
        self._placed = threading.Event()
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()

    @property
    def position(self) -> Position | None:
        """The last message that was given to all; None while that is not known."""
        return self._position

    @property
    def screens(self) -> int:
        """How many there are."""
        return len(self._screens)

    def subscribe(
        self, user: str, wants: Callable[[str], bool], client: Client | None = None, *, browser: bool = True
    ) -> Subscription:
        """A new screen of this person, in a browser or of a program. Raises TooManyStreamsError."""
        self._start()
        self._sweep()
        made = Subscription(user, wants, client or Client(), self._position)
        with self._lock:
            if self._closed.is_set() or not self._has_room(user, browser=browser):
                raise TooManyStreamsError
            self._screens.add(made)
        return made

    def _has_room(self, user: str, *, browser: bool) -> bool:
        """Programs leave a fifth of the room to people; a person opens no more than a browser can to one address."""
        if not browser:
            return len(self._screens) < self._most * 4 // 5
        return len(self._screens) < self._most and sum(one.user == user for one in self._screens) < self._most_of_user

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="live-events", daemon=True)
                self._thread.start()
        self._placed.wait(1)

    def unsubscribe(self, screen: Subscription) -> None:
        """Forget a screen."""
        screen.ended = True
        with self._lock:
            self._screens.discard(screen)

    def missed(self, last_seen: str) -> list[Sent] | None:
        """Everything after this id; None when that cannot be told. Raises nothing: with Redis away it cannot."""
        position = position_of(last_seen)
        if position is None:
            return None
        try:
            if not self._is_whole_since(position):
                return None
            after = f"({text_of(position)}"
            entries = self._redis.xrange(STREAM, min=after, count=_MISSED + 1)
        except redis.RedisError:
            return None
        return [sent for sent in map(_read, entries) if sent] if len(entries) <= _MISSED else None

    def _is_whole_since(self, position: Position) -> bool:
        """Whether nothing after this place was dropped: the place itself is still there, or nothing ever was."""
        if position == START:
            return bool(self._redis.xlen(STREAM) < STREAM_LENGTH)
        name = text_of(position)
        return bool(self._redis.xrange(STREAM, min=name, max=name, count=1))

    def close(self) -> None:
        """End all streams and the reader."""
        self._closed.set()
        self._end_all()
        if self._thread is not None:
            self._thread.join(self._look_seconds + 3)
        self._redis.close()

    def _run(self) -> None:
        pause = 0.1
        while not self._closed.is_set() and threading.main_thread().is_alive():
            try:
                self._look()
                pause = 0.1
            except redis.RedisError as error:
                log.warning("live_events_not_read", error=type(error).__name__)
                self._closed.wait(pause)
                pause = min(pause * 2, 2.0)
            self._sweep()
        self._closed.set()
        self._end_all()

    def _look(self) -> None:
        """Wait for messages and hand them round; see once a while whether the stream is still the one it was."""
        if self._position is None:
            self._begin_anew()
            self._placed.set()
        assert self._position is not None  # noqa: S101  (set just above)
        found = self._redis.xread({STREAM: text_of(self._position)}, count=500, block=int(self._look_seconds * 1000))
        if not found:
            if not self._is_whole_since(self._position):
                log.warning("live_events_lost")
                self._begin_anew()
            return
        for entry in (entry for _stream, entries in found for entry in entries):
            sent = _read(entry)
            if sent is not None:
                self._hand_round(sent)
            self._position = _position(entry[0])

    def _newest(self) -> Position:
        entries = self._redis.xrevrange(STREAM, count=1)
        return _position(entries[0][0]) if entries else START

    def _begin_anew(self) -> None:
        """From the stream's end; whoever is there already may have missed something."""
        self._position = self._newest()
        self._hand_round(reset_at(self._position))

    def _hand_round(self, message: Sent) -> None:
        with self._lock:
            screens = [one for one in self._screens if message.event == Event.RESET or one.wants(message.to)]
        for screen in screens:
            if not screen.put(message) and not screen.ended:
                self._cut(screen)

    def _cut(self, screen: Subscription) -> None:
        log.info("slow_screen_cut", user=screen.user)
        screen.end()
        screen.client.cut()

    def _sweep(self) -> None:
        """End the streams of those who have hung up, or who do not read."""
        with self._lock:
            screens = list(self._screens)
        for screen in screens:
            if screen.client.gone():
                screen.end()
                self.unsubscribe(screen)
            elif screen.is_stuck() and not screen.ended:
                self._cut(screen)

    def _end_all(self) -> None:
        with self._lock:
            screens = list(self._screens)
        for screen in screens:
            screen.end()


def reset_at(position: Position) -> Sent:
    """What tells a page to load its state anew."""
    return Sent(position, "", Event.RESET, "{}")


def text_of(position: Position) -> str:
    """A place in the stream as Redis writes it."""
    return f"{position[0]}-{position[1]}"


def position_of(text: str) -> Position | None:
    """The place that an id names, or None for what is no id."""
    found = _ID.match(text)
    return (int(found[1]), int(found[2])) if found else None


def _position(raw: Any) -> Position:
    found = position_of(raw.decode() if isinstance(raw, bytes) else str(raw))
    return found or START


def _read(entry: Any) -> Sent | None:
    """An entry of the stream; None for one that is none of ours."""
    try:
        raw, fields = entry
        to, event, data = (fields[name].decode() for name in (b"to", b"event", b"data"))
        if event not in _NAMES or event == Event.RESET:
            return None
        if "\n" in data or "\r" in data:
            data = json.dumps(json.loads(data), ensure_ascii=False)
        return Sent(_position(raw), to, event, data)
    except (AttributeError, KeyError, TypeError, ValueError):
        log.warning("live_event_not_understood")
        return None
