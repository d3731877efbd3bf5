"""Settings and errors, as commands share them."""

from __future__ import annotations

import os

import click

from ops.settings import Settings, SettingsError, load


def settings() -> Settings:
    """The settings of this command; a bad one ends it with a sentence."""
    try:
        return load(dict(os.environ))
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
