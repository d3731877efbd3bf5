"""What is on disk of a call, however damaged."""

from __future__ import annotations

from pathlib import Path

from agi import earlier


def test_a_journal_is_read_up_to_the_line_that_a_crash_cut_short(tmp_path: Path) -> None:
    line = '{"v":1,"seq":0,"at":"2026-11-22T04:00:00+00:00","call_id":"a-1.1","event":"menu_entered","node":"main"}\n'
    (tmp_path / "journal.jsonl").write_text(line + line[:40])
    assert [event.event for event in earlier.events(tmp_path)] == ["menu_entered"]


def test_fallbacks_are_counted_by_the_facts_of_the_dialplan(tmp_path: Path) -> None:
    facts = "event=started|epoch=1|caller=event=fallback|\nevent=fallback|epoch=2|reason=moved\nevent=queue|epoch=3\n"
    (tmp_path / "dialplan.log").write_text(facts)
    assert earlier.fallbacks(tmp_path) == 1


def test_what_is_not_there_has_not_happened(tmp_path: Path) -> None:
    assert earlier.events(tmp_path / "no") == []
    assert earlier.fallbacks(tmp_path) == 0
