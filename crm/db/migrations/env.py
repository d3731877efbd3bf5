"""Alembic's entry: runs the migrations on the connection that crm.db.migrate gives."""

from typing import Literal

from alembic import context

from crm.db.base import UTCDateTime
from crm.db.models import Base


def render(kind: str, thing: object, _autogen: object) -> str | Literal[False]:
    """Write our column type as the plain one: a migration must not change when our code does."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(thing, UTCDateTime) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=render,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
