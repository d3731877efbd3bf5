"""Digit to next prompt: from the last RFC 4733 packet of a digit to the first packet of the prompt that answers it."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import Any

from bench.ivr_bed import Bed, byte_of
from ops.sip.agent import UserAgent
from ops.sip.call import Call
from ops.sip.script import CallScript, Keys, Wait

_EVENT = 101
"""RTP payload type of RFC 4733 events; see ops.sip."""


class _Ear:
    """Notes when the last packet of a digit was sent and when the first of a prompt came."""

    def __init__(self, call: Call, wanted: int) -> None:
        self._call, self._wanted, self._socket = call, wanted, call.media
        self._received = call.received
        self.sent = self.answered = 0.0
        call.received = self.received  # type: ignore[method-assign]  # a measuring point in a running call
        call.media = self  # type: ignore[assignment]  # the same, on the way out

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    def sendto(self, packet: bytes, address: tuple[str, int]) -> int:
        if packet[1] & 0x7F == _EVENT and packet[13] & 0x80 and not self.sent:
            self.sent = time.monotonic()
        return self._socket.sendto(packet, address)

    def received(self, packet: bytes, now: float) -> None:
        if not self.answered and self.sent and packet[1] & 0x7F == 8 and packet[12:].count(self._wanted) > 80:
            self.answered = time.monotonic()
        self._received(packet, now)


def measure(bed: Bed, number: str, calls: int) -> list[float]:
    """Milliseconds of each call, eight at once; a call without an answer raises RuntimeError."""
    found: list[float] = []
    with UserAgent(("127.0.0.1", bed.settings.sip_port)) as agent:
        while len(found) < calls:
            ears = []
            for _ in range(8):
                script = CallScript(number, (Wait(0.5), Keys("4"), Wait(0.6)), codecs=("alaw",))
                call = agent.call(script)
                ears.append((call, _Ear(call, byte_of("menu_complaint"))))
            for call, ear in ears:
                call.wait(20)
                with contextlib.suppress(OSError):
                    ear._socket.shutdown(socket.SHUT_RDWR)  # noqa: SLF001  (ours)
                if not (ear.sent and ear.answered):
                    raise RuntimeError(f"call to {number}: the prompt after the digit was not heard")
                found.append((ear.answered - ear.sent) * 1000)
    return sorted(found[:calls])
