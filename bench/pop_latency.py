"""The screen-pop: from the INVITE that Asterisk sends to an agent's phone to the event in the browser's socket.

500 calls through the menu to five agents with desk phones, several at once. Both times are the kernel's: when the
INVITE reached the phone's socket, and when the event reached the socket of a client of the event stream; what lies
between the socket and our program, which also carries the callers and the phones, is no part of the figure. Every
ring must bring one card to its own agent's stream and none to another's. Beside it, in one run: the same calls with
200 event streams open, half of which nobody reads.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import socket
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.agents_bed import Floor, floor
from bench.figures import Figure
from bench.installation import Installation, installation, wait_until
from crm.domain.access import Role
from crm.services import users
from ops.sip import messages
from ops.sip.agent import UserAgent
from ops.sip.call import Call
from ops.sip.phone import DeskPhone, PhoneCall
from ops.sip.script import CallScript, HangUp, Keys, Wait, WaitHangUp, WaitSound

CALLS = 500
AGENTS = 5
AT_ONCE = 12
STREAMS = 200
_TIMESTAMPS = 35
"""SO_TIMESTAMPNS: the kernel says when each packet came."""
_STREAMS_EACH = 4


class TimedPhone(DeskPhone):
    """A desk phone that knows when each INVITE reached its socket: call id → epoch."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invited: list[tuple[str, float]] = []
        self._signalling.setsockopt(socket.SOL_SOCKET, _TIMESTAMPS, 1)

    def _read(self, key: Any) -> None:
        if key.data is not None:
            super()._read(key)
            return
        while True:
            try:
                data, extra, _, _ = self._signalling.recvmsg(65_536, 64)
            except OSError:
                return
            if data.startswith(b"INVITE "):
                self._note(data, extra)
            self._signalled(data, time.monotonic())

    def _note(self, data: bytes, extra: list[tuple[int, int, bytes]]) -> None:
        with contextlib.suppress(ValueError):
            call_id = messages.parse(data).get("x-call-id")
            if call_id and (not self.invited or self.invited[-1][0] != call_id):
                self.invited.append((call_id, _came_at(extra)))


def _came_at(extra: list[tuple[int, int, bytes]]) -> float:
    """The epoch at which the kernel had what was just read (of several packets: the last)."""
    value = next(value for level, kind, value in extra if (level, kind) == (socket.SOL_SOCKET, _TIMESTAMPS))
    seconds, nanoseconds = struct.unpack("@qq", value[:16])
    return float(seconds + nanoseconds / 1e9)


@dataclass
class Stream:
    """A client of the event stream. ``pops``: call id and epoch at which its event reached the socket."""

    port: int
    token: str
    reads: bool = True
    pops: list[tuple[str, float]] = field(default_factory=list)
    line: socket.socket | None = None
    _closed: bool = False
    _last: str = ""
    _retry: float = 2.0

    def open(self) -> None:
        """Connect; whoever reads does so in a thread of its own, and comes back when the stream has lived its time."""
        self.line = self._connect()
        if self.reads:
            threading.Thread(target=self._stay, daemon=True).start()

    def close(self) -> None:
        """Hang up."""
        self._closed = True
        if self.line:
            with contextlib.suppress(OSError):
                self.line.shutdown(socket.SHUT_RDWR)
            self.line.close()

    def _connect(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self.port), 10)
        made.setsockopt(socket.SOL_SOCKET, _TIMESTAMPS, 1)
        if not self.reads:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        seen = f"Last-Event-ID: {self._last}\r\n" if self._last else ""
        # A browser sees where an answer ends; here its end is the end of the line, which must not be kept for another.
        request = "GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        made.sendall(f"{request}Authorization: Bearer {self.token}\r\n{seen}\r\n".encode())
        made.settimeout(None)
        return made

    def _stay(self) -> None:
        while not self._closed:
            with contextlib.suppress(OSError):
                self._read(self.line or self._connect())
            if not self._closed:
                time.sleep(self._retry)
                with contextlib.suppress(OSError):
                    self.line = self._connect()

    def _read(self, made: socket.socket) -> None:
        rest = b""
        while (came := made.recvmsg(65_536, 64))[0]:
            *frames, rest = (rest + came[0]).split(b"\n\n")
            for frame in frames:
                self._take(frame, came[1])

    def _take(self, frame: bytes, extra: list[tuple[int, int, bytes]]) -> None:
        for line in frame.split(b"\n"):
            name, _, value = line.rstrip(b"\r").partition(b": ")
            if name == b"id":
                self._last = value.decode()
            elif name == b"retry":
                self._retry = int(value) / 1000
            elif name == b"data" and b"event: pop\n" in frame:
                self.pops.append((str(json.loads(value)["call_id"]), _came_at(extra)))


