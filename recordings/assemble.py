"""From the spool's files to what is kept: one stereo WAV a call (caller left, line right), one mono a message.

The line is what the caller heard, as recorded on his channel; while he was connected with agents it is made of
their own recordings, since his channel's recorder can lose a voice that changes under it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recordings import wav
from recordings.model import Flag, buffer_loss

PEAKS = 800
_MIN_GAP = 0.05
_SILENT = 16
"""Samples up to this are no voice: a telephone line's code for silence is 8."""
_LONG_SILENCE = 0.5
"""Seconds after which an agent who says nothing at all leaves the word to the line: music while he holds, a prompt."""

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Segment:
    """One stretch of the recorder: its files' content (None: no such file), and when it began in the call."""

    caller: bytes | None
    line: bytes | None
    offset: float | None
    """seconds after the first segment's start; None when nobody wrote it down"""


@dataclass(frozen=True)
class Voice:
    """What an agent said on one leg. All times in seconds after the first segment's start."""

    content: bytes
    offset: float
    """when the file begins"""
    heard: tuple[tuple[float, float], ...]
    """when the caller was connected with him"""
    resumed: tuple[tuple[int, float], ...] = ()
    """(byte of the file, offset): his recorder was stopped before it and went on at that time"""


@dataclass(frozen=True)
class Assembled:
    """A WAV file that is ready to be kept."""

    content: bytes
    rate: int
    channels: int
    duration: float
    sha256: str
    peaks: list[list[float]]
    flags: tuple[Flag, ...]
    estimated_loss: float | None
    gap: float
    """seconds of silence that stand for stretches without a recorder"""


@dataclass(frozen=True)
class _Read:
    samples: Samples
    rate: int
    salvaged: bool


_NOTHING = np.zeros(0, dtype=np.int16)


def assemble_message(content: bytes) -> Assembled:
    """A caller's message. Raises WavError when it cannot be read."""
    read = _read(content)
    flags = (Flag.SALVAGED,) if read.salvaged else ()
    return _made(read.samples[:, np.newaxis], read.rate, flags, 0.0)


def assemble_call(segments: Sequence[Segment], voices: Sequence[Voice] = ()) -> tuple[Assembled | None, int]:
    """The whole call, and how many of its files could not be read. None when there is nothing to hear in any."""
    unreadable = 0
    spoken: list[tuple[_Read, Voice]] = []
    for voice in voices:
        try:
            spoken.append((_read(voice.content), voice))
        except wav.WavError:
            unreadable += 1
    stretches: list[tuple[_Read | None, _Read | None, float | None]] = []
    for segment in segments:
        sides: list[_Read | None] = []
        for content in (segment.caller, segment.line):
            try:
                sides.append(_read(content) if content is not None else None)
            except wav.WavError:
                unreadable += 1
                sides.append(None)
        if any(sides):
            stretches.append((sides[0], sides[1], segment.offset))
    if not stretches:
        return None, unreadable
    rate = max(side.rate for caller, line, _ in stretches for side in (caller, line) if side)
    joined, gap, unknown = _join(stretches, rate)
    _put_voices(joined, spoken, rate)
    flags: list[Flag] = []
    sides_read = [side for caller, line, _ in stretches for side in (caller, line) if side]
    if any(read.salvaged for read in (*sides_read, *(read for read, _ in spoken))):
        flags.append(Flag.SALVAGED)
    if gap > 0 or unknown:
        flags.append(Flag.GAP)
    return _made(joined, rate, tuple(flags), gap), unreadable


def _join(
    stretches: Sequence[tuple[_Read | None, _Read | None, float | None]], rate: int
) -> tuple[Samples, float, bool]:
    """Stretches one after the other at their times; silence stands where there was no recorder."""
    parts: list[Samples] = []
    position, gap, unknown = 0, 0.0, False
    for index, (caller, line, offset) in enumerate(stretches):
        if index and offset is None:
            unknown = True
        start = round((offset or 0.0) * rate) if index else 0
        if start > position + _MIN_GAP * rate:
            parts.append(np.zeros((start - position, 2), dtype=np.int16))
            gap += (start - position) / rate
            position = start
        left, right = _at_rate(caller, rate), _at_rate(line, rate)
        both = np.zeros((max(len(left), len(right)), 2), dtype=np.int16)
        both[: len(left), 0] = left
        both[: len(right), 1] = right
        parts.append(both)
        position += len(both)
    return np.concatenate(parts), gap, unknown


