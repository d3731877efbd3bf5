"""Start and stop the whole: supervisord in the background, or in front with what it does shown."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ops import ports
from ops.bootstrap import ROOT
from ops.parent import end_with_parent
from ops.processes import NAMES, PHONE_SIDE, SPARE, configuration, programs
from ops.processes_rpc import NotRunningError, Supervisor
from ops.settings import Settings
from ops.status import Service, services

STOP_TIME = 90
POLL = 0.4


class StartError(Exception):
    """Huiyin cannot start; each line of the text is one reason."""


class NotReadyError(StartError):
    """It runs, but not all of it answers yet. The phone side may well work: nothing is stopped because of that."""


def running(settings: Settings) -> int | None:
    """Process id of this home's supervisor, or None."""
    try:
        return Supervisor(settings.run, timeout=5).pid()
    except NotRunningError:
        return None


def start(settings: Settings, *, foreground: bool) -> subprocess.Popen[bytes]:
    """Write the configuration and start supervisord. Raises StartError with every reason why not."""
    pid = running(settings)
    if pid:
        raise StartError(f"Huiyin runs already in {settings.home} (process {pid}); `huiyin down` stops it")
    taken = ports.problems(settings)
    if taken:
        raise StartError("\n".join(taken))
    for folder in (settings.run, settings.logs):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for stale in settings.run.glob("*.ready"):
        stale.unlink(missing_ok=True)
    path = settings.run / "supervisord.conf"
    path.write_text(
        configuration(
            command=[sys.executable, str(Path(sys.prefix) / "bin" / "huiyin"), "serve"],
            directory=ROOT,
            run=settings.run,
            logs=settings.logs,
            wanted=programs(settings),
        ),
        encoding="utf-8",
    )
    return subprocess.Popen(  # supervisord: the foreground's child ends with it, whatever ends it
        [sys.executable, "-m", "supervisor.supervisord", "--nodaemon", "--configuration", str(path)],
        cwd=ROOT,
        env=_environment(settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=(settings.logs / "supervisord.err").open("ab"),
        start_new_session=True,
        preexec_fn=end_with_parent if foreground else None,  # noqa: PLW1509  (no threads run yet)
    )


def _environment(settings: Settings) -> dict[str, str]:
    """This process's environment with the home as an absolute path. Byte code is kept: each start is quicker."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "HUIYIN_HOME": str(settings.home)}


def wait_ready(settings: Settings, alive: Callable[[], bool], seconds: float) -> Iterator[dict[str, Service]]:
    """Give the state of the services again and again, the last time when all answer.

    Raises StartError when the supervisor is no longer alive, NotReadyError when the time is over.
    """
    deadline, answered = time.monotonic() + seconds, set[str]()
    while True:
        if not alive():
            raise StartError(f"the supervisor ended at once; see {settings.logs / 'supervisord.log'} and .err there")
        found = services(settings, answered)
        answered = {name for name, service in found.items() if service["answers"]}
        yield found
        if all(service["answers"] for name, service in found.items() if name not in SPARE):
            return
        if time.monotonic() > deadline:
            late = [
                f"{name}: {one['why']} (log: {settings.logs / name}.log)" for name, one in found.items() if one["why"]
            ]
            raise NotReadyError("\n".join(late))
        time.sleep(POLL)


def stop(settings: Settings, seconds: float = STOP_TIME) -> bool:
    """Stop everything and wait until it is gone; False when nothing ran."""
    try:
        supervisor = Supervisor(settings.run, timeout=10)
        pid = supervisor.pid()
        known = supervisor.processes()
        pids = [state.pid for state in known.values() if state.pid]
        # What no call depends on may stop side by side; the shutdown waits for it and goes on with the phone side.
        supervisor.stop([name for name in reversed(NAMES) if name in known and name not in PHONE_SIDE], wait=False)
        supervisor.shutdown()
    except NotRunningError:
        return False
    if not _gone(pid, seconds):
        for left in [*pids, pid]:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(left, signal.SIGKILL)
        _gone(pid, 5)
    return True


def _gone(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False
