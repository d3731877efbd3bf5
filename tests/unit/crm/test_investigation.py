"""Findings: what can be kept, and what is still missing before anything can be proposed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crm.domain import causes, investigation
from crm.domain.errors import InvalidInputError
from crm.domain.investigation import (
    Basis,
    BasisKind,
    Degree,
    Findings,
    Missing,
    Party,
    Responsible,
    Verdict,
    from_document,
    missing,
)
from crm.services.case_facts import plain

TREE = causes.rooted(causes.added((), "sent twice", parent=None), 1, "system.defect")
RULE = Basis(BasisKind.INTERNAL_RULE, "退款管理办法", "第三条", "三日内退还")
STAFF = Responsible(Party.STAFF, Degree.FULL, "alice", "alice", "did not log the call")
WHOLE = Findings("charged twice on 20 November (E1)", Verdict.SUBSTANTIATED, TREE, (STAFF,), (RULE,))


def test_findings_come_back_as_they_were_kept() -> None:
    assert from_document(plain(WHOLE.to_document())) == WHOLE
    assert WHOLE.root_cause == "system.defect"


def test_nothing_is_missing_of_whole_findings() -> None:
    investigation.check(WHOLE)
    assert missing(WHOLE) == ()


@pytest.mark.parametrize(
    ("findings", "lacks"),
    [
        (Findings(), (Missing.FACTS, Missing.VERDICT, Missing.RESPONSIBILITY, Missing.BASIS)),
        (replace(WHOLE, facts="  "), (Missing.FACTS,)),
        (replace(WHOLE, verdict=None), (Missing.VERDICT,)),
        (replace(WHOLE, causes=()), (Missing.ROOT_CAUSE,)),
        (replace(WHOLE, causes=(), verdict=Verdict.UNSUBSTANTIATED), ()),
        (replace(WHOLE, responsible=()), (Missing.RESPONSIBILITY,)),
        (replace(WHOLE, basis=()), (Missing.BASIS,)),
        (
            replace(WHOLE, responsible=(Responsible(Party.NOBODY, Degree.NONE, ground="chance"),)),
            (Missing.OURS,),
        ),
    ],
)
def test_what_is_missing_is_named(findings: Findings, lacks: tuple[Missing, ...]) -> None:
    assert missing(findings) == lacks


@pytest.mark.parametrize(
    "findings",
    [
        replace(WHOLE, facts="x" * 10_001),
        replace(WHOLE, responsible=(replace(STAFF, name=" "),)),
        replace(WHOLE, responsible=(replace(STAFF, ground=""),)),
        replace(WHOLE, responsible=(Responsible(Party.NOBODY, Degree.MAIN, ground="x"),)),
        replace(WHOLE, responsible=(STAFF, Responsible(Party.BANK, Degree.MINOR, ground="x"))),
        replace(WHOLE, basis=(replace(RULE, title=""),)),
        replace(WHOLE, basis=(RULE,) * 21),
    ],
)
def test_what_makes_no_sense_is_refused(findings: Findings) -> None:
    with pytest.raises(InvalidInputError):
        investigation.check(findings)


def test_shares_that_fit_together_are_kept() -> None:
    shared = (
        Responsible(Party.PARTNER, Degree.MAIN, "acquirer", None, "sent twice"),
        replace(STAFF, degree=Degree.MINOR),
        Responsible(Party.CUSTOMER, Degree.NONE, ground="did nothing wrong"),
    )
    investigation.check(replace(WHOLE, responsible=shared))
    assert investigation.is_ours(replace(WHOLE, responsible=shared))


def test_a_basis_is_cited_with_its_title_in_book_marks_once() -> None:
    assert RULE.line == "《退款管理办法》 第三条"
    assert replace(RULE, title="《民法典》", clause="").line == "《民法典》"
