"""How long a browser stays logged in: a whole shift at most, and not on a desk that was left."""

from __future__ import annotations

from datetime import datetime

from flask import Flask, flash, request, session
from flask_babel import gettext as _
from flask_security import logout_user

from crm.gate.activity import BACKGROUND_ENDPOINTS, mark_active
from crm.gate.activity import SEEN as _SEEN
from crm.gate.deps import deps

_BEGAN = "began_at"
BACKGROUND = "X-Background"
"""Header of requests that the page makes by itself: they keep nobody logged in."""


def _moment(name: str) -> datetime | None:
    text = session.get(name)
    return datetime.fromisoformat(text) if text else None


def init_sessions(app: Flask) -> None:
    """End sessions that are too old or were left alone, before anything else looks at them."""

    @app.before_request
    def end_or_refresh() -> None:
        if "_user_id" not in session or request.endpoint == "static":
            return
        config, now = deps().config, deps().now()
        began, seen = _moment(_BEGAN) or now, _moment(_SEEN) or now
        if now - began >= config.session_length or now - seen >= config.idle_length:
            logout_user()
            session.clear()
            flash(_("You were logged out because the session ended. Please log in again."), "info")
            return
        session[_BEGAN] = began.isoformat()
        if BACKGROUND not in request.headers and request.endpoint not in BACKGROUND_ENDPOINTS:
            mark_active(now)


def restart() -> None:
    """A login begins a new session, whatever the cookie held before."""
    now = deps().now().isoformat()
    session[_BEGAN] = session[_SEEN] = now
