"""``huiyin prompts``: render the voices of the hotline and prove that they are understood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from asr.engine import RecogniserUnavailableError, RecognitionError
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
            alone = [] if only else build.stale_groups(language)
            build.render_groups(language, alone, click.echo)
            build.write_tone(language)
            build.render_complaint(language)
            gone = build.sweep(language)
            click.echo(
                f"{language}: {len(todo)} prompts, the pieces of {len(cut)} sentences and {len(alone)} groups made; "
                f"{len(gone)} gone"
            )
    except workshop.WorkshopError as error:
        raise click.ClickException(str(error)) from error


@prompts.command("check")
@click.option("--only", multiple=True, metavar="ID", help="Hear these prompts only; nothing is published")
@click.option("--lang", type=click.Choice(catalogue.LANGUAGES), help="One language; nothing is published")
@click.option("--numbers", default=20, show_default=True, help="Numbers of each kind to hear")
def check_command(only: tuple[str, ...], lang: str | None, numbers: int) -> None:
    """Let a recogniser hear every prompt back, and publish what it understood in docs/prompts-heard.md."""
    from ops.prompts import listen, listen_numbers, report  # noqa: PLC0415  (with a recogniser behind it: slow to load)

    try:
        workshop.prepare()
        settings = load()
        recogniser, judge = listen.listener(settings), listen.listener(settings, beam=1)
    except (workshop.WorkshopError, SettingsError, StandinError) as error:
        raise click.ClickException(str(error)) from error
    listenings = []
    for language in [lang] if lang else catalogue.LANGUAGES:
        heard = list(_shown(listen.prompts_heard(language, recogniser, only)))
        told: list[Heard] = []
        if not only:
            for kind in listen_numbers.KINDS:
                told += _shown(listen_numbers.numbers_heard(language, recogniser, kind, numbers))
            told += _shown(listen_numbers.takes_heard(language, listen.Listener(settings), judge, numbers))
        listenings.append(report.Listening(language, heard, told))
        click.echo("\n".join(report.summary(listenings[-1])))
    if not (only or lang):
        page = report.page(listenings, f"{recogniser.model} ({recogniser.name})", datetime.now(tz=UTC).date())
        (workshop.ROOT / "docs" / "prompts-heard.md").write_text(page, "utf-8")


@prompts.command("ahead")
@click.argument("count", type=click.IntRange(1, 500), required=False)
def ahead_command(count: int | None) -> None:
    """Render the last digits of the next COUNT ticket numbers (default: HUIYIN_NUMBERS_AHEAD).

    A recogniser hears each take, and one that it did not understand is rendered in another way. The service
    `prompts` does the same by itself while Huiyin runs.
    """
    from ops.prompts import ahead, listen  # noqa: PLC0415  (with a recogniser behind it: slow to load)

    try:
        settings = load()
        settings = settings.model_copy(update={"numbers_ahead": count or settings.numbers_ahead})
        folder = settings.prompts_ahead

        def coming() -> list[str]:
            return ahead.coming(settings, datetime.now(settings.zone))

        if ahead.wanted(folder, coming()):
            listener = listen.Listener(settings)
            workshop.prepare()
            with workshop.Renderer() as renderer:
                while todo := ahead.wanted(folder, coming()):  # others come where one is not given out
                    understood = ahead.make(todo[0], renderer.render, listener.understood)
                    said = "understood" if understood else "never understood"
                    click.echo(f"{todo[0].language} {todo[0].path.stem}: {said}; {len(todo) - 1} to do")
        numbers = coming()
    except (workshop.WorkshopError, SettingsError, RecogniserUnavailableError, RecognitionError, OSError) as error:
        raise click.ClickException(str(error)) from error
    for language, ready in ahead.ready(folder, numbers).items():
        click.echo(f"{language}: {ready} of the next {len(numbers)} numbers are ready")


def _shown(heard: Iterable[Heard]) -> Iterator[Heard]:
    """Show what was not heard as it was said."""
    for one in heard:
        if one.errors:
            click.echo(f"{one.id}: {one.said}  →  {one.heard}  ({one.errors} of {one.length} wrong)")
        yield one
