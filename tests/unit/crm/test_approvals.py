"""Who signs what, in which order, and who may not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.access import Role
from crm.domain.approvals import (
    LADDER,
    Chain,
    Decision,
    Post,
    Seat,
    Signature,
    Signer,
    Signing,
    band_post,
    filled,
    fingerprint_of,
    higher_seats,
    post_above,
    solution_chain,
    why_not_sign,
)
from crm.domain.rules import DEFAULT_RULES
from crm.domain.tickets import Kind

S, M, D, G = (Seat(post) for post in LADDER)
RISK, TECH, UPPER = Seat(Post.DEPARTMENT, 1), Seat(Post.DEPARTMENT, 2), Seat(Post.DEPARTMENT, 9)


@pytest.mark.parametrize(
    ("yuan", "post"),
    [(0, Post.SECTION), (200, Post.SECTION), (200.01, Post.MAINTENANCE), (2_000, Post.MAINTENANCE),
     (2_000.01, Post.DEPUTY_GM), (20_000, Post.DEPUTY_GM), (20_000.01, Post.GM), (5_000_000, Post.GM)],
)  # fmt: skip
def test_the_amount_says_how_high_it_goes(yuan: float, post: Post) -> None:
    assert band_post(round(yuan * 100), DEFAULT_RULES) is post


@pytest.mark.parametrize(
    ("kind", "level", "yuan", "departments", "chain"),
    [
        (Kind.COMPLAINT, 1, 0, (), (S,)),
        (Kind.COMPLAINT, 1, 1_000, (), (S, M)),
        (Kind.COMPLAINT, 1, 30_000, (), (S, M, D, G)),
        (Kind.COMPLAINT, 2, 0, (1,), (S, M, D, G)),
        (Kind.COMPLAINT, 3, 0, (1, 2, 1), (S, M, RISK, TECH, D, G)),
        (Kind.INCIDENT, None, 3_000, (), (S, M, D)),
        (Kind.REVIEW, 2, 0, (9,), (UPPER,)),
        (Kind.REVIEW, 2, 0, (), (G,)),
    ],
)
def test_level_and_amount_make_the_chain(
    kind: Kind, level: int | None, yuan: int, departments: tuple[int, ...], chain: tuple[Seat, ...]
) -> None:
    assert solution_chain(kind, level, yuan * 100, departments, DEFAULT_RULES) == chain


def test_an_amount_below_nothing_is_no_amount() -> None:
    with pytest.raises(ValueError, match="negative"):
        solution_chain(Kind.COMPLAINT, 1, -1, (), DEFAULT_RULES)


@pytest.mark.parametrize(
    ("able", "chain"),
    [
        ({S: "s", M: "m", D: "d", G: "g"}, (S, M, D, G)),
        ({S: "s", D: "d", G: "g"}, (S, D, G)),
        ({S: "s", M: "m", D: "d"}, (S, M, D, G)),
        ({}, (G,)),
        ({S: "x", M: "x", D: "d", G: "g"}, (S, D, G)),
        ({S: "x", M: "xy", D: "d", G: "g"}, (S, M, D, G)),
    ],
)
def test_a_post_that_nobody_can_fill_is_left_to_the_next_higher_one(
    able: dict[Seat, str], chain: tuple[Seat, ...]
) -> None:
    assert filled((S, M, D, G), {seat: set(people) for seat, people in able.items()}) == chain


def test_a_department_without_a_head_is_answered_for_higher_up() -> None:
    people = {S: {"s"}, M: {"m"}, TECH: {"t"}, D: {"d"}, G: {"g"}}
    assert filled((S, M, RISK, TECH, D, G), people) == (S, M, TECH, D, G)
    assert filled((UPPER,), people) == (G,)


@pytest.mark.parametrize(
    ("roles", "post"),
    [({Role.A1}, Post.SECTION), ({Role.SM}, Post.MAINTENANCE), ({Role.CM, Role.SM}, Post.DEPUTY_GM),
     ({Role.DG}, Post.GM), ({Role.GM}, Post.GM), ({Role.CO}, Post.SECTION)],
)  # fmt: skip
def test_a_lower_grade_is_signed_by_the_post_above(roles: set[Role], post: Post) -> None:
    assert post_above(roles) is post


CHAIN = Chain((S, M), frozenset({"carl"}), "f1")
SIGNED = Chain((S, M), frozenset({"carl"}), "f1", (Signature(S, "sam", Decision.APPROVE),))


@pytest.mark.parametrize(
    ("chain", "signer", "fingerprint", "why"),
    [
        (CHAIN, Signer("sam", frozenset({S})), "f1", None),
        (CHAIN, Signer("cora", frozenset({M})), "f1", Signing.NOT_HIS_TURN),
        (CHAIN, Signer("dina", stands_for={S: "sam"}), "f1", None),
        (CHAIN, Signer("carl", frozenset({S})), "f1", Signing.OWN),
        (CHAIN, Signer("sam", frozenset({S})), "f2", Signing.CHANGED),
        (CHAIN, Signer("sam", frozenset({S}), about_him=True), "f1", Signing.ABOUT_HIM),
        (CHAIN, Signer("sam", frozenset({S}), took_part=True), "f1", Signing.TOOK_PART),
        (SIGNED, Signer("sam", frozenset({S, M})), "f1", Signing.SIGNED),
        (SIGNED, Signer("sam", stands_for={M: "cora"}), "f1", Signing.SIGNED),
        (SIGNED, Signer("cora", frozenset({M})), "f1", None),
        (Chain((S,), frozenset(), "f1", (Signature(S, "sam", Decision.RETURN),)), Signer("sam", frozenset({S})), "f1",
         Signing.NOTHING),
    ],
)  # fmt: skip
def test_nobody_signs_out_of_turn_twice_or_for_himself(
    chain: Chain, signer: Signer, fingerprint: str, why: Signing | None
) -> None:
    assert why_not_sign(chain, signer, fingerprint) is why


def test_a_fingerprint_is_of_what_is_said_not_of_its_order() -> None:
    assert fingerprint_of({"a": 1, "b": [2]}) == fingerprint_of({"b": [2], "a": 1})
    assert fingerprint_of({"a": 1}) != fingerprint_of({"a": 2})


@given(
    st.integers(0, 10**8),
    st.sampled_from([1, 2, 3]),
    st.lists(st.integers(1, 3), max_size=3),
    st.dictionaries(st.sampled_from([S, M, D, G, RISK, TECH]), st.sets(st.sampled_from("pqrs"), max_size=3)),
)
def test_whoever_is_away_a_chain_never_gets_lower_nor_longer(
    fen: int, level: int, departments: list[int], able: dict[Seat, set[str]]
) -> None:
    wanted = solution_chain(Kind.COMPLAINT, level, fen, departments, DEFAULT_RULES)
    found = filled(wanted, able)
    top = max(LADDER.index(seat.post) for seat in wanted if seat.post in LADDER)
    assert max(LADDER.index(seat.post) for seat in found if seat.post in LADDER) >= top
    assert len(found) == len(set(found)) <= len(wanted) + 1
    assert set(found) <= set(higher_seats(wanted))
    ladder = [LADDER.index(seat.post) for seat in found if seat.post in LADDER]
    assert ladder == sorted(ladder)
