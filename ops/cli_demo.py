"""Commands that show the house with something in it."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from ops.cli_settings import settings


@click.command("demo-cases")
def demo_cases() -> None:
    """Take in two worked complaints: a quarrel about a loan, and bad manners at a counter.

    Only where HUIYIN_DEMO=1. Again makes no second ones.
    """
    from crm.services import worked  # noqa: PLC0415  (loaded when called)
    from crm.services.centre import Centre  # noqa: PLC0415
    from ivr import ticketnumbers  # noqa: PLC0415
    from ops import field_keys  # noqa: PLC0415
    from ops.store import local_store  # noqa: PLC0415

    chosen = settings()
    if not chosen.demo:
        raise click.ClickException("worked cases are made where HUIYIN_DEMO=1 only: nobody really brought them")
    database = field_keys.database(chosen)
    centre = Centre(chosen.zone, node=chosen.crm_node, public_url=chosen.public_url)
    try:
        with database.write() as session:
            made = worked.make(session, local_store(chosen), centre=centre, now=datetime.now(UTC))
    finally:
        database.dispose()
    for taken in made:
        click.echo(f"{ticketnumbers.shown(taken.number)}{'  (was there already)' if taken.again else ''}")
