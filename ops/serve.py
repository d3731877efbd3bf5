"""`huiyin serve NAME`: become one of the services. supervisor runs this; people rarely do."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from ops import logging as huiyin_logging
from ops import redis_server
from ops.parent import end_with_parent
from ops.ports import web_addresses
from ops.processes import NICE
from ops.settings import Settings

REQUEST_THREADS = 60
"""Threads of the pages for requests; each event stream has one of its own beside them."""
JOB_CHILDREN = 2

IN_PROCESS = {
    "agi": "ops.serve_agi",
    "ami": "ops.serve_ami",
    "ingest": "ops.serve_ingest",
    "live": "ops.serve_live",
    "prompts": "ops.serve_prompts",
    "asterisk": "ops.asterisk_run",
}
"""Services that run in this process (or replace it themselves): the module whose main(settings) does it."""


def serve(name: str, settings: Settings) -> None:
    """Run the service until it is told to stop. Raises KeyError for an unknown name."""
    end_with_parent(_supervisor(settings.run))
    os.nice(NICE[name])
    os.environ["HUIYIN_HOME"] = str(settings.home)
    settings.run.mkdir(mode=0o700, parents=True, exist_ok=True)
    if name in IN_PROCESS:
        huiyin_logging.configure(name, settings.log_level)
        importlib.import_module(IN_PROCESS[name]).main(settings)
        return
    _become(commands(settings)[name]())


def commands(settings: Settings) -> dict[str, Callable[[], list[str]]]:
    """Services that are a foreign program: how to make its command line."""
    return {
        "redis": lambda: redis_server.command(settings),
        "web": lambda: web(settings),
        "jobs": lambda: _celery("worker", *_worker(settings, "jobs", "default", JOB_CHILDREN)),
        "asr": lambda: _celery("worker", *_worker(settings, "asr", "asr", settings.asr_workers)),
        "beat": lambda: _celery("beat", "--schedule", str(settings.run / "beat-schedule"), "--pidfile", ""),
    }


def web(settings: Settings) -> list[str]:
    """Serve pages by gunicorn with threads. One process, so that its metrics and event streams are of one piece."""
    binds = [word for address in web_addresses(settings) for word in ("--bind", f"{address}:{settings.web_port}")]
    tls = []
    if settings.tls_cert and settings.tls_key:
        tls = ["--certfile", str(settings.tls_cert), "--keyfile", str(settings.tls_key)]
    return [
        sys.executable, "-m", "gunicorn", "ops.wsgi:app", *binds, *tls, "--worker-class", "gthread",
        "--workers", "1", "--threads", str(settings.event_streams + REQUEST_THREADS), "--timeout", "60",
        "--graceful-timeout", "3", "--keep-alive", "15", "--no-control-socket", "--worker-tmp-dir", str(settings.run),
    ]  # fmt: skip


def worker_name(settings: Settings, name: str) -> str:
    """The name that a Celery worker of this node answers to."""
    return f"{name}@{settings.system_name}"


def _worker(settings: Settings, name: str, queue: str, children: int) -> list[str]:
    return [
        "--queues", queue, "--hostname", worker_name(settings, name), "--concurrency", str(children),
        "--without-gossip", "--without-mingle", "--loglevel", settings.log_level,
    ]  # fmt: skip


def _celery(*words: str) -> list[str]:
    return [sys.executable, "-m", "celery", "--app", "ops.worker:app", *words]


def _become(command: list[str]) -> NoReturn:
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606  (no shell is meant)


def _supervisor(run: Path) -> int | None:
    """Process id of the supervisor that started this, if one did."""
    if "SUPERVISOR_ENABLED" not in os.environ:
        return None
    return int((run / "supervisord.pid").read_text(encoding="ascii"))
