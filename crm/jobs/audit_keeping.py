"""The audit chain looked after by itself: a signed checkpoint now and then, and every night a walk along all of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from crm.domain.access import SYSTEM
from crm.jobs.work import JobContext
from crm.services import audit

log = structlog.get_logger(__name__)

VERIFY_AUDIT = "verify_audit"


def checkpoint(context: JobContext) -> int:
    """Take a checkpoint, where there is somebody to sign it."""
    return context.audit_keeper.checkpoint() if context.audit_keeper is not None else 0


def verify_audit(context: JobContext, _payload: Mapping[str, Any]) -> None:
    """Walk the chain, and write down in it that it was walked and what was found."""
    if context.audit_keeper is None:
        return
    found = context.audit_keeper.verify()
    if found.broken:
        log.error("audit_chain_broken", what=found.broken)
    with context.database.write() as session:
        audit.append(
            session,
            at=context.now(),
            actor=SYSTEM.name,
            action="audit.broken" if found.broken else "audit.verified",
            subject=f"audit:{found.entries}",
            detail={"entries": found.entries, "head": found.head, "broken": found.broken},
        )
