"""Where a call is: the machine's state and what one step gives (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from ivr.actions import Action, Collect, Spoken


class Phase(StrEnum):
    """What the machine waits for."""

    NEW = "new"
    MENU = "menu"
    CALLBACK_NUMBER = "callback_number"
    NUMBER_CONFIRM = "number_confirm"
    NUMBER_KNOWN = "number_known"
    INTRO = "intro"
    RESERVING = "reserving"
    RECORDING = "recording"
    KEEP = "keep"
    TOLD = "told"
    TICKET_NUMBER = "ticket_number"
    LOOKING_UP = "looking_up"
    LAST_FOUR = "last_four"
    ROUTING = "routing"
    SURVEY = "survey"
    WAITING = "waiting"
    DONE = "done"


class Notice(StrEnum):
    """What the caller heard of the recording notice."""

    UNHEARD = "unheard"
    HEARD = "heard"


@dataclass(frozen=True)
class Ticket:
    """A ticket of this call, from its reservation on."""

    number: str
    kind: str
    priority: str
    opened: bool = False


@dataclass(frozen=True)
class Message:
    """The take that counts so far."""

    file: str
    take: int
    empty: bool


@dataclass(frozen=True)
class Waiting:
    """A caller who is back from the queue."""

    queue: str
    priority: int
    position: int | None
    waited: int
    offered_at: int | None
    onward: str | None = None
    """The queue he goes to instead of back into this one."""
    minutes: int | None = None


@dataclass(frozen=True)
class Survey:
    """What is asked after the conversation. ``left``: the questions still to be put."""

    agent: str
    left: tuple[str, ...]
    answered: int = 0


@dataclass(frozen=True)
class State:
    """Everything that the machine remembers of a call. Digits are kept out of its repr."""

    language: str
    caller_number: str | None = field(default=None, repr=False)
    node: str = ""
    phase: Phase = Phase.NEW
    notice: Notice = Notice.UNHEARD
    notice_after: int | None = None
    """How many prompts of the current question must be heard for the notice to count as heard."""
    question: Collect | None = field(default=None, repr=False)
    tries: int = 0
    questions: int = 0
    recorder_on: bool = True
    ticket: Ticket | None = None
    message: Message | None = None
    takes: int = 0
    empty_takes: int = 0
    keyed: str = field(default="", repr=False)
    lookups: int = 0
    said: tuple[Spoken, ...] = ()
    """Said before the prompts of the node that is entered next, and again when it is repeated."""
    waiting: Waiting | None = None
    survey: Survey | None = None
    answer_days: int = 0
    """Days within which an answer is promised."""
    answer_by: date | None = None
    """The last of those days."""

    @property
    def done(self) -> bool:
        """Whether the IVR has come to its end."""
        return self.phase is Phase.DONE


@dataclass(frozen=True)
class Step:
    """What one event leads to. ``go`` names a node that is entered next, within the same step."""

    state: State
    actions: tuple[Action, ...] = ()
    go: str | None = None
