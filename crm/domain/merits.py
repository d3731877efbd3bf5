"""Rewards and penalties: which there are, within which limits, who signs, and what is fair (pure).

Reference: domain 1.13 (KP-07 to KP-10) and 3.4. Section managers and the complaint office propose, the deputy general
manager and the general manager sign, never what they proposed themselves nor what is about themselves. One matter is
punished once. Who is punished may object; somebody who had no hand in it rules. All numbers are house defaults.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from crm.domain.approvals import Post, Seat
from crm.domain.errors import InvalidInputError

MAX_TEXT = 2_000
MOST_EVIDENCE = 20
MOST_AMOUNT = 100_000_000
"""A million yuan: what no scheme of a service centre goes beyond."""


class MeritKind(StrEnum):
    """What somebody is given or what is imposed on him."""

    OUTSTANDING = "outstanding"
    """outstanding agent award 优秀客服代表"""
    BONUS = "bonus"
    PROMOTION = "promotion"
    ORAL_WARNING = "oral_warning"
    WRITTEN_WARNING = "written_warning"
    BONUS_DEDUCTION = "bonus_deduction"


REWARDS = (MeritKind.OUTSTANDING, MeritKind.BONUS, MeritKind.PROMOTION)
PENALTIES = (MeritKind.ORAL_WARNING, MeritKind.WRITTEN_WARNING, MeritKind.BONUS_DEDUCTION)
WITH_AMOUNT = frozenset({MeritKind.BONUS, MeritKind.BONUS_DEDUCTION})
"""What is an amount of money; an award may bring one, the others never do."""
MAY_BRING = WITH_AMOUNT | {MeritKind.OUTSTANDING}


class MeritState(StrEnum):
    """How it stands."""

    OPEN = "open"
    APPROVED = "approved"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    LIFTED = "lifted"
    """it was in force, and an objection was right"""


class Ruling(StrEnum):
    """What comes of an objection. It is the last step."""

    UPHELD = "upheld"
    """the penalty stands"""
    LIFTED = "lifted"


class EvidenceKind(StrEnum):
    """What a proposal points at, so that everybody can look for himself."""

    TICKET = "ticket"
    CALL = "call"
    EVALUATION = "evaluation"
    KPI = "kpi"
    """a month's figures of the person"""


@dataclass(frozen=True)
class Evidence:
    """A piece of evidence."""

    kind: EvidenceKind
    ref: str


@dataclass(frozen=True)
class KindRule:
    """The limits of one kind. ``gm_from_fen``: from this amount on the general manager signs, too (0: always)."""

    most_fen: int = 0
    gm_from_fen: int = MOST_AMOUNT
    lapse_months: int = 0
    """a warning weighs so long; 0: it has no end of its own"""
    active: bool = True


def _default_kinds() -> Mapping[MeritKind, KindRule]:
    return {
        MeritKind.OUTSTANDING: KindRule(most_fen=100_000),
        MeritKind.BONUS: KindRule(most_fen=500_000, gm_from_fen=200_000),
        MeritKind.PROMOTION: KindRule(gm_from_fen=0),
        MeritKind.ORAL_WARNING: KindRule(lapse_months=3),
        MeritKind.WRITTEN_WARNING: KindRule(lapse_months=6),
        MeritKind.BONUS_DEDUCTION: KindRule(most_fen=200_000, gm_from_fen=100_000, lapse_months=6),
    }


@dataclass(frozen=True)
class Scheme:
    """The scheme of rewards and penalties, as it is in force."""

    kinds: Mapping[MeritKind, KindRule] = field(default_factory=_default_kinds)
    objection_days: int = 5
    """working days in which who is punished may object"""
    ruling_days: int = 5
    """working days in which an objection is ruled"""
    review_months: int = 6
    """so often the effect of the scheme is looked at"""

    def to_document(self) -> dict[str, Any]:
        """As it is kept."""
        kinds = {str(kind): asdict(rule) for kind, rule in self.kinds.items()}
        return {**{name: getattr(self, name) for name in LIMITS}, "kinds": kinds}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Scheme:
        """As it was kept."""
        kinds = {MeritKind(kind): KindRule(**rule) for kind, rule in document["kinds"].items()}
        return cls(kinds, **{name: int(document[name]) for name in LIMITS})


LIMITS: Mapping[str, tuple[int, int]] = {"objection_days": (1, 30), "ruling_days": (1, 30), "review_months": (1, 24)}
"""Field → the least and the most that it may be."""


