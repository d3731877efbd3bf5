"""What a sender is given and what it answers: the port to mail servers and to providers of text messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from crm.domain.outbound import QuietHours


class LaterError(Exception):
    """Not now: the server is away, or asks for patience. ``detail`` is what it said."""

    def __init__(self, why: str, detail: Mapping[str, str] | None = None) -> None:
        super().__init__(why)
        self.detail = dict(detail or {})


class RefusedError(Exception):
    """Not at all: another try would end the same. ``detail`` is what the server said."""

    def __init__(self, why: str, detail: Mapping[str, str] | None = None) -> None:
        super().__init__(why)
        self.detail = dict(detail or {})


@dataclass(frozen=True)
class File:
    """Something that goes with a mail."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Outgoing:
    """A message to be given to somebody. ``reference`` is the same at every try."""

    reference: str
    to: str
    subject: str
    body: str
    at: datetime
    files: Sequence[File] = ()
    ticket_number: str = ""


@dataclass(frozen=True)
class Accepted:
    """Somebody took it. ``provider_id``: his own number of it, where he gave one."""

    detail: Mapping[str, str]
    provider_id: str | None = None


class Sender(Protocol):
    """A way out of the house."""

    def send(self, message: Outgoing) -> Accepted:
        """Give the message to the other side. Raises LaterError, RefusedError."""


@dataclass(frozen=True)
class Senders:
    """The ways out of an installation; a channel without one waits until it is set up."""

    by_channel: Mapping[str, Sender] = field(default_factory=dict)
    quiet: QuietHours = QuietHours()  # noqa: RUF009  (frozen)
    zone: ZoneInfo = ZoneInfo("Asia/Shanghai")  # noqa: RUF009  (frozen)
