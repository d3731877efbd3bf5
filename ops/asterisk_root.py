"""Where Asterisk comes from: the system's, if it is new enough, else a private root folder made by mmdebstrap.

Debian 12 has no Asterisk, and the package of Debian's unstable release needs a newer C library than Debian 12
has; so it lives in a folder of its own, with the few other packages that it needs, and runs in a private
mount namespace (``ops.asterisk_run``). The root is never written to after it was made.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ops.asterisk_config import CODE, REQUIRED_MODULES
from ops.settings import Settings

MINIMUM = 20
APT_PACKAGES = ("mmdebstrap",)
"""What the set-up installs on the machine before ``build``."""
MARKER = ".huiyin-asterisk-version"
_SUITE = "sid"
_BINARY = Path("usr/sbin/asterisk")


class RootError(Exception):
    """There is no usable Asterisk; the text says why and what to do."""


@dataclass(frozen=True)
class Asterisk:
    """An Asterisk to run: the system's (``root`` is None) or the one in a private root."""

    root: Path | None
    binary: Path
    """As seen from inside the root."""
    modules: Path
    data: Path
    version: str


def root_folder(settings: Settings) -> Path:
    """Where the private root is, or would be."""
    return settings.asterisk_root or CODE / ".cache" / "asterisk-root"


def find(settings: Settings) -> Asterisk | None:
    """The Asterisk that would run, or None when there is none yet."""
    return find_system()[0] or find_private(root_folder(settings))


def find_system(machine: Path = Path("/")) -> tuple[Asterisk | None, str]:
    """The machine's own Asterisk, if it can run the hotline; else None, and why the one that is there cannot."""
    binary = shutil.which("asterisk", path=os.pathsep.join(str(machine / folder) for folder in _BINARIES))
    if binary is None:
        return None, ""
    version = _version(binary)
    if version is None:
        return None, f"{binary} does not tell its version"
    modules = _modules(machine)
    if int(version.split(".")[0]) < MINIMUM:
        return None, f"{binary} is release {version}, Huiyin needs {MINIMUM} or later"
    if modules is None:
        return None, f"{binary} ({version}) has no folder of modules with chan_pjsip"
    data = next((path for path in (machine / name for name in _DATA) if path.is_dir()), machine / _DATA[0])
    found = Asterisk(None, Path(binary), machine / modules.relative_to("/"), data, version)
    missing = missing_modules(found)
    return (None, f"{binary} ({version}) lacks {_listed(missing)}") if missing else (found, "")


def missing_modules(asterisk: Asterisk) -> list[str]:
    """Those of the modules that the hotline needs which this Asterisk does not have."""
    folder = Path(f"{asterisk.root or ''}{asterisk.modules}")
    return [name for name in REQUIRED_MODULES if not (folder / f"{name}.so").is_file()]


def find_private(root: Path) -> Asterisk | None:
    """The Asterisk in a private root, if it is whole."""
    modules = _modules(root)
    if not (root / _BINARY).is_file() or modules is None:
        return None
    try:
        version = (root / MARKER).read_text(encoding="ascii").strip()
    except OSError:
        return None
    return Asterisk(root, Path("/") / _BINARY, modules, Path("/usr/share/asterisk"), version)


def build(root: Path, progress: Callable[[str], None]) -> Asterisk:
    """Make the private root, or give the one that is there. Needs mmdebstrap. Raises RootError.

    It is made under another name and renamed when it is whole, so a set-up that was killed leaves no half root.
    ``progress`` gets each line that mmdebstrap says.
    """
    found = find_private(root)
    if found:
        return found
    if shutil.which("mmdebstrap") is None:
        raise RootError("mmdebstrap is missing: apt-get install mmdebstrap")
    root.parent.mkdir(parents=True, exist_ok=True)
    unfinished = root.with_name(root.name + f".new-{os.getpid()}")
    try:
        _bootstrap(unfinished, progress)
        version = _version_inside(unfinished)
        (unfinished / MARKER).write_text(version + "\n", encoding="ascii")
        if root.exists():
            shutil.rmtree(root)
        unfinished.rename(root)
    finally:
        _remove(unfinished)
    made = find_private(root)
    if made is None:
        raise RootError(f"{root} was made, but holds no Asterisk; remove it and run the set-up again")
    return made


