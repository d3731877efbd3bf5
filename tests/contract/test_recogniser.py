"""What every recogniser promises, whichever engine is behind it: the fake, Whisper-base, Vosk.

Vosk is tested with the Korean model of the development requirements, the only one in a package registry.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from asr.choice import Recognisers
from asr.engine import Pcm, Recogniser
from asr.fake_engine import FakeRecogniser
from asr.models import installed_models
from asr.transcript import Side, merge_sides
from ops.model_standin import join

RATE = 8000
ENGINES = ("fake", "whisper", "vosk")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Recognisers:
    folder = tmp_path_factory.mktemp("models")
    pytest.importorskip("faster_whisper", reason="the stand-in (requirements/standin.txt) is not installed")
    join(folder / "whisper-base")
    return Recognisers(folder)


@pytest.fixture(scope="module", params=ENGINES)
def recogniser(request: pytest.FixtureRequest, table: Recognisers) -> Recogniser:
    if request.param == "fake":
        return FakeRecogniser(languages=("ko", "zh", "en"))
    models = {model.engine: model for model in installed_models(table.folder)}
    return table.recogniser(models[request.param])


def murmur(seconds: float, rate: int = RATE) -> Pcm:
    """Something between noise and speech: engines may hear words in it or none."""
    count = int(seconds * rate)
    time = np.arange(count) / rate
    voice = sum((np.sin(2 * np.pi * 130 * n * time) / n for n in range(1, 25)), np.zeros(count))
    swell = (0.5 + 0.5 * np.sin(2 * np.pi * 3 * time)) * (0.6 + 0.4 * np.sin(2 * np.pi * 0.7 * time))
    noise = np.random.default_rng(5).normal(0, 0.2, count)
    return ((voice + noise) * swell * 4000).astype(np.int16)


def quiet(seconds: float) -> Pcm:
    return np.random.default_rng(6).normal(0, 6, int(seconds * RATE)).astype(np.int16)


def test_says_what_it_is(recogniser: Recogniser) -> None:
    assert recogniser.name in ENGINES
    assert recogniser.model
    assert len(recogniser.model_version) == 64
    assert "ko" in recogniser.languages


@pytest.mark.parametrize("rate", [8000, 16000])
def test_a_transcript_in_one_shape(recogniser: Recogniser, rate: int) -> None:
    pcm = np.concatenate((murmur(3, rate), np.zeros(2 * rate, dtype=np.int16), murmur(2, rate)))
    transcript = recogniser.transcribe(pcm, rate, "ko", Side.AGENT)
    assert (transcript.engine, transcript.model) == (recogniser.name, recogniser.model)
    assert transcript.model_version == recogniser.model_version
    assert transcript.language == "ko"
    assert set(transcript.raw) == {"agent"}
    json.dumps([transcript.settings, transcript.raw])
    last = 0.0
    for segment in transcript.segments:
        assert segment.side is Side.AGENT
        assert segment.text.strip()
        assert last <= segment.start <= segment.end <= len(pcm) / rate + 0.05
        last = segment.start
        assert 0.0 <= segment.confidence <= 1.0
        for word in segment.words:
            assert {type(word.start), type(word.end), type(word.confidence)} == {float}
            assert segment.start - 0.01 <= word.start <= word.end <= segment.end + 0.01
            assert 0.0 <= word.confidence <= 1.0


@pytest.mark.parametrize("seconds", [0.0, 0.0002, 0.02, 1.0, 31.0])
def test_hears_nothing_in_silence(recogniser: Recogniser, seconds: float) -> None:
    transcript = recogniser.transcribe(quiet(seconds), RATE, "ko")
    assert transcript.segments == ()
    assert transcript.model_version == recogniser.model_version


def test_full_scale_and_clipped_audio_do_no_harm(recogniser: Recogniser) -> None:
    square = np.where(murmur(2) > 0, 32767, -32768).astype(np.int16)
    recogniser.transcribe(square, RATE, "ko")


def test_a_language_that_it_does_not_speak(recogniser: Recogniser) -> None:
    with pytest.raises(ValueError, match="xx"):
        recogniser.transcribe(murmur(1), RATE, "xx")


def test_the_audio_is_left_as_it_was(recogniser: Recogniser) -> None:
    pcm = murmur(2)
    before = pcm.copy()
    pcm.setflags(write=False)
    recogniser.transcribe(pcm, RATE, "ko")
    assert np.array_equal(pcm, before)


def test_two_sides_make_a_dialogue(recogniser: Recogniser) -> None:
    sides = tuple(recogniser.transcribe(murmur(2), RATE, "ko", side) for side in Side)
    assert set(merge_sides(sides).raw) == {"caller", "agent"}


def test_live_or_not(recogniser: Recogniser) -> None:
    stream = recogniser.stream("ko", RATE, Side.CALLER)
    assert (stream is not None) is recogniser.live
    if stream is None:
        return
    other = recogniser.stream("ko", RATE, Side.AGENT)
    assert other is not None
    segments = [*stream.accept(murmur(1)), *stream.accept(quiet(1)), *stream.accept(murmur(1))]
    assert isinstance(stream.partial(), str)
    segments += stream.finish()
    assert stream.partial() == ""
    assert other.finish() == (), "what one stream heard is no business of another"
    assert all(0 <= s.start <= s.end <= 3.1 and s.side is Side.CALLER for s in segments)
