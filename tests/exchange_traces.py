"""Scenes that a real Asterisk 22 told over its manager interface (tests/data/ami), as messages and as events."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from agi.ami_protocol import Message
from agi.exchange_feed import Feed
from ivr.exchange import ExchangeEvent

TRACES = Path(__file__).parent / "data" / "ami"


def messages(name: str) -> list[Message]:
    """What Asterisk said."""
    blocks = (TRACES / f"{name}.txt").read_text(encoding="utf-8").split("\n\n")
    return [
        Message(tuple((key, value) for key, _, value in (line.partition(": ") for line in block.splitlines())))
        for block in blocks
        if block.strip()
    ]


@cache
def scene(name: str) -> tuple[ExchangeEvent, ...]:
    """What the feed makes of it."""
    feed = Feed()
    return tuple(event for message in messages(name) for event in feed.take(message))


def calls_of(events: tuple[ExchangeEvent, ...]) -> dict[str, list[ExchangeEvent]]:
    """The events of each call."""
    calls: dict[str, list[ExchangeEvent]] = {}
    for event in events:
        if event.call_id:
            calls.setdefault(event.call_id, []).append(event)
    return calls
