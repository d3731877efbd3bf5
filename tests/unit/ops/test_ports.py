"""A port that is taken is named with the setting that moves it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

from ops import ports
from ops.settings import Settings, load


def test_free_ports_are_no_problem(settings: Settings) -> None:
    assert ports.problems(settings) == []


def test_a_taken_port_names_its_setting(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", settings.web_port)):
        (text,) = ports.problems(settings)
    assert "HUIYIN_WEB_PORT" in text
    assert str(settings.web_port) in text


def test_a_taken_udp_port_is_found(settings: Settings) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", settings.sip_port))
        assert any("HUIYIN_SIP_PORT" in text for text in ports.problems(settings))


def test_two_settings_with_one_port_are_told(tmp_path: Path, free_port: Callable[[], int]) -> None:
    number = str(free_port())
    both = load({"HUIYIN_HOME": str(tmp_path), "HUIYIN_WEB_PORT": number, "HUIYIN_AGI_PORT": number})
    assert any("HUIYIN_AGI_PORT and HUIYIN_WEB_PORT" in text for text in ports.problems(both))


def test_pages_listen_on_loopback_too_for_the_phone_side(tmp_path: Path) -> None:
    def listening(bind: str) -> list[str]:
        return ports.web_addresses(load({"HUIYIN_HOME": str(tmp_path), "HUIYIN_BIND": bind}))

    assert listening("127.0.0.1") == ["127.0.0.1"]
    assert listening("10.1.2.3") == ["10.1.2.3", "127.0.0.1"]
    assert listening("0.0.0.0") == ["0.0.0.0"]  # noqa: S104  (a value, nothing is bound)