def adopt(root: Path) -> Asterisk | None:
    """Take a root that was made by hand (no marker yet), when the Asterisk in it says its version."""
    if (root / _BINARY).is_file() and not (root / MARKER).exists():
        (root / MARKER).write_text(_version_inside(root) + "\n", encoding="ascii")
    return find_private(root)


def parse_version(text: str) -> str | None:
    """The release in what ``asterisk -V`` says, as ``22.10.1``."""
    match = re.search(r"Asterisk (?:certified[/-])?(\d+\.\d+(?:\.\d+)?)", text)
    return match[1] if match else None


def mirror(sources: str) -> str | None:
    """The first Debian archive in apt's lists: the private root comes from where this machine's packages do."""
    for line in sources.splitlines():
        if match := re.match(r"(?:deb\s+(?:\[[^]]*\]\s+)?|URIs:\s*)(https?://\S+?/debian)/?(?:\s|$)", line.strip()):
            return match[1]
    return None


_BINARIES = ("usr/sbin", "usr/local/sbin", "usr/bin", "usr/local/bin")
_DATA = ("usr/share/asterisk", "var/lib/asterisk")


def _version(binary: str) -> str | None:
    try:
        answer = subprocess.run([binary, "-V"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse_version(answer.stdout)


def _listed(names: list[str]) -> str:
    """A few names, and how many more."""
    return ", ".join(names[:4]) + (f" and {len(names) - 4} modules more" if len(names) > 4 else "")


def _modules(root: Path) -> Path | None:
    """Asterisk's module folder in ``root``, as seen from inside."""
    for pattern in ("usr/lib/*/asterisk/modules", "usr/lib/asterisk/modules", "usr/lib64/asterisk/modules"):
        for path in sorted(root.glob(pattern)):
            if (path / "chan_pjsip.so").exists():
                return Path("/") / path.relative_to(root)
    return None


def _bootstrap(target: Path, progress: Callable[[str], None]) -> None:
    lists = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    archive = mirror("\n".join(path.read_text(encoding="utf-8") for path in lists if path.is_file()))
    become_root = [] if os.geteuid() == 0 else ["sudo"]
    _run(
        [
            *become_root, "mmdebstrap", "--variant=essential", "--include=asterisk",
            '--aptopt=APT::Install-Recommends "false"',
            # A mirror that stands still is good enough: signatures are checked, and the unstable release's dates
            # run out after a week.
            '--aptopt=Acquire::Check-Valid-Until "false"', "--dpkgopt=force-unsafe-io",
            "--dpkgopt=path-exclude=/usr/share/doc/*",
            "--dpkgopt=path-exclude=/usr/share/man/*", _SUITE, str(target), *([archive] if archive else []),
        ],
        progress,
    )  # fmt: skip
    if become_root:
        _run([*become_root, "chown", "-R", f"{os.geteuid()}:{os.getegid()}", str(target)], progress)


def _run(command: list[str], progress: Callable[[str], None]) -> None:
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        tail: list[str] = []
        assert process.stdout is not None  # noqa: S101 -- it is a pipe; this tells the type checker
        for line in process.stdout:
            tail = [*tail[-9:], line.rstrip()]
            progress(line.rstrip())
    if process.returncode:
        raise RootError(f"{command[0]} failed: " + " / ".join(tail))


def _remove(folder: Path) -> None:
    """Take away what a set-up left half made; until it is whole, parts of it belong to root."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists() and os.geteuid() != 0:
        subprocess.run(["sudo", "rm", "-rf", "--one-file-system", str(folder)], timeout=120, check=False)


def _version_inside(root: Path) -> str:
    # Debian's PATH of a user who is not root lacks the folder that chroot is in.
    chroot = shutil.which("chroot") or "/usr/sbin/chroot"
    command = [chroot, str(root), f"/{_BINARY}", "-V"]
    if os.geteuid() != 0:
        command = ["unshare", "--map-root-user", *command]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    version = parse_version(answer.stdout)
    if version is None:
        raise RootError(f"the Asterisk in {root} does not run: {answer.stderr.strip() or answer.stdout.strip()}")
    return version
