"""The door to soundfile: a WAV file as 16-bit channels, and the change of rate that a recogniser wants.

Telephone speech has 8,000 samples a second, wide-band models want 16,000. The way between decides the error
rate: a band-limited resampler leaves 4-8 kHz empty, which such a model has never heard. Straight lines
between the samples put some energy there and halve the loss (docs/speech.md has the figures).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile

from asr.engine import Pcm, RecognitionError

READ_FRAMES = 1 << 18


@dataclass(frozen=True)
class Audio:
    """One recording: 16-bit samples at ``rate`` Hz, one array a channel."""

    rate: int
    channels: tuple[Pcm, ...]

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.channels[0]) / self.rate if self.channels else 0.0


def read_audio(source: Path | BinaryIO) -> Audio:
    """Read a recording, block by block, into one array a channel. Raises RecognitionError."""
    try:
        with soundfile.SoundFile(source) as file:
            channels = [np.zeros(file.frames, dtype=np.int16) for _ in range(file.channels)]
            filled = 0
            while len(block := file.read(READ_FRAMES, dtype="int16", always_2d=True)):
                for number, channel in enumerate(channels):
                    channel[filled : filled + len(block)] = block[:, number]
                filled += len(block)
            return Audio(int(file.samplerate), tuple(channel[:filled] for channel in channels))
    except (soundfile.SoundFileError, RuntimeError, OSError, EOFError) as error:
        raise RecognitionError(f"the recording cannot be read: {error}") from error


class StraightLines:
    """Change the rate of a stream by straight lines between its samples, block by block without seams.

    Downwards by a whole factor, groups of samples are averaged first, so that the upper band does not fold.
    """

    def __init__(self, rate: int, wanted: int) -> None:
        self._group = rate // wanted if rate > wanted and rate % wanted == 0 else 1
        self._step = (rate // self._group, wanted)
        self._rest: Pcm = np.zeros(0, dtype=np.int16)
        self._base = 0
        self._made = 0

    def feed(self, pcm: Pcm) -> Pcm:
        """The samples at the wanted rate that are certain with these ones."""
        if self._group == 1 and self._step[0] == self._step[1]:
            return pcm
        samples = np.concatenate((self._rest, pcm)) if len(self._rest) else pcm
        return self._averages(samples) if self._group > 1 else self._lines(samples)

    def _averages(self, samples: Pcm) -> Pcm:
        whole = len(samples) - len(samples) % self._group
        self._rest = samples[whole:]
        means: Pcm = samples[:whole].reshape(-1, self._group).mean(axis=1).astype(np.int16)
        return means

    def _lines(self, samples: Pcm) -> Pcm:
        if len(samples) < 2:
            self._rest = samples
            return np.zeros(0, dtype=np.int16)
        rate, wanted = self._step
        last = self._base + len(samples) - 1
        end = last * wanted // rate + 1
        positions = np.arange(self._made, end, dtype=np.int64) * rate / wanted - self._base
        made = np.interp(positions, np.arange(len(samples)), samples)
        self._rest, self._base, self._made = samples[-1:], last, end
        return np.rint(made).astype(np.int16)


def change_rate(pcm: Pcm, rate: int, wanted: int) -> Pcm:
    """A whole piece of audio at the wanted rate."""
    return StraightLines(rate, wanted).feed(pcm)


def blocks(pcm: Pcm, size: int) -> Iterator[Pcm]:
    """The samples in pieces of at most ``size``, as views."""
    for start in range(0, len(pcm), size):
        yield pcm[start : start + size]
