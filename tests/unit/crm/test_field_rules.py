"""What of a record somebody reads: the rules, kind by kind, as the reference has them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.domain.access import Action, Relation, Role, may
from crm.domain.field_rules import IDENTIFYING, SEEN, Field, Sight, sight

ALL = list(Role)
READS = "A1 A2 SM CM DG GM DH QA CO AU"
WHOLE = {
    Field.SECRET: "",
    Field.NAME: "A1 A2 SM CM DG GM DH CO AU",
    Field.PHONE: "",
    Field.EMAIL: "",
    Field.ADDRESS: "",
    Field.ID_NUMBER: "",
    Field.CARD_NUMBER: "",
    Field.WEALTH: "A1 A2 SM CM DG GM CO AU",
    Field.WORDS: READS,
    Field.MATTER: READS,
    Field.HANDLING: "A2 SM CM DG GM DH CO AU",
    Field.STAFF: "SM CM DG GM CO AU",
}
MASKED = {Field.NAME: "QA", **dict.fromkeys(IDENTIFYING, READS)}


@pytest.mark.parametrize("field", list(Field))
@pytest.mark.parametrize("role", ALL)
def test_a_role_sees_of_a_field_exactly_what_the_rule_says(role: Role, field: Field) -> None:
    expected = Sight.HIDDEN
    if role in MASKED.get(field, "").split():
        expected = Sight.MASKED
    if role in WHOLE[field].split():
        expected = Sight.WHOLE
    assert sight({role}, field) is expected


@pytest.mark.parametrize("field", sorted(IDENTIFYING - {Field.CARD_NUMBER}))
@pytest.mark.parametrize(
    ("role", "relations", "whole"),
    [
        (Role.A1, {Relation.ON_CALL}, True),
        (Role.A1, {Relation.OWN}, False),
        (Role.A2, {Relation.ON_CALL}, True),
        (Role.A2, set(), False),
        (Role.SM, {Relation.SECTION}, True),
        (Role.CM, {Relation.COMPLAINT}, True),
        (Role.CM, set(), False),
        (Role.CO, set(), True),
        (Role.DG, {Relation.OWN}, False),
        (Role.GM, {Relation.OWN}, False),
        (Role.DH, {Relation.DEPARTMENT}, False),
        (Role.QA, {Relation.SAMPLED}, False),
        (Role.AU, {Relation.OWN}, False),
        (Role.AD, set(Relation), False),
    ],
)
def test_a_masked_value_is_whole_only_for_who_may_reveal_it_there(
    field: Field, role: Role, relations: set[Relation], whole: bool
) -> None:
    found = sight({role}, field, revealed=True, relations=relations)
    assert (found is Sight.WHOLE) is whole
    assert sight({role}, field, relations=relations) is not Sight.WHOLE, "unasked, it is never whole"


def test_the_first_agent_reads_what_became_of_his_own_ticket() -> None:
    assert sight({Role.A1}, Field.HANDLING) is Sight.HIDDEN
    assert sight({Role.A1}, Field.HANDLING, relations={Relation.OWN}) is Sight.WHOLE
    assert sight({Role.A1}, Field.STAFF, relations={Relation.OWN}) is Sight.HIDDEN


@pytest.mark.parametrize("role", [Role.AD, Role.TR, Role.WF])
def test_who_has_no_business_with_customers_sees_nothing_of_them(role: Role) -> None:
    assert {sight({role}, field, revealed=True, relations=set(Relation)) for field in Field} == {Sight.HIDDEN}


@settings(max_examples=60)
@given(
    st.sets(st.sampled_from(ALL)),
    st.sampled_from(Field),
    st.booleans(),
    st.sets(st.sampled_from(list(Relation))),
)
def test_what_holds_for_everybody(roles: set[Role], field: Field, revealed: bool, relations: set[Relation]) -> None:
    found = sight(roles, field, revealed=revealed, relations=relations)
    if field is Field.SECRET or not roles:
        assert found is Sight.HIDDEN
    if field is Field.CARD_NUMBER:
        assert found is not Sight.WHOLE
    if field in IDENTIFYING and found is Sight.WHOLE:
        assert revealed
        assert may(roles, Action.REVEAL, relations)
    one_by_one = [sight({role}, field, revealed=revealed, relations=relations) for role in roles]
    order = (Sight.HIDDEN, Sight.MASKED, Sight.WHOLE)
    assert all(order.index(found) >= order.index(one) for one in one_by_one), "a second role takes nothing away"


def test_every_field_has_its_rule() -> None:
    assert set(SEEN) == set(Field)
