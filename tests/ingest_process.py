"""An ingest in a process of its own, to be killed: ``python -m tests.ingest_process SPOOL STORE URL``."""

from __future__ import annotations

import sys
import threading
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from crm.db.session import Database
from crm.services.audio_intake import Recorder
from crm.services.centre import Centre
from crm.services.ingest import Ingest, IngestConfig
from crm.services.spool_upkeep import SpoolUpkeep
from ops.serve_ingest import run
from ops.upkeep import Upkeep
from recordings.encryption import KeyRing
from recordings.local_store import LocalStore
from tests import vault as _vault  # noqa: F401  (gives the databases their keys)

MASTER_KEY = b"k" * 32
IDS_KEY = b"i" * 32


def main() -> None:
    spool, store, url = sys.argv[1:]
    database, objects = Database(url), LocalStore(Path(store), KeyRing.of(MASTER_KEY))
    upkeep = Upkeep(database, objects, SpoolUpkeep(database, objects, Path(spool), timedelta(days=7)))
    config = IngestConfig(Path(spool), Centre(ZoneInfo("Asia/Shanghai")))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    run(Ingest(database, Recorder(objects, IDS_KEY), config), upkeep, threading.Event())


if __name__ == "__main__":
    main()