def checked_scheme(scheme: Scheme) -> Scheme:
    """The scheme, if it can be worked by. Raises InvalidInputError."""
    for name, (least, most) in LIMITS.items():
        if not least <= getattr(scheme, name) <= most:
            raise InvalidInputError(name, f"must be {least} to {most}")
    if set(scheme.kinds) != set(MeritKind):
        raise InvalidInputError("kinds", "every kind has its rule")
    for kind, rule in scheme.kinds.items():
        if not 0 <= rule.most_fen <= MOST_AMOUNT or not 0 <= rule.gm_from_fen <= MOST_AMOUNT:
            raise InvalidInputError(f"{kind}.most", "must be 0 to 1,000,000 yuan")
        if (rule.most_fen > 0) and kind not in MAY_BRING:
            raise InvalidInputError(f"{kind}.most", "brings no money")
        if kind in WITH_AMOUNT and rule.active and rule.most_fen == 0:
            raise InvalidInputError(f"{kind}.most", "is an amount of money: it needs a limit")
        if not 0 <= rule.lapse_months <= 60:
            raise InvalidInputError(f"{kind}.lapse", "must be 0 to 60 months")
    return scheme


@dataclass(frozen=True)
class Proposal:
    """What somebody proposes."""

    person: str
    kind: MeritKind
    month: str
    reason: str
    amount_fen: int = 0
    position: str = ""
    evidence: tuple[Evidence, ...] = ()


def checked(proposal: Proposal, scheme: Scheme, today: date) -> Proposal:
    """The proposal in its one form. Raises InvalidInputError."""
    rule = scheme.kinds[proposal.kind]
    if not rule.active:
        raise InvalidInputError("kind", "is not part of the scheme in force")
    reason = proposal.reason.strip()
    if not 1 <= len(reason) <= MAX_TEXT or "\0" in reason:
        raise InvalidInputError("reason", f"must have 1 to {MAX_TEXT} characters")
    _check_amount(proposal, rule)
    if (proposal.kind is MeritKind.PROMOTION) != bool(proposal.position):
        raise InvalidInputError("position", "a promotion, and nothing else, names a position")
    _check_month(proposal.month, today)
    evidence = tuple(dict.fromkeys(proposal.evidence))
    if not evidence:
        raise InvalidInputError("evidence", "name what shows it: a ticket, a call, an evaluation or a month's figures")
    if len(evidence) > MOST_EVIDENCE:
        raise InvalidInputError("evidence", f"must have at most {MOST_EVIDENCE} pieces")
    return replace(proposal, reason=reason, evidence=evidence)


def _check_amount(proposal: Proposal, rule: KindRule) -> None:
    if proposal.amount_fen < 0:
        raise InvalidInputError("amount", "is not negative")
    if proposal.kind in WITH_AMOUNT and proposal.amount_fen == 0:
        raise InvalidInputError("amount", "an amount must be given")
    if proposal.kind not in MAY_BRING and proposal.amount_fen > 0:
        raise InvalidInputError("amount", "a warning or a promotion has no amount")
    if proposal.amount_fen > rule.most_fen:
        raise InvalidInputError("amount", "is more than the scheme allows")


def _check_month(month: str, today: date) -> None:
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise InvalidInputError("month", "must be a month, as 2026-11") from error
    months = (today.year - first.year) * 12 + today.month - first.month
    if not 0 <= months <= 12 or len(month) != 7:
        raise InvalidInputError("month", "must be this month or one of the twelve before it")


def chain(kind: MeritKind, amount_fen: int, scheme: Scheme, *, about_manager: bool = False) -> tuple[Seat, ...]:
    """Who signs, in order. ``about_manager``: it is about a deputy general manager, so the general manager alone."""
    general = Seat(Post.GM)
    if about_manager:
        return (general,)
    seats = (Seat(Post.DEPUTY_GM),)
    return (*seats, general) if amount_fen >= scheme.kinds[kind].gm_from_fen else seats


def lapses_on(kind: MeritKind, scheme: Scheme, day: date) -> date | None:
    """The day from which it does not weigh any more; None when it has no such day."""
    months = scheme.kinds[kind].lapse_months
    return add_months(day, months) if months else None


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or its last one."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise ValueError("no month has fewer than 28 days")


def punished_already(proposal: Proposal, earlier: Iterable[tuple[MeritKind, Evidence]]) -> Evidence | None:
    """The piece of evidence for which this person was punished before, or is about to be; None when there is none.

    A month's figures are no matter: they may be named for several things.
    """
    if proposal.kind not in PENALTIES:
        return None
    known = {one for kind, one in earlier if kind in PENALTIES and one.kind is not EvidenceKind.KPI}
    return next((one for one in proposal.evidence if one in known), None)
