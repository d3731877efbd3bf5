"""The words that people read about knowledge, training, tests and the notice board."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from crm.domain.access import Action
from crm.domain.exams import out_of_a_hundred
from crm.gate.guard import may
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

TOPICS: Words = {
    "business": _("Business knowledge"),
    "process": _("Handling process"),
    "communication": _("Communication"),
    "psychology": _("Customer psychology"),
    "etiquette": _("Etiquette"),
    "crisis": _("Crisis handling"),
    "problem_solving": _("Problem solving"),
    "emotion": _("Managing emotions"),
    "law": _("Law and rules"),
    "systems": _("Systems"),
}
QUESTION_KINDS: Words = {
    "single": _("Single choice"),
    "multiple": _("Multiple choice"),
    "true_false": _("True or false"),
    "short": _("Answer in words"),
}
QUESTION_LEVELS: Words = {"1": _("easy"), "2": _("medium"), "3": _("hard")}
PAPER_STATES: Words = {"draft": _("Draft"), "open": _("Open"), "closed": _("Closed")}
ATTEMPT_STATES: Words = {"running": _("Running"), "submitted": _("To be marked"), "marked": _("Marked")}
ATTEMPT_TONES: Mapping[str, str] = {"running": "busy", "submitted": "open", "marked": "quiet"}
COURSE_MODES: Words = {"class": _("Class"), "online": _("Online"), "case_study": _("Case study")}
COURSE_STATES: Words = {"draft": _("Draft"), "open": _("Open"), "retired": _("Not given any more")}
SITTING_STATES: Words = {"planned": _("planned"), "held": _("held"), "cancelled": _("called off")}
ASSIGNED_KINDS: Words = {"course": _("Course"), "exam": _("Test"), "drill": _("Drill")}
ASSIGNED_STATES: Words = {"open": _("Open"), "done": _("Done"), "cancelled": _("Taken back")}
TRAINING_SOURCES: Words = {
    "order": _("given by a person"),
    "plan": _("by plan"),
    "coaching": _("coaching"),
    "retest": _("retest"),
}
TRAINING_OUTCOMES: Words = {
    "passed": _("passed"),
    "failed": _("not passed"),
    "came": _("took part"),
    "read": _("worked through"),
    "scored": _("scored"),
    "cancelled": _("taken back"),
    "done": _("done"),
}
PLAN_RHYTHMS: Words = {"induction": _("Induction"), "periodic": _("Periodic")}
TRAINING_PLAN_STATES: Words = {"draft": _("Draft"), "active": _("Active"), "ended": _("Ended")}
DRILL_STATES: Words = {
    "planned": _("planned"),
    "held": _("to be scored"),
    "scored": _("scored"),
    "cancelled": _("called off"),
}
DRILL_TONES: Mapping[str, str] = {"planned": "open", "held": "busy", "scored": "good", "cancelled": "quiet"}
ANNOUNCEMENT_KINDS: Words = {"notice": _("Notice"), "meeting": _("Meeting")}

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
    "this test is not open": _("This test is not open."),
    "this test opens later": _("This test opens later."),
    "this test is closed": _("This test is closed."),
    "every attempt is used": _("Every attempt is used."),
    "this test was not given to you": _("This test was not given to you."),
    "the time of this test is over": _("The time of this test is over."),
    "somebody has begun this test: it stays as it is": _("Somebody has begun this test: it stays as it is."),
    "somebody else changed this test just now": _("Somebody else changed this just now. Look at it again."),
    "somebody else changed this question just now": _("Somebody else changed this just now. Look at it again."),
    "somebody else changed this course just now": _("Somebody else changed this just now. Look at it again."),
    "somebody else changed this plan just now": _("Somebody else changed this just now. Look at it again."),
    "somebody else changed this drill just now": _("Somebody else changed this just now. Look at it again."),
    "somebody else changed this scenario just now": _("Somebody else changed this just now. Look at it again."),
    "somebody else changed this just now": _("Somebody else changed this just now. Look at it again."),
    "the bank has too few questions left for this test": _(
        "The bank has too few questions left for this test: tell who set it."
    ),
    "somebody else marked this sheet just now": _("Somebody else marked this sheet just now. Look at it again."),
    "nobody marks his own sheet": _("Nobody marks his own sheet."),
    "points: must be from 0 to what the question is worth": _("Points are from 0 to what the question is worth."),
    "question: it is written in both languages": _("A question is written in both languages."),
    "question: one option is right": _("One option is right: mark it with a star, or choose true or false."),
    "question: at least two options are right, else it is a single choice": _(
        "At least two options are right, else it is a single choice."
    ),
    "question: both languages have the same options": _("Both languages have as many options."),
    "options: the same options are right in both languages": _("The same options are right in both languages."),
    "question: a short answer needs a model answer to be marked by": _(
        "An answer in words needs a model answer to be marked by."
    ),
    "question: it has no options": _("This kind of question has no options."),
    "question: no option is there twice": _("No option is there twice."),
    "questions: a test has 1 to 100 questions": _("A test has 1 to 100 questions."),
    "closes_at: must be later than it opens": _("It closes later than it opens."),
    "id: there is no such course, test or drill that is open": _("Choose a course, a test or a drill that is open."),
    "due_on: must be today or later, within two years": _("The day must be today or later, within two years."),
    "people: say who is to do it": _("Say who is to do it."),
    "why: say why it is taken back": _("Say why it is taken back."),
    "only what is open can be taken back": _("Only what is open can be taken back."),
    "you have no such course to take": _("You do not have to take this course."),
    "this class is full": _("This class is full."),
    "this class has begun or is not held": _("This class has begun or is not held."),
    "who gives the class writes down who came": _("Who gives the class writes down who came."),
    "who came is written down when the class has begun": _("Who came is written down when the class has begun."),
    "starts_at: a class begins later than now and ends after it begins": _(
        "It begins later than now and ends after it begins."
    ),
    "starts_at: a meeting begins later than now and ends after it begins": _(
        "It begins later than now and ends after it begins."
    ),
    "case_ids: a case study needs a case": _("A case study needs a case."),
    "plan: say for which roles it is": _("Say for which roles it is."),
    "plan: a plan has at least one step": _("A plan has at least one step."),
    "plan: no step is there twice": _("No step is there twice."),
    "plan: a periodic plan comes again every 1 to 24 months": _("A periodic plan comes again every 1 to 24 months."),
    "planned_at: must be later than now": _("It must be later than now."),
    "call_id: there is no such call of this agent": _("There is no such call of this agent."),
    "a drill is scored when it was played": _("A drill is scored when it was played."),
    "roles: there is nobody for whom this would be": _("There is nobody for whom this would be."),
    "confirm_by: must be today or later": _("The day must be today or later."),
    "slug: there is no such article": _("There is no such article."),
    "this was taken down": _("This was taken down."),
    "minutes are kept when a meeting has begun": _("Minutes are kept when a meeting has begun."),
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
    "topics": TOPICS,
    "question_kinds": QUESTION_KINDS,
    "question_levels": QUESTION_LEVELS,
    "paper_states": PAPER_STATES,
    "attempt_states": ATTEMPT_STATES,
    "course_modes": COURSE_MODES,
    "course_states": COURSE_STATES,
    "sitting_states": SITTING_STATES,
    "assigned_kinds": ASSIGNED_KINDS,
    "assigned_states": ASSIGNED_STATES,
    "training_sources": TRAINING_SOURCES,
    "training_outcomes": TRAINING_OUTCOMES,
    "plan_rhythms": PLAN_RHYTHMS,
    "training_plan_states": TRAINING_PLAN_STATES,
    "drill_states": DRILL_STATES,
    "announcement_kinds": ANNOUNCEMENT_KINDS,
}
"""Tables that templates name."""


def choices(table: str) -> list[tuple[str, str]]:
    """What a field offers: codes with their words."""
    return [(code, str(text)) for code, text in TABLES[table].items()]


def points_of(tenths: int) -> str:
    """Tenths of points as people read them: 75 is 7.5, 80 is 8."""
    return str(tenths // 10) if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}"


def mean_of_100(tenths: int, of_tenths: int) -> str:
    """A mean out of a hundred with one place; – when there is nothing."""
    return points_of(out_of_a_hundred(tenths, of_tenths)) if of_tenths else "–"


def may_train(right: str) -> bool:
    """Whether this person has this part of the training pages."""
    if right == "training_drills":
        return may(Action.TRAINING_RUN) or may(Action.SCORE)
    return may(Action(right))


FUNCTIONS: Mapping[str, Any] = {
    "version_tones": VERSION_TONES,
    "standing_tones": STANDING_TONES,
    "attempt_tones": ATTEMPT_TONES,
    "drill_tones": DRILL_TONES,
    "choices": choices,
    "points_of": points_of,
    "mean_of_100": mean_of_100,
    "may_train": may_train,
}
"""What templates call."""
