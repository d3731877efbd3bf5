"""The reply to a complaint: its parts, and when it may go out (pure). Reference: domain 1.10, 2.1."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

from crm.domain.messages import MessageChannel

PARTS = ("facts", "basis", "solution", "execution")
"""What every reply tells: 调查认定的事实、处理依据、解决方案、执行情况."""
REMEDIES = "remedies"
MAX_PART = 8_000
SMS_SOLUTION = 60
"""Characters of the solution that a text message tells; the rest is behind its link."""


class ReplyState(StrEnum):
    """How a reply stands."""

    DRAFT = "draft"
    SENT = "sent"
    TOLD = "told"
    VOID = "void"


class Unready(StrEnum):
    """Why a reply cannot go out."""

    PARTS = "parts"
    STATUS = "status"
    NO_WAY = "no_way"
    PREFERRED = "preferred"
    ADDRESS = "address"


def written(parts: Mapping[str, str], remedies: Sequence[str]) -> frozenset[str]:
    """Which parts are there."""
    found = {name for name in PARTS if parts.get(name, "").strip()}
    return frozenset(found | ({REMEDIES} if any(one.strip() for one in remedies) else set()))


def missing(parts: Mapping[str, str], remedies: Sequence[str]) -> tuple[str, ...]:
    """Which parts are not, in their order."""
    there = written(parts, remedies)
    return tuple(name for name in (*PARTS, REMEDIES) if name not in there)


def may_use(
    channel: MessageChannel,
    *,
    preferred: MessageChannel | None,
    tried: Collection[MessageChannel],
    reachable: Collection[MessageChannel],
    why: str,
) -> Unready | None:
    """Whether the reply may go by this channel: the preferred one first; another one beside it, or for a reason.

    ``tried``: channels by which this reply went out already, whatever came of it.
    """
    if not reachable:
        return Unready.NO_WAY
    if channel not in reachable:
        return Unready.ADDRESS
    if preferred is None or channel is preferred or preferred in tried or why.strip():
        return None
    return Unready.PREFERRED


def in_short(text: str, most: int = SMS_SOLUTION) -> str:
    """The beginning of a text on one line, for a message that has little room."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"
