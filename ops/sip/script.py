"""What a scripted caller does, step by step, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from ops.sip.g711 import Codec, Samples


@dataclass(frozen=True)
class Wait:
    """Say nothing for some seconds."""

    seconds: float


@dataclass(frozen=True)
class Keys:
    """Press keys, each for ``tone`` seconds, with ``gap`` seconds after each."""

    keys: str
    tone: float = 0.1
    gap: float = 0.1


@dataclass(frozen=True)
class WaitTone:
    """Wait for the tone before a recording, and for its end."""

    timeout: float = 60.0


@dataclass(frozen=True)
class WaitSound:
    """Wait until something is heard."""

    timeout: float = 15.0


@dataclass(frozen=True)
class WaitQuiet:
    """Wait until nothing was heard for ``seconds``."""

    seconds: float = 1.0
    timeout: float = 60.0


@dataclass(frozen=True)
class Speak:
    """Speak samples of 8 kHz."""

    samples: Samples = field(repr=False)


@dataclass(frozen=True)
class Mark:
    """Note the time under a name."""

    name: str


@dataclass(frozen=True)
class HangUp:
    """End the call."""


@dataclass(frozen=True)
class WaitHangUp:
    """Wait until the other side ends the call."""

    timeout: float = 60.0


Step = Wait | Keys | WaitTone | WaitSound | WaitQuiet | Speak | Mark | HangUp | WaitHangUp


@dataclass(frozen=True)
class CallScript:
    """One call: who calls whom, and what he does. After the last step he hangs up, unless he stays."""

    number: str
    steps: tuple[Step, ...] = ()
    caller: str | None = "13800138000"
    """None withholds the number."""
    codecs: tuple[Codec, ...] = ("alaw", "ulaw")
    stay: bool = False
    """Wait for further steps (``Call.do``) instead of hanging up."""
    sends_sound: bool = True
    """False: send no RTP but keys, as a load generator does."""
    keeps_sound: bool = True
    """False: what is heard is dropped (many long calls at once)."""


class Ending(StrEnum):
    """How a call came to its end."""

    OURS = "ours"
    THEIRS = "theirs"
    REFUSED = "refused"
    SILENT = "silent"
    """Nobody answered our requests."""


@dataclass(frozen=True)
class CallResult:
    """What came of a call. Times are seconds from the INVITE."""

    call_id: str
    statuses: tuple[int, ...]
    answered_after: float | None
    ended_after: float
    ending: Ending
    failure: str | None
    """The step that did not come true, or None."""
    heard: Samples = field(repr=False)
    """What was heard from the answer on, 8 kHz, with gaps as silence."""
    marks: tuple[tuple[str, float], ...] = ()

    @property
    def answered(self) -> bool:
        """Whether the call was answered."""
        return self.answered_after is not None

    @property
    def status(self) -> int:
        """The last status that was received, 0 for none."""
        return self.statuses[-1] if self.statuses else 0
