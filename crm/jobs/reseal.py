"""The job ``reseal_fields``: seal what is not sealed with the newest key. Each night, and after a new key was made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from crm.jobs.work import JobContext
from crm.services.resealing import seal_all

log = structlog.get_logger(__name__)

RESEAL = "reseal_fields"


def reseal_fields(context: JobContext, _payload: Mapping[str, Any]) -> None:
    """Walk all tables with sealed fields."""
    done = seal_all(context.database)
    log.info("fields_resealed", rows=done.rows, sealed=done.sealed, indexed=done.indexed, locked=done.locked)
