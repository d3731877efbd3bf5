"""G.711: A-law and µ-law to linear samples and back, by tables."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
Codec = Literal["alaw", "ulaw"]
PAYLOAD_TYPES: dict[Codec, int] = {"ulaw": 0, "alaw": 8}
SILENCE: dict[Codec, int] = {"ulaw": 0xFF, "alaw": 0xD5}


def _alaw_table() -> Samples:
    codes = np.arange(256) ^ 0x55
    mantissa = (codes & 0x0F) << 4
    exponent = (codes & 0x70) >> 4
    magnitude = np.where(exponent == 0, mantissa + 8, (mantissa + 0x108) << np.maximum(exponent - 1, 0))
    return np.where(codes & 0x80, magnitude, -magnitude).astype(np.int16)


def _ulaw_table() -> Samples:
    codes = ~np.arange(256) & 0xFF
    magnitude = ((((codes & 0x0F) << 3) + 0x84) << ((codes & 0x70) >> 4)) - 0x84
    return np.where(codes & 0x80, -magnitude, magnitude).astype(np.int16)


def _encoder(decoder: Samples) -> NDArray[np.uint8]:
    """The nearest code of every 16-bit sample, indexed by the sample + 32768."""
    order = np.argsort(decoder, kind="stable")
    levels = decoder[order].astype(np.int32)
    samples = np.arange(-32768, 32768)
    right = np.clip(np.searchsorted(levels, samples), 1, len(levels) - 1)
    nearer_left = samples - levels[right - 1] < levels[right] - samples
    return order[np.where(nearer_left, right - 1, right)].astype(np.uint8)


_DECODE: dict[Codec, Samples] = {"alaw": _alaw_table(), "ulaw": _ulaw_table()}
_ENCODE: dict[Codec, NDArray[np.uint8]] = {codec: _encoder(table) for codec, table in _DECODE.items()}


def decode(data: bytes, codec: Codec) -> Samples:
    """Linear samples of G.711 bytes."""
    return _DECODE[codec][np.frombuffer(data, np.uint8)]


def encode(samples: Samples, codec: Codec) -> bytes:
    """G.711 bytes of linear samples."""
    return _ENCODE[codec][samples.astype(np.int32) + 32768].tobytes()
