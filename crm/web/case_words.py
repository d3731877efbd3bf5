"""The words of a case file: what events are called, and what is said when something cannot be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from crm.domain.catalogue import Title
from crm.web import move_words
from crm.web.after_words import AFTER_WHYS
from crm.web.handling_words import said
from crm.web.locale import chosen_language
from crm.web.term_words import TERM_WHYS

CASE_WHYS: Mapping[str, LazyString] = {
    "the case file is not open for this now": _("The case file is not open for this now: see where the matter stands."),
    "your role does not write in this case file": _("Your role does not write in this case file."),
    "somebody else changed the findings meanwhile": _(
        "Somebody else changed the findings meanwhile. What you typed is still here: compare, then save again."
    ),
    "somebody else changed the solution meanwhile": _(
        "Somebody else changed the solution meanwhile. What you typed is still here: compare, then save again."
    ),
    "nobody handles or decides a matter about himself": _("Nobody handles or decides a matter about himself."),
    "text: a file, a recording or what was read off is needed": _(
        "Evidence needs a file, a recording, or what was read off."
    ),
    "recording_id: must be a recording of this ticket that you may hear": _(
        "Choose a recording of this ticket that you may hear."
    ),
    "recording_id: this recording has no transcript yet": _("This recording has no transcript yet."),
    "this is evidence of the case already": _("This is evidence of the case already."),
    "this evidence is withdrawn": _("This evidence is withdrawn."),
    "this evidence is not withdrawn": _("This evidence counts already."),
    "reason: a reason must be given": _("Say why."),
    "obtained_at: must lie in the past, within ten years": _("The time it was obtained must lie in the past."),
    "causes: must be a tree with one root cause": _("The causes must be a tree with one root cause."),
    "code: must be one of the house's causes": _("Choose the kind of cause from the list."),
    "code: the root cause needs its kind": _("Choose the kind of the root cause from the list."),
    "cause: there is no such cause": _("This cause is not there any more."),
    "parent: there is no such cause": _("The cause above it is not there any more."),
    "name: must say who it is": _("Say who it is."),
    "ground: must say why": _("Say on what ground."),
    "degree: who is fully responsible leaves nothing for others": _(
        "Who is fully responsible leaves nothing for others: choose shares that fit together."
    ),
    "degree: nobody has no share of the responsibility": _("“Nobody” has no share of the responsibility."),
    "user: there is no such user": _("There is no user of this name."),
    "user: there is no such active user": _("There is no active user of this name."),
    "user: only a member of staff has a user name": _("Only a member of staff has a user name."),
    "department: there is no such department": _("Choose a department."),
    "amount: must be an amount in yuan with at most two decimals, as 1234.50": _(
        "The amount must be in yuan with at most two decimals, as 1234.50."
    ),
    "amount: is more than any amount here": _("The amount is larger than any that can be meant here."),
    "amount: this remedy needs its amount": _("This remedy needs its amount."),
    "amount: this remedy costs nothing": _("This remedy costs nothing: leave the amount empty."),
    "no_cost: contradicts the amounts of the remedies": _(
        "The remedies have amounts, so the solution cannot be without cost."
    ),
    "who: must be one person or one department": _("Name one person or one department for the step, not both."),
    "measure: there is no such remedy": _("This remedy is not there any more."),
    "due_at: must be a date and a time": _("Say when it is due: date and time."),
    "obtained_at: must be a date and a time": _("Say when: date and time."),
    "at: must be a date and a time": _("Say when: date and time."),
    "next_report_at: must be a date and a time": _("Say when: date and time."),
    "due_at: must lie ahead": _("The due time must lie ahead."),
    "due_at: must lie ahead, within two months": _("The due time must lie ahead, within two months."),
    "next_report_at: must lie ahead, within two months": _(
        "When the customer hears again must lie ahead, within two months."
    ),
    "at: must lie in the past, within three months": _("The time of the contact must lie in the past three months."),
    "told: must say what was said": _("Write down what was said."),
    "heard: must say what the customer wants": _("Write down what the customer wants."),
    "proposal: must say which plan was on the table": _("Write down which plan was on the table."),
    "outcome: does not belong to this kind of word": _("This outcome does not belong to this kind of contact."),
    "reference: the number of the posting is needed": _("A step that moves money needs the number of its posting."),
    "the solution is not signed, or is carried out already": _(
        "The solution is not signed yet, or is carried out already."
    ),
    "somebody else was first": _("Somebody else was quicker. Look again, then decide."),
    "evidence: there is no such evidence": _("There is no such piece of evidence."),
    "fact: the last four digits of the account are enough": _("Only the last four digits of an account are kept."),
    "file: is needed": _("Choose a file."),
}
"""What the services answer, in the language of the screen."""


def case_sentence(error: Exception) -> str:
    """What a person reads when something was refused."""
    found = CASE_WHYS.get(str(error)) or AFTER_WHYS.get(str(error)) or move_words.WHYS.get(str(error))
    found = found or TERM_WHYS.get(str(error))
    if found is not None:
        return str(found)
    return said(error)


def options(table: Mapping[Any, Title]) -> list[tuple[str, str]]:
    """Codes and names of a table, as a list to choose from."""
    language = chosen_language()
    return [(str(code), name.title(language)) for code, name in table.items()]


def names(table: Mapping[Any, Title]) -> dict[str, str]:
    """Names by code."""
    return dict(options(table))
