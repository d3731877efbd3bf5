"""All tables in one name space, for migrations and queries."""

from __future__ import annotations

from crm.db.attachments import Attachment
from crm.db.base import Base
from crm.db.calls import Call, CallEventRow, Recording, SegmentRow, TranscriptRow
from crm.db.casefile import (
    AssistanceRequest,
    CaseContact,
    Evidence,
    EvidenceCustody,
    ExecutionStep,
    Investigation,
    InvestigationVersion,
    Notice,
    Solution,
    SolutionVersion,
)
from crm.db.contact_centre import (
    AgentState,
    CallLeg,
    Disposition,
    KnowledgeArticle,
    OutboundCall,
    QueueVisit,
    RoutingVersion,
    Task,
    WrapUp,
)
from crm.db.departments import Department, DepartmentMember, DepartmentRoute
from crm.db.handling import ApprovalDecision, ApprovalRequest, ApprovalStep, Deputy, HandlingAct, Penalty
from crm.db.people import ApiToken, Customer, CustomerNumber, Role, User
from crm.db.records import AuditEntry, IdempotencyKey, Job, SpoolFolder
from crm.db.tickets import NumberCounter, Ticket, TicketEvent, TicketRecording

__all__ = [
    "AgentState",
    "ApiToken",
    "ApprovalDecision",
    "ApprovalRequest",
    "ApprovalStep",
    "AssistanceRequest",
    "Attachment",
    "AuditEntry",
    "Base",
    "Call",
    "CallEventRow",
    "CallLeg",
    "CaseContact",
    "Customer",
    "CustomerNumber",
    "Department",
    "DepartmentMember",
    "DepartmentRoute",
    "Deputy",
    "Disposition",
    "Evidence",
    "EvidenceCustody",
    "ExecutionStep",
    "HandlingAct",
    "IdempotencyKey",
    "Investigation",
    "InvestigationVersion",
    "Job",
    "KnowledgeArticle",
    "Notice",
    "NumberCounter",
    "OutboundCall",
    "Penalty",
    "QueueVisit",
    "Recording",
    "Role",
    "RoutingVersion",
    "SegmentRow",
    "Solution",
    "SolutionVersion",
    "SpoolFolder",
    "Task",
    "Ticket",
    "TicketEvent",
    "TicketRecording",
    "TranscriptRow",
    "User",
    "WrapUp",
]
