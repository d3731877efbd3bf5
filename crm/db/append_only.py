"""Tables that are only ever added to: triggers of both databases that refuse to change or to empty them.

Migrations call this, and a migration that was released must go on doing what it did: what stands here is not changed.
The function that the triggers of PostgreSQL call is made by the second migration. Migrations before 0021 wrote the same
lines out and stay as they were.
"""

from __future__ import annotations

from collections.abc import Iterable

from alembic import op


def refuse_changes(tables: Iterable[str]) -> None:
    """Refuse UPDATE and DELETE of these tables, and TRUNCATE where there is such a thing."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in tables:
        if postgresql:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION huiyin_append_only()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION huiyin_append_only()"
            )
            continue
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def allow_changes(tables: Iterable[str]) -> None:
    """Take the triggers away again."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in tables:
        for what in ("append_only", "no_truncate") if postgresql else ("no_update", "no_delete"):
            op.execute(f"DROP TRIGGER {table}_{what}" + (f" ON {table}" if postgresql else ""))
