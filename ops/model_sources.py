"""Where a language's speech model comes from: the folder, then the vendor's site, then the stand-in."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asr.choice import SERVED, recognisers
from asr.models import installed_models
from ops.model_archive import ModelError, place
from ops.model_download import DownloadError, Patience, Progress, download, nothing, read_small
from ops.model_standin import StandinError, install_standin
from ops.settings import Settings

VENDOR_CODES = {"zh": ("cn",), "en": ("en-us", "en"), "ko": ("ko",)}
MANIFEST = "manifest.json"
DOWNLOADS = ".download"


@dataclass(frozen=True)
class Obtained:
    """What a language got: engine and model (empty where none), and how."""

    language: str
    engine: str
    model: str
    how: str

    def __str__(self) -> str:
        got = f"{self.engine} {self.model}" if self.engine else "nothing"
        return f"{self.language}: {got} ({self.how})"


@dataclass(frozen=True)
class Offer:
    """One archive on the vendor's site."""

    name: str
    language: str
    url: str
    small: bool


def parse_offers(content: bytes, base: str) -> tuple[Offer, ...]:
    """The vendor's list of models that are not obsolete. Raises ModelError for anything else."""
    try:
        rows: list[dict[str, Any]] = json.loads(content)
        return tuple(
            Offer(
                str(row["name"]),
                str(row["lang"]),
                str(row.get("url") or f"{base}/{row['name']}.zip"),
                small=row.get("type") == "small",
            )
            for row in rows
            if str(row.get("obsolete", "false")).lower() != "true"
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"the vendor's list of models cannot be read: {error}") from error


def choose_offer(offers: tuple[Offer, ...], language: str, *, large: bool = False) -> Offer:
    """The offer for a language; of several the last named, which is the newest. Raises ModelError."""
    for code in VENDOR_CODES.get(language, (language,)):
        fitting = sorted((o for o in offers if o.language == code and o.small != large), key=lambda o: o.name)
        if fitting:
            return fitting[-1]
    raise ModelError(f"the vendor has no {'large' if large else 'small'} model for {language}")


@dataclass
class ModelStore:
    """The models folder of one installation and how it is filled."""

    settings: Settings
    patience: Patience | None = None

    @property
    def folder(self) -> Path:
        """Where models stand."""
        return self.settings.models

    def offers(self) -> tuple[Offer, ...]:
        """What the vendor's site has. Raises DownloadError, ModelError."""
        base = self.settings.models_url.rstrip("/")
        if not base:
            raise DownloadError("HUIYIN_MODELS_URL is empty")
        return parse_offers(read_small(f"{base}/model-list.json", self.settings.models_timeout), base)

    def fetch(self, offer: Offer, progress: Progress = nothing) -> Path:
        """Download, check and unpack one model. Raises DownloadError, ModelError."""
        if not offer.name or Path(offer.name).name != offer.name or offer.name.startswith("."):
            raise ModelError(f"the vendor's list has an unsafe name: {offer.name!r}")
        archive = self.folder / DOWNLOADS / f"{offer.name}.zip"
        patience = self.patience or Patience(timeout=self.settings.models_timeout)
        digest = download(offer.url, archive, patience, progress)
        try:
            self._check(offer, digest)
            placed = place(archive, self.folder)
        finally:
            archive.unlink(missing_ok=True)
        self._record(offer, digest)
        return placed

    def pinned(self) -> dict[str, str]:
        """The SHA-256 of archives that the operator pinned."""
        pairs = (entry.partition("=") for entry in self.settings.models_sha256.split(",") if entry.strip())
        return {name.strip().removesuffix(".zip"): digest.strip().lower() for name, _, digest in pairs}

    def recorded(self) -> dict[str, dict[str, str]]:
        """What was fetched before: name → SHA-256, address, time."""
        try:
            content: dict[str, dict[str, str]] = json.loads((self.folder / MANIFEST).read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise ModelError(f"{self.folder / MANIFEST} is damaged: {error}") from error
        return content

    def _check(self, offer: Offer, digest: str) -> None:
        pinned = self.pinned().get(offer.name)
        known = pinned or self.recorded().get(offer.name, {}).get("sha256")
        if known and known != digest:
            source = "HUIYIN_MODELS_SHA256" if pinned else f"{MANIFEST} (recorded at the first download)"
            raise ModelError(f"{offer.name} has SHA-256 {digest}, but {source} says {known}: not installed")

    def _record(self, offer: Offer, digest: str) -> None:
        fetched_at = datetime.now(UTC).isoformat(timespec="seconds")
        entries = {
            **self.recorded(),
            offer.name: {"sha256": digest, "url": offer.url, "fetched_at": fetched_at},
        }
        fresh = self.folder / f"{MANIFEST}.tmp"
        fresh.write_text(json.dumps(entries, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        fresh.replace(self.folder / MANIFEST)


def obtain_models(
    settings: Settings,
    say: Callable[[str], None],
    progress: Progress = nothing,
    languages: tuple[str, ...] = SERVED,
) -> list[Obtained]:
    """Give each language a model: what is there, else the vendor's, else the stand-in. Never raises for one missing."""
    store = ModelStore(settings)
    store.folder.mkdir(parents=True, exist_ok=True)
    reasons = _fetch_missing(store, [lang for lang in languages if not _vosk(store, lang)], say, progress)
    if any(not _vosk(store, language) for language in languages):
        try:
            install_standin(store.folder, say)
        except (StandinError, OSError) as error:
            say(str(error))
            reasons["standin"] = str(error)
    return [_obtained(store, language, reasons) for language in languages]


def _fetch_missing(
    store: ModelStore, languages: list[str], say: Callable[[str], None], progress: Progress
) -> dict[str, str]:
    reasons: dict[str, str] = {}
    try:
        offers = store.offers() if languages else ()
    except (DownloadError, ModelError) as error:
        return dict.fromkeys(languages, str(error))
    for language in languages:
        try:
            offer = choose_offer(offers, language)
            say(f"fetching {offer.name}")
            store.fetch(offer, progress)
            reasons[language] = "fetched from the vendor"
        except (DownloadError, ModelError) as error:
            say(str(error))
            reasons[language] = str(error)
    return reasons


def _vosk(store: ModelStore, language: str) -> bool:
    target = recognisers(store.folder, "", store.settings.asr_language_map).language_map.get(language, language)
    models = installed_models(store.folder)
    return any(m.engine == "vosk" and (target in m.languages or target == m.name) for m in models)


def _obtained(store: ModelStore, language: str, reasons: dict[str, str]) -> Obtained:
    settings = store.settings
    table = recognisers(store.folder, settings.asr_ranks, settings.asr_language_map)
    model = table.standing((language,))[language]
    if model is None:
        why = reasons.get("standin") or reasons.get(language, "")
        return Obtained(language, "", "", f"recordings wait for a model: {why}")
    how = reasons.get(language, "found in the models folder")
    if model.engine == "whisper":
        how = f"stand-in: no Vosk model, {how}" if language in reasons else "stand-in"
    return Obtained(language, model.engine, model.name, how)
