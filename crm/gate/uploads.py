"""How much each endpoint may be sent. Whatever is not here takes no more than a form."""

from __future__ import annotations

from collections.abc import Mapping

MB = 1024 * 1024
FILES = 60 * MB
"""A few files at once; each one is limited by ``crm.services.file_check``."""
UPLOADS: Mapping[str, int] = {
    "contact.send": FILES,
    "contact.add": FILES,
    "intake.save": FILES,
    "case_files.add": FILES,
    "case_evidence.add": FILES,
    "api_intake.TicketAttachments": FILES,
}
"""Bytes by endpoint."""


def limit_of(endpoint: str | None) -> int | None:
    """The bytes that this endpoint takes; None: the usual."""
    return UPLOADS.get(endpoint or "")
