"""Commands about archives of complaints."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ops.cli_settings import settings


@click.group()
def archive() -> None:
    """Archives of complaints."""


@archive.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--number", default="", help="Only the archive of this ticket number; the chain is walked all the same.")
def verify(file: Path | None, number: str) -> None:
    """Check that archives are whole: their chain, their files, what their manifests say.

    With FILE: check that bundle alone, as an authority can that got it. Exit code 1 when something is wrong.
    """
    if file is not None:
        _one(file)
        return
    from ops.archive import verify_all  # noqa: PLC0415  (each command loads what it needs)

    found = verify_all(settings(), number)
    for problem in found.problems:
        click.echo(f"✗ {problem}")
    click.echo(f"{found.archives} archives, {found.purged} of them deleted when their time was over; head {found.head}")
    sys.exit(1 if found.problems else 0)


def _one(file: Path) -> None:
    from crm.documents.bundle import verify as check  # noqa: PLC0415

    verdict = check(file.read_bytes())
    for problem in verdict.problems:
        click.echo(f"✗ {problem}")
    if not verdict.problems:
        click.echo(
            f"whole: {verdict.files} files, {verdict.head.get('ticket', '')}, manifest {verdict.manifest_sha256}"
        )
    sys.exit(1 if verdict.problems else 0)
