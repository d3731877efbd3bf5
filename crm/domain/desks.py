"""What an agent is doing, derived from what is known of him (pure): his phones, his legs, his wrap-up, his wish."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crm.domain.callfold import SUPERVISING, Leg
from crm.domain.live import AgentStateName, LiveAgent
from ivr.exchange import LegKind

MISSES = 2
"""Rings in a row that an agent may miss before he is paused."""
MISSED = "missed"
SIGNED_IN = "signed_in"
"""Why somebody is paused who has not said yet that he takes calls."""
PHONE_LOST = "phone_lost"
"""Why somebody is still on a call whose phone is gone: he has a few seconds to come back."""
REJOIN_GRACE = timedelta(seconds=15)
"""A little more than the exchange waits for a lost phone."""
ABSENCE = timedelta(minutes=15)
"""Who was away for longer than that says anew that he takes calls."""
WITHOUT_WRAP_UP = frozenset({*SUPERVISING, LegKind.INTERNAL})


@dataclass(frozen=True)
class Wish:
    """What an agent said of himself: that he takes calls, or why he does not."""

    available: bool
    reason: str
    at: datetime


@dataclass(frozen=True)
class WrapUpNow:
    """The work after a call that he is doing."""

    call_id: str
    queue: str | None
    started_at: datetime
    limit_at: datetime


@dataclass(frozen=True)
class LegNow:
    """A leg of his that rings or talks."""

    call_id: str
    leg: Leg


@dataclass(frozen=True)
class Present:
    """His state now."""

    state: AgentStateName
    reason: str = ""
    call_id: str | None = None


@dataclass
class Desk:
    """An agent at his desk."""

    user: str
    display_name: str
    wish: Wish
    queues: tuple[str, ...] = ()
    phones: dict[str, datetime] = field(default_factory=dict)
    """web or desk → since when it is registered"""
    legs: dict[str, LegNow] = field(default_factory=dict)
    wrap_up: WrapUpNow | None = None
    misses: int = 0
    lost_at: datetime | None = None
    """when the phone of a leg was lost that was up"""
    awaited: str | None = None
    """the call in which he may be back soon, though no leg of his is left"""
    offline_since: datetime | None = None
    present: Present = Present(AgentStateName.OFFLINE)
    since: datetime | None = None
    on_board: bool = True
    """he answers calls; else he is shown while he has a phone only"""

    @property
    def phone(self) -> str | None:
        """The phone that rings: the one that registered last."""
        return max(self.phones, key=lambda phone: (self.phones[phone], phone)) if self.phones else None

    def derive(self) -> Present:
        """His state, out of what is known."""
        up = [one for one in self.legs.values() if one.leg.is_up]
        ringing = [one for one in self.legs.values() if one.leg.is_live and not one.leg.is_up]
        if up:
            first = min(
                up, key=lambda one: (one.leg.kind in SUPERVISING, one.leg.kind == LegKind.CONSULT, one.leg.rang_at)
            )
            return Present(AgentStateName.ON_CALL, PHONE_LOST if self.lost_at else "", first.call_id)
        if ringing:
            return Present(AgentStateName.RINGING, "", ringing[0].call_id)
        if self.awaited:
            return Present(AgentStateName.ON_CALL, PHONE_LOST, self.awaited)
        return self._without_caller()

    def _without_caller(self) -> Present:
        if self.wrap_up:
            return Present(AgentStateName.WRAP_UP, "", self.wrap_up.call_id)
        if not self.phones:
            return Present(AgentStateName.OFFLINE)
        if not self.wish.available:
            return Present(AgentStateName.PAUSED, self.wish.reason)
        return Present(AgentStateName.AVAILABLE)

    @property
    def takes_calls(self) -> bool:
        """Whether queues may ring him. While he rings they do not ring him twice by themselves."""
        return self.present.state in {AgentStateName.AVAILABLE, AgentStateName.RINGING}

    def shown(self) -> LiveAgent:
        """As screens have him."""
        present = self.present
        since = self.since or self.wish.at
        return LiveAgent(
            self.user,
            self.display_name,
            present.state.value,
            since,
            present.reason,
            present.call_id,
            self.phone,
            self.queues,
        )


def wants_wrap_up(leg: Leg, *, given: bool) -> bool:
    """Whether there is work after this leg. ``given``: a consulted agent took the caller."""
    return leg.answered_at is not None and leg.kind not in WITHOUT_WRAP_UP and (leg.kind != LegKind.CONSULT or given)
