"""What must have happened unheard, so that the exchange looks as a snapshot shows it (pure).

A snapshot tells how things were at its time. Whatever was heard of a call after that time knows better, and is left
as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from crm.domain.callfold import FoldedCall
from ivr.exchange import ExchangeEvent
from ivr.exchange import ExchangeEventName as Name

Calls = Mapping[str, "KnownCall"]


@dataclass
class KnownCall:
    """A call and all that was heard of it."""

    events: dict[str, ExchangeEvent] = field(default_factory=dict)
    folded: FoldedCall = field(default_factory=FoldedCall)
    last_at: datetime | None = None

    def is_newer_than(self, at: datetime) -> bool:
        """Whether something was heard of it after that time."""
        return self.last_at is not None and self.last_at > at


def repairs(snapshot: ExchangeEvent, channels: list[dict[str, Any]], calls: Calls) -> list[ExchangeEvent]:
    """The missing events, as they would have been told."""
    at = snapshot.at
    found = [one for channel in channels if (one := _seen(channel, at, calls))]
    there = {str(one.get("leg")) for one in channels} | {str(one.get("call_id")) for one in channels}
    for call_id, call in calls.items():
        if not call.is_newer_than(at):
            found += _gone(call_id, call.folded, there, at)
    if "queues" in snapshot.fields:
        found += _waits(snapshot, calls)
    return found


def _gone(call_id: str, call: FoldedCall, there: set[str], at: datetime) -> list[ExchangeEvent]:
    """Legs and callers that are not there any more."""
    found = [
        ExchangeEvent(at, Name.CHANNEL_ENDED, call_id, leg.leg, {"agent": leg.agent, "assumed": True})
        for leg in call.legs
        if leg.is_live and leg.leg not in there
    ]
    if call.ended_at is None and call_id not in there:
        found.append(ExchangeEvent(at, Name.CALL_ENDED, call_id, call_id, {"assumed": True}))
    return found


def _seen(channel: Mapping[str, Any], at: datetime, calls: Calls) -> ExchangeEvent | None:
    """A leg that is there, unless that is known."""
    if not channel.get("agent"):
        return None
    call_id, leg = str(channel.get("call_id")), str(channel.get("leg"))
    call = calls.get(call_id)
    known = next((one for one in call.folded.legs if one.leg == leg), None) if call else None
    if call and known and (not known.is_live or known.is_up == (channel.get("up") is True) or call.is_newer_than(at)):
        return None
    fields = {name: channel.get(name) for name in ("agent", "queue", "kind", "phone", "up")}
    return ExchangeEvent(at, Name.AGENT_SEEN, call_id, leg, fields)


def _waits(snapshot: ExchangeEvent, calls: Calls) -> list[ExchangeEvent]:
    """Callers who wait, or do not wait any more."""
    at = snapshot.at
    callers = {
        str(caller["call_id"]): (str(queue["name"]), caller)
        for queue in snapshot.fields["queues"]
        for caller in queue.get("callers", ())
    }
    found = []
    for call_id, (queue, caller) in callers.items():
        call = calls.get(call_id)
        if call and (call.folded.waiting or call.is_newer_than(at)):
            continue
        waited = timedelta(seconds=float(caller.get("waited") or 0))
        fields = {"queue": queue, **{key: caller.get(key) for key in ("position", "caller_number", "english")}}
        found.append(ExchangeEvent(at - waited, Name.QUEUE_JOINED, call_id, str(caller["leg"]), fields))
    for call_id, call in calls.items():
        if call.folded.waiting and call_id not in callers and not call.is_newer_than(at):
            fields = {"queue": call.folded.waiting.queue, "assumed": True}
            found.append(ExchangeEvent(at, Name.QUEUE_LEFT, call_id, call_id, fields))
    return found
