"""The ``ami`` service: the watchdog, with its settings."""

from __future__ import annotations

import signal
import threading
from types import FrameType

from agi.watchdog_edge import Watchdog, WatchdogConfig
from ops import keys, readiness
from ops.asterisk_config import OPERATOR
from ops.settings import Settings


def main(settings: Settings) -> None:
    """Watch until SIGTERM or SIGINT."""
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    config = WatchdogConfig(
        agi_address=("127.0.0.1", settings.agi_port),
        ami_address=("127.0.0.1", settings.ami_port),
        username="operator",
        secret=keys.token(settings.secrets, OPERATOR),
    )
    readiness.tell(settings.run, "ami")
    Watchdog(config, lambda: readiness.tell(settings.run, "ami")).run(stop.wait)
