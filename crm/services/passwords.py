"""Passwords: Argon2id, the one door to ``argon2``."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def hash_password(password: str) -> str:
    """The hash that is kept."""
    return _HASHER.hash(password)


def is_password(password: str, kept: str) -> bool:
    """Whether the kept hash was made from this password."""
    try:
        return _HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def random_password(length: int = 16) -> str:
    """A password nobody knows yet, without letters that look alike."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
