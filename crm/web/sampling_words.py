"""What people read for the codes of sampling and of what a machine finds in calls."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

from crm.domain.quality_findings import Finding, Why
from crm.domain.sampling_plan import Reason
from crm.services.sampling import Excuse
from crm.services.sampling_coverage import Standing
from crm.web.words import Words

REASONS: Words = {
    Reason.RANDOM: _("drawn by lot"),
    Reason.COMPLAINT: _("complaint"),
    Reason.FATAL: _("possible red line"),
    Reason.LOW_SURVEY: _("low satisfaction"),
    Reason.SILENCE: _("long silence"),
    Reason.WORDS: _("listed word"),
    Reason.REPEAT: _("repeated caller"),
    Reason.ASKED: _("asked for"),
}
REASON_TONES: Mapping[str, str] = {
    Reason.FATAL: "bad",
    Reason.COMPLAINT: "busy",
    Reason.LOW_SURVEY: "busy",
    Reason.ASKED: "open",
    Reason.RANDOM: "quiet",
}
STATES: Words = {
    "open": _("waits"),
    "claimed": _("claimed"),
    "scored": _("scored"),
    "excused": _("cannot be scored"),
}
STATE_TONES: Mapping[str, str] = {"open": "quiet", "claimed": "open", "scored": "good", "excused": "quiet"}
EVENTS: Words = {
    "made": _("Taken into the sample"),
    "reason": _("Another reason"),
    "claimed": _("Claimed"),
    "released": _("Given back"),
    "lapsed": _("The claim lapsed"),
    "scored": _("Scored"),
    "excused": _("Cannot be scored"),
}
EXCUSES: Words = {
    Excuse.UNHEARD: _("the recording cannot be understood"),
    Excuse.NO_TALK: _("nobody speaks with a customer"),
    Excuse.OTHER_AGENT: _("it is not this agent"),
    Excuse.OTHER: _("another reason"),
}
STANDINGS: Words = {
    Standing.NOT_DRAWN: _("not drawn yet"),
    Standing.MET: _("enough"),
    Standing.RUNNING: _("under way"),
    Standing.LATE: _("late"),
    Standing.FEW_CALLS: _("no more calls"),
    Standing.NO_CALLS: _("no calls"),
}
STANDING_TONES: Mapping[str, str] = {
    Standing.MET: "good",
    Standing.FEW_CALLS: "good",
    Standing.LATE: "bad",
    Standing.RUNNING: "open",
}
FINDINGS: Words = {
    Finding.FATAL: _("possible red line"),
    Finding.MISSED: _("not found"),
    Finding.MET: _("found"),
}
WHYS: Words = {
    Why.SAID: _("said here"),
    Why.NOT_SAID: _("not heard where it belongs"),
    Why.ANNOUNCED: _("the announcement said it"),
    Why.ON_RECORD: _("written down by the agent"),
    Why.NO_GREETING: _("no greeting in the first words"),
    Why.NO_NUMBER: _("greeted, but gave no name or number"),
    Why.OVERLAP: _("spoke while the caller was speaking"),
    Why.NO_OVERLAP: _("let the caller finish"),
    Why.FAST: _("speaks faster than is set"),
    Why.SLOW: _("speaks more slowly than is set"),
    Why.PACE: _("a pace as is set"),
    Why.SILENCE: _("silence that was not announced"),
    Why.NO_SILENCE: _("no silence that was not announced"),
    Why.UPSET: _("the caller was upset, and nothing kind followed"),
    Why.PROMISED: _("hints at a result before there is one"),
    Why.HUNG_UP: _("hung up while the caller was speaking"),
    Why.BEFORE_IDENTITY: _("told data before the identity was checked"),
    Why.LOSS_LEFT: _("a loss was reported, and nothing was blocked"),
    Why.RECORD_SAYS_MORE: _("the ticket says that it was done; nobody is heard doing it"),
    Why.FIELDS_MISSING: _("fields of the ticket are empty"),
    Why.FIELDS_THERE: _("the ticket is whole"),
    Why.NOT_RECORDED: _("the ticket does not say so"),
    Why.CORRECTED: _("somebody else had to set it right"),
    Why.RECORDED: _("class and level are set and stayed"),
}
EVIDENCE: Words = {
    "tickets": _("tickets"),
    "codes": _("red lines"),
    "seconds": _("seconds"),
    "words": _("words"),
    "times": _("calls"),
    "hours": _("within hours"),
    "score": _("score"),
}
TABLES: Mapping[str, Words] = {
    "sample_evidence": EVIDENCE,
    "sample_reasons": REASONS,
    "sample_states": STATES,
    "sample_events": EVENTS,
    "sample_excuses": EXCUSES,
    "sample_standings": STANDINGS,
    "candidate_findings": FINDINGS,
    "candidate_whys": WHYS,
}
