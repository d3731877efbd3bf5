"""The call's journal on disk: appended line by line, fsynced where something is promised to the caller.

The folder is the call's spool folder. A journal that exists is continued (the caller comes back from a queue,
or the server died and another one serves the call).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from ivr.callevents import CallEventName, parse_line, to_lines
from recordings.naming import JOURNAL

DURABLE = frozenset(
    {
        CallEventName.TICKET_STARTED,
        CallEventName.TICKET_OPENED,
        CallEventName.MESSAGE_RECORDED,
        CallEventName.NUMBER_GIVEN,
    }
)
"""Events that must survive a power cut before the call goes on."""

UNKNOWN = -1

Entry = tuple[CallEventName, dict[str, Any]]


class Journal:
    """One call's journal, written by the one thread that serves the call."""

    def __init__(self, folder: Path, call_id: str, clock: Callable[[], datetime]) -> None:
        self.folder = folder
        self._call_id = call_id
        self._clock = clock
        self._file = _opened(folder)
        self._size, self._seq = 0, 0
        self._folder_synced = False

    def append(self, entries: Sequence[Entry]) -> None:
        """Write events, with one system call, and fsync when one of them is durable. Raises OSError."""
        if not entries:
            return
        self._continue()  # a session that hung and was replaced may wake up and write its last words
        lines = to_lines(self._call_id, self._seq, self._clock(), entries)
        try:
            self._write(lines.encode())
        except OSError:
            self._size = UNKNOWN  # half a line may be there
            raise
        self._seq += len(entries)
        if not DURABLE.isdisjoint(name for name, _fields in entries):
            self.sync()

    def keep(self, file: str) -> None:
        """Fsync a recording of the call and the folder that names it; a file that is not there is no error."""
        with suppress(FileNotFoundError):
            _sync(self.folder / file, os.O_RDONLY)
        _sync(self.folder, os.O_RDONLY | os.O_DIRECTORY)

    def sync(self) -> None:
        """Fsync the journal; the first time its folder and the folder above, too."""
        os.fsync(self._file)
        if not self._folder_synced:
            _sync(self.folder, os.O_RDONLY | os.O_DIRECTORY)
            _sync(self.folder.parent, os.O_RDONLY | os.O_DIRECTORY)
            self._folder_synced = True

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def _write(self, data: bytes) -> None:
        while data:  # a disk that fills up takes less than it is given
            written = os.write(self._file, data)
            data = data[written:]
            self._size += written

    def _continue(self) -> None:
        """Take up what others wrote since; a last line that a crash cut short is ended, so that ours begins a line."""
        size = os.fstat(self._file).st_size
        if size == self._size:
            return
        data = os.pread(self._file, size, 0)
        self._size = size
        if data and not data.endswith(b"\n"):
            self._write(b"\n")
        for line in data.decode("utf-8", "replace").splitlines():
            with suppress(ValueError):
                self._seq = max(self._seq, parse_line(line).seq + 1)


def _opened(folder: Path) -> int:
    """The journal's file; the folder is there, as a rule: Asterisk made it for its recorder."""
    path, flags = f"{folder}/{JOURNAL}", os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    try:
        return os.open(path, flags, 0o640)
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
        return os.open(path, flags, 0o640)


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
