"""What the doctor says of agents' phones."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.doctor_checks import Level
from ops.doctor_phones import own_addresses, phones
from ops.settings import Settings

EVERYWHERE = "0.0.0.0"  # noqa: S104 -- nothing is bound here
LOOPBACK = """Main:
  +-- 127.0.0.0/8 2 0 2
     |-- 127.0.0.0
        /8 host LOCAL
     |-- 127.0.0.1
        /32 host LOCAL
     |-- 127.255.255.255
        /32 link BROADCAST
"""
NETWORK = (
    LOOPBACK
    + """     |-- 192.0.2.2
        /32 host LOCAL
     |-- 192.0.2.255
        /32 link BROADCAST
"""
)


@pytest.fixture
def routes(tmp_path: Path) -> Path:
    return tmp_path / "fib_trie"


@pytest.mark.parametrize(("text", "addresses"), [(LOOPBACK, []), (NETWORK, ["192.0.2.2"])])
def test_addresses_are_those_of_interfaces(routes: Path, text: str, addresses: list[str]) -> None:
    routes.write_text(text)
    assert own_addresses(routes) == addresses


@pytest.mark.parametrize(
    ("text", "changes", "warnings"),
    [
        (NETWORK, {}, 0),
        (LOOPBACK, {}, 1),
        (NETWORK, {"bind": EVERYWHERE}, 1),
        (NETWORK, {"bind": "192.0.2.2"}, 1),
        (NETWORK, {"bind": "192.0.2.2", "tls_cert": "/c", "tls_key": "/k"}, 0),
        (LOOPBACK, {"bind": EVERYWHERE}, 2),
    ],
)
def test_what_keeps_a_browser_silent_is_said(routes: Path, text: str, changes: dict[str, str], warnings: int) -> None:
    routes.write_text(text)
    found = phones(Settings.model_validate({"home": "/home/h", **changes}), routes)
    assert [one.level for one in found] == ([Level.WARNING] * warnings or [Level.GOOD])
    assert all(one.mend for one in found if one.level is Level.WARNING)


def test_where_the_system_does_not_tell_nothing_is_claimed(routes: Path) -> None:
    assert [one.level for one in phones(Settings.model_validate({"home": "/h"}), routes)] == [Level.GOOD]
