"""`make torture N=…`: the long campaign, with a summary."""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.installation import Installation, installation
from tests.torture import agents, agents_restarts, back_office, losses, menu_server
from tests.torture.outcome import Outcome
from tests.torture.postgres import Postgres, postgres

Campaign = Callable[[Installation, int, int], Outcome]
OnPostgres = Callable[[Installation, Postgres, int, int], Outcome]


def _killed(house: Installation, n: int, seed: int) -> Outcome:
    house.run("stop", "asr")  # what these callers say is noise; nobody waits for its words
    return menu_server.run(house, n, seed, menu_server.KILLED)


def _stopped(house: Installation, n: int, seed: int) -> Outcome:
    house.run("stop", "asr")
    return menu_server.run(house, max(1, n // 5), seed, menu_server.STOPPED)


CAMPAIGNS: dict[str, Campaign] = {
    "killed": _killed,
    "stopped": _stopped,
    "back-office": lambda house, n, seed: back_office.run(house, 2 * n, seed),
    "asterisk": lambda house, n, seed: losses.asterisk_killed(house, max(1, n // 10), seed),
    "parts": lambda house, n, seed: losses.parts_killed(house, max(1, n // 5), seed),
    "agents": lambda house, n, seed: agents.run(house, 3 * n, seed),
    "agents-restarted": lambda house, n, seed: agents_restarts.run(house, max(1, n // 20), seed),
}
"""Each begins with an installation of its own. N is the number of kills of the menu server; the rest follows."""

ON_POSTGRES: dict[str, OnPostgres] = {
    "postgres": lambda house, server, n, seed: back_office.killed(house, server, 2 * n, seed),
}
"""The same with a PostgreSQL server of its own, which they may kill."""


def run(name: str, kills: int, seed: int) -> Outcome:
    """One campaign, on an installation that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="huiyin-") as folder:
        home = Path(folder) / "home"
        if name in CAMPAIGNS:
            with installation(home) as house:
                return CAMPAIGNS[name](house, kills, seed)
        with postgres() as server, installation(home, HUIYIN_DATABASE_URL=server.url) as house:
            return ON_POSTGRES[name](house, server, kills, seed)


def main() -> int:
    """Run the campaigns; exit 1 when a promise did not hold."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: servers and folders go
    names = [*CAMPAIGNS, *ON_POSTGRES]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kills", type=int, nargs="?", default=100, help="kills of the menu server; the rest follows")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--only", default="", help=f"some of {', '.join(names)}, joined by commas")
    options = parser.parse_args()
    failed = False
    for name in [name for name in names if not options.only or name in options.only.split(",")]:
        outcome = run(name, options.kills, options.seed)
        failed = failed or bool(outcome.failures)
        sys.stdout.write("\n".join(outcome.lines()) + "\n")
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
