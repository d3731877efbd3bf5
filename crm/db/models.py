"""All tables in one name space, for migrations and queries."""

from __future__ import annotations

from crm.db.base import Base
from crm.db.calls import Call, CallEventRow, Recording, SegmentRow, TranscriptRow
from crm.db.people import ApiToken, Customer, CustomerNumber, Role, User
from crm.db.records import AuditEntry, IdempotencyKey, Job, SpoolFolder
from crm.db.tickets import NumberCounter, Ticket, TicketEvent, TicketRecording

__all__ = [
    "ApiToken",
    "AuditEntry",
    "Base",
    "Call",
    "CallEventRow",
    "Customer",
    "CustomerNumber",
    "IdempotencyKey",
    "Job",
    "NumberCounter",
    "Recording",
    "Role",
    "SegmentRow",
    "SpoolFolder",
    "Ticket",
    "TicketEvent",
    "TicketRecording",
    "TranscriptRow",
    "User",
]
