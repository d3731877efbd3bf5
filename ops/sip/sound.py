"""What a caller hears: is it silence, is it the tone before a recording? And WAV files for him to speak."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from ops.sip.g711 import Samples

RATE = 8000
HOP = 160
_WINDOW = 320
_QUIET = 150.0
"""Root mean square below which a line is called quiet (speech is 1,000 and more)."""
_LOWEST, _HIGHEST = 700.0, 1300.0
_SHORTEST, _LONGEST = 7, 45
"""Hops of 20 ms that a tone lasts (0.2 to 0.6 s, less the edges; a little more, for a line that repeats)."""


def loudness(samples: Samples) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2))) if len(samples) else 0.0


def is_quiet(samples: Samples) -> bool:
    """Whether nobody speaks and nothing plays."""
    return loudness(samples) < _QUIET


def pitch(window: Samples) -> float | None:
    """The frequency of a pure tone between 700 and 1,300 Hz, or None."""
    if len(window) < _WINDOW or is_quiet(window):
        return None
    power = np.abs(np.fft.rfft(window * np.hanning(len(window)))) ** 2
    step = RATE / len(window)
    peak = int(np.argmax(power))
    if not _LOWEST <= peak * step <= _HIGHEST:
        return None
    near = power[max(peak - 2, 0) : peak + 3].sum()
    return peak * step if near > 0.9 * power.sum() else None


class ToneDetector:
    """Hears the tone before a recording: one frequency, then its end."""

    def __init__(self) -> None:
        self._pitch: float | None = None
        self._hops = 0

    def hear(self, window: Samples) -> bool:
        """Take the last 40 ms, 20 ms further each time; True when a tone has just ended."""
        heard = pitch(window)
        same = heard is not None and (self._pitch is None or abs(heard - self._pitch) <= 2 * RATE / _WINDOW)
        if heard is not None and same:
            self._pitch, self._hops = heard, self._hops + 1
            return False
        ended = heard is None and _SHORTEST <= self._hops <= _LONGEST
        self._pitch, self._hops = heard, int(heard is not None)
        return ended


def read_wav(path: Path) -> Samples:
    """A WAV file as one channel of 8 kHz. Raises ValueError for what cannot be read."""
    try:
        with wave.open(str(path), "rb") as file:
            if file.getsampwidth() != 2:
                raise ValueError(f"{path}: only WAV files of 16 bits can be spoken")
            rate, channels = file.getframerate(), file.getnchannels()
            data = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    except (wave.Error, EOFError, OSError) as error:
        raise ValueError(f"{path}: {error}") from error
    mono = data.reshape(-1, channels).astype(np.float64).mean(axis=1)
    return _to_telephone(mono, rate).clip(-32768, 32767).astype(np.int16)


def write_wav(path: Path, samples: Samples) -> None:
    """Write 8 kHz, one channel, 16 bits."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())


def _to_telephone(
    samples: np.ndarray[tuple[int, ...], np.dtype[np.float64]], rate: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Resample to 8 kHz by cutting the spectrum: exact for whole files, and they are short."""
    if rate == RATE or not len(samples):
        return samples
    wanted = round(len(samples) * RATE / rate)
    spectrum = np.fft.rfft(samples)
    kept = np.zeros(wanted // 2 + 1, complex)
    shared = min(len(kept), len(spectrum))
    kept[:shared] = spectrum[:shared]
    return np.asarray(np.fft.irfft(kept, wanted) * (wanted / len(samples)))
