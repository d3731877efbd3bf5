"""POSTs that do something outside the database (a state, a transfer): at most once for each Idempotency-Key.

The key is claimed before the work, because the work cannot be rolled back; a claim whose work failed is given back.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, jsonify, request

from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import idempotency
from crm.services.idempotency import Answer


def once_outside(work: Callable[[], Answer]) -> Response:
    """Do the work, no transaction being open; with an Idempotency-Key at most once."""
    key, raw = request.headers.get("Idempotency-Key"), request.get_data()
    answer = work() if key is None else _claimed(work, key, raw)
    response = jsonify(answer.body)
    response.status_code = answer.status
    return response


def _claimed(work: Callable[[], Answer], key: str, raw: bytes) -> Answer:
    database, asker, path = deps().database, actor(), request.path
    with database.write() as session:
        kept = idempotency.replay(session, asker, path, key, raw)
        if kept is not None:
            return kept
        idempotency.claim(session, asker, path, key, raw, now=deps().now())
    try:
        answer = work()
    except Exception:
        with database.write() as session:
            idempotency.release(session, asker, path, key)
        raise
    with database.write() as session:
        idempotency.settle(session, asker, path, key, answer)
    return answer
