"""Where recordings are kept: a small port. The local folder is in ``recordings.local_store``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol


class StoreError(Exception):
    """The store cannot do this now (no room, no right, damaged content)."""


class StoreMissingError(StoreError):
    """There is no such object."""


class StoreDamagedError(StoreError):
    """The object is not what was put: changed, cut short, or sealed with another key."""


class StoredObject(Protocol):
    """An object that is open for reading."""

    size: int
    """bytes of the content that was put"""

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from ``start`` to before ``end``, in pieces. Raises StoreDamagedError on the way."""


class Store(Protocol):
    """Keeps objects by key (``YYYY/MM/DD/name``). What was put is there after a power cut."""

    def put(self, key: str, content: bytes) -> None:
        """Keep ``content``; an object of this key is replaced at once and whole."""

    def open(self, key: str) -> StoredObject:
        """Raises StoreMissingError, StoreDamagedError."""

    def has(self, key: str) -> bool:
        """Whether there is such an object."""

    def written_at(self, key: str) -> float:
        """Epoch at which the object was put. Raises StoreMissingError."""

    def delete(self, key: str) -> None:
        """Drop it; nothing happens when it is not there."""

    def keys(self) -> Iterator[str]:
        """Every key, in no order."""
