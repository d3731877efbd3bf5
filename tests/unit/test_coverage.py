"""The table of what was asked for: every id is there, with a test that exists; only some may wait."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_ROW = re.compile(r"^\| ([A-Z]{2}-\d\d) \| (.*?) \| (.*?) \| (.*?) \|$")
_TEST = re.compile(r"\A`(tests/[\w/]+\.py)::(\w+)`\Z")
COUNTS = {
    "CH": 25, "SV": 10, "RO": 17, "CA": 12, "IN": 15, "CL": 10, "HL": 14, "FO": 17, "IV": 9, "NO": 13, "EM": 6,
    "AN": 10, "CU": 5, "SY": 8, "PR": 4, "KP": 12, "PE": 9,
}  # fmt: skip
"""How many points each family has."""
MAY_WAIT = {"CH-07", "CH-08", "CH-09", "CH-11", "CH-12", "CH-22", "CH-24"}
"""What needs the menu's self-service, commands by text message, live chat or a second region."""
ROWS = {
    match[1]: match
    for line in (ROOT / "docs/coverage.md").read_text("utf-8").splitlines()
    if (match := _ROW.match(line))
}
WANTED = [f"{family}-{number:02}" for family, count in COUNTS.items() for number in range(1, count + 1)]


@cache
def functions_of(path: Path) -> frozenset[str]:
    """The tests that a file has, those of state machines (``Name = Machine.TestCase``) as well."""
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    found = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    return frozenset(
        found
        | {t.id for node in nodes if isinstance(node, ast.Assign) for t in node.targets if isinstance(t, ast.Name)}
    )


def test_the_table_has_every_point_once() -> None:
    lines = [line for line in (ROOT / "docs/coverage.md").read_text("utf-8").splitlines() if _ROW.match(line)]
    assert sorted(ROWS) == sorted(WANTED)
    assert len(lines) == len(WANTED)


@pytest.mark.parametrize("point", WANTED)
def test_a_point_lives_somewhere_and_is_proved(point: str) -> None:
    _, what, where, test = ROWS[point].groups()
    assert what
    if test.startswith("later: "):
        assert point in MAY_WAIT
        assert len(test) > len("later: ")
        return
    named = _TEST.match(test)
    assert where, "it says where it lives"
    assert named, "it names a test"
    assert named[2] in functions_of(ROOT / named[1])
