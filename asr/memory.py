"""Give memory that a decoder has freed back to the system."""

from __future__ import annotations

import ctypes
from functools import cache


@cache
def _malloc_trim() -> ctypes._NamedFuncPointer | None:
    """The call that glibc offers; None with another C library."""
    return getattr(ctypes.CDLL(None), "malloc_trim", None)


def give_back() -> None:
    """Return freed memory: glibc keeps 50-90 MB of what one recording needed, in every child, for nothing."""
    trim = _malloc_trim()
    if trim is not None:
        trim(0)