@dataclass
class Measured:
    """What one block of calls showed, in milliseconds; ``answered``: from a caller's INVITE to its answer."""

    pops: list[float]
    answered: list[float]
    wrong: list[str]


def run(calls: int = CALLS, streams: int = STREAMS) -> list[Figure]:
    """Measure in an installation of its own."""
    with tempfile.TemporaryDirectory(prefix="huiyin-bench-") as folder, installation(Path(folder) / "home") as house:
        house.run("stop", "asr")
        with floor(house, AGENTS, ring=10, wrap_up=0, phone_class=TimedPhone) as here, _desks(here) as desks:
            measure(here, desks, 10, 1)  # everything has been used once
            alone = measure(here, desks, calls, 2)
            crowded = [measure(here, desks, 60, 3)]
            with _crowd(here, streams):
                loaded = [measure(here, desks, 60, 4)]
            crowded.append(measure(here, desks, 60, 5))
            with _crowd(here, streams):
                loaded.append(measure(here, desks, 60, 6))
    wrong = [one for block in (alone, *crowded, *loaded) for one in block.wrong]
    if wrong:
        sys.exit("cards on the wrong screen, or none:\n" + "\n".join(wrong[:20]))
    return [*_latency(alone), *_harm(crowded, loaded)]


def _latency(alone: Measured) -> list[Figure]:
    pops = sorted(alone.pops)
    beside = f"{len(pops)} rings at {AGENTS} agents, {AT_ONCE} calls at once"
    spread = (pops[0], pops[-1])
    return [
        Figure("pop_socket_p50_ms", _at(pops, 0.5), "ms", beside, len(pops), spread),
        Figure("pop_socket_p99_ms", _at(pops, 0.99), "ms", beside, len(pops), spread),
    ]


def _harm(without: list[Measured], crowded: list[Measured]) -> list[Figure]:
    beside = f"{STREAMS} event streams, half of them not read, beside none"
    figures = []
    for name, values in (("answered", "answered"), ("pop", "pops")):
        ratios = [
            _at(sorted(getattr(many, values)), 0.5) / _at(sorted(getattr(few, values)), 0.5)
            for few, many in zip(without, crowded, strict=True)
        ]
        label = "streams_call_answered_ratio" if name == "answered" else "streams_pop_ratio"
        middle = sum(ratios) / len(ratios)
        figures.append(Figure(label, middle, "ratio", beside, len(ratios), (min(ratios), max(ratios))))
    return figures


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


@contextlib.contextmanager
def _desks(here: Floor) -> Iterator[dict[str, Stream]]:
    """Each agent's event stream."""
    port = int(here.house.environment["HUIYIN_WEB_PORT"])
    desks = {name: Stream(port, here.house.token(name)) for name in here.phones}
    for desk in desks.values():
        desk.open()
    wait_until("the streams are open", lambda: _streams(here.house) >= len(desks), 20)
    try:
        yield desks
    finally:
        for desk in desks.values():
            desk.close()


def _streams(house: Installation) -> int:
    """How many event streams the web process says it has."""
    connection = http.client.HTTPConnection("127.0.0.1", int(house.environment["HUIYIN_WEB_PORT"]), timeout=10)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    lines = [line for line in text.splitlines() if line.startswith("huiyin_event_streams ")]
    return int(float(lines[0].split()[1])) if lines else 0


