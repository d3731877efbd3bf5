"""Folders that look like models."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

MakeModel = Callable[..., Path]

MODEL_CONF = "--min-active=200\n--max-active=3000\n--beam=10.0\n--lattice-beam=2.0\n"


@pytest.fixture
def vosk_folder(tmp_path: Path) -> MakeModel:
    def make(name: str, mfcc: str = "--high-freq=7600\n", conf: str = MODEL_CONF) -> Path:
        folder = tmp_path / "models" / name
        (folder / "am").mkdir(parents=True)
        (folder / "conf").mkdir()
        (folder / "am" / "final.mdl").write_bytes(name.encode())
        (folder / "conf" / "mfcc.conf").write_text(mfcc)
        (folder / "conf" / "model.conf").write_text(conf)
        return folder

    return make


@pytest.fixture
def whisper_folder(tmp_path: Path) -> MakeModel:
    def make(name: str = "whisper-base") -> Path:
        folder = tmp_path / "models" / name
        folder.mkdir(parents=True)
        for file in ("model.bin", "config.json", "vocabulary.txt"):
            (folder / file).write_text("{}")
        tokens = ", ".join(f'{{"content": "<|{code}|>"}}' for code in ("en", "zh", "ko", "notimestamps"))
        (folder / "tokenizer.json").write_text(f'{{"added_tokens": [{tokens}]}}')
        return folder

    return make
