"""The prompts service: keeps the next ticket numbers rendered ahead of the calls; nothing else waits for it.

It only looks and waits. What renders is a child (``huiyin prompts ahead``) that ends when it is done, so that voices
and recogniser take no memory in between. When the child fails (no network to set up the voices, say) that is
logged once, and it is tried again later and later; callers hear the numbers in pieces until then.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog

from ops import probes
from ops.prompts import ahead
from ops.settings import Settings

log = structlog.get_logger(__name__)

LOOK_EVERY = 5.0
SETTLE = 300.0
"""How long the other services may take to come up before the voices are set up beside them."""
FIRST_PAUSE, LONGEST_PAUSE = 60.0, 6 * 3600.0
OTHERS = ("agi", "ami", "asterisk", "redis", "web")


def main(settings: Settings) -> None:
    """Look until SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    waited = 0.0
    while waited < SETTLE and any(probes.ask(settings, OTHERS).values()) and not stop.wait(LOOK_EVERY):
        waited += LOOK_EVERY
    Keeper(settings, lambda: datetime.now(settings.zone), lambda: render(_command(settings), stop)).run(stop)


@dataclass
class Keeper:
    """Decides when to render and how long to wait after a failure. ``render`` gives what went wrong, or nothing."""

    settings: Settings
    clock: Callable[[], datetime]
    render: Callable[[], str]
    _pause: float = field(default=0.0, init=False)

    def run(self, stop: threading.Event) -> None:
        """Look, render, wait, until told to stop."""
        while not stop.wait(self.turn()):
            pass

    def turn(self) -> float:
        """Do what is due; the seconds until the next look."""
        try:
            now = self.clock()
            due = self._due(ahead.coming(self.settings, now))
        except OSError as error:
            log.warning("the numbers ahead cannot be looked at", why=error.strerror)
            return FIRST_PAUSE
        if not due:
            return LOOK_EVERY
        wrong = self.render()
        if not wrong:
            self._pause = 0.0
            return LOOK_EVERY
        if not self._pause:
            log.warning("ticket numbers are not rendered ahead; it is tried again", why=wrong)
        self._pause = min(LONGEST_PAUSE, max(FIRST_PAUSE, 2 * self._pause))
        return self._pause

    def _due(self, numbers: list[str]) -> bool:
        """Whether it is worth a start of the voices: a date is missing, or half of the takes are gone."""
        missing = ahead.wanted(self.settings.prompts_ahead, numbers)
        return any(one.is_date for one in missing) or len(missing) * 2 >= self.settings.numbers_ahead


def _command(settings: Settings) -> list[str]:
    return [str(Path(sys.prefix) / "bin" / "huiyin"), "prompts", "ahead", str(settings.numbers_ahead)]


def render(command: list[str], stop: threading.Event) -> str:
    """Run the child; what it said last when it failed, else nothing. It ends when ``stop`` is set."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as child:
        ender = threading.Thread(target=_end_at, args=(stop, child), daemon=True)
        ender.start()
        last = ""
        for line in child.stdout or ():
            last = line.strip() or last
    return last or f"ended with {child.returncode}" if child.returncode else ""


def _end_at(stop: threading.Event, child: subprocess.Popen[str]) -> None:
    while child.poll() is None:
        if stop.wait(0.5):
            child.terminate()
            return
