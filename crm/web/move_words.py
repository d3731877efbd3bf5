"""The words of moves: their names, what they ask for, and why they cannot be made."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from crm.web.words import Words

MOVES: Words = {
    "acknowledge": _("Acknowledge"),
    "triage": _("Triage"),
    "solve_on_spot": _("Solve on the spot"),
    "assign": _("Assign"),
    "investigate": _("Start the investigation"),
    "suspend": _("Suspend for an external appraisal"),
    "resume": _("Resume"),
    "propose": _("Propose a solution"),
    "return": _("Return for more work"),
    "approve": _("Approve"),
    "approve_only": _("Approve; nothing is to be carried out"),
    "execute": _("Carried out"),
    "notify": _("Notify the customer"),
    "tell_result": _("Tell the result"),
    "confirm": _("Customer confirms"),
    "dispute": _("Customer disputes"),
    "sign_form": _("Sign the form"),
    "plan_visit": _("Plan the return visit"),
    "close": _("Close after the visit"),
    "complete": _("Complete"),
    "archive": _("Archive"),
    "withdraw": _("Withdraw"),
    "merge": _("Merge with another ticket"),
    "decline": _("Do not handle"),
    "reopen": _("Reopen"),
}

INPUTS: Words = {
    "investigator": _("Investigated anew by"),
    "emergency": _("Emergency"),
    "form": _("Told"),
    "file_name": _("File"),
    "as_suggested": _("As suggested"),
    "left_out": _("Files that were not taken"),
    "received_by_unit": _("The customer turned first to"),
    "platform": _("Platform"),
    "files": _("Files"),
    "reason": _("Reason"),
    "result": _("Result"),
    "severity": _("Severity"),
    "level": _("Level"),
    "assignee": _("Assignee (user name)"),
    "satisfaction": _("Satisfaction"),
    "facts": _("Facts found"),
    "basis": _("Basis"),
    "solution": _("Solution"),
    "into": _("Number of the other ticket"),
    "category": _("Category"),
    "complained_about": _("Person complained about"),
    "call_id": _("Call"),
    "number": _("Number"),
    "flags": _("Flags"),
    "caller_number": _("Number"),
    "read_back": _("The record was read back and the customer confirmed it"),
    "told": _("The customer was told"),
    "department": _("Department that answers for it"),
    "business_code": _("Business"),
    "reason_code": _("Reason for the statistics"),
    "channel_code": _("Where the business was done"),
    "first_act": _("What was said to the customer first"),
    "agreed": _("The customer agrees"),
    "clear": _("Facts and responsibility are clear"),
    "appraisal": _("Who appraises what"),
    "responsibility": _("Who is responsible"),
    "cost": _("Cost"),
    "execution": _("What was carried out"),
    "remedies": _("Ways out that are named"),
    "remedies_told": _("The ways out were told"),
    "proof": _("What shows it"),
    "new_facts": _("What is new, and where it comes from"),
    "amount": _("Amount in yuan"),
    "demand": _("What the customer asks for"),
    "received_at": _("When it reached us, if not now"),
    "lapse": _("What we are said to have done"),
    "grounds": _("Grounds of the complaint"),
    "demand_fair": _("The demand"),
    "evidence": _("Evidence"),
    "title": _("Title"),
    "version": _("Version"),
    "cost_fen": _("Cost"),
    "amount_fen": _("Amount"),
    "step": _("Step"),
    "reference": _("Number of the posting"),
    "contact": _("What for"),
    "channel": _("Channel"),
    "outcome": _("Outcome"),
    "due_at": _("Due"),
}

LAPSES: Words = {
    "dereliction": _("Dereliction of duty"),
    "mistake": _("Mistake"),
    "impoliteness": _("Impoliteness"),
    "loss_of_control": _("Loss of control"),
    "none": _("None of these"),
}

GROUNDS = (_("The grounds are sufficient"), _("The grounds are not clear yet"), _("The grounds are not sufficient"))
DEMANDS = (_("The demand is reasonable"), _("The demand is reasonable in part"), _("The demand is not reasonable"))
"""The first check of a complaint: whether its grounds are enough and its demand is reasonable."""

OUTCOMES: Words = {
    "upheld": _("The decision stands"),
    "changed": _("The review finds otherwise: the complaint is taken up again"),
}

WHYS: Words = {
    "a reason must be given": _("A reason must be given."),
    "the result must be written down": _("The result must be written down."),
    "the severity must be S1, S2, S3 or S4": _("The severity must be chosen."),
    "a complaint needs its level: 1, 2 or 3": _("A complaint needs its level: 1, 2 or 3."),
    "a complaint is closed after its answer, its form and the return visit": _(
        "A complaint is closed after its answer, its form and the return visit."
    ),
    "an assignee must be named, who is not the person complained about": _(
        "An assignee must be named, who is not the person complained about."
    ),
    "the customer's satisfaction must be given: 1 to 5, or no_answer after three tries": _(
        "The customer’s satisfaction must be given."
    ),
    "the reply must state the facts found": _("The reply must state the facts found."),
    "the reply must state the basis": _("The reply must state the basis."),
    "the reply must state the solution": _("The reply must state the solution."),
    "the facts found must be written down": _("The facts found must be written down."),
    "a solution is needed": _("A solution is needed."),
    "the number of the other ticket is needed": _("The number of the other ticket is needed."),
    "these roles do not move this ticket": _("Your role does not move this ticket."),
    "assignee: there is no such active user": _("There is no such active user."),
    "nobody handles or decides a matter about himself": _("Nobody handles or decides a matter about himself."),
    "the record must be read back and confirmed": _("The record must be read back and confirmed."),
    "the customer must be told the number, the time it takes and a contact": _(
        "The customer must be told the number, the time it takes and a contact."
    ),
    "a complaint needs its class": _("A complaint needs its class."),
    "a complaint needs the business it is about": _("A complaint needs the business it is about."),
    "a complaint needs its reason for the statistics": _("A complaint needs its reason for the statistics."),
    "a complaint needs the department that answers for it": _("A complaint needs the department that answers for it."),
    "only a complaint of level 1, or a clear one of level 2 without money, is solved on the spot": _(
        "Only a complaint of level 1, or a clear one of level 2 without money, is solved on the spot."
    ),
    "what the first agent said to the customer must be written down: the explanation, or the apology": _(
        "What the first agent said to the customer must be written down: the explanation, or the apology."
    ),
    "the customer must have agreed to the solution": _("The customer must have agreed to the solution."),
    "a review is for somebody who had no hand in the complaint": _(
        "A review is for somebody who had no hand in the complaint."
    ),
    "a review must name the complaint that it is of": _("A review must name the complaint that it is of."),
    "a review goes to the upper office": _("A review goes to the upper office."),
    "the clock stands still for an appraisal from outside only: name who appraises what": _(
        "The clock stands still for an appraisal from outside only: name who appraises what."
    ),
    "the customer must be told of the appraisal": _("The customer must be told of the appraisal."),
    "at least one piece of evidence is needed": _("At least one piece of evidence is needed."),
    "it must be said who is responsible": _("It must be said who is responsible."),
    "the basis must be written down: the law, the rule or the contract": _(
        "The basis must be written down: the law, the rule or the contract."
    ),
    "the cost must be said, if only that there is none": _("The cost must be said, if only that there is none."),
    "there is nothing to sign": _("There is nothing to sign."),
    "nobody approves what he asked for himself": _("Nobody approves what he asked for himself."),
    "nobody approves a matter about himself": _("Nobody approves a matter about himself."),
    "a review is signed by somebody who had no hand in the complaint": _(
        "A review is signed by somebody who had no hand in the complaint."
    ),
    "you have signed this already; one person signs once": _("You have signed this already; one person signs once."),
    "it is somebody else's turn to sign": _("It is somebody else's turn to sign."),
    "what is to be signed has changed: it must be asked for again": _(
        "What is to be signed has changed: it must be asked for again."
    ),
    "there is nothing to carry out": _("There is nothing to carry out."),
    "others have to sign yet": _("Others have to sign yet."),
    "the solution has steps to be carried out first": _("The solution has steps to be carried out first."),
    "steps of the solution are still open": _("Steps of the solution are still open."),
    "something that this level asks for is missing: see the handling order": _(
        "Something that this level asks for is missing: see the handling order."
    ),
    "the final answer is given by the maintenance office, not by the first agent": _(
        "The final answer is given by the maintenance office, not by the first agent."
    ),
    "the reply must state what was carried out": _("The reply must state what was carried out."),
    "the reply must name the ways out: review, mediation, arbitration, litigation": _(
        "The reply must name the ways out: review, mediation, arbitration, litigation."
    ),
    "there must be proof that the answer went out by the way the customer prefers": _(
        "There must be proof that the answer went out by the way the customer prefers."
    ),
    "no answer counts only after the tries that the rules ask for": _(
        "No answer counts only after the tries that the rules ask for."
    ),
    "the acceptance form lacks signatures": _("The acceptance form lacks signatures."),
    "a disputed answer that stands needs the reason why it stands": _(
        "A disputed answer that stands needs the reason why it stands."
    ),
    "a customer who disputes the answer must be told the ways out": _(
        "A customer who disputes the answer must be told the ways out."
    ),
    "the return visit has no outcome yet": _("The return visit has no outcome yet."),
    "a customer who is not satisfied has his matter taken up again": _(
        "A customer who is not satisfied has his matter taken up again."
    ),
    "tasks of this ticket are still open": _("Tasks of this ticket are still open."),
    "the archive is not made yet": _("The archive is not made yet."),
    "what shows that the customer withdrew must be named": _("What shows that the customer withdrew must be named."),
    "there is no ticket of that number": _("There is no ticket of that number."),
    "a ticket is not merged into itself": _("A ticket is not merged into itself."),
    "the other ticket has ended: take it up again first": _("The other ticket has ended: take it up again first."),
    "a complaint is merged only into a complaint": _("A complaint is merged only into a complaint."),
    "the other ticket is another customer's": _("The other ticket is another customer's."),
    "who is turned away must be told so": _("Who is turned away must be told so."),
    "new facts are needed: what is new, and where it comes from": _(
        "New facts are needed: what is new, and where it comes from."
    ),
    "what was solved on the spot is told by the first agent or the maintenance office": _(
        "What was solved on the spot is told by the first agent or the maintenance office."
    ),
    "what was taken up again is investigated, not solved on the spot": _(
        "What was taken up again is investigated, not solved on the spot."
    ),
    "a complaint in which nobody did anything wrong is of level 1": _(
        "A complaint in which nobody did anything wrong is of level 1."
    ),
    "department: there is no such department": _("There is no such department."),
}
"""What the rules answer, in the language of the screen; a test fails when a rule's sentence is not here."""
