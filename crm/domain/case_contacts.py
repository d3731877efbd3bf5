"""Words with the customer about his case: telling how it goes, asking, negotiating (pure). CA-07, IV-09."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from crm.domain.catalogue import Title
from crm.domain.errors import InvalidInputError

MAX_TEXT = 5_000
_FARTHEST = timedelta(days=60)
_CLOCK_SKEW = timedelta(minutes=5)
_EARLIEST = timedelta(days=90)


class ContactKind(StrEnum):
    """What the word was for."""

    PROGRESS = "progress"
    CLARIFICATION = "clarification"
    MEDIATION = "mediation"
    """listen, lay the causes open, negotiate a plan that both agree to"""


class ContactOutcome(StrEnum):
    """What came of it."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    AGREED = "agreed"
    REFUSED = "refused"
    CONSIDERS = "considers"


KINDS: Mapping[ContactKind, Title] = {
    ContactKind.PROGRESS: Title("进度反馈", "Progress told"),
    ContactKind.CLARIFICATION: Title("核实情况", "Facts asked for"),
    ContactKind.MEDIATION: Title("沟通协商", "Plan negotiated"),
}
OUTCOMES: Mapping[ContactOutcome, Title] = {
    ContactOutcome.REACHED: Title("已联系上", "Reached"),
    ContactOutcome.NOT_REACHED: Title("未联系上", "Not reached"),
    ContactOutcome.AGREED: Title("客户同意方案", "Agreed to the plan"),
    ContactOutcome.REFUSED: Title("客户不接受", "Refused the plan"),
    ContactOutcome.CONSIDERS: Title("客户考虑中", "Thinks about it"),
}
OUTCOMES_OF: Mapping[ContactKind, tuple[ContactOutcome, ...]] = {
    ContactKind.PROGRESS: (ContactOutcome.REACHED, ContactOutcome.NOT_REACHED),
    ContactKind.CLARIFICATION: (ContactOutcome.REACHED, ContactOutcome.NOT_REACHED),
    ContactKind.MEDIATION: (
        ContactOutcome.AGREED,
        ContactOutcome.CONSIDERS,
        ContactOutcome.REFUSED,
        ContactOutcome.NOT_REACHED,
    ),
}


def check(
    kind: ContactKind,
    outcome: ContactOutcome,
    *,
    told: str,
    heard: str,
    proposal: str,
    at: datetime,
    next_report_at: datetime | None,
    now: datetime,
) -> None:
    """Raise InvalidInputError for what cannot be kept."""
    if outcome not in OUTCOMES_OF[kind]:
        raise InvalidInputError("outcome", "does not belong to this kind of word")
    for name, value in (("told", told), ("heard", heard), ("proposal", proposal)):
        if len(value) > MAX_TEXT or "\0" in value:
            raise InvalidInputError(name, f"must have at most {MAX_TEXT} characters")
    if outcome is not ContactOutcome.NOT_REACHED and not told.strip():
        raise InvalidInputError("told", "must say what was said")
    if kind is ContactKind.MEDIATION and outcome is not ContactOutcome.NOT_REACHED:
        if not heard.strip():
            raise InvalidInputError("heard", "must say what the customer wants")
        if not proposal.strip():
            raise InvalidInputError("proposal", "must say which plan was on the table")
    if at.tzinfo is None or not now - _EARLIEST <= at <= now + _CLOCK_SKEW:
        raise InvalidInputError("at", "must lie in the past, within three months")
    if next_report_at is not None and not now < next_report_at <= now + _FARTHEST:
        raise InvalidInputError("next_report_at", "must lie ahead, within two months")
