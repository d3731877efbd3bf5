"""The web application: pages, API, health. ``create_app`` is the only place that joins them."""

from __future__ import annotations

import logging

from flask import Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from crm.api import init_api
from crm.api.json_provider import JsonProvider
from crm.api.problems import problem
from crm.gate.deps import EXTENSION, Deps, WebConfig
from crm.gate.guard import Identity, NotLoggedInError, init_guard
from crm.gate.refusals import HANDLED, Refusal, refusal_of
from crm.services.users import authenticate_token
from crm.web import blueprints
from crm.web.assets_manifest import AssetsMissingError
from crm.web.errors import assets_missing, error_page
from crm.web.headers import init_headers
from crm.web.health import init_metrics
from crm.web.limits import init_limits
from crm.web.locale import init_locale
from crm.web.login import init_login, session_actor
from crm.web.navigation import init_navigation
from crm.web.notices import init_bell
from crm.web.sessions import init_sessions
from crm.web.showing import init_showing

log = logging.getLogger(__name__)
_JSON_PATHS = ("/api/", "/internal/", "/healthz", "/readyz", "/metrics")


def create_app(config: WebConfig, deps: Deps) -> Flask:
    """An application for this configuration, working with these parts."""
    app = Flask("crm.web", static_folder="static", template_folder="templates")
    _configure(app, config, deps)
    init_metrics(app)
    init_headers(app)
    init_sessions(app)
    csrf = CSRFProtect(app)
    init_login(app, config, deps.database)
    init_limits(app, config)
    init_guard(app, lambda: _identify(deps), csrf)
    init_locale(app)
    init_showing(app)
    init_bell(app)
    init_navigation(app)
    init_api(app)
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
    _handle_errors(app)
    return app


def _configure(app: Flask, config: WebConfig, deps: Deps) -> None:
    app.config.update(
        SECRET_KEY=config.secret_key,
        MAX_CONTENT_LENGTH=config.max_body,
        MAX_FORM_MEMORY_SIZE=config.max_form_memory,
        MAX_FORM_PARTS=200,
        PERMANENT_SESSION_LIFETIME=config.session_length,
        SESSION_COOKIE_NAME="huiyin",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=config.secure_cookies,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.json_provider_class = JsonProvider
    app.json = JsonProvider(app)
    app.extensions[EXTENSION] = deps
    if config.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, config.proxies, config.proxies)  # type: ignore[method-assign]  # the documented way


def _identify(deps: Deps) -> Identity | None:
    """Who asks: the holder of a bearer token, or who is logged in. A bad token is nobody, whatever the cookie says."""
    header = request.headers.get("Authorization", "")
    if header:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            return None
        with deps.database.line() as line:
            found = authenticate_token(line, token.strip())
        return Identity(found, "token") if found else None
    logged_in = session_actor()
    return Identity(logged_in, "session") if logged_in else None


def _handle_errors(app: Flask) -> None:
    for kind in HANDLED:
        app.register_error_handler(kind, _refused)
    app.register_error_handler(AssetsMissingError, assets_missing)
    app.register_error_handler(Exception, _failed)


def _refused(error: Exception) -> ResponseReturnValue:
    if isinstance(error, HTTPException) and error.code is not None and error.code < 400:
        return error
    if isinstance(error, NotLoggedInError) and not _wants_json():
        wanted = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("security.login", next=wanted))
    refusal = refusal_of(error)
    if refusal.status >= 500:
        log.error("request failed: %s %s", request.endpoint, type(error).__name__, exc_info=error)
    return _answer(refusal)


def _failed(error: Exception) -> ResponseReturnValue:
    log.error("request failed: %s %s", request.endpoint, type(error).__name__, exc_info=error)
    return _answer(refusal_of(error))


def _answer(refusal: Refusal) -> ResponseReturnValue:
    return problem(refusal) if _wants_json() else error_page(refusal)


def _wants_json() -> bool:
    return request.path.startswith(_JSON_PATHS)
