"""The words that people read about intake: forms, receipts, suggestions, what tickets have in common."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

from crm.domain.submissions import Fault
from crm.web import refusal_words
from crm.web.words import Words, word

PARTS: Words = {
    "text": _("What happened to you"),
    "demand": _("What you ask for"),
    "name": _("Name"),
    "phone": _("Telephone"),
    "email": _("E-mail"),
    "user_name": _("User name"),
    "postal_address": _("Postal address"),
    "preferred": _("Preferred way to be answered"),
    "occurred_at": _("When it happened"),
    "received_at": _("When it came in"),
    "amount": _("Amount in yuan"),
    "complained_about": _("Who or what the complaint is about"),
    "on_behalf": _("On whose behalf"),
    "representative": _("Who speaks for the complainant"),
    "people": _("How many people"),
    "place": _("Branch or place"),
    "platform": _("Platform"),
    "handle": _("Name on the platform"),
    "external_url": _("Link to the post"),
    "files": _("Files"),
    "file": _("File"),
    "category": _("Category"),
    "business_code": _("Business"),
    "reason_code": _("Reason"),
    "channel_code": _("Where the business was done"),
    "level": _("Level"),
    "severity": _("Severity"),
    "kind": _("Kind"),
    "channel": _("Came by"),
    "language": _("Language"),
    "form": _("Told"),
    "reason": _("Reason"),
    "note": _("Note"),
}

FAULTS: Mapping[Fault, object] = {
    Fault.MISSING: _("Please fill this in."),
    Fault.TOO_LONG: _("This is too long."),
    Fault.NOT_A_NUMBER: _("This is not a number that can be used here."),
    Fault.NOT_AN_ADDRESS: _("This does not look like an address."),
    Fault.NO_WAY_TO_REACH: _("We need a way to answer you: a telephone number, an e-mail address or a postal address."),
    Fault.NEEDED_FOR_PREFERRED: _("You want to be answered this way: please fill it in, or choose another way."),
    Fault.NOT_A_CHOICE: _("Please choose one of those offered."),
    Fault.NOT_THEN: _("This time cannot be right."),
    Fault.TOO_MANY: _("These are too many."),
    Fault.UNREADABLE: _("This could not be read."),
}

PREFERRED: Words = {
    "phone": _("By telephone"),
    "sms": _("By text message"),
    "email": _("By e-mail"),
    "letter": _("By letter"),
}

ON_BEHALF: Words = {
    "self": _("For oneself"),
    "agent": _("For somebody who has difficulty (with a signed authorisation)"),
    "heir": _("As an heir"),
    "guardian": _("As a guardian"),
    "organisation": _("For an organisation"),
}

FORMS: Words = {"oral": _("Orally"), "written": _("In writing")}

RECEIPTS: Words = {
    "none": _("Not given yet"),
    "shown": _("Shown on the page"),
    "told": _("Told by a person"),
    "queued": _("Sent"),
}

STAGES: Words = {
    "registered": _("We have your matter."),
    "acknowledged": _("We have confirmed that we received it."),
    "triaged": _("It is with the people in charge."),
    "investigating": _("We are looking into it."),
    "pending_approval": _("A decision is being taken."),
    "executing": _("What was decided is being carried out."),
    "notified": _("We have answered, or are about to."),
    "closed": _("It is closed."),
    "withdrawn": _("It was withdrawn."),
    "merged": _("It is dealt with together with another one."),
    "not_handled": _("We cannot deal with it; we have told you why."),
}

AXES: Words = {
    "kind": _("Kind"),
    "level": _("Level"),
    "severity": _("Severity"),
    "business": _("Business"),
    "reason": _("Reason"),
    "incident": _("Class of incident"),
    "category": _("Category"),
}

SIGNS: Words = {
    "media": _("Media"),
    "regulator": _("Regulator"),
    "legal": _("Legal steps"),
    "harm": _("Threat of harm"),
    "vulnerable": _("Vulnerable person"),
    "leak": _("Data leak"),
    "group": _("Many people"),
}

SIGN_TONES: Mapping[str, str] = {"harm": "bad", "leak": "bad", "media": "bad", "regulator": "bad", "group": "busy"}

LINK_KINDS: Words = {"duplicate": _("The same matter"), "repeat": _("A repeat")}

LINK_STATES: Words = {
    "suggested": _("To be decided"),
    "merged": _("Merged"),
    "linked": _("A repeat, kept as a matter of its own"),
    "apart": _("Different matters"),
}

WHYS: Words = {
    "person": _("the same customer"),
    "text": _("tells the same"),
    "like": _("tells something alike"),
    "category": _("the same category"),
    "amount": _("the same amount"),
    "day": _("happened on the same day"),
    "party": _("about the same people"),
    "open": _("still open"),
    "ended": _("has ended"),
}

MAIL_STATES: Words = {
    "ticket": _("Became a ticket"),
    "reply": _("Put to its ticket"),
    "ignored": _("Not taken in"),
    "held": _("Waits for a person"),
    "filed": _("Filed by a person"),
}

MAIL_WHYS: Words = {
    "automatic": _("an automatic answer"),
    "bounce": _("a report that a mail of ours could not be delivered"),
    "list": _("a mail to a list, a newsletter"),
    "ours": _("our own mail"),
    "flood": _("too many mails from one sender in an hour"),
    "unreadable": _("could not be read"),
    "empty": _("has neither words nor files"),
}

GROUP_STATES: Words = {
    "forming": _("Forming"),
    "noticed": _("Many people"),
    "confirmed": _("One cause"),
    "dismissed": _("Not one cause"),
}

FILE_WHYS: Words = {
    "is empty": _("is empty"),
    "is of a kind that is not taken": _("is of a kind that is not taken"),
    "is damaged and does not open": _("is damaged and does not open"),
    "is locked with a password": _("is locked with a password"),
    "must have at most 20 MB": _("is larger than 20 MB"),
    "would be more than 100 files of one ticket": _("would be more than 100 files of one ticket"),
}

SENTENCES: Words = {
    "reason: a reason must be given": _("A reason must be given."),
    "note: say why": _("Say why."),
    "text: is needed": _("Please write something, or add a file."),
    "your role does not allow this": _("Your role does not allow this."),
    "your role does not decide this": _("Your role does not decide this."),
    "your role does not classify this ticket": _("Your role does not classify this ticket."),
    "these tickets are merged already": _("These tickets are merged already."),
    "somebody decided on this group already": _("Somebody decided on this group already."),
    "somebody decided on this mail already": _("Somebody decided on this mail already."),
    "the ticket has changed since it was read": _(
        "Somebody changed this ticket while you were reading it. Look again."
    ),
    "the ticket has been graded: kind, level and severity are changed by a re-grading": _(
        "The ticket has been graded: kind, level and severity are changed by a re-grading."
    ),
    "kind: a review is made from its complaint": _("A review is made from its complaint."),
    "the case file is not open for this now": _("This ticket has ended; nothing is changed in it now."),
    "this ticket has no record of its intake yet": _("This ticket is being looked at; try again in a moment."),
}


def fault(found: Fault | str) -> str:
    """What a person reads for a fault."""
    return str(FAULTS.get(Fault(found), found)) if found in set(Fault) else str(found)


def file_sentence(message: str) -> str:
    """What a person reads when a file is not taken: its name, and why."""
    name, _colon, why = message.rpartition(": ")
    said = word(FILE_WHYS, why) if why in FILE_WHYS else why
    return f"{name}: {said}" if name else said


def sentence(error: Exception) -> str:
    """What a person reads when a service refused."""
    found = SENTENCES.get(str(error))
    if found is not None:
        return str(found)
    return refusal_words.plain(error)
