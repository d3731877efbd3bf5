"""Who may do what: the matrix of the house as data (pure). Reference: domain 3.4. What is not here is refused."""

from __future__ import annotations

from collections.abc import Mapping

from crm.domain.actions import Action, Relation, Role

_ANY = frozenset({Relation.ANY})
_OWN = frozenset({Relation.OWN})
_CASES = frozenset({Relation.OWN, Relation.COMPLAINT})
_CALLERS = frozenset({Relation.OWN, Relation.ON_CALL})
_ON_CALL = frozenset({Relation.ON_CALL})

_READ_OWN = {
    Action.TICKET_READ: _OWN,
    Action.CALL_READ: _OWN,
    Action.RECORDING_LISTEN: _OWN,
    Action.TRANSCRIPT_READ: _OWN,
    Action.CUSTOMER_READ: _OWN,
    Action.ATTACHMENT_READ: _OWN,
}
_ANSWERS_CALLS = {Action.AGENT_WORK: _ANY, Action.LIVE_READ: _OWN}
_READ_ALL = dict.fromkeys(_READ_OWN, _ANY)
_KNOWS = {Action.KNOWLEDGE_READ: _ANY}
_DESK = {Action.WRAP_UP: _OWN, Action.TASK_WORK: _OWN, Action.MISSED_READ: _OWN, **_KNOWS, **_ANSWERS_CALLS}
_LEADS = {
    Action.TASK_WORK: _ANY,
    Action.MISSED_READ: _ANY,
    Action.LIVE_READ: _ANY,
    Action.ROUTING_READ: _ANY,
    **_KNOWS,
}
_ROUTES = {Action.ROUTING_READ: _ANY, Action.ROUTING_EDIT: _ANY}
_CASE = frozenset({Relation.CASE})
_IN_TEAM = {Action.EMERGENCY_READ: _OWN, Action.EMERGENCY_WORK: _OWN}
_LEARNS = {Action.ANALYSIS_READ: _ANY, Action.IMPROVE_WORK: _OWN}
_IMPROVES = {**_LEARNS, Action.IMPROVE_PLAN: _ANY}
_CALLS_OUT = {Action.EMERGENCY_READ: _ANY, Action.EMERGENCY_DECLARE: _ANY, Action.EMERGENCY_WORK: _ANY}
_HEADS_EMERGENCIES = {**_CALLS_OUT, Action.EMERGENCY_CLOSE: _ANY, Action.ROSTER_EDIT: _ANY, Action.REPORT_MAKE: _ANY}
_HEARD = {Action.RECORDING_LISTEN: _CASE, Action.TRANSCRIPT_READ: _CASE}
_SECTION = frozenset({Relation.OWN, Relation.SECTION})
_QUEUE = frozenset({Relation.OWN, Relation.QUEUE})
_DEPARTMENT = frozenset({Relation.OWN, Relation.DEPARTMENT})
_VISITS = {Action.VISIT_WORK: _OWN, Action.VISIT_READ: _OWN}
_READS_AFTER = {Action.MESSAGES_READ: _ANY, Action.VISIT_READ: _ANY, Action.ARCHIVE_READ: _ANY}
_AFTER = {**_READS_AFTER, Action.VISIT_WORK: _ANY}
_KEEPS = {
    **_READS_AFTER,
    Action.LETTERHEAD_READ: _ANY,
    Action.LETTERHEAD_EDIT: _ANY,
    Action.ARCHIVE_TAKE: _ANY,
    Action.LEGAL_HOLD: _ANY,
    Action.DELETION_AGREE: _ANY,
}
_READ_CASES = {
    **dict.fromkeys(_READ_OWN, _CASES | _CALLERS),
    Action.RECORDING_LISTEN: _OWN | _CASE,
    Action.TRANSCRIPT_READ: _CALLERS | _CASE,
}
_READ_CALLERS = {**dict.fromkeys(_READ_OWN, _CALLERS), Action.RECORDING_LISTEN: _OWN}
_READ_QUEUE = {**_READ_CALLERS, Action.TICKET_READ: _CALLERS | _QUEUE, Action.ATTACHMENT_READ: _CALLERS | _QUEUE}
_READ_SECTION = {**dict.fromkeys(_READ_OWN, _SECTION), Action.CUSTOMER_READ: _ANY}
_READ_DEPARTMENT = {**dict.fromkeys(_READ_OWN, _DEPARTMENT), Action.CUSTOMER_READ: _OWN, **_HEARD}

