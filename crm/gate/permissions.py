"""Which endpoint asks for what. An endpoint that is not here is refused to everybody, and fails a test.

The action is the first question (may these roles do such a thing at all?); the services ask the second one
(this very ticket?) where they know it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from crm.domain.access import Action


class Open(StrEnum):
    """Rules that are not an action of a role."""

    PUBLIC = "public"
    """anybody, before the login too"""
    FORM = "form"
    """anybody, also without cookies: what he sends uses nobody's rights, and carries a token that the view checks"""
    SELF = "self"
    """anybody who is logged in, about himself"""
    MACHINE = "machine"
    """this machine's own services, with the shared token"""


Rule = Open | Action

ENDPOINTS: Mapping[str, Rule] = {
    "static": Open.PUBLIC,
    "security.static": Open.PUBLIC,
    "security.login": Open.PUBLIC,
    "security.logout": Open.PUBLIC,
    "security.two_factor_token_validation": Open.PUBLIC,
    "security.tf_select": Open.SELF,  # asked only before the login is whole, with two methods; we have one
    "security.two_factor_rescue": Open.SELF,  # the same: it would send mail, which nobody set up
    "security.mf_recovery": Open.PUBLIC,  # for who has given his password and has no telephone
    "security.mf_recovery_codes": Open.SELF,
    "security.two_factor_setup": Open.SELF,
    "security.two_factor_setup_validate": Open.SELF,
    "security.change_password": Open.SELF,
    "security.verify": Open.SELF,
    "contact.form": Open.PUBLIC,
    "contact.send": Open.FORM,
    "contact.receipt": Open.PUBLIC,
    "contact.progress": Open.PUBLIC,
    "contact.look_up": Open.FORM,
    "contact.add": Open.FORM,
    "health.live": Open.PUBLIC,
    "health.ready": Open.PUBLIC,
    "health.metrics": Open.PUBLIC,
    "account.language": Open.PUBLIC,
    "account.show": Open.SELF,
    "home.start": Open.SELF,
    "agent.show": Action.AGENT_WORK,
    "tickets.index": Action.TICKET_READ,
    "tickets.show": Action.TICKET_READ,
    "tickets.move": Action.TICKET_MOVE,
    "case_reply.write": Action.NOTIFY_FINAL,
    "case_reply.see": Action.TICKET_READ,
    "case_reply.send": Action.NOTIFY_FINAL,
    "case_reply.told": Action.TICKET_MOVE,
    "case_reply.posted": Action.TICKET_MOVE,
    "case_reply.arrived": Action.TICKET_MOVE,
    "case_reply.again": Action.TICKET_MOVE,
    "case_heard.confirmed": Action.TICKET_MOVE,
    "case_heard.not_reached": Action.TICKET_MOVE,
    "case_heard.disputed": Action.TICKET_MOVE,
    "case_heard.explained": Action.TICKET_MOVE,
    "case_form.fill_in": Action.FORM_SIGN,
    "case_form.sign": Action.FORM_SIGN,
    "case_form.file": Action.FORM_SIGN,
    "case_form.give_up": Action.FORM_SIGN,
    "case_form.see": Action.TICKET_READ,
    "visits.index": Action.VISIT_READ,
    "visits.show": Action.VISIT_READ,
    "visits.take": Action.VISIT_WORK,
    "visits.give": Action.VISIT_WORK,
    "visits.not_reached": Action.VISIT_WORK,
    "visits.said": Action.VISIT_WORK,
    "visits.cancel": Action.VISIT_WORK,
    "documents.show": Action.TICKET_READ,
    "answered.reply": Open.PUBLIC,
    "answered.read": Open.FORM,
    "answered.rate": Open.PUBLIC,
    "answered.rated": Open.FORM,
    "case_handling.act": Action.TICKET_MOVE,
    "case_handling.pass_up": Action.TICKET_MOVE,
    "case_handling.regrade": Action.TICKET_RECLASSIFY,
    "case_handling.new_facts": Action.TICKET_MOVE,
    "case_handling.penalty": Action.REWARD_PROPOSE,
    "case_approvals.sign": Action.TICKET_READ,  # whose turn it is to sign, the chain says
    "case_review.ask": Action.TICKET_CREATE,
    "case_evidence.add": Action.CASE_WORK,
    "case_evidence.add_recorded": Action.CASE_WORK,
    "case_evidence.custody": Action.CASE_WORK,
    "case_evidence.check": Action.CASE_WORK,
    "case_findings.facts": Action.CASE_WORK,
    "case_findings.causes": Action.CASE_WORK,
    "case_findings.responsible": Action.CASE_WORK,
    "case_findings.basis": Action.CASE_WORK,
    "case_findings.version": Action.TICKET_READ,
    "case_solution.summary": Action.SOLUTION_PROPOSE,
    "case_solution.measures": Action.SOLUTION_PROPOSE,
    "case_solution.plan_steps": Action.SOLUTION_PROPOSE,
    "case_contacts.write": Action.CASE_WORK,
    "case_assistance.ask": Action.CASE_WORK,
    "case_assistance.withdraw": Action.CASE_WORK,
    "questions.show": Open.SELF,  # to the department that is asked, and to nobody else
    "questions.answer": Open.SELF,
    "steps.show": Open.SELF,  # to whoever carries it out, and to who works on the case
    "steps.finish": Open.SELF,
    "desk.show": Open.SELF,
    "search.index": Action.TICKET_READ,
    "notices.index": Open.SELF,
    "notices.follow": Open.SELF,
    "notices.read_all": Open.SELF,
    "notices.count": Open.SELF,
    "calls.index": Action.CALL_READ,
    "calls.show": Action.CALL_READ,
    "recordings.transcript": Action.TRANSCRIPT_READ,
    "wrap_ups.current": Action.WRAP_UP,
    "wrap_ups.one": Action.WRAP_UP,
    "wrap_ups.of_task": Action.WRAP_UP,
    "wrap_ups.draft": Action.WRAP_UP,
    "wrap_ups.finish": Action.WRAP_UP,
    "tasks.index": Action.TASK_WORK,
    "tasks.make": Action.TASK_WORK,
    "tasks.take": Action.TASK_WORK,
    "tasks.give_back": Action.TASK_WORK,
    "tasks.done": Action.TASK_WORK,
    "outbound.form": Action.OUTBOUND_CALL,
    "outbound.dial": Action.OUTBOUND_CALL,
    "missed.index": Action.MISSED_READ,
    "missed.callback": Action.TASK_WORK,
    "knowledge.index": Action.KNOWLEDGE_READ,
    "knowledge.found": Action.KNOWLEDGE_READ,
    "knowledge.article": Action.KNOWLEDGE_READ,
    "knowledge.edit": Action.KNOWLEDGE_PUBLISH,
    "knowledge.publish": Action.KNOWLEDGE_PUBLISH,
    "board.show": Action.LIVE_READ,
    "board.now": Action.LIVE_READ,
    "board.record": Action.LIVE_READ,
    "board.join_in": Action.SUPERVISE,
    "wallboard.wall": Action.LIVE_READ,
    "wallboard.wall_now": Action.LIVE_READ,
    "wallboard.display": Open.PUBLIC,  # its address is the key; it shows sums only
    "wallboard.display_now": Open.PUBLIC,
    "routing.show": Action.ROUTING_READ,
    "routing.save": Action.ROUTING_EDIT,
    "routing.restore": Action.ROUTING_EDIT,
    "departments.show": Action.DEPARTMENT_READ,
    "departments.save": Action.DEPARTMENT_EDIT,
    "departments.place": Action.DEPARTMENT_EDIT,
    "departments.route": Action.DEPARTMENT_EDIT,
    "departments.name_deputy": Action.DEPUTY_NAME,
    "departments.end_deputy": Action.DEPUTY_NAME,
    "rules.show": Action.RULES_READ,
    "rules.save": Action.RULES_EDIT,
    "rules.restore": Action.RULES_EDIT,
    "rules.enter": Action.RULES_EDIT,
    "people.index": Action.USER_ADMIN,
    "people.create": Action.USER_ADMIN,
    "people.rights": Open.SELF,
    "people.show": Action.USER_ADMIN,
    "people.set_rights": Action.USER_ADMIN,
    "people.place": Action.DEPARTMENT_EDIT,
    "people.queues": Action.ROUTING_EDIT,
    "people.link": Action.USER_ADMIN,
    "people.reset_second_factor": Action.USER_ADMIN,
    "people.end_sessions": Action.USER_ADMIN,
    "people.deactivate": Action.USER_ADMIN,
    "people.reactivate": Action.USER_ADMIN,
    "people.revoke_token": Action.USER_ADMIN,
    "welcome.show_link": Open.PUBLIC,  # its address is the secret; it works once
    "welcome.use_link": Open.PUBLIC,
    "audit.index": Action.AUDIT_READ,
    "audit.export": Action.AUDIT_READ,
    "system.show": Action.SYSTEM_READ,
    "system.run_again": Action.SYSTEM_MEND,
    "system.try_again": Action.SYSTEM_MEND,
    "internal.progress": Open.MACHINE,
    "internal.caller": Open.MACHINE,
    "api-docs.openapi_json": Open.PUBLIC,
    "api_calls.Calls": Action.CALL_READ,
    "api_calls.CallById": Action.CALL_READ,
    "api_tickets.TicketById": Action.TICKET_READ,
    "api_recordings.RecordingById": Action.RECORDING_LISTEN,
    "api_recordings.RecordingAudio": Action.RECORDING_LISTEN,
    "api_recordings.RecordingTranscript": Action.TRANSCRIPT_READ,
    "api_agents.Agents": Action.LIVE_READ,
    "api_agents.Me": Action.AGENT_WORK,
    "api_agents.MyState": Action.AGENT_WORK,
    "api_agents.Queues": Action.LIVE_READ,
    "api_events.Events": Open.SELF,
    "api_control.Transfer": Action.AGENT_WORK,
    "api_control.Consult": Action.AGENT_WORK,
    "api_control.ConsultCancel": Action.AGENT_WORK,
    "api_control.Conference": Action.AGENT_WORK,
    "api_control.HangUp": Action.AGENT_WORK,
    "api_control.Directory": Action.AGENT_WORK,
    "api_control.TicketOfCall": Action.TICKET_CREATE,
    "api_control.PopOfCall": Action.TICKET_READ,
    "api_control.Identify": Action.AGENT_WORK,
    "api_control.Listen": Action.SUPERVISE,
    "api_control.Whisper": Action.SUPERVISE,
    "api_control.Barge": Action.SUPERVISE,
    "api_control.TakeOver": Action.SUPERVISE,
    "api_work.Dispositions": Action.WRAP_UP,
    "api_work.WrapUps": Action.WRAP_UP,
    "api_work.WrapUpById": Action.WRAP_UP,
    "api_work.Tasks": Action.TASK_WORK,
    "api_work.TaskTake": Action.TASK_WORK,
    "api_work.TaskGiveBack": Action.TASK_WORK,
    "api_work.TaskDone": Action.TASK_WORK,
    "api_work.OutboundCalls": Action.OUTBOUND_CALL,
    "api_work.OutboundCallById": Action.OUTBOUND_CALL,
    "api_work.MissedCalls": Action.MISSED_READ,
    "api_work.Knowledge": Action.KNOWLEDGE_READ,
    "api_work.KnowledgeArticle": Action.KNOWLEDGE_READ,
}

BY_METHOD: Mapping[tuple[str, str], Rule] = {
    ("api_tickets.Tickets", "GET"): Action.TICKET_READ,
    ("api_tickets.Tickets", "HEAD"): Action.TICKET_READ,
    ("api_tickets.Tickets", "POST"): Action.TICKET_CREATE,
    ("api_tickets.TicketMoves", "GET"): Action.TICKET_READ,
    ("api_tickets.TicketMoves", "HEAD"): Action.TICKET_READ,
    ("api_tickets.TicketMoves", "POST"): Action.TICKET_MOVE,
}
"""Endpoints whose methods ask for different things."""


def rule_for(endpoint: str, method: str) -> Rule | None:
    """What this request needs; None means that nobody may."""
    return BY_METHOD.get((endpoint, method)) or ENDPOINTS.get(endpoint)
