"""Commands that look after an installation: doctor, migrate, backup, restore."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ops.cli_settings import settings


@click.command()
def doctor() -> None:
    """Say what is wrong and how to mend it.

    Looks at machine, clock, ports, Asterisk, models, Redis, database, disk, secrets, spool and services.
    Exit code 1 when something is wrong; a warning (a stand-in instead of a Vosk model, say) leaves 0.
    """
    from ops import doctor as module  # noqa: PLC0415  (each command loads what it needs)

    sys.exit(0 if module.report(module.examine(settings()), click.echo) else 1)


@click.command()
def migrate() -> None:
    """Bring the database's schema to this version."""
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    from ops import schema  # noqa: PLC0415

    chosen = settings()
    chosen.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        click.echo(f"schema {schema.bring_up(chosen)}")
    except SQLAlchemyError as error:
        raise click.ClickException(str(getattr(error, "orig", error))) from error


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
def backup(folder: Path) -> None:
    """Copy everything to DIR while it runs.

    The keys go to DIR-keys: keep the two in different places. Of the spool, only calls that are not taken in yet
    are copied: the audio of the others is in the store.
    """
    from ops import backup as module  # noqa: PLC0415
    from ops.backup_manifest import BackupError  # noqa: PLC0415

    try:
        made = module.make(settings(), folder, lambda part: click.echo(f"  {part}", err=True))
    except BackupError as error:
        raise click.ClickException(str(error)) from error
    manifest = made.manifest
    click.echo(f"backup    {made.folder}: {sum(manifest.counts.values())} rows, {len(manifest.files)} files")
    click.echo(f"keys      {made.keys}: keep this folder elsewhere. Who has both can hear the recordings and read")
    click.echo("          names and numbers; who has only the backup cannot, and neither can you.")


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--keys",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the keys. Default: DIR-keys beside the backup.",
)
@click.option(
    "--without-keys",
    is_flag=True,
    help="Restore without keys: recordings cannot be heard, names and numbers cannot be read.",
)
def restore(folder: Path, keys: Path | None, *, without_keys: bool) -> None:
    """Bring a backup into an empty home.

    Everything is checked first and counted after; a home that is not empty is refused.
    """
    from ops import restore as module  # noqa: PLC0415
    from ops.backup_manifest import BackupError  # noqa: PLC0415

    try:
        manifest = module.bring_back(
            settings(), folder, keys, lambda part: click.echo(f"  {part}", err=True), without_keys=without_keys
        )
    except BackupError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"restored  {sum(manifest.counts.values())} rows and {len(manifest.files)} files, as backed up")
    click.echo("settings  the ones of then are in HOME/restored-settings.json; they come from the environment")
