"""Segments of both sides become one stereo file; what is lost or filled in is said."""

from __future__ import annotations

import numpy as np
import pytest

from recordings import wav
from recordings.assemble import PEAKS, Segment, Voice, assemble_call, assemble_message, peaks_of
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


def line_of(segments: list[Segment], voices: list[Voice]) -> np.ndarray:
    made, unreadable = assemble_call(segments, voices)
    assert made is not None
    assert unreadable == 0
    return stereo(made.content)[:, 1]


def test_an_agents_own_recording_stands_where_the_caller_heard_him() -> None:
    line, agent = speech(4.0, seed=1), speech(2.0, seed=2)
    found = line_of(
        [Segment(wav_of(speech(4.0)), wav_of(line), 0.0)], [Voice(wav_of(agent), 1.0, ((1.0, 2.0), (2.5, 9.0)))]
    )
    assert np.array_equal(found[:8000], line[:8000])
    assert np.array_equal(found[8000:16000], agent[:8000])
    assert np.array_equal(found[16000:20000], line[16000:20000])
    assert np.array_equal(found[20000:24000], agent[12000:])
    assert np.array_equal(found[24000:], line[24000:]), "his file ends: the line stands in"


def test_agents_who_speak_at_once_are_added_up_and_never_wrap_around() -> None:
    loud = np.full(8000, 30000, dtype=np.int16)
    found = line_of(
        [Segment(wav_of(speech(1.0)), wav_of(speech(1.0)), 0.0)],
        [Voice(wav_of(loud), 0.0, ((0.0, 1.0),)), Voice(wav_of(loud), 0.0, ((0.5, 1.0),))],
    )
    assert (found[:4000] == 30000).all()
    assert (found[4000:] == 32767).all()


def test_an_agent_who_is_silent_for_long_leaves_the_word_to_the_music() -> None:
    line = speech(3.0, seed=1)
    agent = speech(3.0, seed=2)
    agent[8000:16000] = 8
    agent[20000:21600] = 0
    found = line_of([Segment(wav_of(speech(3.0)), wav_of(line), 0.0)], [Voice(wav_of(agent), 0.0, ((0.0, 3.0),))])
    assert np.array_equal(found[8000:16000], line[8000:16000])
    assert np.array_equal(found[16000:], agent[16000:]), "a short pause is his own"


def test_an_agents_file_that_was_never_closed_is_salvaged() -> None:
    agent = speech(1.0, seed=2)
    made, _ = assemble_call(
        [Segment(wav_of(speech(1.0)), wav_of(speech(1.0)), 0.0)], [Voice(unclosed(wav_of(agent)), 0.0, ((0.0, 1.0),))]
    )
    assert made is not None
    assert Flag.SALVAGED in made.flags
    assert np.array_equal(stereo(made.content)[:, 1], agent)


def test_an_agents_file_that_cannot_be_read_leaves_the_line_and_is_counted() -> None:
    line = speech(1.0, seed=1)
    made, unreadable = assemble_call(
        [Segment(wav_of(speech(1.0)), wav_of(line), 0.0)], [Voice(b"no sound", 0.0, ((0.0, 1.0),))]
    )
    assert made is not None
    assert unreadable == 1
    assert np.array_equal(stereo(made.content)[:, 1], line)


def test_an_agents_file_that_begins_before_or_after_the_recording_is_cut_to_it() -> None:
    line, agent = speech(2.0, seed=1), speech(2.0, seed=2)
    segments = [Segment(wav_of(speech(2.0)), wav_of(line), 0.0)]
    early = line_of(segments, [Voice(wav_of(agent), -1.0, ((-1.0, 5.0),))])
    assert np.array_equal(early[:8000], agent[8000:])
    late = line_of(segments, [Voice(wav_of(agent), 5.0, ((5.0, 9.0),))])
    assert np.array_equal(late, line)


def test_a_file_whose_recorder_stood_still_for_a_moment_goes_on_at_its_time() -> None:
    line, agent = speech(4.0, seed=1), speech(3.0, seed=2)
    voice = Voice(wav_of(agent), 0.0, ((0.0, 4.0),), resumed=((44 + 2 * 8000, 2.0),))
    found = line_of([Segment(wav_of(speech(4.0)), wav_of(line), 0.0)], [voice])
    assert np.array_equal(found[:8000], agent[:8000])
    assert np.array_equal(found[8000:16000], line[8000:16000])
    assert np.array_equal(found[16000:], agent[8000:])


@pytest.mark.parametrize("byte", [0, 44, 10**9])
def test_a_byte_that_is_not_in_the_file_does_no_harm(byte: int) -> None:
    voice = Voice(wav_of(speech(1.0)), 0.0, ((0.0, 4.0),), resumed=((byte, 2.0), (0, 3.0)))
    assert len(line_of([Segment(wav_of(speech(4.0)), wav_of(speech(4.0)), 0.0)], [voice])) == 32000
