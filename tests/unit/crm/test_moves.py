"""Every legal and every illegal move, from the table of moves itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from crm.domain import guards
from crm.domain.access import Role
from crm.domain.errors import IllegalMoveError
from crm.domain.guards import Guard
from crm.domain.moves import MOVES, SIGNED_MOVES, TAKES_IN, refusal, transition
from crm.domain.tickets import Facts, Kind, Merging, Recusal, Reviewing, Status

NOW = datetime(2026, 11, 22, tzinfo=UTC)
INPUTS: dict[str, Any] = {
    "reason": "r", "result": "r", "severity": "S2", "level": 1, "assignee": "carl", "satisfaction": 5,
    "facts": "f", "basis": "b", "solution": "s", "responsibility": "r", "cost": 0, "execution": "e", "remedies": "m",
    "into": "2611220100001", "read_back": True, "told": True, "category": "c", "department": "risk",
    "business_code": "b", "reason_code": "c", "first_act": "sorry", "agreed": True, "clear": True,
    "appraisal": "an institute", "remedies_told": True, "proof": "the call", "new_facts": "a slip",
}  # fmt: skip
GOOD = Facts(Kind.COMPLAINT, Status.REGISTERED, level=1, actor="cora", evidence=1, given=INPUTS)
OFFICE = frozenset({Role.CM})


def good_for(move: str) -> Facts:
    """Facts with which nothing stands in this move's way."""
    facts = replace(GOOD, status=min(MOVES[move].sources))
    if move == "complete":
        return replace(facts, kind=Kind.INQUIRY)
    return replace(facts, to_execute=0) if move == "approve_only" else facts


def without(*names: str, **other: Any) -> dict[str, Any]:
    """The inputs without some, or with others."""
    return {**{name: value for name, value in INPUTS.items() if name not in names}, **other}


SPOILERS: dict[str, Facts] = {
    guards.REASON.why: replace(GOOD, given=without("reason")),
    guards.RESULT.why: replace(GOOD, given=without("result")),
    guards.READ_BACK.why: replace(GOOD, given=without(read_back=False)),
    guards.TOLD.why: replace(GOOD, given=without(told=False)),
    guards.SEVERITY.why: replace(GOOD, given=without(severity="S5")),
    guards.LEVEL.why: replace(GOOD, given=without("level")),
    guards.IN_SCOPE.why: replace(GOOD, given=without(lapse="none", level=2)),
    guards.CLASSIFIED[0].why: replace(GOOD, given=without("category")),
    guards.CLASSIFIED[1].why: replace(GOOD, given=without("business_code")),
    guards.CLASSIFIED[2].why: replace(GOOD, given=without("reason_code")),
    guards.CLASSIFIED[3].why: replace(GOOD, given=without("department")),
    guards.FIRST_ACT.why: replace(GOOD, first_acts_due=("apologised",), given=without("first_act")),
    guards.SIMPLE.why: replace(GOOD, level=3),
    guards.FIRST_TIME.why: replace(GOOD, reopened=True),
    guards.AGREED.why: replace(GOOD, given=without("agreed")),
    guards.NOT_COMPLAINT.why: replace(GOOD, kind=Kind.COMPLAINT),
    guards.HANDLER[0].why: replace(GOOD, complained_about="carl"),
    guards.HANDLER[1].why: replace(GOOD, recused=dict.fromkeys(("carl", "cora"), Recusal.HANDLED_BEFORE)),
    guards.REVIEW[0].why: replace(GOOD, reviewing=Reviewing.NO_COMPLAINT),
    guards.REVIEW[1].why: replace(GOOD, reviewing=Reviewing.NOT_HIGHER, given=without("department")),
    guards.EVIDENCE.why: replace(GOOD, evidence=0),
    guards.APPRAISAL[0].why: replace(GOOD, given=without("appraisal")),
    guards.APPRAISAL[1].why: replace(GOOD, given=without("told")),
    **{guard.why: replace(GOOD, given=without(str(guard.field))) for guard in guards.SOLUTION},
    **{guard.why: replace(GOOD, signing=code) for code, guard in zip(guards.Signing, guards.MAY_SIGN, strict=True)},
    guards.ALL_SIGNED.why: replace(GOOD, outstanding=1),
    guards.SOMETHING_TO_DO.why: replace(GOOD, to_execute=0),
    guards.NOTHING_TO_DO.why: replace(GOOD, to_execute=2),
    guards.STEPS_DONE.why: replace(GOOD, steps_open=1),
    guards.CHAIN_DONE.why: replace(GOOD, acts_due=("reported",)),
    guards.FINAL_ANSWER.why: replace(GOOD, first_agent="cora"),
    guards.ON_SPOT_ANSWER.why: replace(GOOD, roles=frozenset({Role.SM})),
    **{guard.why: replace(GOOD, given=without(str(guard.field))) for guard in guards.REPLY},
    guards.PROOF.why: replace(GOOD, proof=False, given=without("proof")),
    guards.SATISFACTION.why: replace(GOOD, given=without(satisfaction=6)),
    guards.TRIED.why: replace(GOOD, contact_tries=2, given=without(satisfaction="no_answer")),
    guards.STANDS[0].why: replace(GOOD, status=Status.DISPUTED, given=without("reason")),
    guards.STANDS[1].why: replace(GOOD, status=Status.DISPUTED, given=without("remedies_told")),
    guards.FORM.why: replace(GOOD, form_missing=("FO-14",)),
    guards.VISITED.why: replace(GOOD, visit="open"),
    guards.CONTENT.why: replace(GOOD, visit="not_satisfied"),
    guards.NO_TASKS.why: replace(GOOD, tasks_open=1),
    guards.BUNDLE.why: replace(GOOD, archive_made=False),
    guards.WITHDRAWAL.why: replace(GOOD, given=without("proof")),
    guards.MERGE[0].why: replace(GOOD, given=without("into")),
    **{guard.why: replace(GOOD, merging=code) for code, guard in zip(Merging, guards.MERGE[1:], strict=True)},
    guards.DECLINE_TOLD.why: replace(GOOD, given=without(told=False)),
    guards.NEW_FACTS.why: replace(GOOD, status=Status.CLOSED, given=without("new_facts")),
}
"""For each guard's sentence, facts with which it alone does not hold."""


