"""The wire contract of live telephony: what the phone side tells the CRM about channels, queues and agents (pure).

The ``ami`` service turns Asterisk's events into these, one JSON object each. They go to the Redis stream
``EVENT_STREAM`` (the bell) and, when they belong to a call that has a spool folder, to ``exchange.jsonl`` in it
(the book). ``at`` is Asterisk's own clock, so durations never mix two clocks. After every connection to Asterisk a
``snapshot`` comes first: whatever was missed before it is repaired by it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

EXCHANGE_VERSION = 1
EVENT_STREAM = "huiyin:exchange"
"""Redis stream of exchange events: one field ``line`` an entry, as ``to_line`` gives it."""
EXCHANGE_FILE = "exchange.jsonl"
"""The same lines, of one call, in its spool folder."""


class ExchangeEventName(StrEnum):
    """Names of exchange events; past tense, with the fields that each one carries."""

    SNAPSHOT = "snapshot"
    """channels; in a whole one queues (who waits in which) and phones (reachable; paused: no queue rings it), too"""
    LINK_LOST = "link_lost"
    """since: the connection to Asterisk ended; what follows is unknown until the next snapshot"""
    PHONE_REGISTERED = "phone_registered"
    """agent, phone (web or desk)"""
    PHONE_LOST = "phone_lost"
    """agent, phone (web or desk)"""
    CALL_BEGAN = "call_began"
    """caller_number: somebody calls in; who he is can be looked up while he hears the menu"""
    QUEUE_JOINED = "queue_joined"
    """queue, position, priority, caller_number, english (he came by the English twin of the queue)"""
    QUEUE_LEFT = "queue_left"
    """queue, position"""
    QUEUE_ABANDONED = "queue_abandoned"
    """queue, position, waited (s)"""
    AGENT_RINGING = "agent_ringing"
    """agent, queue (null outside one), kind (a LegKind), phone (web or desk)"""
    AGENT_MISSED = "agent_missed"
    """agent, queue, kind, cancelled (true: the caller or the exchange stopped it, nobody missed it)"""
    AGENT_CONNECTED = "agent_connected"
    """agent, queue, kind, waited (s), rang (s)"""
    AGENT_LEFT = "agent_left"
    """agent, queue, kind, talked (s), reason (caller, agent, transfer, lost)"""
    HELD = "held"
    """agent: he put the other side on hold"""
    UNHELD = "unheld"
    """agent"""
    BLIND_TRANSFERRED = "blind_transferred"
    """agent, to (an agent or a queue), to_kind"""
    ATTENDED_TRANSFERRED = "attended_transferred"
    """agent, to"""
    BRIDGED = "bridged"
    """agent or null (the caller), bridge"""
    UNBRIDGED = "unbridged"
    """agent or null (the caller), bridge"""
    CHANNEL_ENDED = "channel_ended"
    """agent or null (the caller), cause, refused (true: the agent declined)"""
    HANG_UP_ASKED = "hang_up_asked"
    """agent or null (the caller): whose side ended it"""

    # Said by the fold of facts and by the CRM's live side, not by the phone side's feed:
    AGENT_SEEN = "agent_seen"
    """agent, queue, kind, up: the leg was there in a snapshot"""
    CALL_ENDED = "call_ended"
    """by (caller; agent: it was ended for him; or null)"""
    PARKED = "parked"
    """why (consult, lost), by: the caller hears music while this agent is elsewhere"""
    CALLER_CONNECTED = "caller_connected"
    """nothing: from now on the caller hears the event's leg, if it names one"""
    QUEUE_NOTED = "queue_noted"
    """reason (callback, message, key): why the caller left the queue"""


class LegKind(StrEnum):
    """Why an agent's phone took part in a call."""

    QUEUE = "queue"
    TRANSFER = "transfer"
    CONSULT = "consult"
    CONFERENCE = "conference"
    REJOIN = "rejoin"
    OUTBOUND = "outbound"
    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"
    INTERNAL = "internal"
    """agents among themselves: no caller"""


@dataclass(frozen=True)
class ExchangeEvent:
    """One event. ``call_id``: the linkedid, empty outside a call; ``leg``: the channel's uniqueid, or empty."""

    at: datetime
    event: str
    call_id: str = ""
    leg: str = ""
    fields: dict[str, Any] = field(default_factory=dict)

    def to_line(self) -> str:
        """The line, without its line feed."""
        return json.dumps(
            {
                "v": EXCHANGE_VERSION, "at": self.at.astimezone(UTC).isoformat(), "event": self.event,
                "call_id": self.call_id, "leg": self.leg, **self.fields,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )  # fmt: skip


def parse_line(line: str) -> ExchangeEvent:
    """Read a line. Raises ValueError for what is none."""
    try:
        data = json.loads(line)
        if data.pop("v") != EXCHANGE_VERSION:
            raise ValueError("unknown version of an exchange event")
        at = datetime.fromisoformat(data.pop("at"))
        if at.tzinfo is None:
            raise ValueError("the time of an exchange event has no zone")
        return ExchangeEvent(at, str(data.pop("event")), str(data.pop("call_id")), str(data.pop("leg")), data)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not an exchange event: {error!r}") from error
