"""A slice of `make torture`: agents at work while the link to Asterisk is cut every three seconds."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.installation import installation
from tests.torture import agents

pytestmark = [pytest.mark.e2e, pytest.mark.torture, pytest.mark.timeout(900)]


def test_every_figure_is_asterisks_own_and_nobody_is_stuck(tmp_path: Path) -> None:
    with installation(tmp_path / "home") as house:
        outcome = agents.run(house, 12, 17)
    assert not outcome.failures, "\n".join(outcome.lines())
    assert outcome.counts["connections cut"] > 3
