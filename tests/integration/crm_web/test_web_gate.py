"""The gate: every endpoint is declared, and nobody passes where his role does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from crm.gate.permission_rules import Open
from crm.gate.permissions import BY_METHOD, ENDPOINTS, rule_for
from crm.web.headers import SOURCES
from tests.factories import CAST, House, make_app
from tests.integration.crm_web.conftest import Api, Browser

pytestmark = pytest.mark.integration


def test_every_endpoint_has_a_declared_permission(app: Flask) -> None:
    missing = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if method != "OPTIONS" and rule_for(rule.endpoint, method) is None
    }
    assert missing == set()


def test_no_declaration_is_left_of_an_endpoint_that_is_gone(app: Flask) -> None:
    there = {rule.endpoint for rule in app.url_map.iter_rules()}
    declared = set(ENDPOINTS) | {endpoint for endpoint, _method in BY_METHOD}
    assert declared - there == set()


def test_an_undeclared_endpoint_is_refused_to_everybody(house: House, built_assets: None) -> None:
    app = make_app(house)
    app.add_url_rule("/forgotten", "forgotten", lambda: "open")
    browser = Browser(app)
    assert browser.get("/forgotten").status_code == 302
    browser.log_in("sam")
    assert browser.get("/forgotten").status_code == 403


PAGES = ("/tickets/", "/calls/", "/system/")
OPENS = {
    "alice": {"/tickets/", "/calls/"},
    "sam": {"/tickets/", "/calls/", "/system/"},
    "handler": {"/tickets/", "/calls/"},
    "dora": {"/tickets/", "/calls/"},
    "quinn": {"/tickets/", "/calls/"},  # complaints that are closed: they are scored, one and all
    "audrey": {"/tickets/", "/calls/"},
    "root": {"/system/"},
}


@pytest.mark.parametrize("name", sorted(OPENS))
def test_a_role_opens_its_pages_and_no_other(browser: Browser, name: str) -> None:
    browser.log_in(name)
    opened = {path for path in PAGES if browser.get(path).status_code == 200}
    assert opened == OPENS[name]
    refused = {path for path in PAGES if browser.get(path).status_code == 403}
    assert refused == set(PAGES) - OPENS[name]


def test_the_cast_is_covered() -> None:
    assert set(OPENS) | {"amy"} == set(CAST)


def test_one_agent_sees_nothing_of_anothers(house: House, api: Callable[[str], Api]) -> None:
    """Alice's call led to a ticket that belongs to nobody yet: Amy learns nothing of any of it."""
    amy = api("amy")
    recording, call = house.recording_ids["english"], house.call_ids["english"]
    assert amy.get("/tickets").json == {"items": [], "next": None}
    assert amy.get("/calls").json == {"items": [], "next": None}
    for path in (
        f"/tickets/{house.ticket_ids['english']}",
        f"/tickets/{house.ticket_ids['english']}/moves",
        f"/calls/{call}",
        f"/recordings/{recording}",
        f"/recordings/{recording}/transcript",
        f"/recordings/{recording}/audio",
    ):
        assert amy.get(path).status_code == 404, path
        assert amy.head(path).status_code == 404, path
        assert amy.get(path, headers={"Range": "bytes=0-1"}).status_code == 404, path
    moved = amy.post(f"/tickets/{house.ticket_ids['english']}/moves", {"move": "acknowledge"})
    assert moved.status_code == 404
    assert api("alice").get(f"/recordings/{recording}/audio").status_code == 200


def test_a_session_changes_nothing_through_the_api_without_its_token(browser: Browser, house: House) -> None:
    browser.log_in("sam")
    answer = browser.client.post(f"/api/v1/tickets/{house.ticket_ids['english']}/moves", json={"move": "acknowledge"})
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"


def test_a_bad_token_is_nobody_whatever_the_cookie_says(browser: Browser) -> None:
    browser.log_in("sam")
    assert browser.client.get("/api/v1/tickets").status_code == 200
    answer = browser.client.get("/api/v1/tickets", headers={"Authorization": "Bearer hy_wrong"})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("path", ["/login", "/healthz", "/api/v1/openapi.json", "/nope"])
def test_every_answer_has_the_headers(browser: Browser, path: str) -> None:
    headers = browser.get(path).headers
    assert headers["Content-Security-Policy"] == "; ".join(SOURCES)
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "microphone=(self)" in headers["Permissions-Policy"]
    assert headers["Cache-Control"] == "no-store, private"


def test_a_nul_in_a_path_or_a_filter_is_refused(api: Callable[[str], Api]) -> None:
    sam = api("sam")
    assert sam.get("/tickets?caller_number=1%002").status_code == 400
    assert sam.get("/calls/a%00b").status_code == 400


def test_too_large_a_body_is_refused(api: Callable[[str], Api]) -> None:
    body = {"kind": "inquiry", "channel": "web", "text": "x" * 1_100_000}
    answer = api("sam").post("/tickets", body)
    assert (answer.status_code, answer.content_type) == (413, "application/problem+json")


def test_the_machines_door_opens_only_with_the_shared_token(app: Flask, house: House) -> None:
    client = app.test_client()
    body = {"number": "2611210100001", "caller_number": "13800138001"}
    assert client.post("/internal/progress", json=body).status_code == 401
    for token in ("wrong", house.tokens["sam"]):
        headers = {"Authorization": f"Bearer {token}"}
        assert client.post("/internal/progress", json=body, headers=headers).status_code == 401


def test_open_rules_are_few() -> None:
    """Whoever opens an endpoint to everybody changes this list, too."""
    public = {endpoint for endpoint, rule in ENDPOINTS.items() if rule is Open.PUBLIC}
    assert public == {
        "static",
        "security.static",
        "security.login",
        "security.logout",
        "security.two_factor_token_validation",
        "security.mf_recovery",
        "welcome.show_link",  # its address is the secret
        "welcome.use_link",
        "health.live",
        "health.ready",
        "health.metrics",
        "account.language",
        "api-docs.openapi_json",
        "contact.form",  # whoever has a complaint
        "contact.receipt",
        "contact.progress",
        "answered.reply",  # their addresses are secrets of a message
        "answered.rate",
        "survey.ask",
        "wallboard.display",  # asks for the key in its address
        "wallboard.display_now",
        "emergencies.link",  # whoever was called out, with the key in its address
        "emergencies.answer_link",
    }
