"""What the menu's benchmark stands on: Asterisk and both FastAGI servers on one core, SIPp on the other."""

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
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import ivr_dialplan
from bench.installation import HUIYIN, ROOT, free_ports, wait_until
from ops import asterisk_root, asterisk_run
from ops.asterisk_config import Limits
from ops.settings import Settings, load

SERVER_CORE, CLIENT_CORE = 0, 1
PROMPT_SECONDS = 1.0


@dataclass
class Bed:
    """The running parts."""

    settings: Settings
    asterisk: subprocess.Popen[bytes]
    agi: subprocess.Popen[bytes]
    floor: subprocess.Popen[bytes]

    def server_pids(self, number: str) -> tuple[int, ...]:
        """The processes whose CPU time a call to ``number`` uses."""
        beside = {ivr_dialplan.OURS: (self.agi.pid,), ivr_dialplan.FLOOR: (self.floor.pid,)}
        return (self.asterisk.pid, *beside.get(number, ()))


def byte_of(prompt: str) -> int:
    """The A-law byte that a prompt of the benchmark is made of."""
    return 0x10 + ivr_dialplan.PROMPTS.index(prompt)


@contextlib.contextmanager
def bed(max_calls: int = 1500) -> Iterator[Bed]:
    """Start everything in a folder of its own; stop it all."""
    home = Path(tempfile.mkdtemp(prefix="huiyin-bench-"))
    running: list[subprocess.Popen[bytes]] = []
    try:
        settings = _settings(home, max_calls)
        _write_prompts(settings.prompts)
        (floor_port,) = free_ports(1)
        running.append(_floor(home, settings, floor_port))
        running.append(_agi(settings))
        running.append(_asterisk(settings, floor_port))
        floor, agi, asterisk = running
        wait_until("the menu's server listens", lambda: _listens(settings.agi_port), 20)
        wait_until("Asterisk listens", lambda: _listens(settings.ami_port), 60)
        yield Bed(settings, asterisk, agi, floor)
    finally:
        for process in reversed(running):
            process.send_signal(signal.SIGTERM)
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
        shutil.rmtree(home, ignore_errors=True)


def _settings(home: Path, max_calls: int) -> Settings:
    agi, ami, ws, web = free_ports(4)
    (sip,) = free_ports(1, socket.SOCK_DGRAM)
    return load(
        {
            "HUIYIN_HOME": str(home), "HUIYIN_AGI_PORT": str(agi), "HUIYIN_AMI_PORT": str(ami),
            "HUIYIN_WS_PORT": str(ws), "HUIYIN_SIP_PORT": str(sip), "HUIYIN_WEB_PORT": str(web),
            "HUIYIN_RTP_PORTS": "30000-39999", "HUIYIN_MAX_CALLS": str(max_calls),
        }
    )  # fmt: skip


def _write_prompts(folder: Path) -> None:
    for language in ("zh", "en"):
        (folder / language).mkdir(parents=True)
        for name in ivr_dialplan.PROMPTS:
            (folder / language / f"{name}.alaw").write_bytes(bytes([byte_of(name)]) * int(8000 * PROMPT_SECONDS))


def _environment(settings: Settings) -> dict[str, str]:
    names = ("home", "agi_port", "ami_port", "ws_port", "sip_port", "web_port", "rtp_ports", "max_calls")
    given = {f"HUIYIN_{name.upper()}": str(getattr(settings, name)) for name in names}
    return {**{k: v for k, v in os.environ.items() if not k.startswith("HUIYIN_")}, **given}


def _start(command: list[str], settings: Settings, name: str) -> subprocess.Popen[bytes]:
    with (settings.home / f"{name}.out").open("wb") as log:
        return subprocess.Popen(
            ["taskset", "-c", str(SERVER_CORE), *command],
            env=_environment(settings), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip


def _agi(settings: Settings) -> subprocess.Popen[bytes]:
    return _start([str(HUIYIN), "serve", "agi"], settings, "agi")


def _floor(home: Path, settings: Settings, port: int) -> subprocess.Popen[bytes]:
    binary = home / "fastagi_floor"
    source = ROOT / "bench" / "floor" / "fastagi_floor.c"
    subprocess.run(["gcc", "-O2", "-o", str(binary), str(source)], check=True)
    commands = home / "floor.commands"
    commands.write_text(ivr_dialplan.floor_commands(settings.prompts), encoding="ascii")
    return _start([str(binary), str(port), str(commands)], settings, "floor")


def _asterisk(settings: Settings, floor_port: int) -> subprocess.Popen[bytes]:
    found = asterisk_root.find(settings)
    if found is None:
        sys.exit("no Asterisk here: make run or make test installs one")
    command = asterisk_run.prepare(settings, found, Limits(), int(time.time()))
    etc = asterisk_run.home_folder(settings) / "etc"
    extensions = (etc / "extensions.conf").read_text(encoding="utf-8")
    (etc / "extensions.conf").write_text(
        ivr_dialplan.with_variants(extensions, settings.prompts, floor_port), encoding="utf-8"
    )
    for name, old, new in (
        ("pjsip.conf", "dtmf_mode = rfc4733", "dtmf_mode = auto_info"),
        ("modules.conf", "require = chan_pjsip.so", "require = res_pjsip_dtmf_info.so\nrequire = chan_pjsip.so"),
    ):
        text = (etc / name).read_text(encoding="utf-8")
        assert old in text, f"{name} has {old!r}"
        (etc / name).write_text(text.replace(old, new), encoding="utf-8")
    return _start(command, settings, "asterisk")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
