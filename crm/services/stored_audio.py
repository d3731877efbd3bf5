"""Whether the file of a recording's row is in the store, and is the one that was taken in."""

from __future__ import annotations

import hashlib

from crm.db.calls import Recording
from recordings.store import Store, StoreDamagedError, StoreMissingError


def standing(store: Store, row: Recording) -> str:
    """What the file of a row is now: stored, missing or damaged."""
    return standing_of(store, row.store_key, row.sha256)


def standing_of(store: Store, key: str, sha256: str) -> str:
    """What the object of this key, which had this content, is now: stored, missing or damaged."""
    digest = hashlib.sha256()
    try:
        opened = store.open(key)
        for piece in opened.read(0, opened.size):
            digest.update(piece)
    except StoreMissingError:
        return "missing"
    except StoreDamagedError:
        return "damaged"
    return "stored" if digest.hexdigest() == sha256 else "damaged"
