"""The words that people read about emergencies, escalations, analysis, plans and cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from crm.domain.access import Action
from crm.domain.axes import Axis, title
from crm.domain.emergency import Trigger
from crm.gate.guard import may
from crm.web import refusal_words
from crm.web.locale import chosen_language
from crm.web.words import Words

TRIGGERS: Words = {
    "group": _("Twenty people or more, one cause"),
    "disaster": _("Disaster, accident or public health"),
    "regulator": _("Called major by the regulator"),
    "system_fault": _("Failure of a system"),
    "leak": _("Leak of customers’ data"),
    "media": _("The media"),
    "harm": _("Threat of harm"),
    "escalation": _("Escalated complaint"),
    "other": _("Something else"),
}

DUTIES: Words = {
    "lead": _("Lead"),
    "customers": _("Speaking with customers"),
    "floor": _("Agents on the floor"),
    "risk": _("Risk department"),
    "accounting": _("Accounting"),
    "marketing": _("Marketing and media"),
    "technology": _("Technology"),
    "compliance": _("Compliance"),
}

EMERGENCY_STATES: Words = {
    "open": _("Going on"),
    "reported": _("Report to be signed"),
    "closed": _("Over"),
    "stood_down": _("Was none"),
}
EMERGENCY_TONES: Mapping[str, str] = {"open": "bad", "reported": "busy", "closed": "good", "stood_down": "quiet"}

STEPS: Words = {
    "team": _("The whole team has answered"),
    "interim": _("Temporary solution"),
    "bulletin": _("Next bulletin"),
    "leak_report": _("Report of the leak (house target)"),
    "leak_report_legal": _("Report of the leak to the central bank (law)"),
}

ANSWERS: Words = {"coming": _("coming"), "cannot": _("cannot come")}

MESSAGE_WAYS: Words = {
    "sms": _("Text message"),
    "email": _("E-mail"),
    "phone": _("Telephone"),
    "letter": _("Letter"),
}

EMERGENCY_EVENTS: Words = {
    "declared": _("Emergency declared"),
    "called": _("Called to the team"),
    "answered": _("Answered the call-out"),
    "team_complete": _("The team is whole"),
    "team_late": _("The team is not whole in time"),
    "seat_short": _("Nobody is left to call for a seat"),
    "person_added": _("Put on a seat’s list"),
    "joined": _("Tickets joined"),
    "note": _("Note"),
    "measure": _("Temporary solution put in force"),
    "measure_ended": _("Temporary solution ended"),
    "bulletin": _("Bulletin issued"),
    "bulletin_due": _("Reminded of the next bulletin"),
    "bulletin_late": _("The next bulletin is late"),
    "interim_late": _("No temporary solution in time"),
    "leak_report_late": _("The report of the leak is late (house target)"),
    "leak_report_legal_late": _("The report of the leak is late (law)"),
    "leak_reported": _("Leak reported to the central bank"),
    "report": _("Closing report handed in"),
    "report_reopened": _("Closing report taken back"),
    "closed": _("Closed"),
    "stood_down": _("Stood down"),
}

REPORT_PARTS: Words = {
    "course": _("What happened when"),
    "cause": _("Why it happened"),
    "effect": _("Whom and how much it touched"),
    "measures": _("What was done"),
    "customers": _("What customers were told"),
    "lessons": _("What is changed so that it does not happen again"),
}

GROUNDS: Words = {
    "refused": _("The customer does not accept the first result"),
    "principle": _("A matter of principle"),
    "reputation": _("The house’s name may suffer"),
}
DECISIONS: Words = {
    "upheld": _("The first result stands"),
    "changed": _("The result is changed"),
    "special": _("Special handling"),
}
ESCALATION_STATES: Words = {
    "raised": _("Raised"),
    "investigating": _("Investigated anew"),
    "decided": _("Decided"),
}
HANDLING_STEPS: Words = {
    "0": _("First agent"),
    "1": _("Section manager"),
    "2": _("Customer maintenance office"),
    "3": _("Deputy general manager"),
    "4": _("General manager"),
}

PLAN_KINDS: Words = {
    "process": _("Process"),
    "system": _("System"),
    "product": _("Product"),
    "rule": _("Rule"),
    "training": _("Training"),
    "marketing": _("Marketing"),
    "education": _("Customer education"),
}
PLAN_STATES: Words = {
    "planned": _("Planned"),
    "working": _("Being carried out"),
    "done": _("Done, effect not checked"),
    "effective": _("Effective"),
    "ineffective": _("Not effective"),
    "cancelled": _("Cancelled"),
}
PLAN_TONES: Mapping[str, str] = {
    "planned": "open",
    "working": "busy",
    "done": "busy",
    "effective": "good",
    "ineffective": "bad",
    "cancelled": "quiet",
}
PLAN_MOVES: Words = {
    "begin": _("Begin"),
    "finish": _("Done"),
    "effective": _("It helped"),
    "ineffective": _("It did not help"),
    "cancel": _("Cancel"),
}
PLAN_SOURCES: Words = {
    "alarm": _("an alarm"),
    "emergency": _("an emergency"),
    "review": _("a review"),
    "ticket": _("a ticket"),
    "topic": _("a hot topic"),
    "pareto": _("the analysis of causes"),
    "own": _("an idea of one’s own"),
}
VERDICTS: Words = {
    "effective": _("fewer, and chance is no likely reason"),
    "unclear": _("too few to say"),
    "ineffective": _("not fewer"),
}

CASE_STATES: Words = {
    "draft": _("Draft"),
    "reviewed": _("Checked"),
    "published": _("Published"),
    "retired": _("Taken out"),
}
CASE_TONES: Mapping[str, str] = {"draft": "open", "reviewed": "busy", "published": "good", "retired": "quiet"}
CASE_MOVES: Words = {"review": _("Checked: nobody can be recognised"), "publish": _("Publish"), "retire": _("Take out")}

ALARM_STATES: Words = {"new": _("Not decided"), "dismissed": _("No cause for action"), "acted": _("Acted upon")}

LEARN_WHYS: Words = {
    "trigger: must be one of " + ", ".join(Trigger): _("Choose what makes it an emergency."),
    "title: must have 1 to 200 characters": _("Say in a few words what it is."),
    "situation: must have 1 to 10000 characters": _("Describe the situation."),
    "text: must have 1 to 10000 characters": _("Write something down."),
    "text: must have 1 to 4000 characters": _("Write something down."),
    "internal: must have 1 to 4000 characters": _("Write what departments are told."),
    "customer_zh: customers of this language are to be told, too": _("Write what customers are told in Chinese, too."),
    "customer_en: customers of this language are to be told, too": _("Write what customers are told in English, too."),
    "customer_zh: must have at most 400 characters": _("What customers are told must have at most 400 characters."),
    "customer_en: must have at most 400 characters": _("What customers are told must have at most 400 characters."),
    "owner: there is no such active user": _("There is no such active user."),
    "username: there is no such active user": _("There is no such active user."),
    "investigator: there is no such active user": _("There is no such active user."),
    "username: one of the matters is about him": _("One of the matters is about this person."),
    "ends_at: must lie ahead": _("The end must lie ahead."),
    "ends_at: must lie ahead, and after the beginning": _("The end must lie ahead, and after the beginning."),
    "outcome: say how it ended, or to whom it was handed over": _("Say how it ended, or to whom it was handed over."),
    "reason: say why this is no emergency": _("Say why this is no emergency."),
    "reason: say why it is none": _("Say why this is no emergency."),
    "reason: customers were told already: close it with a report": _(
        "Customers were told already: close it with a report."
    ),
    "report: the closing report is not complete": _("The closing report is not complete."),
    "the closing report is not complete": _("The closing report is not complete."),
    "who wrote the closing report does not sign it": _("Who wrote the closing report does not sign it."),
    "no interim solution was decided": _("No temporary solution was decided."),
    "interim measures are still in force: end them or hand them over": _(
        "Temporary solutions are still in force: end them or hand them over."
    ),
    "the final bulletin was not issued": _("The final bulletin was not issued."),
    "the report of the leak to the central bank is missing": _(
        "The report of the leak to the central bank is missing."
    ),
    "text: say how it was reported, and under which number": _("Say how it was reported, and under which number."),
    "this emergency is over, or at another point": _("This emergency is over, or at another point."),
    "he is on this seat's list already": _("This person is on the seat’s list already."),
    "this measure is over already": _("This temporary solution is over already."),
    "somebody else has decided on this signal": _("Somebody else has decided on this already."),
    "somebody else has decided on this alarm": _("Somebody else has decided on this already."),
    "note: say what lies behind it": _("Say what lies behind it."),
    "number: must have 3 to 20 digits": _("A number has 3 to 20 digits."),
    "rank: must be 1 to 9": _("The order must be 1 to 9."),
    "why: must have 1 to 10000 characters": _("Say why it is escalated."),
    "there is no first result that the customer could refuse": _(
        "There is no first result yet that the customer could refuse."
    ),
    "this complaint is escalated already": _("This complaint is escalated already."),
    "only complaints are escalated": _("Only complaints are escalated."),
    "this ticket is over: reopen it, or ask for a review": _("This ticket is over: reopen it, or ask for a review."),
    "somebody else changed this just now": _("Somebody else changed this just now. Look again, then decide."),
    "somebody else changed this plan just now": _("Somebody else changed this just now. Look again, then decide."),
    "somebody else changed this case just now": _("Somebody else changed this just now. Look again, then decide."),
    "investigator: nobody investigates a complaint about himself": _("Nobody investigates a complaint about himself."),
    "investigator: who handled the complaint before does not investigate it anew": _(
        "Who handled the complaint before does not investigate it anew."
    ),
    "nobody investigates a complaint about himself": _("Nobody investigates a complaint about himself."),
    "who handled the complaint before does not investigate it anew": _(
        "Who handled the complaint before does not investigate it anew."
    ),
    "nobody was named to investigate anew": _("Nobody was named to investigate anew."),
    "the findings of the new investigation are missing": _("The findings of the new investigation are missing."),
    "findings: must have 1 to 10000 characters": _("Write down what was found."),
    "only who investigates anew writes the findings": _("Only who investigates anew writes the findings."),
    "at least two people deliberate": _("At least two people deliberate."),
    "who is complained about takes no part in the deliberation": _(
        "Who is complained about takes no part in the deliberation."
    ),
    "somebody of a higher level takes part in the deliberation": _(
        "Somebody of a higher level takes part in the deliberation."
    ),
    "a decision with its reasons is needed": _("A decision with its reasons is needed."),
    "cause: must have 1 to 10000 characters": _("Say what lies behind the complaints."),
    "plan: must have 1 to 10000 characters": _("Say what is to be done."),
    "due_on: must not lie in the past": _("The date must not lie in the past."),
    "axis: name what is counted, or nothing": _("Choose what the effect is measured by, or nothing."),
    "the plan is not at this point": _("The plan is not at this point."),
    "say what was done or found": _("Say what was done or found."),
    "who carried it out does not check its effect": _("Who carried it out does not check its effect."),
    "it is too early to check the effect": _("It is too early to check the effect."),
    "held_on: the period lies before the sitting, and the sitting not ahead": _(
        "The period lies before the sitting, and the sitting not ahead."
    ),
    "departments: at least two departments take part": _("At least two departments take part."),
    "people: must have 1 to 10000 characters": _("Write down who was there."),
    "decisions: must have 1 to 10000 characters": _("Write down what was decided."),
    "case: title is missing": _("The title is missing."),
    "case: situation is missing": _("The situation is missing."),
    "case: handling is missing": _("What was done is missing."),
    "case: lessons is missing": _("What is learnt from it is missing."),
    "case: it holds a telephone number": _("It holds a telephone number: take it out."),
    "case: it holds an identity number": _("It holds an identity number: take it out."),
    "case: it holds a card or account number": _("It holds a card or account number: take it out."),
    "case: it holds an e-mail address": _("It holds an e-mail address: take it out."),
    "case: it holds a name": _("It holds the name of somebody in the matter: take it out."),
    "a draft is checked by compliance, and not by its author": _(
        "A draft is checked by compliance, and not by its author."
    ),
    "a case that was checked is published by a trainer, and not by its author": _(
        "A case that was checked is published by a trainer, and not by its author."
    ),
    "only its author edits a draft": _("Only its author edits a draft."),
    "period: is not over yet": _("This period is not over yet."),
    "period: must be a month (2026-10) or a year (2026)": _("Name a month (2026-10) or a year (2026)."),
    "last: must not be before the first day, nor more than five years after it": _(
        "The last day must not be before the first one, nor more than five years after it."
    ),
    "there is no such ticket": _("There is no such ticket that you may see."),
}


def why(error: Exception | str) -> str:
    """What a person reads when a service refused."""
    found = LEARN_WHYS.get(str(error))
    return str(found) if found is not None else refusal_words.plain(error)


def axis_title(axis: str, key: str) -> str:
    """What people read for a key of an axis."""
    if axis == "all":
        return str(gettext("All complaints"))
    return title(Axis(axis), key, chosen_language()) if axis in set(Axis) else key


TABLES: Mapping[str, Words] = {
    "triggers": TRIGGERS,
    "duties": DUTIES,
    "emergency_states": EMERGENCY_STATES,
    "emergency_steps": STEPS,
    "emergency_events": EMERGENCY_EVENTS,
    "answers": ANSWERS,
    "message_ways": MESSAGE_WAYS,
    "report_parts": REPORT_PARTS,
    "grounds": GROUNDS,
    "decisions": DECISIONS,
    "escalation_states": ESCALATION_STATES,
    "handling_steps": HANDLING_STEPS,
    "plan_kinds": PLAN_KINDS,
    "plan_states": PLAN_STATES,
    "plan_moves": PLAN_MOVES,
    "plan_sources": PLAN_SOURCES,
    "verdicts": VERDICTS,
    "case_states": CASE_STATES,
    "case_moves": CASE_MOVES,
    "alarm_states": ALARM_STATES,
}
"""Tables that templates name."""

FUNCTIONS: Mapping[str, Any] = {
    "emergency_tones": EMERGENCY_TONES,
    "plan_tones": PLAN_TONES,
    "case_tones": CASE_TONES,
    "learn_why": why,
    "axis_title": axis_title,
    "may_read_cases": lambda: may(Action.KNOWLEDGE_READ),
    "reads_figures": lambda: may(Action.ANALYSIS_READ),
}
"""What templates call."""
