"""The words of the handling order: steps, acts, posts, what is signed, and why something cannot be done."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from crm.domain import catalogue, statistics_codes
from crm.domain.money import yuan
from crm.domain.statistics_codes import Axis
from crm.web import intake_words, move_words
from crm.web.locale import chosen_language
from crm.web.words import Words
from crm.web.work_words import sentence

STEPS: Words = {
    "0": _("First agent"),
    "1": _("Section manager or deputy"),
    "2": _("Customer maintenance office"),
    "3": _("Deputy general manager"),
    "4": _("General manager"),
}

LEVELS: Words = {
    "1": _("Level 1: grumbling. Dislikes or misread the policy, the rules or how things work"),
    "2": _("Level 2: our service. Attitude, skill or a mistake of our people"),
    "3": _("Level 3: our systems. Network, system or another department’s operating error"),
}

LEVEL_ORDERS: Words = {
    "1": _(
        "Explain the policy, the rules and the right way tactfully. Not satisfied: one step up at a time; at the top, "
        "special handling is talked over with other departments. The maintenance office tells the result."
    ),
    "2": _(
        "Apologise first. The maintenance office reports up to the general manager; a warning or penalty is decided; "
        "a loss that is verified is compensated after talking with the departments. The maintenance office tells the "
        "result."
    ),
    "3": _(
        "Apologise, and say only that an answer follows when the matter has been checked. It is reported layer by "
        "layer; the general managers agree the measure with the departments. The maintenance office tells the result."
    ),
}

ACTS: Words = {
    "checked": _("First check of grounds and demand"),
    "soothed": _("Calmed the customer, said what to expect"),
    "explained": _("Explained policy, rules and the right way"),
    "apologised": _("Apologised"),
    "promised_check": _("Said that an answer follows after a check"),
    "passed_up": _("Passed up the handling order"),
    "reported": _("Reported to the general managers"),
    "consulted": _("Talked it over with a department"),
    "measure_agreed": _("Measure agreed with the departments"),
    "loss_verified": _("Loss verified"),
    "penalty_proposed": _("Penalty proposed"),
    "no_penalty": _("No penalty, for a reason"),
    "result_told": _("Result told, with an apology"),
    "regraded": _("Graded anew"),
    "new_facts": _("New facts came in"),
}

DUE: Words = {
    **ACTS,
    "penalty_proposed/no_penalty": _("Decide on a warning or penalty, or say why there is none"),
    "penalty_signed": _("A proposed penalty waits for its signature"),
    "reported": _("Report to the general managers"),
    "measure_agreed": _("The departments and the general managers agree on the measure"),
    "consulted": _("Talk the verified loss over with the departments"),
}

POSTS: Words = {
    "section": _("Section manager or deputy"),
    "maintenance": _("Customer maintenance office"),
    "deputy_gm": _("Deputy general manager"),
    "gm": _("General manager"),
    "department": _("Head of the department"),
}

SUBJECTS: Words = {
    "solution": _("Solution"),
    "extend_30": _("Longer term: 30 days"),
    "extend_60": _("Longer term: 60 days"),
    "extend_pboc": _("Longer term of a matter that the central bank forwarded"),
    "penalty": _("Warning or penalty"),
    "regrade": _("A lower level"),
    "export": _("Export of a recording"),
}

REQUEST_STATES: Words = {
    "open": _("waits for signatures"),
    "approved": _("signed by all"),
    "returned": _("sent back"),
    "superseded": _("replaced"),
}

DECISIONS: Words = {"approve": _("signed"), "return": _("sent back")}

FIELDS: Words = {
    "subject": _("What is signed"),
    "post": _("Post"),
    "decision": _("Decision"),
    "in_place_of": _("In place of"),
    "from": _("From"),
    "to": _("To"),
    "signed_by": _("Signed by"),
    "person": _("Person"),
    "kind": _("Kind"),
    "parent": _("Complaint"),
    "promises": _("Words like a promise"),
    "review": _("Review"),
}
"""What events of the handling order carry."""

PENALTIES: Words = {
    "oral_warning": _("Oral warning"),
    "written_warning": _("Written warning"),
    "bonus_deduction": _("Deduction from the bonus"),
}

DEPARTMENT_KINDS: Words = {
    "centre": _("Centre"),
    "section": _("Section of agents"),
    "office": _("Office"),
    "department": _("Department"),
    "upper": _("Upper office"),
}

MEMBER_POSTS: Words = {"head": _("Head"), "deputy": _("Deputy head"), "member": _("Member")}

CAUTIONS = (
    _("Do not quarrel with the customer."),
    _("Calm the customer, but promise nothing before it is decided."),
    _("Check the details with care."),
    _("Tell nobody whom it does not concern."),
)

EVENTS: Words = {
    **{f"act_{act}": title for act, title in ACTS.items()},
    "approval_signed": _("Signed or sent back"),
    "escalated": _("One step up the handling order"),
    "regraded": _("Graded anew"),
    "new_facts": _("New facts: the term begins anew"),
    "merged_in": _("Another ticket was merged into this one"),
    "review_asked": _("A review was asked for"),
    "review_changed": _("The review found otherwise"),
    "penalty_imposed": _("Penalty imposed"),
    "penalty_refused": _("Penalty not agreed to"),
}

VALUES = {
    "subject": SUBJECTS,
    "post": POSTS,
    "decision": DECISIONS,
    "kind": PENALTIES,
    "step": STEPS,
    "lapse": move_words.LAPSES,
    "form": intake_words.FORMS,
}
"""Fields of events whose values are codes."""

WHYS: Words = {
    "the handling order is for complaints": _("The handling order is for complaints."),
    "the matter has ended": _("The matter has ended."),
    "this is written down by what it belongs to": _("This is written down by itself when it happens."),
    "there is nobody higher in the handling order": _("There is nobody higher in the handling order."),
    "only a complaint that is not answered yet is graded anew": _(
        "Only a complaint that is not answered yet is graded anew."
    ),
    "it is graded first at its triage": _("It gets its first level at the triage."),
    "it has this level already": _("It has this level already."),
    "these roles do not grade this ticket": _("Your role does not grade this ticket."),
    "only the maintenance office and its superiors find that facts are new": _(
        "Only the maintenance office and its superiors find that facts are new."
    ),
    "the matter was answered: take it up again": _("The matter was answered: take it up again instead."),
    "level: a complaint needs its level: 1, 2 or 3": _("A complaint needs its level: 1, 2 or 3."),
    "new_facts: what is new must be written down, and where it comes from": _(
        "Write down what is new, and where it comes from."
    ),
    "received_at: must lie between the receipt of the complaint and now": _(
        "The day it reached us must lie between the complaint and today."
    ),
    "department: the department that was asked must be named": _("Name the department that was asked."),
    "department: there is no upper office: make one among the departments": _(
        "There is no upper office yet: an administrator makes one among the departments."
    ),
    "these roles do not propose penalties": _("Your role does not propose penalties."),
    "person: there is no such person": _("There is nobody of this user name."),
    "person: nobody decides about himself": _("Nobody decides about himself."),
    "person: the general manager is for those above him": _("The general manager is for those above him."),
    "amount: a deduction needs its amount, a warning has none": _("A deduction needs its amount; a warning has none."),
    "somebody else signed just now": _("Somebody else signed just now. Look again."),
    "only the decision on a complaint is reviewed": _("Only the decision on a complaint is reviewed."),
    "there is no decision yet that could be reviewed": _("There is no decision yet that could be reviewed."),
    "channel: a review is asked for in writing": _("A review is asked for in writing."),
    "received_at: must lie between the notice and now": _(
        "The day it reached us must lie between the notice and today."
    ),
    "a review of this complaint is under way": _("A review of this complaint is under way."),
    "only he himself, the general manager or an administrator names his deputy": _(
        "Only he himself, the general manager or an administrator names his deputy."
    ),
    "deputy: nobody is his own deputy": _("Nobody is his own deputy."),
    "principal: there is no such active user": _("There is nobody of this user name who is active."),
    "deputy: there is no such active user": _("There is nobody of this user name who is active."),
    "principal: must be somebody who signs: a manager, the maintenance office, or a head": _(
        "Only for somebody who signs: a manager, the maintenance office or the head of a department."
    ),
    "deputy: must be somebody who signs: a manager, the maintenance office, or a head": _(
        "A deputy must be somebody who signs: a manager, the maintenance office or the head of a department."
    ),
    "somebody else stands in for him in that time already": _("Somebody else stands in for him in that time already."),
    "these roles do not change departments": _("Your role does not change departments."),
    "code: must have 2 to 40 of a-z 0-9 _, a letter first": _(
        "A code has 2 to 40 small letters, digits and _, a letter first."
    ),
    "days: a more urgent matter must not have more days than a less urgent one": _(
        "A more urgent matter must not have more days than a less urgent one."
    ),
    "days: must be 1 to 60": _("Days are 1 to 60, or empty for the house's rule."),
}
"""What the services answer, in the language of the screen."""


_AXES = {"business_code": Axis.BUSINESS, "reason_code": Axis.REASON, "channel_code": Axis.CHANNEL}


def shown(name: str, value: object) -> str:
    """What people read for a field of an event."""
    if isinstance(value, list):
        return ", ".join(shown(name, one) for one in value)
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    text, language = str(value), chosen_language()
    if name in _AXES:
        return statistics_codes.title(_AXES[name], text, language) or text
    if name == "category":
        return catalogue.title(text, language) or text
    if name in {"amount_fen", "cost_fen"} and isinstance(value, int):
        return f"{yuan(value)} {_('yuan')}"
    found = VALUES.get(name, {}).get(text)
    return str(found) if found is not None else text


def said(error: Exception) -> str:
    """What a person reads when a service refused."""
    found = WHYS.get(str(error)) or move_words.WHYS.get(str(error))
    return str(found) if found is not None else sentence(error)