def _put_voices(joined: Samples, spoken: Sequence[tuple[_Read, Voice]], rate: int) -> None:
    """Make the right side of the agents' own recordings, where there are any, added up where several speak."""
    length = len(joined)
    mixed, there = np.zeros(length, dtype=np.int32), np.zeros(length, dtype=bool)
    pieces = [(voice, begin, samples) for read, voice in spoken for begin, samples in _pieces(read, voice, rate)]
    for voice, begin, samples in pieces:
        for since, until in voice.heard:
            first = max(round(since * rate), begin, 0)
            last = min(round(until * rate), begin + len(samples), length)
            if first < last:
                mixed[first:last] += samples[first - begin : last - begin]
                there[first:last] = True
    there &= ~_long_silence(mixed, there, round(_LONG_SILENCE * rate))
    joined[there, 1] = np.clip(mixed[there], -32768, 32767).astype(np.int16)


def _pieces(read: _Read, voice: Voice, rate: int) -> list[tuple[int, Samples]]:
    """The stretches of a voice's file and where each begins."""
    samples = _at_rate(read, rate)
    starts = [(0, voice.offset)]
    for byte, offset in voice.resumed:
        at = round(max(0, byte - wav.HEADER_BYTES) / 2 * rate / read.rate)
        starts.append((min(max(at, starts[-1][0]), len(samples)), offset))
    ends = [at for at, _ in starts[1:]] + [len(samples)]
    return [(round(offset * rate), samples[at:end]) for (at, offset), end in zip(starts, ends, strict=True)]


def _long_silence(mixed: npt.NDArray[np.int32], there: npt.NDArray[np.bool_], shortest: int) -> npt.NDArray[np.bool_]:
    """Where nothing was said for long."""
    quiet = there & (np.abs(mixed) <= _SILENT)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], quiet.astype(np.int8), [0]))))
    found = np.zeros(len(mixed), dtype=bool)
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        if last - first >= shortest:
            found[first:last] = True
    return found


def _read(content: bytes) -> _Read:
    """Samples of one file, mono. An empty file is one that Asterisk died upon before it wrote anything."""
    if not content:
        return _Read(_NOTHING, 8_000, salvaged=True)
    facts = wav.parse(content)
    samples = np.frombuffer(content, dtype="<i2", count=facts.size // 2, offset=facts.start).astype(np.int16)
    if facts.channels == 2:
        samples = samples.reshape(-1, 2).mean(axis=1).astype(np.int16)
    return _Read(samples, facts.rate, salvaged=facts.closing is not wav.Closing.WHOLE)


def _at_rate(read: _Read | None, rate: int) -> Samples:
    if read is None:
        return _NOTHING
    if read.rate == rate or not len(read.samples):
        return read.samples
    count = round(len(read.samples) * rate / read.rate)
    places = np.arange(count) * (read.rate / rate)
    moved: Samples = np.interp(places, np.arange(len(read.samples)), read.samples).astype(np.int16)
    return moved


def _made(samples: Samples, rate: int, flags: tuple[Flag, ...], gap: float) -> Assembled:
    channels = samples.shape[1]
    body = samples.astype("<i2").tobytes()
    content = wav.header(rate, channels, len(body)) + body
    return Assembled(
        content=content,
        rate=rate,
        channels=channels,
        duration=round(len(samples) / rate, 3),
        sha256=hashlib.sha256(content).hexdigest(),
        peaks=[peaks_of(samples[:, channel]) for channel in range(channels)],
        flags=flags,
        estimated_loss=round(buffer_loss(rate), 3) if Flag.SALVAGED in flags else None,
        gap=round(gap, 3),
    )


def peaks_of(samples: Samples) -> list[float]:
    """At most ``PEAKS`` maxima from 0 to 1, for a waveform."""
    if not len(samples):
        return []
    count = min(PEAKS, len(samples))
    edges = np.linspace(0, len(samples), count, endpoint=False).astype(np.int64)
    loudest = np.maximum.reduceat(np.abs(samples.astype(np.int32)), edges)
    return [round(float(value) / 32768, 3) for value in loudest]
