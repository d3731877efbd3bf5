"""What the pages and the API work with. Made by the composition root, kept on the application."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import current_app

from crm.db.session import Database
from crm.domain.outbound import OutboundRules
from crm.services.centre import Centre
from crm.services.live_door import Live
from crm.services.live_events import Broadcaster
from crm.services.switchboard import Switchboard
from recordings.store import Store

EXTENSION = "huiyin"


@dataclass(frozen=True)
class Probe:
    """One thing that readiness depends on. ``check`` gives None when it is well, else what is wrong.

    Without what is ``required`` the pages cannot do their work; the rest is a warning.
    """

    name: str
    check: Callable[[], str | None]
    required: bool = True


@dataclass(frozen=True)
class Disk:
    """Room on the disk of the recordings, in bytes."""

    free: int
    total: int


@dataclass(frozen=True)
class WebConfig:
    """What an operator decides about the pages and the API."""

    secret_key: str
    totp_secret: str
    internal_token: str
    hotline: str = "95000"
    ws_port: int = 8088
    """of the exchange's web socket, for browsers' phones; on the host that a page was asked for"""
    sip_key: bytes = field(default=b"", repr=False)
    """what phones' passwords are derived from"""
    rate_limit_url: str = "memory://"
    secure_cookies: bool = False
    session_length: timedelta = timedelta(hours=12)
    idle_length: timedelta = timedelta(minutes=15)
    max_body: int = 1_000_000
    max_form_memory: int = 200_000
    proxies: int = 0
    """How many reverse proxies stand in front and may be believed about the client's address."""


@dataclass(frozen=True)
class Deps:
    """The parts that requests use."""

    config: WebConfig
    database: Database
    store: Store
    centre: Centre
    now: Callable[[], datetime]
    probes: Sequence[Probe] = field(default_factory=tuple)
    disk: Callable[[], Disk] | None = None
    switchboard: Switchboard | None = None
    """the door to the phone side; without it nobody is dialled"""
    outbound: OutboundRules = OutboundRules()  # noqa: RUF009  (frozen)
    live: Live | None = None
    """the service that keeps agents' states; without it they are only the last that were written down"""
    events: Broadcaster | None = None
    """messages to screens"""


def deps() -> Deps:
    """The parts of the application that handles this request."""
    found: Deps = current_app.extensions[EXTENSION]
    return found
