"""A recording over HTTP: whole, or the range that a player asks for; only what is asked is decrypted."""

from __future__ import annotations

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from recordings.store import StoredObject


def wanted_range(size: int, etag: str) -> tuple[int, int] | None:
    """The bytes asked for as (start, end), or None for all of them.

    Raises RequestedRangeNotSatisfiable. Several ranges at once, other units and a stale If-Range get everything.
    """
    asked = request.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return None
    if request.if_range.etag is not None and request.if_range.etag != etag:
        return None
    if request.if_range.date is not None:
        return None
    found = asked.range_for_length(size)
    if found is None:
        raise RequestedRangeNotSatisfiable(length=size)
    return found


def audio_response(audio: StoredObject, bounds: tuple[int, int] | None, *, etag: str, name: str) -> Response:
    """200 or 206 with the bytes. ``name`` is of our making, never a caller's."""
    start, end = bounds or (0, audio.size)
    body = iter(()) if request.method == "HEAD" else audio.read(start, end)
    response = Response(body, 206 if bounds else 200, mimetype="audio/wav")
    response.headers["Content-Length"] = str(end - start)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Disposition"] = f'inline; filename="{name}.wav"'
    response.set_etag(etag)
    if bounds:
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{audio.size}"
    return response
