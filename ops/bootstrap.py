"""The first steps of `make run` and `make test`, with nothing but the system's python3 and its standard library.

Makes sure of the Debian packages, the virtual environment and the locked Python packages, then hands over
to ``.venv/bin/huiyin``. Run as ``python3 -m ops.bootstrap run|test|tools`` in the checkout.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from ops.packages import has_ensurepip, install, missing
from ops.steps import Reporter, Runner, Step, StepError, explain

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements"
CACHE = ROOT / ".cache"
LOCKS = {
    "run": ("runtime.txt",),
    "test": ("runtime.txt", "standin.txt", "dev.txt"),
    "tools": ("runtime.txt", "standin.txt", "dev.txt"),
}
FONTS = "fonts-wqy-microhei"
"""Letters and forms are drawn with it; it has Chinese and Latin characters."""
TEST_PACKAGES = (
    "chromium", "ffmpeg", "redis-server", "sip-tester", "git",
)  # fmt: skip
_MEGABYTES = re.compile(r"^Download(?P<end>ing|ed) (?P<name>\S+)(?: \((?P<size>[0-9.]+)(?P<unit>[KMG])iB\))?")


def home() -> Path:
    """HUIYIN_HOME, as ops.settings reads it."""
    return Path(os.environ.get("HUIYIN_HOME") or "var").expanduser().absolute()


def python() -> str:
    """A Python that the product runs on: this one, or another of the system's. Raises StepError."""
    for name in (sys.executable, "python3.11", "python3.12", "/usr/bin/python3"):
        path = shutil.which(name)
        if not path:
            continue
        check = "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))"
        if subprocess.run([path, "-c", check], check=False).returncode == 0:
            return path
    raise StepError(
        "Python", f"Huiyin needs Python 3.11 or 3.12, this is {sys.version.split()[0]}",
        "Use Debian 12, or install python3.11 beside your own",
    )  # fmt: skip


def needed_packages(target: str) -> list[str]:
    """Debian packages that this target needs and the machine lacks."""
    wanted = ["ca-certificates", FONTS]
    if not PYTHON.exists() and not has_ensurepip():
        wanted.append("python3-venv")
    if not shutil.which("asterisk"):
        wanted += ["mmdebstrap"] if os.geteuid() == 0 else ["mmdebstrap", "uidmap"]
    if target == "test":
        wanted += TEST_PACKAGES
    return missing(wanted)


def debian_packages(target: str) -> Step:
    """One apt-get call for all that is missing; nothing at all when nothing is."""
    absent = needed_packages(target)

    def act(reporter: Reporter) -> None:
        if absent:
            install(absent, reporter)
        reporter.note = " ".join(absent) if absent else "nothing missing"

    return Step("Debian packages", act, always=True)


def virtual_environment(interpreter: str) -> Step:
    """`.venv` with uv in it, itself pinned by hash."""

    def act(reporter: Reporter) -> None:
        todo = "Remove .venv and run the command again; is there room on the disk, is the package index reachable?"
        reporter.run([interpreter, "-m", "venv", "--clear", VENV], todo=todo)
        reporter.say("uv, the installer")
        reporter.run(
            [
                PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes", "--no-deps",
                "--only-binary", ":all:", "-r", REQUIREMENTS / "bootstrap.txt",
            ],
            todo=todo,
        )  # fmt: skip

    version = subprocess.run([interpreter, "-V"], capture_output=True, text=True, check=True).stdout
    return Step(
        "Virtual environment",
        act,
        inputs=(REQUIREMENTS / "bootstrap.txt", version, str(ROOT)),
        made=lambda: PYTHON.exists() and (VENV / "bin" / "uv").exists(),
    )


def python_packages(target: str) -> Step:
    """The locked packages, each checked against its hash, and the `huiyin` command."""
    locks = [REQUIREMENTS / name for name in LOCKS[target]]
    command = VENV / "bin" / "huiyin"

    def act(reporter: Reporter) -> None:
        install_locked(locks, reporter)
        write_command(command)

    return Step(
        "Python packages" if target == "run" else "Python packages for tests",
        act,
        inputs=(*locks, str(ROOT)),
        made=command.exists,
    )


