"""Numbers rendered ahead by real processes: the renderer's protocol, the service's child, and the real voices."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

from ops.prompts import ahead, takes, workshop
from ops.serve_prompts import render

pytestmark = pytest.mark.integration

NUMBER = "2611220123423"
STAND_IN = """
import json, pathlib, sys
for line in sys.stdin:
    order = json.loads(line)
    if order["speed"] == 0.7:
        sys.exit(1)
    pathlib.Path(order["out"]).write_text(json.dumps(order["groups"]))
    print("{}", flush=True)
"""


def stand_in() -> workshop.Renderer:
    return workshop.Renderer([sys.executable, "-c", STAND_IN])


def test_a_number_goes_to_the_renderer_and_the_take_that_is_understood_is_kept(tmp_path: Path) -> None:
    one = wanted(tmp_path)
    with stand_in() as renderer:
        assert ahead.make(
            one, renderer.render, lambda _language, _digits, told: 4 * ('"二三四二三"' in ascii_free(Path(told[-1])))
        )
    assert ascii_free(one.path) == '["二三四二三"]'


def wanted(folder: Path) -> ahead.Wanted:
    """The sequence of the number."""
    return next(one for one in ahead.wanted(folder, [NUMBER]) if one.language == "zh" and not one.is_date)


def ascii_free(path: Path) -> str:
    return path.read_text().encode().decode("unicode_escape")


def test_a_renderer_that_stops_is_an_error_and_its_take_is_not_kept(tmp_path: Path) -> None:
    one = wanted(tmp_path)
    with stand_in() as renderer, pytest.raises(workshop.WorkshopError, match="stopped"):
        ahead.make(one, renderer.render, lambda *_: 0)  # comes to a way at speed 0.7
    assert list(one.path.parent.iterdir()) == []


def test_what_the_child_of_the_service_said_last_is_why_it_failed() -> None:
    stop = threading.Event()
    assert render([sys.executable, "-c", "print('fine')"], stop) == ""
    assert render([sys.executable, "-c", "print('no'); print('no network'); exit(1)"], stop) == "no network"
    assert render([sys.executable, "-c", "exit(3)"], stop) == "ended with 3"


def test_the_child_ends_when_the_service_is_told_to_stop() -> None:
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    began = time.monotonic()
    assert render([sys.executable, "-c", "import time; time.sleep(60)"], stop)
    assert time.monotonic() - began < 30


if workshop.ready():  # the voices are set up by who renders; no test may download them

    def test_the_real_voices_say_every_way(tmp_path: Path) -> None:
        with workshop.Renderer() as renderer:
            for place, way in enumerate(takes.WAYS[:2]):
                out = tmp_path / f"{place}.alaw"
                renderer.render(takes.of_sequence("zh", NUMBER[-5:], way, str(out)))
                assert 1 < out.stat().st_size / 8000 < 5
