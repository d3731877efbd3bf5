"""The door to the ``live`` service: its state, and asking it for something. Redis carries both; neither is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import uuid4

import redis
import structlog

from crm.domain.errors import ConflictError, DomainError, InvalidInputError, NotFoundError, UnavailableError
from crm.domain.live import ANSWER, ASKS, STATE_KEY, Ask, LiveState, Reply, parse_reply, parse_state

log = structlog.get_logger(__name__)

PATIENCE = timedelta(seconds=3)
_AFTERTHOUGHT = timedelta(seconds=1)
"""An ask that was taken at the last moment is being done: so much longer is waited for its answer."""
_AWAY = "the service that keeps the agents' states does not answer just now; nothing was changed, try again"
_UNKNOWN = (
    "the service that keeps the agents' states was asked and has not answered; look at the state before you retry"
)


class Live(Protocol):
    """What the web needs of the ``live`` service."""

    def state(self) -> LiveState | None:
        """Agents and queues now; None when nobody can tell."""

    def ask(self, verb: str, args: Mapping[str, Any]) -> Mapping[str, Any]:
        """Have something done. Raises UnavailableError when nobody answers, else the refusal's DomainError."""


class RedisLive:
    """The service behind its Redis."""

    def __init__(self, url: str, now: Callable[[], datetime], patience: timedelta = PATIENCE) -> None:
        wait = patience.total_seconds() + _AFTERTHOUGHT.total_seconds() + 1
        self._redis = redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=wait)
        self._now = now
        self._patience = patience

    def state(self) -> LiveState | None:
        """As Redis has it. What cannot be read counts as nothing, and is logged."""
        try:
            text = self._redis.get(STATE_KEY)
            return parse_state(text) if text is not None else None
        except redis.RedisError as error:
            log.warning("live_state_not_reached", error=type(error).__name__)
        except ValueError as error:
            log.warning("live_state_not_understood", error=str(error))
        return None

    def ask(self, verb: str, args: Mapping[str, Any]) -> Mapping[str, Any]:
        """Put the ask into the list and wait for its answer; take it back when nobody took it in time."""
        ask = Ask(uuid4().hex, verb, self._now() + self._patience, args)
        text, box = ask.to_json(), ANSWER + ask.id
        try:
            self._redis.rpush(ASKS, text)
            found = self._redis.blpop([box], timeout=self._patience.total_seconds())
            if found is None and self._redis.lrem(ASKS, 1, text):
                raise UnavailableError(_AWAY)
            found = found or self._redis.blpop([box], timeout=_AFTERTHOUGHT.total_seconds())
        except redis.RedisError as error:
            raise UnavailableError(_UNKNOWN if isinstance(error, redis.TimeoutError) else _AWAY) from error
        if found is None:
            raise UnavailableError(_UNKNOWN)
        return result_of(parse_reply(found[1]))


_REFUSALS: Mapping[str, type[DomainError]] = {
    "conflict": ConflictError,
    "not_found": NotFoundError,
    "unavailable": UnavailableError,
}


def result_of(reply: Reply) -> Mapping[str, Any]:
    """What was done. Raises the DomainError that the answer tells of."""
    if not reply.error:
        return reply.result
    if reply.error in _REFUSALS:
        raise _REFUSALS[reply.error](reply.message)
    raise InvalidInputError("state", reply.message or reply.error)
