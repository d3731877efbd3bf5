"""The ingest service: settings → what it works with → look at the spool about twice a second until told to stop."""

from __future__ import annotations

import contextlib
import fcntl
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from types import FrameType

import structlog
from sqlalchemy.exc import SQLAlchemyError

from crm.services.audio_intake import Recorder
from crm.services.centre import Centre
from crm.services.ingest import Ingest, IngestConfig
from ops import field_keys, readiness
from ops.settings import Settings
from ops.store import ids_key, local_store
from ops.upkeep import Upkeep

log = structlog.get_logger(__name__)

PAUSE = 0.5
_AFTER_TROUBLE = 3.0


def make(settings: Settings, ring: Callable[[Sequence[int]], None] = lambda _: None) -> Ingest:
    """The ingest of this installation."""
    return Ingest(
        field_keys.database(settings),
        Recorder(local_store(settings), ids_key(settings)),
        IngestConfig(
            spool=settings.spool,
            centre=Centre(settings.zone, settings.crm_node, quiet=settings.outbound.quiet),
            default_language=settings.default_language,
        ),
        ring,
    )


def main(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT."""
    from crm.jobs.celery_app import bell  # noqa: PLC0415  (only the service itself rings)
    from ops.worker import app  # noqa: PLC0415  (it reads the settings when it is imported)

    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    with _alone(settings):
        ingest = make(settings, bell(app))
        readiness.tell(settings.run, "ingest")
        run(ingest, Upkeep.of(settings), stop)


def run(ingest: Ingest, upkeep: Upkeep, stop: threading.Event) -> None:
    """Scan, keep house, pause, scan. A database that is away is waited for."""
    while not stop.is_set():
        now = datetime.now(UTC)
        try:
            ingest.scan(now)
            upkeep.turn(now)
            pause = PAUSE
        except SQLAlchemyError as error:
            log.warning("database_away", error=type(error).__name__)
            pause = _AFTER_TROUBLE
        except OSError as error:
            log.warning("spool_not_read", error=error.strerror)
            pause = _AFTER_TROUBLE
        stop.wait(pause)


@contextlib.contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """One ingest a home: a second one waits until the first is gone."""
    settings.run.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (settings.run / "ingest.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
