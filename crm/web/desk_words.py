"""The words of desk and notices."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from crm.domain.desk import Urgency, WaitsFor
from crm.domain.notices import NoticeKind
from crm.domain.term_types import TermKind
from crm.web.handling_words import SUBJECTS

Words = Mapping[str, LazyString]

NOTICES: Words = {
    NoticeKind.ASSIGNED: _("A ticket was assigned to you"),
    NoticeKind.APPROVAL_WAITING: _("Your signature is asked for"),
    NoticeKind.APPROVED: _("What you proposed is signed"),
    NoticeKind.RETURNED: _("What you proposed came back"),
    NoticeKind.ASSISTANCE_ASKED: _("Your department is asked something"),
    NoticeKind.ASSISTANCE_ANSWERED: _("A department answered your question"),
    NoticeKind.ASSISTANCE_WITHDRAWN: _("A question to your department was withdrawn"),
    NoticeKind.STEP_ASSIGNED: _("A step of a solution is yours to carry out"),
    NoticeKind.STEP_FAILED: _("A step of a solution could not be carried out"),
    NoticeKind.TERM_WARNING: _("A term is drawing near"),
    NoticeKind.OVERDUE: _("A term is over"),
    NoticeKind.ESCALATED: _("A matter was moved up to you"),
    NoticeKind.REOPENED: _("A matter is taken up again"),
    NoticeKind.DISPUTED: _("A customer disputes the answer"),
    NoticeKind.EMERGENCY: _("Emergency: you are called out"),
    NoticeKind.EMERGENCY_NEWS: _("News of an emergency"),
    NoticeKind.EMERGENCY_SIGN: _("This may be an emergency"),
    NoticeKind.SIGN_FORM: _("An acceptance form waits for your signature"),
    NoticeKind.VISIT_DUE: _("A return visit is due"),
    NoticeKind.MESSAGE_FAILED: _("A message to a customer could not be delivered"),
    NoticeKind.NEW_MATERIAL: _("Something new came in to a ticket"),
    NoticeKind.GROUP_COMPLAINT: _("Many people complain about one cause"),
    NoticeKind.SPIKE: _("More complaints than chance explains"),
    NoticeKind.REVIEW_DUE: _("A review of the process is due"),
    NoticeKind.CASE_WAITING: _("A case for the library waits for you"),
    NoticeKind.PLAN_DUE: _("A rectification plan needs you"),
    NoticeKind.WEEK_DRAWN: _("The calls of a week were drawn: they wait to be scored"),
    NoticeKind.CLAIM_LAPSED: _("A call that you had claimed went back: nobody worked on it"),
    NoticeKind.EVALUATED: _("A call of yours was scored"),
    NoticeKind.MERIT_TOLD: _("A reward or a penalty is about you"),
    NoticeKind.MERIT_RETURNED: _("A reward or a penalty that you proposed came back"),
    NoticeKind.MERIT_OBJECTED: _("Somebody objects to a penalty: you rule"),
    NoticeKind.MERIT_RULED: _("An objection to a penalty that you proposed was ruled"),
    NoticeKind.SCHEME_DUE: _("The effect of rewards and penalties is to be looked at again"),
    NoticeKind.CAREER_NEWS: _("There is something new in your career plan"),
    NoticeKind.CAREER_DUE: _("A talk about a career plan is due"),
    NoticeKind.REPORT_READY: _("A report for you is ready"),
    NoticeKind.KNOWLEDGE_WAITING: _("A text of the knowledge base needs you"),
    NoticeKind.KNOWLEDGE_DUE: _("Articles should be looked at again"),
    NoticeKind.TRAINING_ASSIGNED: _("There is something for you to learn"),
    NoticeKind.TRAINING_DUE: _("Your training is due"),
    NoticeKind.EXAM_TO_MARK: _("Answers of a test wait to be marked"),
    NoticeKind.EXAM_MARKED: _("Your test is marked"),
    NoticeKind.ANNOUNCED: _("Something is on the notice board for you"),
    NoticeKind.APPEAL_MADE: _("Somebody appeals against an evaluation of yours"),
    NoticeKind.APPEAL_WAITING: _("An appeal waits for a ruling"),
    NoticeKind.APPEAL_RULED: _("An appeal was ruled on"),
    NoticeKind.APPEAL_LATE: _("The ruling on an appeal is late"),
    NoticeKind.SCORE_ENDING: _("Your time to appeal against a score ends soon"),
    NoticeKind.CALIBRATION_ASKED: _("You are asked to score the calls of a calibration"),
    NoticeKind.CALIBRATION_SHOWN: _("A calibration was revealed"),
    NoticeKind.COACHING_PLANNED: _("Coaching is planned"),
    NoticeKind.COACHING_DUE: _("Coaching is due"),
    NoticeKind.COACHING_ENDED: _("Your coaching has ended"),
    NoticeKind.KPI_FROZEN: _("Your figures of a month are fixed"),
    NoticeKind.KPI_OBJECTED: _("Somebody objects to a figure"),
    NoticeKind.KPI_RULED: _("Your objection to a figure was decided"),
    NoticeKind.SHIFTS: _("Your shifts were published or changed"),
    NoticeKind.SHIFT_ASKED: _("A swap or leave waits for your answer"),
    NoticeKind.SHIFT_ANSWERED: _("Your swap or leave was answered"),
    NoticeKind.HANDOVER_UNREAD: _("Nobody has read the hand-over"),
}

WAITS: Words = {
    WaitsFor.HANDLER: _("your turn"),
    WaitsFor.NOBODY_YET: _("nobody has taken it"),
    WaitsFor.SIGNATURE: _("signature"),
    WaitsFor.DEPARTMENT: _("answer of a department"),
    WaitsFor.EXECUTION: _("being carried out"),
    WaitsFor.APPRAISER: _("outside appraiser"),
    WaitsFor.CUSTOMER: _("the customer"),
    WaitsFor.OFFICE: _("answer to the customer"),
    WaitsFor.SIGNERS: _("signatures on the form"),
    WaitsFor.VISITOR: _("return visit"),
}

URGENCIES: Words = {
    Urgency.OVERDUE: _("overdue"),
    Urgency.TODAY: _("today"),
    Urgency.SOON: _("within three days"),
    Urgency.LATER: _("later"),
}

URGENCY_TONES: Mapping[str, str] = {
    Urgency.OVERDUE: "bad",
    Urgency.TODAY: "busy",
    Urgency.SOON: "open",
    Urgency.LATER: "quiet",
}

TERMS: Words = {
    TermKind.LEGAL: _("Legal term"),
    TermKind.REVIEW: _("Decision on the review"),
    TermKind.TARGET: _("House target"),
    TermKind.ACKNOWLEDGE: _("Acknowledge"),
    TermKind.FIRST_CONTACT: _("First contact"),
    TermKind.TRIAGE: _("Triage"),
    TermKind.TRANSFER: _("Transfer"),
    TermKind.DEPARTMENT: _("Department’s answer"),
    TermKind.FORM: _("Form signed"),
    TermKind.RETURN_VISIT: _("Return visit"),
    TermKind.ARCHIVE: _("Archive"),
    TermKind.LEAK: _("Report the leak"),
    TermKind.LEAK_TARGET: _("Report the leak (house target)"),
}

POSTS: Words = {
    "section": _("section manager"),
    "maintenance": _("maintenance office"),
    "deputy_gm": _("deputy general manager"),
    "gm": _("general manager"),
    "department": _("head of a department"),
}

SIGNED: Words = {**SUBJECTS, "form": _("Acceptance form")}
"""What a signature is asked under."""

CUSTODY_ACTS: Words = {
    "collected": _("Collected"),
    "handed_over": _("Handed over"),
    "verified": _("Checked: unchanged"),
    "differs": _("Checked: not what it was"),
    "withdrawn": _("Withdrawn"),
    "restored": _("Counts again"),
}
