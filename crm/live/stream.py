"""The exchange's events, read from their Redis stream: first what a new reader must know, then whatever comes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import redis
import structlog

from ivr.exchange import EVENT_STREAM, ExchangeEvent, ExchangeEventName, parse_line

log = structlog.get_logger(__name__)

_BLOCK_MS = 500
_PAGE = 500


class EventReader:
    """One reader. Its methods raise RedisError while Redis is away."""

    def __init__(self, url: str) -> None:
        self._redis: Any = redis.Redis.from_url(
            url, protocol=2, socket_connect_timeout=1, socket_timeout=_BLOCK_MS / 1000 + 2
        )
        self._last = "0-0"

    def since_snapshot(self) -> list[ExchangeEvent]:
        """The last whole snapshot that is still there and everything since; reading goes on after it."""
        entries: list[tuple[bytes, ExchangeEvent]] = []
        upper = "+"
        while True:
            page = self._redis.xrevrange(EVENT_STREAM, max=upper, count=_PAGE)
            for entry_id, fields in page:
                event = _read(fields)
                if event is None:
                    continue
                entries.append((entry_id, event))
                if event.event == ExchangeEventName.SNAPSHOT and "phones" in event.fields:
                    return self._from(entries)
            if len(page) < _PAGE:
                return self._from(entries)
            upper = "(" + page[-1][0].decode()

    def _from(self, entries: list[tuple[bytes, ExchangeEvent]]) -> list[ExchangeEvent]:
        if entries:
            self._last = entries[0][0].decode()
        return [event for _, event in reversed(entries)]

    def next(self) -> Iterator[ExchangeEvent]:
        """What comes within a short while."""
        found = self._redis.xread({EVENT_STREAM: self._last}, count=_PAGE, block=_BLOCK_MS)
        for _, entries in found or ():
            for entry_id, fields in entries:
                self._last = entry_id.decode()
                event = _read(fields)
                if event is not None:
                    yield event


def _read(fields: dict[bytes, bytes]) -> ExchangeEvent | None:
    try:
        return parse_line(fields[b"line"].decode())
    except (KeyError, ValueError):
        log.warning("exchange_event_not_understood")
        return None
