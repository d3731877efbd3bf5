"""One whole installation for all journeys of a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.installation import Installation, installation


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Everything running, with the stand-in recogniser; a callback is offered after the first round in a queue."""
    home = Path(tmp_path_factory.mktemp("house")) / "home"
    with installation(home, HUIYIN_CALLBACK_AFTER="15") as one:
        yield one
