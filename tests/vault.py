"""The keys of sealed fields in tests: importing this gives them to every database that is opened without its own."""

from __future__ import annotations

from pathlib import Path

from crm.db.sealed import Vault, use_by_default
from ops import field_keys, keys

INDEX_KEY, FIELD_KEY = b"i" * 32, b"f" * 32
VAULT = Vault.of(INDEX_KEY, FIELD_KEY)


def keep(secrets: Path) -> None:
    """Let an installation have the same keys, so that a test and its services read each other's fields."""
    keys.keep(secrets, field_keys.INDEX, INDEX_KEY.hex())
    keys.keep(secrets, "field-key-1", FIELD_KEY.hex())


use_by_default(VAULT)
