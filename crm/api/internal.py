"""What the phone side asks while a caller waits: the stage of his complaint, and who he is to us.

Loopback and a shared token only. The caller's language, number and digits stay in memory; nothing is logged.
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from crm.domain.errors import InvalidInputError
from crm.gate.deps import deps
from crm.services.customers import profile_of
from crm.services.progress import progress_of

internal = Blueprint("internal", __name__, url_prefix="/internal")


def _text(body: object, name: str) -> str | None:
    value = body.get(name) if isinstance(body, dict) else None
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > 40 or "\x00" in value:
        raise InvalidInputError(name, "must be a text of at most 40 characters")
    return value


@internal.post("/progress")
def progress() -> Response:
    """``{number, caller_number, last_four}`` → ``{outcome, stage}``."""
    body = request.get_json(silent=True)
    number = _text(body, "number")
    if not number:
        raise InvalidInputError("number", "is needed")
    caller, last_four = _text(body, "caller_number"), _text(body, "last_four")
    with deps().database.write() as session:
        found = progress_of(session, number, caller, last_four, now=deps().now(), region=deps().centre.region)
    return jsonify(outcome=found.outcome, stage=found.stage)


@internal.post("/caller")
def caller() -> Response:
    """``{caller_number}`` → ``{vip, elderly, language}``, of an unknown number those of an ordinary caller."""
    number = _text(request.get_json(silent=True), "caller_number")
    with deps().database.read() as session:
        found = profile_of(session, number, region=deps().centre.region)
    return jsonify(vip=found.vip, elderly=found.elderly, language=found.language)