_GOES = {Action.ACTIVITY_READ: _ANY}
_INVITES = {**_GOES, Action.ACTIVITY_RUN: _ANY}
_CARES_ALL = {**_INVITES, **dict.fromkeys((Action.CUSTOMER_EDIT, Action.CUSTOMER_MERGE, Action.CUSTOMER_CARE), _ANY)}
_CARES_CASES = {
    **_INVITES,
    **dict.fromkeys((Action.CUSTOMER_EDIT, Action.CUSTOMER_MERGE, Action.CUSTOMER_CARE), _CASES | _CALLERS),
}
_CARES_CALLERS = {**_INVITES, **dict.fromkeys((Action.CUSTOMER_EDIT, Action.CUSTOMER_CARE), _CALLERS)}
_SIGNS = {Action.DEPARTMENT_READ: _ANY, Action.RULES_READ: _ANY, Action.DEPUTY_NAME: _OWN}

_TAUGHT = {Action.TRAINING_READ: _ANY, Action.TRAINING_ASSIGN: _ANY}
_HEADS = {Action.TRAINING_READ: _ANY, Action.ANNOUNCE: _ANY}

_OWN_WAY = {Action.REWARD_READ: _OWN, Action.CAREER_READ: _OWN}
_LEADS_SECTION = {
    **dict.fromkeys((Action.REWARD_READ, Action.CAREER_READ, Action.CAREER_LEAD), _SECTION),
    Action.REPORT_SCHEDULE: _ANY,
}
_LEADS_PEOPLE = dict.fromkeys(
    (Action.REWARD_READ, Action.CAREER_READ, Action.CAREER_LEAD, Action.REPORT_SCHEDULE), _ANY
)
_MAILED = {Action.REWARD_READ: _OWN, Action.REPORT_SCHEDULE: _ANY}

_SAMPLES = dict.fromkeys((Action.SAMPLING_READ, Action.SAMPLING_PLAN), _ANY)
_COUNTED = {Action.KPI_READ: _OWN, Action.KPI_OBJECT: _OWN}
_COUNTS_ALL = {Action.KPI_READ: _ANY}
_RULES_FIGURES = {Action.KPI_READ: _ANY, Action.KPI_RULE: frozenset({Relation.OTHERS})}
_FREEZES = {**_RULES_FIGURES, Action.KPI_MANAGE: _ANY}

