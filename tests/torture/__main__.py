"""`make torture N=…`: the long campaign, with a summary."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

from bench.installation import installation
from tests.torture import back_office, losses, menu_server
from tests.torture.outcome import Outcome


def main() -> int:
    """Run the campaigns in proportion to N kills of the menu server; exit 1 when a promise did not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kills", type=int, nargs="?", default=100, help="kills of the menu server; the rest follows")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    few = max(1, options.kills // 5)
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="huiyin-") as folder, installation(Path(folder) / "home") as house:
        for campaign in (
            lambda: menu_server.run(house, options.kills, options.seed, menu_server.KILLED),
            lambda: menu_server.run(house, few, options.seed, menu_server.STOPPED),
            lambda: back_office.run(house, 2 * options.kills, options.seed),
            lambda: losses.asterisk_killed(house, few, options.seed),
            lambda: losses.parts_killed(house, few, options.seed),
        ):
            outcomes.append(campaign())
            sys.stdout.write("\n".join(outcomes[-1].lines()) + "\n")
            sys.stdout.flush()
    return 1 if any(outcome.failures for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
