"""The journal on disk: nothing promised is lost, nothing cut short spoils what follows."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agi.journal import Journal
from ivr.callevents import CallEventName, parse_line

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


def journal(folder: Path) -> Journal:
    return Journal(folder, "call-1", lambda: NOW)


def lines(folder: Path) -> list[str]:
    return (folder / "journal.jsonl").read_text().splitlines()


def test_events_are_numbered_without_gaps_also_after_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        one = journal(tmp_path / "call-1")
        one.append([(CallEventName.MENU_ENTERED, {"node": "main"}), (CallEventName.CALLER_HUNG_UP, {"node": "main"})])
        one.close()
    assert [parse_line(line).seq for line in lines(tmp_path / "call-1")] == [0, 1, 2, 3]
    assert parse_line(lines(tmp_path / "call-1")[0]).at == NOW


@pytest.mark.parametrize("torn", [b'{"v":1,"seq":1,"a', b"\xff\xfe", b'{"v":1}'])
def test_a_torn_last_line_spoils_only_itself(tmp_path: Path, torn: bytes) -> None:
    one = journal(tmp_path)
    one.append([(CallEventName.MENU_ENTERED, {"node": "main"})])
    one.close()
    with (tmp_path / "journal.jsonl").open("ab") as file:
        file.write(torn)
    two = journal(tmp_path)
    two.append([(CallEventName.CALLER_HUNG_UP, {"node": "main"})])
    two.close()
    written = (tmp_path / "journal.jsonl").read_bytes().splitlines()
    assert parse_line(written[0].decode()).seq == 0
    assert written[1] == torn
    assert parse_line(written[2].decode()).seq == 1


def test_what_is_promised_is_fsynced_and_the_rest_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(str(Path(f"/proc/self/fd/{fd}").readlink())))
    one = journal(tmp_path / "spool" / "call-1")
    one.append([(CallEventName.MENU_ENTERED, {"node": "main"})])
    assert synced == []
    one.append([(CallEventName.TICKET_STARTED, {"number": "1"})])
    folder = str(tmp_path / "spool" / "call-1")
    assert synced == [f"{folder}/journal.jsonl", folder, str(tmp_path / "spool")]
    synced.clear()
    (tmp_path / "spool" / "call-1" / "message-1.wav").write_bytes(b"RIFF")
    one.keep("message-1.wav")
    one.append([(CallEventName.TICKET_OPENED, {"number": "1"})])
    assert synced == [f"{folder}/message-1.wav", folder, f"{folder}/journal.jsonl"]
    one.close()


def test_keeping_a_message_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    one = journal(tmp_path)
    one.keep("message-9.wav")
    one.close()


def test_two_sessions_of_one_call_never_share_a_number(tmp_path: Path) -> None:
    hung, new = journal(tmp_path), journal(tmp_path)
    for one in (hung, new, hung, hung, new):
        one.append([(CallEventName.MENU_ENTERED, {"node": "main"})])
    hung.close()
    new.close()
    assert [parse_line(line).seq for line in lines(tmp_path)] == [0, 1, 2, 3, 4]


def test_a_disk_that_was_full_leaves_whole_lines_without_gaps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = journal(tmp_path)
    one.append([(CallEventName.MENU_ENTERED, {"node": "main"})])
    write = os.write

    def full(fd: int, data: bytes) -> int:
        monkeypatch.setattr(os, "write", refuse)
        return write(fd, data[:10])

    def refuse(_fd: int, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        one.append([(CallEventName.MENU_ENTERED, {"node": "lost"})])
    monkeypatch.setattr(os, "write", write)
    one.append([(CallEventName.CALLER_HUNG_UP, {"node": "main"})])
    one.close()
    first, torn, last = lines(tmp_path)
    assert len(torn) == 10
    assert [parse_line(line).seq for line in (first, last)] == [0, 1]
