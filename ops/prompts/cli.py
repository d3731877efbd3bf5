"""``huiyin prompts``: render the voices of the hotline and prove that they are understood."""

from __future__ import annotations

import click

from ops.prompts import build, catalogue, workshop


@click.group()
def prompts() -> None:
    """Texts to voices, offline; none of it runs during a call."""


@prompts.command("build")
@click.option("--only", multiple=True, metavar="ID", help="Render these prompts, changed or not")
@click.option("--lang", type=click.Choice(catalogue.LANGUAGES), help="One language instead of both")
def build_command(only: tuple[str, ...], lang: str | None) -> None:
    """Render the prompts whose text changed, and show the pinyin of the Mandarin ones in the catalogue."""
    try:
        workshop.prepare()
        for language in [lang] if lang else catalogue.LANGUAGES:
            if language == "zh":
                build.read_pinyin()
            todo = build.stale(language, only)
            build.render(language, todo, click.echo)
            build.write_tone(language)
            gone = build.sweep(language)
            click.echo(f"{language}: {len(todo)} rendered, {len(gone)} removed")
    except workshop.WorkshopError as error:
        raise click.ClickException(str(error)) from error
