"""Words of appeals, calibrations and coaching: for codes, refusals and events."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from flask_babel import lazy_gettext as _

from crm.domain.appeals import AppealState, Barred, Flaw, Outcome, Refused, Verdict
from crm.domain.calibration import Bias
from crm.domain.coaching import Refused as NoStep
from crm.domain.coaching import Retest, State, Way
from crm.domain.coaching import Verdict as Effect
from crm.domain.errors import DomainError
from crm.domain.scorecards import Words as CardWords
from crm.domain.scorecards import shown
from crm.services.appeal_rulings import BadRulingError
from crm.services.appeals import RefusedAppealError
from crm.services.coachings import RefusedStepError
from crm.web import learn_words, quality_words
from crm.web.locale import chosen_language
from crm.web.words import Words, word

SCORE_STATES: Words = {
    "submitted": _("Your answer is awaited"),
    "acknowledged": _("Accepted"),
    "appealed": _("Appealed"),
    "ruled": _("Ruled on: your answer is awaited"),
    "final": _("Final"),
}
SCORE_TONES: Mapping[str, str] = {"submitted": "open", "ruled": "open", "appealed": "busy", "final": "quiet"}
APPEAL_STATES: Words = {
    AppealState.WAITING: _("Nobody has taken it"),
    AppealState.TAKEN: _("Being looked into"),
    AppealState.RULED: _("Ruled"),
    AppealState.PASSED_ON: _("Passed on to the head of quality"),
    AppealState.WITHDRAWN: _("Withdrawn"),
}
APPEAL_TONES: Mapping[str, str] = {"waiting": "open", "taken": "busy", "ruled": "good"}
OUTCOMES: Words = {
    Outcome.UPHELD: _("The score stands"),
    Outcome.PARTLY: _("Granted in part"),
    Outcome.GRANTED: _("Granted"),
}
VERDICTS: Words = {
    Verdict.STANDS: _("It stands"),
    Verdict.REDUCED: _("Reduced"),
    Verdict.LIFTED: _("It is lifted"),
}
REFUSED: Words = {
    Refused.SETTLED: _("This score cannot be appealed any more: it is settled, or it is being ruled on."),
    Refused.LATE: _("The time to appeal is over."),
    Refused.NOTHING: _("Choose at least one point that cost you something."),
    Refused.TWICE: _("A point was named twice."),
    Refused.SILENT: _("Say for every point what is not right about it."),
    Refused.LONG: _("That is too long: 4,000 characters at most for a point."),
}
BARRED: Words = {
    Barred.AGENT: _("It is your own score."),
    Barred.SCORER: _("You scored this call."),
    Barred.RULED: _("You ruled on the step before."),
    Barred.LINE: _("The agent is one of your people."),
    Barred.NOT_HEAD: _("The last ruling is the head of quality's; a deputy manager's where the head is barred."),
    "role": _("Your role does not rule on this step."),
}
FLAWS: Words = {
    Flaw.MISSING: _("Decide on every point."),
    Flaw.STRANGE: _("This point was not appealed."),
    Flaw.REASON: _("Give a reason for every point."),
    Flaw.WORSE: _("Reduced means: fewer points than before, and not none. A ruling never takes more."),
    Flaw.RED_LINE: _("A red line was crossed or it was not: it stands or is lifted."),
}
SCORE_EVENTS: Words = {
    "submitted": _("Scored"),
    "seen": _("Read by the agent"),
    "acknowledged": _("Accepted by the agent"),
    "accepted": _("Accepted: final"),
    "appealed": _("Appealed"),
    "appeal_taken": _("Taken for a ruling"),
    "appeal_left": _("Given back by the ruler"),
    "ruled": _("Ruled"),
    "passed_on": _("Passed on to the head of quality: nobody ruled in time, or nobody else could"),
    "withdrawn": _("Appeal withdrawn: final"),
    "lapsed": _("No answer in time: final"),
    "settled": _("Final after the last ruling"),
}
WAYS: Words = {
    Way.TALK: _("Talk with the recording"),
    Way.LISTEN: _("Listen to good calls"),
    Way.COURSE: _("Course"),
    Way.DRILL: _("Drill"),
}
RETESTS: Words = {
    Retest.CALL: _("A call of his, drawn by itself"),
    Retest.EXAM: _("A written test"),
    Retest.NONE: _("None"),
}
COACHING_STATES: Words = {
    State.PLANNED: _("Planned"),
    State.HELD: _("Held; the retest is to come"),
    State.PASSED: _("Passed"),
    State.FAILED: _("Not passed"),
    State.CANCELLED: _("Called off"),
}
COACHING_TONES: Mapping[str, str] = {"planned": "open", "held": "busy", "passed": "good", "failed": "bad"}
COACHING_MOVES: Words = {
    "hold": _("Coaching held"),
    "pass": _("Passed"),
    "fail": _("Not passed"),
    "cancel": _("Call it off"),
}
COACHING_EVENTS: Words = {
    "planned": _("Planned"),
    "said": _("Word of the agent"),
    "taken": _("Taken over"),
    "hold": _("Coaching held"),
    "retest_asked": _("A call was drawn for the retest"),
    "retested": _("The retest is scored"),
    "learn": _("Something to learn was given"),
    "pass": _("Passed"),
    "fail": _("Not passed"),
    "cancel": _("Called off"),
}
NO_STEPS: Words = {
    NoStep.UNKNOWN: _("There is no such step."),
    NoStep.STATE: _("The coaching is not at this point."),
    NoStep.TEXT: _("Say what was done, agreed or found."),
    NoStep.LONG: _("That is too long: 4,000 characters at most."),
    NoStep.SELF: _("Nobody coaches himself."),
    NoStep.RETEST: _("The retest that was agreed has not been taken yet."),
}
EFFECTS: Words = {
    Effect.BETTER: _("Better, and chance is no likely reason"),
    Effect.UNCLEAR: _("Better, but chance alone would often do that"),
    Effect.NO_BETTER: _("No better"),
    Effect.TOO_FEW: _("Too few evaluations to say: three on each side at least"),
}
EFFECT_TONES: Mapping[str, str] = {"better": "good", "unclear": "busy", "no_better": "bad", "too_few": "quiet"}
BIASES: Words = {
    Bias.STRICT: _("Stricter than the others"),
    Bias.LENIENT: _("More lenient than the others"),
    Bias.EVEN: _("Even"),
    Bias.UNKNOWN: _("No calibration lately"),
}
BIAS_TONES: Mapping[str, str] = {"strict": "bad", "lenient": "bad", "even": "good", "unknown": "quiet"}
CALIBRATION_STATES: Words = {
    "open": _("Being scored"),
    "revealed": _("Revealed"),
    "cancelled": _("Called off"),
}


def why(error: DomainError) -> str:
    """Why something was not done, in the language of the screen."""
    if isinstance(error, RefusedAppealError):
        return word(REFUSED, error.why)
    if isinstance(error, BadRulingError):
        return word(FLAWS, error.flaw)
    if isinstance(error, RefusedStepError):
        return word(NO_STEPS, error.why)
    known = quality_words.REFUSALS.get(str(error))
    return str(known) if known is not None else learn_words.why(error)


def barred(code: str) -> str:
    """Why somebody does not rule."""
    known = BARRED.get(code) or quality_words.REFUSALS.get(code)
    return str(known) if known is not None else learn_words.why(code)


def in_points(tenths: int | Fraction | None, *, signed: bool = False) -> str:
    """A score, or a difference of scores, from tenths: ``91.7``."""
    if tenths is None:
        return "–"
    if isinstance(tenths, int) and not signed:
        return shown(tenths)
    rounded = round(Fraction(tenths))
    sign = "−" if rounded < 0 else ("+" if signed and rounded else "")
    return sign + shown(abs(rounded))


def percent(share: Fraction | None) -> str:
    """A share as people read it."""
    return "–" if share is None else f"{float(share * 100):.1f} %"


def ratio(value: Fraction | None) -> str:
    """A kappa: two digits; none where nobody could disagree."""
    return "–" if value is None else f"{float(value):.2f}".replace("-", "−")


def own(words: CardWords) -> str:
    """Words of a card in the language of the screen."""
    return words[chosen_language()]


TABLES: Mapping[str, Words] = {
    "score_states": SCORE_STATES,
    "appeal_states": APPEAL_STATES,
    "appeal_outcomes": OUTCOMES,
    "appeal_verdicts": VERDICTS,
    "score_events": SCORE_EVENTS,
    "coaching_ways": WAYS,
    "coaching_retests": RETESTS,
    "coaching_states": COACHING_STATES,
    "coaching_moves": COACHING_MOVES,
    "coaching_events": COACHING_EVENTS,
    "coaching_effects": EFFECTS,
    "biases": BIASES,
    "calibration_states": CALIBRATION_STATES,
}
FUNCTIONS: Mapping[str, Any] = {
    "score_tones": SCORE_TONES,
    "appeal_tones": APPEAL_TONES,
    "coaching_tones": COACHING_TONES,
    "effect_tones": EFFECT_TONES,
    "bias_tones": BIAS_TONES,
    "points": shown,
    "in_points": in_points,
    "percent_of": percent,
    "kappa": ratio,
    "card_words": own,
    "barred": barred,
}
"""What templates call."""
