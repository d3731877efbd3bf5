"""What somebody heard: whether a certain sentence was in it, and what a recogniser makes of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from asr.choice import Recognisers, recognisers
from bench.installation import Installation
from ops.sip.g711 import Samples

RATE = 8000
_FRAME, _HOP, _BANDS = 256, 128, 24
_PIECE = RATE * 3 // 2
_ALIKE = 0.7
"""Correlation of two spectra over time, the median of pieces: a sentence has 0.92 after codecs, another one 0.53."""
Picture = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Found:
    """Where a sound is most likely, in samples, and how alike it is there."""

    likeness: float
    start: int


def picture(sound: Samples) -> Picture:
    """Loudness in bands over time, each band about its mean; quieter than a breath counts as silence."""
    count = max(0, (len(sound) - _FRAME) // _HOP + 1)
    if not count:
        return np.zeros((0, _BANDS))
    starts = np.arange(count)[:, None] * _HOP + np.arange(_FRAME)
    spectrum = np.abs(np.fft.rfft(sound.astype(np.float64)[starts] * np.hanning(_FRAME), axis=1))[:, 6:]
    bands = np.array_split(spectrum, _BANDS, axis=1)
    loud = np.log10(np.stack([band.mean(axis=1) for band in bands], axis=1) + 1e3)
    return np.asarray(loud - loud.mean(axis=0), dtype=np.float64)


def find(said: Samples, heard: Samples) -> Found:
    """The place of what was heard that is most like what was said."""
    wanted, given = picture(said), picture(heard)
    best, place = 0.0, 0
    for start in range(max(0, len(given) - len(wanted) + 1)):
        window = given[start : start + len(wanted)]
        scale = float(np.sqrt((wanted**2).sum() * (window**2).sum()))
        likeness = float((wanted * window).sum()) / scale if scale else 0.0
        if likeness > best:
            best, place = likeness, start
    return Found(best, place * _HOP)


def sentence_in(said: Samples, heard: Samples) -> Samples | None:
    """The stretch in which this sentence was heard, piece by piece: a jitter buffer may stretch its pauses."""
    start = find(said, heard).start
    alike = []
    for offset in range(0, len(said) - _PIECE + 1, _PIECE):
        near = heard[max(0, start + offset - _PIECE) : start + offset + 2 * _PIECE]
        alike.append(find(said[offset : offset + _PIECE], near).likeness)
    if float(np.median(alike)) < _ALIKE:
        return None
    return heard[max(0, start - _PIECE) : start + len(said) + _PIECE]


def longest_silence(heard: Samples, loud: float = 60.0) -> float:
    """Seconds of the longest stretch in which next to nothing was heard."""
    frame = RATE // 100
    whole = heard[: len(heard) // frame * frame].reshape(-1, frame).astype(np.float64)
    longest = run = 0
    for quiet in np.sqrt((whole**2).mean(axis=1)) < loud:
        run = run + 1 if quiet else 0
        longest = max(longest, run)
    return longest * frame / RATE


class Listener:
    """Understands what was said with the recogniser that transcribes the house's recordings."""

    def __init__(self, house: Installation) -> None:
        self._recognisers: Recognisers = recognisers(house.home / "models")

    def words(self, heard: Samples) -> set[str]:
        """The words that are understood."""
        match = self._recognisers.batch("en")
        text = match.recogniser.transcribe(heard, RATE, match.language).text
        return {word.strip(".,?!-").lower() for word in text.split()}
