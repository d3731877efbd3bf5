"""Kinds of rights beside the matrix: who signs what, what changes something, what shows customers' matters (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from crm.domain.actions import Action, Role

FORM_FIELDS: Mapping[Role, frozenset[str]] = {
    Role.A1: frozenset({"FO-11", "FO-16"}),
    Role.SM: frozenset({"FO-12"}),
    Role.CM: frozenset({"FO-13"}),
    Role.DG: frozenset({"FO-14"}),
    Role.GM: frozenset({"FO-14"}),
}
"""Which signatures of the acceptance form a role gives."""

CHANGING = frozenset(
    {
        Action.INTAKE_REVIEW,
        Action.TICKET_CREATE,
        Action.TICKET_MOVE,
        Action.TICKET_RECLASSIFY,
        Action.CASE_WORK,
        Action.CUSTOMER_EDIT,
        Action.CUSTOMER_MERGE,
        Action.CUSTOMER_CARE,
        Action.ACTIVITY_RUN,
        Action.SOLUTION_PROPOSE,
        Action.APPROVE,
        Action.EXTEND_30,
        Action.EXTEND_60,
        Action.NOTIFY_FINAL,
        Action.FORM_SIGN,
        Action.DELETE_EARLY,
        Action.LETTERHEAD_EDIT,
        Action.VISIT_WORK,
        Action.LEGAL_HOLD,
        Action.DELETION_AGREE,
        Action.USER_ADMIN,
        Action.DEPARTMENT_EDIT,
        Action.RULES_EDIT,
        Action.DEPUTY_NAME,
        Action.SYSTEM_MEND,
        Action.ROUTING_EDIT,
        Action.AGENT_WORK,
        Action.SUPERVISE,
        Action.WRAP_UP,
        Action.TASK_WORK,
        Action.OUTBOUND_CALL,
        Action.ATTACHMENT_ADD,
        Action.EMERGENCY_DECLARE,
        Action.EMERGENCY_WORK,
        Action.EMERGENCY_CLOSE,
        Action.ROSTER_EDIT,
        Action.IMPROVE_PLAN,
        Action.IMPROVE_WORK,
        Action.REPORT_MAKE,
        Action.KNOWLEDGE_SUGGEST,
        Action.KNOWLEDGE_REVIEW,
        Action.KNOWLEDGE_PUBLISH,
        Action.SCORE,
        Action.SCORECARD_EDIT,
        Action.SAMPLING_PLAN,
        Action.SCORE_APPEAL,
        Action.APPEAL_RULE,
        Action.APPEAL_FINAL,
        Action.CALIBRATE,
        Action.COACH,
        Action.TRAINING_ASSIGN,
        Action.TRAINING_RUN,
        Action.ANNOUNCE,
        Action.KPI_MANAGE,
        Action.KPI_OBJECT,
        Action.KPI_RULE,
        Action.SHIFT_PLAN,
        Action.REWARD_PROPOSE,
        Action.REWARD_APPROVE,
        Action.CAREER_LEAD,
        Action.REPORT_SCHEDULE,
    }
)
"""What changes something; who may only read (an auditor) has none of these."""

BUSINESS_DATA = frozenset(
    {
        Action.TICKET_READ,
        Action.CALL_READ,
        Action.RECORDING_LISTEN,
        Action.TRANSCRIPT_READ,
        Action.CUSTOMER_READ,
        Action.ATTACHMENT_READ,
        Action.MESSAGES_READ,
        Action.VISIT_READ,
        Action.ARCHIVE_READ,
        Action.REVEAL,
        Action.RECORDING_EXPORT,
        Action.MISSED_READ,
    }
)
"""What shows customers' matters; an administrator has none of these."""
