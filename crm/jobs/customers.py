"""The job ``mark_elderly``: each night, whoever has become old enough is marked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from crm.jobs.work import JobContext
from crm.services import birthdays

log = structlog.get_logger(__name__)

MARK_ELDERLY = "mark_elderly"


def mark_elderly(context: JobContext, _payload: Mapping[str, Any]) -> None:
    """Look through all birthdays that are known."""
    now = context.now()
    log.info("elderly_marked", customers=birthdays.mark_elderly(context.database, today=now.date(), now=now))
