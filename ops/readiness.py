"""How a service without a port says that it works: a file in HOME/run with its process id."""

from __future__ import annotations

import os
from pathlib import Path


def path(run: Path, name: str) -> Path:
    """Where the service of that name says it."""
    return run / f"{name}.ready"


def tell(run: Path, name: str) -> None:
    """Say that this process works as ``name`` from now on."""
    run.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path(run, name).with_suffix(f".{os.getpid()}")
    fresh.write_text(f"{os.getpid()}\n", encoding="ascii")
    fresh.replace(path(run, name))


def teller(run: Path, name: str) -> int | None:
    """Process id of who said so and still lives, or None."""
    try:
        pid = int(path(run, name).read_text(encoding="ascii"))
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    return pid
