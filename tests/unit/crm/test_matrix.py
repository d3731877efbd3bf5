"""The matrix of the reference (domain 3.4), row by row in its own words, against the table that the house asks."""

from __future__ import annotations

import pytest

from crm.domain.access import Action, Relation, Role, may, may_sign
from crm.domain.matrix import PERMISSIONS
from crm.domain.right_kinds import BUSINESS_DATA, CHANGING, FORM_FIELDS

ROLES = ["A1", "A2", "SM", "CM", "DG", "GM", "DH", "QA", "TR", "WF", "CO", "AU", "AD"]
NOBODY = "–"
ALL = {Relation.ANY}
OWN, CASE, SECTION = {Relation.OWN}, {Relation.OWN, Relation.CASE}, {Relation.OWN, Relation.SECTION}
ROWS: dict[Action, str] = {
    Action.TICKET_CREATE: "✔ ✔ ✔ ✔ ✔ ✔ – – – – ✔ – –",
    Action.TICKET_READ: "own+call own+queue+call section complaints all all dept sampled – – all all –",
    Action.TICKET_RECLASSIFY: "own_untriaged own section complaints ✔ ✔ – – – – ✔ – –",
    Action.SOLUTION_PROPOSE: "own_level_1 own+queue section complaints – – dept – – – – – –",
    Action.APPROVE: "– – ✔ complaints ✔ ✔ – – – – – – –",
    Action.EXTEND_30: "– – – – ✔ – – – – – – – –",
    Action.EXTEND_60: "– – – – – ✔ – – – – – – –",
    Action.NOTIFY_FINAL: "own_on_spot – – complaints – – – – – – – – –",
    Action.FORM_SIGN: "own – section complaints ✔ ✔ – – – – – – –",
    Action.RECORDING_LISTEN: "own own section own+case case case case ✔ anonymised – case ✔ –",
    Action.RECORDING_EXPORT: "– – – approved – – – – – – ✔ – –",
    Action.REVEAL: "call call ✔ complaints – – – – – – ✔ – –",
    Action.DELETE_EARLY: "– – – – – – – – – – approved – –",
    Action.SCORE: "– – – – – – – ✔ – – – – –",
    Action.SCORE_APPEAL: "own own – – – – – – – – – – –",
    Action.APPEAL_RULE: "– – – – – – – others – – – – –",
    Action.APPEAL_FINAL: "– – – – others – – others – – – – –",
    Action.SAMPLING_READ: "– – section – ✔ ✔ – ✔ – – ✔ ✔ –",
    Action.SAMPLING_PLAN: "– – – – ✔ – – ✔ – – – – –",
    Action.CALIBRATE: "– – – – – – – ✔ – – – – –",
    Action.COACH: "– – section – – – – ✔ ✔ – – – –",
    Action.KNOWLEDGE_PUBLISH: "– – – – – – – – ✔ – – – –",
    Action.KNOWLEDGE_SUGGEST: "– ✔ – ✔ – – – ✔ ✔ – – – –",
    Action.KNOWLEDGE_REVIEW: "– – – – – – – – – – ✔ – –",
    Action.TRAINING_RUN: "– – – – – – – – ✔ – – – –",
    Action.TRAINING_ASSIGN: "– – section – – – – ✔ ✔ – – – –",
    Action.TRAINING_READ: "– – section – ✔ ✔ – ✔ ✔ – ✔ ✔ –",
    Action.ANNOUNCE: "– – ✔ ✔ ✔ ✔ – – ✔ – ✔ – –",
    Action.SHIFT_READ: "own own section own – – – – – ✔ – – –",
    Action.SHIFT_PLAN: "– – section – – – – – – ✔ – – –",
    Action.REWARD_PROPOSE: "– – ✔ ✔ – – – – – – – – –",
    Action.REWARD_APPROVE: "– – – – ✔ ✔ – – – – – – –",
    Action.USER_ADMIN: "– – – – – – – – – – – – ✔",
    Action.AUDIT_READ: "– – – – – – – – – – ✔ ✔ –",
}
MEANS: dict[str, set[Relation]] = {
    NOBODY: set(),
    "✔": ALL,
    "all": ALL,
    "own": OWN,
    "call": {Relation.ON_CALL},
    "own+call": {Relation.OWN, Relation.ON_CALL},
    "own+queue": {Relation.OWN, Relation.QUEUE},
    "own+queue+call": {Relation.OWN, Relation.QUEUE, Relation.ON_CALL},
    "section": SECTION,
    "complaints": {Relation.OWN, Relation.COMPLAINT},
    "dept": {Relation.OWN, Relation.DEPARTMENT},
    "sampled": {Relation.SAMPLED},
    "case": {Relation.CASE},
    "own+case": CASE,
    "anonymised": {Relation.ANONYMISED},
    "approved": {Relation.APPROVED},
    "others": {Relation.OTHERS},
    "own_untriaged": {Relation.OWN_UNTRIAGED},
    "own_level_1": {Relation.OWN_LEVEL_1},
    "own_on_spot": {Relation.OWN_ON_SPOT},
}
ALSO = {(Action.TICKET_READ, Role.CM): {Relation.ON_CALL}}
"""What the house gives beyond the reference: the complaint office answers calls, too."""
CELLS = [
    (action, Role(role), word) for action, row in ROWS.items() for role, word in zip(ROLES, row.split(), strict=True)
]


@pytest.mark.parametrize(("action", "role", "word"), CELLS)
def test_a_cell_of_the_reference_is_the_houses_law(action: Action, role: Role, word: str) -> None:
    assert PERMISSIONS[role].get(action, frozenset()) == MEANS[word] | ALSO.get((action, role), set())


@pytest.mark.parametrize("relation", [relation for relation in Relation if relation is not Relation.ANY])
def test_the_function_says_yes_where_the_cell_does_and_nowhere_else(relation: Relation) -> None:
    for action, role, word in CELLS:
        enough = MEANS[word] | ALSO.get((action, role), set())
        assert may({role}, action, [relation]) is (Relation.ANY in enough or relation in enough), (action, role)


SIGNS = {"A1": "FO-11 FO-16", "SM": "FO-12", "CM": "FO-13", "DG": "FO-14", "GM": "FO-14"}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("field", ["FO-11", "FO-12", "FO-13", "FO-14", "FO-15", "FO-16", "FO-99"])
def test_each_signature_of_the_form_is_one_roles(role: str, field: str) -> None:
    assert may_sign({Role(role)}, field) is (field in SIGNS.get(role, "").split())
    assert set(FORM_FIELDS) == {Role(name) for name in SIGNS}


def test_an_administrator_reaches_no_business_data() -> None:
    assert not any(may({Role.AD}, action, list(Relation)) for action in BUSINESS_DATA)


def test_an_auditor_changes_nothing_and_every_change_is_known_as_one() -> None:
    assert not any(may({Role.AU}, action, list(Relation)) for action in CHANGING)
    reading = {action for action in Action if action.endswith(("_read", "_listen")) or action == "reveal"}
    assert reading.isdisjoint(CHANGING)
