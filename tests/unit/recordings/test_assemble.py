"""Segments of both sides become one stereo file; what is lost or filled in is said."""

from __future__ import annotations

import numpy as np
import pytest

from recordings import wav
from recordings.assemble import PEAKS, Segment, assemble_call, assemble_message, peaks_of
from recordings.model import Flag
from tests.spool_builder import speech, unclosed, wav_of


def stereo(content: bytes) -> np.ndarray:
    facts = wav.parse(content)
    return np.frombuffer(content, dtype="<i2", offset=facts.start).reshape(-1, facts.channels)


def test_the_caller_is_left_and_the_line_right() -> None:
    caller, line = speech(1.0, seed=1), speech(1.0, seed=2)
    made, unreadable = assemble_call([Segment(wav_of(caller), wav_of(line), 0.0)])
    assert made is not None
    assert unreadable == 0
    assert np.array_equal(stereo(made.content)[:, 0], caller)
    assert np.array_equal(stereo(made.content)[:, 1], line)
    assert (made.flags, made.duration, made.channels) == ((), 1.0, 2)


def test_a_pause_is_silence_of_its_length_and_a_gap() -> None:
    segments = [Segment(wav_of(speech(1)), wav_of(speech(1)), 0.0), Segment(wav_of(speech(1)), wav_of(speech(1)), 3.5)]
    made, _ = assemble_call(segments)
    assert made is not None
    assert (made.duration, made.gap, made.flags) == (4.5, 2.5, (Flag.GAP,))
    assert not stereo(made.content)[8000:28000].any()
    assert stereo(made.content)[28000:].any()


def test_an_unknown_time_joins_at_once_and_says_so() -> None:
    made, _ = assemble_call([Segment(wav_of(speech(1)), None, 0.0), Segment(None, wav_of(speech(2)), None)])
    assert made is not None
    assert (made.duration, made.flags) == (3.0, (Flag.GAP,))


def test_the_shorter_side_is_filled_with_silence() -> None:
    made, _ = assemble_call([Segment(wav_of(speech(1)), wav_of(speech(2)), 0.0)])
    assert made is not None
    assert made.duration == 2.0
    assert not stereo(made.content)[8000:, 0].any()


@pytest.mark.parametrize(("rate", "loss"), [(8000, 2.048), (16000, 1.024)])
def test_a_file_that_was_never_closed_is_salvaged_with_the_loss_at_most(rate: int, loss: float) -> None:
    made = assemble_message(unclosed(wav_of(speech(3, rate), rate)))
    assert (made.flags, made.duration, made.estimated_loss) == ((Flag.SALVAGED,), 3.0, loss)
    assert wav.parse(made.content).closing is wav.Closing.WHOLE


def test_sides_of_two_rates_meet_at_the_higher() -> None:
    made, _ = assemble_call([Segment(wav_of(speech(1)), wav_of(speech(1, 16000), 16000), 0.0)])
    assert made is not None
    assert (made.rate, made.duration) == (16000, 1.0)


def test_what_cannot_be_read_is_counted_and_the_other_side_kept() -> None:
    made, unreadable = assemble_call([Segment(b"garbage", wav_of(speech(1)), 0.0)])
    assert made is not None
    assert (made.duration, unreadable) == (1.0, 1)
    assert assemble_call([Segment(b"garbage", b"more", 0.0)]) == (None, 2)


def test_peaks_are_few_and_loud_where_it_is_loud() -> None:
    samples = np.zeros(80_000, dtype=np.int16)
    samples[40_000] = -32768
    peaks = peaks_of(samples)
    assert len(peaks) == PEAKS
    assert (max(peaks), peaks.index(max(peaks))) == (1.0, 400)
    assert peaks_of(samples[:10]) == [0.0] * 10
    assert peaks_of(samples[:0]) == []
