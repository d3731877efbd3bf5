"""A house with rows, an application over it, and browsers and API clients that speak to it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from crm.web.assets_manifest import STATIC
from tests.factories import DATABASE, NOW, PASSWORD, Clock, House, make_app, make_house


@pytest.fixture(scope="session")
def built_assets() -> None:
    """Pages name their built assets; without Node there is nothing to name."""
    if not (STATIC / "dist" / "manifest.json").is_file():
        pytest.skip("the front end is not built: npm ci && npm run build")


@pytest.fixture(scope="session")
def template_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = make_house(tmp_path_factory.mktemp("house") / "template")
    yield house
    house.database.dispose()


@pytest.fixture(scope="session")
def shared(
    template_house: House, tmp_path_factory: pytest.TempPathFactory, built_assets: None
) -> Iterator[tuple[House, Clock, Flask]]:
    """One application for all tests: to make one takes longer than most tests."""
    house, clock = template_house.copy(tmp_path_factory.mktemp("shared") / "house"), Clock()
    yield house, clock, make_app(house, clock)
    house.database.dispose()


@pytest.fixture
def house(shared: tuple[House, Clock, Flask], template_house: House) -> House:
    """The rows as they were made, whatever the test before changed. Who touches files makes a copy."""
    house, clock, app = shared
    house.database.dispose()
    for name in (f"{DATABASE}-wal", f"{DATABASE}-shm"):
        (house.folder / name).unlink(missing_ok=True)
    shutil.copyfile(template_house.folder / DATABASE, house.folder / DATABASE)
    clock.now = NOW
    app.extensions["huiyin-limiter"].reset()
    return house


@pytest.fixture
def own_house(template_house: House, tmp_path: Path) -> Iterator[House]:
    """A house whose files a test may damage."""
    house = template_house.copy(tmp_path / "house")
    yield house
    house.database.dispose()


@pytest.fixture
def clock(shared: tuple[House, Clock, Flask], house: House) -> Clock:
    return shared[1]


@pytest.fixture
def app(shared: tuple[House, Clock, Flask], house: House) -> Flask:
    return shared[2]


class Browser:
    """Logs in and posts forms as a browser does, with the token of the page that it has seen."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.token = ""

    def get(self, path: str, **more: Any) -> TestResponse:
        response = self.client.get(path, **more)
        found = re.search(r'name="csrf_token" value="([^"]+)"', response.get_data(as_text=True))
        self.token = found[1] if found else self.token
        return response

    def post(self, path: str, data: dict[str, Any], **more: Any) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token, **data}, **more)

    def log_in(self, name: str, password: str = PASSWORD) -> TestResponse:
        self.get("/login")
        return self.post("/login", {"username": name, "password": password})


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


@pytest.fixture
def new_browser(app: Flask) -> Callable[[], Browser]:
    return lambda: Browser(app)


class Api:
    """Speaks JSON with a bearer token."""

    def __init__(self, client: FlaskClient, token: str | None) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **more: Any) -> TestResponse:
        headers = {**self.headers, **more.pop("headers", {})}
        return self.client.get(f"/api/v1{path}", headers=headers, **more)

    def head(self, path: str, **more: Any) -> TestResponse:
        return self.client.head(f"/api/v1{path}", headers={**self.headers, **more.pop("headers", {})}, **more)

    def post(self, path: str, body: Any, **more: Any) -> TestResponse:
        headers = {**self.headers, **more.pop("headers", {})}
        return self.client.post(f"/api/v1{path}", json=body, headers=headers, **more)

    def put(self, path: str, body: Any, **more: Any) -> TestResponse:
        headers = {**self.headers, **more.pop("headers", {})}
        return self.client.put(f"/api/v1{path}", json=body, headers=headers, **more)


@pytest.fixture
def api(app: Flask, house: House) -> Callable[[str], Api]:
    """``api("sam")`` speaks with Sam's token; ``api("")`` without any."""
    return lambda name: Api(app.test_client(), house.tokens[name] if name else None)
