"""The programs of an installation as data, and the supervisor configuration that is generated from them (pure).

Priorities give the order: supervisor starts the lowest first and stops the highest first, so callers keep
their menu until everything that depends on it is gone.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.settings import Settings


@dataclass(frozen=True)
class Program:
    """One program. ``stop_time``: seconds that it may take to stop before it is killed.

    ``nice``: how far it gives way to the others when the processors are busy; calls and screens go before what can
    be done a second later.
    """

    name: str
    priority: int
    stop_time: int
    title: str
    nice: int = 0


PROGRAMS = (
    Program("redis", 100, 10, "Redis: the bell between the parts"),
    Program("asterisk", 200, 15, "Asterisk: answers, plays, records"),
    Program("agi", 300, 8, "FastAGI server: what a call does"),
    Program("ami", 350, 5, "watchdog: moves callers on when agi dies"),
    Program("ingest", 400, 10, "takes calls from the spool into the database", 5),
    Program("live", 405, 10, "agents' states, screen-pops and boards"),
    Program("beat", 410, 5, "clock of periodic jobs", 5),
    Program("asr", 420, 15, "transcription", 10),
    Program("jobs", 430, 15, "background jobs", 5),
    Program("web", 500, 10, "pages and API"),
    Program("prompts", 600, 5, "renders the next ticket numbers ahead of the calls", 19),
)
NAMES = tuple(program.name for program in PROGRAMS)
PHONE_SIDE = frozenset({"redis", "asterisk", "agi", "ami"})
"""What calls need while they last, and what stops last."""
SPARE = frozenset({"prompts"})
"""What everything else does without: Huiyin is ready, whatever becomes of it."""
NICE = {program.name: program.nice for program in PROGRAMS}
TOGETHER = {"jobs": ("jobs", "asr", "beat", "ingest")}
"""Names that stand for several programs in `huiyin start` and `huiyin stop`."""

_HEAD = """\
; Generated at each start; changes here are lost.
[unix_http_server]
file={socket}
chmod=0700

[supervisord]
nodaemon=true
logfile={logs}/supervisord.log
logfile_maxbytes=5MB
logfile_backups=2
pidfile={run}/supervisord.pid
childlogdir={logs}
directory={directory}
minfds=4096
strip_ansi=true

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""

_PROGRAM = """
[program:{name}]
command={command}
directory={directory}
priority={priority}
autostart=true
autorestart=true
startsecs=5
startretries=1000000
stopsignal=TERM
stopwaitsecs={stop_time}
killasgroup=true
redirect_stderr=true
stdout_logfile={logs}/{name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=5
"""


def programs(settings: Settings) -> tuple[Program, ...]:
    """The programs of this installation: without Redis where HUIYIN_REDIS_URL names one, without what is off."""
    left_out = {name for name, off in (("redis", settings.redis_url), ("prompts", not settings.numbers_ahead)) if off}
    return tuple(program for program in PROGRAMS if program.name not in left_out)


def expand(names: Sequence[str], known: Sequence[Program] = PROGRAMS) -> tuple[str, ...]:
    """Programs that the given names stand for, in the order of their start. Raises ValueError for an unknown one."""
    wanted = {program for name in names for program in TOGETHER.get(name, (name,))}
    here = {program.name for program in known}
    unknown = sorted(wanted - here)
    if unknown:
        raise ValueError(f"no such service here: {', '.join(unknown)} (there are {', '.join(sorted(here))})")
    return tuple(program.name for program in known if program.name in wanted)


def configuration(*, command: list[str], directory: Path, run: Path, logs: Path, wanted: Sequence[Program]) -> str:
    """The INI for supervisord. ``command`` starts a program when its name is appended.

    Raises ValueError for a path that the format cannot hold.
    """
    paths = {"directory": directory, "run": run, "logs": logs, "socket": run / "supervisor.sock"}
    texts = {name: _escaped(str(path)) for name, path in paths.items()}
    sections = [_HEAD.format(**texts)]
    for program in wanted:
        words = _escaped(shlex.join([*command, program.name]))
        sections.append(
            _PROGRAM.format(
                **texts, command=words, name=program.name, priority=program.priority, stop_time=program.stop_time
            )
        )
    return "".join(sections)


def _escaped(text: str) -> str:
    """In an INI of supervisor ``%`` starts an expansion, and `` ;`` a comment that nothing can quote."""
    if " ;" in text or not text.isprintable():
        raise ValueError(f"a folder's name holds what supervisor's configuration cannot: {text!r}")
    return text.replace("%", "%%")
