"""SIP messages as text: building requests and answers, reading what comes back, the session descriptions."""

from __future__ import annotations

import re
from dataclasses import dataclass

KEYS = 101
"""Our payload type of keys as named events."""
_COMPACT = {
    "v": "via",
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "l": "content-length",
    "c": "content-type",
}


@dataclass(frozen=True)
class Message:
    """One SIP request or answer. Header names are in lower case; several of one name keep their order."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: str = ""

    def get(self, name: str) -> str:
        """The first header of that name, or an empty text."""
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name: str) -> list[str]:
        """Every header of that name."""
        return [value for key, value in self.headers if key == name]

    @property
    def status(self) -> int:
        """The status of an answer, 0 for a request."""
        match = re.match(r"SIP/2\.0 (\d{3})", self.start)
        return int(match[1]) if match else 0

    @property
    def method(self) -> str:
        """The method of a request, or the one that an answer belongs to."""
        return self.get("cseq").rpartition(" ")[2] if self.status else self.start.partition(" ")[0]

    @property
    def sequence(self) -> int:
        """The number in CSeq."""
        number = self.get("cseq").partition(" ")[0]
        return int(number) if number.isdigit() else 0

    @property
    def branch(self) -> str:
        """The branch of the topmost Via."""
        match = re.search(r";\s*branch=([^;,\s]+)", self.get("via"))
        return match[1] if match else ""

    def to_bytes(self) -> bytes:
        """What goes over the wire."""
        body = self.body.encode()
        lines = [self.start, *(f"{_title(name)}: {value}" for name, value in self.headers)]
        lines += [f"Content-Length: {len(body)}", "", ""]
        return "\r\n".join(lines).encode() + body


def parse(data: bytes) -> Message:
    """Read one message. Raises ValueError for what is none."""
    head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
    lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
    headers = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError("a header line without a colon")
        key = name.strip().lower()
        headers.append((_COMPACT.get(key, key), value.strip()))
    message = Message(lines[0], tuple(headers), body)
    if not message.get("call-id") or not message.get("cseq"):
        raise ValueError("not a SIP message: Call-ID and CSeq are missing")
    return message


def answer(request: Message, status: int, reason: str, contact: str = "", body: str = "", own_tag: str = "") -> Message:
    """The answer to a request. ``own_tag`` is what we add to a To that has no tag yet."""
    headers = [("via", via) for via in request.all("via")]
    headers += [(name, request.get(name)) for name in ("from", "to", "call-id", "cseq")]
    if own_tag and not tag(request.get("to")):
        headers = [(name, f"{value};tag={own_tag}" if name == "to" else value) for name, value in headers]
    headers += [("record-route", route) for route in request.all("record-route")]
    if contact:
        headers.append(("contact", f"<{contact}>"))
    if body:
        headers.append(("content-type", "application/sdp"))
    return Message(f"SIP/2.0 {status} {reason}", tuple(headers), body)


def describe_session(host: str, port: int, payload_types: tuple[int, ...], session: int) -> str:
    """Our side of the sound: codecs in our order of preference, and keys as events (RFC 4733)."""
    names = {0: "PCMU/8000", 8: "PCMA/8000", 9: "G722/8000"}
    lines = [
        "v=0", f"o=- {session} {session} IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0",
        f"m=audio {port} RTP/AVP {' '.join(map(str, payload_types))} {KEYS}",
        *(f"a=rtpmap:{number} {names[number]}" for number in payload_types),
        f"a=rtpmap:{KEYS} telephone-event/8000", f"a=fmtp:{KEYS} 0-15", "a=ptime:20", "a=sendrecv",
    ]  # fmt: skip
    return "\r\n".join([*lines, ""])


def change_direction(session: str, direction: str) -> str:
    """The same description, one version later, with the sound going ``sendrecv``, ``sendonly`` and so on."""
    later = re.sub(r"^(o=\S+ \S+ )(\d+)", lambda found: f"{found[1]}{int(found[2]) + 1}", session, flags=re.MULTILINE)
    return re.sub(r"^a=(sendrecv|sendonly|recvonly|inactive)", f"a={direction}", later, flags=re.MULTILINE)


@dataclass(frozen=True)
class RemoteMedia:
    """Where the other side wants the sound, and how."""

    host: str
    port: int
    payload_type: int
    events: int | None
    """Payload type of keys, None when it takes none."""


def read_session(body: str) -> RemoteMedia:
    """The other side's session description. Raises ValueError when it has no sound."""
    media = re.search(r"^m=audio (\d+) \S+ ([\d ]+)", body, re.MULTILINE)
    host = re.search(r"^c=IN IP4 (\S+)", body, re.MULTILINE)
    if not media or not host:
        raise ValueError("the session description has no sound")
    events = re.search(r"^a=rtpmap:(\d+) telephone-event/8000", body, re.MULTILINE | re.IGNORECASE)
    types = [int(number) for number in media[2].split()]
    key_type = int(events[1]) if events else None
    sound = next((number for number in types if number != key_type), types[0])
    return RemoteMedia(host[1], int(media[1]), sound, key_type)


def tag(header: str) -> str:
    """The tag of a From or To header."""
    match = re.search(r";\s*tag=([^;,\s>]+)", header)
    return match[1] if match else ""


def user_of(header: str) -> str:
    """The user part of the address in a header."""
    match = re.search(r"sips?:([^@;>\s]+)@", header)
    return match[1] if match else ""


def contact_uri(header: str) -> str:
    """The address in a Contact header."""
    match = re.search(r"<([^>]+)>", header)
    return match[1] if match else header.partition(";")[0].strip()


def _title(name: str) -> str:
    return {"call-id": "Call-ID", "cseq": "CSeq"}.get(name, "-".join(part.capitalize() for part in name.split("-")))
