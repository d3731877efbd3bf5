"""The words of the reply and what follows it: states, outcomes, and what is said when something cannot be done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from crm.gate.deps import deps

PARTS: Mapping[str, LazyString] = {
    "facts": _("Facts found"),
    "basis": _("Basis"),
    "solution": _("Solution"),
    "execution": _("What was carried out"),
    "remedies": _("Ways out for the customer"),
}
REPLY_STATES: Mapping[str, LazyString] = {
    "draft": _("draft"),
    "sent": _("sent, not proven yet"),
    "told": _("the customer has been told"),
    "void": _("given up"),
}
FORM_STATES: Mapping[str, LazyString] = {
    "signing": _("being signed"),
    "complete": _("signed by all"),
    "filed": _("filed"),
    "void": _("given up"),
}
VISIT_OUTCOMES: Mapping[str, LazyString] = {
    "satisfied": _("satisfied"),
    "not_satisfied": _("not satisfied"),
    "no_answer": _("not reached"),
    "refused": _("does not want to be asked"),
}
VISIT_KINDS: Mapping[str, LazyString] = {
    "complaint": _("After a complaint"),
    "periodic": _("Periodic"),
    "service": _("About products"),
}
VISIT_STATES: Mapping[str, LazyString] = {
    "planned": _("planned"),
    "done": _("done"),
    "cancelled": _("called off"),
}
MESSAGE_STATES: Mapping[str, LazyString] = {
    "queued": _("waiting"),
    "sent": _("sent"),
    "delivered": _("arrived"),
    "failed": _("failed"),
    "cancelled": _("cancelled"),
}
MESSAGE_TONES: Mapping[str, str] = {
    "queued": "busy",
    "sent": "good",
    "delivered": "good",
    "failed": "bad",
    "cancelled": "quiet",
}
CHANNELS: Mapping[str, LazyString] = {
    "email": _("E-mail"),
    "sms": _("Text message"),
    "phone": _("Telephone"),
    "letter": _("Letter"),
}
QUEUED: Mapping[str, LazyString] = {
    "email": _("The reply is on its way by e-mail. The ticket moves by itself when the mail server has taken it."),
    "sms": _("The reply is on its way by text message. The ticket moves by itself when the provider has taken it."),
    "phone": _("A task to tell the customer on the telephone was made. Say below what came of the call."),
    "letter": _("The letter can be printed. Say below under which number it was posted, and who signed for it."),
}
CALL_OUTCOMES: Mapping[str, LazyString] = {
    "told": _("Told the whole reply"),
    "no_answer": _("Nobody answered"),
    "busy": _("The line was busy"),
    "wrong_number": _("Not the customer's number"),
}
TEMPLATES: Mapping[str, LazyString] = {
    "receipt": _("Receipt"),
    "progress": _("Progress"),
    "reply": _("Reply"),
    "extension": _("More time"),
    "suspension": _("Outside appraisal"),
    "not_handled": _("Not handled"),
    "withdrawn": _("Withdrawn"),
    "merged": _("Joined to another"),
    "questionnaire": _("Questionnaire"),
    "survey": _("Survey"),
    "visit": _("Return visit"),
    "bulletin": _("Bulletin"),
    "callout": _("Call-out"),
    "staff_note": _("Note to staff"),
    "answer": _("Answer"),
}
DOCUMENTS: Mapping[str, LazyString] = {
    "reply_letter": _("Letter of reply"),
    "acceptance_form": _("Acceptance form"),
    "archive": _("Archive"),
    "deletion_report": _("Report of a deletion"),
    "regulator_export": _("File for an authority"),
}

FIELDS: Mapping[str, LazyString] = {
    "template": _("Message"),
    "place": _("Signature"),
    "told_at": _("The customer has it since"),
    "due_at": _("Due"),
    "visitor": _("Visitor"),
    "outcome": _("Outcome"),
    "tries": _("Tries in vain"),
    "score": _("Mark, 5 is best"),
    "settled": _("Settled"),
    "disputes": _("Disputes"),
    "opinion": _("What he says"),
    "reference": _("Reference"),
    "files": _("Files"),
    "rule": _("Rule"),
    "recordings": _("Recordings"),
    "attachments": _("Files that came with it"),
    "messages": _("Messages"),
}
"""Of events: what they carry."""
DELETION_KINDS: Mapping[str, LazyString] = {"expiry": _("What is over, list"), "early": _("Before its time, list")}
DELETION_STATES: Mapping[str, LazyString] = {
    "proposed": _("waits for somebody to agree"),
    "agreed": _("being carried out"),
    "done": _("carried out"),
    "refused": _("refused"),
}
DELETION_OUTCOMES: Mapping[str, LazyString] = {"deleted": _("deleted"), "held": _("held"), "kept": _("kept")}
RETENTION_RULES: Mapping[str, LazyString] = {
    "complaint_file_years": _("file of a complaint"),
    "service_recording_years": _("recording of a service call"),
    "early": _("before its time"),
}
EXPORT_STATES: Mapping[str, LazyString] = {
    "queued": _("being made"),
    "done": _("made"),
    "failed": _("failed"),
}
LETTERHEAD: Mapping[str, LazyString] = {
    "hotline": _("Hotline"),
    "address": _("Postal address"),
    "email": _("E-mail"),
    "bank": _("Bank"),
    "centre": _("Service centre"),
    "office": _("Customer maintenance office"),
    "review": _("Review, with {days}"),
    "mediation": _("Mediation"),
    "arbitration": _("Arbitration"),
    "litigation": _("Litigation"),
    "regulator": _("Regulators"),
    "association": _("Consumer organisation"),
}

AFTER_WHYS: Mapping[str, LazyString] = {
    "customer: has not agreed to calls about products": _("This customer has not agreed to calls about products."),
    "a visit about products is planned already": _("A visit about products is planned already."),
    "nobody speaks of products while a complaint is open": _("Nobody speaks of products while a complaint is open."),
    "due_at: must lie ahead": _("The time must lie ahead."),
    "there is no such customer": _("There is no such customer."),
    "a ticket is archived when it is closed": _("A ticket is archived when it is closed."),
    "somebody else agrees to what you proposed": _("Somebody else agrees to what you proposed."),
    "somebody else decided about this list": _("Somebody else decided about this list in the meantime."),
    "this hold is lifted already": _("This hold is lifted already."),
    "numbers: must name archived tickets": _("Name tickets that have an archive."),
    "until: must lie after the beginning, at most ten years": _(
        "The end must lie after the beginning, at most ten years."
    ),
    "body: for whom it is and why must be said": _("Say for whom it is, and why."),
    "review: must say {days}: the days within which a review can be asked for": _(
        "The sentence about the review must hold {days}: the days within which it can be asked for."
    ),
    "somebody else changed the letterhead just now": _("Somebody else changed the letterhead in the meantime."),
    "all have signed": _("All have signed."),
    "it is somebody else's turn to sign": _("It is somebody else's turn to sign."),
    "the first agent signs here": _("The first agent signs here."),
    "nobody signs the form of a complaint about himself": _("Nobody signs the form of a complaint about himself."),
    "each opinion is another person's": _("Each opinion is another person's."),
    "this form is not open for signatures": _("This form is not open for signatures."),
    "somebody else signed in the meantime; look again": _("Somebody else signed in the meantime. Look again."),
    "somebody else signed just now": _("Somebody else signed in the meantime. Look again."),
    "the form is filled in when the customer has his answer": _(
        "The form is filled in when the customer has his answer."
    ),
    "the form is filled in already": _("The form is filled in already."),
    "the form lacks signatures, or is filed already": _("The form lacks signatures, or is filed already."),
    "the form is filed by the maintenance office": _("The form is filed by the maintenance office."),
    "password: this is not your password": _("This is not your password: a signature needs it."),
    "opinion: what he is not satisfied with must be written down": _("Write down what he is not satisfied with."),
    "the customer is asked when he has his answer": _("The customer is asked when he has his answer."),
    "satisfaction: must be 1 to 5": _("Choose a mark from 1 to 5."),
    "satisfaction: ask how satisfied he is, and whether the matter is settled": _(
        "Ask how satisfied he is, and whether the matter is settled."
    ),
    "visitor: whoever had a hand in the matter does not make its visit": _(
        "Whoever had a hand in the matter does not make its visit."
    ),
    "whoever had a hand in the matter does not make its visit": _(
        "Whoever had a hand in the matter does not make its visit."
    ),
    "visitor: there is nobody of this name who makes visits": _("There is nobody of this name who makes visits."),
    "take the visit first": _("Take the visit first."),
    "somebody else makes this visit": _("Somebody else makes this visit."),
    "this visit has ended": _("This visit has ended."),
    "the visit after a complaint is made in any case": _("The visit after a complaint is made in any case."),
    "the reply lacks a part": _(
        "The reply lacks a part: facts, basis, solution, execution and the ways out are needed."
    ),
    "channel: the reply lacks a part": _(
        "The reply lacks a part: facts, basis, solution, execution and the ways out are needed."
    ),
    "channel: the ticket is not ready to be answered": _("The ticket is not ready to be answered."),
    "channel: no address of the customer is known": _(
        "No address of the customer is known: enter one on the customer's page."
    ),
    "channel: the customer's own channel comes first; say why not": _(
        "The customer asked for another channel: use that one, or say why not."
    ),
    "channel: there is no address for this channel": _("There is no address for this channel."),
    "channel: choose how the customer is told": _("Choose how the customer is told."),
    "the reply is written while the matter is worked on": _("The reply is written while the matter is worked on."),
    "this reply has been sent; it is not changed any more": _("This reply has been sent; it is not changed any more."),
    "somebody else changed the reply in the meantime": _(
        "Somebody else changed the reply in the meantime. What you typed is still here: compare, then save again."
    ),
    "the reply is not written yet": _("The reply is not written yet."),
    "the final answer is given by the maintenance office": _("The final answer is given by the maintenance office."),
    "call_id: must be a call with the customer that was answered": _(
        "Choose the call in which the customer was told; only a call that was answered proves it."
    ),
    "call_id: must be a call of this ticket, made since the message was written": _(
        "Choose a call with this customer that was made after the reply was sent."
    ),
    "spoke_with: it must be said who was told": _("Say whom you told."),
    "tracking: must have 4 to 60 characters: only a registered letter proves anything": _(
        "Enter the number of the registered letter."
    ),
    "received_by: it must be said who signed for it": _("Say who signed for the letter."),
    "at: must lie between the writing of the message and now": _("The time must lie between the writing and now."),
    "at: must be a day and a time": _("Enter a day and a time."),
}


_TABLES: Mapping[str, Mapping[str, LazyString]] = {
    "template": TEMPLATES,
    "channel": CHANNELS,
    "outcome": VISIT_OUTCOMES,
    "kind": VISIT_KINDS,
    "rule": RETENTION_RULES,
    "settled": {"True": _("yes"), "False": _("no")},
    "disputes": {"True": _("yes"), "False": _("no")},
}
_MOMENTS = frozenset({"told_at", "due_at"})


def shown(name: str, value: object) -> str:
    """A value of an event as people read it; empty: others know it."""
    if name in _MOMENTS:
        return _moment(str(value))
    found = _TABLES.get(name, {}).get(str(value))
    return str(found) if found is not None else ""


def _moment(text: str) -> str:
    try:
        return f"{datetime.fromisoformat(text).astimezone(deps().centre.zone):%Y-%m-%d %H:%M}"
    except ValueError:
        return text
