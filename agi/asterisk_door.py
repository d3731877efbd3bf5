"""The only door to Asterisk's AGI: pyst2's ``AGI`` with its defects cured (docs/decisions, tests/unit/agi).

What pyst2 0.5.1 gets wrong and this class does instead: arguments are escaped, all of them, and what cannot be
sent is refused; every way in which a call ends is one exception, ``CallerHungUp``; nothing is written to
standard error; no signal handler is installed, so calls may live in threads; the environment may hold any bytes;
a ``520`` block that breaks off ends; nothing waits for ever. Applications that ``EXEC`` may run are listed.

A line is sent with one system call and a reply is read with one; no regular expression, no formatting.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from asterisk.agi import AGI, AGIError, AGIInvalidCommand, AGIUsageError

from agi.variables import KEY, RECORDER_CONTEXT

MAX_LINE = 8191
"""Asterisk's AGI_BUF_LEN is 8192, with the terminator."""
MAX_ARGUMENTS = 127
MAX_REPLY = 65_536
ANY_KEY = "0123456789*#ABCD"
APPLICATIONS = frozenset({"MSet", "Playback", "Read"})
"""What EXEC may run: nothing that dials, runs programs or reads files of the caller's choice."""
SILENT_SECONDS = 600
"""Longer than the longest command, a five-minute message; a silence beyond it is Asterisk's death."""
HANGUP_TOLD_MS = 50
"""After the reply to a command that a hang-up broke off, the word HANGUP follows at once."""
_SAFE_IN_LIST = frozenset('&,|"\\\r\n\0$[]{}()')


class CallerHungUp(AGIError):  # type: ignore[misc]  # noqa: N818  (pyst2 is untyped; a normal end, no error)
    """The call is over, however Asterisk said so: end of file, HANGUP, 511, a broken pipe, a reset."""


class AsteriskSilentError(AGIError):  # type: ignore[misc]  # pyst2 has no type information
    """No reply came for longer than any command may take."""


class NotSendableError(ValueError):
    """A value that must not, or cannot, be sent to Asterisk."""


@dataclass(frozen=True)
class Keys:
    """What a question brought: keys without the ending ``#``; ``timed_out`` when nobody pressed enough."""

    keys: str = field(repr=False)
    timed_out: bool


@dataclass(frozen=True)
class Recorded:
    """How a recording ended: ``key``, ``timeout`` (silence or the limit) or ``hangup``; length in samples."""

    ended_by: str
    samples: int


class _Quoted(str):
    """An argument that is encoded already."""

    __slots__ = ()


def encode(value: object) -> str:
    """One argument as Asterisk's parser reads it back unchanged. Raises NotSendableError."""
    text = str(value)
    if not text.isprintable() and any(c in text for c in "\r\n\0"):
        raise NotSendableError("a line break or NUL cannot be sent to Asterisk")
    if '"' in text or "\\" in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def file_list(files: Sequence[str]) -> str:
    """Files joined as Playback and Read take them. Raises NotSendableError for a name that would break out of it."""
    for file in files:
        if not _SAFE_IN_LIST.isdisjoint(file):
            raise NotSendableError("a file name holds a character that has a meaning in the dialplan")
    return "&".join(files)


