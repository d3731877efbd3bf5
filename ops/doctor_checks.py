"""The doctor's checks: each looks at one thing and says what it found and how to mend it."""

from __future__ import annotations

import os
import platform
import stat
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from ops import asterisk_root, asterisk_run, house, ports, redis_server
from ops.disk import tightest
from ops.settings import Settings


class Level(StrEnum):
    """How bad it is. Only ``bad`` makes the doctor's exit code 1."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """What was looked at, what was found, what to do about it."""

    what: str
    level: Level
    found: str
    mend: str = ""


Check = Callable[[Settings], list[Finding]]


def _good(what: str, found: str) -> Finding:
    return Finding(what, Level.GOOD, found)


def machine(_settings: Settings) -> list[Finding]:
    """System, Python, memory, clock source."""
    version = platform.python_version()
    findings = [_good("machine", f"{platform.system()} {platform.release()}, {os.cpu_count()} cores, Python {version}")]
    if not (3, 11) <= sys.version_info[:2] <= (3, 12):
        findings.append(Finding("Python", Level.BAD, version, "use Python 3.11 or 3.12"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    if memory < 2:
        text = f"{memory:.1f} GB of memory; a model needs 0.6 GB for each transcription at once"
        findings.append(Finding("memory", Level.WARNING, text, "give the machine 4 GB"))
    return findings


def clock(settings: Settings) -> list[Finding]:
    """A clock that runs, set, later than the newest thing that was written down."""
    now = time.time()
    newest = max((path.stat().st_mtime for path in _some_files(settings.spool)), default=0.0)
    if newest > now + 60:
        text = f"the clock says {time.ctime(now)}, but the spool has entries from {time.ctime(newest)}"
        return [Finding("clock", Level.BAD, text, "set the clock (timedatectl set-ntp true)")]
    return [
        _good("clock", f"{time.strftime('%Y-%m-%d %H:%M:%S %z', time.localtime(now))}, centre in {settings.timezone}")
    ]


def _some_files(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*") if path.is_file()] if folder.is_dir() else []


def port_numbers(settings: Settings) -> list[Finding]:
    """Free, or ours."""
    if house.running(settings):
        return [_good("ports", "Huiyin runs and has them")]
    wrong = ports.problems(settings)
    return [Finding("ports", Level.BAD, text, "or stop the program that has it") for text in wrong] or [
        _good("ports", ", ".join(f"{port.number}" for port in ports.listening(settings)) + " are free")
    ]


def asterisk(settings: Settings) -> list[Finding]:
    """An Asterisk of a supported version with the modules that must not lack, the digest authenticator among them."""
    found = asterisk_root.find(settings)
    if found is None:
        return [
            Finding("Asterisk", Level.BAD, "there is none", "make run sets one up (or install Asterisk 20 or later)")
        ]
    try:
        asterisk_run.check_modules(found)
    except asterisk_run.StartError as error:
        return [Finding("Asterisk", Level.BAD, str(error), "set up the root again: remove it, then make run")]
    why_not = asterisk_root.find_system()[1]
    place = f"in {found.root}{f' ({why_not})' if why_not else ''}" if found.root else "of this machine"
    return [_good("Asterisk", f"{found.version} {place}, modules and authenticator are there")]


def models(settings: Settings) -> list[Finding]:
    """A model for each language; a stand-in is a warning."""
    from ops.status import models as standing  # noqa: PLC0415  (brings numpy)

    findings = []
    for language, model in standing(settings).items():
        what = f"speech {language}"
        if model is None:
            text = "no model: recordings wait (waiting_for_model)"
            findings.append(Finding(what, Level.WARNING, text, f"huiyin models fetch {language}, or models add FOLDER"))
        elif model["engine"] != "vosk":
            mend = f"huiyin models fetch {language}, or models add FOLDER"
            findings.append(Finding(what, Level.WARNING, f"{model['model']} stands in for a Vosk model", mend))
        else:
            findings.append(_good(what, f"{model['engine']} {model['model']}"))
    return findings


def numbers_ahead(settings: Settings) -> list[Finding]:
    """Ticket numbers that are rendered ahead of the calls, where Huiyin runs and that is not switched off."""
    from ops.prompts import ahead  # noqa: PLC0415

    if not settings.numbers_ahead:
        return [_good("numbers", "spoken in pieces (HUIYIN_NUMBERS_AHEAD is 0)")]
    if not (settings.spool.is_dir() and house.running(settings)):
        return []
    coming = ahead.coming(settings, datetime.now(settings.zone))
    found = []
    for language, ready in ahead.ready(settings.prompts_ahead, coming).items():
        text = f"{ready} of the next {len(coming)} are ready in {language}"
        mend = "they come within some minutes of the start; until then pieces are spoken; see HOME/logs/prompts.log"
        found.append(_good("numbers", text) if ready else Finding("numbers", Level.WARNING, text, mend))
    return found


def redis(settings: Settings) -> list[Finding]:
    """A Redis to run, or one that answers."""
    if settings.redis_url or house.running(settings):
        from ops import probes  # noqa: PLC0415

        wrong = probes.redis(settings)
        mend = "is HUIYIN_REDIS_URL right?" if settings.redis_url else "huiyin start redis; nothing is lost meanwhile"
        return [Finding("Redis", Level.BAD, wrong, mend) if wrong else _good("Redis", "answers")]
    try:
        binary, name = redis_server.find()
    except redis_server.RedisMissingError as error:
        return [Finding("Redis", Level.BAD, str(error), "apt-get install redis-server")]
    return [_good("Redis", f"{name} ({binary.name})")]


def disk(settings: Settings) -> list[Finding]:
    """Room for recordings, and a folder that can be written to."""
    folder = settings.home if settings.home.exists() else settings.home.parent
    try:
        room = tightest(settings)
    except OSError as error:
        return [Finding("disk", Level.BAD, f"{folder}: {error.strerror}", "set HUIYIN_HOME to a folder of yours")]
    percent = room.percent
    hours = room.free / (3600 * 32_000)
    text = f"{percent:.0f} % free ({room.free / 1e9:.1f} GB: about {hours:,.0f} hours of calls)"
    mend = "make room: move backups away, shorten retention, or put HUIYIN_HOME on a larger disk"
    if percent < settings.disk_stop_percent:
        return [Finding("disk", Level.BAD, text + ", transcription and exports wait", mend)]
    if percent < settings.disk_warn_percent:
        return [Finding("disk", Level.WARNING, text, mend)]
    if not os.access(folder, os.W_OK):
        return [Finding("disk", Level.BAD, f"{folder} cannot be written to", f"chown it to {os.geteuid()}")]
    return [_good("disk", text)]


def secrets(settings: Settings) -> list[Finding]:
    """Keys that only their owner reads."""
    if not settings.secrets.is_dir():
        return [_good("secrets", "none yet; they are made at the first start")]
    findings = []
    for path in [settings.secrets, *sorted(settings.secrets.iterdir())]:
        found = path.stat()
        wanted = 0o700 if path.is_dir() else 0o600
        if stat.S_IMODE(found.st_mode) & ~wanted or found.st_uid != os.geteuid():
            text = f"{path} has mode {stat.S_IMODE(found.st_mode):o} and owner {found.st_uid}"
            findings.append(
                Finding("secrets", Level.BAD, text, f"chmod {wanted:o} {path}, and chown to who runs Huiyin")
            )
    return findings or [
        _good("secrets", f"{len(list(settings.secrets.iterdir()))} files, readable by their owner only")
    ]
