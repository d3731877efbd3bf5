"""What all tests share: a home of their own, free ports, the speech folder, and no way out of this machine."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Generator, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as property_settings

from ops.settings import Settings, load
from tests import database_fixture, vault

for variable in [name for name in os.environ if name.startswith("HUIYIN_")]:
    # Tests know their own settings; only the folder of recorded speech comes from outside.
    if variable != "HUIYIN_SPEECH_DIR":
        del os.environ[variable]

_taken: set[int] = set()

property_settings.register_profile("quick", max_examples=30, deadline=None)
property_settings.register_profile("thorough", max_examples=400, deadline=None)
# Each run draws other examples. A few are enough while somebody works; `make test` draws many.
property_settings.load_profile("thorough" if os.environ.get("TESTS_HAVE_EVERYTHING") else "quick")


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port that nobody listens on now and that no other test of this run was given."""
    while True:
        with socket.socket(socket.AF_INET, kind) as probe:
            probe.bind(("127.0.0.1", 0))
            number = int(probe.getsockname()[1])
        if number not in _taken:
            _taken.add(number)
            return number


@pytest.fixture(name="free_port")
def free_port_fixture() -> Callable[..., int]:
    """Gives free ports: ``free_port()`` for TCP, ``free_port(socket.SOCK_DGRAM)`` for UDP."""
    return free_port


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty HUIYIN_HOME with a path that is short enough for unix sockets."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def settings(home: Path) -> Settings:
    """Settings of an installation of its own: temporary home, free ports."""
    ports = {f"HUIYIN_{name}_PORT": str(free_port()) for name in ("WEB", "WS", "AGI", "AMI")}
    ports["HUIYIN_SIP_PORT"] = str(free_port(socket.SOCK_DGRAM))
    vault.keep(home / "secrets")
    return load({"HUIYIN_HOME": str(home), "HUIYIN_MODELS_URL": "", **ports})


@pytest.fixture(scope="session")
def speech_dir() -> Path:
    """The folder of recorded speech; a test that needs it is skipped where it is not set."""
    given = os.environ.get("HUIYIN_SPEECH_DIR")
    if not given:
        pytest.skip("needs recorded speech: HUIYIN_SPEECH_DIR is not set")
    folder = Path(given)
    if not folder.is_dir():
        pytest.skip(f"needs recorded speech: HUIYIN_SPEECH_DIR names {folder}, which is no folder")
    return folder


def pytest_configure() -> None:
    """A run that is told to end (SIGTERM) ends as with Ctrl-C: servers and folders of its fixtures go with it."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _databases_end() -> Iterator[None]:
    """The database server of a run goes when the run does."""
    yield
    database_fixture.end()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    """The tests of a whole house begin first: they take the longest, and small ones fill what is left at the end."""
    yield
    items.sort(key=lambda item: "e2e" not in item.path.parts)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where `make test` brought everything, a test that is skipped for want of a part has failed."""
    report = yield
    if report.skipped and os.environ.get("TESTS_HAVE_EVERYTHING") and "HUIYIN_SPEECH_DIR" not in str(report.longrepr):
        report.outcome = "failed"
    return report


@pytest.fixture(autouse=True)
def _only_loopback(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit test reaches nothing but this machine; where it tries, it fails."""
    if "unit" in Path(str(request.node.path)).parts:
        connect = socket.socket.connect

        def guarded(self: socket.socket, address: Any) -> None:
            if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_loopback(address[0]):
                pytest.fail(f"a unit test connects to {address[0]}")
            connect(self, address)

        monkeypatch.setattr(socket.socket, "connect", guarded)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
