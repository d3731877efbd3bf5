"""Why somebody may see a masked value whole (pure)."""

from __future__ import annotations

from enum import StrEnum

from crm.domain.errors import InvalidInputError

MAX_WORDS = 200


class RevealReason(StrEnum):
    """What it is needed for."""

    CONTACT = "contact"
    """to call or write to him"""
    VERIFY = "verify"
    """to make sure who he is"""
    CORRECT = "correct"
    """to mend what is written down"""
    CASE = "case"
    """to handle his matter"""
    AUTHORITY = "authority"
    """an authority or a court asks"""
    OTHER = "other"


def checked_reason(reason: str, words: str) -> str:
    """The words, tidied; one of the reasons must be given, and ``other`` says what it is. Raises InvalidInputError."""
    if reason not in set(RevealReason):
        raise InvalidInputError("reason", "say what it is needed for")
    text = " ".join(words.split())
    if len(text) > MAX_WORDS or not all(char.isprintable() for char in text):
        raise InvalidInputError("words", f"must have at most {MAX_WORDS} characters")
    if reason == RevealReason.OTHER and len(text) < 4:
        raise InvalidInputError("words", "say in words what it is needed for")
    return text
