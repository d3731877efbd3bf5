"""The stand-in's installation: joined from parts that are whole, and a clear word when it cannot be had."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from asr.models import is_whisper
from ops import model_standin
from ops.model_standin import StandinError, install_standin, join

pytestmark = pytest.mark.integration

PARTS = {"model.bin.part1": b"first half ", "model.bin.part2": b"second half"}


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    for name in model_standin.BESIDE:
        (data / name).write_text(name)
    for name, content in PARTS.items():
        (data / name).write_bytes(content)
    monkeypatch.setattr(model_standin, "_data", lambda _: data)
    whole = b"".join(PARTS.values())
    monkeypatch.setattr(model_standin, "MODEL_SHA256", hashlib.sha256(whole).hexdigest())
    return data


def test_joins_the_parts(tmp_path: Path, packages: Path) -> None:
    folder = tmp_path / "models" / "whisper-base"
    join(folder)
    assert is_whisper(folder)
    assert (folder / "model.bin").read_bytes() == b"first half second half"
    assert sorted(path.name for path in folder.iterdir()) == sorted(["model.bin", *model_standin.BESIDE])


def test_damaged_parts_are_no_model(tmp_path: Path, packages: Path) -> None:
    (packages / "model.bin.part2").write_bytes(b"second hal_")
    with pytest.raises(StandinError, match="wrong SHA-256"):
        join(tmp_path / "whisper-base")
    assert list((tmp_path / "whisper-base").iterdir()) == []


def test_what_stands_is_not_joined_again(tmp_path: Path, packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_standin, "find_spec", lambda name: name)
    first = install_standin(tmp_path, lambda _: None) / "model.bin"
    before = first.stat().st_mtime_ns
    (packages / "model.bin.part1").write_bytes(b"changed")
    assert install_standin(tmp_path, lambda _: None) / "model.bin" == first
    assert first.stat().st_mtime_ns == before


def test_packages_that_cannot_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_standin, "find_spec", lambda _: None)
    monkeypatch.setattr(model_standin, "LOCK", tmp_path / "no-such-lock.txt")
    said: list[str] = []
    with pytest.raises(StandinError, match=r"installing no-such-lock\.txt failed"):
        install_standin(tmp_path / "models", said.append)
    assert len(said) > 1, "what the installer says is passed on"
