"""Asterisk's control socket: a command of its console, and what it says. For reloads, nothing else."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import structlog

from ops.settings import Settings

log = structlog.get_logger(__name__)

_LONGEST = 1 << 20


class ControlError(Exception):
    """Asterisk was not reached, or did not answer in time."""


def reload(settings: Settings, words: str) -> bool:
    """Have Asterisk read a file again. False when it does not run: then it reads the file when it starts."""
    if not (settings.home / "asterisk" / "run" / "asterisk.ctl").exists():
        return False
    try:
        command(settings, words)
    except ControlError as error:
        log.warning("asterisk_not_reloaded", command=words, reason=str(error))
        return False
    return True


def command(settings: Settings, words: str, timeout: float = 15.0) -> str:
    """Run a command of the console; gives what it prints. Raises ControlError."""
    folder = settings.home / "asterisk" / "run"
    try:
        return _ask(folder, f"cli quit after {words}\0".encode(), timeout)
    except OSError as error:
        raise ControlError(f"Asterisk's control socket in {folder}: {error}") from error


def _ask(folder: Path, request: bytes, timeout: float) -> str:
    # A path by the folder's handle is short enough for a unix socket's address, wherever the home is.
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(timeout)
            connection.connect(f"/proc/self/fd/{handle}/asterisk.ctl")
            connection.sendall(request)
            received = b""
            while (block := connection.recv(65536)) and len(received) < _LONGEST:
                received += block
    finally:
        os.close(handle)
    _, _, said = received.partition(b"\n")  # the first line names the machine, the process and the release
    return said.replace(b"\0", b"").decode("utf-8", "replace").strip()