def install_locked(locks: list[Path], reporter: Reporter) -> None:
    """Install from lock files with uv; used by later steps for their own lock files, too."""
    sizes: dict[str, float] = {}
    done: set[str] = set()

    def watch(line: str, shown: Reporter) -> None:
        match = _MEGABYTES.match(line)
        if match and match["end"] == "ing" and match["size"]:
            sizes[match["name"]] = float(match["size"]) * {"K": 0.001, "M": 1, "G": 1000}[match["unit"]]
        elif match:
            done.add(match["name"])
        else:
            shown.note = line[:70]
            return
        loaded = sum(size for name, size in sizes.items() if name in done)
        total = sum(sizes.values())
        shown.progress(loaded, total, f"{loaded:.0f} of {total:.0f} MB")

    flags = [flag for lock in locks for flag in ("-r", str(lock))]
    reporter.run(
        [VENV / "bin" / "uv", "pip", "install", "--python", PYTHON, "--require-hashes", "--compile-bytecode", *flags],
        env=mirror() | {"UV_NO_PROGRESS": "0"},
        todo="Is the package index reachable? `.venv/bin/uv pip install -r requirements/runtime.txt` says more",
        watch=watch,
    )  # fmt: skip


def mirror() -> dict[str, str]:
    """The package index that pip is configured to use, told to uv, which does not read pip's configuration."""
    listed = subprocess.run(
        [str(PYTHON), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    told: dict[str, str] = {}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        option = name.rpartition(".")[2]
        variable = {"index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "cert": "SSL_CERT_FILE"}.get(option)
        if variable and variable not in os.environ:
            told[variable] = value.strip().strip("'\"").replace("\\n", " ").strip()
    return told


def write_command(command: Path) -> None:
    """`.venv/bin/huiyin`, through /bin/sh because a `#!` line may be too short for a deep checkout."""
    packages = next((VENV / "lib").glob("python3.*/site-packages"))
    (packages / "huiyin.pth").write_text(f"{ROOT}\n")
    script = f"""#!/bin/sh
'''exec' "{PYTHON}" "$0" "$@"
' '''
import sys
from ops.cli import main
sys.exit(main())
"""
    fresh = command.with_suffix(".new")
    fresh.write_text(script)
    fresh.chmod(0o755)
    fresh.replace(command)


def main(arguments: list[str]) -> int:
    """Run the first steps for the target, then become `huiyin`."""
    target = arguments[0] if arguments else "run"
    code = prepare(target)
    if code == 0:
        become_huiyin(["run"] if target == "run" else ["setup", "--for", target])
    return code


def prepare(target: str) -> int:
    """The first steps; the exit code."""
    log_path = home() / "logs" / "setup.log"
    CACHE.mkdir(exist_ok=True)
    try:
        with (CACHE / "setup.lock").open("w") as lock:
            wait_for(lock.fileno())
            runner = Runner(CACHE / "stamps", log_path)
            runner.run([debian_packages(target)])
            runner.run([virtual_environment(python())])
            Runner(VENV / "stamps", log_path).run([python_packages(target)])
    except StepError as error:
        explain(error, log_path)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; the next start goes on from here", file=sys.stderr)
        return 130
    return 0


def become_huiyin(arguments: list[str]) -> NoReturn:
    """Go on inside the virtual environment, as the same process."""
    sys.stdout.flush()
    os.execv(PYTHON, [str(PYTHON), str(VENV / "bin" / "huiyin"), *arguments])  # noqa: S606  (no shell is meant)


def wait_for(handle: int) -> None:
    """Two set-ups in one checkout at a time would undo each other's work."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("another set-up runs in this checkout; waiting for it", flush=True)
        fcntl.flock(handle, fcntl.LOCK_EX)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
