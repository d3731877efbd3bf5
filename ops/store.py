"""The store of recordings of an installation, for every process that reads or writes it."""

from __future__ import annotations

from ops import keys
from ops.settings import Settings
from recordings.encryption import KeyRing
from recordings.local_store import LocalStore

KEY = "recordings-key"
"""Name of the master key of the recordings, in HOME/secrets."""


def local_store(settings: Settings) -> LocalStore:
    """The store in HOME/recordings. Raises ops.keys.SecretError."""
    return LocalStore(settings.recordings, KeyRing.of(keys.key(settings.secrets, KEY)))
