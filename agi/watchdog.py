"""What the watchdog decides: which callers must be moved to the fallback (pure).

Asterisk notices a dead FastAGI server only when the running prompt ends, and a hung one never. So the watchdog
asks the server which calls it serves, asks Asterisk which calls are with the IVR, and moves on whoever is with
an IVR that does not serve him.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

GRACE = 1.5
"""Seconds that a call may be with the IVR and unknown to the server: it arrives, or it leaves."""
MISSES = 2
"""Unanswered questions after which a server counts as hung."""
AGAIN = 3.0
"""Seconds after which a call that was moved and is still there is moved again."""


class Answer(StrEnum):
    """How the FastAGI server answered when it was asked for its health."""

    UP = "up"
    SILENT = "silent"
    """It took the question and gave no answer in time."""
    DEAD = "dead"
    """Nobody listens."""


@dataclass(frozen=True)
class Health:
    """What the server said: the calls that it serves, by uniqueid."""

    answer: Answer
    served: frozenset[str] = frozenset()


@dataclass(frozen=True)
class IvrChannel:
    """A channel that is with the IVR, as Asterisk says."""

    name: str
    unique_id: str


@dataclass(frozen=True)
class Watch:
    """What the watchdog remembers between two turns."""

    misses: int = 0
    unserved_since: dict[str, float] = field(default_factory=dict)
    moved_at: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """What is to be done now."""

    watch: Watch
    move: tuple[IvrChannel, ...]
    down: bool
    """The server is dead or hung: new calls skip it."""


def decide(watch: Watch, health: Health, channels: tuple[IvrChannel, ...], now: float) -> Decision:
    """One turn. ``now`` is any clock that does not jump."""
    misses = watch.misses + 1 if health.answer is Answer.SILENT else 0
    down = health.answer is Answer.DEAD or misses >= MISSES
    up = health.answer is Answer.UP
    unserved = {
        channel.unique_id: watch.unserved_since.get(channel.unique_id, now)
        for channel in channels
        if not (up and channel.unique_id in health.served)
    }
    move = tuple(
        channel
        for channel in channels
        if channel.unique_id in unserved
        and (down or (up and now - unserved[channel.unique_id] >= GRACE))
        and now - watch.moved_at.get(channel.unique_id, -AGAIN) >= AGAIN
    )
    here = {channel.unique_id for channel in channels}
    moved_at = {key: at for key, at in watch.moved_at.items() if key in here or now - at < AGAIN}
    moved_at |= {channel.unique_id: now for channel in move}
    return Decision(Watch(misses, unserved, moved_at), move, down)
