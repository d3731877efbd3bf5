"""A slice of `make torture`: the same campaigns, a few rounds each."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.installation import Installation, installation
from tests.torture import back_office, losses, menu_server
from tests.torture.outcome import Outcome
from tests.torture.postgres import postgres

pytestmark = [pytest.mark.e2e, pytest.mark.torture, pytest.mark.timeout(900)]


def check(outcome: Outcome) -> None:
    assert not outcome.failures, "\n".join(outcome.lines())


def test_nobody_is_dropped_when_the_menu_server_is_killed(house: Installation) -> None:
    check(menu_server.run(house, 3, 11, menu_server.KILLED))


def test_nobody_is_left_with_a_menu_server_that_hangs(house: Installation) -> None:
    check(menu_server.run(house, 2, 12, menu_server.STOPPED))


def test_complaints_are_taken_while_the_back_office_is_down(house: Installation) -> None:
    outcome = back_office.run(house, 10, 13, back_office.KEEP_AND_GO)
    check(outcome)
    assert outcome.counts["complaints found"] == 10
    assert outcome.counts["recordings found"] == 20


def test_complaints_are_taken_while_postgresql_and_all_that_asks_it_are_killed(tmp_path: Path) -> None:
    with postgres() as server, installation(tmp_path / "home", HUIYIN_DATABASE_URL=server.url) as on_postgres:
        outcome = back_office.killed(on_postgres, server, 6, 16, back_office.KEEP_AND_GO)
    check(outcome)
    assert outcome.counts["complaints found"] == 6
    assert outcome.counts["recordings found"] == 12


def test_what_was_said_survives_a_killed_asterisk(house: Installation) -> None:
    check(losses.asterisk_killed(house, 1, 14))


def test_every_complaint_arrives_once_whatever_is_killed_behind_it(house: Installation) -> None:
    check(losses.parts_killed(house, 4, 15, back_office.KEEP_AND_GO))
