"""Errors of the API as problem+json (RFC 9457)."""

from __future__ import annotations

import json

from flask import Response

from crm.gate.refusals import Refusal


def problem(refusal: Refusal) -> Response:
    """The answer for a refusal."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
    }
    if refusal.errors:
        body["errors"] = refusal.errors
    response = Response(json.dumps(body, ensure_ascii=False), refusal.status, content_type="application/problem+json")
    response.headers.extend(refusal.headers)
    if refusal.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
