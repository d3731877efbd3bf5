"""What a call should do next: the machine's answers, carried out by ``agi.runner`` (pure).

Of the actions of one step at most the last one asks something (``Collect``, ``Record``, ``ReserveTicket``,
``LookUpProgress``, ``ChooseQueue``) and is answered by an event; the others are silent. ``Finish`` ends the IVR.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ivr.callevents import CallEventName


@dataclass(frozen=True)
class Prompt:
    """One sentence of the catalogue, in one language."""

    id: str
    language: str


@dataclass(frozen=True)
class SpokenTicketNumber:
    """A ticket number, in groups."""

    number: str
    language: str


@dataclass(frozen=True)
class SpokenDigits:
    """Digits read back one by one."""

    digits: str = field(repr=False)
    language: str


@dataclass(frozen=True)
class SpokenMessage:
    """What the caller himself recorded in this call."""

    file: str


Spoken = Prompt | SpokenTicketNumber | SpokenDigits | SpokenMessage


@dataclass(frozen=True)
class Play:
    """Say it to the end; keys do not cut it short."""

    spoken: tuple[Spoken, ...]


@dataclass(frozen=True)
class Collect:
    """Say it and take keys; the first key cuts it short. Answered by ``KeysPressed`` or ``Silence``.

    ``#`` ends the keys early. ``timeout_ms`` counts from the end of the prompts or the last key. ``secret``:
    the keys may identify somebody and must not pass through a channel variable.
    """

    spoken: tuple[Spoken, ...]
    max_digits: int
    timeout_ms: int
    secret: bool = False


@dataclass(frozen=True)
class Record:
    """Record take ``take`` of the caller's message after the tone. Answered by ``MessageRecorded``."""

    tone: Prompt
    take: int
    max_seconds: int
    silence_seconds: int


@dataclass(frozen=True)
class ReserveTicket:
    """Take the next ticket number. Answered by ``TicketReserved`` or ``TicketRefused``."""


@dataclass(frozen=True)
class LookUpProgress:
    """Ask the CRM for the stage of a ticket. Answered by ``ProgressFound``."""

    number: str
    caller_number: str | None = field(repr=False)
    last_four: str | None = field(repr=False, default=None)


@dataclass(frozen=True)
class ChooseQueue:
    """Ask the plan which queue serves ``business``, and who the caller is. Answered by ``QueueChosen``."""

    business: str
    priority: int
    language: str
    caller_number: str | None = field(repr=False)


@dataclass(frozen=True)
class Note:
    """Write an event into the call's journal."""

    event: CallEventName
    fields: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class KeepMessage:
    """Make sure that a recorded message survives a power cut, before anybody is told that it is kept."""

    file: str


@dataclass(frozen=True)
class StopRecorder:
    """Stop recording the call: digits that identify somebody follow."""


@dataclass(frozen=True)
class StartRecorder:
    """Record the call again."""


@dataclass(frozen=True)
class Finish:
    """The IVR is done: the dialplan sends the caller into ``queue``, or hangs up when it is None."""

    language: str
    queue: str | None = None
    priority: int = 0
    offered_at: int | None = None


Action = (
    Play
    | Collect
    | Record
    | ReserveTicket
    | LookUpProgress
    | ChooseQueue
    | Note
    | KeepMessage
    | StopRecorder
    | StartRecorder
    | Finish
)
