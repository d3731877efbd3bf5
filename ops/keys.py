"""Generated keys and passwords: one file each in HOME/secrets, mode 0600, made once and never changed.

Whoever needs a secret asks for it by name; the first who asks makes it. Two processes that ask at the same
moment get the same one. The backup keeps this folder apart from the data.
"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

_NAME = re.compile(r"\A[a-z0-9][a-z0-9-]{0,60}\Z")


class SecretError(Exception):
    """A secret's file cannot be read or made; the text says which and what to do."""


def token(folder: Path, name: str) -> str:
    """A text of 43 URL-safe characters (256 random bits), as for passwords and shared tokens."""
    return _content(folder, name, lambda: secrets.token_urlsafe(32))


def key(folder: Path, name: str) -> bytes:
    """32 random bytes, kept in hexadecimal, as for AES-256."""
    text = _content(folder, name, lambda: secrets.token_hex(32))
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != 32:
        raise SecretError(f"{folder / name} is not a key of 32 bytes in hexadecimal; bring it back from a backup")
    return found


def keep(folder: Path, name: str, content: str) -> None:
    """Write a secret that was made elsewhere. An existing one is left as it is."""
    _content(folder, name, lambda: content)


def _content(folder: Path, name: str, make: Callable[[], str]) -> str:
    if not _NAME.match(name):
        raise ValueError(f"not a name of a secret: {name!r}")
    path = folder / name
    try:
        try:
            content = path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            _create(folder, path, make())
            content = path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise SecretError(f"{path}: {error.strerror}; the user who runs Huiyin must own it") from error
    if not content:
        raise SecretError(f"{path} is empty; bring it back from a backup")
    return content


def _create(folder: Path, path: Path, content: str) -> None:
    """Make the file whole or not at all; who comes second finds the first one's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix=".new-")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(content + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(name, path)
        except FileExistsError:
            return
        sync_folder(folder)
    finally:
        Path(name).unlink()


def sync_folder(folder: Path) -> None:
    """Make sure that names which were made in ``folder`` outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
