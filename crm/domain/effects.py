"""What follows from something that happened on the floor; the live service carries it out (data only, pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm.domain.desks import Present, WrapUpNow
from ivr.exchange import ExchangeEvent


@dataclass(frozen=True)
class Pop:
    """Show this agent, and nobody else, who calls."""

    user: str
    call_id: str
    leg: str
    kind: str
    queue: str | None
    rang_at: datetime


@dataclass(frozen=True)
class PopEnd:
    """It does not ring any more."""

    user: str
    call_id: str
    reason: str


@dataclass(frozen=True)
class StateBegan:
    """A stretch of an agent's time begins, and the one before ends."""

    user: str
    present: Present
    at: datetime


@dataclass(frozen=True)
class AgentShown:
    """Tell screens about this agent."""

    user: str


@dataclass(frozen=True)
class Rings:
    """Have queues ring this agent, or not."""

    user: str
    available: bool
    reason: str


@dataclass(frozen=True)
class WrapUpBegan:
    """Write down that an agent's wrap-up began."""

    user: str
    wrap_up: WrapUpNow


@dataclass(frozen=True)
class WrapUpLapsed:
    """What was not filled in becomes a task."""

    user: str
    at: datetime


@dataclass(frozen=True)
class CallBegan:
    """Somebody calls in; who it is can be looked up."""

    call_id: str
    caller_number: str | None


@dataclass(frozen=True)
class CallerWaits:
    """Somebody waits in a queue: whoever is rung for him will want to know him."""

    call_id: str
    queue: str


@dataclass(frozen=True)
class CallChanged:
    """Tell these agents about the call."""

    call_id: str
    agents: frozenset[str]


@dataclass(frozen=True)
class CallOver:
    """The caller has gone."""

    call_id: str


@dataclass(frozen=True)
class BoardChanged:
    """Tell boards."""


@dataclass(frozen=True)
class Repaired:
    """Something had been missed, and a snapshot of the exchange showed it."""

    event: ExchangeEvent


Effect = (
    Pop | PopEnd | StateBegan | AgentShown | Rings | WrapUpBegan | WrapUpLapsed | CallBegan | CallerWaits | CallChanged
    | CallOver | BoardChanged | Repaired
)  # fmt: skip