@contextlib.contextmanager
def _crowd(here: Floor, streams: int) -> Iterator[None]:
    """Supervisors' screens, every second of which is frozen."""
    now = datetime.now(UTC)
    mark = f"{random.getrandbits(24):06x}"
    with here.database.write() as session:
        tokens = []
        for number in range(streams // _STREAMS_EACH):
            name = f"watcher-{mark}-{number}"
            users.create_user(
                session, username=name, roles=frozenset({Role.SM}), password_hash=None, by="bench", now=now
            )
            tokens.append(users.create_token(session, by="bench", now=now, username=name))
    port = int(here.house.environment["HUIYIN_WEB_PORT"])
    crowd = [Stream(port, token, reads=each % 2 == 0) for token in tokens for each in range(_STREAMS_EACH)]
    before = _streams(here.house)
    for one in crowd:
        one.open()
    wait_until("all screens are there", lambda: _streams(here.house) >= before + 0.9 * len(crowd), 30)
    try:
        yield
    finally:
        for one in crowd:
            one.close()
        wait_until("the screens are gone", lambda: _streams(here.house) <= before, 60)


def measure(here: Floor, desks: dict[str, Stream], calls: int, seed: int) -> Measured:
    """So many calls; each is answered after a moment and ended by its agent."""
    for desk in desks.values():
        desk.pops.clear()
    phones = {name: phone for name, phone in here.phones.items() if isinstance(phone, TimedPhone)}
    for phone in phones.values():
        phone.invited.clear()
    stop = threading.Event()
    robots = [threading.Thread(target=_robot, args=(phone, stop), daemon=True) for phone in phones.values()]
    for robot in robots:
        robot.start()
    placed = _place(here, calls, random.Random(seed))
    stop.set()
    for robot in robots:
        robot.join(20)
    rings = sum(len(phone.invited) for phone in phones.values())
    with contextlib.suppress(AssertionError):  # which one is missing is said below
        wait_until("every card has come", lambda: sum(len(desk.pops) for desk in desks.values()) >= rings, 30)
    return _judge(phones, desks, placed)


def _judge(phones: dict[str, TimedPhone], desks: dict[str, Stream], placed: list[Call]) -> Measured:
    times, wrong = [], []
    for name, phone in phones.items():
        invited, shown = dict(phone.invited), dict(desks[name].pops)
        wrong += [
            f"{name} was shown {call_id}, which did not ring there" for call_id in shown if call_id not in invited
        ]
        wrong += [f"{name} was not shown {call_id}" for call_id in invited if call_id not in shown]
        times += [(shown[call_id] - at) * 1000 for call_id, at in invited.items() if call_id in shown]
    answered = [1000 * after for call in placed if (after := call.result().answered_after) is not None]
    return Measured(times, answered, wrong)


def _robot(phone: TimedPhone, stop: threading.Event) -> None:
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            _serve(phone.wait_ring(0.2))


def _serve(call: PhoneCall) -> None:
    time.sleep(0.1)
    if not call.over:
        call.answer()
        time.sleep(0.3)
        call.hang_up()
        call.wait_over(10)


def _place(here: Floor, calls: int, rng: random.Random) -> list[Call]:
    placed: list[Call] = []
    steps = (WaitSound(), Keys("0"), Wait(45), HangUp(), WaitHangUp())
    with UserAgent(("127.0.0.1", here.settings.sip_port)) as caller:
        for number in range(calls):
            while sum(1 for call in placed[-4 * AT_ONCE :] if not call.finished.is_set()) >= AT_ONCE:
                time.sleep(0.02)
            script = CallScript(here.settings.hotline, steps, caller=f"136{rng.randrange(10**8):08}", keeps_sound=False)
            placed.append(caller.call(script))
            time.sleep(rng.uniform(0.05, 0.3) if number else 0.0)
        for call in placed:
            call.wait(90)
    return placed
