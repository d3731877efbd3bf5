"""A slice of `make torture`: agents at work while the link to Asterisk is cut, and while services are killed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.installation import Installation, installation
from tests.torture import agents, agents_restarts

pytestmark = [pytest.mark.e2e, pytest.mark.torture, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def own_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation of its own: the plan and the people are changed."""
    with installation(tmp_path_factory.mktemp("agents") / "home") as house:
        yield house


def test_every_figure_is_asterisks_own_and_nobody_is_stuck(own_house: Installation) -> None:
    outcome = agents.run(own_house, 12, 17)
    assert not outcome.failures, "\n".join(outcome.lines())
    assert outcome.counts["connections cut"] > 3


def test_nobody_is_left_on_a_call_when_a_service_is_killed(own_house: Installation) -> None:
    outcome = agents_restarts.run(own_house, 1, 18)
    assert not outcome.failures, "\n".join(outcome.lines())
    assert outcome.counts["kills"] == len(agents_restarts.SERVICES)
