"""The words that people read for the codes that the database keeps, one table a kind of code."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

Words = Mapping[str, LazyString]

KINDS: Words = {
    "inquiry": _("Inquiry"),
    "service": _("Service request"),
    "incident": _("Incident"),
    "complaint": _("Complaint"),
    "suggestion": _("Suggestion"),
    "praise": _("Praise"),
    "report": _("Report of misconduct"),
    "review": _("Review"),
    "loss_report": _("Loss report"),
    "callback": _("Callback"),
}

STATUSES: Words = {
    "registered": _("Registered"),
    "acknowledged": _("Acknowledged"),
    "triaged": _("Triaged"),
    "on_spot": _("Solved on the spot"),
    "assigned": _("Assigned"),
    "investigating": _("Investigating"),
    "suspended": _("External appraisal"),
    "pending_approval": _("Waiting for approval"),
    "executing": _("Executing"),
    "notifying": _("Reply to be given"),
    "notified": _("Customer notified"),
    "confirmed": _("Confirmed by the customer"),
    "disputed": _("Disputed"),
    "form_signed": _("Form signed"),
    "return_visit": _("Return visit due"),
    "closed": _("Closed"),
    "archived": _("Archived"),
    "withdrawn": _("Withdrawn"),
    "merged": _("Merged"),
    "not_handled": _("Not handled"),
    "reopened": _("Reopened"),
}

STATUS_TONES: Mapping[str, str] = {
    "registered": "open",
    "acknowledged": "open",
    "reopened": "bad",
    "disputed": "bad",
    "closed": "good",
    "confirmed": "good",
    "notified": "good",
    "archived": "quiet",
    "withdrawn": "quiet",
    "merged": "quiet",
    "not_handled": "quiet",
}
"""Colour of a status; one that is not named is being worked on ("busy")."""

CHANNELS: Words = {
    "phone": _("Telephone"),
    "web": _("Web site"),
    "app": _("App"),
    "email": _("E-mail"),
    "letter": _("Letter"),
    "branch": _("Branch"),
    "online": _("Online desk"),
    "chat": _("Chat"),
    "community": _("Community"),
    "sms": _("Text message"),
    "social": _("Social media"),
    "qq": _("QQ"),
}

LANGUAGES: Words = {"zh": _("Mandarin"), "en": _("English"), "ko": _("Korean")}

FLAGS: Words = {
    "unfinished": _("Unfinished"),
    "salvaged": _("Salvaged"),
    "truncated": _("Truncated"),
    "gap": _("Gap"),
    "discarded": _("Discarded take"),
    "unreadable": _("Unreadable"),
    "due_unrolled": _("Term not checked"),
    "overdue": _("Overdue"),
    "target_missed": _("Target missed"),
    "regulator": _("Forwarded from above"),
    "data_leak": _("Leak to be reported"),
}

FLAG_MEANINGS: Words = {
    "unfinished": _("The caller hung up, or was cut off, before confirming. What was said is kept and counts."),
    "salvaged": _("The telephone system stopped during this recording; the file was repaired."),
    "truncated": _("The recording is shorter than the call was; the end is missing."),
    "gap": _("The recording is interrupted: it pauses while identifying digits are keyed."),
    "discarded": _("The caller recorded the message again; this earlier take is kept for the record."),
    "unreadable": _("The file is not audio that can be played; its bytes are kept for whoever looks into it."),
    "overdue": _("The legal term is over and the customer was not told. It went one step up the handling order."),
    "target_missed": _("The house's own target is over; the legal term still runs."),
    "regulator": _("The central bank or the regulator forwarded this complaint; its term counts."),
    "data_leak": _("Customers' data came out. The central bank is to be told of it within its term."),
    "due_unrolled": _("The public holidays of that year are not known yet; the earlier day counts until they are."),
}

TRANSCRIPT_STATES: Words = {
    "queued": _("The transcript is on its way: the recording waits its turn."),
    "running": _("The recording is being transcribed now."),
    "waiting_for_model": _(
        "No speech model for this language is installed. The recording waits, and is transcribed by itself "
        "as soon as there is one."
    ),
    "failed": _("The transcription failed. Please listen to the recording."),
}

OUTCOMES: Words = {
    "answered": _("Answered"),
    "abandoned": _("Abandoned"),
    "timed_out": _("Timed out"),
    "busy": _("Busy"),
    "failed": _("Failed"),
}

SIDES: Words = {"caller": _("Caller"), "agent": _("Hotline")}

RECORDING_KINDS: Words = {"message": _("The caller's message"), "call": _("The whole call")}

RECORDING_STATES: Words = {
    "stored": _("Stored"),
    "waiting": _("This recording has not been taken in yet."),
    "missing": _("The file of this recording is missing."),
    "purged": _("This recording was deleted when its retention ended."),
}

MENU_STEPS: Words = {
    "main": _("Main menu"),
    "accounts": _("Accounts and bills"),
    "loss_report": _("Report a loss"),
    "cards": _("Card services"),
    "complaints": _("Complaints"),
    "enquiries": _("Enquiries"),
    "other_language": _("Other language"),
    "bill": _("Bill"),
    "transactions": _("Recent transactions"),
    "repayment": _("Repayment"),
    "activation": _("Activation"),
    "limit": _("Limit"),
    "pin": _("PIN"),
    "record": _("Record a complaint"),
    "progress": _("Progress of a complaint"),
    "specialist": _("Complaint agent"),
    "another": _("Another number"),
    "person": _("A person"),
}
"""Options of the menu by their names (ivr/menus); a test fails when one has no words here."""

TICKET_EVENTS: Words = {
    "reply_written": _("Reply written"),
    "reply_told": _("The reply has reached the customer"),
    "notice_lost": _("The reply did not arrive after all"),
    "notice_not_moved": _("Told, but the ticket could not be moved"),
    "answer_not_moved": _("Answered by the customer, but the ticket could not be moved"),
    "answer_explained": _("Answer explained to the customer"),
    "customer_not_reached": _("Customer not reached"),
    "questionnaire_answered": _("Questionnaire answered"),
    "message_queued": _("Message written"),
    "message_queued_again": _("Message sent again"),
    "message_sent": _("Message sent"),
    "message_delivered": _("Message arrived"),
    "message_failed": _("Message failed"),
    "message_cancelled": _("Message cancelled"),
    "message_busy": _("Called: the line was busy"),
    "message_no_answer": _("Called: nobody answered"),
    "form_filled_in": _("Acceptance form filled in"),
    "form_signed": _("Acceptance form signed"),
    "form_filed": _("Acceptance form filed"),
    "form_given_up": _("Acceptance form given up"),
    "visit_planned": _("Return visit planned"),
    "visit_given": _("Return visit given to somebody"),
    "visit_taken": _("Return visit taken"),
    "visit_not_reached": _("Return visit: not reached"),
    "visit_ended": _("Return visit made"),
    "visit_cancelled": _("Return visit called off"),
    "visit_not_satisfied": _("The customer is not satisfied at the return visit"),
    "archive_made": _("Archive made"),
    "hold_set": _("Legal hold set"),
    "hold_lifted": _("Legal hold lifted"),
    "purged": _("Deleted when its time was over"),
    "emergency": _("Belongs to an emergency"),
    "emergency_over": _("The emergency is over"),
    "escalated": _("Escalated"),
    "escalation_investigator": _("Investigator of the escalation named"),
    "escalation_findings": _("Findings of the new investigation written"),
    "escalation_decided": _("Escalation decided"),
    "region_set": _("Region stated"),
    "created": _("Ticket opened"),
    "opened": _("Ticket opened"),
    "ticket_opened": _("Ticket opened"),
    "moved": _("Status changed"),
    "call_linked": _("Call linked"),
    "recording_added": _("Recording added"),
    "recording_stored": _("Recording stored"),
    "transcript_done": _("Transcript ready"),
    "transcribed": _("Transcript ready"),
    "number_spoken": _("Number told to the caller"),
    "flagged": _("Flag set"),
    "number_given": _("Number to call back given"),
    "evidence_added": _("Evidence taken into the file"),
    "evidence_withdrawn": _("Evidence withdrawn"),
    "findings_written": _("Findings written"),
    "solution_written": _("Solution written"),
    "step_done": _("Step carried out"),
    "step_failed": _("Step could not be carried out"),
    "assistance_asked": _("Department asked"),
    "assistance_answered": _("Department answered"),
    "assistance_withdrawn": _("Question to a department withdrawn"),
    "customer_contact": _("Contact with the customer"),
    "registered_by_phone": _("Registered by telephone"),
    "attachment_added": _("File added"),
    "files_left_out": _("Files were not taken"),
    "receipt_given": _("Receipt given"),
    "read_back": _("Read back to the customer"),
    "contacted": _("Spoken with the customer"),
    "customer_wrote": _("The customer sent something"),
    "withdrawal_asked": _("The customer asks to withdraw"),
    "classified": _("Classified"),
    "kept_apart": _("Kept apart from another ticket"),
    "linked_to": _("A repeat of another ticket"),
    "merged_here": _("Another ticket merged into this one"),
}


def word(table: Words, code: str | None) -> str:
    """What people read for ``code``; a code that no table knows is shown as it is, with spaces."""
    if code is None:
        return "–"
    found = table.get(code)
    return str(found) if found is not None else code.replace("_", " ")


SEVERITIES: Words = {
    "S1": _("S1: funds at risk now, or many customers"),
    "S2": _("S2: a loss"),
    "S3": _("S3: an inconvenience"),
    "S4": _("S4: a question"),
}

JOB_KINDS: Words = {
    "transcribe_recording": _("Transcribe a recording"),
    "retranscribe_language": _("Transcribe again with a better model"),
    "verify_integrity": _("Check every recording against its hash"),
    "look_at_call": _("Look at a call for its scorer"),
    "look_at_ticket": _("Look at a new ticket"),
    "send_message": _("Send a message to a customer"),
    "make_archive": _("Make the archive of a matter"),
    "carry_out_deletion": _("Delete what is kept long enough"),
    "make_regulator_export": _("Make a file for the regulator"),
    "verify_audit": _("Walk along the audit chain"),
    "reseal_fields": _("Seal fields with the newest key"),
    "mark_elderly": _("Mark customers who grew old"),
    "recount_terms": _("Count terms anew by a calendar"),
    "freeze_kpi_month": _("Freeze a month of key figures"),
}

PARTS: Words = {
    "database": _("Database"),
    "schema": _("Schema"),
    "spool": _("Spool"),
    "redis": _("Redis"),
    "disk": _("Disk"),
    "ingest": _("Ingest"),
}

ROLES: Words = {
    "A1": _("Front-line agent"),
    "A2": _("Second-line agent"),
    "SM": _("Section manager"),
    "CM": _("Customer maintenance office"),
    "DG": _("Deputy general manager"),
    "GM": _("General manager"),
    "DH": _("Department handler"),
    "QA": _("Quality staff"),
    "TR": _("Trainer"),
    "WF": _("Scheduler"),
    "CO": _("Consumer protection"),
    "AU": _("Auditor"),
    "AD": _("Administrator"),
}

AGENT_STATES: Words = {
    "available": _("Available"),
    "ringing": _("Ringing"),
    "on_call": _("On a call"),
    "wrap_up": _("Wrap-up"),
    "paused": _("Paused"),
    "offline": _("Offline"),
}

AGENT_STATE_TONES: Mapping[str, str] = {
    "available": "good",
    "ringing": "open",
    "on_call": "open",
    "wrap_up": "busy",
    "paused": "busy",
    "offline": "quiet",
}

PAUSE_REASONS: Words = {
    "break": _("Break"),
    "meal": _("Meal"),
    "training": _("Training"),
    "meeting": _("Meeting"),
    "back_office": _("Back-office work"),
    "other": _("Other"),
    "missed": _("Missed two calls"),
    "on_call": _("On a call"),
    "wrap_up": _("Wrap-up"),
}

PHONES: Words = {"web": _("Browser"), "desk": _("Desk phone")}

BUSINESSES: Words = {
    "service": _("General service"),
    "complaints": _("Complaints"),
    "enquiries": _("Enquiries"),
    "accounts": _("Accounts"),
    "cards": _("Cards"),
    "loss": _("Loss reports"),
}

LEG_KINDS: Words = {
    "queue": _("From a queue"),
    "transfer": _("Transferred to him"),
    "consult": _("Consulted"),
    "conference": _("Conference"),
    "rejoin": _("Came back into the call"),
    "outbound": _("Called out"),
    "listen": _("Listened"),
    "whisper": _("Whispered"),
    "barge": _("Joined"),
}

LEG_OUTCOMES: Words = {
    "answered": _("Answered"),
    "missed": _("Missed"),
    "refused": _("Declined"),
    "abandoned": _("Caller hung up"),
}

LEG_ENDS: Words = {
    "caller": _("the caller"),
    "agent": _("the agent"),
    "transfer": _("a transfer"),
    "lost": _("a lost phone"),
}

SUPERVISION: Words = {
    "call.listen": _("Listened"),
    "call.whisper": _("Whispered"),
    "call.barge": _("Joined"),
    "call.take_over": _("Took the call over"),
    "call.listen_refused": _("Wanted to listen"),
    "call.whisper_refused": _("Wanted to whisper"),
    "call.barge_refused": _("Wanted to join"),
    "call.take_over_refused": _("Wanted to take over"),
}
