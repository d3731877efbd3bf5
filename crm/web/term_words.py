"""The words of terms: what each is called, how it stands, and why something about it was refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import LazyString, ngettext
from flask_babel import gettext as _now
from flask_babel import lazy_gettext as _

from crm.domain.clocks import Body
from crm.domain.extensions import WHYS, NoExtension
from crm.domain.term_types import Term, TermKind, TermState
from crm.web.locale import show_time

TERM_KINDS: Mapping[str, LazyString] = {
    TermKind.LEGAL: _("Legal term"),
    TermKind.REVIEW: _("Decision of the review"),
    TermKind.TARGET: _("House target"),
    TermKind.ACKNOWLEDGE: _("Confirm the receipt"),
    TermKind.FIRST_CONTACT: _("First contact"),
    TermKind.TRIAGE: _("Triage"),
    TermKind.TRANSFER: _("Transfer to who handles it"),
    TermKind.DEPARTMENT: _("Answer of the department"),
    TermKind.FORM: _("Sign the acceptance form"),
    TermKind.RETURN_VISIT: _("Return visit"),
    TermKind.ARCHIVE: _("Archive"),
    TermKind.LEAK: _("Report the leak to the central bank"),
    TermKind.LEAK_TARGET: _("Report the leak: house target"),
}
BODIES: Mapping[str, LazyString] = {Body.PBOC: _("People’s Bank of China"), Body.REGULATOR: _("Financial regulator")}
NO_EXTENSION: Mapping[str, LazyString] = {
    NoExtension.NO_TERM: _("No legal term runs."),
    NoExtension.OVER: _("The term is over; it cannot be made longer any more."),
    NoExtension.LONGEST: _("60 days are the longest that the law allows."),
    NoExtension.FIXED: _("The date on the regulator’s letter cannot be moved by the house."),
    NoExtension.ASKED: _("An extension is being asked for."),
    NoExtension.PAUSED: _("The term stands still while the matter is with an outside appraiser."),
}
TERM_WHYS: Mapping[str, LazyString] = {
    **{sentence: NO_EXTENSION[code] for code, sentence in WHYS.items()},
    "reason: must have 5 to 500 characters; the customer is told it": _(
        "Give the reason in 5 to 500 characters. The customer is told it."
    ),
    "no extension is signed that the customer should be told of": _(
        "No extension is signed that the customer should be told of."
    ),
    "these roles do not ask for a longer term of this ticket": _("Your role does not ask for a longer term here."),
    "these roles do not change the terms of this ticket": _("Your role does not change the terms of this ticket."),
    "channel: there is no way to reach the customer: write down a number or an address": _(
        "There is no way to reach the customer. Write down a number or an address first."
    ),
    "only a complaint is forwarded with a term": _("Only a complaint is forwarded with a term."),
    "body: must be one of pboc, regulator": _("Choose who forwarded it."),
    "letter: the number of the letter is needed, 80 characters at most": _(
        "The number of the letter is needed, 80 characters at most."
    ),
    "received_at: must be an instant within the last year": _("The receipt must lie in the past, within a year."),
    "the leak is written down already": _("The leak is written down already."),
    "no leak is waiting to be reported": _("No leak is waiting to be reported."),
    "what: say in 5 to 500 characters what came out": _("Say in 5 to 500 characters what came out."),
    "how: say in 5 to 500 characters when, to whom and under which number": _(
        "Say in 5 to 500 characters when, to whom and under which number."
    ),
}
"""What the services answer, in the language of the screen."""


def standing_of(term: Term, now: datetime) -> tuple[str, str]:
    """How a term stands, in words, and the tone of it."""
    if term.state is TermState.MET:
        return _now("done in time"), "good"
    if term.state is TermState.LATE:
        return _now("done late"), "bad"
    if term.state is TermState.DROPPED:
        return _now("no longer wanted"), "quiet"
    if term.paused_since is not None:
        return _now("stands still"), "quiet"
    left = term.due_at - now
    if left.total_seconds() < 0:
        return _now("overdue"), "bad"
    near = now >= term.started_at + (term.due_at - term.started_at) * 0.8
    hours = int(left.total_seconds() // 3600)
    if left.days >= 1:
        text = ngettext("%(num)s day left", "%(num)s days left", left.days)
    elif hours >= 1:
        text = ngettext("%(num)s hour left", "%(num)s hours left", hours)
    else:
        text = ngettext("%(num)s minute left", "%(num)s minutes left", max(1, int(left.total_seconds() // 60)))
    return text, "busy" if near else "open"


TERM_EVENTS: Mapping[str, LazyString] = {
    "term_warned": _("A term comes near its end"),
    "term_overdue": _("A term is over"),
    "terms_recounted": _("Terms counted anew by a calendar"),
    "extension_asked": _("A longer term asked for"),
    "extension_approved": _("The longer term is signed"),
    "extension_refused": _("The longer term was refused"),
    "extension_told": _("The customer was told of the longer term"),
    "forwarded": _("Forwarded from above"),
    "priority_raised": _("More urgent now"),
    "leak_found": _("A leak of data written down"),
    "leak_reported": _("The central bank was told of the leak"),
}
"""What happened to terms."""
GROUNDS: Mapping[str, LazyString] = {
    "amount": _("the amount"),
    "vulnerable": _("a vulnerable customer"),
    "named": _("media or a regulator named"),
}
_INSTANTS: Mapping[str, LazyString] = {
    "due_at": _("Due"),
    "before": _("Before"),
    "now": _("Now"),
    "received_at": _("Received"),
}
_PLAIN: Mapping[str, LazyString] = {
    "to": _("Days"),
    "letter": _("Number of the letter"),
    "letter_due": _("Date on the letter"),
    "year": _("Year"),
    "channel": _("Channel"),
}


def term_fields(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What an event of a term tells a person."""
    found = []
    for name, value in fields.items():
        if value in (None, ""):
            continue
        if name == "term" and value in TERM_KINDS:
            found.append((_now("Term"), str(TERM_KINDS[value])))
        elif name == "body" and value in BODIES:
            found.append((_now("By whom"), str(BODIES[value])))
        elif name == "why" and isinstance(value, list):
            found.append((_now("Because of"), ", ".join(str(GROUNDS.get(one, one)) for one in value)))
        elif name in {"from", "to"} and str(value).startswith("P"):
            found.append((_now("From") if name == "from" else _now("To"), str(value)))
        elif name in _INSTANTS:
            found.append((str(_INSTANTS[name]), show_time(datetime.fromisoformat(str(value)))))
        elif name in _PLAIN:
            found.append((str(_PLAIN[name]), str(value)))
    return found
