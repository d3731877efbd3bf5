"""What the exchange looks like at this moment: channels, whose they are, who is connected with whom (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from agi.ami_protocol import Message

TRUNKS = ("trunk", "trunk-out")
"""Endpoints behind which callers and customers are."""
_ENDPOINT = re.compile(r"\APJSIP/(?P<endpoint>.+)-[0-9a-f]+\Z")
_UP = "Up"


@dataclass(frozen=True)
class Channel:
    """One channel. ``agent``: user name, empty for a caller. ``bridge``: empty when it is connected with nobody."""

    name: str
    leg: str
    call_id: str
    agent: str = ""
    kind: str = ""
    up: bool = True
    bridge: str = ""
    context: str = ""

    @property
    def endpoint(self) -> str:
        """The phone or trunk that it belongs to; empty for a channel inside the exchange."""
        match = _ENDPOINT.match(self.name)
        return match["endpoint"] if match else ""

    @property
    def is_caller(self) -> bool:
        """Whether the caller (of an outbound call, the customer) is behind it."""
        return self.endpoint in TRUNKS and not self.agent


@dataclass(frozen=True)
class View:
    """All channels, and the endpoint of each agent's phone that is registered (the last one of several)."""

    channels: tuple[Channel, ...] = ()
    phones: Mapping[str, str] = field(default_factory=dict)

    def of_call(self, call_id: str) -> tuple[Channel, ...]:
        """The channels of a call."""
        return tuple(one for one in self.channels if one.call_id == call_id)

    def caller(self, call_id: str) -> Channel | None:
        """The caller's channel."""
        found = [one for one in self.of_call(call_id) if one.is_caller and one.up]
        return found[0] if found else None

    def legs(self, agent: str, call_id: str | None = None) -> tuple[Channel, ...]:
        """An agent's channels, of one call or of all; those that are connected with somebody first, then the newest."""
        mine = [one for one in self.channels if one.agent == agent and call_id in {None, one.call_id}]
        return tuple(sorted(mine, key=lambda one: (not one.up, not one.bridge, _age(one.leg))))

    def with_channel(self, channel: Channel) -> tuple[Channel, ...]:
        """Who else is in the same bridge."""
        if not channel.bridge:
            return ()
        return tuple(one for one in self.channels if one.bridge == channel.bridge and one.name != channel.name)


def _age(leg: str) -> float:
    """A number that is the smaller the newer the channel is."""
    epoch, _, count = leg.rpartition("-")[2].partition(".")
    try:
        return -float(epoch) - float(count) / 1e9
    except ValueError:
        return 0.0


def channels_of(events: Iterable[Message]) -> tuple[Channel, ...]:
    """Read the events of Status, which carry a phone's variables (manager.conf, ``channelvars``)."""
    found = []
    for event in events:
        if event.get("Event") != "Status":
            continue
        variables = dict(line.partition("=")[::2] for line in event.all("ChanVariable"))
        found.append(
            Channel(
                name=event.get("Channel"),
                leg=event.get("Uniqueid"),
                call_id=variables.get("HUIYIN_CALL_ID") or event.get("Linkedid"),
                agent=variables.get("HUIYIN_AGENT", ""),
                kind=variables.get("HUIYIN_LEG_KIND", ""),
                up=event.get("ChannelStateDesc") == _UP,
                bridge=event.get("BridgeID"),
                context=event.get("Context"),
            )
        )
    return tuple(found)
