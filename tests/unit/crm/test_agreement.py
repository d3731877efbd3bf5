"""Kappas, held against values that others published."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.agreement import Weights, cohen, fleiss, observed, table

FLEISS_1971 = [
    "444444", "222555", "233335", "555555", "222444", "113333", "333355", "113334", "114444", "555555",
    "144444", "124444", "222333", "144444", "224445", "333335", "111455", "111112", "224444", "133555",
    "555555", "244444", "224555", "114444", "144445", "222224", "111155", "224444", "133333", "555555",
]  # fmt: skip
"""Thirty patients, six psychiatrists, five diagnoses: the table of Fleiss (1971), which gives 0.430."""
FOURTEEN_JUDGES = [
    [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
]  # fmt: skip
"""Ten things, fourteen judges: the worked example of most text books and encyclopedias, 0.210."""
AGRESTI_1990 = ((7, 7, 2, 3), (2, 8, 3, 7), (1, 5, 4, 9), (2, 8, 9, 14))
"""Answers of 91 couples (Hout, Duncan, Sobel 1987, in Agresti 1990): 0.1293, with equal spacing 0.2374."""
SAS = ((0, 4, 1), (0, 8, 0), (0, 1, 5))
"""An example of the manual of SAS: 0.4842, weighted 0.4701."""
ANXIETY = (
    "33345523522615221243",
    "36462424332333221334",
    "21443216111233113322",
)
"""Twenty people, three judges: data of the R package irr, with its results below."""


def pairs_of(matrix: tuple[tuple[int, ...], ...]) -> list[tuple[int, int]]:
    """The judgements that a table of counts was made from."""
    return [(a, b) for a, row in enumerate(matrix) for b, count in enumerate(row) for _ in range(count)]


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        (((20, 5), (10, 15)), 0.4),
        (((45, 15), (25, 15)), 0.1304),
        (((25, 35), (5, 35)), 0.2593),
        (AGRESTI_1990, 0.1293),
        (SAS, 0.4842),
    ],
)
def test_cohens_kappa_is_the_published_one(matrix: tuple[tuple[int, ...], ...], expected: float) -> None:
    assert float(cohen(pairs_of(matrix)) or 0) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(
    ("pairs", "categories", "weights", "expected"),
    [
        (pairs_of(AGRESTI_1990), range(4), Weights.LINEAR, 0.2374),
        (pairs_of(SAS), range(3), Weights.LINEAR, 0.4701),
        (list(zip(ANXIETY[1], ANXIETY[2], strict=True)), None, Weights.NOMINAL, -0.006289308),
        # irr leaves out a category that nobody chose, and so counts the steps between those that were
        (list(zip(ANXIETY[1], ANXIETY[2], strict=True)), list("12346"), Weights.LINEAR, 0.1459075),
        (list(zip(ANXIETY[1], ANXIETY[2], strict=True)), list("12346"), Weights.QUADRATIC, 0.2520325),
    ],
)
def test_a_weighted_kappa_is_the_published_one(
    pairs: list[tuple[object, object]], categories: list[object] | None, weights: Weights, expected: float
) -> None:
    assert float(cohen(pairs, categories, weights) or 0) == pytest.approx(expected, abs=5e-5)


def test_fleiss_kappa_is_the_published_one() -> None:
    diagnoses = table([list(row) for row in FLEISS_1971], list("12345"))
    assert [sum(column) for column in zip(*diagnoses, strict=True)] == [26, 26, 30, 55, 43]
    assert float(fleiss(diagnoses) or 0) == pytest.approx(0.4302445, abs=5e-8)
    assert float(fleiss(FOURTEEN_JUDGES) or 0) == pytest.approx(0.210, abs=5e-4)
    assert float(fleiss([[7, 1], [3, 5]]) or 0) == pytest.approx(0.161905, abs=5e-7)
    assert float(observed([[7, 1], [3, 5]]) or 0) == pytest.approx(0.607143, abs=5e-7)


def test_where_nobody_could_disagree_there_is_no_kappa() -> None:
    assert cohen([]) is None
    assert cohen([("full", "full")] * 5) is None
    assert fleiss([]) is None
    assert observed([]) is None
    assert fleiss([[3, 0], [3, 0]]) is None  # all of one mind about all: agreement 1, and no kappa
    assert observed([[3, 0], [3, 0]]) == 1
    assert fleiss([[3, 0], [0, 3]]) == 1


@pytest.mark.parametrize("counts", [[[1, 0]], [[2, 0], [3, 0]], [[2, 0], [2]], [[3, -1]]])
def test_what_cannot_be_counted_is_refused(counts: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="judge"):
        fleiss(counts)
    with pytest.raises(ValueError, match="categories"):
        table([["x"]], ["full", "some"])
    with pytest.raises(ValueError, match="categories"):
        cohen([("x", "full")], ["full", "some"])


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=3, max_size=3), min_size=1, max_size=12))
def test_fleiss_is_what_counting_pairs_of_judges_gives(judgements: list[list[str]]) -> None:
    counts = table(judgements, "abc")
    pairs = [a == b for said in judgements for a, b in combinations(said, 2)]
    agreed = Fraction(sum(pairs), len(pairs))
    everything = Counter(one for said in judgements for one in said)
    chance = sum((Fraction(n, everything.total()) ** 2 for n in everything.values()), Fraction())
    assert observed(counts) == agreed
    assert fleiss(counts) == ((agreed - chance) / (1 - chance) if chance != 1 else None)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=15))
def test_two_judges_can_change_places(pairs: list[tuple[str, str]]) -> None:
    for weights in Weights:
        found = cohen(pairs, "abc", weights)
        assert found == cohen([(b, a) for a, b in pairs], "abc", weights)
        assert found is None or found <= 1
