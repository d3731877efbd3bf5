"""The words of scorecards and evaluations, and of the scoring screen."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from crm.domain.scorecards import shown
from crm.web import refusal_words
from crm.web.words import Words, word

PURPOSES: Words = {
    "routine": _("Routine"),
    "blind": _("Blind second"),
    "calibration": _("Calibration"),
    "ruling": _("Ruling"),
    "drill": _("Drill"),
}
STATES: Words = {
    "claimed": _("Begun"),
    "draft": _("Draft"),
    "released": _("Given back"),
    "submitted": _("Handed in"),
    "acknowledged": _("Accepted by the agent"),
    "appealed": _("Appealed against"),
    "ruled": _("Ruled on"),
    "final": _("Final"),
}
TONES: Mapping[str, str] = {
    "claimed": "open",
    "draft": "busy",
    "released": "quiet",
    "submitted": "open",
    "acknowledged": "good",
    "appealed": "bad",
    "ruled": "busy",
    "final": "quiet",
}
FATAL_KINDS: Words = {
    "customer": _("Customer critical"),
    "business": _("Business critical"),
    "compliance": _("Compliance critical"),
}
EFFECTS: Words = {"zero": _("the score is 0"), "coach": _("the score stays, and the agent is coached")}
RULES: Words = {
    "section": _("The other items of its section carry its weight"),
    "card": _("All other items carry its weight"),
    "full": _("Its points are given"),
}
AUTOS: Words = {
    "": _("a person alone"),
    "phrase": _("phrases"),
    "silence": _("silence"),
    "overlap": _("speaking at once"),
    "rate": _("speed of speech"),
    "data": _("what was written down"),
}
SUBJECTS: Words = {"call": _("Calls"), "drill": _("Drills")}
CARD_STATES: Words = {"draft": _("Draft"), "published": _("Published")}
FINDINGS: Words = {"met": _("done"), "missed": _("missing"), "fatal": _("red line")}
CANDIDATE_STATES: Words = {"open": _("not decided"), "confirmed": _("confirmed"), "refused": _("refused")}
EVENTS: Words = {
    "claimed": _("Begun"),
    "saved": _("Changed"),
    "submitted": _("Handed in"),
    "released": _("Given back"),
    "read": _("Read"),
    "acknowledged": _("Accepted by the agent"),
    "appealed": _("Appealed against"),
    "ruled": _("Ruled on"),
    "final": _("Final"),
    "seen": _("Read by the agent"),
    "accepted": _("Accepted: final"),
    "appeal_taken": _("Taken for a ruling"),
    "appeal_left": _("Given back by the ruler"),
    "passed_on": _("Passed on to the head of quality"),
    "withdrawn": _("Appeal withdrawn: final"),
    "lapsed": _("No answer in time: final"),
    "settled": _("Final after the last ruling"),
}
MOMENTS: Words = {
    "queue": _("In the queue"),
    "leg": _("Agent on the line"),
    "option_chosen": _("Key in the menu"),
    "ticket_opened": _("Ticket made"),
    "recording_paused": _("Recording stopped"),
    "recording_resumed": _("Recording goes on"),
    "caller_hung_up": _("Caller hung up"),
    "transferred": _("Transferred"),
    "conference": _("Conference"),
    "parked": _("On hold"),
    "returned": _("Taken back"),
    "silence": _("Silence"),
}
FLAWS: Words = {
    "unknown": _("The card has no such item."),
    "points": _("More points are taken than this item has."),
    "applies": _("The card does not let this item be left out."),
    "both": _("This item does not apply, and points are taken from it."),
    "twice": _("This item is left out twice."),
    "span": _("The span does not lie within the recording."),
    "no_span": _("Say where it is heard: mark a line, or set a beginning and an end."),
    "no_note": _("Write a word about it."),
    "long": _("The note is too long."),
    "many": _("There are too many marks."),
    "undecided": _("A red line that was found by machine waits for your word."),
}
SHEET: Words = {
    "saved": _("Saved {time}"),
    "saving": _("Saving …"),
    "waiting": _("Not saved yet: the server does not answer. It is kept on this machine and tried again."),
    "elsewhere": _("This sheet was changed on another page, or is not open any more. Load the page again."),
    "restored": _("What this machine had kept and the server had not is back on the sheet."),
    "conflict": _("This machine keeps a text that could not be saved, and the sheet was changed since. It is below."),
    "out": _("does not apply"),
    "whole": _("whole call"),
    "nowhere": _("no place yet"),
    "remove": _("Remove"),
    "note": _("Note"),
    "note_of": _("Note on {code}"),
    "from_of": _("{code}: from"),
    "to_of": _("{code}: to"),
    "section": _("{code}: which item?"),
    "item": _("{code} {title}: how many points? 0 takes all, - does not apply"),
    "fatal": _("Which red line? Its letter."),
    "nothing_left": _("There is nothing left to take from {code}."),
    "stays_in": _("The card does not let {code} be left out."),
    "no_candidate": _("No suggestion waits."),
    "took": _("{code}: {points} taken at {time}"),
    "undone": _("Taken back."),
    "nothing_undone": _("There is nothing to take back."),
    "speed": _("Speed {speed}"),
    "missing": _("Before it can be handed in:"),
    "score": _("{score} points"),
    "confirmed": _("confirmed"),
    "refused": _("refused"),
    "decision_failed": _("This could not be written down; try again."),
    "failed": _("It could not be handed in: {why}"),
    "counted": _("{keys} keys, {time}"),
}
CHANGES: Words = {
    "new": _("is new"),
    "gone": _("is gone"),
    "points": _("points"),
    "weight": _("weight"),
    "title": _("title"),
    "guide": _("what counts"),
    "may_not_apply": _("may not apply"),
    "auto": _("found by"),
    "kind": _("kind"),
    "effect": _("effect"),
    "least": _("from"),
    "not_applicable": _("an item that does not apply"),
}
_CARD_FLAWS: Sequence[tuple[str, LazyString]] = (
    (r"must have (\d+) to (\d+) characters", _("must have {0} to {1} characters")),
    (r"must be a whole number from (\d+) to (\d+)", _("must be a whole number from {0} to {1}")),
    (r"must be (\d+) to (\d+)", _("there must be {0} to {1} of them")),
    (r"the weights come to (\d+), not (\d+)", _("the weights come to {0}, not {1}")),
    (r"(.+) is used twice", _("{0} is used twice")),
    (r"must be a short code of letters and digits", _("needs a short code of letters and digits")),
    (r"must be there in both languages", _("is needed in both languages")),
    (r"needs an item", _("needs an item")),
    (r"must fall from the highest to one that begins at 0", _("must fall from the highest to one that begins at 0")),
)


def card_flaw(what: str) -> str:
    """What is wrong with a card, in the language of the screen."""
    for pattern, words in _CARD_FLAWS:
        if found := re.fullmatch(pattern, what):
            return str(words).format(*found.groups())
    return what


def card_change(what: str) -> str:
    """What a version asks otherwise, in the language of the screen."""
    return word(CHANGES, what)


REFUSALS: Words = {
    "this call is claimed by somebody else, or scored": _("Somebody else has this call, or it is scored."),
    "somebody else was first with this call": _("Somebody else was first with this call."),
    "somebody else scores this, or has scored it": _("Somebody else scores this call, or has scored it."),
    "somebody else began to score this just now": _("Somebody else was first with this call."),
    "this call is not claimed by you": _("This call is not claimed by you any more."),
    "nobody scores himself": _("Nobody scores himself."),
    "who is in the agent's section does not score him": _("Who is in the agent’s section does not score him."),
    "who had a part in the matter does not score it": _("Who had a part in the matter does not score it."),
    "who had a part in the call does not score it": _("Who had a part in the call does not score it."),
    "the second scorer is another person": _("The second scorer is another person."),
    "who has read the first evaluation is not blind to it": _("You have read the first evaluation of it."),
    "agent: nobody spoke with the caller": _("Nobody spoke with the caller."),
    "call_id: the call still runs": _("The call still runs."),
    "there is no such call": _("There is no such call."),
    "this week is drawn already": _("This week is drawn already."),
    "the week is not over": _("This week is not over."),
}
"""Refusals of those who choose, claim and score calls, as people read them."""


CARD_WHYS: Words = {
    "who changed the draft last does not publish it": _("Who changed the draft last does not publish it."),
    "reason: is needed, 500 characters at most": _("Say why it changes, in 500 characters at most."),
    "somebody else changed this draft just now": _("Somebody else changed this draft just now. Look again."),
    "one card for all other calls must stay in use": _("One card for all other calls must stay in use."),
    "there is a card with this code already": _("There is a card with this code already."),
    "the first draft of a card is the card itself": _("The first draft of a card is the card itself."),
    "code: has 2 to 40 small letters, digits and -, and begins with a letter": _(
        "A code has 2 to 40 small letters, digits and -, and begins with a letter."
    ),
}
"""Refusals of those who change scorecards."""


def refusal(error: Exception) -> str:
    """Why something was refused, in the language of the screen."""
    known = REFUSALS.get(str(error))
    return str(known) if known is not None else refusal_words.plain(error)


TABLES: Mapping[str, Words] = {
    "evaluation_purposes": PURPOSES,
    "evaluation_states": STATES,
    "fatal_kinds": FATAL_KINDS,
    "fatal_effects": EFFECTS,
    "na_rules": RULES,
    "card_autos": AUTOS,
    "card_subjects": SUBJECTS,
    "card_states": CARD_STATES,
    "findings": FINDINGS,
    "candidate_states": CANDIDATE_STATES,
    "evaluation_events": EVENTS,
    "moments": MOMENTS,
    "mark_flaws": FLAWS,
}
FUNCTIONS = {"evaluation_tones": TONES, "points": shown, "card_flaw": card_flaw, "card_change": card_change}
