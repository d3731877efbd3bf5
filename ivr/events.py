"""What happened in a call, as the machine hears of it (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class EndedBy(StrEnum):
    """What ended a recording."""

    KEY = "key"
    SILENCE = "silence"
    LIMIT = "limit"
    HANGUP = "hangup"


class ProgressOutcome(StrEnum):
    """What the CRM says to a question about a ticket."""

    TOLD = "told"
    NOT_FOUND = "not_found"
    NOT_AUTHORISED = "not_authorised"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class CallArrived:
    """A call begins. ``caller_number`` is None when it was withheld; ``today`` is the centre's day."""

    caller_number: str | None = field(repr=False)
    language: str
    answer_days: int
    today: date


@dataclass(frozen=True)
class QueueTimedOut:
    """Nobody in the queue took the call yet; ``offered_at`` says when a callback was offered last.

    ``caller_number`` is also the one that a caller with a withheld number keyed earlier in the call.
    """

    caller_number: str | None = field(repr=False)
    language: str
    queue: str
    priority: int
    position: int | None
    waited: int
    offered_at: int | None
    callback_after: int
    notice_heard: bool
    onward: str | None = None
    """The queue in which he waits from now on, when it is another one."""
    minutes: int | None = None
    """How long he will wait, when somebody can say."""


@dataclass(frozen=True)
class SurveyBegins:
    """The agent handed the caller over and is off the line: the caller is asked how it was."""

    caller_number: str | None = field(repr=False)
    language: str
    agent: str


@dataclass(frozen=True)
class KeysPressed:
    """Keys, without the ``#`` that ended them. ``heard`` counts the prompts that were heard to their end.

    No keys at all means that ``#`` alone was pressed.
    """

    keys: str = field(repr=False)
    heard: int = 0


@dataclass(frozen=True)
class Silence:
    """No key came in time; all prompts were heard."""


@dataclass(frozen=True)
class MessageRecorded:
    """A take is on disk. ``empty``: nothing but silence was heard."""

    file: str
    take: int
    duration: float
    ended_by: EndedBy
    empty: bool = False


@dataclass(frozen=True)
class TicketReserved:
    """The ticket number asked for; nobody else gets it."""

    number: str


@dataclass(frozen=True)
class TicketRefused:
    """No number can be given (the disk, or the day's numbers are used up)."""


@dataclass(frozen=True)
class ProgressFound:
    """The CRM's answer, or that there was none in time."""

    outcome: ProgressOutcome
    stage: str | None = None


@dataclass(frozen=True)
class QueueChosen:
    """The queue that serves the caller. ``closed``: nobody is at work there now; ``reason``: why not the usual one."""

    queue: str
    priority: int
    closed: bool = False
    reason: str = ""


@dataclass(frozen=True)
class CallerHungUp:
    """The caller is gone."""


Event = (
    CallArrived
    | QueueTimedOut
    | SurveyBegins
    | KeysPressed
    | Silence
    | MessageRecorded
    | TicketReserved
    | TicketRefused
    | ProgressFound
    | QueueChosen
    | CallerHungUp
)
