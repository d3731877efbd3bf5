"""Single things that Asterisk's messages say, in our words (pure)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from agi.ami_protocol import Message
from ivr.exchange import LegKind

TRUNK = "trunk"
TRUNKS = frozenset({TRUNK, "trunk-out"})
WEB = "-web"
ENGLISH = "-en"
"""A queue's twin for callers who speak English; people see one queue."""
KIND_VARIABLE = "HUIYIN_LEG_KIND"
CALL_VARIABLE = "HUIYIN_CALL_ID"
AGENT_VARIABLE = "HUIYIN_AGENT"
"""Channel variables of an agent's leg, set before it rings; each event carries them (manager.conf, ``channelvars``)."""
LEG_RINGS = "LegRings"
"""The event that the dialplan makes on an agent's channel before it rings (extensions_agents.conf)."""
_CHANNEL = re.compile(r"\APJSIP/(.+)-[0-9a-f]{8,}\Z")
_NUMBER = re.compile(r"\A\+?[0-9]{1,32}\Z")
_NO_PHONE = frozenset({"0", "4", "5"})
"""Device states (unknown, invalid, unavailable) of a member whose phone is not registered."""
REFUSED = frozenset({"17", "21"})
"""Hang-up causes of a phone whose owner declined: busy, rejected."""
_FAR_FUTURE = datetime(2200, 1, 1, tzinfo=UTC)


def stamp(message: Message) -> datetime | None:
    """When Asterisk sent it, by its own clock; None for a message without a time."""
    try:
        at = datetime.fromtimestamp(float(message.get("Timestamp")), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return at if at < _FAR_FUTURE else None


def endpoint_of(channel: str) -> str:
    """The endpoint of a channel's name, empty for what is none of a phone's."""
    match = _CHANNEL.match(channel)
    return match[1] if match else ""


def is_trunk(endpoint: str) -> bool:
    """Whether it is the way to the outside, and not a phone of ours."""
    return endpoint in TRUNKS


def queue_of(message: Message) -> str:
    """The queue as people know it."""
    return message.get("Queue").removesuffix(ENGLISH)


def phone_kind(endpoint: str) -> str:
    """Which of an agent's two phones an endpoint is."""
    return "web" if endpoint.endswith(WEB) else "desk"


def variable(message: Message, side: str, wanted: str) -> str:
    """A variable of the channel on that side of the message, empty when it has none."""
    for pair in message.all(f"{side}ChanVariable"):
        name, _, value = pair.partition("=")
        if name == wanted:
            return value
    return ""


def kind_told(message: Message, side: str) -> LegKind | None:
    """Why the phone rings, as the dialplan told it."""
    told = variable(message, side, KIND_VARIABLE)
    return LegKind(told) if told in set(LegKind) else None


def queues_shown(messages: list[Message], calls: dict[str, str]) -> list[dict[str, Any]]:
    """The queues in which somebody waits; the two languages of a queue are one."""
    found: dict[str, dict[str, Any]] = {}
    for message in messages:
        if message.get("Event") == "QueueEntry":
            queue = found.setdefault(queue_of(message), {"name": queue_of(message), "callers": []})
            queue["callers"].append(_waiting_caller(message, calls))
    return list(found.values())


def _waiting_caller(message: Message, calls: dict[str, str]) -> dict[str, Any]:
    leg = message.get("Uniqueid")
    return {
        "leg": leg,
        "call_id": calls.get(leg, leg),
        "position": whole(message.get("Position")),
        "priority": whole(message.get("Priority")),
        "waited": whole(message.get("Wait")),
        "caller_number": number(message.get("CallerIDNum")),
        "english": message.get("Queue").endswith(ENGLISH),
    }


def membership(message: Message) -> dict[str, Any]:
    """How a member of a queue stands."""
    return {
        "paused": message.get("Paused") == "1",
        "reason": message.get("PausedReason"),
        "in_call": message.get("InCall") == "1",
        "reachable": message.get("Status") not in _NO_PHONE,
    }


def has_phone(message: Message) -> bool:
    """Whether a member's phone is registered."""
    return message.get("Status") not in _NO_PHONE


def number(text: str) -> str | None:
    """A telephone number; None for a withheld one, or what is none."""
    return text if _NUMBER.match(text) else None


def whole(text: str) -> int | None:
    """A whole number, or None."""
    return int(text) if text.isdecimal() else None


def seconds_of(text: str) -> int:
    """HH:MM:SS as seconds."""
    parts = [int(part) for part in text.split(":") if part.isdecimal()]
    return sum(part * 60**power for power, part in enumerate(reversed(parts)))
