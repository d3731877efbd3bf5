"""The job of a first look at a ticket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.jobs.work import JobContext
from crm.services import first_look


def look_at_ticket(context: JobContext, payload: Mapping[str, Any]) -> None:
    """Say what it is about, what it belongs to, and whether many have the same cause."""
    with context.database.write() as session:
        first_look.look(session, int(payload["ticket_id"]), now=context.now())
