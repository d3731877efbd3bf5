"""The `huiyin` command: every sub-command is loaded when it is called, so that each starts quickly."""

from __future__ import annotations

import importlib
import signal
import sys
from types import FrameType
from typing import Any

import click

LAZY: dict[str, str] = {
    "accounts": "ops.cli_people:accounts",
    "archive": "ops.cli_archive:archive",
    "audit": "ops.cli_people:audit",
    "backup": "ops.cli_care:backup",
    "demo-call": "ops.demo_call:demo_call",
    "demo-cases": "ops.cli_demo:demo_cases",
    "doctor": "ops.cli_care:doctor",
    "down": "ops.cli_house:down",
    "keys": "ops.cli_keys:keys",
    "migrate": "ops.cli_care:migrate",
    "models": "ops.models:models_group",
    "prompts": "ops.prompts.cli:prompts",
    "restore": "ops.cli_care:restore",
    "run": "ops.cli_house:run",
    "serve": "ops.cli_house:serve",
    "setup": "ops.cli_house:setup",
    "start": "ops.cli_house:start",
    "status": "ops.cli_house:status",
    "stop": "ops.cli_house:stop",
    "token": "ops.cli_people:token",
    "up": "ops.cli_house:up",
    "user": "ops.cli_people:user",
}
"""Command → where it stands."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """All commands by name."""
        return sorted(LAZY)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  (click's signature)
        """The command of that name, or None."""
        place = LAZY.get(cmd_name)
        if place is None:
            return None
        module, _, attribute = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option("0.1.0", message="Huiyin %(version)s")
def huiyin() -> None:
    """Huiyin 回音: a hotline and its complaint CRM.

    All state lives under HUIYIN_HOME (default ./var); every setting is a HUIYIN_* environment variable,
    listed in docs/settings.md. `make run` sets up and starts everything.
    """


def main() -> Any:
    """Entry point. SIGTERM ends a command like Ctrl-C does, so that it cleans up."""
    signal.signal(signal.SIGTERM, _interrupt)
    return huiyin(prog_name="huiyin")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