def spoiled(move: str, guard: Guard) -> Facts:
    """The spoiler for this guard, as a ticket that could make this move otherwise."""
    facts = SPOILERS[guard.why]
    keeps = facts.status is not Status.REGISTERED
    changed = replace(facts, status=facts.status if keeps else good_for(move).status)
    if move == "complete" and guard is not guards.NOT_COMPLAINT:
        changed = replace(changed, kind=Kind.INQUIRY)
    return replace(changed, to_execute=0) if move == "approve_only" and guard is not guards.NOTHING_TO_DO else changed


@pytest.mark.parametrize("move", MOVES)
def test_a_move_is_legal_from_its_sources_and_nowhere_else(move: str) -> None:
    for status in Status:
        facts = replace(good_for(move), status=status)
        if status in MOVES[move].sources:
            assert transition(move, facts, OFFICE | {Role.SM}, NOW).target is MOVES[move].target
        else:
            with pytest.raises(IllegalMoveError, match=f"a ticket that is {status} cannot"):
                transition(move, facts, frozenset(Role), NOW)


@pytest.mark.parametrize(("move", "guard"), [(name, guard) for name, move in MOVES.items() for guard in move.guards])
def test_each_guard_alone_stops_its_move_and_says_why(move: str, guard: Guard) -> None:
    facts = spoiled(move, guard)
    assert facts.status in MOVES[move].sources
    assert refusal(move, facts, frozenset(Role)) == guard.why


@pytest.mark.parametrize("move", MOVES)
def test_a_move_is_for_its_roles_alone(move: str) -> None:
    for role in Role:
        facts = replace(good_for(move), roles=frozenset({role, Role.CM}))
        why = refusal(move, facts, {role})
        assert (why is None) == (role in MOVES[move].roles), (role, why)


@pytest.mark.parametrize("move", MOVES)
def test_nobody_moves_a_matter_about_himself_but_everybody_takes_it_in(move: str) -> None:
    facts = replace(good_for(move), recused={"cora": Recusal.COMPLAINED_ABOUT})
    why = refusal(move, facts, frozenset(Role))
    assert (why is None) == (move in TAKES_IN)
    assert why in {None, guards.NOT_ABOUT_ONESELF.why}


@pytest.mark.parametrize("move", MOVES)
def test_what_is_offered_can_be_made_with_the_inputs_it_names(move: str) -> None:
    facts = replace(good_for(move), given={})
    assert refusal(move, facts, frozenset(Role), asked_only=True) is None
    assert set(MOVES[move].needs) <= set(INPUTS)


@pytest.mark.parametrize(
    ("level", "clear", "amount", "may"),
    [(1, False, 0, True), (1, False, 500, True), (2, True, 0, True), (2, False, 0, False), (2, True, 1, False),
     (3, True, 0, False), (None, True, 0, False)],
)  # fmt: skip
def test_only_simple_matters_are_solved_on_the_spot(level: int | None, clear: bool, amount: int, may: bool) -> None:
    facts = replace(GOOD, status=Status.TRIAGED, level=level, amount_fen=amount, given=without(clear=clear))
    assert (refusal("solve_on_spot", facts, OFFICE) is None) == may


@pytest.mark.parametrize(
    ("status", "visit", "new", "may"),
    [(Status.DISPUTED, None, False, True), (Status.RETURN_VISIT, "not_satisfied", False, True),
     (Status.RETURN_VISIT, "satisfied", False, False), (Status.CLOSED, None, False, False),
     (Status.CLOSED, None, True, True), (Status.WITHDRAWN, None, True, True), (Status.NOTIFIED, None, False, False)],
)  # fmt: skip
def test_a_matter_is_taken_up_again_for_a_dispute_or_new_facts(
    status: Status, visit: str | None, new: bool, may: bool
) -> None:
    given = INPUTS if new else without("new_facts")
    assert (refusal("reopen", replace(GOOD, status=status, visit=visit, given=given), OFFICE) is None) == may


def test_the_archive_is_the_end() -> None:
    assert [name for name, move in MOVES.items() if Status.ARCHIVED in move.sources] == []
    assert {name for name in MOVES if MOVES[name].target is Status.EXECUTING} <= SIGNED_MOVES
