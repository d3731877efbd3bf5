"""Documents over HTTP: a PDF that was just drawn, or a file from the store."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response

from recordings.store import StoredObject

_SHOWN = frozenset({"application/pdf"})


def pdf(content: bytes, name: str) -> Response:
    """A PDF that the browser shows."""
    response = Response(content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = _disposition("inline", name)
    response.headers["Cache-Control"] = "no-store"
    return response


def stored(opened: StoredObject, media_type: str, name: str, *, save: bool = False) -> Response:
    """A file from the store, piece by piece. ``save``: the browser keeps it instead of showing it."""
    how = "inline" if media_type in _SHOWN and not save else "attachment"
    response = Response(opened.read(0, opened.size), mimetype=media_type)
    response.headers["Content-Length"] = str(opened.size)
    response.headers["Content-Disposition"] = _disposition(how, name)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _disposition(how: str, name: str) -> str:
    plain = "".join(char if char.isascii() and (char.isalnum() or char in "-._") else "_" for char in name)
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
