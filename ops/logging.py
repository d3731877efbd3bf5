"""Logging of every service: one event a line on standard error, JSON, or readable when a person watches.

supervisor keeps what a service writes in HOME/logs. Fields whose names say that they hold a secret, digits
or a caller's name are masked here, at the last door, whoever logged them.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MASKED = frozenset(
    {
        "authorization", "caller_name", "card", "cookie", "digit", "digits", "dtmf", "key_pressed",
        "last_four", "password", "pin", "secret", "text", "token", "transcript",
    }
)  # fmt: skip
MASK = "***"
_NUMBERS = frozenset({"caller", "caller_number"})


def mask(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Hide values that no log may hold; of a telephone number the last three digits stay."""
    for name, value in event.items():
        if name in MASKED and value is not None:
            event[name] = MASK
        elif name in _NUMBERS and isinstance(value, str):
            event[name] = MASK + value[-3:] if len(value) > 3 else MASK
    return event


def _single_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """No control character of hostile data reaches a terminal (JSON escapes them by itself)."""
    for name, value in event.items():
        if isinstance(value, str) and name != "exception" and not value.isprintable():
            event[name] = value.encode("unicode_escape").decode("ascii")
    return event


def configure(service: str, level: str = "info") -> None:
    """Set up structlog and the standard library's logging for this process.

    Our own events are rendered and written straight away: by way of the standard library the one line of a call
    would cost a fifth of all that the menu's server does for it. What others log comes the long way.
    """
    number = getattr(logging, level.upper())
    last = _last(service, readable=sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        mask,
    ]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
        )
    )
    logging.basicConfig(handlers=[handler], level=number, force=True)
    for chatty in ("alembic", "urllib3", "kombu"):
        logging.getLogger(chatty).setLevel(max(number, logging.WARNING))


def _last(service: str, *, readable: bool) -> list[Processor]:
    def name(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event.setdefault("service", service)
        return event

    if readable:
        return [name, _single_line, structlog.dev.ConsoleRenderer()]
    return [name, structlog.processors.JSONRenderer(serializer=_dump)]


_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode


def _dump(event: Any, **_options: Any) -> str:
    return _encode(event)
