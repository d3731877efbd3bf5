"""The API of the contract, under `/api/v1`."""

from __future__ import annotations

import json

from flask import Flask, request
from flask_smorest import Api

from crm.api.agents import api_agents
from crm.api.call_control import api_control
from crm.api.customers import api_customers
from crm.api.evaluations import api_evaluations
from crm.api.events import api_events
from crm.api.handling import api_handling
from crm.api.intake import api_intake
from crm.api.internal import internal
from crm.api.kpi import api_kpi
from crm.api.resources import PREFIX, api_calls, api_recordings, api_tickets
from crm.api.shifts import api_shifts
from crm.api.work import api_work
from crm.gate.guard import BadRequestError

_SETTINGS = {
    "API_TITLE": "Huiyin",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.0.3",
    "OPENAPI_URL_PREFIX": PREFIX,
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": {
        "info": {"description": "Calls, tickets, recordings and transcripts. Times are RFC 3339 in UTC."},
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
        "security": [{"bearer": []}],
    },
}


class OurApi(Api):  # type: ignore[misc]  # flask-smorest has no types
    """flask-smorest without its own error shape: ours is problem+json, for the whole application."""

    def _register_error_handlers(self) -> None:
        pass


def init_api(app: Flask) -> None:
    """Put the API on the application."""
    app.config.update(_SETTINGS)
    api = OurApi(app)
    data = (api_calls, api_tickets, api_handling, api_customers, api_intake, api_recordings)
    for blueprint in (*data, api_agents, api_events, api_control, api_work, api_evaluations, api_kpi, api_shifts):
        api.register_blueprint(blueprint)
    app.register_blueprint(internal)
    app.before_request(_refuse_bad_json)


def _refuse_bad_json() -> None:
    """JSON that cannot be kept or would exhaust the reader: too deep, lone surrogates, NaN."""
    if not request.content_length or not request.path.startswith(("/api/", "/internal/")) or not request.is_json:
        return
    try:
        data = json.loads(request.get_data(), parse_constant=_no_constant)
        json.dumps(data, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadRequestError("the body is not JSON that can be read") from error


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
