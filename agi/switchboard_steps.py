"""What the switchboard can have Asterisk do: four actions of its manager interface, and nothing else (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field

Action = tuple[str, list[tuple[str, str]]]
RING_MS = 25_000


@dataclass(frozen=True)
class SetVariable:
    """Set a variable of a channel, for the context that it is sent to next."""

    channel: str
    name: str
    value: str

    def action(self) -> Action:
        """The name and the headers."""
        return "Setvar", [("Channel", self.channel), ("Variable", self.name), ("Value", self.value)]


@dataclass(frozen=True)
class Move:
    """Send a channel to a place in the dialplan, and a second one at the same instant."""

    channel: str
    context: str
    exten: str = "s"
    also: tuple[str, str, str] | None = None
    """(channel, context, exten) of the second"""

    def action(self) -> Action:
        """The name and the headers."""
        fields = [("Channel", self.channel), ("Context", self.context), ("Exten", self.exten), ("Priority", "1")]
        if self.also:
            channel, context, exten = self.also
            fields += [
                ("ExtraChannel", channel), ("ExtraContext", context), ("ExtraExten", exten), ("ExtraPriority", "1"),
            ]  # fmt: skip
        return "Redirect", fields


@dataclass(frozen=True)
class Ring:
    """Ring a phone. ``kind``: a LegKind; ``purpose``: where it goes when it is lifted (context ``lifted``)."""

    phone: str
    kind: str
    purpose: str
    call_id: str
    shown: str = ""
    """what the phone shows as the caller's name"""
    shown_number: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    """for the phone's channel, without their prefix"""
    new_call: bool = False
    """this makes the call: ``call_id`` becomes Asterisk's, too"""

    def action(self) -> Action:
        """The name and the headers."""
        ring = {
            "TARGET_PHONE": self.phone, "RING_KIND": self.kind, "RING_FOR": self.purpose, "SHOWN": self.shown,
            "SHOWN_NUMBER": self.shown_number,
        }  # fmt: skip
        phone = {"CALL_ID": self.call_id, **self.variables}
        own_id = [("ChannelId", self.call_id), ("OtherChannelId", f"{self.call_id}-ring")] if self.new_call else []
        return "Originate", [
            ("Channel", "Local/s@ring/n"), ("Application", "Wait"), ("Data", "1"), ("Async", "true"),
            ("Timeout", str(RING_MS)), *own_id,
            *(("Variable", f"HUIYIN_{name}={value}") for name, value in ring.items()),
            *(("Variable", f"_HUIYIN_{name}={value}") for name, value in phone.items()),
        ]  # fmt: skip


@dataclass(frozen=True)
class Record:
    """Record what one channel says, from a channel inside the exchange that listens to it."""

    call_id: str
    leg: str
    agent: str

    def action(self) -> Action:
        """The name and the headers."""
        variables = {"HUIYIN_CALL_ID": self.call_id, "HUIYIN_TARGET_LEG": self.leg, "HUIYIN_TARGET": self.agent}
        return "Originate", [
            ("Channel", "Local/s@leg-recorder/n"), ("Application", "Wait"), ("Data", "86400"), ("Async", "true"),
            ("Timeout", "5000"), *(("Variable", f"{name}={value}") for name, value in variables.items()),
        ]  # fmt: skip


@dataclass(frozen=True)
class HangUp:
    """End a channel; one that has ended by itself is no error."""

    channel: str

    def action(self) -> Action:
        """The name and the headers."""
        return "Hangup", [("Channel", self.channel), ("Cause", "16")]


Step = SetVariable | Move | Ring | Record | HangUp
