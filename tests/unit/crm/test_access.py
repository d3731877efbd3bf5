"""The table of rights, cell by cell as the reference has it; what is not in it is refused."""

from __future__ import annotations

import pytest

from crm.domain.access import CHANGING, PERMISSIONS, Action, Relation, Role, may

ALL = ["A1", "A2", "SM", "CM", "DG", "GM", "DH", "QA", "TR", "WF", "CO", "AU", "AD"]
MATRIX = {
    (Action.TICKET_CREATE, None): "A1 A2 SM CM DG GM CO",
    (Action.TICKET_READ, None): "DG GM CO AU",
    (Action.TICKET_READ, Relation.OWN): "A1 A2 SM CM DG GM DH CO AU",
    (Action.TICKET_READ, Relation.COMPLAINT): "CM DG GM CO AU",
    (Action.TICKET_MOVE, None): "DG GM",
    (Action.TICKET_MOVE, Relation.OWN): "A1 A2 SM CM DG GM DH",
    (Action.TICKET_MOVE, Relation.COMPLAINT): "CM DG GM",
    (Action.RECORDING_LISTEN, None): "QA AU",
    (Action.RECORDING_LISTEN, Relation.OWN): "A1 A2 SM CM QA AU",
    (Action.TRANSCRIPT_READ, None): "QA AU",
    (Action.CALL_READ, None): "DG GM QA CO AU",
    (Action.CALL_READ, Relation.OWN): "A1 A2 SM CM DG GM DH QA CO AU",
    (Action.CUSTOMER_READ, None): "SM DG GM CO AU",
    (Action.TICKET_READ, Relation.ON_CALL): "A1 A2 CM DG GM CO AU",
    (Action.TICKET_READ, Relation.SECTION): "SM DG GM CO AU",
    (Action.TICKET_READ, Relation.QUEUE): "A2 DG GM CO AU",
    (Action.TICKET_READ, Relation.DEPARTMENT): "DG GM DH CO AU",
    (Action.TICKET_READ, Relation.SAMPLED): "DG GM QA CO AU",
    (Action.TICKET_MOVE, Relation.ON_CALL): "DG GM",
    (Action.TICKET_MOVE, Relation.SECTION): "SM DG GM",
    (Action.TICKET_MOVE, Relation.QUEUE): "A2 DG GM",
    (Action.TICKET_MOVE, Relation.DEPARTMENT): "DG GM DH",
    (Action.CALL_READ, Relation.ON_CALL): "A1 A2 CM DG GM QA CO AU",
    (Action.CALL_READ, Relation.SECTION): "SM DG GM QA CO AU",
    (Action.RECORDING_LISTEN, Relation.ON_CALL): "QA AU",
    (Action.RECORDING_LISTEN, Relation.CASE): "CM DG GM DH QA CO AU",
    (Action.RECORDING_LISTEN, Relation.SECTION): "SM QA AU",
    (Action.RECORDING_LISTEN, Relation.ANONYMISED): "QA TR AU",
    (Action.TRANSCRIPT_READ, Relation.ON_CALL): "A1 A2 CM QA AU",
    (Action.TRANSCRIPT_READ, Relation.CASE): "CM DG GM DH QA CO AU",
    (Action.CUSTOMER_EDIT, None): "SM",
    (Action.CUSTOMER_EDIT, Relation.ON_CALL): "A1 A2 SM CM",
    (Action.CUSTOMER_EDIT, Relation.COMPLAINT): "SM CM",
    (Action.CUSTOMER_MERGE, None): "SM",
    (Action.CUSTOMER_MERGE, Relation.OWN): "SM CM",
    (Action.CUSTOMER_CARE, None): "SM",
    (Action.CUSTOMER_CARE, Relation.OWN): "A2 SM CM",
    (Action.ACTIVITY_READ, None): "A1 A2 SM CM DG GM TR CO AU",
    (Action.ACTIVITY_RUN, None): "A2 SM CM TR",
    (Action.CUSTOMER_READ, Relation.ON_CALL): "A1 A2 SM CM DG GM CO AU",
    (Action.AUDIT_READ, None): "CO AU",
    (Action.USER_ADMIN, None): "AD",
    (Action.LIVE_READ, None): "SM DG GM WF AU",
    (Action.LIVE_READ, Relation.OWN): "A1 A2 SM CM DG GM WF AU",
    (Action.AGENT_WORK, None): "A1 A2 SM CM",
    (Action.SUPERVISE, None): "SM DG",
    (Action.SYSTEM_READ, None): "SM AD",
    (Action.SYSTEM_MEND, None): "AD",
    (Action.WRAP_UP, None): "",
    (Action.WRAP_UP, Relation.OWN): "A1 A2 SM CM",
    (Action.TASK_WORK, None): "SM DG GM",
    (Action.TASK_WORK, Relation.OWN): "A1 A2 SM CM DG GM",
    (Action.OUTBOUND_CALL, None): "A2 SM CM",
    (Action.OUTBOUND_CALL, Relation.OWN): "A1 A2 SM CM",
    (Action.MISSED_READ, None): "SM CM DG GM CO AU",
    (Action.MISSED_READ, Relation.OWN): "A1 A2 SM CM DG GM CO AU",
    (Action.INTAKE_REVIEW, None): "SM CM DG GM CO",
    (Action.ATTACHMENT_READ, None): "DG GM CO AU",
    (Action.ATTACHMENT_READ, Relation.OWN): "A1 A2 SM CM DG GM DH CO AU",
    (Action.ATTACHMENT_READ, Relation.COMPLAINT): "CM DG GM CO AU",
    (Action.ATTACHMENT_READ, Relation.ON_CALL): "A1 A2 CM DG GM CO AU",
    (Action.ATTACHMENT_ADD, None): "DG GM",
    (Action.ATTACHMENT_ADD, Relation.OWN): "A1 A2 SM CM DG GM DH CO",
    (Action.ATTACHMENT_ADD, Relation.COMPLAINT): "CM DG GM",
    (Action.KNOWLEDGE_READ, None): "A1 A2 SM CM DG GM DH QA TR CO AU",
    (Action.KNOWLEDGE_PUBLISH, None): "TR",
    (Action.ROUTING_READ, None): "SM DG GM WF AU AD",
    (Action.ROUTING_EDIT, None): "SM WF AD",
}


@pytest.mark.parametrize(("action", "relation"), MATRIX)
@pytest.mark.parametrize("role", ALL)
def test_a_role_may_exactly_what_the_matrix_says(role: str, action: Action, relation: Relation | None) -> None:
    relations = [relation] if relation else []
    assert may({Role(role)}, action, relations) is (role in MATRIX[action, relation].split())


def test_nobody_without_a_role_may_anything() -> None:
    assert not any(may([], action, list(Relation)) for action in Action)


def test_every_role_is_in_the_table_and_rights_add_up() -> None:
    assert set(PERMISSIONS) == set(Role)
    assert may({Role.AD, Role.QA}, Action.CALL_READ)
    assert not may({Role.AD}, Action.TICKET_READ, list(Relation))


def test_an_auditor_changes_nothing() -> None:
    assert not any(may({Role.AU}, action, list(Relation)) for action in CHANGING)
