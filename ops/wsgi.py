"""The web process: settings → parts → application. gunicorn imports ``app`` from here."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from flask import Flask

from crm.app import create_app
from crm.gate.deps import Deps, Disk, WebConfig
from crm.services.centre import Centre
from crm.services.live_door import RedisLive
from crm.services.live_events import Broadcaster
from crm.services.switchboard import SwitchboardDoor
from ivr.switchboard import SOCKET
from ops import disk, field_keys, keys, settings
from ops import logging as huiyin_logging
from ops.phones import sip_key
from ops.short_waits import keep_for_good
from ops.store import local_store
from ops.web_probes import web_probes


def web_config(given: settings.Settings) -> WebConfig:
    """What the pages are told of the settings and the secrets."""
    return WebConfig(
        secret_key=keys.token(given.secrets, "web-session-key"),
        totp_secret=keys.token(given.secrets, "totp-key"),
        internal_token=keys.token(given.secrets, "internal-token"),
        hotline=given.hotline,
        ws_port=given.ws_port,
        sip_key=sip_key(given),
        rate_limit_url=_limiter_url(given.broker_url),
        secure_cookies=given.tls_cert is not None,
        proxies=given.proxies,
    )


def _limiter_url(broker: str) -> str:
    """The same Redis in the words of the limiter's library."""
    return broker.replace("unix://", "redis+unix://", 1) if broker.startswith("unix://") else broker


def _disk(given: settings.Settings) -> Disk:
    room = disk.tightest(given)
    return Disk(room.free, room.total)


def _now() -> datetime:
    return datetime.now(UTC)


def make(given: settings.Settings) -> Flask:
    """The application of an installation."""
    database = field_keys.database(given)
    parts = Deps(
        config=web_config(given),
        database=database,
        store=local_store(given),
        centre=Centre(given.zone, node=given.crm_node, quiet=given.outbound.quiet, public_url=given.public_url),
        now=_now,
        probes=web_probes(given, database),
        disk=lambda: _disk(given),
        switchboard=SwitchboardDoor(given.run / SOCKET),
        outbound=given.outbound,
        live=RedisLive(given.broker_url, _now),
        events=Broadcaster(given.broker_url, streams=given.event_streams),
    )
    return create_app(parts.config, parts)


def __getattr__(name: str) -> Flask:
    """Make ``app`` when gunicorn asks for it, in its worker: importing this module alone opens nothing."""
    if name != "app":
        raise AttributeError(name)
    given = settings.load()
    huiyin_logging.configure("web", given.log_level)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it would tell of every look at the schema
    made = make(given)
    keep_for_good()
    return made
