"""Complaint messages for benchmarks: 20-60 s of recorded speech at 8 kHz through A-law, 40 % of it silence."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

RATE = 8000
SILENT = 0.4
LINE_NOISE = 8.0  # about -72 dBFS: a quiet line

Samples = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Message:
    """One message as a file, and what is said in it."""

    path: Path
    text: str
    seconds: float


def sentences(speech: Path, language: str) -> list[tuple[Samples, str]]:
    """The recorded sentences of a language at 8 kHz, cut to where they are spoken, with their words."""
    with (speech / "transcripts.tsv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["language"] == language]
    clips = []
    for row in rows:
        samples, rate = soundfile.read(speech / row["file"], dtype="float64")
        narrow = samples if rate == RATE else soxr.resample(samples, rate, RATE)
        clips.append((_spoken(narrow * 32768.0), row["text"]))
    return clips


def make_messages(speech: Path, language: str, folder: Path, count: int, seed: int = 1) -> list[Message]:
    """Write ``count`` messages of random length; the same ones for the same seed."""
    chance = random.Random(seed)
    clips = sentences(speech, language)
    made = []
    for number in range(count):
        wanted = chance.uniform(20, 60) * (1 - SILENT)
        chosen: list[tuple[Samples, str]] = []
        while sum(len(samples) for samples, _ in chosen) / RATE < wanted - 2:
            chosen.append(chance.choice(clips))
        samples = _with_pauses([samples for samples, _ in chosen], chance)
        path = folder / f"message-{number:02d}.wav"
        soundfile.write(path, _telephone(samples), RATE, subtype="PCM_16")
        made.append(Message(path, " ".join(text for _, text in chosen), len(samples) / RATE))
    return made


def _spoken(samples: Samples) -> Samples:
    frame = RATE // 50
    level = np.sqrt(np.mean(samples[: len(samples) // frame * frame].reshape(-1, frame) ** 2, axis=1))
    loud = np.flatnonzero(level > level.max() * 0.03)
    spoken: Samples = samples[loud[0] * frame : (loud[-1] + 1) * frame]
    return spoken


def _with_pauses(pieces: list[Samples], chance: random.Random) -> Samples:
    silent = sum(len(piece) for piece in pieces) * SILENT / (1 - SILENT)
    shares = [chance.uniform(0.3, 1.0) for _ in range(len(pieces) + 1)]
    noise = np.random.default_rng(chance.randrange(1 << 30))
    pauses = [noise.normal(0, LINE_NOISE, int(silent * share / sum(shares))) for share in shares]
    woven = [part for pause, piece in zip(pauses, pieces, strict=False) for part in (pause, piece)]
    return np.concatenate([*woven, pauses[-1]])


def _telephone(samples: Samples) -> npt.NDArray[np.int16]:
    line = io.BytesIO()
    pcm = np.clip(np.rint(samples), -32768, 32767).astype(np.int16)
    soundfile.write(line, pcm, RATE, format="WAV", subtype="ALAW")
    line.seek(0)
    heard: npt.NDArray[np.int16] = soundfile.read(line, dtype="int16")[0]
    return heard
