"""Services on the way of a screen-pop: no thread of theirs, and not Python itself, holds up a card for long."""

from __future__ import annotations

import gc
import sys

SWITCH = 0.0005
"""Seconds. Python's own 0.005 is as long as the whole way from a ring to the screen, and may be waited at each step."""


def switch_often() -> None:
    """Let a thread that computes give way soon.

    Only where threads are few: each one that waits for its turn wakes so often. Among the hundreds of the pages that
    alone delayed a card by 20 to 300 ms.
    """
    sys.setswitchinterval(SWITCH)


def keep_for_good() -> None:
    """Take what was loaded until now out of the garbage collector's rounds; call it when a service is ready.

    A whole round over all modules of `live` took 120 ms, about once a minute, in which no thread ran.
    """
    gc.collect()
    gc.freeze()
