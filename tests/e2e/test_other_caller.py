"""A caller that nobody tuned for: another SIP stack, other people's speech, and nothing but the API to look with."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path

import jiwer
import pytest

from asr.words import simplified
from bench.installation import ROOT, Installation, installation
from tests.e2e.sipp_caller import Keys, Pause, Speak, alaw_bytes, call

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

SPEECH = os.environ.get("HUIYIN_SPEECH_DIR")
needs_speech = pytest.mark.skipif(not SPEECH, reason="HUIYIN_SPEECH_DIR is not set: no recorded speech here")

PAUSE_BETWEEN = b"\xd5" * 4000
"""Half a second of A-law silence between clips."""


def prompt_seconds(language: str, name: str) -> float:
    """Length of a shipped prompt."""
    return (ROOT / "ivr" / "prompts" / "audio" / language / f"{name}.alaw").stat().st_size / 8000


def words_of(*clips: str) -> str:
    """What was said in clips of the recorded speech."""
    assert SPEECH
    with (Path(SPEECH) / "transcripts.tsv").open(encoding="utf-8") as table:
        texts = {row["file"]: row["text"] for row in csv.DictReader(table, delimiter="\t")}
    return " ".join(texts[clip] for clip in clips)


def complaint(folder: Path, house: Installation, language: str, caller: str, clips: tuple[str, ...]) -> str:
    """Dial in, choose 4-1, say the clips, press # and keep; returns the words of the transcript."""
    assert SPEECH
    speech = folder / "speech.alaw"
    speech.write_bytes(PAUSE_BETWEEN.join(alaw_bytes(Path(SPEECH) / clip) for clip in clips))
    seconds = speech.stat().st_size / 8000
    choose_language = (Keys("9"), Pause(2.0)) if language == "en" else ()
    acts = (
        Pause(1.5),
        *choose_language,
        Keys("4"),
        Pause(2.0),
        Keys("1"),
        Pause(prompt_seconds(language, "complaint_intro") + 2.0),
        Speak(speech),
        Pause(seconds + 0.6),
        Keys("#"),
        Pause(2.0),
        Keys("1"),
        Pause(6.0),
    )
    call(folder, house, caller, acts)
    _ticket, transcript = house.ticket_with_transcript(caller)
    assert transcript["engine"]
    text: str = transcript["text"]
    return text


def normal(text: str, language: str) -> str:
    """Words without punctuation and case; Chinese without spaces, simplified."""
    if language == "en":
        return " ".join(re.findall(r"[a-z']+", text.lower()))
    return "".join(re.findall(r"\w", simplified(text, language)))


@needs_speech
@pytest.mark.parametrize(
    ("language", "caller", "clips", "limit"),
    [
        ("zh", "13911110001", ("zh/call_wealth_1.wav", "zh/call_wealth_2.wav"), 0.40),
        ("en", "13911110002", ("en/libri_2412-153948-0000.wav",), 0.25),
    ],
)
def test_a_stranger_complains_and_is_understood(
    house: Installation, tmp_path: Path, language: str, caller: str, clips: tuple[str, ...], limit: float
) -> None:
    heard = normal(complaint(tmp_path, house, language, caller, clips), language)
    said = normal(words_of(*clips), language)
    error = jiwer.wer(said, heard) if language == "en" else jiwer.cer(said, heard)
    assert error <= limit, f"{error:.2f}: {said!r} was heard as {heard!r}"


@needs_speech
def test_a_korean_speaker_is_heard_by_vosk_itself(tmp_path: Path) -> None:
    clips = ("ko/coffee.wav", "ko/walk.wav", "ko/shop_1.wav", "ko/shop_2.wav")
    with installation(tmp_path / "home", HUIYIN_ASR_LANGUAGE_MAP="zh=ko", HUIYIN_ASR_RANKS="ko:vosk") as house:
        text = complaint(tmp_path, house, "zh", "13911110003", clips)
        _ticket, transcript = house.ticket_with_transcript("13911110003")
    assert transcript["engine"] == "vosk"
    found = [word for word in ("커피", "옆으로", "상품", "수령") if word in text.replace(" ", "")]
    assert len(found) >= 2, f"only {found} of the keywords in {text!r}"
