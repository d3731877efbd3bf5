"""The ingest service's housekeeping, once an hour. It lives here because it must go on without Redis.

Folders are checked a few at a time between two looks at the spool, so that no call waits for it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from crm.db.session import Database
from crm.services.spool_upkeep import SpoolUpkeep
from crm.services.upkeep import drop_done_jobs, forget_keys
from ops.settings import Settings
from ops.store import local_store
from recordings.local_store import LocalStore

log = structlog.get_logger(__name__)

EVERY = timedelta(hours=1)
PARTS_KEPT = timedelta(hours=1)
"""How old an unfinished file of the store must be to be left over from a kill: putting takes seconds."""
AT_ONCE = 5


@dataclass
class Upkeep:
    """Remembers when it was last done and which folders are still to be looked at."""

    database: Database
    store: LocalStore
    folders: SpoolUpkeep
    _last: datetime = field(default=datetime.min.replace(tzinfo=UTC))
    _left: deque[str] = field(default_factory=deque)

    @classmethod
    def of(cls, settings: Settings) -> Upkeep:
        """The upkeep of an installation."""
        database, store = Database(settings.sql_url), local_store(settings)
        keep = timedelta(days=settings.spool_days)
        return cls(database, store, SpoolUpkeep(database, store, settings.spool, keep))

    def turn(self, now: datetime) -> None:
        """Do the next small part, if it is time. Raises what database and disk raise when they are away."""
        if now - self._last >= EVERY:
            self._last = now
            self._begin(now)
        if self._left:
            some = [self._left.popleft() for _ in range(min(AT_ONCE, len(self._left)))]
            gone = self.folders.retire(some, now)
            if gone:
                log.info("spool_folders_removed", folders=gone)

    def _begin(self, now: datetime) -> None:
        self.folders.clear_left()
        self._left = deque(self.folders.due(now))
        parts = self.store.sweep((now - PARTS_KEPT).timestamp())
        jobs, keys = drop_done_jobs(self.database, now), forget_keys(self.database, now)
        log.info("upkeep", jobs=jobs, keys=keys, parts=parts, folders=len(self._left))
