"""Asterisk's side of an AGI session: sends the environment, parses commands as res_agi does, plays a caller.

The caller is a list of what he does at each question: keys to press, ``None`` for silence, or a ``Message``.
What the server sends is kept, parsed, in ``commands``.
"""

from __future__ import annotations

import socket
import struct
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path


def parse_args(line: str) -> list[str]:
    """Asterisk's ``parse_args`` (res_agi.c), state for state."""
    words: list[list[str]] = []
    quoted = escaped = False
    whitespace = True
    for char in line:
        if char == '"' and not escaped:
            quoted = not quoted
            if quoted and whitespace:
                words.append([])
                whitespace = False
        elif char in " \t" and not quoted and not escaped:
            whitespace = True
        elif char == "\\" and not escaped:
            escaped = True
        else:
            if whitespace:
                words.append([])
                whitespace = False
            words[-1].append(char)
            escaped = False
    return ["".join(word) for word in words]


@dataclass(frozen=True)
class Message:
    """What the caller does at a recording: seconds of a loud or silent message, and how it ends."""

    seconds: float = 2.0
    ended_by: str = "#"  # "#", "silence" or "hangup"
    loud: bool = True


HANG_UP = "hang up"
Doing = str | Message | None


@dataclass
class FakeAsterisk:
    """One channel in AGI()."""

    port: int
    script: str = "inbound"
    arguments: Sequence[str] = ()
    caller: Sequence[Doing] = ()
    environment: dict[str, str] = field(default_factory=dict)
    commands: list[list[str]] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)

    def call(self, timeout: float = 10.0) -> FakeAsterisk:
        """Run the session until the server closes it or the caller hangs up."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as connection:
            connection.sendall(self._environment())
            doings = iter(self.caller)
            with connection.makefile("rb") as lines:
                for line in lines:
                    words = parse_args(line.decode().rstrip("\n"))
                    self.commands.append(words)
                    reply = self._reply(words, doings)
                    if reply is None:
                        connection.sendall(b"HANGUP\n")
                        break
                    connection.sendall(reply.encode() + b"\n")
        return self

    def names(self) -> list[str]:
        """The commands' names, EXEC with its application."""
        return [" ".join(words[:2]) if words[0] != "GOSUB" else " ".join(words[:3]) for words in self.commands]

    def played(self) -> list[str]:
        """Names of all prompts that were asked for, in order."""
        files: list[str] = []
        for words in self.commands:
            if words[:2] == ["EXEC", "Playback"]:
                files += words[2].split("&")
            elif words[:2] == ["EXEC", "Read"]:
                files += words[2].split(",")[1].split("&")
            elif words[:2] in (["STREAM", "FILE"], ["GET", "DATA"]):
                files += [words[2]] if words[2] else []
        return [file.rsplit("/", 1)[-1] for file in files]

    def _environment(self) -> bytes:
        values = {
            "agi_network": "yes",
            "agi_network_script": self.script,
            "agi_channel": "PJSIP/trunk-00000001",
            "agi_uniqueid": "huiyin01-1.1",
            "agi_callerid": "unknown",
            "agi_calleridname": "unknown",
            **self.environment,
            **{f"agi_arg_{index}": text for index, text in enumerate(self.arguments, 1)},
        }
        return "".join(f"{name}: {value}\n" for name, value in values.items()).encode() + b"\n"

    def _reply(self, words: list[str], doings: Iterator[Doing]) -> str | None:
        reply = "200 result=0"
        match words:
            case ["EXEC", "MSet", values]:
                self.variables.update(pair.split("=", 1) for pair in values.split(","))
            case ["EXEC", "Read", options]:
                doing = None if options.endswith(",0.001") else next(doings, HANG_UP)
                if doing == HANG_UP:
                    return None
                self.variables["READSTATUS"] = "TIMEOUT" if doing is None else "OK"
                self.variables["HUIYIN_KEY"] = doing if isinstance(doing, str) else ""
            case ["SET", "VARIABLE", name, value]:
                self.variables[name] = value
            case ["GET", "VARIABLE", name]:
                reply = f"200 result=1 ({self.variables[name]})"
            case ["GET", "FULL", "VARIABLE", _expression]:
                reply = f"200 result=1 ({self.variables['READSTATUS']}:{self.variables['HUIYIN_KEY']})"
            case ["GET", "DATA", _file, timeout, _digits]:
                doing = None if timeout == "1" else next(doings, HANG_UP)
                if doing == HANG_UP:
                    return None
                reply = "200 result= (timeout)" if doing is None else f"200 result={doing}"
            case ["RECORD", "FILE", path, extension, *_rest]:
                return self._record(Path(f"{path}.{extension}"), next(doings, HANG_UP))
            case _:
                pass
        return reply

    def _record(self, path: Path, doing: Doing) -> str | None:
        if not isinstance(doing, Message):
            return None
        samples = int(doing.seconds * 8000)
        with wave.open(str(path), "wb") as audio:
            audio.setnchannels(1)
            audio.setsampwidth(2)
            audio.setframerate(8000)
            loudness = 8000 if doing.loud else 20
            audio.writeframes(struct.pack("<2h", loudness, -loudness) * (samples // 2))
        if doing.ended_by == "#":
            return f"200 result=35 (dtmf) endpos={samples}"
        if doing.ended_by == "silence":
            return f"200 result=0 (timeout) endpos={samples}"
        return f"200 result=-1 (hangup) endpos={samples}"
