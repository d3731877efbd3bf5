"""What a recording is: parts, flags, the dialplan's facts, and how losses are judged (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

BUFFER_BYTES = 32_768
"""Asterisk writes recordings through a buffer of this size; what was in it when Asterisk died is lost."""
SAMPLE_BYTES = 2
MAX_FACT_LINE = 2_000


class Part(StrEnum):
    """Which audio a file of the spool holds."""

    CALLER = "caller"
    LINE = "line"
    MESSAGE = "message"
    AGENT = "agent"
    """one file a leg, recorded on the agent's own channel"""


class Flag(StrEnum):
    """What is to be known about a recording before it is relied on."""

    SALVAGED = "salvaged"
    """its header was made good after Asterisk died or never closed it"""
    TRUNCATED = "truncated"
    """shorter than the time that was talked"""
    GAP = "gap"
    """the recorder stood still in between (digits that identify somebody were keyed)"""
    UNFINISHED = "unfinished"
    """the caller hung up before he confirmed it"""
    DISCARDED = "discarded"
    """the caller recorded it again"""
    UNREADABLE = "unreadable"
    """not an audio file that we can read; its bytes are kept"""


class FactName(StrEnum):
    """Events that the dialplan itself writes down (docs/channel-variables.md)."""

    STARTED = "started"
    FALLBACK = "fallback"
    QUEUE = "queue"
    QUEUE_LEFT = "queue_left"
    MESSAGE = "message"
    LEG_RANG = "leg_rang"
    LEG_ANSWERED = "leg_answered"
    LEG_RESUMED = "leg_resumed"
    LEG_ENDED = "leg_ended"
    CONNECTED = "connected"
    JOINED = "joined"
    PARKED = "parked"
    TRANSFERRED = "transferred"
    RETURNED = "returned"
    CONFERENCE = "conference"
    REQUEUED = "requeued"
    CUSTOMER_ANSWERED = "customer_answered"
    NOT_REACHED = "not_reached"
    ENDED = "ended"


@dataclass(frozen=True)
class Fact:
    """A line of ``dialplan.log``. ``line`` is its number in the file, from 0."""

    line: int
    at: datetime
    event: str
    fields: Mapping[str, str]

    def seconds(self, name: str) -> float | None:
        """A field that is a number of seconds, or None."""
        try:
            value = float(self.fields[name])
        except (KeyError, ValueError):
            return None
        return value if 0 <= value < 10**7 else None


def parse_fact(line: int, text: str) -> Fact:
    """Read ``event=…|epoch=…|name=value…``. Raises ValueError for what is not such a line."""
    if len(text) > MAX_FACT_LINE:
        raise ValueError("the line is too long")
    pairs = [part.partition("=") for part in text.strip().split("|")]
    if any(not equals or not name for name, equals, _ in pairs):
        raise ValueError("not name=value pairs")
    fields = {name: value for name, _, value in pairs}
    try:
        event, epoch = fields.pop("event"), float(fields.pop("epoch"))
        at = datetime.fromtimestamp(epoch, UTC)
    except (KeyError, OverflowError, OSError) as error:
        raise ValueError("a fact needs its event and its epoch") from error
    if not (event.isidentifier() and len(event) <= 40 and is_plausible(at)):
        raise ValueError("not a fact of a call")
    return Fact(line, at, event, fields)


def is_plausible(at: datetime) -> bool:
    """Whether an instant can be one of a call; a clock may be wrong, but not by generations."""
    return 2000 <= at.year < 2200


def buffer_loss(rate: int) -> float:
    """Seconds of audio that were still in Asterisk's buffer, at most."""
    return BUFFER_BYTES / (rate * SAMPLE_BYTES)


def truncation(recorded: float, talked: float | None) -> float | None:
    """Seconds that are missing when the recording is shorter than the talk by more than 2 % and a second."""
    if talked is None:
        return None
    missing = talked - recorded
    return round(missing, 3) if missing > 1.0 and missing > 0.02 * talked else None
