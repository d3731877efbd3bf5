"""The energy gate and the clock that maps times back."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.engine import Pcm
from asr.silence import Clock, Span, quiet_cuts, speech_spans

RATE = 8000


def burst(seconds: float, seed: int = 1) -> Pcm:
    """Noise whose loudness changes as syllables do."""
    count = int(seconds * RATE)
    swell = 0.5 + 0.5 * np.sin(2 * np.pi * 4 * np.arange(count) / RATE)
    return (np.random.default_rng(seed).normal(0, 3000, count) * swell).astype(np.int16)


def silence(seconds: float) -> Pcm:
    return np.random.default_rng(2).normal(0, 8, int(seconds * RATE)).astype(np.int16)


def test_finds_two_utterances() -> None:
    spans = speech_spans(np.concatenate((silence(2), burst(1), silence(3), burst(2), silence(2))), RATE)
    found = [(span.start / RATE, span.end / RATE) for span in spans]
    assert len(found) == 2
    for (start, end), (truth_start, truth_end) in zip(found, [(2, 3), (6, 8)], strict=True):
        assert truth_start - 0.35 <= start <= truth_start + 0.05
        assert truth_end - 0.05 <= end <= truth_end + 0.45


def noise(level: float) -> Pcm:
    return np.random.default_rng(3).normal(0, level, RATE * 10).astype(np.int16)


@pytest.mark.parametrize(
    "pcm",
    [
        np.zeros(0, dtype=np.int16),
        np.zeros(5, dtype=np.int16),
        np.zeros(RATE * 10, dtype=np.int16),
        noise(4),
        noise(300),
        noise(3000),
        (8000 * np.sin(2 * np.pi * 50 * np.arange(RATE * 10) / RATE)).astype(np.int16),
        (8000 * np.sin(2 * np.pi * 450 * np.arange(RATE * 10) / RATE)).astype(np.int16),
    ],
    ids=["nothing", "a-moment", "silence", "line-noise", "hiss", "loud-hiss", "hum", "tone"],
)
def test_nobody_speaks(pcm: Pcm) -> None:
    assert speech_spans(pcm, RATE) == ()


def test_one_short_sentence_in_a_long_silence_is_found() -> None:
    (span,) = speech_spans(np.concatenate((silence(400), burst(1.5), silence(200))), RATE)
    assert span.start < 400.2 * RATE
    assert span.end > 401.3 * RATE


def test_a_click_is_not_speech() -> None:
    pcm = np.concatenate((silence(2), burst(2), silence(3)))
    pcm[RATE : RATE + 20] = 20_000
    assert speech_spans(pcm, RATE)[0].start > 1.5 * RATE


def test_loud_noise_under_speech_does_not_hide_it() -> None:
    pcm = np.concatenate((silence(3), burst(2), silence(3))) + noise(40)[: 8 * RATE]
    assert any(span.start < 4 * RATE < span.end for span in speech_spans(pcm, RATE))


spans_strategy = st.lists(st.integers(1, 5000), min_size=2, max_size=20).map(
    lambda steps: tuple(
        Span(int(a), int(b)) for a, b in np.cumsum(steps)[: len(steps) // 2 * 2].reshape(-1, 2).tolist()
    )
)


@given(spans_strategy, st.lists(st.floats(0, 20), min_size=1, max_size=20))
def test_the_clock_keeps_order_and_stays_inside(spans: tuple[Span, ...], times: list[float]) -> None:
    clock = Clock(spans, 1000)
    for mapping in (clock.start, clock.end):
        mapped = [mapping(at) for at in sorted(times)]
        assert mapped == sorted(mapped)
        assert all(any(s.start <= m * 1000 + 1e-6 and m * 1000 <= s.end + 1e-6 for s in spans) for m in mapped)


def test_on_a_seam_a_word_ends_before_and_begins_after() -> None:
    clock = Clock((Span(1000, 2000), Span(5000, 6000)), 1000)
    assert clock.end(1.0) == pytest.approx(2.0)
    assert clock.start(1.0) == pytest.approx(5.0)
    assert clock.start(0.5) == pytest.approx(1.5)
    assert clock.end(1.5) == pytest.approx(5.5)


def test_a_long_call_is_cut_where_it_is_quiet() -> None:
    pcm = np.concatenate((burst(8), silence(2), burst(9), silence(1), burst(5)))
    pieces = quiet_cuts(pcm, RATE, 10.0)
    assert pieces[0].start == 0
    assert pieces[-1].end == len(pcm)
    assert all(a.end == b.start for a, b in pairwise(pieces))
    assert all(piece.end - piece.start <= 10 * RATE for piece in pieces)
    assert 8 * RATE <= pieces[0].end <= 10 * RATE


def test_a_short_call_is_one_piece() -> None:
    assert quiet_cuts(silence(3), RATE, 10.0) == (Span(0, 3 * RATE),)
