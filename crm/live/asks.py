"""What the web asks of the live side: taken from a list, answered once, passed over when nobody waits any more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import redis
import structlog

from crm.domain.live import ANSWER, ANSWER_SECONDS, ASKS, Ask, Reply, parse_ask

log = structlog.get_logger(__name__)

_BLOCK = 1


class Asks:
    """The list. ``answer`` does what is asked."""

    def __init__(self, url: str, answer: Callable[[Ask], Reply], now: Callable[[], datetime]) -> None:
        self._redis: Any = redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=_BLOCK + 2)
        self._answer = answer
        self._now = now

    def turn(self) -> None:
        """Wait a moment for an ask, and answer it. Raises RedisError while Redis is away."""
        found = self._redis.blpop([ASKS], timeout=_BLOCK)
        if found is None:
            return
        try:
            ask = parse_ask(found[1])
        except ValueError as error:
            log.warning("ask_not_understood", error=str(error))
            return
        if ask.until < self._now():
            log.warning("ask_too_late", verb=ask.verb)
            return
        reply = self._answer(ask)
        box = ANSWER + ask.id
        pipe = self._redis.pipeline()
        pipe.rpush(box, reply.to_json())
        pipe.expire(box, ANSWER_SECONDS)
        pipe.execute()
