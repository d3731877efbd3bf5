"""How errors of hearing are counted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.prompts import scores, sound


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [("a b c", "a b c", 0), ("a b c", "a c", 1), ("a b", "a x b", 1), ("a b", "b a", 2), ("", "a", 1), ("a b", "", 2)],
)
def test_edits(said: str, heard: str, errors: int) -> None:
    assert scores.edits(said.split(), heard.split()) == errors


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_edits_are_the_same_both_ways(said: list[str], heard: list[str]) -> None:
    assert scores.edits(said, heard) == scores.edits(heard, said)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("For your PIN, press 3.", "for your PIN press three"),
        ("within 15 days!", "within fifteen days"),
        ("We'll give you a callback.", "we'll give you a call back"),
    ],
)
def test_english_words(text: str, words: str) -> None:
    assert scores.english_words(text) == words.split()


@pytest.mark.parametrize(
    ("language", "text", "digits"),
    [
        ("zh", "您的受理编号是261121横杠零一横杠零零零四二", "2611210100042"),
        ("zh", "两幺〇", "210"),
        ("zh", "号码是26年11月22日，01号，46985", "2611220146985"),
        ("zh", "号码是二六年十一月二十二日零一号四六九八五", "2611220146985"),
        ("zh", "二七年十月二十日零一号五三八二九", "2710200153829"),
        ("zh", "二七年四月五日", "2745"),  # 零四月 and 零五日 were said: the zeros were not heard
        ("en", "Your reference number is 261121-01-00042.", "2611210100042"),
        ("en", "two six one, oh dash zero", "26100"),
    ],
)
def test_digits_heard(language: str, text: str, digits: str) -> None:
    assert scores.digits_heard(language, text) == digits


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("号码是261122然后01然后23423，再说一遍，号码是261122然后01然后23423，我们将在7天之内", 2),
        ("号码是26112然后01然后23423，再说一遍，号码是261122然后01然后23423", 1),
        ("号码是261122然后01然后23423", 1),
        ("再说一遍", 0),
    ],
)
def test_how_often_a_number_was_heard(text: str, times: int) -> None:
    assert scores.times_heard("zh", text, "2611220123423") == times


def test_a_sound_is_trimmed_to_what_is_loud() -> None:
    tone = np.sin(np.arange(4000) * 0.5).astype(np.float32)
    quiet = np.zeros(8000, np.float32)
    kept = sound.trim(np.concatenate([quiet, tone, quiet]), 8000)
    assert abs(len(kept) - (4000 + 2 * 160)) <= 160


def test_levelling_holds_the_loudness_and_the_peak() -> None:
    noise = np.random.default_rng(1).normal(0, 0.01, 16000).astype(np.float32)
    noise[8000] = 0.9
    levelled = sound.level(noise, 8000).astype(np.float32) / 32768
    assert abs(sound.active_dbfs(levelled, 8000) - sound.ACTIVE_DBFS) < 3
    assert 20 * np.log10(np.abs(levelled).max()) <= sound.PEAK_DBFS + 0.1
