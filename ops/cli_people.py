"""Commands about people, tokens and the audit chain."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from ops.cli_settings import settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def accounts(*, as_json: bool) -> None:
    """Show the demo accounts.

    They exist only where HUIYIN_DEMO=1, which `make run` sets.
    """
    from ops.accounts_shown import NoDemoError, account_lines, demo_accounts  # noqa: PLC0415  (loaded when called)

    chosen = settings()
    try:
        people = demo_accounts(chosen)
    except NoDemoError as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps([asdict(one) for one in people]) if as_json else "\n".join(account_lines(chosen)))


@click.group()
def user() -> None:
    """People who log in."""


@user.command("create")
@click.argument("name")
@click.option("--role", required=True, help="AD administrator, SM supervisor, CM complaint handler, QA, A1 agent, …")
def create_user(name: str, role: str) -> None:
    """Make a person (the first administrator, too) and print a one-time password."""
    from ops.accounts import AccountError, create_user  # noqa: PLC0415

    try:
        password = create_user(settings(), name, role)
    except AccountError as error:
        raise click.ClickException(str(error)) from error
    click.echo(password)
    click.echo("Give it to the person, who changes it after the first login (menu: account).", err=True)


@click.group()
def token() -> None:
    """API tokens."""


@token.command("create")
@click.option("--user", "user_name", help="The person in whose name it acts.")
@click.option("--role", type=click.Choice(["auditor"]), help="auditor: reads everything, changes nothing.")
def create_token(user_name: str | None, role: str | None) -> None:
    """Print a new API token. It is shown once: only its hash is kept."""
    from crm.domain.access import Role  # noqa: PLC0415
    from ops.accounts import AccountError, create_token  # noqa: PLC0415

    if bool(user_name) == bool(role):
        raise click.UsageError("give either --user NAME or --role auditor")
    try:
        click.echo(create_token(settings(), user=user_name, role=Role.AU if role else None))
    except AccountError as error:
        raise click.ClickException(str(error)) from error


@click.group()
def audit() -> None:
    """The audit chain."""


@audit.command()
@click.option(
    "--checkpoints",
    "copies",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A copy of the checkpoints that was kept elsewhere; the chain must still have what it names.",
)
def verify(copies: tuple[Path, ...]) -> None:
    """Walk the audit chain from its start, and hold its signed checkpoints against it.

    Exit code 1 names the first broken row.
    """
    from ops.accounts import AccountError, verify_audit  # noqa: PLC0415

    try:
        verdict = verify_audit(settings(), copies)
    except AccountError as error:
        raise click.ClickException(str(error)) from error
    if verdict.broken:
        click.echo(f"broken: {verdict.broken}")
        sys.exit(1)
    click.echo(f"whole: {verdict.entries} entries, the last has hash {verdict.head}")


@audit.command()
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
def export(file: Path) -> None:
    """Sign the chain as it is now and write all its checkpoints to FILE, for an auditor to keep.

    `huiyin audit verify --checkpoints FILE` later shows that nothing of what was there then was changed or cut off.
    """
    from ops.accounts import AccountError, checkpoint_audit  # noqa: PLC0415

    try:
        public_key, made = checkpoint_audit(settings())
    except AccountError as error:
        raise click.ClickException(str(error)) from error
    try:
        file.write_text("".join(one.line() + "\n" for one in made), encoding="ascii")
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from error
    click.echo(f"{len(made)} checkpoints, the last of entry {made[-1].entry_id if made else 0}")
    click.echo(f"public key (Ed25519, hexadecimal): {public_key}")
