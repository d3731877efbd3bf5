"""Telephone tones and single notes: sound that changes, as speech does, but has no more than two frequencies.

A ringback, busy or key tone passes the energy gate, and a recogniser without a voice detector of its own makes
words of it. Speech has many harmonics or none in nearly every frame; these have one or two.
"""

from __future__ import annotations

import numpy as np

from asr.engine import Pcm
from asr.silence import FRAME_S, QUIETEST_DB, levels

PEAKS = 2
LOBE = 2  # bins on each side that a Hann window spreads a pure tone over
TONAL_SHARE = 0.95  # of a frame's power in its peaks
MOSTLY = 0.8  # of the frames with sound in them
MOST_FRAMES = 2000  # a minute tells enough


def is_tone(pcm: Pcm, rate: int) -> bool:
    """Whether nearly all the sound in this stretch is one or two pure tones at a time."""
    frame = int(rate * FRAME_S)
    heard = np.flatnonzero(levels(pcm, frame) >= QUIETEST_DB)[:MOST_FRAMES]
    if not len(heard):
        return False
    frames = pcm[: len(pcm) // frame * frame].reshape(-1, frame)[heard]
    power = np.abs(np.fft.rfft(frames * np.hanning(frame), axis=1)) ** 2
    total = power.sum(axis=1)
    rows = np.arange(len(power))
    peaked = np.zeros(len(power))
    for _ in range(PEAKS):
        top = power.argmax(axis=1)
        for offset in range(-LOBE, LOBE + 1):
            bins = np.clip(top + offset, 0, power.shape[1] - 1)
            peaked += power[rows, bins]
            power[rows, bins] = 0.0
    return bool(np.mean(peaked >= TONAL_SHARE * total) >= MOSTLY)
