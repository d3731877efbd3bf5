"""The committed voices: every prompt has its sound, made from the text of today, loud enough and not too loud."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from ivr import speech
from ops.prompts import catalogue, demo, groups, pieces
from ops.prompts.sound import ACTIVE_DBFS, PEAK_DBFS, RATE, active_dbfs
from ops.sip import g711

REMAKE = "run `huiyin prompts build`"


@pytest.fixture(params=catalogue.LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def sounds(language: str) -> dict[str, Path]:
    return {path.stem: path for path in (catalogue.AUDIO / language).glob("*.alaw")}


def test_every_prompt_has_its_sound_and_every_sound_its_prompt(language: str) -> None:
    wanted = {*catalogue.texts(language), *speech.pieces(language), catalogue.TONE}
    assert sounds(language).keys() == wanted, REMAKE


def test_every_sound_was_made_from_the_text_of_today(language: str) -> None:
    wanted = {name: text.made_from for name, text in catalogue.texts(language).items()}
    for sentence in pieces.sentences(language):
        wanted |= {piece.id: pieces.made_from(language, sentence) for piece in sentence if piece.id}
    wanted |= {group.id: groups.made_from(language, group) for group in groups.groups(language)}
    assert catalogue.manifest(language) == wanted, REMAKE


def test_the_languages_have_the_same_prompts() -> None:
    assert catalogue.texts("zh").keys() == catalogue.texts("en").keys()


def test_every_mandarin_prompt_shows_its_pinyin() -> None:
    assert [text.id for text in catalogue.texts("zh").values() if not text.pinyin] == []


def test_every_sound_has_the_common_loudness_and_no_high_peak(language: str) -> None:
    for name, path in sounds(language).items():
        samples = (g711.decode(path.read_bytes(), "alaw") / 32768).astype(np.float32)
        assert ACTIVE_DBFS - 2.5 <= active_dbfs(samples, RATE) <= ACTIVE_DBFS + 1, name
        assert 20 * np.log10(np.abs(samples).max()) <= PEAK_DBFS + 0.3, name  # A-law's step at this level


def test_sentences_and_groups_give_every_piece_once(language: str) -> None:
    given = [piece.id for sentence in pieces.sentences(language) for piece in sentence if piece.id]
    given += [group.id for group in groups.groups(language)]
    assert sorted(given) == sorted(speech.pieces(language))


def test_the_tone_before_a_recording_is_one_frequency(language: str) -> None:
    samples = g711.decode(catalogue.path_of(language, catalogue.TONE).read_bytes(), "alaw")
    spectrum = np.abs(np.fft.rfft(samples))
    assert 0.2 <= len(samples) / RATE <= 0.6
    assert 700 <= np.argmax(spectrum) * RATE / len(samples) <= 1300


def test_the_complaint_of_the_demo_call_is_a_telephone_wav(language: str) -> None:
    with wave.open(str(demo.path_of(language))) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (RATE, 2, 1)
        assert 8 <= file.getnframes() / RATE <= 15


def test_pinyin_stands_under_its_text_and_replaces_the_old_one() -> None:
    toml = '[prompts.a]\ntext = "一"\npinyin = "old"\n\n[prompts.b]\ntext = "二"\n'
    shown = catalogue.with_pinyin(toml, {"a": "yī", "b": "èr"})
    assert shown == '[prompts.a]\ntext = "一"\npinyin = "yī"\n\n[prompts.b]\ntext = "二"\npinyin = "èr"\n'
    assert catalogue.with_pinyin(shown, {"a": "yī", "b": "èr"}) == shown
