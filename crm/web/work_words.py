"""The words that people read about work around calls: tasks, wrap-ups, calls out, missed callers."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

from crm.web import refusal_words
from crm.web.words import Words, word

TASK_KINDS: Words = {
    "wrap_up": _("Wrap-up to fill in"),
    "callback": _("Callback"),
    "follow_up": _("Follow-up"),
    "tell": _("Tell the customer"),
    "post": _("Post a letter"),
}

MISSED_WHYS: Words = {
    "abandoned": _("Hung up while waiting"),
    "out_of_hours": _("Called out of hours"),
}

SINCE: Words = {
    "nothing": _("Not called back yet"),
    "planned": _("Callback planned"),
    "tried": _("Called back, not reached"),
    "came_through": _("Called again and was answered"),
    "reached": _("Called back"),
}

SINCE_TONES: Mapping[str, str] = {
    "nothing": "bad",
    "planned": "open",
    "tried": "busy",
    "came_through": "good",
    "reached": "good",
}

CALL_REFUSALS: Words = {
    "no_number": _("There is no number that can be dialled from here."),
    "not_yours": _("This number belongs to no task, ticket or customer that you work on. Take the task first."),
    "no_reason": _("Say why the customer is called."),
    "destination": _("Numbers of this kind are not dialled from here."),
    "quiet_hours": _("Customers are left in peace at this hour, unless they agreed to be called."),
    "customer_limit": _("This customer was called as often as is allowed in a day."),
    "agent_limit": _("You have made as many calls as are allowed in a day."),
    "spend_cap": _("What may be spent on calls today is used up."),
    "unknown_agent": _("The telephone system does not know you as an agent."),
    "no_phone": _("Your phone is not connected."),
    "busy": _("Your phone is busy."),
    "no_answer": _("Your phone was not picked up."),
    "refused": _("The telephone system did not take the call."),
    "no_exchange": _("The telephone system does not answer just now."),
}
"""Rules that refuse a call out (crm.domain.outbound) and what the phone side answers (ivr.switchboard)."""

WORK_WHYS: Words = {
    "say on the page of the ticket what came of it": _("Say on the page of the ticket what came of it."),
    "disposition: is needed before the wrap-up is done": _("Choose what the call was about."),
    "ticket: is needed before the wrap-up is done": _(
        "Continue a ticket or make a new one; or choose a reason for which none is needed."
    ),
    "note: is needed before the wrap-up is done": _("“Other” needs a note that says what it was."),
    "disposition: must be one of the leaves of the tree": _("Choose what the call was about."),
    "note: a new ticket needs a note or a disposition": _("A new ticket needs a note or a reason for the call."),
    "this wrap-up is done": _("This wrap-up is done already."),
    "due_at: must be a date and a time": _("Say when it is due: date and time."),
    "due_at: must be an instant within the year to come": _("The due time must lie ahead, within a year."),
    "title: must have 1 to 200 characters": _("Say in a few words what is to be done."),
    "number: a callback needs one": _("A callback needs a number."),
    "number: must have 3 to 20 digits": _("A number has 3 to 20 digits."),
    "outcome: must have 1 to 2000 characters": _("Say what came of it."),
    "somebody else was first": _("Somebody else was quicker. Look at the list again."),
    "take the task first": _("Take the task first."),
    "a wrap-up is filled in by the agent of the call": _("A wrap-up is filled in by the agent of the call."),
    "a wrap-up is done when it is filled in": _("A wrap-up is done when it is filled in."),
    "there is no such task": _("This task is not there any more."),
    "there is no such ticket": _("There is no such ticket that you may see."),
    "there is no such missed call": _("This caller is not in the list any more."),
    "these roles have no tasks": _("Your role has no tasks."),
    "slug: must be words of a-z and 0-9 joined by dashes": _(
        "The short name must be words of a-z and 0-9 joined by dashes."
    ),
}
"""What the services answer, in the language of the screen."""


def sentence(error: Exception) -> str:
    """What a person reads when a service refused."""
    found = WORK_WHYS.get(str(error))
    return str(found) if found is not None else refusal_words.plain(error)


__all__ = ["CALL_REFUSALS", "MISSED_WHYS", "SINCE", "SINCE_TONES", "TASK_KINDS", "WORK_WHYS", "sentence", "word"]
