"""One scripted call: its sound and its steps. Driven by ``ops.sip.agent`` every 20 ms."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from itertools import repeat

from ops.sip import g711, messages, rtp, sound
from ops.sip.dialog import Dialog, Phase
from ops.sip.g711 import Codec, Samples
from ops.sip.script import (
    CallResult,
    CallScript,
    Ending,
    HangUp,
    Keys,
    Mark,
    Speak,
    Step,
    Wait,
    WaitHangUp,
    WaitQuiet,
    WaitSound,
    WaitTone,
)

_CODECS: dict[int, Codec] = {number: codec for codec, number in g711.PAYLOAD_TYPES.items()}
_LATE = 0.06
"""Sound that comes this much later than it should was preceded by silence."""
_RING = 3200
"""Of a caller who keeps nothing the last 0.4 s stay, for the ear of the steps."""


class Call:
    """A call that was placed. Its methods may be used from any thread."""

    def __init__(self, script: CallScript, dialog: Dialog, media: socket.socket) -> None:
        self.script = script
        self.dialog = dialog
        self.media = media
        self.keys = ""
        """The keys that the other side has pressed."""
        self.finished = threading.Event()
        self.answered = threading.Event()
        self._leave = threading.Event()
        self._steps: deque[Step] = deque(script.steps)
        self._play = self._perform()
        self._heard = bytearray()
        self._dropped = 0
        self._key_at: int | None = None
        self._codec: Codec = "alaw"
        self._to_send: deque[list[bytes]] = deque()
        self._speech: deque[bytes] = deque()
        self._stream = rtp.Stream(secrets.randbits(32), secrets.randbits(16), secrets.randbits(31))
        self._marks: list[tuple[str, float]] = []
        self._failure: str | None = None
        self.started = time.monotonic()
        self._answered_at: float | None = None
        self._ended_at = 0.0
        self._now = self.started

    # What a test or a command does with a call.

    def do(self, *steps: Step) -> None:
        """Add steps to a call whose script stays."""
        self._steps.extend(steps)

    def hang_up(self) -> None:
        """End the call now, whatever step it is at."""
        self._leave.set()

    def wait(self, timeout: float) -> CallResult:
        """The result, once the call is over. Raises TimeoutError."""
        if not self.finished.wait(timeout):
            raise TimeoutError(f"the call is still {self.dialog.phase} after {timeout} s")
        return self.result()

    def result(self) -> CallResult:
        """What is known so far."""
        return CallResult(
            call_id=self.dialog.call_id,
            statuses=tuple(self.dialog.statuses),
            answered_after=None if self._answered_at is None else self._answered_at - self.started,
            ended_after=self._ended_at - self.started,
            ending=self._ending(),
            failure=self._failure,
            heard=self.heard(),
            marks=tuple(self._marks),
        )

    def heard(self, last: float | None = None) -> Samples:
        """What was heard so far, or in the last seconds of it."""
        data = bytes(self._heard if last is None else self._heard[-round(last * sound.RATE) :])
        return g711.decode(data, self._codec)

    @property
    def heard_seconds(self) -> float:
        """How far the sound of the line has come since the answer."""
        return (self._dropped + len(self._heard)) / sound.RATE

    # What the agent does with it.

    def received(self, packet: bytes, now: float) -> None:
        """Take a packet of sound."""
        content = rtp.read(packet)
        if content is not None and content[0] == messages.KEYS:
            self._key_received(packet)
        if content is None or self._answered_at is None or content[0] not in _CODECS:
            return
        self._codec = _CODECS[content[0]]
        self._catch_up(now)
        self._heard += content[1]
        if not self.script.keeps_sound and len(self._heard) > 2 * _RING:
            self._dropped += len(self._heard) - _RING
            del self._heard[:-_RING]

    def tick(self, now: float) -> None:
        """Live for 20 ms."""
        self._now = now
        if self._leave.is_set():
            self._leave.clear()
            self.dialog.hang_up(now)
        self.dialog.tick(now)
        if self.dialog.phase is Phase.UP:
            if self._answered_at is None:
                self._answered_at = now
                self.answered.set()
            self._catch_up(now)
            next(self._play, None)
            self._send_sound()
        if self.dialog.phase is Phase.OVER:
            self._ended_at = now
            self.finished.set()

    def _key_received(self, packet: bytes) -> None:
        """Note a key at the first of its packets that arrives."""
        found = rtp.read_key(packet)
        if found is not None and found[0] != self._key_at:
            self._key_at = found[0]
            self.keys += found[1]

    def _catch_up(self, now: float) -> None:
        """A line on which nothing is sent is silent."""
        if self._answered_at is None:
            return
        missing = int((now - self._answered_at - _LATE) * sound.RATE) - self._dropped - len(self._heard)
        if missing > 0:
            self._heard += bytes([g711.SILENCE[self._codec]]) * missing

    def _send_sound(self) -> None:
        media = self.dialog.media
        if media is None:
            return
        if self._to_send:
            packets = self._to_send.popleft()
        elif self._speech or self.script.sends_sound:
            codec = _CODECS.get(media.payload_type, "alaw")
            payload = self._speech.popleft() if self._speech else bytes([g711.SILENCE[codec]]) * rtp.FRAME
            packets = [self._stream.sound(payload, media.payload_type)]
        else:
            self._stream.timestamp = self._stream.timestamp + rtp.FRAME & 0xFFFFFFFF
            return
        for packet in packets:
            try:
                self.media.sendto(packet, (media.host, media.port))
            except OSError:
                return

    # The steps, as a generator that lives 20 ms at a time.

    def _perform(self) -> Iterator[None]:
        while True:
            if self._steps:
                yield from self._step(self._steps.popleft())
                if self._failure:
                    self.dialog.hang_up(self._now)
                    return
            elif self.script.stay:
                yield
            else:
                self.dialog.hang_up(self._now)
                return

    def _step(self, step: Step) -> Iterator[None]:
        match step:
            case Keys():
                yield from self._press(step)
            case Speak(samples):
                yield from self._speak(samples)
            case Mark(name):
                self._marks.append((name, self._now - self.started))
            case HangUp():
                self.dialog.hang_up(self._now)
                yield
            case Wait(seconds):
                until = self._now + seconds
                while self._now < until:
                    yield
            case _:
                yield from self._until(step)

    def _until(self, step: WaitTone | WaitSound | WaitQuiet | WaitHangUp) -> Iterator[None]:
        failure, condition = self._awaited(step)
        until = self._now + step.timeout
        while not next(condition):
            if self._now > until:
                self._failure = failure
                return
            yield

    def _awaited(self, step: WaitTone | WaitSound | WaitQuiet | WaitHangUp) -> tuple[str, Iterator[bool]]:
        match step:
            case WaitTone():
                return "heard no tone", self._tone()
            case WaitSound():
                return "heard nothing", (not sound.is_quiet(window) for window in self._windows())
            case WaitQuiet():
                return "heard no silence", self._quiet(step.seconds)
            case WaitHangUp():
                return "was not hung up", repeat(False)

    def _press(self, step: Keys) -> Iterator[None]:
        media = self.dialog.media
        if media is None or media.events is None:
            self._failure = "the other side takes no keys"
            return
        for key in step.keys:
            self._to_send.extend(self._stream.key(key, max(2, round(step.tone * 50)), media.events))
            while self._to_send:
                yield
            yield from self._step(Wait(step.gap))

    def _speak(self, samples: Samples) -> Iterator[None]:
        codec = _CODECS.get(self.dialog.media.payload_type if self.dialog.media else 8, "alaw")
        data = g711.encode(samples, codec)
        data += bytes([g711.SILENCE[codec]]) * (-len(data) % rtp.FRAME)
        self._speech.extend(data[at : at + rtp.FRAME] for at in range(0, len(data), rtp.FRAME))
        while self._speech:
            yield

    def _windows(self) -> Iterator[Samples]:
        """The last 40 ms, again and again."""
        while True:
            yield self.heard(0.04)

    def _quiet(self, seconds: float) -> Iterator[bool]:
        since = self._now
        for window in self._windows():
            if not sound.is_quiet(window):
                since = self._now
            yield self._now - since >= seconds

    def _tone(self) -> Iterator[bool]:
        """Whether a tone has ended in what came since the last look, 20 ms by 20 ms."""
        detector = sound.ToneDetector()
        at = self._dropped + len(self._heard)
        while True:
            ended = False
            while at + sound.HOP <= self._dropped + len(self._heard):
                at += sound.HOP
                end = at - self._dropped
                window = bytes(self._heard[max(end - 2 * sound.HOP, 0) : end])
                ended = detector.hear(g711.decode(window, self._codec)) or ended
            yield ended

    def _ending(self) -> Ending:
        if self.dialog.ended_by_them:
            return Ending.THEIRS
        if self.dialog.unanswered:
            return Ending.SILENT
        return Ending.REFUSED if self._answered_at is None and self.dialog.statuses else Ending.OURS
