"""What the dialplan and the menu wrote down about a call, read as events of the exchange (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ivr.callevents import CallEvent, CallEventName
from ivr.exchange import ExchangeEvent
from ivr.exchange import ExchangeEventName as Name
from recordings.model import Fact

_REFUSED = frozenset({"17", "21"})
_ENGLISH = "-en"


def events_of(call_id: str, facts: Iterable[Fact], journal: Iterable[CallEvent] = ()) -> list[ExchangeEvent]:
    """The events that facts and journal tell of; what means nothing here is passed over."""
    events = []
    for fact in facts:
        read = _FACTS.get(fact.event)
        if read:
            name, fields = read(fact)
            events.append(ExchangeEvent(fact.at, name, call_id, fact.fields.get("leg", ""), fields))
    for event in journal:
        reason = event.fields.get("reason")
        if event.event == CallEventName.QUEUE_LEFT and reason in {"callback", "key"}:
            events.append(ExchangeEvent(event.at, Name.QUEUE_NOTED, call_id, call_id, {"reason": reason}))
    return events


_Read = tuple[Name, dict[str, Any]]


def _about(fact: Fact) -> dict[str, Any]:
    return {
        "agent": fact.fields.get("agent") or None,
        "queue": _queue(fact) or None,
        "kind": fact.fields.get("kind") or None,
    }


def _queue(fact: Fact) -> str:
    return fact.fields.get("queue", "").removesuffix(_ENGLISH)[:40]


def _rang(fact: Fact) -> _Read:
    return Name.AGENT_RINGING, _about(fact)


def _answered(fact: Fact) -> _Read:
    return Name.AGENT_CONNECTED, _about(fact)


def _ended(fact: Fact) -> _Read:
    return Name.CHANNEL_ENDED, {**_about(fact), "refused": fact.fields.get("cause") in _REFUSED}


def _joined(fact: Fact) -> _Read:
    priority = fact.fields.get("priority", "")
    return Name.QUEUE_JOINED, {
        "queue": _queue(fact),
        "priority": int(priority) if priority.isdecimal() and len(priority) < 4 else 0,
        "english": fact.fields.get("queue", "").endswith(_ENGLISH),
    }


def _left(fact: Fact) -> _Read:
    return Name.QUEUE_LEFT, {"queue": _queue(fact)}


def _transferred(fact: Fact) -> _Read:
    kind, _, target = fact.fields.get("to", "").partition(":")
    return Name.BLIND_TRANSFERRED, {"agent": fact.fields.get("by"), "to": target, "to_kind": kind}


def _parked(fact: Fact) -> _Read:
    return Name.PARKED, {"why": fact.fields.get("why"), "by": fact.fields.get("by")}


def _call_ended(fact: Fact) -> _Read:
    source = fact.fields.get("hangup_source")
    return Name.CALL_ENDED, {"by": {"caller": "caller", "system": "agent"}.get(source or "")}


def _bare(name: Name, **fields: Any) -> Callable[[Fact], _Read]:
    return lambda _: (name, fields)


_FACTS: dict[str, Callable[[Fact], _Read]] = {
    "leg_rang": _rang,
    "leg_answered": _answered,
    "leg_ended": _ended,
    "queue": _joined,
    "queue_left": _left,
    "transferred": _transferred,
    "parked": _parked,
    "connected": _bare(Name.CALLER_CONNECTED),
    "conference": _bare(Name.CALLER_CONNECTED),
    "requeued": _bare(Name.CALLER_CONNECTED),
    "message": _bare(Name.QUEUE_NOTED, reason="message"),
    "ended": _call_ended,
}
