"""A machine's own Asterisk, without a root around it: found, started and called.

The machine is a folder: its binary starts the private root's with the C library from there, and its modules and
data are links into the root.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from ops import asterisk_root
from ops.sip.script import CallScript, WaitTone
from tests.asterisk_fixture import PITCHES, QUICK, hears, make_hotline, wait_until

pytestmark = pytest.mark.integration


def machine_like(root: Path, modules: Path, folder: Path) -> Path:
    """A machine whose own Asterisk is the one of the private root."""
    loader = next(root.glob("usr/lib/*/ld-linux-*.so.*"))
    binary = folder / "usr/sbin/asterisk"
    binary.parent.mkdir(parents=True)
    binary.write_text(
        f'#!/bin/sh\nexec {loader} --library-path {loader.parent} {root}/usr/sbin/asterisk "$@"\n', encoding="ascii"
    )
    binary.chmod(0o755)
    for name in (modules.relative_to("/"), Path("usr/share/asterisk")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(root / name)
    return folder


def test_a_call_to_the_machines_own_asterisk(tmp_path: Path) -> None:
    made = make_hotline(tmp_path / "home", QUICK)
    if made.asterisk.root is None:
        pytest.skip("the other tests run the machine's own Asterisk already")
    found, why_not = asterisk_root.find_system(
        machine_like(made.asterisk.root, made.asterisk.modules, tmp_path / "machine")
    )
    assert found is not None, why_not
    assert found.root is None
    assert found.version == made.asterisk.version
    hotline = dataclasses.replace(made, asterisk=found)
    try:
        hotline.start()
        with hotline.user_agent() as caller:
            result = caller.call(CallScript("95000", (WaitTone(60),))).wait(90)
        assert result.answered
        assert hears(result.heard, PITCHES["fallback_sorry"]), hotline.logs()
        wait_until(lambda: "ended" in hotline.events(), "the call's end is written down")
        assert (hotline.calls()[-1] / "caller-1.wav").stat().st_size > 44
    finally:
        hotline.stop()
    assert "root" not in {path.name for path in (hotline.settings.home / "asterisk").iterdir()}
