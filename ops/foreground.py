"""`huiyin run` and `huiyin up`: everything comes up before your eyes, and goes down with Ctrl-C."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from types import FrameType

from ops import house
from ops.accounts_shown import account_lines
from ops.processes import programs
from ops.processes_rpc import NotRunningError, Supervisor
from ops.settings import Settings
from ops.status import Service, web_url

READY_TIME = 90
WATCH_EVERY = 2.0


class _Stopped(Exception):  # noqa: N818  (a wish, not an error)
    """Somebody wants it to stop: Ctrl-C, SIGTERM, or the terminal went away."""


def run(settings: Settings) -> int:
    """Start, show, watch, stop. The exit code."""
    began = time.monotonic()
    _listen(True)
    process: subprocess.Popen[bytes] | None = None
    try:
        process = house.start(settings, foreground=True)
        try:
            come_up(settings, _alive(process))
            _say(f"\nHuiyin is ready after {time.monotonic() - began:.1f} s.")
        except house.NotReadyError as error:
            _complain("not everything answers yet; what does not is tried again and again", error)
        _welcome(settings)
        return _watch(settings, process)
    except house.StartError as error:
        _complain("Huiyin did not start", error)
        return 1
    except _Stopped:
        return 0
    finally:
        _listen(False)
        if process:
            _go_down(settings, process)


def up(settings: Settings) -> int:
    """Start in the background, or start what was stopped, and wait until all of it answers. The exit code."""
    try:
        if house.running(settings):
            supervisor = Supervisor(settings.run)
            supervisor.start(program.name for program in programs(settings))
            come_up(settings, lambda: house.running(settings) is not None)
        else:
            come_up(settings, _alive(house.start(settings, foreground=False)))
    except house.NotReadyError as error:
        _complain("it runs, but not everything answers yet; `huiyin status` tells more", error)
        return 1
    except house.StartError as error:
        _complain("Huiyin did not start", error)
        return 1
    print(f"ready: {web_url(settings)}")
    return 0


def _alive(process: subprocess.Popen[bytes]) -> Callable[[], bool]:
    return lambda: process.poll() is None


def come_up(settings: Settings, alive: Callable[[], bool]) -> None:
    """Show each service at the moment it answers. Raises StartError."""
    began, seen = time.monotonic(), set[str]()
    for found in house.wait_ready(settings, alive, READY_TIME):
        for name, service in found.items():
            if service["answers"] and name not in seen:
                seen.add(name)
                _say(f"✓ {name:<34}{time.monotonic() - began:6.1f} s")
        _waiting(found, time.monotonic() - began)
    _clear()


def _listen(wanted: bool) -> None:  # noqa: FBT001  (on or off)
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise _Stopped

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop if wanted else signal.SIG_IGN)


def _welcome(settings: Settings) -> None:
    print(f"\n  pages     {web_url(settings)}")
    print(f"  hotline   {settings.hotline}, SIP over UDP at {settings.bind}:{settings.sip_port}")
    if settings.demo:
        for line in account_lines(settings):
            print("  " + line)
    print("\n  next      .venv/bin/huiyin demo-call --lang en")
    print("  stop      Ctrl-C\n", flush=True)


def _watch(settings: Settings, process: subprocess.Popen[bytes]) -> int:
    """Tell what changes, until the supervisor ends."""
    supervisor, before = Supervisor(settings.run, timeout=10), dict[str, str]()
    while process.poll() is None:
        try:
            now = {name: state.state for name, state in supervisor.processes().items()}
        except NotRunningError:
            now = before
        for name, state in now.items():
            if before and before.get(name) != state:
                print(f"  {time.strftime('%H:%M:%S')}  {name} is {state}", flush=True)
        before = now
        time.sleep(WATCH_EVERY)
    return 0 if process.returncode == 0 else 1


def _go_down(settings: Settings, process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        _say("stopping …")
        if not house.stop(settings):
            process.terminate()
    try:
        process.wait(house.STOP_TIME)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _say("✓ stopped")


def _complain(what: str, error: house.StartError) -> None:
    _clear()
    print(f"\n  {what}:", file=sys.stderr)
    for line in str(error).splitlines():
        print(f"    {line}", file=sys.stderr)


def _waiting(found: dict[str, Service], seconds: float) -> None:
    late = [name for name, service in found.items() if not service["answers"]]
    if late and sys.stdout.isatty():
        print(f"\r\033[K  waiting for {', '.join(late)}  {seconds:.0f} s", end="", flush=True)


def _say(text: str) -> None:
    _clear()
    print(text, flush=True)


def _clear() -> None:
    if sys.stdout.isatty():
        print("\r\033[K", end="")
