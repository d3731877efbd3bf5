"""The order in which an agent should ask, when several customers share a number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.candidates import Candidate, ranked

NOW = datetime(2026, 11, 22, tzinfo=UTC)
candidates = st.builds(
    Candidate,
    customer_id=st.integers(1, 10**6),
    complaints=st.integers(0, 3),
    tickets=st.integers(0, 3),
    calls=st.integers(0, 9),
    last_contact=st.none() | st.integers(0, 9).map(lambda days: NOW - timedelta(days=days)),
    own_number=st.booleans(),
)


@pytest.mark.parametrize(
    ("likelier", "than"),
    [
        (Candidate(2), Candidate(1, complaints=1, own_number=False)),
        (Candidate(2, complaints=1), Candidate(1, tickets=9, last_contact=NOW)),
        (Candidate(2, tickets=1), Candidate(1, last_contact=NOW, calls=9)),
        (Candidate(2, last_contact=NOW), Candidate(1, last_contact=NOW - timedelta(seconds=1), calls=9)),
        (Candidate(2, last_contact=NOW), Candidate(1)),
        (Candidate(2, last_contact=NOW, calls=2), Candidate(1, last_contact=NOW, calls=1)),
        (Candidate(2, complaints=2), Candidate(1, complaints=1)),
        (Candidate(1), Candidate(2)),
    ],
)
def test_who_is_likelier(likelier: Candidate, than: Candidate) -> None:
    assert ranked([than, likelier]) == ranked([likelier, than]) == (likelier, than)


@given(st.lists(candidates, max_size=8, unique_by=lambda one: one.customer_id), st.randoms())
def test_the_order_does_not_depend_on_how_they_were_found(found: list[Candidate], chance: Random) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)
    assert ranked(shuffled) == ranked(found)
    assert sorted(one.customer_id for one in ranked(found)) == sorted(one.customer_id for one in found)
