"""Sound of prompts: cut the silence away, one loudness for all, no peak that clips on a telephone (numpy alone)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 8_000
ACTIVE_DBFS = -20.0
PEAK_DBFS = -3.0
_QUIET_DB = -45.0
_KEEP = 0.02
_FADE = 0.005

Sound = NDArray[np.float32]


def levels(sound: Sound, rate: int, window: float = 0.01) -> NDArray[np.float64]:
    """Root mean square of each window."""
    size = int(window * rate)
    whole = sound[: len(sound) // size * size].astype(np.float64).reshape(-1, size)
    return np.asarray(np.sqrt((whole**2).mean(1) + 1e-18))


def trim(sound: Sound, rate: int, quiet_db: float = _QUIET_DB) -> Sound:
    """Without the silence at both ends (``quiet_db`` under the loudest 10 ms), but for 20 ms; faded over 5 ms."""
    level = levels(sound, rate)
    loud = np.flatnonzero(level > level.max() * 10 ** (quiet_db / 20))
    step, keep = int(0.01 * rate), int(_KEEP * rate)
    kept = sound[max(0, int(loud[0]) * step - keep) : (int(loud[-1]) + 1) * step + keep].copy()
    fade = int(_FADE * rate)
    kept[:fade] *= np.linspace(0, 1, fade, dtype=np.float32)
    kept[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return kept


def silence(seconds: float, rate: int) -> Sound:
    """Nothing, for so long."""
    return np.zeros(int(seconds * rate), np.float32)


def active_dbfs(sound: Sound, rate: int) -> float:
    """Loudness while somebody speaks: 30 ms frames within 30 dB of the loudest."""
    power = levels(sound, rate, 0.03) ** 2
    return float(10 * np.log10(power[power > power.max() / 1000].mean()))


def level(sound: Sound, rate: int) -> NDArray[np.int16]:
    """Bring to the common loudness, then let a limiter with 5 ms of look-ahead hold the peaks."""
    loud = sound.astype(np.float64) * 10 ** ((ACTIVE_DBFS - active_dbfs(sound, rate)) / 20)
    look = int(0.005 * rate)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(np.abs(loud), look), 2 * look + 1).max(1)
    gain = np.minimum(1, 10 ** (PEAK_DBFS / 20) / np.maximum(around, 1e-9))
    window = np.hanning(2 * look + 3)[1:-1]
    smooth = np.convolve(np.pad(gain, look, "edge"), window / window.sum(), "valid")
    return np.asarray((loud * smooth * 32767).round().astype(np.int16))


def tone(frequency: float, seconds: float, rate: int) -> NDArray[np.int16]:
    """One frequency at the common loudness, faded so that it does not click."""
    time = np.arange(int(seconds * rate)) / rate
    fade = np.minimum(1, np.minimum(time, seconds - time) / 0.01)
    amplitude = 32767 * 10 ** (ACTIVE_DBFS / 20) * np.sqrt(2)
    return np.asarray((np.sin(2 * np.pi * frequency * time) * fade * amplitude).round().astype(np.int16))
