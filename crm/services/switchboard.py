"""The door to the phone side: commands to the switchboard (``ivr.switchboard``), each within a deadline.

Whether a person may give a command is decided before it comes here.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from crm.domain.errors import ConflictError, InvalidInputError, NotFoundError, UnavailableError
from ivr.switchboard import SwitchboardCode, Verb

DEADLINE = 3.0
"""Seconds for the whole of a command."""
_MAX_ANSWER = 4_000_000


class SwitchboardError(Exception):
    """The phone side did not do it. ``code``: a SwitchboardCode."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code


class CallGoneError(SwitchboardError, NotFoundError):
    """There is no such call, or no such agent."""


class NotPossibleError(SwitchboardError, ConflictError):
    """It cannot be done as the call stands: he is not on it, the colleague is busy, has no phone or does not answer."""


class ExchangeAwayError(SwitchboardError, UnavailableError):
    """The phone side does not answer in time."""


class BadCommandError(SwitchboardError, InvalidInputError):
    """The command itself is none."""

    def __init__(self, code: str, message: str = "") -> None:
        InvalidInputError.__init__(self, "command", message or code)
        self.code = code


_CLASSES: Mapping[str, type[SwitchboardError]] = {
    SwitchboardCode.UNKNOWN_CALL: CallGoneError,
    SwitchboardCode.UNKNOWN_AGENT: CallGoneError,
    SwitchboardCode.NO_EXCHANGE: ExchangeAwayError,
    SwitchboardCode.BAD_REQUEST: BadCommandError,
}


class Switchboard(Protocol):
    """What is needed of the door."""

    def ask(self, verb: Verb, args: Mapping[str, Any]) -> Mapping[str, Any]:
        """Have it done, within its deadline. Raises SwitchboardError."""


class SwitchboardDoor:
    """Speaks with the socket at ``path``; a connection a command. May be used from any thread."""

    def __init__(self, path: Path, deadline: float = DEADLINE) -> None:
        self._path = path
        self._deadline = deadline

    def ask(self, verb: Verb, args: Mapping[str, Any]) -> Mapping[str, Any]:
        """Have it done. Raises SwitchboardError, which is a DomainError, too."""
        line = json.dumps({"verb": verb, "args": dict(args)}, ensure_ascii=False).encode() + b"\n"
        try:
            answer = json.loads(self._exchange(line))
            if answer["ok"]:
                return dict(answer["result"])
            code, message = str(answer["error"]), str(answer["message"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ExchangeAwayError(SwitchboardCode.NO_EXCHANGE, "the phone side does not answer") from error
        raise _CLASSES.get(code, NotPossibleError)(code, message)

    def _exchange(self, line: bytes) -> bytes:
        until = time.monotonic() + self._deadline
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(self._deadline)
            connection.connect(str(self._path))
            connection.sendall(line)
            data = bytearray()
            while not data.endswith(b"\n") and len(data) < _MAX_ANSWER:
                connection.settimeout(max(0.001, until - time.monotonic()))
                block = connection.recv(65_536)
                if not block:
                    break
                data += block
        return bytes(data)


def blind_transfer(door: Switchboard, call_id: str, agent: str, target: str) -> None:
    """The caller to ``agent:NAME`` or ``queue:NAME`` at once. Nobody takes him there: back to who sent him."""
    door.ask(Verb.BLIND_TRANSFER, {"call_id": call_id, "agent": agent, "target": target})


def consult(door: Switchboard, call_id: str, agent: str, colleague: str) -> None:
    """The colleague's phone rings; the caller hears music."""
    door.ask(Verb.CONSULT, {"call_id": call_id, "agent": agent, "target": f"agent:{colleague}"})


def cancel_consult(door: Switchboard, call_id: str, agent: str) -> None:
    """Back to the caller."""
    door.ask(Verb.CONSULT_CANCEL, {"call_id": call_id, "agent": agent})


def transfer(door: Switchboard, call_id: str, agent: str) -> str:
    """The colleague who was asked takes the caller; gives his user name."""
    return str(door.ask(Verb.TRANSFER, {"call_id": call_id, "agent": agent}).get("to", ""))


def conference(door: Switchboard, call_id: str, agent: str, colleague: str | None = None) -> str:
    """The caller, the agent and a colleague: the one who was asked, or another whose phone rings now."""
    args = {"call_id": call_id, "agent": agent} | ({"target": f"agent:{colleague}"} if colleague else {})
    return str(door.ask(Verb.CONFERENCE, args).get("with", ""))


def spy(door: Switchboard, verb: Verb, call_id: str, agent: str, supervisor: str) -> None:
    """Verb.LISTEN, WHISPER or BARGE: the supervisor's phone rings, or he changes from one to another."""
    door.ask(verb, {"call_id": call_id, "agent": agent, "supervisor": supervisor})


def take_over(door: Switchboard, call_id: str, agent: str, supervisor: str) -> None:
    """The supervisor has the caller; the agent leaves."""
    door.ask(Verb.TAKE_OVER, {"call_id": call_id, "agent": agent, "supervisor": supervisor})


def dial(door: Switchboard, agent: str, number: str, language: str) -> str:
    """Ring the agent's phone, then dial out; gives the call's id."""
    return str(door.ask(Verb.DIAL, {"agent": agent, "number": number, "language": language})["call_id"])


def hang_up(door: Switchboard, call_id: str, agent: str) -> None:
    """End the agent's part of the call."""
    door.ask(Verb.HANG_UP, {"call_id": call_id, "agent": agent})


def requeue(door: Switchboard, call_id: str) -> None:
    """The caller back to the head of his queue."""
    door.ask(Verb.REQUEUE, {"call_id": call_id})
