"""Commands that start, stop and show the services."""

from __future__ import annotations

import json
import sys

import click

from ops.cli_settings import settings


@click.command()
def run() -> None:
    """Set up and run everything until Ctrl-C.

    This is what `make run` calls when the virtual environment stands.
    """
    from ops import foreground  # noqa: PLC0415  (each command loads what it needs)
    from ops import setup as setting_up  # noqa: PLC0415

    chosen = settings()
    sys.exit(foreground.run(chosen) if setting_up.run(chosen) else 1)


@click.command()
@click.option(
    "--for",
    "target",
    type=click.Choice(["run", "test", "tools"]),
    default="run",
    help="run: all but the start; test: what the tests need; tools: what the checks need.",
)
def setup(target: str) -> None:
    """Set up what is missing, and start nothing."""
    from ops import setup as setting_up  # noqa: PLC0415

    sys.exit(0 if setting_up.run(settings(), target) else 1)


@click.command()
def up() -> None:
    """Start everything in the background.

    Comes back when all of it answers; starts what was stopped, when it runs already.
    """
    from ops import foreground  # noqa: PLC0415

    sys.exit(foreground.up(settings()))


@click.command()
def down() -> None:
    """Stop everything."""
    from ops import house  # noqa: PLC0415

    click.echo("stopped" if house.stop(settings()) else "nothing was running")


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
def start(names: tuple[str, ...]) -> None:
    """Start single services.

    They are redis, asterisk, agi, ami, ingest, live, beat, asr, jobs, web and prompts;
    `jobs` means all background work: jobs, asr, beat and ingest.
    """
    _single(names, start_them=True)


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
def stop(names: tuple[str, ...]) -> None:
    """Stop single services.

    They stay stopped until `huiyin start`, `huiyin up` or the next `make run`.
    """
    _single(names, start_them=False)


def _single(names: tuple[str, ...], *, start_them: bool) -> None:
    from ops.processes import expand, programs  # noqa: PLC0415
    from ops.processes_rpc import NotRunningError, Supervisor  # noqa: PLC0415

    chosen = settings()
    try:
        wanted = expand(names, programs(chosen))
        supervisor = Supervisor(chosen.run)
        if start_them:
            supervisor.start(wanted)
        else:
            supervisor.stop(reversed(wanted))
    except (ValueError, NotRunningError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{'started' if start_them else 'stopped'}: {' '.join(wanted)}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(*, as_json: bool) -> None:
    """Show what runs and answers.

    Exit code 0 only when all of it is ready.
    """
    from ops import status as module  # noqa: PLC0415

    what = module.status(settings())
    click.echo(json.dumps(what, ensure_ascii=False, indent=2) if as_json else "\n".join(module.lines(what)))
    sys.exit(0 if what["ready"] else 1)


@click.command(hidden=True)
@click.argument("name")
def serve(name: str) -> None:
    """Run one service in this process; supervisor calls this."""
    from ops import serve as module  # noqa: PLC0415

    module.serve(name, settings())
