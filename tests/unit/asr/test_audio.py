"""Reading recordings and changing their rate."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from asr.audio import StraightLines, blocks, change_rate, read_audio
from asr.engine import RecognitionError


def wav(samples: np.ndarray, rate: int = 8000) -> io.BytesIO:
    made = io.BytesIO()
    soundfile.write(made, samples, rate, format="WAV", subtype="PCM_16")
    made.seek(0)
    return made


def test_reads_each_channel_apart() -> None:
    stereo = np.array([[1, -1], [2, -2], [3, -3]], dtype=np.int16)
    audio = read_audio(wav(stereo))
    assert audio.rate == 8000
    assert [channel.tolist() for channel in audio.channels] == [[1, 2, 3], [-1, -2, -3]]
    assert audio.seconds == 3 / 8000


def test_reads_more_than_one_block() -> None:
    long = (np.arange(300_000) % 1000).astype(np.int16)
    assert np.array_equal(read_audio(wav(long)).channels[0], long)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not audio at all" * 100])
def test_rubbish_is_a_recognition_error(content: bytes) -> None:
    with pytest.raises(RecognitionError):
        read_audio(io.BytesIO(content))


def test_a_file_that_is_not_there_is_a_recognition_error(tmp_path: Path) -> None:
    with pytest.raises(RecognitionError):
        read_audio(tmp_path / "absent.wav")


def test_upsampling_draws_straight_lines() -> None:
    made = change_rate(np.array([0, 100, -100], dtype=np.int16), 8000, 16000)
    assert made.tolist() == [0, 50, 100, 0, -100]


@given(
    st.lists(st.integers(-32768, 32767), max_size=200),
    st.integers(1, 50),
    st.sampled_from([(8000, 16000), (16000, 8000), (11025, 16000), (48000, 16000), (44100, 16000)]),
)
def test_blocks_give_the_same_as_one_piece(samples: list[int], size: int, rates: tuple[int, int]) -> None:
    pcm = np.array(samples, dtype=np.int16)
    lines = StraightLines(*rates)
    pieces = [lines.feed(block) for block in blocks(pcm, size)]
    whole = change_rate(pcm, *rates)
    joined = np.concatenate(pieces) if pieces else whole[:0]
    assert joined.tolist() == whole.tolist()
    assert len(whole) <= len(pcm) * rates[1] / rates[0] + 1


def test_downwards_the_upper_band_does_not_fold() -> None:
    shrill = (np.array([1, -1] * 800) * 10_000).astype(np.int16)  # 8 kHz at 16 kHz
    assert np.abs(change_rate(shrill, 16000, 8000)).max() == 0


def test_the_same_rate_is_left_alone() -> None:
    pcm = np.array([1, 2, 3], dtype=np.int16)
    assert change_rate(pcm, 8000, 8000) is pcm
