"""Alembic's entry: runs the migrations on the connection that crm.db.migrate gives."""

from typing import Literal

from alembic import context

from crm.db.base import UTCDateTime
from crm.db.models import Base
from crm.db.sealed import BlindText, SealedJson, SealedText

PLAIN = {UTCDateTime: "sa.DateTime(timezone=True)", SealedText: "sa.Text()", SealedJson: "sa.JSON()"}


def render(kind: str, thing: object, _autogen: object) -> str | Literal[False]:
    """Write our column types as the plain ones: a migration must not change when our code does."""
    if kind != "type":
        return False
    if isinstance(thing, BlindText):
        return f"sa.String(length={thing.length})"
    return next((plain for ours, plain in PLAIN.items() if isinstance(thing, ours)), False)


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
