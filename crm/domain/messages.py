"""Messages to customers and staff: their channels, their states, and what proves that one arrived (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MessageChannel(StrEnum):
    """The way a message goes out. Telephone and letter are work for a person; the others go by themselves."""

    EMAIL = "email"
    SMS = "sms"
    PHONE = "phone"
    LETTER = "letter"


class MessageState(StrEnum):
    """How a message stands."""

    QUEUED = "queued"
    """waits for its turn: for the mail server, for the provider, for the person who calls or posts it"""
    SENT = "sent"
    """a server, a provider or the post has taken it"""
    DELIVERED = "delivered"
    """the other side has it: told on the telephone, signed for, reported as delivered"""
    FAILED = "failed"
    """refused for good, bounced, given up"""
    CANCELLED = "cancelled"


BY_HAND = frozenset({MessageChannel.PHONE, MessageChannel.LETTER})
"""What a person carries out."""
PROVES: Mapping[MessageChannel, frozenset[MessageState]] = {
    MessageChannel.EMAIL: frozenset({MessageState.SENT, MessageState.DELIVERED}),
    MessageChannel.SMS: frozenset({MessageState.SENT, MessageState.DELIVERED}),
    MessageChannel.PHONE: frozenset({MessageState.DELIVERED}),
    MessageChannel.LETTER: frozenset({MessageState.DELIVERED}),
}
"""In which states a message counts as notice. A letter in the post is not with the customer yet."""
NEXT: Mapping[MessageState, frozenset[MessageState]] = {
    MessageState.QUEUED: frozenset(
        {MessageState.SENT, MessageState.DELIVERED, MessageState.FAILED, MessageState.CANCELLED}
    ),
    MessageState.SENT: frozenset({MessageState.DELIVERED, MessageState.FAILED}),
    MessageState.DELIVERED: frozenset(),
    MessageState.FAILED: frozenset({MessageState.QUEUED, MessageState.DELIVERED}),
    MessageState.CANCELLED: frozenset(),
}
"""What may follow. A failed message is sent again, or a late report says that it arrived after all."""


@dataclass(frozen=True)
class Proof:
    """Why a message counts as given. ``detail``: the server's words, the call's id, the number of the parcel."""

    channel: MessageChannel
    state: MessageState
    at: datetime
    detail: Mapping[str, str]


def proves(channel: str, state: str) -> bool:
    """Whether a message of this channel in this state is notice."""
    return MessageState(state) in PROVES[MessageChannel(channel)]


def first_channel(preferred: str | None, reachable: Mapping[str, bool]) -> MessageChannel | None:
    """The channel to try first: the customer's own wish where it can be used, else the next in the house's order.

    ``reachable``: channel → whether there is an address for it.
    """
    order = [MessageChannel.SMS, MessageChannel.EMAIL, MessageChannel.PHONE, MessageChannel.LETTER]
    if preferred in set(MessageChannel) and reachable.get(str(preferred)):
        return MessageChannel(str(preferred))
    return next((channel for channel in order if reachable.get(channel)), None)
