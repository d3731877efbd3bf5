"""Docs that can fail: a page that misses a setting, an event, a command or a channel variable is behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from agi import variables
from ivr.callevents import CallEventName
from ops import reference
from ops.settings import Settings

DOCS = reference.DOCS


@pytest.mark.parametrize("page", sorted(reference.PAGES))
def test_a_reference_page_is_what_the_code_says(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    assert text == reference.renewed(page), "run `.venv/bin/python -m ops.reference` and look at what it changed"


def test_every_setting_has_a_row() -> None:
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    missing = [name for name in Settings.model_fields if f"| `HUIYIN_{name.upper()}` |" not in text]
    assert missing == []


def test_every_journal_event_has_a_row_that_names_its_fields() -> None:
    told = dict(reference.events())
    assert set(told) == {event.value for event in CallEventName}
    assert [name for name, fields in told.items() if not fields] == []


def test_every_command_says_what_it_does() -> None:
    silent = [" ".join(path) for path, command in reference.commands() if not (command.help or "").strip()]
    assert silent == []


@pytest.mark.parametrize(
    "command",
    [
        "huiyin up", "huiyin down", "huiyin start", "huiyin stop", "huiyin status", "huiyin accounts", "huiyin doctor",
        "huiyin demo-call", "huiyin token create", "huiyin user create", "huiyin audit verify", "huiyin backup",
        "huiyin restore", "huiyin migrate",
    ],
)  # fmt: skip
def test_the_commands_that_others_rely_on_are_there(command: str) -> None:
    assert command in {" ".join(path) for path, _ in reference.commands()}


def test_every_channel_variable_is_documented() -> None:
    text = (DOCS / "channel-variables.md").read_text(encoding="utf-8")
    names = [*variables.SET_BY_IVR, *variables.SET_BY_DIALPLAN]
    assert [name for name in names if f"`{name}`" not in text] == []


def test_the_contract_of_settings_keeps_its_names_and_defaults() -> None:
    wanted = {
        "web_port": 8080, "sip_port": 5060, "ws_port": 8088, "agi_port": 4573, "ami_port": 5038,
        "rtp_ports": "10000-10999", "bind": "127.0.0.1", "hotline": "95000", "trunk_hosts": ("127.0.0.2",),
        "home": Path("var"),
    }  # fmt: skip
    assert {name: Settings.model_fields[name].default for name in wanted} == wanted
