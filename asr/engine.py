"""The port to speech recognition: what any engine must offer. Engines live beside it, one module each."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from asr.transcript import Segment, Side, Transcript

Pcm = npt.NDArray[np.int16]


class RecogniserUnavailableError(Exception):
    """The engine or its model is not installed. The recording waits; nothing failed."""


class RecognitionError(Exception):
    """The engine could not read this audio; another attempt may or may not help."""


class Stream(Protocol):
    """Live recognition of one channel."""

    def accept(self, pcm: Pcm) -> tuple[Segment, ...]:
        """Take the next samples; give the utterances that ended with them."""

    def partial(self) -> str:
        """The words of the running utterance so far."""

    def finish(self) -> tuple[Segment, ...]:
        """End the stream; give what was still open."""


class Recogniser(Protocol):
    """One engine with one model."""

    @property
    def name(self) -> str:
        """The engine: vosk or whisper."""

    @property
    def model(self) -> str:
        """The model's name."""

    @property
    def model_version(self) -> str:
        """SHA-256 over the model's files."""

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that it speaks."""

    @property
    def live(self) -> bool:
        """Whether it can follow a running call."""

    def transcribe(
        self, pcm: Pcm, rate: int, language: str, side: Side = Side.CALLER, hints: tuple[str, ...] = ()
    ) -> Transcript:
        """Recognise one mono channel (16-bit samples at ``rate`` Hz).

        Raises RecognitionError when the engine cannot read it, ValueError for a language it does not speak.
        """

    def stream(self, language: str, rate: int, side: Side) -> Stream | None:
        """A live stream, or None when the engine works on whole recordings only."""
