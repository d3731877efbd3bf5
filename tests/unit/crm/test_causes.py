"""The why-tree of a case, and the house's tree of causes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain import causes
from crm.domain.causes import LEAVES, MAX_CAUSES, MAX_DEPTH, ROOT_CAUSES, Cause, added, branches, removed, rooted, walk
from crm.domain.errors import InvalidInputError


def three() -> tuple[Cause, ...]:
    tree = added((), "charged twice", parent=None)
    tree = added(tree, "sent twice", parent=1)
    return added(tree, "no check for doubles", parent=2, evidence=[2])


def test_a_tree_is_walked_from_its_top_children_after_their_parent() -> None:
    tree = added(three(), "call was not logged", parent=None)
    tree = added(tree, "the acquirer timed out", parent=1)
    assert [(depth, one.id) for depth, one in walk(tree)] == [(0, 1), (1, 2), (2, 3), (1, 5), (0, 4)]


def test_one_cause_is_the_root_and_has_a_kind() -> None:
    tree = rooted(three(), 3, "system.defect")
    assert causes.root_of(tree) == Cause(3, "no check for doubles", 2, "system.defect", root=True, evidence=(2,))
    moved = rooted(tree, 2, "process.design")
    assert [one.id for one in moved if one.root] == [2]


@pytest.mark.parametrize("code", ["", "system", "nothing.such"])
def test_a_root_without_a_kind_of_the_house_is_refused(code: str) -> None:
    with pytest.raises(InvalidInputError):
        rooted(three(), 3, code)


def test_what_hangs_below_goes_with_its_cause() -> None:
    assert [one.id for one in removed(added(three(), "other", parent=None), 2)] == [1, 4]


def test_a_number_is_never_given_to_two_causes() -> None:
    tree = added(removed(three(), 2), "again", parent=1)
    assert len({one.id for one in tree}) == len(tree)


@pytest.mark.parametrize("parent", [9, 0])
def test_nothing_hangs_on_what_is_not_there(parent: int) -> None:
    with pytest.raises(InvalidInputError, match="no such cause"):
        added(three(), "x", parent=parent)


@pytest.mark.parametrize("text", ["", "  ", "x" * 1001])
def test_a_cause_says_something_short(text: str) -> None:
    with pytest.raises(InvalidInputError):
        added((), text, parent=None)


def test_a_tree_has_its_bounds() -> None:
    deep: tuple[Cause, ...] = ()
    for depth in range(MAX_DEPTH):
        deep = added(deep, "why", parent=depth or None)
    with pytest.raises(InvalidInputError, match="deep"):
        added(deep, "why", parent=MAX_DEPTH)
    with pytest.raises(InvalidInputError, match="at most"):
        causes.check([Cause(number, "x") for number in range(1, MAX_CAUSES + 2)])


def test_a_ring_is_no_tree() -> None:
    with pytest.raises(InvalidInputError, match="tree"):
        causes.check([Cause(1, "a", 2), Cause(2, "b", 1)])


@given(st.lists(st.integers(min_value=0, max_value=12), max_size=12))
def test_whatever_is_added_and_removed_stays_a_tree(choices: list[int]) -> None:
    tree: tuple[Cause, ...] = ()
    for choice in choices:
        ids = [one.id for one in tree]
        try:
            if choice % 3 == 0 and ids:
                tree = removed(tree, ids[choice % len(ids)])
            else:
                tree = added(tree, "why", parent=ids[choice % len(ids)] if ids and choice % 2 else None)
        except InvalidInputError as refusal:
            assert "deep" in str(refusal)  # noqa: PT017  (the only bound that so few causes can meet)
        causes.check(tree)
        assert len(walk(tree)) == len(tree)


def test_every_cause_of_the_house_has_both_names_and_a_branch() -> None:
    assert all(title.zh and title.en for title in ROOT_CAUSES.values())
    listed = [leaf for leaves in branches().values() for leaf in leaves]
    assert sorted(listed) == sorted(LEAVES)
    assert all(branches().values()), "a branch without leaves cannot be chosen"
