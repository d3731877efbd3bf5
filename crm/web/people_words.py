"""The words of people, rights and the audit chain."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from crm.web.words import Words

POSTS: Words = {
    "front_line": _("Front-line agent"),
    "second_line": _("Second-line agent"),
    "assessor": _("Assessor"),
    "team_leader": _("Team leader"),
    "trainer": _("Trainer"),
    "supervisor": _("Supervisor"),
    "deputy_section_manager": _("Deputy section manager"),
    "section_manager": _("Section manager"),
    "complaint_handler": _("Complaint handler"),
    "deputy_gm": _("Deputy general manager"),
    "gm": _("General manager"),
    "department_staff": _("Department handler"),
    "quality": _("Quality staff"),
    "scheduler": _("Scheduler"),
    "compliance": _("Consumer protection"),
    "auditor": _("Auditor"),
    "administrator": _("Administrator"),
}

CHANGES: Words = {
    "joined": _("Joined"),
    "promoted": _("Promoted"),
    "moved": _("Moved"),
    "left": _("Left"),
    "returned": _("Came back"),
}

MEMBER_POSTS: Words = {"head": _("Head"), "deputy": _("Deputy head"), "member": _("Member")}

ACTIONS: Words = {
    "ticket_create": _("Make tickets"),
    "ticket_read": _("Read tickets"),
    "ticket_move": _("Move tickets"),
    "ticket_reclassify": _("Grade and classify"),
    "case_work": _("Work on a case"),
    "solution_propose": _("Propose a solution"),
    "approve": _("Approve, within the band"),
    "extend_30": _("Extend to 30 days"),
    "extend_60": _("Extend to 60 days"),
    "notify_final": _("Give the final answer"),
    "form_sign": _("Sign the acceptance form"),
    "call_read": _("Read calls"),
    "recording_listen": _("Listen to recordings"),
    "recording_export": _("Take recordings out"),
    "transcript_read": _("Read transcripts"),
    "customer_read": _("Read customers"),
    "reveal": _("See masked values, with a reason"),
    "delete_early": _("Delete before the term, by two"),
    "audit_read": _("Read the audit log"),
    "live_read": _("See agents and queues"),
    "agent_work": _("Answer calls"),
    "supervise": _("Listen in, whisper, join"),
    "routing_read": _("See the routing"),
    "routing_edit": _("Change the routing"),
    "user_admin": _("Look after people"),
    "system_read": _("See the system"),
    "system_mend": _("Mend the system"),
    "wrap_up": _("Finish calls"),
    "task_work": _("Work on tasks"),
    "outbound_call": _("Call out"),
    "missed_read": _("See missed callers"),
    "attachment_read": _("Open files"),
    "attachment_add": _("Add files"),
    "intake_review": _("Review what came in"),
    "emergency_read": _("See emergencies"),
    "emergency_declare": _("Declare emergencies"),
    "emergency_work": _("Work on emergencies"),
    "emergency_close": _("Close emergencies"),
    "roster_edit": _("Change the duty roster"),
    "analysis_read": _("See the analysis"),
    "improve_plan": _("Plan improvements"),
    "improve_work": _("Work on improvements"),
    "report_make": _("Make reports"),
    "knowledge_read": _("Read knowledge"),
    "knowledge_suggest": _("Suggest knowledge"),
    "knowledge_review": _("Review knowledge"),
    "knowledge_publish": _("Publish knowledge"),
    "score": _("Score"),
    "score_appeal": _("Appeal against a score"),
    "appeal_rule": _("Rule on an appeal"),
    "shift_read": _("See shifts"),
    "shift_plan": _("Plan shifts"),
    "reward_propose": _("Propose reward or penalty"),
    "reward_approve": _("Approve reward or penalty"),
    "department_read": _("See departments"),
    "department_edit": _("Change departments"),
    "deputy_name": _("Name deputies"),
}

RELATIONS: Words = {
    "any": _("all"),
    "own": _("own"),
    "own_untriaged": _("own, before grading"),
    "own_level_1": _("own, level 1"),
    "own_on_spot": _("own, on the spot"),
    "queue": _("own queue"),
    "section": _("section"),
    "department": _("department"),
    "complaint": _("complaints"),
    "case": _("of the case"),
    "sampled": _("sampled"),
    "anonymised": _("anonymised"),
    "on_call": _("live call"),
    "approved": _("with approval"),
    "others": _("not his own"),
}

PROBLEMS: Words = {
    "an administrator has no business with customers' matters": _(
        "An administrator has no other role: he has no business with customers’ matters."
    ),
    "an auditor does nothing that is audited": _("An auditor has no other role: he does nothing that is audited."),
    "compliance handles no complaint: it looks after those who do": _(
        "Consumer protection handles no complaint: it looks after those who do."
    ),
    "who scores has no work of his own that is scored": _("Who scores has no work of his own that is scored."),
    "nobody changes his own rights; another administrator does": _(
        "Nobody changes his own rights; another administrator does."
    ),
    "the house needs an administrator: make another one first": _(
        "The house needs an administrator: make another one first."
    ),
    "this person has left": _("This person has left."),
    "this person has left already": _("This person has left."),
    "this person is here": _("This person is here."),
    "this person has no second factor": _("This person has no second factor."),
    "somebody has this e-mail address already": _("Somebody has this e-mail address already."),
    "roles: at least one role is needed": _("At least one role is needed."),
    "roles: nothing is changed": _("Nothing is changed."),
    "reason: is needed, 500 characters at most": _("A reason is needed, 500 characters at most."),
    "username: must have 2 to 64 of a-z 0-9 _ . -, a letter or digit first": _(
        "A user name has 2 to 64 of a-z 0-9 _ . -, a letter or digit first."
    ),
    "email: is not an e-mail address": _("That is not an e-mail address."),
    "password: must have 15 to 128 characters": _("A password has at least 15 characters."),
    "password: must not hold the user name": _("A password must not hold the user name."),
    "a legal hold is on it": _("A legal hold is on it."),
    "it belongs to a complaint that is not closed": _("It belongs to a complaint that is not closed."),
    "the law keeps a complaint's recording longer": _("The law keeps a complaint’s recording longer."),
    "this recording was deleted already": _("This recording was deleted already."),
    "that was asked for already and waits for a second person": _(
        "That was asked for already and waits for a second person."
    ),
    "another person who may do this decides, never the one who asked": _(
        "Another person who may do this decides, never the one who asked."
    ),
    "a recording is taken out with somebody's approval: ask for it first": _(
        "A recording is taken out with somebody’s approval: ask for it first."
    ),
    "this was decided already": _("This was decided already."),
    "reason: is needed, 1000 characters at most": _("A reason is needed."),
    "answer: is needed, 1000 characters at most": _("A reason is needed."),
    "again: must be the same twice": _("The two are not the same."),
}

AUDIT_ACTIONS: Words = {
    "user.logged_in": _("Logged in"),
    "user.password_changed": _("Changed his password"),
    "user.password_set": _("Set his password by a link"),
    "user.created": _("Person made"),
    "user.joined": _("Person joined"),
    "user.promoted": _("Person promoted"),
    "user.moved": _("Rights changed"),
    "user.left": _("Person left"),
    "user.returned": _("Person came back"),
    "user.link_made": _("One-time link made"),
    "user.second_factor_reset": _("Second factor taken away"),
    "user.second_factor_on": _("Second factor turned on"),
    "user.second_factor_off": _("Second factor turned off"),
    "user.recovery_codes_made": _("Recovery codes made"),
    "user.recovery_code_used": _("Recovery code used"),
    "user.sessions_ended": _("Sessions ended"),
    "token.created": _("API token made"),
    "token.revoked": _("API token ended"),
    "recording.listened": _("Listened to a recording"),
    "recording.exported": _("Took a recording out"),
    "recording.deleted": _("Deleted a recording"),
    "recording.missing": _("Recording missing"),
    "recording.damaged": _("Recording damaged"),
    "recording.stored": _("Recording stored"),
    "transcript.read": _("Read a transcript"),
    "routing.changed": _("Routing changed"),
    "department.saved": _("Department changed"),
    "department.placed": _("Placed in a department"),
    "department.routed": _("Route to a department changed"),
    "audit.verified": _("Audit chain walked: whole"),
    "audit.broken": _("Audit chain walked: broken"),
    "audit.exported": _("Checkpoints taken out"),
    "two_person.asked": _("Asked for a second person"),
    "two_person.granted": _("Second person agreed"),
    "two_person.refused": _("Second person refused"),
    "two_person.withdrawn": _("Request withdrawn"),
}

TWO_PERSON_KINDS: Words = {
    "delete_recording": _("Delete a recording before its term"),
    "export_recording": _("Take a recording out"),
}

TWO_PERSON_STATES: Words = {
    "open": _("Waits"),
    "granted": _("Agreed"),
    "refused": _("Refused"),
    "withdrawn": _("Taken back"),
    "done": _("Done"),
}

AUDIT_SUBJECTS: Words = {
    "ticket": _("Ticket"),
    "recording": _("Recording"),
    "user": _("Person"),
    "token": _("API token"),
    "call": _("Call"),
    "customer": _("Customer"),
    "routing": _("Routing"),
    "department": _("Department"),
    "route": _("Route"),
    "audit": _("Audit chain"),
    "attachment": _("File"),
    "request": _("Request"),
}
