"""Settings come from the environment, once, and a bad one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.settings import SettingsError, load


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HUIYIN_WEB_PORT", "80800"),
        ("HUIYIN_WEB_PORT", "http"),
        ("HUIYIN_RTP_PORTS", "20000"),
        ("HUIYIN_RTP_PORTS", "20000-10000"),
        ("HUIYIN_TIMEZONE", "Mars/Olympus"),
        ("HUIYIN_HOTLINE", "95000; rm"),
        ("HUIYIN_NODE", "90"),
        ("HUIYIN_PROXIES", "-1"),
        ("HUIYIN_PROXIES", "yes"),
        ("HUIYIN_ASR_LANGUAGE_MAP", "zh"),
        ("HUIYIN_DEFAULT_LANGUAGE", "fr"),
        ("HUIYIN_DIAL_PATTERNS", "+.,1X"),
        ("HUIYIN_OUT_QUIET", "10pm-8am"),
        ("HUIYIN_OUT_RATES", "1[3-9]XXXXXXXXX=cheap"),
        ("HUIYIN_OUT_SPEND_DAILY", "-1"),
    ],
)
def test_a_bad_value_stops_the_start_and_is_named(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        load({variable: value})


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "url"
    path.write_text("postgresql://u:p@db/huiyin\n")
    assert load({"HUIYIN_DATABASE_URL_FILE": str(path)}).sql_url == "postgresql://u:p@db/huiyin"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="HUIYIN_REDIS_URL_FILE"):
        load({"HUIYIN_REDIS_URL_FILE": str(tmp_path / "none")})


def test_an_empty_variable_means_the_default() -> None:
    assert load({"HUIYIN_WEB_PORT": ""}).web_port == 8080


def test_paths_are_absolute_whatever_the_folder() -> None:
    assert load({"HUIYIN_HOME": "relative"}).home == Path.cwd() / "relative"


def test_lists_are_split_at_commas() -> None:
    assert load({"HUIYIN_TRUNK_HOSTS": "10.0.0.1, 10.0.0.2"}).trunk_hosts == ("10.0.0.1", "10.0.0.2")


@pytest.mark.parametrize("alone", ["HUIYIN_TLS_CERT", "HUIYIN_TLS_KEY"])
def test_a_certificate_and_its_key_belong_together(alone: str) -> None:
    with pytest.raises(SettingsError, match="set both or neither"):
        load({alone: "/somewhere.pem"})
