"""The FastAGI server: kept threads that each accept, serve one call and accept again.

Sessions are bounded: what comes beyond the limit is closed at once, which the dialplan answers with its
fallback, instead of being kept waiting. Some spare threads answer the watchdog's question and close what is too
much, also when every session is taken. A call's end is one log line without digits, names or numbers.
"""

from __future__ import annotations

import json
import secrets
import socket
import struct
import threading
import time
from contextlib import suppress

import structlog

from agi.asterisk_door import AsteriskDoor, AsteriskSilentError, CallerHungUp
from agi.journal import Journal
from agi.runner import Call, CallRunner, House
from agi.scripts import SCRIPTS, BadRequest, arguments_of, call_of, opening, script_of

log = structlog.get_logger()

HEALTH = b"health"
BACKLOG = 512
SPARE_THREADS = 8
FIRST_LINE_SECONDS = 5
STOP_SECONDS = 3.0
HELD_SECONDS = 3.0
"""Longer than a look-up, a wait for a file to close and a few fsyncs may take."""
_STACK_BYTES = 512 * 1024


class AgiServer:
    """Serves calls on one address. ``house.stopping`` is set when it stops."""

    def __init__(self, house: House, address: tuple[str, int], max_sessions: int) -> None:
        self._house = house
        self._max_sessions = max_sessions
        self._instance = secrets.token_hex(8)
        self._lock = threading.Lock()
        self._sessions: dict[socket.socket, AsteriskDoor | None] = {}
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._listener = socket.create_server(address, backlog=BACKLOG)

    @property
    def port(self) -> int:
        """The port that the server listens on."""
        return int(self._listener.getsockname()[1])

    def start(self) -> None:
        """Begin to serve, in threads of its own."""
        threading.stack_size(_STACK_BYTES)
        with self._lock:
            self._grow()
        log.info("serving calls", port=self.port, instance=self._instance, max_sessions=self._max_sessions)

    def stop(self) -> None:
        """Serve no more: the calls in hand go to the dialplan's fallback."""
        self._house.stopping.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the threads that accept
        self._listener.close()
        with self._lock:
            connections = list(self._sessions)
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        end = time.monotonic() + STOP_SECONDS
        for thread in list(self._threads):
            thread.join(max(0.0, end - time.monotonic()))
        log.info("stopped", calls_moved_on=len(connections))

    def _grow(self) -> None:
        """Have enough idle threads; the lock is held."""
        limit = self._max_sessions + SPARE_THREADS
        while self._idle < SPARE_THREADS and len(self._threads) < limit:
            thread = threading.Thread(target=self._work, name=f"call-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            self._idle += 1
            thread.start()

    def _work(self) -> None:
        while not self._house.stopping.is_set():
            try:
                connection, _address = self._listener.accept()
            except OSError:
                if self._house.stopping.is_set():
                    return
                time.sleep(0.05)  # out of file descriptors, say: the calls in hand will give some back
                continue
            with self._lock:
                self._idle -= 1
                self._grow()
            try:
                with connection:
                    self._serve(connection)
            except Exception:
                log.exception("a connection failed")
            finally:
                with self._lock:
                    self._idle += 1

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", FIRST_LINE_SECONDS, 0))
        try:
            received = connection.recv(8192)
        except OSError:
            return
        if received.startswith(HEALTH):
            with suppress(OSError):
                connection.sendall(self._health())
            return
        with self._lock:
            full = len(self._sessions) >= self._max_sessions or self._house.stopping.is_set()
            if not full:
                self._sessions[connection] = None
        if full:
            log.warning("refused: too many calls", max_sessions=self._max_sessions)
            return
        try:
            self._session(connection, received)
        finally:
            with self._lock:
                del self._sessions[connection]

    def _session(self, connection: socket.socket, received: bytes) -> None:
        try:
            door = AsteriskDoor(connection, received)
            self._sessions[connection] = door
            arguments = arguments_of(door.env)
            script = script_of(door.env)
            call = call_of(self._house, door.env, arguments)
        except CallerHungUp:
            return
        except BadRequest as error:
            log.warning("refused: bad request", why=str(error))
            return
        journal = Journal(self._house.spool / call.call_id, call.call_id, self._house.clock)
        try:
            runner = CallRunner(self._house, door, call, journal, opening(script, call))
            self._run(runner, script, call, arguments)
        finally:
            journal.close()

    def _run(self, runner: CallRunner, script: str, call: Call, arguments: dict[str, str]) -> None:
        began = time.monotonic()
        try:
            runner.run(SCRIPTS[script](self._house, call, arguments))
        except (CallerHungUp, AsteriskSilentError):
            runner.give_up()
        except Exception:
            runner.give_up()
            log.exception("the IVR failed", call_id=call.call_id, path=runner.path)
        log.info(
            "call",
            call_id=call.call_id,
            script=script,
            language=call.language,
            outcome=runner.outcome,
            path=runner.path,
            seconds=round(time.monotonic() - began, 2),
        )

    def _health(self) -> bytes:
        """Who is served. A call that we keep waiting for long (a disk that hangs, say) counts as not served."""
        now = time.monotonic()
        with self._lock:
            doors = [door for door in self._sessions.values() if door]
        channels = [
            door.env.get("agi_uniqueid", "")
            for door in doors
            if (since := door.held_since) is None or now - since < HELD_SECONDS
        ]
        return json.dumps({"instance": self._instance, "channels": channels}).encode() + b"\n"
