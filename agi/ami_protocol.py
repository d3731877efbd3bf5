"""The Asterisk Manager Interface as bytes: encoding actions, cutting what comes back into messages (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

MAX_MESSAGE = 1 << 20
"""Bytes without an end of message after which the other side is no manager interface."""
_KEY = re.compile(r"\A[A-Za-z][A-Za-z0-9-]{0,63}\Z")
_FORBIDDEN = re.compile(r"[\r\n\0]")
MAX_VALUE = 4096

Fields = Iterable[tuple[str, str]]


class AmiError(Exception):
    """The manager interface did not do what was asked."""


class ProtocolError(AmiError):
    """What came is not the manager interface's language."""


@dataclass(frozen=True)
class Message:
    """A response or an event: headers in their order; a name may stand more than once (ChanVariable)."""

    headers: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        """The first header of that name in any case, or an empty text."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")

    def all(self, name: str) -> list[str]:
        """Every header of that name."""
        wanted = name.lower()
        return [value for key, value in self.headers if key.lower() == wanted]


def encode(action: str, action_id: str, fields: Fields = ()) -> bytes:
    """One action. Raises ValueError for a name or value that could become a second header or action."""
    lines = []
    for key, value in (("Action", action), ("ActionID", action_id), *fields):
        if not _KEY.match(key):
            raise ValueError(f"not a header's name: {key!r}")
        if _FORBIDDEN.search(value) or len(value) > MAX_VALUE:
            raise ValueError(f"header {key} has a value that must not be sent")
        lines.append(f"{key}: {value}\r\n")
    return ("".join(lines) + "\r\n").encode()


class Parser:
    """Cuts the stream into messages, wherever the network cut it."""

    def __init__(self) -> None:
        self._rest = b""
        self._greeted = False

    def feed(self, data: bytes) -> list[Message]:
        """Take what was received. Raises ProtocolError for an endless message or another protocol."""
        self._rest += data
        if not self._greeted and not self._skip_banner():
            return []
        *blocks, self._rest = self._rest.split(b"\r\n\r\n")
        if len(self._rest) > MAX_MESSAGE:
            raise ProtocolError("a message has no end")
        return [_message(block) for block in blocks if block.strip()]

    def _skip_banner(self) -> bool:
        banner, found, rest = self._rest.partition(b"\r\n")
        if not found:
            if len(banner) > 256:
                raise ProtocolError("no banner of a manager interface")
            return False
        if not banner.startswith(b"Asterisk Call Manager/"):
            raise ProtocolError("no banner of a manager interface")
        self._rest, self._greeted = rest, True
        return True


def _message(block: bytes) -> Message:
    headers = []
    for line in block.decode("utf-8", "replace").split("\r\n"):
        key, colon, value = line.partition(":")
        if colon:
            headers.append((key.strip(), value.removeprefix(" ")))
    return Message(tuple(headers))
