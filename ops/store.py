"""The store of recordings of an installation, for every process that reads or writes it."""

from __future__ import annotations

import hashlib

from ops import keys
from ops.settings import Settings
from recordings.encryption import KeyRing
from recordings.local_store import LocalStore

KEY = "recordings-key"
"""Name of the master key of the recordings, in HOME/secrets."""


def local_store(settings: Settings) -> LocalStore:
    """The store in HOME/recordings. Raises ops.keys.SecretError."""
    return LocalStore(settings.recordings, KeyRing.of(keys.key(settings.secrets, KEY)))


def ids_key(settings: Settings) -> bytes:
    """The secret that ids of recordings are made with; it follows from the master key."""
    return hashlib.sha256(b"huiyin recording ids" + keys.key(settings.secrets, KEY)).digest()
