"""Evidence: its custody log, what is typed, and card numbers that must not stay in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crm.domain import evidence
from crm.domain.errors import InvalidInputError
from crm.domain.evidence import KINDS, EvidenceKind, custody_of, digest_of

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)


def test_the_sources_of_evidence_are_all_there() -> None:
    """IV-02: transaction record, system log, customer file, marketing material, call recording."""
    assert {"transaction", "system_log", "customer_file", "marketing", "recording"} <= {str(kind) for kind in KINDS}
    assert set(KINDS) == set(EvidenceKind)


def test_custody_tells_who_has_it_and_whether_it_counts() -> None:
    log = [("collected", "carl", NOW), ("handed_over", "archive room", NOW), ("verified", "archive room", NOW)]
    found = custody_of(log)
    assert (found.held, found.holder, found.whole, found.checked_at) == (True, "archive room", True, NOW)
    later = NOW + timedelta(hours=1)
    found = custody_of([*log, ("withdrawn", "archive room", later), ("differs", "archive room", later)])
    assert (found.held, found.whole, found.checked_at) == (False, False, later)
    assert custody_of([*log, ("withdrawn", "x", later), ("restored", "x", later)]).held
    assert not custody_of([]).held


def test_a_digest_is_of_everything_that_was_typed() -> None:
    one = digest_of("transaction", "text", {"amount_fen": 1})
    assert one == digest_of("transaction", "text", {"amount_fen": 1})
    assert len({one, digest_of("other", "text", {"amount_fen": 1}), digest_of("transaction", "text", {})}) == 3


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"shows": ""}, "shows"),
        ({"source": ""}, "source"),
        ({"text": "x" * 20_001}, "text"),
        ({"text": "a\0b"}, "text"),
        ({"obtained_at": NOW + timedelta(hours=1)}, "obtained_at"),
        ({"obtained_at": NOW - timedelta(days=4000)}, "obtained_at"),
        ({"obtained_at": NOW.replace(tzinfo=None)}, "obtained_at"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_field(change: dict[str, object], field: str) -> None:
    given_ = {"title": "log", "shows": "it", "text": "x", "source": "system", "obtained_at": NOW, "now": NOW, **change}
    with pytest.raises(InvalidInputError) as refused:
        evidence.check(**given_)  # type: ignore[arg-type]  # the table's columns are what it takes
    assert refused.value.field == field
