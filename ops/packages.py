"""Debian packages: which are missing, and one apt-get call that installs them. Standard library only."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ops.steps import Reporter, StepError

_STATUS = re.compile(r"^(?:dl|pm)status:[^:]*:([0-9.]+):(.*)$")


def missing(names: Sequence[str]) -> list[str]:
    """Those of the Debian packages that are not installed."""
    if not shutil.which("dpkg-query"):
        return list(names)
    found = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package}\n", *names],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    installed = {line.split()[1] for line in found.splitlines() if line.startswith("installed ")}
    return [name for name in names if name not in installed]


def install(names: Sequence[str], reporter: Reporter) -> None:
    """Install the packages in one call; fetch the package lists first where that is needed."""
    listed = " ".join(names)
    if not shutil.which("apt-get"):
        raise StepError(
            "Debian packages",
            "this is not a Debian system (no apt-get)",
            f"Install what these Debian packages hold, then run the command again: {listed}",
        )
    prefix = _as_root(listed)
    todo = f"Try it by hand: {' '.join(prefix)} apt-get update && {' '.join(prefix)} apt-get install {listed}"
    env = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    reporter.say(listed)
    reporter.run([*prefix, "apt-get", "update", "-q"], todo=todo, env=env)
    reporter.run(
        [
            *prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-q",
            "--no-install-recommends", "-o", "APT::Status-Fd=1", "-o", "Dpkg::Use-Pty=0",
            "-o", "DPkg::Lock::Timeout=300", *names,
        ],
        todo=todo,
        env=env,
        watch=_watch,
    )  # fmt: skip


def _watch(line: str, reporter: Reporter) -> None:
    match = _STATUS.match(line)
    if match:
        reporter.progress(float(match[1]), 100, match[2][:60])


def _as_root(listed: str) -> list[str]:
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        return ["sudo"]
    raise StepError(
        "Debian packages",
        "installing them needs root, and there is no sudo",
        f"As root: apt-get install {listed}",
    )


def has_ensurepip() -> bool:
    """Whether this Python can make a virtual environment (Debian keeps that in python3-venv)."""
    try:
        import ensurepip  # noqa: PLC0415  (absent on a fresh Debian: that is the question)
    except ImportError:
        return False
    return Path(ensurepip.__file__).is_file()
