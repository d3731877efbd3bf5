"""The spool's disk fills up while a caller speaks: he is not dropped, what fits is kept, what is missing is said."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.installation import Installation, installation, wait_until
from ops.sip.script import CallScript, Keys, Mark, Speak, Wait
from tests.torture.back_office import COMPLAINT
from tests.torture.callers import babble, new_number, user_agent

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]
SPOOL_BYTES = 8_000_000


@pytest.fixture
def cramped(tmp_path: Path) -> Iterator[Installation]:
    """An installation whose spool is a disk of 8 MB."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a small disk")
    spool = tmp_path / "home" / "spool"
    spool.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SPOOL_BYTES}", "tmpfs", str(spool)], check=True)
    try:
        with installation(tmp_path / "home") as one:
            yield one
    finally:
        subprocess.run(["umount", "-l", str(spool)], check=True)


def fill(spool: Path, leave: int) -> Path:
    """Fill the disk up to ``leave`` bytes."""
    filler = spool / "filler"
    free = os.statvfs(spool).f_bavail * os.statvfs(spool).f_frsize
    filler.write_bytes(b"\0" * (free - leave))
    return filler


def test_a_caller_is_kept_and_a_short_recording_says_so(cramped: Installation) -> None:
    caller, spool = new_number(), cramped.home / "spool"
    steps = (*COMPLAINT, Mark("tone"), Speak(babble(25, 3)), Wait(0.3), Keys("#"), Wait(6.0))
    with user_agent(cramped) as agent:
        call = agent.call(CallScript("95000", steps, caller=caller, stay=True))
        wait_until("the tone", lambda: call.result().marks, 60)
        filler = fill(spool, leave=300_000)
        wait_until("the CRM warns of the disk", lambda: "% of the disk of" in readiness(cramped), 30)
        wait_until("he has spoken and pressed #", lambda: call.heard_seconds > call.result().marks[0][1] + 33, 90)
        assert not call.finished.is_set(), f"the caller was dropped: {call.result().ending}"
        filler.unlink()
        call.hang_up()
        call.wait(30)
    ticket = wait_until("his complaint", lambda: next(iter(cramped.tickets(caller)), None), 90)
    recordings = [cramped.get(f"/recordings/{one}") for one in ticket["recording_ids"]]
    assert recordings
    assert any("truncated" in one["flags"] for one in recordings), recordings


def readiness(house: Installation) -> str:
    """What /readyz says, in words."""
    with urllib.request.urlopen(f"{house.url}/readyz", timeout=10) as answer:
        return json.dumps(json.load(answer))
