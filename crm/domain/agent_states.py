"""What an agent may say of himself: available, or paused with a reason (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from crm.domain.errors import InvalidInputError
from crm.domain.live import AgentStateName

MAX_REASON = 40
PAUSE_REASONS: Mapping[str, tuple[str, str]] = {
    "break": ("小休", "Break"),
    "meal": ("用餐", "Meal"),
    "training": ("培训", "Training"),
    "meeting": ("会议", "Meeting"),
    "back_office": ("处理事务", "Back-office work"),
    "other": ("其他", "Other"),
}
"""Code → what it is called in Chinese and in English. Any other short text is a reason in his own words."""
ASKABLE = (AgentStateName.AVAILABLE, AgentStateName.PAUSED)
"""The states that a person chooses; the others come from the phone."""


def checked_reason(state: str, reason: str) -> str:
    """The reason to keep. Raises InvalidInputError: a pause needs one, and none is long or holds control characters."""
    if state not in ASKABLE:
        raise InvalidInputError("state", f"must be one of {', '.join(ASKABLE)}")
    if state == AgentStateName.AVAILABLE:
        return ""
    given = reason.strip()
    if not 1 <= len(given) <= MAX_REASON or not given.isprintable():
        raise InvalidInputError("reason", f"must have 1 to {MAX_REASON} printable characters")
    return given
