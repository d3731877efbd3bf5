"""Commands about the keys that fields are sealed with."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from ops.cli_settings import settings


@click.group()
def keys() -> None:
    """Keys that customers' fields are sealed with."""


@keys.command("list")
def list_keys() -> None:
    """Show the ids of the keys, the newest first, and which fields are not sealed with it yet."""
    from crm.db.sealed import key_id  # noqa: PLC0415  (each command loads what it needs)
    from crm.services import resealing  # noqa: PLC0415
    from ops import field_keys  # noqa: PLC0415

    chosen = settings()
    for place, key in enumerate(field_keys.field_keys(chosen)):
        click.echo(f"{key_id(key)}{'  seals' if place == 0 else ''}")
    database = field_keys.database(chosen)
    try:
        left = resealing.left(database)
    finally:
        database.dispose()
    for column, count in left.items():
        click.echo(f"{column}: {count} or more not sealed with the newest key yet")


@keys.command()
def rotate() -> None:
    """Make a new key and seal everything with it, in the background.

    The old keys stay: backups of before need them. Make a backup of the keys after it.
    """
    from crm.jobs.reseal import RESEAL  # noqa: PLC0415
    from crm.services.jobs import enqueue  # noqa: PLC0415
    from ops import field_keys  # noqa: PLC0415

    chosen = settings()
    made = field_keys.rotate(chosen)
    database, now = field_keys.database(chosen), datetime.now(UTC)
    try:
        with database.write() as session:
            enqueue(session, RESEAL, {}, now=now, unique_key=f"{RESEAL}:{made}")
    finally:
        database.dispose()
    click.echo(f"{made} seals from now on; fields are sealed anew in the background (huiyin keys list shows how far)")


@keys.command()
def reseal() -> None:
    """Seal everything with the newest key, now, and say what was done."""
    from crm.services import resealing  # noqa: PLC0415
    from ops import field_keys  # noqa: PLC0415

    database = field_keys.database(settings())
    try:
        done = resealing.seal_all(database)
    finally:
        database.dispose()
    click.echo(f"{done.sealed} values sealed, {done.indexed} indexed, in {done.rows} rows")
    if done.locked:
        raise click.ClickException(f"{done.locked} values are sealed with a key that is not here; bring it back")
