"""What a worker loads when: Vosk's models before it forks, Whisper's in each child."""

from __future__ import annotations

import structlog

from asr.choice import SERVED, Recognisers
from asr.engine import RecogniserUnavailableError
from asr.models import InstalledModel

log = structlog.get_logger(__name__)


def preload_before_fork(recognisers: Recognisers, languages: tuple[str, ...] = SERVED) -> tuple[str, ...]:
    """Load the Vosk models that calls will need; the children share them. Gives their names."""
    wanted = _wanted(recognisers, languages, live=False) + _wanted(recognisers, languages, live=True)
    return _load(recognisers, [model for model in wanted if model.engine == "vosk"])


def preload_in_child(recognisers: Recognisers, languages: tuple[str, ...] = SERVED) -> tuple[str, ...]:
    """Load Whisper, where it ranks first for a language: loaded before the fork, it hangs. Gives the names."""
    wanted = _wanted(recognisers, languages, live=False)
    return _load(recognisers, [model for model in wanted if model.engine == "whisper"])


def _wanted(recognisers: Recognisers, languages: tuple[str, ...], *, live: bool) -> list[InstalledModel]:
    return [ranked[0][0] for language in languages if (ranked := recognisers.ranked(language, live=live))]


def _load(recognisers: Recognisers, models: list[InstalledModel]) -> tuple[str, ...]:
    loaded: list[str] = []
    for model in models:
        if model.name not in loaded:
            try:
                recognisers.recogniser(model).load()
            except RecogniserUnavailableError as error:
                log.warning("model_not_loaded", model=model.name, error=str(error))
            else:
                loaded.append(model.name)
    return tuple(loaded)
