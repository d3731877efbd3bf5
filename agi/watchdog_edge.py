"""The watchdog's hands: asks the FastAGI server and Asterisk, and moves callers on."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from agi.ami_client import AmiClient
from agi.ami_protocol import AmiError, Message
from agi.watchdog import Answer, Decision, Health, IvrChannel, Watch, decide

INTERVAL = 0.5
HEALTH_DEADLINE = 1.5
_MAX_HEALTH = 1 << 20
_BACKOFF = (0.0, 0.2, 0.5, 1.0, 2.0)
IVR_CONTEXT = "ivr"
FALLBACK_CONTEXT = "fallback"
DOWN_VARIABLE = "HUIYIN_AGI_DOWN"

log = structlog.get_logger()


@dataclass(frozen=True)
class WatchdogConfig:
    """Where the two sides are, and the AMI operator's password."""

    agi_address: tuple[str, int]
    ami_address: tuple[str, int]
    username: str
    secret: str


def ask_health(address: tuple[str, int], deadline: float = HEALTH_DEADLINE) -> Health:
    """Ask the FastAGI server for its health: ``health``, and a line of JSON comes back."""
    until = time.monotonic() + deadline
    try:
        with socket.create_connection(address, deadline) as connection:
            connection.sendall(b"health\n")
            served = json.loads(_line(connection, until))["channels"]
            return Health(Answer.UP, frozenset(map(str, served)))
    except ConnectionRefusedError:
        return Health(Answer.DEAD)
    except (OSError, ValueError, KeyError, TypeError):
        return Health(Answer.SILENT)


def _line(connection: socket.socket, until: float) -> bytes:
    data = b""
    while b"\n" not in data and len(data) < _MAX_HEALTH:
        connection.settimeout(max(0.001, until - time.monotonic()))
        block = connection.recv(65536)
        if not block:
            break
        data += block
    return data


def with_ivr(events: list[Message]) -> tuple[IvrChannel, ...]:
    """The channels that are with the IVR, among the events of Status.

    The context counts beside the application: while the IVR has Asterisk run something (EXEC), the application
    is that one's name.
    """
    return tuple(
        IvrChannel(event.get("Channel"), event.get("Uniqueid"))
        for event in events
        if event.get("Application") == "AGI" or event.get("Context") == IVR_CONTEXT
    )


class Watchdog:
    """Asks every half second until it is told to stop. ``ready`` is called when Asterisk takes its word."""

    def __init__(self, config: WatchdogConfig, ready: Callable[[], None] = lambda: None) -> None:
        self._config = config
        self._ready = ready
        self._watch = Watch()
        self._client: AmiClient | None = None
        self._failures = 0
        self._try_at = 0.0
        self._down = False

    def run(self, stopped: Callable[[float], bool]) -> None:
        """Work until ``stopped(seconds)``, which waits that long, says so."""
        while True:
            began = time.monotonic()
            self.turn()
            if stopped(max(0.0, INTERVAL - (time.monotonic() - began))):
                break
        if self._client:
            self._client.close()

    def turn(self) -> None:
        """Look once, and act."""
        health = ask_health(self._config.agi_address)
        client = self._connected()
        if client is None:
            return
        try:
            channels = with_ivr(client.collect("Status"))
            decision = decide(self._watch, health, channels, time.monotonic())
            self._watch = decision.watch
            self._carry_out(client, decision)
        except AmiError as error:
            log.warning("ami_lost", reason=str(error))
            client.close()

    def _carry_out(self, client: AmiClient, decision: Decision) -> None:
        changed = decision.down != self._down
        if changed:
            self._down = decision.down
            log.warning("agi_down" if self._down else "agi_up")
        if changed or decision.down:
            since = str(int(time.time())) if decision.down else "0"
            client.action("Setvar", [("Variable", DOWN_VARIABLE), ("Value", since)])
        for channel in decision.move:
            where = [("Channel", channel.name), ("Context", FALLBACK_CONTEXT), ("Exten", "s"), ("Priority", "1")]
            with contextlib.suppress(AmiError):  # it hung up in the meantime
                client.action("Redirect", where)
                log.warning("caller_moved", channel=channel.name)

    def _connected(self) -> AmiClient | None:
        """The connection to Asterisk, made anew when it was lost, not more often than the back-off allows."""
        if self._client and self._client.connected:
            return self._client
        if time.monotonic() < self._try_at:
            return None
        client = AmiClient(self._config.ami_address)
        try:
            client.connect(self._config.username, self._config.secret)
        except AmiError as error:
            self._try_at = time.monotonic() + _BACKOFF[min(self._failures, len(_BACKOFF) - 1)]
            if self._failures == 0:
                log.warning("ami_unreachable", reason=str(error))
            self._failures += 1
            return None
        self._failures = 0
        self._client = client
        self._ready()
        return client
