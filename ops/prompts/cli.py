"""``huiyin prompts``: render the voices of the hotline and prove that they are understood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from ops.model_standin import StandinError
from ops.prompts import build, catalogue, workshop
from ops.settings import SettingsError, load

if TYPE_CHECKING:
    from ops.prompts.listen import Heard


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
            cut = [] if only else build.stale_pieces(language)
            build.render_pieces(language, cut, click.echo)
            build.write_tone(language)
            build.render_complaint(language)
            gone = build.sweep(language)
            click.echo(
                f"{language}: {len(todo)} prompts and the pieces of {len(cut)} sentences rendered, {len(gone)} removed"
            )
    except workshop.WorkshopError as error:
        raise click.ClickException(str(error)) from error


@prompts.command("check")
@click.option("--only", multiple=True, metavar="ID", help="Hear these prompts only; nothing is published")
@click.option("--lang", type=click.Choice(catalogue.LANGUAGES), help="One language; nothing is published")
@click.option("--numbers", default=20, show_default=True, help="Numbers of each kind to hear")
def check_command(only: tuple[str, ...], lang: str | None, numbers: int) -> None:
    """Let a recogniser hear every prompt back, and publish what it understood in docs/prompts-heard.md."""
    from ops.prompts import listen, report  # noqa: PLC0415  (with a recogniser behind it: slow to load)

    try:
        workshop.prepare()
        recogniser = listen.listener(load())
    except (workshop.WorkshopError, SettingsError, StandinError) as error:
        raise click.ClickException(str(error)) from error
    listenings = []
    for language in [lang] if lang else catalogue.LANGUAGES:
        heard = list(_shown(listen.prompts_heard(language, recogniser, only)))
        kinds = () if only else listen.KINDS
        told = [one for kind in kinds for one in _shown(listen.numbers_heard(language, recogniser, kind, numbers))]
        listenings.append(report.Listening(language, heard, told))
        click.echo("\n".join(report.summary(listenings[-1])))
    if not (only or lang):
        page = report.page(listenings, f"{recogniser.model} ({recogniser.name})", datetime.now(tz=UTC).date())
        (workshop.ROOT / "docs" / "prompts-heard.md").write_text(page, "utf-8")


def _shown(heard: Iterable[Heard]) -> Iterator[Heard]:
    """Show what was not heard as it was said."""
    for one in heard:
        if one.errors:
            click.echo(f"{one.id}: {one.said}  →  {one.heard}  ({one.errors} of {one.length} wrong)")
        yield one
