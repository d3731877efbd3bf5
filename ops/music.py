"""Make the music on hold: ``python -m ops.music``. Soft chords of our own, so that nobody's rights are touched."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ops.asterisk_config import TEMPLATES
from ops.sip import g711

RATE = 8000
_BAR = 3.0
_A4 = 440.0
_CHORDS = (
    (-12, 0, 4, 7, 11), (-15, -3, 0, 4, 7), (-19, -7, -3, 0, 5), (-14, -5, -1, 2, 7),
    (-12, 0, 4, 7, 12), (-17, -5, -1, 4, 7), (-19, -7, -3, 2, 5), (-14, -7, -1, 2, 5),
)  # fmt: skip
"""Semitones from middle C: eight bars that lead back to the first."""


def compose() -> NDArray[np.int16]:
    """Eight bars of broken chords; each note rings over the loop's seam, so that the music has no end."""
    length = int(_BAR * len(_CHORDS) * RATE)
    music = np.zeros(length)
    for bar, chord in enumerate(_CHORDS):
        for step, semitone in enumerate((*chord, *chord[-2:0:-1])):
            note = _note(_A4 * 2 ** ((semitone - 9) / 12), soft=step > 0)
            start = int((bar + step / 8) * _BAR * RATE)
            np.add.at(music, (start + np.arange(len(note))) % length, note)
    return np.asarray(music / np.abs(music).max() * 7000, dtype=np.int16)


def _note(frequency: float, *, soft: bool) -> NDArray[np.float64]:
    """A bell-like tone that fades for two seconds."""
    time = np.arange(int(2.4 * RATE)) / RATE
    partials = sum(level * np.sin(2 * np.pi * frequency * n * time) for n, level in ((1, 1.0), (2, 0.28), (3, 0.1)))
    envelope = np.minimum(time / 0.02, 1) * np.exp(-time * 1.9) * np.minimum((2.4 - time) / 0.2, 1)
    return np.asarray(partials * envelope * (0.55 if soft else 1.0))


def main() -> None:
    """Write ``asterisk-conf/moh/hold.alaw``."""
    (TEMPLATES / "moh" / "hold.alaw").write_bytes(g711.encode(compose(), "alaw"))


if __name__ == "__main__":
    main()
