"""The moves of tickets: which are legal, and why the others are not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.access import Role
from crm.domain.errors import IllegalMoveError
from crm.domain.moves import MOVES, refusal, transition
from crm.domain.tickets import ENDED, STAGES, Facts, Kind, Status, priority_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)
EVERYBODY = frozenset(Role)
CODES = {"category": "account", "business_code": "credit_card", "reason_code": "pricing", "department": "accounting"}
SOLUTION = {"facts": "charged twice", "responsibility": "ours", "basis": "rule 7", "solution": "refund", "cost": 1200}
REPLY = {"facts": "f", "basis": "b", "solution": "s", "execution": "e", "remedies": "r"}
PATH = (
    ("acknowledge", {}),
    ("triage", {"severity": "S2", "level": 2, **CODES}),
    ("assign", {"assignee": "handler"}),
    ("investigate", {}),
    ("propose", SOLUTION),
    ("approve", {}),
    ("execute", {"result": "refunded"}),
    ("notify", REPLY),
    ("confirm", {"satisfaction": 5}),
    ("sign_form", {}),
    ("plan_visit", {}),
    ("close", {"result": "all well"}),
    ("archive", {}),
)


def test_a_complaint_walks_from_the_first_to_the_last() -> None:
    status = Status.REGISTERED
    for move, given_fields in PATH:
        status = transition(move, Facts(Kind.COMPLAINT, status, given=given_fields), EVERYBODY, NOW).target
    assert status is Status.ARCHIVED


@pytest.mark.parametrize(
    ("move", "facts", "why"),
    [
        ("archive", Facts(Kind.COMPLAINT, Status.REGISTERED), "registered cannot archive"),
        ("fly", Facts(Kind.COMPLAINT, Status.REGISTERED), "no move"),
        ("triage", Facts(Kind.COMPLAINT, Status.ACKNOWLEDGED), "severity"),
        ("triage", Facts(Kind.COMPLAINT, Status.ACKNOWLEDGED, given={"severity": "S1"}), "level"),
        ("complete", Facts(Kind.COMPLAINT, Status.ACKNOWLEDGED, given={"result": "x"}), "return visit"),
        ("solve_on_spot", Facts(Kind.COMPLAINT, Status.TRIAGED, level=2, given={"result": "x"}), "level 1"),
        ("withdraw", Facts(Kind.INQUIRY, Status.REGISTERED), "reason"),
        ("assign", Facts(Kind.COMPLAINT, Status.TRIAGED, given={"assignee": "x", "complained_about": "x"}), "not the"),
        ("confirm", Facts(Kind.COMPLAINT, Status.NOTIFIED, given={"satisfaction": 9}), "satisfaction"),
    ],
)
def test_an_illegal_move_says_why(move: str, facts: Facts, why: str) -> None:
    with pytest.raises(IllegalMoveError, match=why):
        transition(move, facts, EVERYBODY, NOW)


@pytest.mark.parametrize("move", MOVES)
def test_no_move_is_made_without_a_role(move: str) -> None:
    source = min(MOVES[move].sources)
    assert refusal(move, Facts(Kind.COMPLAINT, source), frozenset(), asked_only=True) is not None
    assert refusal(move, Facts(Kind.COMPLAINT, source), {Role.AU, Role.AD, Role.QA}, asked_only=True) is not None


def test_every_status_can_be_reached_and_left_unless_it_is_an_end() -> None:
    reached = {move.target for move in MOVES.values()} | {Status.REGISTERED}
    left = {source for move in MOVES.values() for source in move.sources}
    assert reached == set(Status)
    assert set(Status) - left <= ENDED


def test_every_status_has_a_stage_to_tell() -> None:
    assert set(STAGES) == set(Status)


@given(
    st.sampled_from(sorted(MOVES)),
    st.sampled_from(Status),
    st.sampled_from(Kind),
    st.dictionaries(st.text(), st.text()),
)
def test_whatever_is_given_a_move_is_made_or_refused(
    move: str, status: Status, kind: Kind, fields: dict[str, str]
) -> None:
    facts = Facts(kind, status, given=fields)
    why = refusal(move, facts, EVERYBODY)
    if why is None:
        assert transition(move, facts, EVERYBODY, NOW).target is MOVES[move].target
        assert status in MOVES[move].sources


@pytest.mark.parametrize(
    ("kind", "severity", "priority"),
    [
        (Kind.COMPLAINT, None, "P2"),
        (Kind.COMPLAINT, "S1", "P1"),
        (Kind.COMPLAINT, "S4", "P2"),
        (Kind.LOSS_REPORT, None, "P1"),
        (Kind.INQUIRY, "S4", "P3"),
        (Kind.CALLBACK, None, "P3"),
    ],
)
def test_the_priority_is_the_higher_of_kind_and_severity(kind: Kind, severity: str | None, priority: str) -> None:
    assert priority_of(kind, severity) == priority
