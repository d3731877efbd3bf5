"""What no log may hold is masked at the last door."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from ops import logging as huiyin_logging


@pytest.fixture
def _configured() -> Iterator[None]:
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    yield
    root.handlers[:] = kept
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.usefixtures("_configured")
def test_digits_names_and_numbers_do_not_reach_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    huiyin_logging.configure("agi")
    structlog.get_logger("t").info("x", digits="4111", caller_name="Li", caller_number="13800138000", call_id="h-1")
    row = json.loads(capsys.readouterr().err)
    assert row["digits"] == row["caller_name"] == "***"
    assert row["caller_number"] == "***000"
    assert row["call_id"] == "h-1"
    assert row["service"] == "agi"


@pytest.mark.usefixtures("_configured")
def test_a_hostile_text_stays_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    huiyin_logging.configure("web")
    logging.getLogger("library").warning("name %s", "a\r\nb\x1b[31m")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert json.loads(lines[0])["event"] == "name a\r\nb\x1b[31m"
