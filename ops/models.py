"""`huiyin models`: what is installed, fetch or add a model, install the stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from asr.choice import SERVED, Recognisers, recognisers
from asr.models import installed_models
from ops.model_archive import ModelError, place
from ops.model_download import DownloadError
from ops.model_download import Progress as Report
from ops.model_sources import ModelStore, choose_offer
from ops.model_standin import StandinError, install_standin
from ops.settings import Settings, SettingsError, load


@click.group("models")
def models_group() -> None:
    """Speech models: what is installed, and how to get better ones."""


@models_group.command("list")
def list_models() -> None:
    """List the installed models and which of them each language gets."""
    _list(_settings())


@models_group.command()
@click.argument("language")
@click.option("--large", is_flag=True, help="The vendor's large model (gigabytes) instead of the small one.")
def fetch(language: str, *, large: bool) -> None:
    """Fetch a language's Vosk model from the vendor's site."""
    settings = _settings()
    with _changed(settings), _bar() as progress:
        store = ModelStore(settings)
        offer = choose_offer(store.offers(), language, large=large)
        click.echo(f"installed {store.fetch(offer, progress)}")


@models_group.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
def add(path: Path) -> None:
    """Add a model from a folder or zip archive that you bring."""
    settings = _settings()
    with _changed(settings):
        click.echo(f"installed {place(path, settings.models)}")


@models_group.command("install-standin")
def install() -> None:
    """Install Whisper-base, which stands in for a language without a Vosk model."""
    settings = _settings()
    with _changed(settings):
        click.echo(f"installed {install_standin(settings.models, click.echo)}")


def _settings() -> Settings:
    try:
        return load()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def _table(settings: Settings) -> Recognisers:
    return recognisers(settings.models, settings.asr_ranks, settings.asr_language_map)


def _list(settings: Settings) -> None:
    click.echo(f"models in {settings.models}")
    for model in installed_models(settings.models):
        spoken = ", ".join(model.languages[:4]) + (", …" if len(model.languages) > 4 else "")
        click.echo(f"  {model.engine:8} {model.name:28} {spoken:16} {model.version[:12]}  {model.path}")
    for language, standing in _table(settings).standing().items():
        got = f"{standing.engine} {standing.name}" if standing else "none: recordings wait"
        click.echo(f"  {language} → {got}")


@contextmanager
def _changed(settings: Settings) -> Iterator[None]:
    """Say what changed for which language. The jobs see a better model by themselves, and transcribe again."""
    table = _table(settings)
    known = (*SERVED, *table.language_map)
    before = table.standing(known)
    try:
        yield
    except (ModelError, DownloadError, StandinError, OSError) as error:
        raise click.ClickException(str(error)) from error
    after = table.standing(known)
    better = {language: model for language, model in after.items() if model and model != before[language]}
    for language, model in better.items():
        click.echo(f"{language} is transcribed by {model.engine} {model.name} from now on")
    if better:
        click.echo("earlier recordings will be transcribed again; their old texts stay")


@contextmanager
def _bar() -> Iterator[Report]:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns) as shown:
        task = shown.add_task("download", total=None)

        def report(done: int, total: int) -> None:
            shown.update(task, completed=done, total=total or None)

        yield report
