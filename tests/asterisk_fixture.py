"""A private Asterisk for tests: own home, free ports, own prompts; nothing is left when it ends.

``from tests.asterisk_fixture import hotline`` gives a fixture for a running hotline without an IVR server.
``start_hotline`` does the same with other settings or limits.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from agi.ami_client import AmiClient
from agi.ami_protocol import AmiError
from crm.services.phones import Phone
from ivr import speech
from ops import asterisk_config, asterisk_root, asterisk_run, keys, phones
from ops.asterisk_config import Limits
from ops.settings import Settings
from ops.sip import sound
from ops.sip.agent import UserAgent
from ops.sip.g711 import Samples
from ops.sip.phone import DeskPhone

PITCHES = {
    "tone": 1000,
    "fallback_sorry": 620,
    "notice_short": 500,
    "fallback_message_intro": 540,
    "fallback_message_thanks": 580,
    "goodbye": 660,
    "welcome": 420,
}
"""Frequency of the sound that stands for a prompt; other prompts get 460 Hz."""


def wait_until(condition: Callable[[], object], what: str, timeout: float = 20.0) -> None:
    """Poll until the condition holds; fails with its name when it does not in time."""
    until = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > until:
            pytest.fail(f"{what}: not within {timeout} s")
        time.sleep(0.02)


def listens(path: Path) -> bool:
    """Whether a server takes connections on this unix socket; its file is there a moment before that."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def free_ports(count: int) -> list[int]:
    """TCP ports that nobody listens on now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def beep(frequency: float, seconds: float) -> Samples:
    """A pure tone that is loud enough to be heard in any recording."""
    time_axis = np.arange(round(seconds * sound.RATE)) / sound.RATE
    return np.asarray(9000 * np.sin(2 * np.pi * frequency * time_axis), np.int16)


def hears(samples: Samples, frequency: float) -> bool:
    """Whether at least 0.2 s of a pure tone of that frequency is in what was heard."""
    run = 0
    for start in range(0, len(samples) - 320, 160):
        window = samples[start : start + 320].astype(np.float64) * np.hanning(320)
        power = np.abs(np.fft.rfft(window, 1600)) ** 2
        peak = float(np.argmax(power)) * 5
        run = run + 1 if abs(peak - frequency) <= 15 and not sound.is_quiet(samples[start : start + 320]) else 0
        if run >= 10:
            return True
    return False


@dataclass
class Hotline:
    """A hotline under test."""

    settings: Settings
    asterisk: asterisk_root.Asterisk
    limits: Limits = field(default_factory=Limits)
    process: subprocess.Popen[bytes] | None = None
    services: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        """Start Asterisk and wait until it takes calls."""
        command = asterisk_run.prepare(self.settings, self.asterisk, self.limits, int(time.time()))
        log = (self.settings.home / "asterisk.out").open("ab")
        with log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, umask=0o077)
        wait_until(self._is_booted, "Asterisk boots", 60)

    def stop(self) -> None:
        """Stop Asterisk in an orderly way, and kill the services beside it."""
        for service in self.services:
            service.kill()
            service.wait(15)
        self.services.clear()
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """Kill Asterisk."""
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(15)

    def service(self, name: str) -> subprocess.Popen[bytes]:
        """Start one of our services beside this Asterisk, as the supervisor would; it is killed at the end."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("HUIYIN_")}
        for key in self.settings.model_fields_set:
            environment[f"HUIYIN_{key.upper()}"] = str(getattr(self.settings, key))
        with (self.settings.home / f"{name}.out").open("ab") as log:
            made = subprocess.Popen(
                [sys.executable, "-m", "ops.cli", "serve", name],
                cwd=asterisk_config.CODE, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self.services.append(made)
        return made

    def user_agent(self, host: str = "127.0.0.2") -> UserAgent:
        """A caller; use as a context manager."""
        return UserAgent(("127.0.0.1", self.settings.sip_port), host)

    def phones(self, *agents: str) -> None:
        """Give agents phones, as the database would; the password of each is ``password_of`` it."""
        phones.write(self.settings, [Phone(name, name, password_of(name)) for name in agents])
        phones.reload(self.settings)

    def desk_phone(self, agent: str, host: str = "127.0.0.1", password: str | None = None) -> DeskPhone:
        """An agent's phone, not registered yet; use as a context manager."""
        return DeskPhone(("127.0.0.1", self.settings.sip_port), agent, password or password_of(agent), host)

    def switchboard(self) -> AmiClient:
        """A connected AMI client with the switchboard's rights."""
        return self._manager("switchboard", asterisk_config.SWITCHBOARD)

    def operator(self) -> AmiClient:
        """A connected AMI client with the operator's rights."""
        return self._manager("operator", asterisk_config.OPERATOR)

    def _manager(self, name: str, secret: str) -> AmiClient:
        client = AmiClient(("127.0.0.1", self.settings.ami_port))
        client.connect(name, keys.token(self.settings.secrets, secret))
        return client

    def calls(self) -> list[Path]:
        """The spool's folders, oldest first."""
        folders = [path for path in self.settings.spool.iterdir() if path.is_dir()]
        return sorted(folders, key=lambda path: [int(part) for part in path.name.rpartition("-")[2].split(".")])

    def facts(self, folder: Path | None = None) -> list[dict[str, str]]:
        """What the dialplan wrote down about a call (the newest)."""
        log = (folder or self.calls()[-1]) / "dialplan.log"
        if not log.exists():
            return []
        return [dict(part.split("=", 1) for part in line.split("|")) for line in log.read_text().splitlines()]

    def events(self, folder: Path | None = None) -> list[str]:
        """The names of those facts."""
        return [fact["event"] for fact in self.facts(folder)]

    def logs(self) -> str:
        """All that Asterisk logged and said."""
        files = [*(self.settings.home / "asterisk" / "logs").iterdir(), self.settings.home / "asterisk.out"]
        return "\n".join(path.read_text(errors="replace") for path in files if path.is_file())

    def _is_booted(self) -> bool:
        assert self.process
        if self.process.poll() is not None:
            pytest.fail(f"Asterisk ended with {self.process.returncode}:\n{self.logs()}")
        events: list[str] = []
        client = AmiClient(
            ("127.0.0.1", self.settings.ami_port), on_event=lambda event: events.append(event.get("Event"))
        )
        try:
            client.connect("reader", keys.token(self.settings.secrets, asterisk_config.READER))
            until = time.monotonic() + 2
            while "FullyBooted" not in events and time.monotonic() < until:
                time.sleep(0.02)
        except AmiError:
            return False
        finally:
            client.close()
        return "FullyBooted" in events


def password_of(agent: str) -> str:
    """The password that ``Hotline.phones`` gives to an agent."""
    return f"secret-of-{agent}"


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def placeholder_prompts(folder: Path) -> None:
    """A tone of its own for each prompt that the dialplan plays, and a short common one for every other.

    The pieces of numbers are the shortest: a ticket number is told twice in a second or two.
    """
    piece = folder / "piece.wav"
    folder.mkdir(parents=True, exist_ok=True)
    sound.write_wav(piece, beep(460, 0.1))
    for language in ("zh", "en"):
        catalogue = asterisk_config.CODE / "ivr" / "prompts" / f"{language}.toml"
        names = {*PITCHES, *tomllib.loads(catalogue.read_text(encoding="utf-8"))["prompts"]}
        (folder / language).mkdir(parents=True, exist_ok=True)
        for name in names:
            samples = beep(PITCHES.get(name, 460), 0.4 if name in {"tone", "goodbye"} else 0.6)
            sound.write_wav(folder / language / f"{name}.wav", samples)
        for name in speech.pieces(language):
            (folder / language / f"{name}.wav").hardlink_to(piece)


def make_hotline(home: Path, limits: Limits | None = None, **changes: object) -> Hotline:
    """A hotline that is not started yet. ``changes`` are settings. Skips the test where there is no Asterisk."""
    sip, ws, agi, ami, web = free_ports(5)
    first_rtp = 10_000 + 100 * (os.getpid() % 100)
    values: dict[str, object] = {
        "home": home, "sip_port": sip, "ws_port": ws, "agi_port": agi, "ami_port": ami, "web_port": web,
        "rtp_ports": f"{first_rtp}-{first_rtp + 1999}", "max_calls": 50, "default_language": "en", **changes,
    }  # fmt: skip
    settings = Settings.model_validate(values)
    asterisk = asterisk_root.find(settings)
    if asterisk is None:
        pytest.skip("no Asterisk here; the set-up of the tests brings one")
    placeholder_prompts(settings.prompts)
    return Hotline(settings, asterisk, limits or Limits())


@contextlib.contextmanager
def start_hotline(limits: Limits | None = None, **changes: object) -> Iterator[Hotline]:
    """A running hotline in a home of its own."""
    home = Path(tempfile.mkdtemp(prefix="huiyin-test-"))
    made = make_hotline(home, limits, **changes)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(home, ignore_errors=True)


QUICK = Limits(queue_round=2, fallback_round=2, fallback_turns=2)
"""Waits that a test has the patience for."""


@pytest.fixture
def hotline() -> Iterator[Hotline]:
    """A running hotline with short waits and no IVR server."""
    with start_hotline(QUICK) as made:
        yield made
