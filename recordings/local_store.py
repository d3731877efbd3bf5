"""The store in a local folder: sealed files, each there whole or not at all, also after a power cut."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from recordings.encryption import HEADER_BYTES, KeyRing, Opener, SealError, seal
from recordings.store import StoreDamagedError, StoreError, StoreMissingError

_KEY = re.compile(r"\A\d{4}/\d{2}/\d{2}/[A-Za-z0-9][A-Za-z0-9-]{0,90}\Z")
_SUFFIX = ".rec"
_PARTIAL = ".part"


class _LocalObject:
    """A sealed file; it is open only while pieces of it are read."""

    def __init__(self, path: Path, ring: KeyRing) -> None:
        self._path = path
        with path.open("rb") as file:
            self._opener = Opener(file.read(HEADER_BYTES), ring)
        self.size: int = self._opener.size

    def read(self, start: int, end: int) -> Iterator[bytes]:
        try:
            with self._path.open("rb") as file:
                yield from self._opener.read(file, start, end)
        except FileNotFoundError as error:
            raise StoreMissingError("the recording was removed") from error
        except (SealError, OSError) as error:
            raise StoreDamagedError(str(error)) from error


class LocalStore:
    """Keeps objects below ``root``."""

    def __init__(self, root: Path, ring: KeyRing) -> None:
        self.root = root
        self._ring = ring

    def put(self, key: str, content: bytes) -> None:
        """Seal, write aside, fsync, rename, fsync the folder."""
        path = self._path(key)
        partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}{_PARTIAL}")
        try:
            self._make_folder(path.parent)
            try:
                self._write(partial, content)
                partial.replace(path)
            finally:
                partial.unlink(missing_ok=True)
            _sync(path.parent)
        except OSError as error:
            raise StoreError(f"cannot keep a recording: {error.strerror}") from error

    def _write(self, path: Path, content: bytes) -> None:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o440)
        with os.fdopen(handle, "wb") as file:
            for piece in seal(content, self._ring):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())

    def _make_folder(self, folder: Path) -> None:
        missing = []
        while not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for one in reversed(missing):
            with suppress(FileExistsError):
                one.mkdir(mode=0o750)
            _sync(one.parent)

    def open(self, key: str) -> _LocalObject:
        """Open for reading ranges."""
        path = self._path(key)
        try:
            return _LocalObject(path, self._ring)
        except FileNotFoundError as error:
            raise StoreMissingError(f"there is no {key}") from error
        except SealError as error:
            raise StoreDamagedError(str(error)) from error
        except OSError as error:
            raise StoreError(f"cannot read {key}: {error.strerror}") from error

    def has(self, key: str) -> bool:
        """Whether the file is there."""
        return self._path(key).is_file()

    def written_at(self, key: str) -> float:
        """Epoch of the file's last write."""
        try:
            return self._path(key).stat().st_mtime
        except FileNotFoundError as error:
            raise StoreMissingError(f"there is no {key}") from error

    def delete(self, key: str) -> None:
        """Drop the file."""
        path = self._path(key)
        try:
            path.unlink(missing_ok=True)
            if path.parent.is_dir():
                _sync(path.parent)
        except OSError as error:
            raise StoreError(f"cannot delete {key}: {error.strerror}") from error

    def keys(self) -> Iterator[str]:
        """Every object's key; halves left by a crash are not objects."""
        for path in self.root.glob(f"*/*/*/*{_SUFFIX}"):
            key = path.relative_to(self.root).as_posix().removesuffix(_SUFFIX)
            if _KEY.match(key):
                yield key

    def sweep(self, older_than: float) -> int:
        """Drop halves that were last written before this epoch; gives their number."""
        dropped = 0
        for path in self.root.glob(f"*/*/*/*{_PARTIAL}"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < older_than:
                    path.unlink()
                    dropped += 1
        return dropped

    def _path(self, key: str) -> Path:
        if not _KEY.match(key):
            raise ValueError(f"not a key of a recording: {key!r}")
        return self.root / (key + _SUFFIX)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
