"""Limits on guessing: log-in attempts by the name typed and by the address they come from.

Counted in Redis, where all processes see the same; while Redis is away each process counts for itself, and
nobody is locked out because of that. Only attempts that fail count against a name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request, session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from crm.gate.deps import WebConfig

BY_NAME = "10 per 15 minutes"
BY_ADDRESS = "60 per 15 minutes"


def _typed_name() -> str:
    return "name:" + request.form.get("username", "")[:64]


def _second_factor_of() -> str:
    return "second:" + str(session.get("tf_user_id") or session.get("_user_id") or get_remote_address())


def _failed(response: Response) -> bool:
    return response.status_code == 200


def init_limits(app: Flask, config: WebConfig) -> None:
    """Put the limits around Flask-Security's views."""
    limiter = Limiter(
        get_remote_address,
        app=app,
        storage_uri=config.rate_limit_url,
        in_memory_fallback_enabled=config.rate_limit_url != "memory://",
        key_prefix="huiyin-limit",
        strategy="moving-window",
    )
    app.extensions["huiyin-limiter"] = limiter

    def guarded(endpoint: str, key: Callable[[], str]) -> None:
        view: Any = app.view_functions[endpoint]
        by_key = limiter.limit(BY_NAME, key_func=key, methods=["POST"], deduct_when=_failed)
        by_address = limiter.limit(BY_ADDRESS, methods=["POST"], deduct_when=_failed)
        app.view_functions[endpoint] = by_address(by_key(view))

    guarded("security.login", _typed_name)
    guarded("security.two_factor_token_validation", _second_factor_of)
    guarded("security.mf_recovery", _second_factor_of)
