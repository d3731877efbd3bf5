"""An energy gate: where somebody speaks, and where a time in the cut audio lies in the recording.

Silence costs a recogniser time and invites it to invent words. It is cut out before recognition, but one
recogniser keeps hearing the channel: a fresh one at each pause loses 3-18 points of error (docs/speech.md).
The gate only says where there is *sound that changes*; it is not a judge of speech against music.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
import numpy.typing as npt

from asr.engine import Pcm

FRAME_S = 0.03
QUIETEST_DB = -50.0  # under this nobody speaks on a telephone line
ALL_QUIET_DB = -45.0  # a channel whose loud frames stay under this has no speech in it
ABOVE_FLOOR_DB = 9.0
BELOW_SPEECH_DB = 20.0
STEADY_DB = 6.0  # speech changes by more than this from frame to frame; hum, hiss and a held tone do not
LOUD_S = 0.3
BEFORE_S = 0.2
AFTER_S = 0.3
LEAST_SOUND_S = 0.06  # a click is shorter

Levels = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Span:
    """Samples ``start`` up to but without ``end``."""

    start: int
    end: int


def levels(pcm: Pcm, frame: int) -> Levels:
    """The level of each whole frame in dB under full scale; digital silence is -100."""
    count = len(pcm) // frame
    framed = pcm[: count * frame].reshape(count, frame)
    power: Levels = np.einsum("ij,ij->i", framed, framed, dtype=np.float64, casting="safe") / frame
    level: Levels = 10.0 * np.log10(np.maximum(power / 32768.0**2, 1e-10))
    return level


def speech_spans(pcm: Pcm, rate: int) -> tuple[Span, ...]:
    """Where the channel holds changing sound, with a margin on both sides; none when there is none."""
    frame = int(rate * FRAME_S)
    level = levels(pcm, frame)
    if not len(level):
        return ()
    floor, loud = float(np.percentile(level, 10)), _loud(level)
    if loud < ALL_QUIET_DB or loud - floor < STEADY_DB:
        return ()
    threshold = max(QUIETEST_DB, min(floor + ABOVE_FLOOR_DB, loud - BELOW_SPEECH_DB))
    runs = _runs(level >= threshold, least=round(LEAST_SOUND_S / FRAME_S))
    before, after = int(BEFORE_S * rate), int(AFTER_S * rate)
    padded = [(max(0, a * frame - before), min(len(pcm), b * frame + after)) for a, b in runs]
    return tuple(Span(a, b) for a, b in _joined(padded))


def _loud(level: Levels) -> float:
    """The level that a twentieth of the frames reach, or a few of them: one sentence in an hour counts."""
    share = min(len(level) // 20, round(LOUD_S / FRAME_S))
    return float(np.partition(level, -1 - share)[-1 - share])


def _runs(active: npt.NDArray[np.bool_], least: int) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], active.view(np.int8), [0]))))
    pairs = edges.reshape(-1, 2).tolist()
    return [(a, b) for a, b in pairs if b - a >= least]


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


class Clock:
    """Maps a time in the audio that is left after the cut to the time in the recording."""

    def __init__(self, spans: tuple[Span, ...], rate: int) -> None:
        lengths = [(span.end - span.start) / rate for span in spans]
        self._cut = [0.0, *accumulate(lengths)]
        self._starts = [span.start / rate for span in spans]

    def start(self, at: float) -> float:
        """The time of something that begins at ``at``: on a seam, the later side."""
        return self._map(bisect_right(self._cut, at + 1e-6) - 1, at)

    def end(self, at: float) -> float:
        """The time of something that ends at ``at``: on a seam, the earlier side."""
        return self._map(bisect_left(self._cut, at - 1e-6) - 1, at)

    def _map(self, index: int, at: float) -> float:
        if not self._starts:
            return at
        index = min(max(index, 0), len(self._starts) - 1)
        inside = min(max(at - self._cut[index], 0.0), self._cut[index + 1] - self._cut[index])
        return self._starts[index] + inside


def quiet_cuts(pcm: Pcm, rate: int, longest_s: float) -> tuple[Span, ...]:
    """The recording in pieces of at most ``longest_s`` seconds, cut at the quietest second of each last third.

    An hour must not be held as one piece of features: memory would grow with the call.
    """
    longest = int(longest_s * rate)
    edges = [0]
    while len(pcm) - edges[-1] > longest:
        begin, end = edges[-1] + longest * 2 // 3, edges[-1] + longest
        level = levels(pcm[begin:end], rate // 10)
        smooth = np.convolve(10.0 ** (level / 10.0), np.ones(10), mode="same")
        edges.append(begin + int(np.argmin(smooth)) * (rate // 10) + rate // 20)
    edges.append(len(pcm))
    return tuple(Span(a, b) for a, b in pairwise(edges) if b > a)
