"""The door to faster-whisper: Whisper-base as stand-in for a language without a Vosk model. Batch only.

What it invents in silence is filtered three times: the energy gate, the engine's own voice detector, and its
own doubts about a segment. Its model must be loaded inside the child that uses it: loaded before a fork, the
child hangs.
"""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from asr.audio import change_rate
from asr.engine import Pcm, RecogniserUnavailableError, RecognitionError
from asr.models import InstalledModel
from asr.silence import quiet_cuts, speech_spans
from asr.transcript import Segment, Side, Transcript, Word
from asr.words import mean_confidence, simplified

PIECE_S = 300.0  # features of a longer piece would cost memory without need


@dataclass(frozen=True)
class WhisperSettings:
    """What the engine is told, and the doubts past which a segment is dropped."""

    beam_size: int = 5
    compute_type: str = "int8"
    no_speech_prob: float = 0.5
    avg_logprob: float = -0.8
    compression_ratio: float = 2.0


class WhisperRecogniser:
    """One Whisper model, one thread."""

    name = "whisper"
    live = False

    def __init__(self, model: InstalledModel, settings: WhisperSettings | None = None) -> None:
        self.model = model.name
        self.languages = model.languages
        self._installed = model
        self._settings = settings or WhisperSettings()
        self._loaded: Any = None
        self._lock = threading.Lock()

    @property
    def model_version(self) -> str:
        """SHA-256 over the model's files."""
        return self._installed.version

    def load(self) -> None:
        """Load the model now: only in the process that will use it."""
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(self._installed, self._settings)

    def transcribe(
        self, pcm: Pcm, rate: int, language: str, side: Side = Side.CALLER, hints: tuple[str, ...] = ()
    ) -> Transcript:
        """Recognise one channel of a whole recording."""
        if language not in self.languages:
            raise ValueError(f"{self.model} does not speak {language}")
        segments: list[Segment] = []
        raw: list[dict[str, Any]] = []
        for piece in quiet_cuts(pcm, rate, PIECE_S):
            samples = pcm[piece.start : piece.end]
            if not speech_spans(samples, rate):
                continue
            for heard in self._heard(change_rate(samples, rate, self._installed.rate), language, hints):
                offset = piece.start / rate
                raw.append(_raw(heard, offset))
                if not self._doubtful(heard):
                    segments.extend(_segments(heard, offset, side, language))
        return Transcript(
            language=language,
            engine=self.name,
            model=self.model,
            model_version=self.model_version,
            segments=tuple(segments),
            settings={key: str(value) for key, value in asdict(self._settings).items()},
            raw={str(side): json.dumps(raw, ensure_ascii=False)},
        )

    def stream(self, language: str, rate: int, side: Side) -> None:  # noqa: ARG002 - the port's shape
        """Offer nothing: a partial result would cost a whole window of 30 s each time."""
        return

    def _heard(self, pcm: Pcm, language: str, hints: tuple[str, ...]) -> list[Any]:
        self.load()
        try:
            segments, _ = self._loaded.transcribe(
                pcm.astype(np.float32) / 32768.0,
                language=language,
                beam_size=self._settings.beam_size,
                condition_on_previous_text=False,
                vad_filter=True,
                word_timestamps=True,
                hotwords=" ".join(hints) or None,
            )
            return list(segments)
        except (RuntimeError, ValueError) as error:
            raise RecognitionError(f"whisper cannot read this audio: {error}") from error

    def _doubtful(self, heard: Any) -> bool:
        limits = self._settings
        return bool(
            heard.no_speech_prob > limits.no_speech_prob
            or heard.avg_logprob < limits.avg_logprob
            or heard.compression_ratio > limits.compression_ratio
        )


def _load(model: InstalledModel, settings: WhisperSettings) -> Any:
    try:
        from faster_whisper import WhisperModel  # noqa: PLC0415 - not installed where Vosk has every language
    except (ImportError, OSError) as error:
        raise RecogniserUnavailableError(f"faster-whisper is not installed: {error}") from error
    try:
        return WhisperModel(
            str(model.path),
            device="cpu",
            compute_type=settings.compute_type,
            cpu_threads=1,
            num_workers=1,
            local_files_only=True,
        )
    except (RuntimeError, ValueError, OSError) as error:
        raise RecogniserUnavailableError(f"{model.name} cannot be loaded: {error}") from error


def _segments(heard: Any, offset: float, side: Side, language: str) -> tuple[Segment, ...]:
    words = tuple(
        Word(
            simplified(word.word.strip(), language),
            round(float(word.start) + offset, 3),
            round(float(word.end) + offset, 3),
            round(float(word.probability), 4),
        )
        for word in heard.words or ()
        if word.word.strip()
    )
    text = simplified(heard.text.strip(), language)
    if not text or not words:
        return ()
    return (Segment(side, words[0].start, words[-1].end, text, mean_confidence(words), words),)


def _raw(heard: Any, offset: float) -> dict[str, Any]:
    return {
        "start": round(float(heard.start) + offset, 3),
        "end": round(float(heard.end) + offset, 3),
        "text": heard.text,
        "no_speech_prob": round(float(heard.no_speech_prob), 4),
        "avg_logprob": round(float(heard.avg_logprob), 4),
        "compression_ratio": round(float(heard.compression_ratio), 4),
    }
