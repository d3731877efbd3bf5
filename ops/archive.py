"""Archives of an installation, checked from the command line."""

from __future__ import annotations

from crm.services.archives import Checked, verify
from ivr.ticketnumbers import keyed
from ops import field_keys
from ops.settings import Settings
from ops.store import local_store


def verify_all(settings: Settings, number: str = "") -> Checked:
    """Check all archives, or walk the chain and check the one of a ticket number."""
    database = field_keys.database(settings)
    try:
        with database.read() as session:
            return verify(session, local_store(settings), keyed(number) if number else "")
    finally:
        database.dispose()
