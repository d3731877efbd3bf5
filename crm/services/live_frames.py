"""A screen's event stream, as bytes of ``text/event-stream``: first what it missed, then what comes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from crm.domain.live import Event
from crm.services.live_events import START, Broadcaster, Position, Sent, Subscription, reset_at, text_of


def frames(
    broadcaster: Broadcaster,
    screen: Subscription,
    last_seen: str | None,
    *,
    still_allowed: Callable[[], bool],
    heartbeat: float = 15.0,
    life: float = 300.0,
    retry_ms: int = 2000,
) -> Iterator[bytes]:
    """The event stream of a screen, until it is cut, no longer allowed, or has lived long enough.

    Every heartbeat tells the newest id too, so that who comes back asks from a place that is still known. A life is
    short so that a lost right or an ended session does not outlive it; the last frame says to come back at once.
    """
    began = checked = time.monotonic()
    try:
        # Who comes back keeps his id until he has what he missed.
        yield f"retry: {retry_ms}\n{'' if last_seen else _id_line(screen.start)}\n".encode()
        seen = None
        for message in _catch_up(broadcaster, screen, last_seen) if last_seen else ():
            seen = message.at
            yield message.frame()
        while time.monotonic() - began < life:
            before = broadcaster.position  # whatever was handed round until here is in the line
            sent = screen.get(heartbeat)
            if screen.ended:
                return
            now = time.monotonic()
            if now - checked >= heartbeat:
                checked = now
                if not still_allowed():
                    return
            if sent is None:
                yield f": \n{_id_line(before)}\n".encode()
            elif sent.event == Event.RESET or seen is None or sent.at > seen:
                seen = sent.at
                yield sent.frame()
        yield b"retry: 100\n\n"
    finally:
        broadcaster.unsubscribe(screen)


def _catch_up(broadcaster: Broadcaster, screen: Subscription, last_seen: str) -> Iterator[Sent]:
    missed = broadcaster.missed(last_seen)
    if missed is None:
        yield reset_at(broadcaster.position or START)
        return
    yield from (message for message in missed if screen.wants(message.to))


def _id_line(position: Position | None) -> str:
    return f"id: {text_of(position)}\n" if position is not None else ""
