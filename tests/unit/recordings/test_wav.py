"""Headers as Asterisk leaves them, and as an enemy would write them."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings import wav
from recordings.wav import Closing, WavError

BODY = bytes(range(256)) * 10
WHOLE = wav.header(8000, 1, len(BODY)) + BODY
ZEROED = WHOLE[:4] + bytes(4) + WHOLE[8:40] + bytes(4) + BODY


@pytest.mark.parametrize(
    ("content", "size", "closing"),
    [
        (WHOLE, len(BODY), Closing.WHOLE),
        (WHOLE + b"LIST\x04\x00\x00\x00INFO", len(BODY), Closing.WHOLE),
        (ZEROED, len(BODY), Closing.UNCLOSED),
        (ZEROED[:-1], len(BODY) - 2, Closing.UNCLOSED),
        (WHOLE[:-100], len(BODY) - 100, Closing.CUT),
        (wav.header(8000, 1, 0), 0, Closing.WHOLE),
        (WHOLE[:40] + b"\xff\xff\xff\xff" + BODY, len(BODY), Closing.UNCLOSED),
    ],
)
def test_it_finds_the_samples_however_the_file_was_left(content: bytes, size: int, closing: Closing) -> None:
    facts = wav.parse(content)
    assert (facts.rate, facts.channels, facts.start, facts.size, facts.closing) == (8000, 1, 44, size, closing)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF",
        b"RF64" + WHOLE[4:],
        WHOLE[:12],
        WHOLE[:20] + b"\x06\x00" + WHOLE[22:],
        WHOLE[:22] + struct.pack("<H", 3) + WHOLE[24:],
        WHOLE[:24] + struct.pack("<I", 0) + WHOLE[28:],
        WHOLE[:12] + WHOLE[36:],
        b"RIFF\x00\x00\x00\x00WAVE" + b"junk\x00\x00\x00\x00" * 100,
        "好".encode() * 100,
    ],
)
def test_it_refuses_what_is_no_file_of_ours(content: bytes) -> None:
    with pytest.raises(WavError):
        wav.parse(content)


@given(st.integers(8000, 48000), st.sampled_from([1, 2]), st.integers(0, 5000))
def test_a_header_tells_what_was_written(rate: int, channels: int, frames: int) -> None:
    size = frames * 2 * channels
    facts = wav.parse(wav.header(rate, channels, size) + bytes(size))
    assert (facts.rate, facts.channels, facts.frames, facts.closing) == (rate, channels, frames, Closing.WHOLE)


@given(st.binary(max_size=24), st.integers(0, 400))
def test_no_mutation_leads_outside_of_the_file(changes: bytes, cut: int) -> None:
    """``changes``: places and values by turns; one draw of bytes is many times quicker than a list of pairs."""
    content = bytearray(WHOLE)
    for place, value in zip(changes[::2], changes[1::2], strict=False):
        content[place % 60] = value
    mutated = bytes(content[: len(content) - cut])
    try:
        facts = wav.parse(mutated)
    except WavError:
        return
    assert 0 <= facts.start <= facts.start + facts.size <= len(mutated)
    assert facts.size % (2 * facts.channels) == 0


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(WavError):
        wav.parse(b"RIFF" + content)
