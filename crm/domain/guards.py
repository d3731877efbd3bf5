"""Conditions of moves, each with the sentence that says why it does not hold (pure). Reference: domain 3.1, 3.3."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from crm.domain.actions import Role
from crm.domain.approvals import SIGNING_WHYS, Signing
from crm.domain.handling import Lapse
from crm.domain.tickets import (
    COMPLAINT_KINDS,
    SEVERITY_PRIORITY,
    Facts,
    Kind,
    Merging,
    Recusal,
    Reviewing,
    Status,
)


@dataclass(frozen=True)
class Guard:
    """A condition of a move, and the sentence that says why it does not hold."""

    holds: Callable[[Facts], bool]
    why: str
    field: str | None = None
    """The input that makes it hold; None when no input can."""
    states: bool = False
    """Making the move states it, so that it is asked every time."""


def needs(name: str, why: str, kinds: Collection[Kind] = frozenset(Kind)) -> Guard:
    """An input that must be there, for tickets of these kinds."""
    return Guard(lambda facts: facts.kind not in kinds or _said(facts, name), why, name)


def states(name: str, already: Callable[[Facts], bool], why: str) -> Guard:
    """Something that making the move states to have been done; false, or an unticked box, says that it was not."""
    return Guard(lambda facts: already(facts) or facts.given.get(name, True) is True, why, name, states=True)


def _said(facts: Facts, name: str) -> bool:
    value = facts.given.get(name)
    if isinstance(value, str):
        return bool(value.strip())
    return value is not None if isinstance(value, int) and not isinstance(value, bool) else bool(value)


def _known(name: str, why: str) -> Guard:
    return Guard(
        lambda facts: facts.kind is not Kind.COMPLAINT or name in facts.classified or _said(facts, name), why, name
    )


def _written(name: str, why: str) -> Guard:
    return Guard(lambda facts: name in facts.solution or _said(facts, name), why, name)


def _replied(name: str, why: str) -> Guard:
    return Guard(lambda facts: name in facts.reply or _said(facts, name), why, name)


def _not(read: Callable[[Facts], str | None], code: str, why: str, name: str | None = None) -> Guard:
    return Guard(lambda facts: read(facts) != code, why, name)


NOT_ABOUT_ONESELF = Guard(
    lambda facts: facts.recused.get(facts.actor) != Recusal.COMPLAINED_ABOUT,
    "nobody handles or decides a matter about himself",
)
"""Holds for every move but taking the matter in: a complaint about oneself is registered, then left to others."""

REASON = needs("reason", "a reason must be given")
RESULT = needs("result", "the result must be written down")
READ_BACK = states("read_back", lambda facts: facts.read_back, "the record must be read back and confirmed")
TOLD = states("told", lambda facts: facts.told, "the customer must be told the number, the time it takes and a contact")
SEVERITY = Guard(
    lambda facts: facts.given.get("severity") in SEVERITY_PRIORITY,
    "the severity must be S1, S2, S3 or S4",
    "severity",
)
LEVEL = Guard(
    lambda facts: facts.kind is not Kind.COMPLAINT or facts.given.get("level") in {1, 2, 3},
    "a complaint needs its level: 1, 2 or 3",
    "level",
)
IN_SCOPE = Guard(
    lambda facts: (
        facts.given.get("lapse") != Lapse.NONE or facts.kind is not Kind.COMPLAINT or facts.given.get("level") == 1
    ),
    "a complaint in which nobody did anything wrong is of level 1",
)
CLASSIFIED = (
    _known("category", "a complaint needs its class"),
    _known("business_code", "a complaint needs the business it is about"),
    _known("reason_code", "a complaint needs its reason for the statistics"),
    _known("department", "a complaint needs the department that answers for it"),
)
FIRST_ACT = Guard(
    lambda facts: not facts.first_acts_due or _said(facts, "first_act"),
    "what the first agent said to the customer must be written down: the explanation, or the apology",
    "first_act",
)
SIMPLE = Guard(
    lambda facts: (
        facts.kind not in COMPLAINT_KINDS
        or (facts.kind is Kind.COMPLAINT and facts.level == 1)
        or (
            facts.kind is Kind.COMPLAINT
            and facts.level == 2
            and facts.given.get("clear") is True
            and not facts.amount_fen
        )
    ),
    "only a complaint of level 1, or a clear one of level 2 without money, is solved on the spot",
)
FIRST_TIME = Guard(lambda facts: not facts.reopened, "what was taken up again is investigated, not solved on the spot")
AGREED = Guard(
    lambda facts: facts.kind not in COMPLAINT_KINDS or facts.given.get("agreed") is True,
    "the customer must have agreed to the solution",
    "agreed",
)
NOT_COMPLAINT = Guard(
    lambda facts: facts.kind not in COMPLAINT_KINDS,
    "a complaint is closed after its answer, its form and the return visit",
)
HANDLER = (
    Guard(
        lambda facts: (
            _said(facts, "assignee")
            and facts.given.get("assignee") != (facts.given.get("complained_about") or facts.complained_about)
            and facts.recused.get(str(facts.given.get("assignee"))) != Recusal.COMPLAINED_ABOUT
        ),
        "an assignee must be named, who is not the person complained about",
        "assignee",
    ),
    Guard(
        lambda facts: facts.recused.get(str(facts.given.get("assignee"))) != Recusal.HANDLED_BEFORE,
        "a review is for somebody who had no hand in the complaint",
        "assignee",
    ),
)
REVIEW = (
    _not(lambda f: f.reviewing, Reviewing.NO_COMPLAINT, "a review must name the complaint that it is of"),
    _not(
        lambda f: f.reviewing if not _said(f, "department") else None,
        Reviewing.NOT_HIGHER,
        "a review goes to the upper office",
        "department",
    ),
)
EVIDENCE = Guard(lambda facts: facts.evidence is None or facts.evidence > 0, "at least one piece of evidence is needed")
APPRAISAL = (
    needs("appraisal", "the clock stands still for an appraisal from outside only: name who appraises what"),
    Guard(lambda facts: facts.given.get("told") is True, "the customer must be told of the appraisal", "told"),
)
SOLUTION = (
    _written("facts", "the facts found must be written down"),
    _written("responsibility", "it must be said who is responsible"),
    _written("basis", "the basis must be written down: the law, the rule or the contract"),
    _written("solution", "a solution is needed"),
    _written("cost", "the cost must be said, if only that there is none"),
)
MAY_SIGN = tuple(_not(lambda f: f.signing, code, SIGNING_WHYS[code]) for code in Signing)
MAY_RETURN = tuple(guard for code, guard in zip(Signing, MAY_SIGN, strict=True) if code is not Signing.CHANGED)
"""What has changed since it was asked for cannot be signed, but it can be sent back."""
ALL_SIGNED = Guard(lambda facts: facts.outstanding == 0, "others have to sign yet")
SOMETHING_TO_DO = Guard(lambda facts: facts.to_execute != 0, "there is nothing to carry out")
NOTHING_TO_DO = Guard(lambda facts: facts.to_execute == 0, "the solution has steps to be carried out first")
STEPS_DONE = Guard(lambda facts: facts.steps_open == 0, "steps of the solution are still open")
CHAIN_DONE = Guard(
    lambda facts: not facts.acts_due, "something that this level asks for is missing: see the handling order"
)
FINAL_ANSWER = Guard(
    lambda facts: (
        facts.kind not in COMPLAINT_KINDS
        or (Role.CM in facts.roles and (not facts.actor or facts.actor != facts.first_agent))
    ),
    "the final answer is given by the maintenance office, not by the first agent",
)
ON_SPOT_ANSWER = Guard(
    lambda facts: facts.kind not in COMPLAINT_KINDS or not facts.roles.isdisjoint({Role.CM, Role.A1}),
    "what was solved on the spot is told by the first agent or the maintenance office",
)
NO_HAND_BEFORE = Guard(
    lambda facts: facts.recused.get(facts.actor) != Recusal.HANDLED_BEFORE,
    "a review is for somebody who had no hand in the complaint",
)
REPLY = (
    _replied("facts", "the reply must state the facts found"),
    _replied("basis", "the reply must state the basis"),
    _replied("solution", "the reply must state the solution"),
    _replied("execution", "the reply must state what was carried out"),
    Guard(
        lambda facts: facts.kind not in COMPLAINT_KINDS or "remedies" in facts.reply or _said(facts, "remedies"),
        "the reply must name the ways out: review, mediation, arbitration, litigation",
        "remedies",
    ),
)
PROOF = Guard(
    lambda facts: facts.proof is not False or _said(facts, "proof"),
    "there must be proof that the answer went out by the way the customer prefers",
    "proof",
)
SATISFACTION = Guard(
    lambda facts: facts.given.get("satisfaction") in {1, 2, 3, 4, 5, "no_answer"},
    "the customer's satisfaction must be given: 1 to 5, or no_answer after three tries",
    "satisfaction",
)
TRIED = Guard(
    lambda facts: (
        facts.given.get("satisfaction") != "no_answer"
        or facts.contact_tries is None
        or facts.contact_tries >= facts.tries_needed
    ),
    "no answer counts only after the tries that the rules ask for",
    "satisfaction",
)
STANDS = (
    Guard(
        lambda facts: facts.status is not Status.DISPUTED or _said(facts, "reason"),
        "a disputed answer that stands needs the reason why it stands",
        "reason",
    ),
    Guard(
        lambda facts: (
            facts.status is not Status.DISPUTED or "remedies" in facts.reply or facts.given.get("remedies_told") is True
        ),
        "a customer who disputes the answer must be told the ways out",
        "remedies_told",
    ),
)
FORM = Guard(lambda facts: not facts.form_missing, "the acceptance form lacks signatures")
VISITED = Guard(lambda facts: facts.visit != "open", "the return visit has no outcome yet")
CONTENT = Guard(
    lambda facts: facts.visit != "not_satisfied", "a customer who is not satisfied has his matter taken up again"
)
NO_TASKS = Guard(lambda facts: facts.tasks_open == 0, "tasks of this ticket are still open")
BUNDLE = Guard(
    lambda facts: facts.archive_made is not False or facts.archive_hash is not None, "the archive is not made yet"
)
WITHDRAWAL = needs("proof", "what shows that the customer withdrew must be named", COMPLAINT_KINDS)
MERGE = (
    needs("into", "the number of the other ticket is needed"),
    _not(lambda f: f.merging, Merging.UNKNOWN, "there is no ticket of that number", "into"),
    _not(lambda f: f.merging, Merging.ITSELF, "a ticket is not merged into itself", "into"),
    _not(lambda f: f.merging, Merging.ENDED, "the other ticket has ended: take it up again first", "into"),
    _not(lambda f: f.merging, Merging.KIND, "a complaint is merged only into a complaint", "into"),
    _not(lambda f: f.merging, Merging.CUSTOMER, "the other ticket is another customer's", "into"),
)
DECLINE_TOLD = states("told", lambda _facts: False, "who is turned away must be told so")
NEW_FACTS = Guard(
    lambda facts: (
        facts.status is Status.DISPUTED
        or (facts.status is Status.RETURN_VISIT and facts.visit in {None, "not_satisfied"})
        or _said(facts, "new_facts")
    ),
    "new facts are needed: what is new, and where it comes from",
    "new_facts",
)
