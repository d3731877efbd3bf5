"""The database brought to this version: its schema, and fields sealed that an older version kept open."""

from __future__ import annotations

from crm.db import migrate
from crm.services import resealing
from ops import field_keys
from ops.settings import Settings


def bring_up(settings: Settings) -> str:
    """Migrate up and seal what the older version did not; gives the schema's revision. Raises what SQLAlchemy does."""
    before = migrate.revisions(settings.sql_url)[0]
    migrate.upgrade(settings.sql_url)
    now = migrate.revisions(settings.sql_url)[0] or ""
    if before is not None and before != now:
        database = field_keys.database(settings)
        try:
            resealing.seal_all(database)
        finally:
            database.dispose()
    return now
