"""Why somebody of the house is told something (pure)."""

from __future__ import annotations

from enum import StrEnum


class NoticeKind(StrEnum):
    """What it is about. The page has a sentence for each."""

    ASSIGNED = "assigned"
    """a ticket is yours now"""
    UNASSIGNED = "unassigned"
    """a ticket that was yours went to somebody else"""
    APPROVAL_WAITING = "approval_waiting"
    """your signature is asked for"""
    APPROVED = "approved"
    """what you proposed has all its signatures"""
    RETURNED = "returned"
    """what you proposed came back"""
    ASSISTANCE_ASKED = "assistance_asked"
    """your department is asked something"""
    ASSISTANCE_ANSWERED = "assistance_answered"
    ASSISTANCE_WITHDRAWN = "assistance_withdrawn"
    STEP_ASSIGNED = "step_assigned"
    """a step of a solution is yours to carry out"""
    STEP_FAILED = "step_failed"
    TERM_WARNING = "term_warning"
    OVERDUE = "overdue"
    ESCALATED = "escalated"
    REOPENED = "reopened"
    DISPUTED = "disputed"
    EMERGENCY = "emergency"
    SIGN_FORM = "sign_form"
    """the acceptance form waits for your signature"""
    VISIT_DUE = "visit_due"
    MESSAGE_FAILED = "message_failed"
    """a message to a customer could not be delivered"""
    NEW_MATERIAL = "new_material"
    """a reply, a file or a message of the customer came in"""
    GROUP_COMPLAINT = "group_complaint"
    PLAN_DUE = "plan_due"
    """a rectification plan needs you"""
