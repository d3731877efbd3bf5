"""NOTICE lists what the lock files install, no more and no less."""

from __future__ import annotations

from ops import notices


def test_notice_lists_every_locked_package_in_its_version() -> None:
    listed = {(name, version) for name, (version, _) in notices.listed(notices.NOTICE.read_text("utf-8")).items()}
    locked = {(part.name, part.version) for part in notices.python_parts()}
    locked |= {(part.name, part.version) for part, _ in notices.page_parts()}
    assert listed == locked, "run `make notices`"


def test_every_part_states_its_licence() -> None:
    rows = notices.listed(notices.NOTICE.read_text("utf-8"))
    assert [name for name, (_, words) in rows.items() if words == "not stated"] == []


def test_the_licence_text_is_whole() -> None:
    text = (notices.ROOT / "LICENSE").read_text("utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
