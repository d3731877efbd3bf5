"""What a person reads when a service refused and the page has no words of its own for it.

First the sentences of :mod:`crm.web.refusal_sentences`, then the shapes that most refusals of a value share. A test
goes through everything that a service can say and finds it here or in the table of a page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from crm.domain.errors import InvalidInputError
from crm.web.refusal_sentences import SENTENCES

SHAPES: Mapping[str, LazyString] = {
    "must have 1 to {} characters": _("1 to %(one)s characters, please."),
    "must have 1 to {} printable characters": _("1 to %(one)s characters, please."),
    "must have {} to {} characters; the customer is told it": _(
        "%(one)s to %(two)s characters, please; the customer is told it."
    ),
    "must have {} to {} characters": _("%(one)s to %(two)s characters, please."),
    "must have at most {} characters": _("At most %(one)s characters, please."),
    "{} must have 1 to {} characters": _("%(one)s: 1 to %(two)s characters, please."),
    "is needed, {} characters at most": _("This is needed, in at most %(one)s characters."),
    "must say why, in at most {} characters": _("Say why, in at most %(one)s characters."),
    "must be a whole number from {} to {}": _("Write a whole number from %(one)s to %(two)s."),
    "must be from {} to {}": _("Write a whole number from %(one)s to %(two)s."),
    "must be at most {} deep": _("At most %(one)s steps deep."),
    "must be at most {}": _("At most %(one)s, please."),
    "must be one of {}": _("Choose one of the list."),
    "must be {} or {}": _("Choose one of the list."),
    "is not one of the choices": _("Choose one of the list."),
    "is no item of the card": _("Choose one of the list."),
    "is no such number": _("Choose one of the list."),
    "is no figure": _("Choose one of the list."),
    "is none": _("Choose one of the list."),
    "must be {} to {}": _("%(one)s to %(two)s, please."),
    "must lie ahead": _("This must lie ahead."),
    "is not a day": _("Choose a day."),
    "must be a day": _("Choose a day."),
    "must be a day, as {}": _("Choose a day."),
    "must be a date": _("Choose a day."),
    "must be a date and a time": _("Write a date and a time."),
    "must be a time of the day, as {}": _("Write a time of the day, as %(one)s."),
    "must be a whole number": _("Write a whole number."),
    "must be whole numbers": _("Write a whole number."),
    "must be a number": _("Write a number."),
    "lies too far away": _("This day lies too far away."),
    "must not hold a NUL character": _("This holds a character that is no text."),
    "holds a character that is not text": _("This holds a character that is no text."),
    "there is no such {}": _("There is none such, or none that you may see."),
    "the customer has no such {}": _("There is none such, or none that you may see."),
    "this team has no such {}": _("There is none such, or none that you may see."),
    "these roles {}": _("Your role does not allow this."),
    "your role {}": _("Your role does not allow this."),
    "this is for {}": _("Your role does not allow this."),
    "somebody else {} just now": _("Somebody else changed this just now. Look again, then decide."),
    "somebody {} in the meantime": _("Somebody else changed this just now. Look again, then decide."),
    "somebody has changed {}": _("Somebody else changed this just now. Look again, then decide."),
    "this {} changed {}": _("Somebody else changed this just now. Look again, then decide."),
}
"""As :data:`SENTENCES`, for what is said about any part."""

FIELDS: Mapping[str, LazyString] = {
    "title": _("Title"),
    "shows": _("What it shows"),
    "source": _("Where it came from"),
    "text": _("Text"),
    "facts": _("Facts found"),
    "ground": _("Ground"),
    "says": _("What it says"),
    "summary": _("Solution in a few sentences"),
    "question": _("Question"),
    "disclosed": _("What the department may know"),
    "answer": _("The answer"),
    "outcome": _("What came of it"),
    "problem": _("What was in the way"),
    "holder": _("Who has it"),
    "note": _("Note"),
    "told": _("What we said"),
    "heard": _("What the customer said"),
    "proposal": _("Plan on the table"),
    "reason": _("Reason"),
    "why": _("Reason"),
    "minutes": _("Minutes"),
    "seats": _("Seats"),
    "score": _("Score"),
    "subject": _("Subject"),
    "topic": _("Topic"),
    "kind": _("Kind"),
    "category": _("Category"),
    "language": _("Language"),
    "channel": _("Channel"),
    "place": _("Place"),
    "goal": _("Goal"),
    "findings": _("Findings"),
    "year": _("Year"),
    "due": _("Due"),
    "due_at": _("Due"),
    "starts_at": _("Begins"),
    "ends_at": _("Ends"),
    "password": _("Password"),
    "display_name": _("Name"),
}
"""Names of the parts that a person fills in."""

_PLACES = ("one", "two", "three")


def _pattern(template: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in template.split("{}")]
    found = parts[0] + "".join(f"(?P<{name}>.+?){part}" for name, part in zip(_PLACES, parts[1:], strict=False))
    return re.compile(found, re.DOTALL)


_SENTENCES = [(_pattern(template), said) for template, said in SENTENCES.items()]
_SHAPES = [(_pattern(template), said) for template, said in SHAPES.items()]
_Table = list[tuple[re.Pattern[str], LazyString]]


def plain(error: Exception | str) -> str:
    """The refusal in the language of the screen; one that nobody foresaw is shown as it came."""
    text = str(error)
    field, message = (error.field, error.message) if isinstance(error, InvalidInputError) else ("", text)
    found = _first(_SENTENCES, text) or _first(_SENTENCES, message)
    if found is not None:
        return found
    found = _first(_SHAPES, message)
    if found is None:
        return str(gettext("That was not possible: %(why)s", why=text))
    return str(gettext("%(field)s: %(why)s", field=FIELDS[field], why=found)) if field in FIELDS else found


def known(text: str) -> bool:
    """Whether there are words for a refusal's text, with or without the part that it is about."""
    message = text.partition(": ")[2]
    return any(_first(table, one) is not None for table in (_SENTENCES, _SHAPES) for one in (text, message) if one)


def _first(table: _Table, text: str) -> str | None:
    for pattern, said in table:
        match = pattern.fullmatch(text)
        if match is not None:
            return str(said) % match.groupdict() if match.groupdict() else str(said)
    return None
