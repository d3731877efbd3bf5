"""What counts as somebody being at his desk: requests that he makes, and his work on the phone."""

from __future__ import annotations

from datetime import datetime

from flask import session

SEEN = "seen_at"
"""Key of the browser's session: when he last did something."""
BACKGROUND_ENDPOINTS = frozenset({"api_events.Events", "notices.count"})
"""What a page asks for by itself: it keeps nobody logged in."""


def mark_active(now: datetime) -> None:
    """He does something now."""
    session[SEEN] = now.isoformat()
