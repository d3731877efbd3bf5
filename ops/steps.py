"""Set-up as named steps: shown with their time, skipped when nothing changed, explained when they fail.

Standard library only, because the first steps run before the virtual environment exists. A step is skipped
when its stamp (a hash of its inputs) is the one of its last success and what it made is still there.
Everything that commands print is kept in HOME/logs/setup.log.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
BAR_WIDTH = 24
FIRST_BEAT, HEARTBEAT = 2.0, 15.0
"""Seconds after which a step that takes time is shown where there is no terminal: first, and then again."""


class StepError(Exception):
    """A step failed: what was tried, why it failed, what to do about it."""

    def __init__(self, what: str, why: str, todo: str) -> None:
        super().__init__(f"{what}: {why}")
        self.what, self.why, self.todo = what, why, todo


@dataclass
class Reporter:
    """What a running step tells: a note, how far it is, the output of its commands."""

    log: TextIO
    note: str = ""
    fraction: float | None = None

    def say(self, note: str) -> None:
        """Show what is being done now."""
        self.note = note
        self.write(note)

    def progress(self, done: float, total: float, note: str = "") -> None:
        """Show a bar: ``done`` of ``total`` (bytes, packages, …)."""
        self.fraction = min(1.0, done / total) if total > 0 else None
        self.note = note or self.note

    def write(self, line: str) -> None:
        """Keep a line in the log only."""
        self.log.write(f"{time.strftime('%H:%M:%S')}  {line.rstrip()}\n")
        self.log.flush()

    def run(
        self,
        command: Sequence[str | Path],
        *,
        todo: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        watch: Callable[[str, Reporter], None] | None = None,
    ) -> None:
        """Run a command; its output goes to the log, each line also to ``watch``. Raises StepError."""
        words = [str(word) for word in command]
        self.write("$ " + " ".join(words))
        last: list[str] = []
        try:
            with subprocess.Popen(
                words,
                cwd=cwd,
                env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            ) as process:
                try:
                    for line in process.stdout or ():
                        self.write("  " + line)
                        last = [*last[-5:], line.rstrip()] if line.strip() else last
                        if watch:
                            watch(line.strip(), self)
                except BaseException:
                    process.terminate()
                    raise
        except OSError as error:
            raise StepError(" ".join(words[:3]), error.strerror or str(error), todo) from error
        if process.returncode != 0:
            why = f"exit code {process.returncode}" + "".join(f"\n      {line}" for line in last)
            raise StepError(" ".join(words[:3]), why, todo)


@dataclass(frozen=True)
class Step:
    """One step. ``inputs``: files and texts whose change makes it run again; ``made``: is its result still there."""

    name: str
    act: Callable[[Reporter], None]
    inputs: Sequence[Path | str] = ()
    made: Callable[[], bool] = field(default=lambda: True)
    always: bool = False


class Display:
    """One line a step: live with a bar on a terminal, plain lines elsewhere."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.live = out.isatty()
        self._lock = threading.Lock()

    def end(self, name: str, mark: str, seconds: float, remark: str = "") -> None:
        """A step ended."""
        clear = "\r\033[K" if self.live else ""
        spent = f"{seconds:6.1f} s" if seconds >= 0.05 else " " * 8
        with self._lock:
            print(f"{clear}{mark} {name:<34}{spent}  {remark}".rstrip(), file=self.out, flush=True)

    def tick(self, name: str, turn: int, seconds: float, reporter: Reporter) -> None:
        """Draw the running step."""
        bar = ""
        if reporter.fraction is not None:
            full = round(reporter.fraction * BAR_WIDTH)
            bar = f"▕{'█' * full}{' ' * (BAR_WIDTH - full)}▏{reporter.fraction:4.0%} "
        text = f"{SPINNER[turn % len(SPINNER)]} {name:<34}{seconds:6.0f} s  {bar}{reporter.note}"
        with self._lock:
            if self.live:
                width = os.get_terminal_size(self.out.fileno()).columns
                print("\r\033[K" + text[: max(20, width - 1)], end="", file=self.out, flush=True)
            else:
                print(f"  … {name}: {seconds:.0f} s  {bar}{reporter.note}", file=self.out, flush=True)


class Runner:
    """Runs steps in order, with their stamps in ``stamps`` and the log in ``log_path``."""

    def __init__(self, stamps: Path, log_path: Path, out: TextIO = sys.stdout) -> None:
        self.stamps, self.log_path = stamps, log_path
        self.display = Display(out)

    def run(self, steps: Iterable[Step]) -> None:
        """Run what is due. Raises StepError at the first failure."""
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("a", encoding="utf-8") as log:
            for step in steps:
                self._one(step, log)

    def _one(self, step: Step, log: TextIO) -> None:
        stamp = self.stamps / (step.name.lower().replace(" ", "-") + ".sha256")
        digest = fingerprint(step.inputs)
        if not step.always and stamp.is_file() and stamp.read_text() == digest and step.made():
            self.display.end(step.name, "✓", 0, "unchanged")
            return
        reporter = Reporter(log)
        reporter.write(f"=== {step.name}")
        started = time.monotonic()
        stop = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(step.name, reporter, stop), daemon=True)
        ticker.start()
        mark, remark = "✗", "failed"
        try:
            step.act(reporter)
            mark, remark = "✓", reporter.note if step.always else ""
        finally:
            stop.set()
            ticker.join()
            self.display.end(step.name, mark, time.monotonic() - started, remark)
        if not step.always:
            self.stamps.mkdir(parents=True, exist_ok=True)
            stamp.write_text(fingerprint(step.inputs))

    def _tick(self, name: str, reporter: Reporter, stop: threading.Event) -> None:
        started, turn = time.monotonic(), 0
        while not stop.wait(0.15 if self.display.live else HEARTBEAT if turn else FIRST_BEAT):
            turn += 1
            self.display.tick(name, turn, time.monotonic() - started, reporter)


def fingerprint(inputs: Sequence[Path | str]) -> str:
    """SHA-256 over texts and the content of files (of all files below a folder)."""
    total = hashlib.sha256()
    for item in inputs:
        if isinstance(item, str):
            total.update(b"text\0" + item.encode() + b"\0")
            continue
        files = sorted(p for p in item.rglob("*") if p.is_file()) if item.is_dir() else [item]
        for path in files:
            content = path.read_bytes() if path.is_file() else b"absent"
            total.update(str(path.name).encode() + b"\0" + hashlib.sha256(content).digest())
    return total.hexdigest()


def explain(error: StepError, log_path: Path, out: TextIO = sys.stderr) -> None:
    """Say what failed, why, and what to do."""
    print(f"\n  failed      {error.what}", file=out)
    print(f"  because     {error.why}", file=out)
    print(f"  what to do  {error.todo}", file=out)
    print(f"  full log    {log_path}", file=out, flush=True)
