"""The door to Vosk: whole recordings and live channels. One model shared, one recogniser a channel."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from asr.audio import StraightLines, blocks
from asr.engine import Pcm, RecogniserUnavailableError, RecognitionError
from asr.memory import give_back
from asr.models import InstalledModel
from asr.silence import Clock, Span, speech_spans
from asr.tones import is_tone
from asr.transcript import Segment, Side, Transcript, Word
from asr.vosk_conf import decoder_options, decoder_view
from asr.words import NOT_WORDS, joined, mean_confidence, segments_at_pauses

BLOCK_S = 0.25


class VoskRecogniser:
    """One Vosk model. Loading takes a second or two and is done once, at the first use or by ``load``."""

    name = "vosk"
    live = True

    def __init__(self, model: InstalledModel) -> None:
        self.model = model.name
        self.languages = model.languages
        self._installed = model
        self._options = decoder_options(model)
        self._loaded: Any = None
        self._lock = threading.Lock()

    @property
    def model_version(self) -> str:
        """SHA-256 over the model's files."""
        return self._installed.version

    def load(self) -> None:
        """Load the model now: before a fork, so that the children share its memory."""
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(self._installed, self._options)

    def transcribe(
        self,
        pcm: Pcm,
        rate: int,
        language: str,
        side: Side = Side.CALLER,
        hints: tuple[str, ...] = (),  # noqa: ARG002 - the port offers them; this engine has no use for them
    ) -> Transcript:
        """Recognise one channel; the silence is cut, the times are the recording's."""
        self._check(language)
        spans = tuple(s for s in speech_spans(pcm, rate) if not is_tone(pcm[s.start : s.end], rate))
        answers = self._answers(pcm, rate, spans) if spans else []
        clock = Clock(spans, rate)
        words = tuple(_placed(word, clock) for answer in answers for word in _words(answer))
        return Transcript(
            language=language,
            engine=self.name,
            model=self.model,
            model_version=self.model_version,
            segments=segments_at_pauses(words, side, language),
            settings={**self._options, "rate": str(self._installed.rate), "silence": "energy gate, no tones"},
            raw={str(side): json.dumps(answers, ensure_ascii=False)},
        )

    def stream(self, language: str, rate: int, side: Side) -> VoskStream:
        """A live channel."""
        self._check(language)
        return VoskStream(self._recogniser(), StraightLines(rate, self._installed.rate), language, side)

    def _check(self, language: str) -> None:
        if language not in self.languages:
            raise ValueError(f"{self.model} does not speak {language}")

    def _recogniser(self) -> Any:
        from vosk import KaldiRecognizer  # noqa: PLC0415 - loads its library: only where it is used

        self.load()
        recogniser = KaldiRecognizer(self._loaded, float(self._installed.rate))
        recogniser.SetWords(True)
        return recogniser

    def _answers(self, pcm: Pcm, rate: int, spans: tuple[Span, ...]) -> list[dict[str, Any]]:
        recogniser = self._recogniser()
        lines = StraightLines(rate, self._installed.rate)
        answers = [
            json.loads(recogniser.Result())
            for block in _kept(pcm, rate, spans)
            if _accept(recogniser, lines.feed(block))
        ]
        answers.append(json.loads(recogniser.FinalResult()))
        del recogniser
        give_back()
        return answers


class VoskStream:
    """One live channel: feed it as the audio comes."""

    def __init__(self, recogniser: Any, lines: StraightLines, language: str, side: Side) -> None:
        self._recogniser = recogniser
        self._lines = lines
        self._language = language
        self._side = side

    def accept(self, pcm: Pcm) -> tuple[Segment, ...]:
        """Take samples; give the utterance that ended with them, if one did."""
        if _accept(self._recogniser, self._lines.feed(pcm)):
            return self._segments(self._recogniser.Result())
        return ()

    def partial(self) -> str:
        """The words of the running utterance so far."""
        heard = str(json.loads(self._recogniser.PartialResult()).get("partial", ""))
        return joined((word for word in heard.split() if word not in NOT_WORDS), self._language)

    def finish(self) -> tuple[Segment, ...]:
        """End the stream; give what was still open."""
        return self._segments(self._recogniser.FinalResult())

    def _segments(self, answer: str) -> tuple[Segment, ...]:
        words = tuple(_words(json.loads(answer)))
        if not words:
            return ()
        text = joined((word.text for word in words), self._language)
        return (Segment(self._side, words[0].start, words[-1].end, text, mean_confidence(words), words),)


def _load(model: InstalledModel, options: dict[str, str]) -> Any:
    try:
        from vosk import Model, SetLogLevel  # noqa: PLC0415 - loads its library: only where it is used
    except (ImportError, OSError) as error:
        raise RecogniserUnavailableError(f"vosk is not installed: {error}") from error
    SetLogLevel(-1)
    with decoder_view(model.path, options) as folder:
        try:
            return Model(str(folder))
        except Exception as error:  # vosk raises bare Exception
            raise RecogniserUnavailableError(f"{model.name} cannot be loaded") from error


def _accept(recogniser: Any, pcm: Pcm) -> bool:
    if not len(pcm):
        return False
    try:
        return bool(recogniser.AcceptWaveform(np.ascontiguousarray(pcm).tobytes()))
    except Exception as error:  # vosk raises bare Exception
        raise RecognitionError("vosk cannot process this audio") from error


def _kept(pcm: Pcm, rate: int, spans: tuple[Span, ...]) -> Iterator[Pcm]:
    for span in spans:
        yield from blocks(pcm[span.start : span.end], int(rate * BLOCK_S))


def _words(answer: dict[str, Any]) -> Iterator[Word]:
    for word in answer.get("result", ()):
        if word["word"] not in NOT_WORDS:
            yield Word(word["word"], float(word["start"]), float(word["end"]), float(word["conf"]))


def _placed(word: Word, clock: Clock) -> Word:
    start = clock.start(word.start)
    return replace(word, start=round(start, 3), end=round(max(start, clock.end(word.end)), 3))
