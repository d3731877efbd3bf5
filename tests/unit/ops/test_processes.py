"""The programs and the configuration that supervisor gets."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest

from ops.processes import PROGRAMS, configuration, expand


def _parsed(directory: Path = Path("/srv/huiyin")) -> configparser.RawConfigParser:
    text = configuration(
        command=["/srv/huiyin/.venv/bin/python", "serve"],
        directory=directory,
        run=directory / "var/run",
        logs=directory / "var/logs",
        wanted=PROGRAMS,
    )
    parser = configparser.RawConfigParser(inline_comment_prefixes=(" ;",))
    parser.read_string(text)
    return parser


def test_the_stop_order_is_web_jobs_agi_asterisk_redis() -> None:
    by_stop = [program.name for program in sorted(PROGRAMS, key=lambda program: -program.priority)]
    order = ["web", "jobs", "agi", "asterisk", "redis"]
    assert [name for name in by_stop if name in order] == order
    assert by_stop.index("ami") < by_stop.index("agi"), "the watchdog must not take a stop for a death"


def test_jobs_stand_for_all_background_work() -> None:
    assert set(expand(["jobs"])) == {"ingest", "beat", "asr", "jobs"}
    assert expand(["web", "redis"]) == ("redis", "web")


def test_an_unknown_service_is_named() -> None:
    with pytest.raises(ValueError, match="no such service here: wbe"):
        expand(["wbe"])


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_each_program_comes_back_when_it_dies(program: object) -> None:
    section = _parsed()[f"program:{program.name}"]  # type: ignore[attr-defined]
    assert section["autorestart"] == "true"
    assert section["command"].endswith(program.name)  # type: ignore[attr-defined]
    assert int(section["startretries"]) > 10_000


def test_a_folder_with_spaces_and_percent_signs_works() -> None:
    parser = _parsed(Path("/srv/100% huiyin"))
    assert parser["supervisord"]["directory"] == "/srv/100%% huiyin"


@pytest.mark.parametrize("name", ["/srv/a ;b", "/srv/a\nb"])
def test_a_folder_that_the_format_cannot_hold_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot"):
        _parsed(Path(name))
