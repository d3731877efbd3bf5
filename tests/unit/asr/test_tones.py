"""Telephone tones are told from speech."""

from __future__ import annotations

import numpy as np
import pytest

from asr.engine import Pcm
from asr.tones import is_tone

RATE = 8000
TIME = np.arange(3 * RATE) / RATE


def tone(*frequencies: float) -> np.ndarray:
    return 6000 * sum((np.sin(2 * np.pi * f * TIME) for f in frequencies), np.zeros(len(TIME)))


def pcm(samples: np.ndarray) -> Pcm:
    return samples.astype(np.int16)


@pytest.mark.parametrize("frequencies", [(450,), (950,), (350, 440), (697, 1209), (941, 1477)])
def test_telephone_tones(frequencies: tuple[float, ...]) -> None:
    assert is_tone(pcm(tone(*frequencies)), RATE)
    assert is_tone(pcm(tone(*frequencies) * (TIME % 0.7 < 0.35)), RATE), "interrupted, as a busy tone is"


@pytest.mark.parametrize(
    "samples",
    [
        np.random.default_rng(1).normal(0, 3000, len(TIME)),
        sum((np.sin(2 * np.pi * 120 * n * TIME) * 4000 / n for n in range(1, 12)), np.zeros(len(TIME))),
        np.zeros(len(TIME)),
        np.zeros(0),
    ],
    ids=["noise", "a-voice-with-its-harmonics", "silence", "nothing"],
)
def test_no_tone(samples: np.ndarray) -> None:
    assert not is_tone(pcm(samples), RATE)
