"""What screens are told: messages on a Redis stream, and the whole state under a key. Redis away: nothing is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import redis
import structlog

from crm.domain.live import STATE_KEY, STREAM, STREAM_LENGTH, LiveState, Message

log = structlog.get_logger(__name__)


class Publisher:
    """The way to the screens. Its methods may be used from any thread."""

    def __init__(self, url: str) -> None:
        self._redis: Any = redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=2)
        self._away = False

    def send(self, messages: Sequence[Message], state: LiveState | None = None) -> None:
        """Publish messages in their order; before them the state that they tell of.

        So whoever listens first and reads the state then misses nothing, whichever of the two came first.
        """
        if not messages:
            return
        pipe = self._redis.pipeline(transaction=False)
        if state is not None:
            pipe.set(STATE_KEY, state.to_json())
        for message in messages:
            pipe.xadd(STREAM, message.to_fields(), maxlen=STREAM_LENGTH, approximate=True)
        self._execute(pipe)

    def keep(self, state: LiveState) -> None:
        """Put the whole state where the web looks for it."""
        pipe = self._redis.pipeline(transaction=False)
        pipe.set(STATE_KEY, state.to_json())
        self._execute(pipe)

    def _execute(self, pipe: Any) -> None:
        try:
            pipe.execute()
        except redis.RedisError as error:
            if not self._away:
                log.warning("live_not_published", error=type(error).__name__)
            self._away = True
        else:
            self._away = False
