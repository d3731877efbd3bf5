"""`huiyin status`: what runs, what answers, where to go; ready only when all of it answers."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypedDict

from ops import probes
from ops.ports import reachable
from ops.processes import SPARE, Program, programs
from ops.processes_rpc import NotRunningError, ProcessState, Supervisor
from ops.settings import Settings

UP = ("starting", "running")
"""States of supervisor with a process. It calls the first seconds "starting", whatever the process does by then."""


class Service(TypedDict):
    """One service. ``state``: running, starting, stopping, stopped, backoff, fatal, exited, external, unknown."""

    state: str
    pid: int | None
    answers: bool
    why: str


class Status(TypedDict):
    """What `huiyin status --json` prints."""

    ready: bool
    services: dict[str, Service]
    web: str
    sip: dict[str, str | int]
    models: dict[str, dict[str, str] | None]


def web_url(settings: Settings) -> str:
    """Where the pages are."""
    scheme = "https" if settings.tls_cert else "http"
    return f"{scheme}://{reachable(settings.bind)}:{settings.web_port}/"


def services(settings: Settings, trusted: Collection[str] = ()) -> dict[str, Service]:
    """Every service of this home with its state and whether it answers; the ``trusted`` ones are not asked again."""
    try:
        known = Supervisor(settings.run, timeout=10).processes()
    except NotRunningError:
        known = {}
    own = programs(settings)
    up = tuple(p.name for p in own if known.get(p.name, _absent(p)).state in UP)
    external = ("redis",) if settings.redis_url else ()
    wrong = probes.ask(settings, tuple(name for name in up + external if name not in trusted))
    found = {program.name: _service(known.get(program.name, _absent(program)), wrong) for program in own}
    for name in external:
        why = wrong.get(name) or ""
        found[name] = Service(state="external", pid=None, answers=not why, why=why)
    return found


def _absent(program: Program) -> ProcessState:
    return ProcessState(program.name, "stopped", None, 0, "")


def _service(state: ProcessState, wrong: dict[str, str | None]) -> Service:
    if state.state not in UP:
        return Service(state=state.state, pid=state.pid, answers=False, why=state.why or f"is {state.state}")
    why = wrong.get(state.name) or ""
    return Service(
        state="starting" if why and state.state == "starting" else "running", pid=state.pid, answers=not why, why=why
    )


def models(settings: Settings) -> dict[str, dict[str, str] | None]:
    """The model that recordings of each language are transcribed with."""
    from asr.choice import recognisers  # noqa: PLC0415  (brings numpy)

    table = recognisers(settings.models, settings.asr_ranks, settings.asr_language_map)
    return {
        language: {"engine": model.engine, "model": model.name, "path": str(model.path)} if model else None
        for language, model in table.standing().items()
    }


def status(settings: Settings) -> Status:
    """The whole."""
    found = services(settings)
    return Status(
        ready=all(service["answers"] for name, service in found.items() if name not in SPARE),
        services=found,
        web=web_url(settings),
        sip={"host": reachable(settings.bind), "port": settings.sip_port, "hotline": settings.hotline},
        models=models(settings),
    )


def lines(what: Status) -> list[str]:
    """The same for people."""
    rows = [
        f"  {'✓' if row['answers'] else '✗'} {name:<10}{row['state']:<10}{row['pid'] or '':>8}  {row['why']}".rstrip()
        for name, row in what["services"].items()
    ]
    heard: list[Any] = [
        f"  {language}        {model['engine']} {model['model']}"
        if model
        else f"  {language}        no model: recordings wait"
        for language, model in what["models"].items()
    ]
    return [
        "ready" if what["ready"] else "not ready",
        *rows,
        f"pages     {what['web']}",
        f"hotline   {what['sip']['hotline']} at {what['sip']['host']}:{what['sip']['port']} (SIP over UDP)",
        "speech",
        *heard,
    ]
