"""How the application writes its answers in JSON."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask.json.provider import DefaultJSONProvider

from crm.json_codec import dumps


class JsonProvider(DefaultJSONProvider):
    """Flask's own, in UTF-8; whole answers, which may be long, are written by the faster writer."""

    ensure_ascii = False

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """An answer of what ``jsonify`` was given."""
        said = dumps(self._prepare_response_obj(args, kwargs), self.default)
        return Response(said, mimetype=self.mimetype)
