"""Whether anybody spoke in a message: enough blocks of it that are louder than a quiet line."""

from __future__ import annotations

import array
import wave
from pathlib import Path

BLOCK_SECONDS = 0.02
LOUD_PEAK = 500
"""Peak of a block with a voice in it, of 32,768 (-36 dBFS); the hiss of a quiet line stays below."""
ENOUGH_BLOCKS = 8
"""A fifth of a second of voice in all is more than a click."""


def anything_said(path: Path) -> bool:
    """Whether the file holds a voice. What cannot be read may: rather a silent complaint than a lost one."""
    try:
        with wave.open(str(path), "rb") as audio:
            if audio.getsampwidth() != 2:
                return True
            frames = int(audio.getframerate() * BLOCK_SECONDS) * audio.getnchannels()
            return _loud_blocks(audio, frames)
    except (OSError, EOFError, wave.Error):
        return True


def _loud_blocks(audio: wave.Wave_read, frames: int) -> bool:
    loud = 0
    while data := audio.readframes(frames):
        block = array.array("h", data[: len(data) // 2 * 2])
        if block and (max(block) >= LOUD_PEAK or min(block) <= -LOUD_PEAK):
            loud += 1
            if loud >= ENOUGH_BLOCKS:
                return True
    return False
