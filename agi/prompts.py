"""From what shall be said to files that Asterisk plays.

A recording that an operator put into the prompts folder wins at the next playback. Asterisk gets paths without
extension and picks the format that suits the call. What is missing is logged once and skipped: a prompt that is
not there never ends a call.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from ivr.actions import Prompt, Spoken, SpokenDigits, SpokenMessage, SpokenTicketNumber
from ivr.speech import Part

log = structlog.get_logger()

_BYTES_PER_SECOND = {".alaw": 8_000, ".wav": 16_000, ".wav16": 32_000}
"""Formats of prompts, the ones that we ship first; both WAV kinds are 16-bit mono."""
_SETTLED_NS = 1_000_000_000
"""A folder that changed less than this ago may change again within one tick of its clock."""

NumberSpeech = Callable[[str, str], tuple[str, ...]]
"""(language, digits) to ids of prompts: ``ivr.speech``."""
PartsSpeech = Callable[[str, str], tuple[Part, ...]]
"""The same of a ticket number, part by part."""


@dataclass(frozen=True)
class Sound:
    """A file to play: its path without extension, as Asterisk wants it, and how long it takes."""

    path: str
    seconds: float


class _Folder:
    """The sounds in one folder; read again when the folder changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._name = str(path)
        self._changed = -1
        self._sounds: dict[str, Sound] = {}

    def find(self, name: str) -> Sound | None:
        """The sound of this name."""
        try:
            changed = os.stat(self._name).st_mtime_ns  # noqa: PTH116  (once a prompt: the short way)
        except OSError:
            return None
        if changed != self._changed:
            self._sounds = self._scan()
            settled = time.time_ns() - changed > _SETTLED_NS
            self._changed = changed if settled else -1
        return self._sounds.get(name)

    def _scan(self) -> dict[str, Sound]:
        sounds = {}
        with os.scandir(self._path) as entries:
            for entry in entries:
                file = Path(entry.path)
                rate = _BYTES_PER_SECOND.get(file.suffix)
                if rate and entry.is_file():
                    sounds[file.stem] = Sound(str(file.with_suffix("")), entry.stat().st_size / rate)
        return sounds


class PromptLibrary:
    """Finds the sounds of prompts: ``own`` (the operator's folder) before ``shipped``."""

    def __init__(
        self,
        own: Path,
        shipped: Path,
        languages: Sequence[str],
        *,
        ticket_parts: PartsSpeech,
        digits: NumberSpeech,
        ahead: Path | None = None,
    ) -> None:
        """``ahead``: where parts of a ticket number may lie in one breath, rendered before the call."""
        self._folders = {language: (_Folder(own / language), _Folder(shipped / language)) for language in languages}
        self._ticket_parts = ticket_parts
        self._digits = digits
        self._ahead = {language: _Folder(ahead / language) for language in languages if ahead}
        self._missing: set[tuple[str, str]] = set()

    def sounds(self, spoken: Sequence[Spoken], folder: Path) -> list[tuple[Sound, ...]]:
        """For each thing to say its files, in order; ``folder`` holds the caller's own message."""
        return [self._of(item, folder) for item in spoken]

    def _of(self, item: Spoken, folder: Path) -> tuple[Sound, ...]:
        if isinstance(item, Prompt):
            return self._named((item.id,), item.language)
        if isinstance(item, SpokenTicketNumber):
            return self._number(item)
        if isinstance(item, SpokenDigits):
            return self._named(self._digits(item.language, item.digits), item.language)
        return _message(item, folder)

    def _number(self, item: SpokenTicketNumber) -> tuple[Sound, ...]:
        """The number, in one breath what is ready so; not where an operator recorded a piece: one person speaks."""
        parts = self._ticket_parts(item.language, item.number)
        recorded = self._folders.get(item.language, ())[:1]
        by_hand = any(own.find(name) for own in recorded for part in parts for name in part.pieces)
        return tuple(sound for part in parts for sound in self._part(part, item.language, by_hand=by_hand))

    def _part(self, part: Part, language: str, *, by_hand: bool) -> tuple[Sound, ...]:
        ahead = self._ahead.get(language)
        take = ahead.find(part.take) if ahead and part.take and not by_hand else None
        return (take,) if take and take.seconds else self._named(part.pieces, language)

    def _named(self, names: Sequence[str], language: str) -> tuple[Sound, ...]:
        found = []
        for name in names:
            sound = self._find(name, language)
            if sound is None:
                self._report(name, language)
            else:
                found.append(sound)
        return tuple(found)

    def _find(self, name: str, language: str) -> Sound | None:
        for folder in self._folders.get(language, ()):
            sound = folder.find(name)
            if sound:
                return sound
        return None

    def _report(self, name: str, language: str) -> None:
        if (name, language) not in self._missing:
            self._missing.add((name, language))
            log.error("prompt is missing", prompt=name, language=language)


def _message(item: SpokenMessage, folder: Path) -> tuple[Sound, ...]:
    path = folder / item.file
    try:
        size = path.stat().st_size
    except OSError:
        return ()
    return (Sound(str(path.with_suffix("")), size / _BYTES_PER_SECOND[path.suffix]),)