class AsteriskDoor(AGI):  # type: ignore[misc]  # pyst2 has no type information
    """One call's AGI session over a connected socket; used by one thread."""

    def __init__(self, connection: socket.socket, received: bytes = b"") -> None:
        # pyst2's own __init__ installs a signal handler and writes to standard error.
        self._socket = connection
        self._buffer = received
        self._got_sighup = False
        self.held_since: float | None = time.monotonic()
        """Since when Asterisk waits for us; None while a command of ours runs there."""
        self.env: dict[str, str] = {}
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
        self._be_patient(SILENT_SECONDS * 1000)
        self._get_agi_env()

    # -- what pyst2's methods stand on ------------------------------------------------------------------

    def _get_agi_env(self) -> None:
        while (end := self._buffer.find(b"\n\n")) < 0:
            self._receive()
        text, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
        for line in text.decode("utf-8", "replace").split("\n"):
            key, _colon, value = line.partition(":")
            self.env[key] = value.strip()

    def _quote(self, string: object) -> str:
        return _Quoted(encode(string))

    def test_hangup(self) -> None:
        """Nothing to ask: a hang-up is read from the connection."""

    def execute(self, command: str, *args: object) -> dict[str, tuple[str, str]]:
        """Send a command and read its result, in pyst2's form: name to (value, data)."""
        self.send_command(command, *args)
        return self.get_result()

    def send_command(self, command: str, *args: object) -> None:
        """Send a command, each argument encoded once. Raises NotSendableError, CallerHungUp."""
        if len(args) + command.count(" ") + 1 > MAX_ARGUMENTS:
            raise NotSendableError("more arguments than Asterisk takes")
        if command == "EXEC" and (not args or str(args[0]) not in APPLICATIONS):
            raise NotSendableError("this application may not be run")
        if not command.replace(" ", "").isalpha():
            raise NotSendableError("not the name of a command")
        words = [arg if type(arg) is _Quoted else encode(arg) for arg in args]
        line = " ".join((command, *words)).encode() + b"\n"
        if len(line) > MAX_LINE:
            raise NotSendableError("longer than Asterisk reads")
        self.held_since = None
        try:
            self._socket.sendall(line)
        except OSError as error:
            raise CallerHungUp(type(error).__name__) from error

    def get_result(self, stdin: Any = None) -> dict[str, tuple[str, str]]:  # noqa: ARG002  (pyst2's)
        """Read a reply. Raises CallerHungUp, AGIInvalidCommand, AGIUsageError."""
        value, data, rest = self._reply()
        result = {"result": (value, data)}
        if rest.startswith("endpos="):
            result["endpos"] = (rest[7:].strip(), "")
        return result

    # -- the commands that the IVR uses -----------------------------------------------------------------

    def play(self, files: Sequence[str]) -> None:
        """Play files one after the other, whatever is pressed."""
        if files:
            value = self._result("EXEC", "Playback", file_list(files))
            if value == "-1":
                self._gone_or_failed()

    def collect(self, files: Sequence[str], max_digits: int, timeout_ms: int, *, secret: bool) -> Keys:
        """Play files, cut short by the first key, and collect keys until ``#``, enough of them or a silence.

        Keys are lost only while Asterisk waits for our next command, so one command does it all: ``Read`` for
        one key after several prompts, ``GET DATA`` otherwise. What is secret never passes through a channel
        variable; then each prompt before the last is a command of its own.
        """
        if len(files) > 1 and max_digits == 1 and not secret:
            return self._read_key(files, timeout_ms)
        first = ""
        for file in files[:-1]:
            first = self._stream(file)
            if first:
                break
        if first == "#":
            return Keys("", timed_out=False)
        if len(first) == max_digits:
            return Keys(first, timed_out=False)
        last = "" if first or not files else files[-1]
        value, data, _rest = self._command("GET DATA", last, timeout_ms, max_digits - len(first))
        if value == "-1":
            self._gone_or_failed()
            return Keys(first, timed_out=True)
        return Keys(first + value, timed_out=data == "timeout" and not (first or value))

    def record(self, path: str, audio_format: str, limit_ms: int, silence_seconds: int) -> Recorded:
        """Record until ``#``, silence or the limit; the file is closed then. Raises AGIError when it cannot."""
        value, data, rest = self._command("RECORD FILE", path, audio_format, "#", limit_ms, f"s={silence_seconds}")
        samples = rest.removeprefix("endpos=").strip()
        count = int(samples) if samples.isdecimal() else 0
        if value == "-1":
            if data != "hangup":  # "writefile", say: the disk
                raise AGIError("the recording failed")
            return Recorded("hangup", count)
        self.execute("NOOP")  # Asterisk closes the file after its reply, but before the next one
        return Recorded("key" if data == "dtmf" else "timeout", count)

    def recorder(self, subroutine: str) -> None:
        """Call the dialplan's subroutine that stops or starts the recorder of this call."""
        self._command("GOSUB", RECORDER_CONTEXT, subroutine, 1)

    def set_variables(self, values: dict[str, str]) -> None:
        """Set channel variables, in this order, with one command. Values are words of ours, never a caller's."""
        for value in values.values():
            if not value.replace("-", "").replace("_", "").isalnum() and value:
                raise NotSendableError("not a plain word")
        self._command("EXEC", "MSet", ",".join(f"{name}={value}" for name, value in values.items()))

    def value(self, expression: str) -> str:
        """What the dialplan's expression gives; empty when it gives nothing."""
        return self._command("GET FULL VARIABLE", expression)[1]

    def drain(self, seconds: float) -> None:
        """After a hang-up: wait until Asterisk has closed its end, and with it the files of the call."""
        self._socket.settimeout(seconds)
        try:
            while self._socket.recv(4096):
                pass
        except OSError:
            return

    # -- below: bytes ------------------------------------------------------------------------------------

    def _read_key(self, files: Sequence[str], timeout_ms: int) -> Keys:
        options = f"{KEY},{file_list(files)},1,,1,{timeout_ms / 1000:g}"
        if self._result("EXEC", "Read", options) == "-1":
            self._gone_or_failed()
        _value, data, _rest = self._command("GET FULL VARIABLE", f"${{READSTATUS}}:${{{KEY}}}")
        status, _colon, key = data.partition(":")
        return Keys(key, timed_out=status != "OK" and not key)

    def _stream(self, file: str) -> str:
        value = self._result("STREAM FILE", file, ANY_KEY)
        if value == "-1":
            self._gone_or_failed()
        return chr(int(value)) if value.isdecimal() and value != "0" else ""

    def _result(self, command: str, *args: object) -> str:
        return self._command(command, *args)[0]

    def _command(self, command: str, *args: object) -> tuple[str, str, str]:
        self.send_command(command, *args)
        return self._reply()

    def _gone_or_failed(self) -> None:
        """``result=-1`` means a hang-up, of which Asterisk tells by itself, or a failed application.

        Raises CallerHungUp.
        """
        self._be_patient(HANGUP_TOLD_MS)
        try:
            self._refused(self._line())
        except AsteriskSilentError:
            self._be_patient(SILENT_SECONDS * 1000)
        self.execute("NOOP")

    def _reply(self) -> tuple[str, str, str]:
        """(value, data in brackets, what follows) of ``200 result=value (data) rest``."""
        line = self._line()
        self.held_since = time.monotonic()
        while line.startswith(b"100 "):  # "Trying…", before GOSUB's reply
            line = self._line()
        if not line.startswith(b"200 result="):
            self._refused(line)
        value, _space, rest = line[11:].decode("utf-8", "replace").partition(" ")
        if not rest.startswith("("):
            return value, "", rest
        while ")" not in rest:  # a variable with line breaks in it
            rest += "\n" + self._line().decode("utf-8", "replace")
            if len(rest) > MAX_REPLY:
                raise AGIError("a reply does not end")
        end = rest.rindex(")")
        return value, rest[1:end], rest[end + 2 :]

    def _refused(self, line: bytes) -> NoReturn:
        if line.startswith((b"HANGUP", b"511")):
            raise CallerHungUp(line[:6].decode("ascii", "replace"))
        if line.startswith(b"520-"):
            size = 0
            while not line.startswith(b"520 "):
                line = self._line()
                size += len(line)
                if size > MAX_REPLY:
                    raise AGIError("a 520 block does not end")
            raise AGIUsageError("Asterisk refused the arguments of a command")
        if line.startswith(b"510"):
            raise AGIInvalidCommand("Asterisk does not know a command")
        raise AGIError("not a reply of Asterisk")

    def _line(self) -> bytes:
        """The next line without its end. Raises CallerHungUp at the end of the connection."""
        while (end := self._buffer.find(b"\n")) < 0:
            self._receive()
        line, self._buffer = self._buffer[:end], self._buffer[end + 1 :]
        return line.rstrip(b"\r")

    def _be_patient(self, ms: int) -> None:
        """How long to wait for a line."""
        value = struct.pack("ll", ms // 1000, ms % 1000 * 1000)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, value)

    def _receive(self) -> None:
        try:
            more = self._socket.recv(4096)
        except BlockingIOError as error:
            raise AsteriskSilentError("no reply") from error
        except OSError as error:
            raise CallerHungUp(type(error).__name__) from error
        if not more:
            raise CallerHungUp("end of file")
        self._buffer += more
        if len(self._buffer) > MAX_REPLY:
            raise AGIError("a line, or the environment, does not end")
