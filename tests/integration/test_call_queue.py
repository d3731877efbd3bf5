"""Waiting for a person: who leaves the queue for a moment, to be told something, comes back to his place."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ops.sip import sound
from ops.sip.script import CallScript
from tests.asterisk_fixture import Hotline, hotline, wait_until
from tests.scripted_ivr import dies, scripted_ivr

pytestmark = pytest.mark.integration
__all__ = ["hotline"]

URGENT = "13900000999"


def to_queue(environment: str) -> tuple[str, ...]:
    """Everybody to the complaints queue; one caller to its head."""
    return (
        'SET VARIABLE HUIYIN_NEXT "queue"',
        'SET VARIABLE HUIYIN_QUEUE "complaints"',
        f'SET VARIABLE HUIYIN_PRIORITY "{10 if f"caller={URGENT}" in environment else 0}"',
        'SET VARIABLE IVR_DONE "1"',
    )


def positions(made: Hotline, folder: Path) -> list[str]:
    """The caller's place each time that his turn of waiting ended."""
    return [fact["position"] for fact in made.facts(folder) if fact["event"] == "queue_left"]


def test_a_caller_keeps_his_place_and_a_loss_report_goes_to_the_head(hotline: Hotline) -> None:
    with scripted_ivr(hotline.settings.agi_port, to_queue, dies), hotline.user_agent() as caller:
        first = caller.call(CallScript("95000", stay=True))
        assert first.answered.wait(30)
        began = time.monotonic()
        wait_until(lambda: time.monotonic() - began > 1.1, "the second comes a second later")
        second = caller.call(CallScript("95000", stay=True))
        assert second.answered.wait(30)
        wait_until(lambda: len(hotline.calls()) == 2, "both are written down")
        one, two = hotline.calls()
        wait_until(lambda: min(len(positions(hotline, folder)) for folder in (one, two)) >= 2, "turns of waiting")
        assert set(positions(hotline, one)) == {"1"}
        assert set(positions(hotline, two)) == {"2"}
        urgent = caller.call(CallScript("95000", caller=URGENT, stay=True))
        assert urgent.answered.wait(30)
        wait_until(lambda: len(hotline.calls()) == 3, "he is written down, too")
        (three,) = set(hotline.calls()) - {one, two}
        wait_until(lambda: positions(hotline, three), "the urgent caller's turn ends")
        assert positions(hotline, three)[0] == "1"
        wait_until(lambda: positions(hotline, one)[-1] == "2", "the first one stands behind him")
        assert not sound.is_quiet(first.heard(1.0)), "there is music"
        assert not first.finished.is_set()
