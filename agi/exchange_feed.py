"""What Asterisk's events mean: manager messages in, exchange events out (pure but for what it remembers).

Asterisk tells the same thing in several ways, and in an order of its own; here each is said once, in the words of
``ivr.exchange``. What is remembered between messages is little: who waits where, which legs were announced, which
phones are registered and what the endpoints' people are called. A snapshot replaces all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from agi.ami_protocol import Message
from agi.exchange_words import (
    AGENT_VARIABLE,
    CALL_VARIABLE,
    ENGLISH,
    LEG_RINGS,
    REFUSED,
    TRUNK,
    WEB,
    endpoint_of,
    has_phone,
    is_trunk,
    kind_told,
    membership,
    number,
    phone_kind,
    queue_of,
    queues_shown,
    seconds_of,
    stamp,
    variable,
    whole,
)
from ivr.exchange import ExchangeEvent, LegKind
from ivr.exchange import ExchangeEventName as Name

_GONE = frozenset({"Removed", "Unreachable"})


class Feed:
    """Turns messages of one connection into events."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._waiting: dict[str, str] = {}
        self._legs: dict[str, _Leg] = {}
        self._bridges: dict[str, str] = {}
        self._contacts: dict[tuple[str, str], set[str]] = {}
        self._takes: dict[str, Callable[[Message, datetime], list[ExchangeEvent]]] = {
            "Newchannel": self._began,
            "QueueCallerJoin": self._joined,
            "QueueCallerLeave": self._left_queue,
            "QueueCallerAbandon": self._abandoned,
            "AgentCalled": self._called,
            "AgentRingNoAnswer": self._rang_in_vain,
            "AgentConnect": self._connected,
            "AgentComplete": self._completed,
            "DialBegin": self._dial_began,
            "UserEvent": self._announced,
            "DialEnd": self._dial_ended,
            "Hold": self._held,
            "Unhold": self._held,
            "BlindTransfer": self._blind,
            "AttendedTransfer": self._attended,
            "BridgeEnter": self._bridged,
            "BridgeLeave": self._bridged,
            "BridgeDestroy": self._unbuilt,
            "Hangup": self._ended,
            "HangupRequest": self._asked,
            "ContactStatus": self._contact,
            "QueueMemberAdded": self._member,
        }

    def take(self, message: Message) -> list[ExchangeEvent]:
        """The events that a message means; none for what does not matter or cannot be read."""
        takes = self._takes.get(message.get("Event"))
        at = stamp(message)
        return takes(message, at) if takes and at else []

    def snapshot(self, at: datetime, channels: Iterable[Message], queues: Iterable[Message]) -> ExchangeEvent:
        """The whole state, out of the lists CoreShowChannels and QueueStatus; what was remembered is forgotten."""
        queues = list(queues)
        event = self.shown(at, channels, queues)
        legs = [one for one in event.fields["channels"] if one["agent"]]
        self._legs = {one["leg"]: _Leg(one["agent"], one["queue"], one["kind"]) for one in legs}
        self._bridges = {one["bridge"]: one["call_id"] for one in event.fields["channels"] if one["bridge"]}
        self._waiting = {one["leg"]: queue["name"] for queue in event.fields["queues"] for one in queue["callers"]}
        for one in event.fields["phones"]:
            phone = (one["agent"], one["phone"])
            self._contacts[phone] = (self._contacts.get(phone) or {""}) if one["reachable"] else set()
        return event

    def shown(self, at: datetime, channels: Iterable[Message], queues: list[Message] | None = None) -> ExchangeEvent:
        """The state as the lists show it; without the second one of the channels alone. Nothing is forgotten."""
        shown = [self._shown_channel(message) for message in channels]
        fields: dict[str, Any] = {"channels": shown}
        if queues is not None:
            for message in queues:
                if message.get("Event") == "QueueMember":
                    self._learn(message.get("Location"), message.get("Name"))
            calls = {one["leg"]: one["call_id"] for one in shown}
            fields["queues"] = queues_shown(queues, calls)
            fields["phones"] = self._shown_phones(queues)
        return ExchangeEvent(at, Name.SNAPSHOT, fields=fields)

    def _shown_phones(self, queues: list[Message]) -> list[dict[str, Any]]:
        """Each phone that sits in a queue, once: whether it is registered, and whether no queue may ring it."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for message in queues:
            if message.get("Event") == "QueueMember":
                agent, phone = self._phone_of(message)
                about = {"agent": agent, "phone": phone, "reachable": has_phone(message), "paused": True}
                one = found.setdefault((agent, phone), about)
                one["paused"] = one["paused"] and membership(message)["paused"]
        return [found[key] for key in sorted(found)]

    def name(self, endpoint: str) -> str:
        """The person of an endpoint; the endpoint's own name as long as no queue has told another."""
        user = endpoint.removesuffix(WEB)
        return self._names.get(user, user)

    def _learn(self, interface: str, name: str) -> None:
        if interface.startswith("PJSIP/") and name and not name.startswith("PJSIP/"):
            self._names[interface.removeprefix("PJSIP/").removesuffix(WEB)] = name

    def _agent(self, message: Message, side: str = "") -> str | None:
        """Whose phone a message's channel is; None for a caller's, and for no phone's."""
        endpoint = endpoint_of(message.get(f"{side}Channel"))
        if not endpoint or is_trunk(endpoint):
            return None
        return variable(message, side, AGENT_VARIABLE) or self.name(endpoint)

    def _phone_of(self, message: Message) -> tuple[str, str]:
        endpoint = (message.get("Location") or message.get("Interface")).removeprefix("PJSIP/")
        return self.name(endpoint), phone_kind(endpoint)

    def _shown_channel(self, message: Message) -> dict[str, Any]:
        agent = self._agent(message)
        leg = message.get("Uniqueid")
        known = self._legs.get(leg)
        return {
            "leg": leg,
            "call_id": variable(message, "", CALL_VARIABLE) or message.get("Linkedid"),
            "agent": agent,
            "phone": phone_kind(endpoint_of(message.get("Channel"))) if agent else None,
            "queue": known.queue if known else None,
            "kind": known.kind if known else kind_told(message, "") or LegKind.INTERNAL,
            "up": message.get("ChannelStateDesc") == "Up",
            "bridge": message.get("BridgeId") or None,
            "application": message.get("Application"),
            "seconds": seconds_of(message.get("Duration")),
            "caller_number": None if agent else number(message.get("CallerIDNum")),
        }

    def _began(self, message: Message, at: datetime) -> list[ExchangeEvent]:
        if endpoint_of(message.get("Channel")) != TRUNK or message.get("Uniqueid") != message.get("Linkedid"):
            return []
        return [_event(Name.CALL_BEGAN, at, message, {"caller_number": number(message.get("CallerIDNum"))})]

    # Queues.

    def _joined(self, message: Message, at: datetime) -> list[ExchangeEvent]:
        queue = queue_of(message)
        self._waiting[message.get("Uniqueid")] = queue
        fields = {
            "queue": queue,
            "position": whole(message.get("Position")),
            "caller_number": number(message.get("CallerIDNum")),
            "english": message.get("Queue").endswith(ENGLISH),
        }
        return [_event(Name.QUEUE_JOINED, at, message, fields)]

    def _left_queue(self, message: Message, at: datetime) -> list[ExchangeEvent]:
        self._waiting.pop(message.get("Uniqueid"), None)
        return [_event(Name.QUEUE_LEFT, at, message, {"queue": queue_of(message)})]

    def _abandoned(self, message: Message, at: datetime) -> list[ExchangeEvent]:
        fields = {
            "queue": queue_of(message),
            "position": whole(message.get("Position")),
            "waited": whole(message.get("HoldTime")),
        }
        return [_event(Name.QUEUE_ABANDONED, at, message, fields)]

    # Legs of agents.

    def _called(self, message: Message, at: datetime) -> list[ExchangeEvent]:
        self._learn(message.get("Interface"), message.get("MemberName"))
        return self._rings(message, at, queue_of(message), LegKind.QUEUE)

    def _announced(self, message: Message, at: datetime) -> list[ExchangeEvent]:
        """The dialplan's own word on the phone's channel, before the INVITE goes out; the others come after it."""
        if message.get("UserEvent") != LEG_RINGS:
            return []
        kind = kind_told(message, "") or LegKind.INTERNAL
        return self._rings(message, at, queue_of(message) or None, kind, side="")

    def _dial_began(self, message: Message, at: datetime) -> list[ExchangeEvent]:
        if message.get("Uniqueid") in self._waiting:
            return []
        dialler = self._agent(message)
        kind = kind_told(message, "Dest")
        if kind is None:
            kind = LegKind.CONSULT if dialler else LegKind.TRANSFER if message.get("Channel") else LegKind.OUTBOUND
        told = self._rings(message, at, None, kind)
        if dialler and message.get("Uniqueid") not in self._legs:  # he dials by himself, so nobody rang him
            self._legs[message.get("Uniqueid")] = _Leg(dialler, None, LegKind.INTERNAL)
            fields = {"agent": dialler, "queue": None, "kind": LegKind.INTERNAL}
            told.append(_event(Name.AGENT_CONNECTED, at, message, fields))
        return told

    def _rings(
        self, message: Message, at: datetime, queue: str | None, kind: LegKind, side: str = "Dest"
    ) -> list[ExchangeEvent]:
        agent, leg = self._agent(message, side), message.get(f"{side}Uniqueid")
        if agent is None or leg in self._legs:
            return []
        self._legs[leg] = _Leg(agent, queue, kind)
        phone = phone_kind(endpoint_of(message.get(f"{side}Channel")))
        fields = {"agent": agent, "queue": queue, "kind": kind, "phone": phone}
        return [_event(Name.AGENT_RINGING, at, message, fields, side)]

    def _connected(self, message: Message, at: datetime) -> list[ExchangeEvent]:
        fields = {"waited": whole(message.get("HoldTime")), "rang": whole(message.get("RingTime"))}
        return self._of_leg(Name.AGENT_CONNECTED, message, at, fields)

    def _dial_ended(self, message: Message, at: datetime) -> list[ExchangeEvent]:
        leg = self._legs.get(message.get("DestUniqueid"))
        status = message.get("DialStatus")
        if leg is None or (leg.queue is not None and status != "CANCEL"):
            return []
        if status == "ANSWER":
            return self._of_leg(Name.AGENT_CONNECTED, message, at, {})
        if leg.missed:
            return []
        leg.missed = True
        return self._of_leg(Name.AGENT_MISSED, message, at, {"cancelled": status == "CANCEL"})

    def _rang_in_vain(self, message: Message, at: datetime) -> list[ExchangeEvent]:
        leg = self._legs.get(message.get("DestUniqueid"))
        if leg:
            leg.missed = True
        return self._of_leg(Name.AGENT_MISSED, message, at, {"cancelled": False})

    def _completed(self, message: Message, at: datetime) -> list[ExchangeEvent]:
        """The end of a leg. Without its channel it is told late, of a leg that ended long ago with another's time."""
        if not message.get("DestUniqueid"):
            return []
        fields = {"talked": whole(message.get("TalkTime")), "reason": message.get("Reason")}
        return self._of_leg(Name.AGENT_LEFT, message, at, fields)

    def _of_leg(self, name: Name, message: Message, at: datetime, fields: dict[str, Any]) -> list[ExchangeEvent]:
        leg = self._legs.get(message.get("DestUniqueid"))
        agent = leg.agent if leg else self._agent(message, "Dest")
        if agent is None:
            return []
        queue = leg.queue if leg else queue_of(message) or None
        kind = leg.kind if leg else LegKind.QUEUE if queue else LegKind.TRANSFER
        about = {"agent": agent, "queue": queue, "kind": kind}
        return [_event(name, at, message, {**about, **fields}, "Dest")]

    def _held(self, message: Message, at: datetime) -> list[ExchangeEvent]:
        agent = self._agent(message)
        name = Name.HELD if message.get("Event") == "Hold" else Name.UNHELD
        return [self._of_channel(name, at, message, {"agent": agent})] if agent else []

    # Transfers, bridges, ends.

    def _blind(self, message: Message, at: datetime) -> list[ExchangeEvent]:
        if message.get("Result") != "Success":
            return []
        fields = {
            "agent": self._agent(message, "Transferer"),
            "to": message.get("Extension"),
            "to_kind": "queue" if "queue" in message.get("Context") else "agent",
        }
        return [_event(Name.BLIND_TRANSFERRED, at, message, fields, "Transferer")]

    def _attended(self, message: Message, at: datetime) -> list[ExchangeEvent]:
        if message.get("Result") != "Success":
            return []
        fields = {
            "agent": self._agent(message, "OrigTransferer"),
            "to": self._agent(message, "TransferTarget"),
        }
        return [_event(Name.ATTENDED_TRANSFERRED, at, message, fields, "OrigTransferer")]

    def _bridged(self, message: Message, at: datetime) -> list[ExchangeEvent]:
        entered = message.get("Event") == "BridgeEnter"
        name = Name.BRIDGED if entered else Name.UNBRIDGED
        fields = {"agent": self._agent(message), "bridge": message.get("BridgeUniqueid")}
        told = [_event(name, at, message, fields)]
        if entered:
            told = [*self._came_back(message, at), *told]
        return told

    def _came_back(self, message: Message, at: datetime) -> list[ExchangeEvent]:
        """A phone that nobody rang has taken its own place in a call again (INVITE with Replaces)."""
        bridge, leg = message.get("BridgeUniqueid"), message.get("Uniqueid")
        agent = self._agent(message)
        known = self._bridges.setdefault(bridge, _event(Name.BRIDGED, at, message, {}).call_id)
        if agent is None or leg in self._legs or kind_told(message, "") or known == leg:
            return []
        self._legs[leg] = _Leg(agent, None, LegKind.REJOIN, known)
        phone = phone_kind(endpoint_of(message.get("Channel")))
        fields = {"agent": agent, "queue": None, "kind": LegKind.REJOIN, "phone": phone}
        return [ExchangeEvent(at, Name.AGENT_CONNECTED, known, leg, fields)]

    def _unbuilt(self, message: Message, _at: datetime) -> list[ExchangeEvent]:
        self._bridges.pop(message.get("BridgeUniqueid"), None)
        return []

    def _ended(self, message: Message, at: datetime) -> list[ExchangeEvent]:
        leg = self._legs.get(message.get("Uniqueid"))
        self._waiting.pop(message.get("Uniqueid"), None)
        cause = message.get("Cause")
        agent = leg.agent if leg else self._agent(message)
        fields: dict[str, Any] = {"agent": agent, "cause": cause}
        if agent:
            fields["refused"] = cause in REFUSED
        told = self._of_channel(Name.CHANNEL_ENDED, at, message, fields)
        self._legs.pop(message.get("Uniqueid"), None)
        return [told]

    def _of_channel(self, name: Name, at: datetime, message: Message, fields: dict[str, Any]) -> ExchangeEvent:
        event = _event(name, at, message, fields)
        leg = self._legs.get(event.leg)
        return replace(event, call_id=leg.call_id) if leg and leg.call_id else event

    def _asked(self, message: Message, at: datetime) -> list[ExchangeEvent]:
        return [self._of_channel(Name.HANG_UP_ASKED, at, message, {"agent": self._agent(message)})]

    # Phones and members.

    def _contact(self, message: Message, at: datetime) -> list[ExchangeEvent]:
        endpoint = message.get("EndpointName") or message.get("AOR")
        if not endpoint or is_trunk(endpoint):
            return []
        phone = (self.name(endpoint), phone_kind(endpoint))
        there = self._contacts.setdefault(phone, set())
        known = bool(there)
        there.discard("")
        if message.get("ContactStatus") in _GONE:
            there.discard(message.get("URI"))
        else:
            there.add(message.get("URI"))
        if known and there and message.get("ContactStatus") not in {"Created", "NonQualified"}:
            return []
        name = Name.PHONE_REGISTERED if there else Name.PHONE_LOST
        if not known and not there:
            return []
        return [ExchangeEvent(at, name, fields={"agent": phone[0], "phone": phone[1]})]

    def _member(self, message: Message, _at: datetime) -> list[ExchangeEvent]:
        self._learn(message.get("Interface"), message.get("MemberName"))
        return []


class _Leg:
    """An agent's leg that was announced."""

    def __init__(self, agent: str, queue: str | None, kind: LegKind, call_id: str = "") -> None:
        self.agent = agent
        self.call_id = call_id
        """where it is not the channel's linkedid: a phone that took its place in a call again"""
        self.queue = queue
        self.kind = kind
        self.missed = False


def _event(name: Name, at: datetime, message: Message, fields: dict[str, Any], side: str = "") -> ExchangeEvent:
    """An event of a call. ``side``: which of the message's channels is the leg."""
    told = variable(message, side, CALL_VARIABLE)
    call_id = told or message.get("Linkedid") or message.get(f"{side}Linkedid")
    return ExchangeEvent(at, name, call_id, message.get(f"{side}Uniqueid"), fields)
