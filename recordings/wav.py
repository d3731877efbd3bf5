"""RIFF/WAVE headers: read what Asterisk wrote, also when it died, and write whole ones (pure).

The files come from outside: every length in them is doubted. Only 16-bit PCM is taken.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import StrEnum

HEADER_BYTES = 44
MAX_CHUNKS = 64
RATES = range(8_000, 48_001)
_STREAMED = 0xFFFFFFFF
_PCM, _EXTENSIBLE = 1, 0xFFFE
_PCM_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")


class WavError(ValueError):
    """Not a WAV file that we read."""


class Closing(StrEnum):
    """How a file was left."""

    WHOLE = "whole"
    """its header tells the truth"""
    UNCLOSED = "unclosed"
    """the header was never completed: the audio runs to the end of the file"""
    CUT = "cut"
    """the header promises more than there is"""


@dataclass(frozen=True)
class WavFacts:
    """Where the samples are, and what they are."""

    rate: int
    channels: int
    start: int
    size: int
    closing: Closing

    @property
    def frames(self) -> int:
        """Samples of one channel."""
        return self.size // (2 * self.channels)

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.frames / self.rate


def parse(content: bytes) -> WavFacts:
    """Find the samples. Raises WavError."""
    if len(content) < 12 or content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise WavError("not a RIFF/WAVE file")
    riff_size = struct.unpack_from("<I", content, 4)[0]
    position, layout = 12, None
    for _ in range(MAX_CHUNKS):
        if position + 8 > len(content):
            break
        name = content[position : position + 4]
        size = struct.unpack_from("<I", content, position + 4)[0]
        position += 8
        if name == b"fmt ":
            layout = _layout(content[position : position + min(size, 40)])
        elif name == b"data":
            if layout is None:
                raise WavError("samples before their format")
            return _facts(layout, position, size, riff_size, len(content))
        position += size + (size & 1)
    raise WavError("no samples in it")


def _layout(chunk: bytes) -> tuple[int, int]:
    if len(chunk) < 16:
        raise WavError("the format is cut short")
    tag, channels, rate, _, align, bits = struct.unpack_from("<HHIIHH", chunk)
    if tag == _EXTENSIBLE and chunk[24:26] == b"\x01\x00" and chunk[26:40] == _PCM_GUID_TAIL:
        tag = _PCM
    if tag != _PCM or bits != 16:
        raise WavError("not 16-bit PCM")
    if channels not in {1, 2} or rate not in RATES or align != 2 * channels:
        raise WavError("not mono or stereo of 8 to 48 kHz")
    return int(rate), int(channels)


def _facts(layout: tuple[int, int], start: int, size: int, riff_size: int, length: int) -> WavFacts:
    rate, channels = layout
    available = length - start
    whole_frames = 2 * channels
    if size > available and size != _STREAMED:
        closing, used = Closing.CUT, available
    elif (size == 0 and available > 0) or size == _STREAMED or riff_size + 8 < start + size:
        closing, used = Closing.UNCLOSED, available
    else:
        closing, used = Closing.WHOLE, size
    return WavFacts(rate, channels, start, used - used % whole_frames, closing)


def header(rate: int, channels: int, size: int) -> bytes:
    """The 44 bytes before ``size`` bytes of 16-bit samples."""
    block = 2 * channels
    layout = struct.pack("<HHIIHH", _PCM, channels, rate, rate * block, block, 16)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + size)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + layout
        + b"data"
        + struct.pack("<I", size)
    )
