"""The words of the rights: roles, what can be asked for, and how somebody stands to a thing (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """The roles of the house."""

    A1 = "A1"
    A2 = "A2"
    SM = "SM"
    CM = "CM"
    DG = "DG"
    GM = "GM"
    DH = "DH"
    QA = "QA"
    TR = "TR"
    WF = "WF"
    CO = "CO"
    AU = "AU"
    AD = "AD"


ROLE_TITLES: Mapping[Role, str] = {
    Role.A1: "front-line agent",
    Role.A2: "second-line agent",
    Role.SM: "section manager, supervisor",
    Role.CM: "customer maintenance office, complaint handler",
    Role.DG: "deputy general manager",
    Role.GM: "general manager",
    Role.DH: "department handler",
    Role.QA: "quality staff",
    Role.TR: "trainer, knowledge",
    Role.WF: "scheduler",
    Role.CO: "consumer protection, compliance",
    Role.AU: "auditor",
    Role.AD: "system administrator",
}


class Action(StrEnum):
    """What can be asked for."""

    TICKET_CREATE = "ticket_create"
    TICKET_READ = "ticket_read"
    TICKET_MOVE = "ticket_move"
    TICKET_RECLASSIFY = "ticket_reclassify"
    """class, level, severity and codes set anew"""
    CASE_WORK = "case_work"
    """gather evidence, write findings, ask departments, speak with the customer about his case"""
    SOLUTION_PROPOSE = "solution_propose"
    APPROVE = "approve"
    """sign a solution, within the band of his role"""
    EXTEND_30 = "extend_30"
    EXTEND_60 = "extend_60"
    NOTIFY_FINAL = "notify_final"
    """tell the customer the final answer"""
    FORM_SIGN = "form_sign"
    """sign the acceptance form; which of its fields: FORM_FIELDS"""
    CALL_READ = "call_read"
    RECORDING_LISTEN = "recording_listen"
    RECORDING_EXPORT = "recording_export"
    """take a copy out of the house"""
    TRANSCRIPT_READ = "transcript_read"
    CUSTOMER_READ = "customer_read"
    REVEAL = "reveal"
    """see a masked value whole, for a reason that is written down"""
    DELETE_EARLY = "delete_early"
    """delete before the end of the retention; a second person must agree"""
    AUDIT_READ = "audit_read"
    LIVE_READ = "live_read"
    """agents and queues as they are now; who may not see all of it sees colleagues' states without their calls"""
    AGENT_WORK = "agent_work"
    """answer calls: set his own state, control his own calls"""
    SUPERVISE = "supervise"
    """listen to a colleague's call, whisper, join it, take it over"""
    ROUTING_READ = "routing_read"
    """queues, their hours, who serves what"""
    ROUTING_EDIT = "routing_edit"
    """a new version of it"""
    USER_ADMIN = "user_admin"
    SYSTEM_READ = "system_read"
    """how the parts are, and what waits for a person"""
    SYSTEM_MEND = "system_mend"
    """run a dead job again, try a quarantined folder again"""
    WRAP_UP = "wrap_up"
    """fill in what a call was about"""
    TASK_WORK = "task_work"
    """see tasks, take them, make them, end them"""
    OUTBOUND_CALL = "outbound_call"
    """have a number dialled: any, or only one of his own tasks, tickets and customers"""
    MISSED_READ = "missed_read"
    """the callers whom nobody spoke with: of every queue, or of those he serves"""
    ATTACHMENT_READ = "attachment_read"
    """files that came with a ticket; opening one is written down"""
    ATTACHMENT_ADD = "attachment_add"
    EMERGENCY_READ = "emergency_read"
    """emergencies: all, or those in whose team he is"""
    EMERGENCY_DECLARE = "emergency_declare"
    EMERGENCY_WORK = "emergency_work"
    """measures, bulletins, the closing report"""
    EMERGENCY_CLOSE = "emergency_close"
    ROSTER_EDIT = "roster_edit"
    """who is called out for which duty"""
    ANALYSIS_READ = "analysis_read"
    """figures of complaints, alarms, topics, reports: nothing of a single customer"""
    IMPROVE_PLAN = "improve_plan"
    """make rectification plans, write reviews down, check effects"""
    IMPROVE_WORK = "improve_work"
    """carry a plan out: his own"""
    REPORT_MAKE = "report_make"
    """freeze a month's or a year's figures"""
    KNOWLEDGE_READ = "knowledge_read"
    KNOWLEDGE_SUGGEST = "knowledge_suggest"
    KNOWLEDGE_REVIEW = "knowledge_review"
    KNOWLEDGE_PUBLISH = "knowledge_publish"
    SCORE = "score"
    """evaluate a call or a ticket"""
    SCORE_APPEAL = "score_appeal"
    APPEAL_RULE = "appeal_rule"
    SHIFT_READ = "shift_read"
    SHIFT_PLAN = "shift_plan"
    REWARD_PROPOSE = "reward_propose"
    REWARD_APPROVE = "reward_approve"


class Relation(StrEnum):
    """How the actor stands to the thing; a thing may have several relations at once."""

    ANY = "any"
    """every thing of the kind"""
    OWN = "own"
    """his ticket (assigned to him, or made by him), his call"""
    OWN_UNTRIAGED = "own_untriaged"
    """his ticket, and nobody has graded it yet"""
    OWN_LEVEL_1 = "own_level_1"
    """his ticket, of level 1 or no complaint at all"""
    OWN_ON_SPOT = "own_on_spot"
    """his ticket, of level 1 and solved on the spot"""
    QUEUE = "queue"
    """a ticket that nobody has taken yet, of a queue that he serves"""
    SECTION = "section"
    """of people of his section, or of nobody's; of everybody while he is in no section"""
    DEPARTMENT = "department"
    """a ticket that was given to his department"""
    COMPLAINT = "complaint"
    """a complaint, or a recording of one"""
    CASE = "case"
    """a recording of a ticket that he may read"""
    SAMPLED = "sampled"
    """drawn to be scored: complaints are, one and all, once they are closed"""
    ANONYMISED = "anonymised"
    """a copy that tells of nobody"""
    ON_CALL = "on_call"
    """of the customer of his live call: while it rings at him, while he speaks, until his work after it is done"""
    APPROVED = "approved"
    """somebody else who may has agreed to this very thing"""
    OTHERS = "others"
    """of somebody else's making"""
