"""RTP: packets of sound, and keys as named events (RFC 4733)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

FRAME = 160
"""Samples of 20 ms."""
_HEADER = struct.Struct("!BBHII")
_KEYS = {key: number for number, key in enumerate("0123456789*#ABCD")}


@dataclass
class Stream:
    """What we send: its numbering."""

    ssrc: int
    sequence: int
    timestamp: int
    marker: bool = True

    def sound(self, payload: bytes, payload_type: int) -> bytes:
        """The next 20 ms."""
        packet = self._packet(payload, payload_type, self.timestamp, marker=self.marker)
        self.marker = False
        self.timestamp = self.timestamp + FRAME & 0xFFFFFFFF
        return packet

    def key(self, key: str, frames: int, payload_type: int) -> Iterator[list[bytes]]:
        """One key, pressed for ``frames`` times 20 ms: what to send in each of them. The end is sent thrice."""
        start, number = self.timestamp, _KEYS[key]
        for frame in range(1, frames + 1):
            self.timestamp = self.timestamp + FRAME & 0xFFFFFFFF
            last = frame == frames
            event = struct.pack("!BBH", number, (0x80 if last else 0) | 10, frame * FRAME)
            yield [
                self._packet(event, payload_type, start, marker=frame == 1 and copy == 0)
                for copy in range(3 if last else 1)
            ]
        self.marker = True

    def _packet(self, payload: bytes, payload_type: int, timestamp: int, *, marker: bool) -> bytes:
        head = _HEADER.pack(0x80, payload_type | (0x80 if marker else 0), self.sequence, timestamp, self.ssrc)
        self.sequence = self.sequence + 1 & 0xFFFF
        return head + payload


def read_key(packet: bytes) -> tuple[int, str] | None:
    """(when it was pressed, key) of a packet that carries a key; all packets of one key have the same time."""
    content = read(packet)
    if content is None or len(content[1]) < 4:
        return None
    key = {number: key for key, number in _KEYS.items()}.get(content[1][0])
    return None if key is None else (int.from_bytes(packet[4:8]), key)


def read(packet: bytes) -> tuple[int, bytes] | None:
    """(payload type, payload) of an RTP packet, None for what is none."""
    if len(packet) < 12 or packet[0] >> 6 != 2:
        return None
    start = 12 + 4 * (packet[0] & 0x0F)
    if packet[0] & 0x10:
        if len(packet) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(packet[start + 2 : start + 4])
    padding = packet[-1] if packet[0] & 0x20 else 0
    return packet[1] & 0x7F, packet[start : len(packet) - padding]