PERMISSIONS: Mapping[Role, Mapping[Action, frozenset[Relation]]] = {
    Role.A1: {
        **_OWN_WAY,
        **_COUNTED,
        **_GOES,
        Action.CUSTOMER_EDIT: _CALLERS,
        **_VISITS,
        **_IN_TEAM,
        Action.TICKET_CREATE: _ANY,
        Action.TICKET_MOVE: _OWN,
        Action.TICKET_RECLASSIFY: frozenset({Relation.OWN_UNTRIAGED}),
        Action.CASE_WORK: _OWN,
        Action.SOLUTION_PROPOSE: frozenset({Relation.OWN_LEVEL_1}),
        Action.NOTIFY_FINAL: frozenset({Relation.OWN_ON_SPOT}),
        Action.FORM_SIGN: _OWN,
        Action.REVEAL: _ON_CALL,
        Action.ATTACHMENT_ADD: _OWN,
        Action.SCORE_APPEAL: _OWN,
        Action.COACHING_READ: _OWN,
        Action.SCORE_READ: _OWN,
        Action.SHIFT_READ: _OWN,
        **_DESK,
        Action.OUTBOUND_CALL: _OWN,
        **_READ_CALLERS,
    },
    Role.A2: {
        **_OWN_WAY,
        **_COUNTED,
        **_CARES_CALLERS,
        **_VISITS,
        **_IN_TEAM,
        Action.TICKET_CREATE: _ANY,
        Action.TICKET_MOVE: _QUEUE,
        Action.TICKET_RECLASSIFY: _OWN,
        Action.CASE_WORK: _QUEUE,
        Action.SOLUTION_PROPOSE: _QUEUE,
        Action.REVEAL: _ON_CALL,
        Action.ATTACHMENT_ADD: _QUEUE,
        Action.KNOWLEDGE_SUGGEST: _ANY,
        Action.SCORE_APPEAL: _OWN,
        Action.COACHING_READ: _OWN,
        Action.SCORE_READ: _OWN,
        Action.SHIFT_READ: _OWN,
        **_DESK,
        Action.OUTBOUND_CALL: _ANY,
        **_READ_QUEUE,
    },
    Role.SM: {
        Action.SAMPLING_READ: _SECTION,
        **_LEADS_SECTION,
        Action.KPI_READ: _SECTION,
        Action.TRAINING_READ: _SECTION,
        Action.TRAINING_ASSIGN: _SECTION,
        Action.ANNOUNCE: _ANY,
        Action.INTAKE_REVIEW: _ANY,
        **_CARES_ALL,
        **_SIGNS,
        **_AFTER,
        **_CALLS_OUT,
        **_IMPROVES,
        Action.ROSTER_EDIT: _ANY,
        Action.TICKET_CREATE: _ANY,
        Action.TICKET_MOVE: _SECTION,
        Action.TICKET_RECLASSIFY: _SECTION,
        Action.CASE_WORK: _SECTION,
        Action.SOLUTION_PROPOSE: _SECTION,
        Action.APPROVE: _ANY,
        Action.FORM_SIGN: _SECTION,
        Action.REVEAL: _ANY,
        Action.ATTACHMENT_ADD: _SECTION,
        Action.SYSTEM_READ: _ANY,
        Action.WRAP_UP: _OWN,
        Action.OUTBOUND_CALL: _ANY,
        Action.AGENT_WORK: _ANY,
        Action.SUPERVISE: _ANY,
        Action.SHIFT_READ: _SECTION,
        Action.SHIFT_PLAN: _SECTION,
        Action.REWARD_PROPOSE: _ANY,
        Action.COACH: _SECTION,
        Action.COACHING_READ: _SECTION,
        Action.SCORE_READ: _SECTION,
        **_LEADS,
        **_ROUTES,
        **_READ_SECTION,
    },
    Role.CM: {
        **_MAILED,
        **_COUNTED,
        Action.ANNOUNCE: _ANY,
        Action.INTAKE_REVIEW: _ANY,
        **_CARES_CASES,
        **_SIGNS,
        **_AFTER,
        **_CALLS_OUT,
        **_IMPROVES,
        Action.REPORT_MAKE: _ANY,
        Action.TICKET_CREATE: _ANY,
        Action.TICKET_MOVE: _CASES,
        Action.TICKET_RECLASSIFY: _CASES,
        Action.CASE_WORK: _CASES,
        Action.SOLUTION_PROPOSE: _CASES,
        Action.APPROVE: _CASES,
        Action.NOTIFY_FINAL: _CASES,
        Action.FORM_SIGN: _CASES,
        Action.RECORDING_EXPORT: frozenset({Relation.APPROVED}),
        Action.REVEAL: _CASES,
        Action.ATTACHMENT_ADD: _CASES,
        Action.KNOWLEDGE_SUGGEST: _ANY,
        Action.REWARD_PROPOSE: _ANY,
        **_DESK,
        Action.MISSED_READ: _ANY,
        Action.SHIFT_READ: _OWN,
        Action.OUTBOUND_CALL: _ANY,
        **_READ_CASES,
    },
    Role.DG: {
        **_SAMPLES,
        **_LEADS_PEOPLE,
        **_FREEZES,
        **_HEADS,
        Action.INTAKE_REVIEW: _ANY,
        **_GOES,
        **_SIGNS,
        **_READS_AFTER,
        **_HEADS_EMERGENCIES,
        **_IMPROVES,
        Action.TICKET_CREATE: _ANY,
        Action.TICKET_MOVE: _ANY,
        Action.TICKET_RECLASSIFY: _ANY,
        Action.APPROVE: _ANY,
        Action.EXTEND_30: _ANY,
        Action.FORM_SIGN: _ANY,
        Action.ATTACHMENT_ADD: _ANY,
        Action.SUPERVISE: _ANY,
        Action.REWARD_APPROVE: _ANY,
        Action.APPEAL_FINAL: frozenset({Relation.OTHERS}),
        Action.CALIBRATION_READ: _ANY,
        Action.COACHING_READ: _ANY,
        Action.SCORE_READ: _ANY,
        Action.SCORECARD_EDIT: _ANY,
        **_LEADS,
        **_READ_ALL,
        **_HEARD,
    },
    Role.GM: {
        Action.SAMPLING_READ: _ANY,
        **_LEADS_PEOPLE,
        **_FREEZES,
        **_HEADS,
        Action.INTAKE_REVIEW: _ANY,
        **_GOES,
        Action.DEPARTMENT_READ: _ANY,
        Action.RULES_READ: _ANY,
        Action.DEPUTY_NAME: _ANY,
        **_READS_AFTER,
        **_HEADS_EMERGENCIES,
        **_IMPROVES,
        Action.TICKET_CREATE: _ANY,
        Action.TICKET_MOVE: _ANY,
        Action.TICKET_RECLASSIFY: _ANY,
        Action.APPROVE: _ANY,
        Action.EXTEND_60: _ANY,
        Action.FORM_SIGN: _ANY,
        Action.ATTACHMENT_ADD: _ANY,
        Action.REWARD_APPROVE: _ANY,
        Action.CALIBRATION_READ: _ANY,
        Action.COACHING_READ: _ANY,
        Action.SCORE_READ: _ANY,
        **_LEADS,
        **_READ_ALL,
        **_HEARD,
    },
    Role.DH: {
        Action.REWARD_READ: _OWN,
        **_SIGNS,
        **_IN_TEAM,
        **_LEARNS,
        Action.TICKET_MOVE: _DEPARTMENT,
        Action.CASE_WORK: _DEPARTMENT,
        Action.SOLUTION_PROPOSE: _DEPARTMENT,
        Action.ATTACHMENT_ADD: _DEPARTMENT,
        **_KNOWS,
        **_READ_DEPARTMENT,
    },
    Role.QA: {
        **_SAMPLES,
        **_MAILED,
        Action.CAREER_READ: _OWN,
        **_RULES_FIGURES,
        **_TAUGHT,
        **_LEARNS,
        Action.TICKET_READ: frozenset({Relation.SAMPLED}),
        Action.CALL_READ: _ANY,
        Action.RECORDING_LISTEN: _ANY,
        Action.TRANSCRIPT_READ: _ANY,
        Action.KNOWLEDGE_SUGGEST: _ANY,
        Action.SCORE: _ANY,
        Action.APPEAL_FINAL: frozenset({Relation.OTHERS}),
        Action.CALIBRATE: _ANY,
        Action.CALIBRATION_READ: _ANY,
        Action.COACH: _ANY,
        Action.COACHING_READ: _ANY,
        Action.SCORE_READ: _ANY,
        Action.SCORECARD_EDIT: _ANY,
        Action.APPEAL_RULE: frozenset({Relation.OTHERS}),
        **_KNOWS,
    },
    Role.TR: {
        Action.REWARD_READ: _OWN,
        Action.CAREER_READ: _ANY,
        **_COUNTS_ALL,
        **_TAUGHT,
        Action.COACH: _ANY,
        Action.COACHING_READ: _ANY,
        Action.TRAINING_RUN: _ANY,
        Action.ANNOUNCE: _ANY,
        **_INVITES,
        **_LEARNS,
        Action.RECORDING_LISTEN: frozenset({Relation.ANONYMISED}),
        Action.KNOWLEDGE_SUGGEST: _ANY,
        Action.KNOWLEDGE_PUBLISH: _ANY,
        **_KNOWS,
    },
    Role.WF: {
        **_MAILED,
        **_COUNTS_ALL,
        Action.ROSTER_EDIT: _ANY,
        Action.LIVE_READ: _ANY,
        Action.SHIFT_READ: _ANY,
        Action.SHIFT_PLAN: _ANY,
        **_ROUTES,
    },
    Role.CO: {
        Action.SAMPLING_READ: _ANY,
        Action.REWARD_READ: _ANY,
        Action.REPORT_SCHEDULE: _ANY,
        **_COUNTS_ALL,
        **_HEADS,
        Action.INTAKE_REVIEW: _ANY,
        **_GOES,
        **_SIGNS,
        **_KEEPS,
        Action.EMERGENCY_READ: _ANY,
        Action.EMERGENCY_WORK: _OWN,
        **_IMPROVES,
        Action.REPORT_MAKE: _ANY,
        Action.TICKET_CREATE: _ANY,
        Action.TICKET_RECLASSIFY: _ANY,
        Action.RECORDING_EXPORT: _ANY,
        Action.REVEAL: _ANY,
        Action.DELETE_EARLY: frozenset({Relation.APPROVED}),
        Action.ATTACHMENT_ADD: _OWN,
        Action.MISSED_READ: _ANY,
        Action.KNOWLEDGE_REVIEW: _ANY,
        Action.CALIBRATION_READ: _ANY,
        Action.COACHING_READ: _ANY,
        Action.SCORE_READ: _ANY,
        **_KNOWS,
        **_READ_ALL,
        **_HEARD,
        Action.AUDIT_READ: _ANY,
    },
    Role.AU: {
        Action.SAMPLING_READ: _ANY,
        Action.REWARD_READ: _ANY,
        **_COUNTS_ALL,
        Action.TRAINING_READ: _ANY,
        **_GOES,
        Action.DEPARTMENT_READ: _ANY,
        Action.RULES_READ: _ANY,
        **_READS_AFTER,
        Action.LETTERHEAD_READ: _ANY,
        Action.EMERGENCY_READ: _ANY,
        Action.ANALYSIS_READ: _ANY,
        Action.CALIBRATION_READ: _ANY,
        Action.COACHING_READ: _ANY,
        Action.SCORE_READ: _ANY,
        **_READ_ALL,
        **_KNOWS,
        Action.MISSED_READ: _ANY,
        Action.LIVE_READ: _ANY,
        Action.ROUTING_READ: _ANY,
        Action.AUDIT_READ: _ANY,
    },
    Role.AD: {
        Action.USER_ADMIN: _ANY,
        **_ROUTES,
        Action.SYSTEM_READ: _ANY,
        Action.SYSTEM_MEND: _ANY,
        Action.DEPARTMENT_READ: _ANY,
        Action.RULES_READ: _ANY,
        Action.RULES_EDIT: _ANY,
        Action.DEPARTMENT_EDIT: _ANY,
        Action.DEPUTY_NAME: _ANY,
    },
}
"""Role → action → the relations that are enough. What is not here is refused."""
