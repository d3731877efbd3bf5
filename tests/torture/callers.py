"""Callers of a campaign: each with a number of his own, and sounds that can be told apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import numpy as np
import soundfile

from bench.installation import Installation
from ops.sip.agent import UserAgent
from ops.sip.g711 import Samples

RATE = 8000
SIGNAL_HZ = 1850.0
"""Pitch of the sound that stands for the fallback prompt: no prompt, music or tone of ours has it."""
_WINDOW = 400

_numbers = count(13_700_000_001)


def new_number() -> str:
    """A telephone number that no other caller of this process has."""
    return str(next(_numbers))


def tone(hertz: float, seconds: float, level: float = 0.3) -> Samples:
    """A steady tone, 16-bit."""
    return (np.sin(2 * np.pi * hertz * np.arange(int(RATE * seconds)) / RATE) * level * 32767).astype(np.int16)


def babble(seconds: float, seed: int) -> Samples:
    """Something that is surely sound and surely not silence: noise in syllables."""
    random = np.random.default_rng(seed)
    syllables = np.repeat(random.uniform(0.2, 1.0, int(seconds * 5) + 1), RATE // 5)[: int(seconds * RATE)]
    return (random.normal(0, 0.15, len(syllables)) * syllables * 32767).clip(-32768, 32767).astype(np.int16)


@contextmanager
def marked(house: Installation, prompt: str) -> Iterator[None]:
    """Replace a prompt by the signal for a while, in both languages, as an operator replaces a prompt."""
    files = [house.home / "prompts" / language / f"{prompt}.wav" for language in ("zh", "en")]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(file, tone(SIGNAL_HZ, 2.0), RATE, subtype="PCM_16")
    try:
        yield
    finally:
        for file in files:
            file.unlink(missing_ok=True)


def signal_heard_at(heard: Samples) -> float | None:
    """Seconds into the call at which the signal begins, or None."""
    frames = heard[: len(heard) // _WINDOW * _WINDOW].reshape(-1, _WINDOW).astype(np.float64)
    if not len(frames):
        return None
    wave = np.exp(-2j * np.pi * SIGNAL_HZ * np.arange(_WINDOW) / RATE)
    power = np.abs(frames @ wave) ** 2 * 2 / _WINDOW
    total = (frames**2).sum(axis=1) + 1.0
    found = np.flatnonzero((power / total > 0.8) & (total > _WINDOW * 1e5))
    return float(found[0] * _WINDOW / RATE) if len(found) else None


def user_agent(house: Installation) -> UserAgent:
    """A trunk's end that calls into the house."""
    return UserAgent(("127.0.0.1", int(house.environment["HUIYIN_SIP_PORT"])))
