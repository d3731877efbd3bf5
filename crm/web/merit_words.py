"""Words of rewards and penalties, careers and scheduled reports, and why a service refused something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from crm.domain.access import Action, Relation, reach
from crm.gate.guard import actor, may
from crm.web import refusal_words
from crm.web.words import Words

KINDS: Words = {
    "outstanding": _("Outstanding agent award"),
    "bonus": _("Bonus"),
    "promotion": _("Promoted"),
    "oral_warning": _("Oral warning"),
    "written_warning": _("Written warning"),
    "bonus_deduction": _("Bonus deduction"),
}
STATES: Words = {
    "open": _("Waits for signatures"),
    "approved": _("In force"),
    "returned": _("Sent back"),
    "withdrawn": _("Taken back"),
    "lifted": _("Lifted"),
}
TONES: Mapping[str, str] = {
    "open": "busy", "approved": "good", "returned": "quiet", "withdrawn": "quiet", "lifted": "quiet",
}  # fmt: skip
EVIDENCE: Words = {
    "ticket": _("Ticket"),
    "call": _("Call"),
    "evaluation": _("Evaluation"),
    "kpi": _("Figures of a month"),
}
RULINGS: Words = {"upheld": _("The penalty stands"), "lifted": _("The penalty is lifted")}
DECISIONS: Words = {"approve": _("signed"), "return": _("sent back")}
POSTS: Words = {"deputy_gm": _("Deputy general manager"), "gm": _("General manager")}
FINDINGS: Words = {
    "helped": _("better, and chance is no likely reason"),
    "unclear": _("better for more than for fewer, but it may be chance"),
    "did_not": _("not better"),
    "too_few": _("too few to say"),
}
FINDING_TONES: Mapping[str, str] = {"helped": "good", "unclear": "busy", "did_not": "bad", "too_few": "quiet"}
OUTCOMES: Words = {"keep": _("The scheme stays as it is"), "adjust": _("The scheme is to be changed")}

POSITIONS: Words = {
    "trainee": _("Trainee"),
    "agent": _("Agent"),
    "senior_agent": _("Senior agent"),
    "team_leader": _("Team leader"),
    "trainer": _("Trainer"),
    "quality": _("Quality staff"),
    "section_manager": _("Section manager"),
}
MEASURES: Words = {
    "months": _("Months in the present position"),
    "quality_score": _("Quality score, last 3 months"),
    "fatal_free": _("Calls without a fatal item, last 6 months (%)"),
    "knowledge_test": _("Knowledge tests, last 6 months"),
    "attendance": _("Attendance, last 3 months (%)"),
    "penalties": _("Penalties that weigh"),
}
PLAN_STATES: Words = {
    "draft": _("Not agreed yet"),
    "agreed": _("Agreed"),
    "reached": _("Reached"),
    "dropped": _("Given up"),
}
PLAN_TONES: Mapping[str, str] = {"draft": "open", "agreed": "busy", "reached": "good", "dropped": "quiet"}
GOAL_KINDS: Words = {
    "training": _("Training"),
    "exam": _("Test"),
    "practice": _("Try the work"),
    "result": _("A figure to reach"),
}
GOAL_STATES: Words = {"open": _("Open"), "done": _("Done"), "dropped": _("Dropped")}

BOARDS: Words = {
    "calls": _("Service board"),
    "people": _("People board"),
    "complaints": _("Analysis of complaints"),
}
SPANS: Words = {
    "day": _("Every day, over the day before"),
    "week": _("Every week, over the week before"),
    "month": _("Every month, over the month before"),
}
WEEKDAYS: Words = {
    "1": _("Monday"),
    "2": _("Tuesday"),
    "3": _("Wednesday"),
    "4": _("Thursday"),
    "5": _("Friday"),
    "6": _("Saturday"),
    "7": _("Sunday"),
}
DELIVERIES: Words = {
    "mailed": _("By e-mail"),
    "no_address": _("No e-mail address: told by the bell, to be read here"),
    "no_right": _("May not read this any more: nothing sent"),
    "inactive": _("Has left: nothing sent"),
    "failed": _("Could not be made"),
}
MESSAGE_STATES: Words = {
    "queued": _("waits to be sent"),
    "sent": _("taken by the mail server"),
    "delivered": _("delivered"),
    "failed": _("refused"),
    "cancelled": _("cancelled"),
}

WHYS: Words = {
    "person: there is no such person whom you lead": _("There is no such person whom you lead."),
    "person: nobody decides about himself": _("Nobody decides about himself."),
    "nobody decides about himself": _("Nobody decides about himself."),
    "person: the general manager is for those above him": _("The general manager is for those above him."),
    "kind: is not part of the scheme in force": _("This is not part of the scheme in force."),
    "reason: must have 1 to 2000 characters": _("Give a reason, of at most 2,000 characters."),
    "reason: must have 1 to 500 characters": _("Give a reason, of at most 500 characters."),
    "amount: an amount must be given": _("An amount must be given."),
    "amount: is more than the scheme allows": _("The amount is more than the scheme allows."),
    "amount: a warning or a promotion has no amount": _("A warning or a promotion has no amount."),
    "amount: must be an amount in yuan with at most two decimals, as 1234.50": _(
        "Write the amount in yuan, as 1234.50."
    ),
    "position: a promotion, and nothing else, names a position": _("A promotion, and nothing else, names a position."),
    "month: must be a month, as 2026-11": _("Write the month as 2026-11."),
    "month: must be this month or one of the twelve before it": _("Choose this month or one of the twelve before it."),
    "evidence: name what shows it: a ticket, a call, an evaluation or a month's figures": _(
        "Name what shows it: a ticket, a call, an evaluation or a month’s figures."
    ),
    "opinion: a reason must be given": _("Say why you send it back."),
    "opinion: a ruling gives its reasons": _("A ruling gives its reasons."),
    "the time to object is over": _("The time to object is over."),
    "there is an objection already": _("There is an objection already."),
    "text: must have 1 to 2000 characters": _("Write something, of at most 2,000 characters."),
    "somebody rules who had no hand in it": _("Somebody rules who had no hand in it."),
    "somebody else changed the scheme just now": _("Somebody else changed this just now. Look again, then decide."),
    "somebody else changed this plan just now": _("Somebody else changed this just now. Look again, then decide."),
    "somebody else changed this schedule just now": _("Somebody else changed this just now. Look again, then decide."),
    "somebody else signed just now": _("Somebody else signed just now."),
    "kinds: nothing has changed": _("Nothing has changed."),
    "it is not open any more": _("It is not open any more."),
    "target: no way leads there from the present position": _("No way leads there from the present position."),
    "wish: must have 1 to 2000 characters": _("Write something, of at most 2,000 characters."),
    "there is a plan already": _("There is a plan already."),
    "who leads him says that it is reached": _("Who leads you says that it is reached."),
    "it is over already": _("It is over already."),
    "it is settled already": _("It is settled already."),
    "due_on: must not lie in the past": _("The date must not lie in the past."),
    "due_on: must be a kind and a date": _("Choose what kind of goal it is, and until when."),
    "since: must not lie ahead": _("The date must not lie ahead."),
    "held_on: must not lie ahead": _("The date must not lie ahead."),
    "since: must not lie before what is written down already": _(
        "The date must not lie before what is written down already."
    ),
    "position: that is a promotion: propose it as a reward": _("That is a promotion: propose it as a reward."),
    "title: must have 1 to 100 characters": _("Give it a title of at most 100 characters."),
    "formats: must be any of xlsx, pdf, csv": _("Choose at least one kind of file."),
    "queue: choose a queue or a section, not both": _("Choose a queue or a section, not both."),
    "queue: only the service board has queues": _("Only the service board has queues."),
    "team: complaints are not counted by section": _("Complaints are not counted by section."),
    "at_time: must be a time, as 08:00": _("Write the time as 08:00."),
    "on_day: must be a day of the week (1 to 7) or of the month (1 to 31)": _("Choose the day."),
    "recipients: must be 1 to 50 people": _("Choose 1 to 50 people who get it."),
    "outcome: must be keep or adjust": _("Say whether the scheme stays as it is."),
    "finding: must have 1 to 2000 characters": _("Write down what was found, in at most 2,000 characters."),
    "nobody approves what he asked for himself": _("Nobody signs what he proposed himself."),
    "nobody approves a matter about himself": _("Nobody signs a matter about himself."),
    "it is somebody else's turn to sign": _("It is somebody else’s turn to sign."),
    "what is to be signed has changed: it must be asked for again": _(
        "Somebody else changed this just now. Look again, then decide."
    ),
    "there is nothing to sign": _("There is nothing to sign."),
}


def why(error: Exception | str) -> str:
    """What a person reads when a service refused."""
    found = WHYS.get(str(error))
    return str(found) if found is not None else refusal_words.plain(error)


def may_any(action: Action) -> bool:
    """Whether he may do this with everything of its kind."""
    return Relation.ANY in reach(actor().roles, action)


TABLES: Mapping[str, Words] = {
    "merit_kinds": KINDS,
    "merit_states": STATES,
    "merit_evidence": EVIDENCE,
    "merit_rulings": RULINGS,
    "merit_decisions": DECISIONS,
    "merit_posts": POSTS,
    "merit_findings": FINDINGS,
    "scheme_outcomes": OUTCOMES,
    "positions": POSITIONS,
    "career_measures": MEASURES,
    "career_plan_states": PLAN_STATES,
    "goal_kinds": GOAL_KINDS,
    "goal_states": GOAL_STATES,
    "report_boards": BOARDS,
    "report_spans": SPANS,
    "weekdays": WEEKDAYS,
    "report_outcomes": DELIVERIES,
    "report_messages": MESSAGE_STATES,
}
"""Tables that templates name."""

FUNCTIONS: Mapping[str, Any] = {
    "merit_tones": TONES,
    "finding_tones": FINDING_TONES,
    "career_plan_tones": PLAN_TONES,
    "may_schedule_reports": lambda: may(Action.REPORT_SCHEDULE),
    "reads_all_merits": lambda: (
        not reach(actor().roles, Action.REWARD_READ).isdisjoint({Relation.ANY, Relation.SECTION})
    ),
    "reads_merit_effect": lambda: may_any(Action.REWARD_READ),
    "may_propose_merits": lambda: may(Action.REWARD_PROPOSE),
    "may_decide_merits": lambda: may(Action.REWARD_APPROVE),
}
"""What templates call."""
