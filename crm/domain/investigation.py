"""What an investigation finds: facts, verdict, causes, who is responsible, on which basis (pure). IV-01, IV-04."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from crm.domain import causes as why_tree
from crm.domain.catalogue import Title
from crm.domain.causes import Cause
from crm.domain.errors import InvalidInputError
from crm.domain.tickets import Status

MAX_FACTS = 10_000
MAX_ENTRIES = 20
MAX_LINE = 300
MAX_GROUND = 2_000

OPEN_FOR_FINDINGS = frozenset(
    {Status.ACKNOWLEDGED, Status.TRIAGED, Status.ASSIGNED, Status.INVESTIGATING, Status.SUSPENDED}
)
"""While a matter stands here, findings and solution may be written. Later they are what was signed."""


class Verdict(StrEnum):
    """Whether what the customer says is so."""

    SUBSTANTIATED = "substantiated"
    PARTLY = "partly"
    UNSUBSTANTIATED = "unsubstantiated"
    UNCLEAR = "unclear"


class Party(StrEnum):
    """Who can be responsible."""

    STAFF = "staff"
    DEPARTMENT = "department"
    BANK = "bank"
    PARTNER = "partner"
    THIRD_PARTY = "third_party"
    CUSTOMER = "customer"
    NOBODY = "nobody"


class Degree(StrEnum):
    """How far somebody is responsible."""

    FULL = "full"
    MAIN = "main"
    SHARED = "shared"
    MINOR = "minor"
    NONE = "none"


class BasisKind(StrEnum):
    """What a determination rests on."""

    LAW = "law"
    REGULATION = "regulation"
    INTERNAL_RULE = "internal_rule"
    CONTRACT = "contract"


VERDICTS: Mapping[Verdict, Title] = {
    Verdict.SUBSTANTIATED: Title("属实", "Substantiated"),
    Verdict.PARTLY: Title("部分属实", "Partly substantiated"),
    Verdict.UNSUBSTANTIATED: Title("不属实", "Not substantiated"),
    Verdict.UNCLEAR: Title("无法查实", "Cannot be established"),
}
PARTIES: Mapping[Party, Title] = {
    Party.STAFF: Title("本行员工", "Member of staff"),
    Party.DEPARTMENT: Title("本行部门", "Department of the bank"),
    Party.BANK: Title("本行", "The bank"),
    Party.PARTNER: Title("合作机构", "Partner of the bank"),
    Party.THIRD_PARTY: Title("第三方", "Third party"),
    Party.CUSTOMER: Title("客户本人", "The customer"),
    Party.NOBODY: Title("无责任方", "Nobody"),
}
DEGREES: Mapping[Degree, Title] = {
    Degree.FULL: Title("全部责任", "Full"),
    Degree.MAIN: Title("主要责任", "Main"),
    Degree.SHARED: Title("同等责任", "Shared"),
    Degree.MINOR: Title("次要责任", "Minor"),
    Degree.NONE: Title("无责任", "None"),
}
BASIS_KINDS: Mapping[BasisKind, Title] = {
    BasisKind.LAW: Title("法律法规", "Law"),
    BasisKind.REGULATION: Title("监管规定", "Regulation"),
    BasisKind.INTERNAL_RULE: Title("内部制度", "Rule of the house"),
    BasisKind.CONTRACT: Title("合同约定", "Contract"),
}
_OURS = frozenset({Party.STAFF, Party.DEPARTMENT, Party.BANK, Party.PARTNER})


@dataclass(frozen=True)
class Responsible:
    """Who is responsible, how far, and why. ``user``: of a member of staff, his user name."""

    party: Party
    degree: Degree
    name: str = ""
    user: str | None = None
    ground: str = ""


@dataclass(frozen=True)
class Basis:
    """A law, a rule or a clause that the determination rests on, and what it says."""

    kind: BasisKind
    title: str
    clause: str = ""
    says: str = ""

    @property
    def line(self) -> str:
        """As a reply cites it."""
        named = f"《{self.title}》" if not self.title.startswith("《") else self.title
        return " ".join(part for part in (named, self.clause) if part)


@dataclass(frozen=True)
class Findings:
    """All of it, as it stands now."""

    facts: str = ""
    verdict: Verdict | None = None
    causes: tuple[Cause, ...] = ()
    responsible: tuple[Responsible, ...] = ()
    basis: tuple[Basis, ...] = field(default=())

    def to_document(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)

    @property
    def root_cause(self) -> str | None:
        """The code of its root cause."""
        root = why_tree.root_of(self.causes)
        return root.code if root else None


def from_document(document: Mapping[str, Any]) -> Findings:
    """What ``to_document`` gave."""
    verdict = document.get("verdict")
    return Findings(
        facts=str(document.get("facts", "")),
        verdict=Verdict(verdict) if verdict else None,
        causes=tuple(Cause(**{**one, "evidence": tuple(one.get("evidence", ()))}) for one in document["causes"]),
        responsible=tuple(
            Responsible(**{**one, "party": Party(one["party"]), "degree": Degree(one["degree"])})
            for one in document["responsible"]
        ),
        basis=tuple(Basis(**{**one, "kind": BasisKind(one["kind"])}) for one in document["basis"]),
    )


def check(findings: Findings) -> None:
    """Raise InvalidInputError for findings that cannot be kept. What is only not finished yet is ``missing``."""
    if len(findings.facts) > MAX_FACTS:
        raise InvalidInputError("facts", f"must have at most {MAX_FACTS} characters")
    why_tree.check(findings.causes)
    _check_entries("responsible", findings.responsible)
    _check_entries("basis", findings.basis)
    for one in findings.responsible:
        _check_responsible(one)
    for entry in findings.basis:
        if not 1 <= len(entry.title.strip()) <= MAX_LINE:
            raise InvalidInputError("title", f"must have 1 to {MAX_LINE} characters")
        if len(entry.clause) > MAX_LINE or len(entry.says) > MAX_GROUND:
            raise InvalidInputError("says", f"must have at most {MAX_GROUND} characters")
    if (
        sum(one.degree is Degree.FULL for one in findings.responsible)
        and len([one for one in findings.responsible if one.degree is not Degree.NONE]) > 1
    ):
        raise InvalidInputError("degree", "who is fully responsible leaves nothing for others")


def _check_entries(name: str, entries: Sequence[object]) -> None:
    if len(entries) > MAX_ENTRIES:
        raise InvalidInputError(name, f"must be at most {MAX_ENTRIES}")


def _check_responsible(one: Responsible) -> None:
    if len(one.name) > MAX_LINE or len(one.ground) > MAX_GROUND:
        raise InvalidInputError("ground", f"must have at most {MAX_GROUND} characters")
    if one.party in {Party.STAFF, Party.DEPARTMENT, Party.PARTNER, Party.THIRD_PARTY} and not one.name.strip():
        raise InvalidInputError("name", "must say who it is")
    if not one.ground.strip():
        raise InvalidInputError("ground", "must say why")
    if one.party is Party.NOBODY and one.degree is not Degree.NONE:
        raise InvalidInputError("degree", "nobody has no share of the responsibility")


class Missing(StrEnum):
    """What findings still lack."""

    FACTS = "facts"
    VERDICT = "verdict"
    RESPONSIBILITY = "responsibility"
    BASIS = "basis"
    ROOT_CAUSE = "root_cause"
    OURS = "ours"
    """it is so, and yet nobody of the bank or its partners, no third party and not the customer is responsible"""


def missing(findings: Findings) -> tuple[Missing, ...]:
    """What is not there yet, in the order in which one would write it."""
    found = []
    if not findings.facts.strip():
        found.append(Missing.FACTS)
    if findings.verdict is None:
        found.append(Missing.VERDICT)
    so = findings.verdict in {Verdict.SUBSTANTIATED, Verdict.PARTLY}
    if so and findings.root_cause is None:
        found.append(Missing.ROOT_CAUSE)
    if not findings.responsible:
        found.append(Missing.RESPONSIBILITY)
    elif so and all(one.degree is Degree.NONE for one in findings.responsible):
        found.append(Missing.OURS)
    if not findings.basis:
        found.append(Missing.BASIS)
    return tuple(found)


def is_ours(findings: Findings) -> bool:
    """Whether the bank or a partner of it is responsible for anything."""
    return any(one.party in _OURS and one.degree is not Degree.NONE for one in findings.responsible)
