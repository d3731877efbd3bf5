"""The words that the scripts of the agents' page say. The keys are theirs; a test compares the two lists."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from crm.web import words

OWN: words.Words = {
    "withheld": _("withheld"),
    "idle": _("No call"),
    "idle_other_tab": _("Another tab of this browser has the phone."),
    "state_is": _("My state:"),
    "queue": _("Queue"),
    "transfer": _("Transfer"),
    "consult": _("Consult"),
    "conference": _("Conference"),
    "consult_rings": _("is being rung; the caller hears music"),
    "consult_speaks": _("speaks with you; the caller hears music"),
    "left": _("{time} left"),
    "late": _("{time} over"),
    "notice_title": _("Incoming call"),
    "notice_body": _("{caller} is calling. Click to come to the page, or press the play key to answer."),
    "notices_yes": _("Notifications are allowed: your phone is seen to ring from any window."),
    "notices_ask": _("Notifications tell you that your phone rings while you look at another window."),
    "notices_no": _("This browser does not allow notifications for this page."),
    "device": _("Device"),
    "device_default": _("The system’s default"),
    "problem_microphone": _("The microphone cannot be used. Allow it for this page, then try again."),
    "problem_microphone_lost": _("The microphone was taken away. Plug it in again, or choose another one."),
    "problem_silent": _("The browser keeps this page silent. Click anywhere on it."),
    "problem_refused": _("The exchange does not know this phone. Load the page again; if that does not help, ask."),
    "unverified": _("Not identified"),
    "verified": _("Identified"),
    "identify": _("Identity checked"),
    "identify_failed": _("This could not be kept just now. Try again in a moment."),
    "waited": _("waited {time}"),
    "straight_to_person": _("Asked for a person at once"),
    "customer": _("Customer"),
    "customer_unknown": _("Nobody is known with this number."),
    "customer_unnamed": _("Name not known"),
    "customers_several": _("{count} customers have this number, the likeliest first"),
    "customer_counts": _("{tickets} open, {calls} calls before"),
    "of_this_call": _("from this call"),
    "ended_tickets": _("Closed tickets"),
    "elderly": _("Elderly"),
    "which_ticket": _("Which ticket is it about?"),
    "open_tickets": _("Open tickets ({count})"),
    "new_matter": _("Another matter"),
    "new": _("New ticket"),
    "continue": _("Continue"),
    "last_calls": _("Last calls"),
    "overdue": _("overdue by {time}"),
    "due_in": _("due in {time}"),
    "days_hours": _("{days} d {hours} h"),
    "back_in_call": _("You are back in the call."),
    "caller_back_in_queue": _("The call could not be taken back in time. The caller went to the head of the queue."),
    "call_ended_meanwhile": _("The caller hung up while your page was away."),
    "logged_out": _("You are logged out. Load the page again to log in; a running call goes on."),
    "not_reached": _("The server cannot be reached. Nothing was changed; try again."),
    "refused": _("That was not possible: {why}"),
}
REGISTRATIONS: words.Words = {
    "waiting": _("In another tab"),
    "connecting": _("Connecting…"),
    "registered": _("Ready"),
    "lost": _("Connection lost"),
    "refused": _("Refused"),
}
PHASES: words.Words = {
    "rejoining": _("Taking the call back…"),
    "ringing": _("Incoming call"),
    "answering": _("Connecting…"),
    "talking": _("On a call"),
    "held": _("On hold"),
    "voice_lost": _("No voice just now"),
}
LEGS: words.Words = {
    "queue": _("Queue"),
    "transfer": _("Transferred call"),
    "consult": _("A colleague asks"),
    "conference": _("Conference"),
    "rejoin": _("Taken back"),
    "outbound": _("Outgoing call"),
    "listen": _("Listening in"),
    "whisper": _("Whispering"),
    "barge": _("Joined in"),
    "internal": _("Colleague"),
}
OTHER_REASONS: words.Words = {
    "signed_in": _("just logged in: say when you take calls"),
    "phone_lost": _("your phone is away: it comes back into the call"),
}
GRADES: words.Words = {"vip": _("VIP"), "important": _("Important")}
_GROUPS: Mapping[str, words.Words] = {
    "registration": REGISTRATIONS,
    "phase": PHASES,
    "leg": LEGS,
    "grade": GRADES,
    "language": words.LANGUAGES,
    "menu": words.MENU_STEPS,
    "kind": words.KINDS,
    "status": words.STATUSES,
    "outcome": words.OUTCOMES,
    "state": words.AGENT_STATES,
    "reason": {**words.PAUSE_REASONS, **OTHER_REASONS},
}

SHORTCUTS: tuple[tuple[tuple[str, ...], LazyString], ...] = (
    (("A",), _("Answer")),
    (("H",), _("Hold, and back")),
    (("M",), _("Mute, and back")),
    (("K",), _("Keypad")),
    (("T",), _("Transfer, consult, conference")),
    (("Shift", "E"), _("Hang up")),
    (("V",), _("Available")),
    (("P",), _("Pause")),
    (("/",), _("Search the knowledge")),
    (("?",), _("Show these shortcuts")),
)


def all_words() -> dict[str, str]:
    """Everything, in the language of the screen: own keys, and GROUP_CODE for codes."""
    found = {key: str(text) for key, text in OWN.items()}
    for group, table in _GROUPS.items():
        found |= {f"{group}_{code}": str(text) for code, text in table.items()}
    return found
