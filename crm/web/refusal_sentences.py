"""Refusals that need words of their own, as people read them: what a service says, and the sentence for it.

``{}`` stands for a name or a number, which the sentence calls ``one``, ``two`` and ``three``. With the part before the
colon it is what is said about this part only. Order matters: the first that fits is taken.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

SENTENCES: Mapping[str, LazyString] = {
    "this customer was not invited": _("This customer was not invited."),
    "score: only who was there can judge it": _("Only who was there can judge it."),
    "the record of an agent is for himself and for who leads": _(
        "This record is for the agent himself and for those who lead him."
    ),
    "only a person has a state": _("Only a person has a state."),
    "there is no service that keeps the agents' states here": _(
        "The service that keeps the agents’ states does not run here."
    ),
    "this is not for you to confirm": _("This is not for you to confirm."),
    "it is ruled on already": _("This is ruled on already."),
    "this was ruled on already": _("This is ruled on already."),
    "somebody else rules on this": _("Somebody else rules on this."),
    "you do not rule on this appeal: {}": _("You do not rule on this appeal."),
    "somebody else has taken this appeal": _("Somebody else has taken this appeal."),
    "this evaluation is not handed in": _("This evaluation is not handed in."),
    "there is nothing to accept": _("There is nothing to accept."),
    "seats: somebody must sign": _("Somebody must sign."),
    "this ticket has its archive": _("This ticket has its archive already."),
    "file: would be more than {} files of one ticket": _("One ticket holds at most %(one)s files."),
    "this file was deleted when its retention ended": _("This file was deleted when its time of keeping ended."),
    "last: must not be more than two years after the first day": _(
        "The last day must not be more than two years after the first one."
    ),
    "nothing is shown before it is revealed": _("Nothing is shown before the scores are revealed."),
    "calls: are not all scored by the same card": _("These calls are not all scored by the same scorecard."),
    "scorers: {} is nobody who scores": _("%(one)s is nobody who scores."),
    "this is none of your calls": _("This is none of your calls."),
    "the calibration is over": _("This calibration is over."),
    "note: say why it is revealed before all have handed in": _("Say why it is revealed before all have handed in."),
    "fewer than two scorers have handed in all calls": _("Fewer than two scorers have handed in all calls."),
    "note: say why it is called off": _("Say why it is called off."),
    "first it is revealed": _("First the scores must be revealed."),
    "scorers: {} does not score call {}: {}": _(
        "%(one)s does not score call %(two)s: he had a part in it, or is of the agent’s section."
    ),
    "calls: there is no such call that is over: {}": _("There is no such call that is over: %(one)s"),
    "calls: must be {} to {}": _("Choose %(one)s to %(two)s calls."),
    "scorers: must be {} to {} people": _("Choose %(one)s to %(two)s people."),
    "target: must be agent:NAME of a colleague, or for a transfer queue:NAME": _(
        "Choose a colleague, or for a transfer a queue."
    ),
    "agent: this is your own call": _("This is your own call."),
    "only a person has a career": _("Only a person has a career."),
    "it is not a draft any more": _("This is not a draft any more."),
    "text: there are {} goals already": _("There are %(one)s goals already."),
    "it was taken back already": _("This was taken back already."),
    "what: choose a course, a test or a drill": _("Choose a course, a test or a drill."),
    "he has this already": _("He has this already."),
    "this is coached already": _("This is coached already."),
    "coach: nobody coaches himself": _("Nobody coaches himself."),
    "follows: only a coaching of his that did not help is followed by another": _(
        "Only a coaching that did not help is followed by another."
    ),
    "only the agent says what he thinks of it": _("Only the agent says what he thinks of it."),
    "note: it must be said what was explained": _("Say what was explained."),
    "there is no such article: {}": _("There is no such article: %(one)s"),
    "there is no such published case: {}": _("There is no such published case: %(one)s"),
    "a course is opened or taken out": _("A course is opened or taken out."),
    "only a class has an hour and a place": _("Only a class has an hour and a place."),
    "only a planned class is called off": _("Only a planned class is called off."),
    "only a planned drill is called off": _("Only a planned drill is called off."),
    "this drill is scored or called off": _("This drill is scored or called off."),
    "another drill was played in this call": _("Another drill was played in this call."),
    "text: write what he said, at most {} characters": _("Write what he said, in at most %(one)s characters."),
    "number: a customer has at most {}": _("A customer has at most %(one)s telephone numbers."),
    "address: a customer has at most {}": _("A customer has at most %(one)s addresses."),
    "nobody sent this answer": _("Nobody sent this answer."),
    "this message goes by another way": _("This message goes by another way."),
    "until: must lie ahead and after the beginning, at most {} days": _(
        "The end must lie ahead and after the beginning, at most %(one)s days."
    ),
    "must be somebody who signs: a manager, the maintenance office, or a head": _(
        "Choose somebody who signs: a manager, the maintenance office, or a head."
    ),
    "duties: there is no seat {}": _("There is no such seat in the team: %(one)s"),
    "customers of this language are to be told, too": _(
        "Customers of this language are to be told, too: write a text for them."
    ),
    "this emergency is no leak": _("This emergency is no leak of data."),
    "this link is not valid any more": _("This link is not valid any more."),
    "this link does not work any more": _("This link is not valid any more."),
    "this link opens nothing any more": _("This link is not valid any more."),
    "he was not called out": _("He was not called out."),
    "a complaint is escalated by a person": _("Only a person escalates a complaint."),
    "this complaint is not escalated": _("This complaint is not escalated."),
    "is nobody whom this house knows": _("Nobody here has this name."),
    "purpose: cannot be begun here": _("An evaluation for this purpose is not begun here."),
    "nobody has scored this call yet": _("Nobody has scored this call yet."),
    "an evaluation that is {} cannot become {}": _("This evaluation is too far along for that."),
    "candidate_id: is none of this call": _("This suggestion is of another call."),
    "this evaluation is not open any more": _("This evaluation is not open any more."),
    "title: there are {} pieces already": _("There are %(one)s pieces of evidence already."),
    "this sheet is not handed in yet": _("This sheet is not handed in yet."),
    "a rule marks what is chosen": _("Questions with options are marked by a rule."),
    "questions: no question is there twice": _("No question may be there twice."),
    "questions: a test has 1 to {} questions": _("A test has 1 to %(one)s questions."),
    "draws: a topic is one of the list": _("Choose a topic of the list."),
    "draws: a kind is one of the list": _("Choose a kind of the list."),
    "draws: the level is 1, 2 or 3": _("The level is 1, 2 or 3."),
    "draws: a draw takes 1 to {} questions": _("A draw takes 1 to %(one)s questions."),
    "a person sits a test": _("Only a person sits a test."),
    "this test was begun just now on another page": _("This test was begun just now on another page."),
    "must have at most {} MB": _("A file may have at most %(one)s MB."),
    "only a complaint has this form": _("Only a complaint has this form."),
    "there is no form that could be given up": _("There is no form that could be given up."),
    "the form is given up by who filled it in, or by the maintenance office": _(
        "The form is given up by who filled it in, or by the maintenance office."
    ),
    "opinion: {} needs its text": _("%(one)s needs its text."),
    "items: at most {}": _("At most %(one)s entries."),
    "this job is not dead any more": _("This job is not dead any more."),
    "this folder is not quarantined any more": _("This folder is not quarantined any more."),
    "the call is not written down yet; try again in a second": _(
        "This call is not written down yet. Try again in a moment."
    ),
    "this call is not written down yet; try again in a moment": _(
        "This call is not written down yet. Try again in a moment."
    ),
    "customer_id: is none of the customers who have this number": _("This customer does not have this number."),
    "a person says whether a text helped": _("Only a person says whether a text helped."),
    "it holds {}": _("It holds something that must not stand here: %(one)s"),
    "weights: must add up to {}, not {}": _("The weights must add up to %(one)s, not %(two)s."),
    "the lower limit is above the upper one": _("The lower limit is above the upper one."),
    "must be two numbers, or nothing": _("Write two numbers, or nothing."),
    "this month is not over yet": _("This month is not over yet."),
    "this month is frozen already, or being frozen": _("This month is frozen already, or being frozen."),
    "this month is not frozen": _("This month is not frozen."),
    "only an agent objects, to his own figures": _("Only an agent objects, to his own figures."),
    "only whom it is about objects to it": _("Only whom it is about objects to it."),
    "nothing was counted for you in this month": _("Nothing was counted for you in this month."),
    "nothing was counted for him in this month": _("Nothing was counted for him in this month."),
    "you have objected to this figure; it was not ruled on yet": _(
        "You have objected to this figure already; it is not ruled on yet."
    ),
    "nothing that is counted has changed: mend that first, or name calls to leave out": _(
        "Nothing that is counted has changed: mend that first, or name calls to leave out."
    ),
    "left_out: names at most {} calls": _("Name at most %(one)s calls."),
    "left_out: he had no part in that month in: {}": _("He had no part in that month in: %(one)s"),
    "to: must not be before the first day, nor more than three years after it": _(
        "The last day must not be before the first one, nor more than three years after it."
    ),
    "to: must not be before the first day, nor more than a year after it": _(
        "The last day must not be before the first one, nor more than a year after it."
    ),
    "to: people by queue or hour are counted over at most 31 days": _(
        "People by queue or hour are counted over at most 31 days."
    ),
    "that is not your section": _("That is not your section."),
    "he is not of your section": _("He is not of your section."),
    "must be written like 2026-11": _("Write a month like 2026-11."),
    "a month from then on is frozen already: choose a later one": _(
        "A month from then on is frozen already: choose a later one."
    ),
    "only a person asks for leave": _("Only a person asks for leave."),
    "one matter is punished once: {}": _("One matter is punished once: %(one)s"),
    "evidence: this evaluation is not final yet: {}": _("This evaluation is not final yet: %(one)s"),
    "evidence: this is no month: {}": _("This is no month: %(one)s"),
    "evidence: there is no such {}: {}": _("There is no such evidence: %(two)s"),
    "there is nothing to object to": _("There is nothing to object to."),
    "there is no objection to rule on": _("There is no objection to rule on."),
    "only who proposed it takes it back": _("Only who proposed it takes it back."),
    "kinds: every kind has its rule": _("Every kind needs its rule."),
    "evidence: must have at most {} pieces": _("At most %(one)s pieces of evidence."),
    "is not negative": _("An amount is not negative."),
    "must not be negative": _("An amount is not negative."),
    "brings no money": _("This kind brings no money."),
    "is an amount of money: it needs a limit": _("This kind is an amount of money: it needs a limit."),
    "channel: there is no address for {}": _("There is no address for this way."),
    "a message that is {} cannot become {}": _("This message is too far along for that."),
    "only a failed message is sent again": _("Only a message that failed is sent again."),
    "must be an amount in yuan with at most two decimals, as 1234.50": _(
        "Write an amount in yuan with at most two decimals, as 1234.50."
    ),
    "must be whole fen, or yuan as text": _("Write an amount in yuan with at most two decimals, as 1234.50."),
    "is more than any amount here": _("This is more than any amount here."),
    "only a person with a password signs": _("Only a person with a password signs."),
    "post: needs the role {}": _("This post needs the role: %(one)s"),
    "a newer transcript has taken the place of this suggestion": _(
        "A newer transcript has taken the place of this suggestion."
    ),
    "opinion: say what you do not agree with": _("Say what you do not agree with."),
    "this questionnaire has been answered": _("This questionnaire has been answered."),
    "this survey has been answered": _("This survey has been answered."),
    "this recording has no transcript": _("This recording has no transcript."),
    "this file is not made yet": _("This file is not made yet."),
    "recipients: their roles do not read this, or they are not there: {}": _(
        "Their roles do not read this, or they are not there: %(one)s"
    ),
    "numbers: {}: there is no such ticket": _("There is no such ticket: %(one)s"),
    "numbers: {}: it has not ended": _("This ticket has not ended: %(one)s"),
    "numbers: {}: it is held": _("This ticket is on hold and is kept: %(one)s"),
    "numbers: {}: the law keeps the file of a complaint longer": _(
        "The law keeps the file of a complaint longer: %(one)s"
    ),
    "names nothing that can be revealed": _("There is nothing here that can be revealed."),
    "is no field that can be revealed": _("There is nothing here that can be revealed."),
    "a review is asked for within {} days of the notice": _("A review is asked for within %(one)s days of the notice."),
    "the clock of this machine is behind the last change of the rules": _(
        "The clock of this machine is behind the last change of the rules."
    ),
    "{} calls are the most that one may hold at once; hand one in or give it back": _(
        "You hold as many calls as one may; hand one in or give it back first."
    ),
    "call_id: nobody whose calls are scored is heard in this call": _(
        "Nobody whose calls are scored is heard in this call."
    ),
    "week: is written as 2026-W47": _("Write a week as 2026-W47."),
    "week: this year has no such week": _("This year has no such week."),
    "there is no draw of this week": _("There is no draw of this week."),
    "this week is not drawn yet": _("This week is not drawn yet."),
    "started_on: is no first day at work": _("This is no first day at work."),
    "last: must not be before the first day, nor more than {} months later": _(
        "The last day must not be before the first one, nor more than %(one)s months later."
    ),
    "there is no scorecard in force for this": _("There is no scorecard in force for this."),
    "a published version stays as it is; make a draft from it": _(
        "A published version stays as it is. Make a draft from it."
    ),
    "a published version stays as it is": _("A published version stays as it is. Make a draft from it."),
    "this version is published already": _("This version is published already."),
    "is too long": _("This is too long."),
    "days: must have 1 to {} days": _("A pattern has 1 to %(one)s days."),
    "days: no kind of shift: {}": _("There is no such kind of shift: %(one)s"),
    "measures: must each have their own number": _("Each measure needs its own number."),
    "queue: needs are of all queues together": _("Needs are of all queues together."),
    "a token without a person takes no tasks": _("Only a person takes a task."),
    "kind: a wrap-up is no task that anybody makes": _("A wrap-up is no task that anybody makes."),
    "letter: the number of the letter is needed, {} characters at most": _(
        "Write the number of the letter, in at most %(one)s characters."
    ),
    "letter_due: the date on the letter is needed: {} to {}": _("Write the date on the letter: %(one)s to %(two)s."),
    "what: say in 5 to {} characters what came out": _("Say in 5 to %(one)s characters what came out."),
    "how: say in 5 to {} characters when, to whom and under which number": _(
        "Say in 5 to %(one)s characters when, to whom and under which number."
    ),
    "caller_number: must have 3 to 20 digits": _("A telephone number has 3 to 20 digits."),
    "received_at: must be an instant within the last ten years": _("The time must lie within the last ten years."),
    "roles: must be roles of the house": _("Choose roles of the house."),
    "a plan is begun or ended": _("A plan is begun or ended."),
    "who asked may take it back": _("Only who asked for it may take it back."),
    "there is a user {} already": _("There is a user %(one)s already."),
    "there is no active user {}": _("There is no active user %(one)s."),
    "this is no answer to that question": _("This is no answer to that question."),
    "choose one of the answers": _("Choose one of the answers."),
    "mix: names something that is no investment": _("This is no kind of investment."),
    "is no field of a customer": _("There is nothing here that can be changed."),
    "must be one option": _("Choose one option."),
    "queues: only agents who are here serve queues": _("Only agents who are here serve queues."),
    "queues: a level is 1 to 9": _("A level is 1 to 9."),
    "is needed before the wrap-up is done": _("Something is needed before the wrap-up is done."),
    "this wrap-up has its ticket already": _("This wrap-up has its ticket already."),
    "participants: there is no such active user: {}": _("There is no such active user: %(one)s"),
    "numbers: there is no such ticket: {}": _("There is no such ticket that you may see: %(one)s"),
    "position: no way leads there from {}": _("No way leads there from the present position."),
}
