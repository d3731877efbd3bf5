"""The words that people read about knowledge, training, tests and the notice board."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from crm.web import work_words
from crm.web.words import Words

ARTICLE_KINDS: Words = {"article": _("Article"), "norm": _("Workflow norm")}
ARTICLE_STATES: Words = {"draft": _("Not published yet"), "published": _("Published"), "retired": _("Taken out")}
VERSION_STATES: Words = {
    "draft": _("Draft"),
    "submitted": _("To be checked"),
    "returned": _("Came back"),
    "approved": _("Checked"),
    "published": _("In force"),
    "superseded": _("Superseded"),
    "withdrawn": _("Withdrawn"),
}
VERSION_TONES: Mapping[str, str] = {
    "draft": "quiet",
    "submitted": "busy",
    "returned": "bad",
    "approved": "open",
    "published": "good",
    "superseded": "quiet",
    "withdrawn": "quiet",
}
VERSION_STEPS: Words = {
    "submit": _("Hand in for checking"),
    "approve": _("It is right"),
    "return": _("Give it back"),
    "publish": _("Publish"),
    "withdraw": _("Withdraw"),
}
STANDINGS: Words = {
    "holds": _("Holds"),
    "soon": _("Review soon"),
    "due": _("Review overdue"),
    "expired": _("Expired"),
}
STANDING_TONES: Mapping[str, str] = {"holds": "good", "soon": "open", "due": "busy", "expired": "bad"}
KEPT_LISTS: Words = {
    "all": _("All"),
    "due": _("To be looked at"),
    "expired": _("Expired"),
    "open": _("Being written"),
    "unhelpful": _("Did not help"),
    "retired": _("Taken out"),
}

WHYS: Words = {
    "its author hands a draft in": _("Its author hands a draft in."),
    "what was handed in is checked by compliance, and not by its author": _(
        "What was handed in is checked by compliance, and not by its author."
    ),
    "a trainer publishes what was checked": _("A trainer publishes what was checked."),
    "its author or a trainer withdraws what is not published": _(
        "Its author or a trainer withdraws what is not published."
    ),
    "review_on: the day of the next review must lie ahead, within two years": _(
        "The day of the next review must lie ahead, within two years."
    ),
    "review_on: the last day must lie ahead": _("The last day must lie ahead."),
    "somebody else is writing the next text of this article": _("Somebody else is writing the next text of it."),
    "this text was handed in: withdraw it to write another": _("It was handed in: withdraw it to write another."),
    "this text was changed just now": _("This text was changed just now. Look at it again."),
    "note: say what is to be changed": _("Say what is to be changed."),
    "only what is published can be confirmed": _("Only what is published can be confirmed."),
    "only what is published can be taken out": _("Only what is published can be taken out."),
    "its last day is over: write a new text": _("Its last day is over: write a new text."),
    "why: say why it is taken out": _("Say why it is taken out."),
    "body: it holds a telephone number": _("The text holds a telephone number."),
    "body: it holds an identity number": _("The text holds an identity number."),
    "body: it holds a card or account number": _("The text holds a card or account number."),
    "body: it holds an e-mail address": _("The text holds an e-mail address."),
    "note: it holds a telephone number": _("The note holds a telephone number."),
    "note: it holds an identity number": _("The note holds an identity number."),
    "note: it holds a card or account number": _("The note holds a card or account number."),
    "means: must be another word": _("It must be another word."),
    "word: must have 2 to 40 characters": _("A word has 2 to 40 characters."),
    "means: must have 2 to 40 characters": _("A word has 2 to 40 characters."),
    "there is no such article": _("There is no such article."),
}
"""What the services answer, in the language of the screen."""


def sentence(error: Exception) -> str:
    """What a person reads when a service refused."""
    found = WHYS.get(str(error))
    return str(found) if found is not None else work_words.sentence(error)


TABLES: Mapping[str, Words] = {
    "article_kinds": ARTICLE_KINDS,
    "article_states": ARTICLE_STATES,
    "version_states": VERSION_STATES,
    "version_steps": VERSION_STEPS,
    "standings": STANDINGS,
    "kept_lists": KEPT_LISTS,
}
"""Tables that templates name."""

FUNCTIONS: Mapping[str, Any] = {"version_tones": VERSION_TONES, "standing_tones": STANDING_TONES}
"""What templates call."""
